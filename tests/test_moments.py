"""Which moments are chosen, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from facemotion import moments
from facemotion.records import EMOTIONS, Moment, Settings
from facemotion.tables import faces_table


def _face(time_s: float, face_id: int = 0, **values: Any) -> dict[str, Any]:
    """A large, sharp, certain, neutral face; emotions given by name take from neutral."""
    scores = {emotion: values.pop(emotion, 0.0) for emotion in EMOTIONS if emotion != "neutral"}
    return {
        "frame": round(time_s * 25),
        "timestamp": time_s,
        "face_id": face_id,
        "confidence": 0.9,
        **{"x": 10.0, "y": 20.0, "w": 100.0, "h": 100.0},
        "mesh_score": 1.0,
        "roll_deg": 0.0,
        "sharpness": 0.8,
        **scores,
        "neutral": 1.0 - sum(scores.values()),
        "source": "local",
        **values,
    }


def _choose(rows: list[dict[str, Any]], **settings: Any) -> tuple[Moment, ...]:
    return moments.choose(faces_table(rows), Settings(**settings))


def _told(chosen: tuple[Moment, ...]) -> list[tuple[float, str]]:
    return [(moment.time_s, moment.why) for moment in chosen]


def test_the_strongest_of_each_emotion_comes_first_then_the_most_expressive() -> None:
    rows = [
        _face(0.0),
        _face(3.0, happy=0.7),
        _face(6.0, happy=0.95),
        _face(9.0, fear=0.6),
        _face(12.0, happy=0.8),
    ]
    assert _told(_choose(rows, max_moments=4)) == [
        (3.0, "3rd most expressive"),
        (6.0, "strongest happy, most expressive"),
        (9.0, "strongest fear"),
        (12.0, "2nd most expressive"),
    ]


def test_somebody_is_the_most_expressive_even_beside_the_strongest_of_an_emotion() -> None:
    # The most expressive row lies too close to the strongest happy one to be a moment as well.
    rows = [_face(0.0, happy=0.9), _face(0.5, happy=0.5, sad=0.45), _face(5.0, happy=0.4)]
    assert _told(_choose(rows)) == [
        (0.0, "strongest happy, most expressive"),
        (5.0, "2nd most expressive"),
    ]


def test_the_strongest_of_an_emotion_is_kept_even_when_others_are_more_expressive() -> None:
    rows = [_face(float(t), happy=0.9) for t in range(0, 30, 3)] + [_face(31.0, sad=0.55)]
    chosen = _choose(rows, max_moments=2)
    assert [(m.emotion, m.time_s) for m in chosen] == [("happy", 0.0), ("sad", 31.0)]


def test_moments_are_numbered_in_time_order() -> None:
    rows = [_face(float(t), happy=0.9 - t / 100) for t in (9, 3, 6)]
    chosen = _choose(rows)
    assert [(m.number, m.time_s) for m in chosen] == [(1, 3.0), (2, 6.0), (3, 9.0)]


def test_two_moments_of_one_face_keep_their_distance() -> None:
    rows = [_face(t / 10, happy=0.5 + t / 100) for t in range(40)]
    times = [m.time_s for m in _choose(rows, min_gap_s=1.0)]
    assert times == pytest.approx([0.9, 1.9, 2.9, 3.9])


def test_two_faces_may_have_a_moment_at_the_same_time() -> None:
    rows = [_face(1.0, face_id=0, happy=0.9), _face(1.0, face_id=1, surprise=0.8)]
    assert [(m.face_id, m.emotion) for m in _choose(rows)] == [(0, "happy"), (1, "surprise")]


@pytest.mark.parametrize(
    "flaw", [{"w": 20.0}, {"h": 20.0}, {"sharpness": 0.05}, {"confidence": 0.3}]
)
def test_small_blurred_or_doubtful_faces_are_passed_over(flaw: dict[str, float]) -> None:
    rows = [_face(1.0, happy=0.99, **flaw), _face(5.0, happy=0.6)]
    assert [m.time_s for m in _choose(rows)] == [5.0]


def test_a_neutral_video_still_has_moments() -> None:
    rows = [_face(float(t), happy=t / 100) for t in range(0, 30, 10)]
    assert _told(_choose(rows)) == [
        (0.0, "3rd most expressive"),
        (10.0, "2nd most expressive"),
        (20.0, "most expressive"),
    ]


def test_no_face_no_moment() -> None:
    assert _choose([]) == ()


def test_never_more_than_asked_for() -> None:
    rows = [_face(float(3 * i), **{emotion: 0.8}) for i, emotion in enumerate(EMOTIONS[:6])]
    assert len(_choose(rows, max_moments=3)) == 3
    assert len(_choose(rows, max_moments=50)) == 6


def test_ordinals_read_well() -> None:
    rows = [_face(2.0 * i, happy=0.9 - i / 100) for i in range(23)]
    whys = [m.why for m in _choose(rows, max_moments=23)]
    assert [whys[i] for i in (1, 2, 10, 11, 12, 20, 21, 22)] == [
        f"{rank} most expressive"
        for rank in ("2nd", "3rd", "11th", "12th", "13th", "21st", "22nd", "23rd")
    ]


def test_the_choice_does_not_depend_on_row_order() -> None:
    rows = [_face(float(t), happy=0.5 + (t * 7 % 10) / 30) for t in range(20)]
    table = faces_table(rows)
    shuffled = pd.DataFrame(table.sample(frac=1, random_state=1))
    assert [m.time_s for m in moments.choose(shuffled, Settings())] == [
        m.time_s for m in moments.choose(table, Settings())
    ]
