"""For how much of the time a value reaches a threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion import tables
from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS
from facemotion.statistics.thresholds import time_above

NAN = float("nan")


def measured(times: list[float], **people: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Faces and samples at these times; ``face_1=[...]`` is the AU12 of face 1, None is no face."""
    rows = [
        {
            "frame": frame,
            "timestamp": time_s,
            "face_id": int(name.removeprefix("face_")),
            "AU12": values[frame],
            **dict.fromkeys(EMOTIONS, 1 / 7),
        }
        for name, values in people.items()
        for frame, time_s in enumerate(times)
        if values[frame] is not None
    ]
    samples = [(frame, time_s, 0) for frame, time_s in enumerate(times)]
    return tables.faces_table(rows), tables.samples_table(samples)


def row(table: pd.DataFrame, face_id: int = 1) -> pd.Series:
    return table[table["face_id"] == face_id].iloc[0]


def test_a_sample_counts_for_the_time_until_the_next_one() -> None:
    faces, samples = measured([0.0, 1.0, 4.0, 5.0], face_1=[0, 2, 0, 0])
    found = row(time_above(faces, samples, ["AU12"], 1.0))
    # 1 + 3 + 1 s, and the last one for as long as is usual, 1 s.
    assert found["window_s"] == found["measured_s"] == pytest.approx(6.0)
    assert found["above_s"] == pytest.approx(3.0)
    assert found["share_above"] == pytest.approx(0.5)
    assert (found["episodes"], found["longest_s"], found["longest_start_s"]) == (1, 3.0, 1.0)


def test_the_share_is_of_the_time_in_which_it_was_measured() -> None:
    faces, samples = measured([0.0, 1.0, 2.0, 3.0], face_1=[2, NAN, None, 0])
    found = row(time_above(faces, samples, ["AU12"], 1.0))
    assert found["measured_s"] == 2.0
    assert found["coverage"] == 0.5
    assert found["share_above"] == 0.5


def test_the_threshold_itself_counts_in_the_precision_of_the_table() -> None:
    faces, samples = measured([0.0, 1.0], face_1=[0.7, 0.69])
    assert row(time_above(faces, samples, ["AU12"], 0.7))["share_above"] == 0.5


def test_only_the_part_of_a_sample_inside_the_window_counts() -> None:
    faces, samples = measured([0.0, 1.0, 2.0, 3.0], face_1=[0, 2, 2, 0])
    found = row(time_above(faces, samples, ["AU12"], 1.0, start_s=1.75, end_s=3.5))
    assert found["window_s"] == pytest.approx(1.75)
    assert found["above_s"] == pytest.approx(1.25)
    assert (found["episodes"], found["longest_start_s"]) == (1, 1.75)
    assert found["longest_s"] == pytest.approx(1.25)


def test_a_missing_sample_and_a_low_one_end_an_episode() -> None:
    times = [float(i) for i in range(8)]
    faces, samples = measured(times, face_1=[2, 2, None, 2, 0, 2, 2, 2])
    found = row(time_above(faces, samples, ["AU12"], 1.0))
    assert (found["episodes"], found["longest_s"], found["longest_start_s"]) == (3, 3.0, 5.0)


def test_short_episodes_do_not_count_but_their_time_does() -> None:
    times = [float(i) for i in range(8)]
    faces, samples = measured(times, face_1=[2, 2, None, 2, 0, 2, 2, 2])
    found = row(time_above(faces, samples, ["AU12"], 1.0, min_episode_s=2.0))
    assert (found["episodes"], found["above_s"]) == (2, 6.0)
    none = row(time_above(faces, samples, ["AU12"], 1.0, min_episode_s=4.0))
    assert (none["episodes"], none["longest_s"], none["above_s"]) == (0, 0.0, 6.0)
    assert np.isnan(none["longest_start_s"])


def test_three_tenths_of_a_second_are_long_enough_for_three_tenths() -> None:
    faces, samples = measured([i * 0.1 for i in range(6)], face_1=[0, 2, 2, 2, 0, 0])
    found = row(time_above(faces, samples, ["AU12"], 1.0, min_episode_s=0.3))
    assert found["episodes"] == 1


def test_an_angle_counts_to_both_sides() -> None:
    faces, samples = measured([0.0, 1.0, 2.0, 3.0], face_1=[0, 0, 0, 0])
    faces["yaw_deg"] = np.array([-25, 0, 25, 10], dtype=np.float32)
    one_side = time_above(faces, samples, ["yaw_deg"], 20.0)
    both = time_above(faces, samples, ["yaw_deg"], 20.0, in_both_directions=True)
    assert (row(one_side)["share_above"], row(both)["share_above"]) == (0.25, 0.5)


def test_each_person_and_column_has_a_row_and_who_is_seen_longest_comes_first() -> None:
    faces, samples = measured([0.0, 1.0], face_1=[2, None], face_2=[0, 2])
    found = time_above(faces, samples, ["AU12", "happy"], 1.0)
    assert list(zip(found["face_id"], found["column"], strict=True)) == [
        (2, "AU12"),
        (2, "happy"),
        (1, "AU12"),
        (1, "happy"),
    ]
    assert row(found, 1)["share_above"] == 1.0
    assert row(found, 1)["coverage"] == 0.5
    assert row(found, 2)["share_above"] == 0.5


def test_a_person_who_is_not_in_the_window_has_no_share() -> None:
    faces, samples = measured([0.0, 1.0, 2.0], face_1=[2, None, None])
    found = row(time_above(faces, samples, ["AU12"], 1.0, start_s=1.0))
    assert np.isnan(found["share_above"])
    assert (found["measured_s"], found["episodes"]) == (0.0, 0)


def test_without_a_face_there_is_no_row_but_all_columns() -> None:
    faces, samples = measured([0.0, 1.0])
    found = time_above(faces, samples, ["AU12"], 1.0)
    assert found.empty
    assert {"share_above", "coverage", "episodes", "longest_s"} <= set(found.columns)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"threshold": NAN}, "Give a number"),
        ({"threshold": 1.0, "start_s": 2.0, "end_s": 2.0}, "not after it starts"),
    ],
)
def test_what_cannot_be_counted_says_why(given: dict[str, float], why: str) -> None:
    faces, samples = measured([0.0, 1.0], face_1=[0, 1])
    with pytest.raises(SettingsError, match=why):
        time_above(faces, samples, ["AU12"], **given)
