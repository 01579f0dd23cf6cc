"""Following people: numbers for faces over time."""

from __future__ import annotations

import pandas as pd

from facemotion.people.tracking import link
from facemotion.records import EMOTIONS
from facemotion.tables import FACE_COLUMNS, faces_table, samples_table


def _linked(places: list[tuple[float, float, float, float]], step_s: float = 1.0) -> list[int]:
    """Face numbers for (sample number, x, y, side) in sample order."""
    rows = [
        {
            "frame": int(number),
            "timestamp": number * step_s,
            "face_id": -1,
            "confidence": 0.9,
            **{"x": x, "y": y, "w": side, "h": side},
            "mesh_score": 1.0,
            "roll_deg": 0.0,
            "sharpness": 0.5,
            **dict.fromkeys(EMOTIONS, 1 / 7),
            "source": "local",
        }
        for number, x, y, side in places
    ]
    n_samples = int(max(place[0] for place in places)) + 1
    samples = samples_table([(i, i * step_s, 1) for i in range(n_samples)])
    linked: pd.DataFrame = link(faces_table(rows), samples)
    return [int(i) for i in linked["face_id"]]


def test_two_faces_side_by_side_keep_their_numbers() -> None:
    places = [(t, x + 5 * t, 50, 100) for t in range(4) for x in (0, 200)]
    assert _linked(places) == [0, 1] * 4


def test_two_faces_that_swap_rows_do_not_swap_numbers() -> None:
    assert _linked([(0, 0, 0, 100), (0, 300, 0, 100), (1, 290, 0, 100), (1, 10, 0, 100)]) == [
        0,
        1,
        1,
        0,
    ]


def test_a_face_far_from_all_others_is_a_new_one() -> None:
    assert _linked([(0, 0, 0, 100), (1, 500, 0, 100), (2, 510, 0, 100)]) == [0, 1, 1]


def test_a_face_of_another_size_is_a_new_one() -> None:
    assert _linked([(0, 100, 100, 40), (1, 60, 60, 120)]) == [0, 1]


def test_a_face_away_for_long_is_a_new_one() -> None:
    assert _linked([(0, 0, 0, 100), (1, 0, 0, 100), (2, 0, 0, 100), (9, 0, 0, 100)]) == [0, 0, 0, 1]


def test_coarse_sampling_still_links_the_next_sample() -> None:
    assert _linked([(0, 0, 0, 100), (1, 10, 0, 100), (3, 10, 0, 100)], step_s=30) == [0, 0, 0]


def test_no_faces_no_numbers() -> None:
    table = link(faces_table([]), samples_table([(0, 0.0, 0)]))
    assert len(table) == 0 and list(table.columns) == list(FACE_COLUMNS)
