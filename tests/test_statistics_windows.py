"""Verdicts per window of time, weighted by the time that each sample stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS
from facemotion.statistics.windows import (
    emotion_windows,
    emotion_windows_by_person,
    measure_windows,
)
from tests.measured import all_of, faces_of, samples_of


def shown_in_turn(times: list[float], emotions: list[str]) -> pd.DataFrame:
    columns = {name: [float(name == shown) for shown in emotions] for name in EMOTIONS}
    return faces_of(times, **columns)


def test_the_whole_video_is_one_window() -> None:
    times = [0.0, 3.0, 6.0, 9.0]
    faces = shown_in_turn(times, ["happy", "happy", "sad", "neutral"])
    (row,) = emotion_windows(faces, samples_of(times)).to_dict("records")
    assert (row["start_s"], row["end_s"], row["coverage"]) == (0.0, 12.0, 1.0)
    assert row["face_s"] == pytest.approx(12.0)
    assert row["happy"] == row["duration_happy"] == pytest.approx(0.5)
    assert (row["by_mean"], row["by_duration"], row["by_confidence"]) == ("happy",) * 3
    assert row["positive_share"] == pytest.approx(2 / 3)


def test_the_three_verdicts_can_differ() -> None:
    # Two samples barely sad, one clearly happy; fear is everywhere, but never the strongest.
    barely = {"sad": 0.38, "fear": 0.36, "happy": 0.0, "neutral": 0.26}
    clearly = {"sad": 0.0, "fear": 0.3, "happy": 0.7, "neutral": 0.0}
    rows = pd.DataFrame([barely, barely, clearly])
    faces = faces_of([0.0, 1.0, 2.0], **{name: rows[name].to_numpy() for name in rows})
    (row,) = emotion_windows(faces, samples_of([0.0, 1.0, 2.0])).to_dict("records")
    assert row["by_mean"] == "fear"
    assert row["by_duration"] == "sad"
    assert row["by_confidence"] == "sad"
    assert row["confidence_sad"] == pytest.approx(0.76 / 1.46)
    strong = faces.assign(happy=[0.0, 0.0, 0.9], fear=[0.36, 0.36, 0.1])
    (row,) = emotion_windows(strong, samples_of([0.0, 1.0, 2.0])).to_dict("records")
    assert (row["by_duration"], row["by_confidence"]) == ("sad", "happy")


def test_irregular_samples_count_for_the_time_they_stand_for() -> None:
    times = [0.0, 1.0, 2.0, 8.0, 9.0]
    faces = shown_in_turn(times, ["happy", "happy", "sad", "happy", "happy"])
    (row,) = emotion_windows(faces, samples_of(times)).to_dict("records")
    assert row["duration_sad"] == pytest.approx(0.6)
    assert row["by_duration"] == "sad"


def test_a_sample_over_an_edge_counts_in_both_windows_for_its_part() -> None:
    times = [0.0, 3.0, 6.0, 9.0]
    faces = shown_in_turn(times, ["happy", "happy", "happy", "sad"])
    table = emotion_windows(faces, samples_of(times), window_s=10.0)
    assert table[["start_s", "end_s"]].to_numpy().tolist() == [[0.0, 10.0], [10.0, 20.0]]
    assert table["duration_sad"].tolist() == pytest.approx([0.1, 1.0])
    assert table["face_s"].tolist() == pytest.approx([10.0, 2.0])


def test_windows_lie_at_multiples_of_their_length_on_the_videos_clock() -> None:
    times = [12.0, 13.0, 14.0, 15.0, 16.0]
    table = emotion_windows(faces_of(times), samples_of(times), window_s=5.0)
    assert table["start_s"].tolist() == [10.0, 15.0]
    assert table["coverage"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("every_s", [0.1, 0.3, 1 / 3, 1 / 30])
def test_sums_of_many_steps_meet_the_edges_of_the_windows(every_s: float) -> None:
    times = np.cumsum(np.full(round(30 / every_s), every_s)).tolist()
    faces = shown_in_turn(times, ["happy"] * len(times))
    found = emotion_windows(faces, samples_of(times), 10.0)
    assert found["face_s"].sum() == pytest.approx(len(times) * every_s)
    assert (found["end_s"] > found["start_s"]).all()


def test_coverage_is_the_share_of_the_time_with_a_face() -> None:
    times = [float(i) for i in range(10)]
    faces = faces_of(times).iloc[[0, 1, 2, 7]]
    table = emotion_windows(faces, samples_of(times), window_s=5.0)
    assert table["coverage"].tolist() == pytest.approx([0.6, 0.2])


def test_a_window_without_a_face_has_no_verdict() -> None:
    times = [float(i) for i in range(10)]
    table = emotion_windows(faces_of(times).iloc[:5], samples_of(times), window_s=5.0)
    empty = table.iloc[1]
    assert (empty["coverage"], empty["by_mean"], empty["by_duration"]) == (0.0, "", "")
    assert empty[list(EMOTIONS)].isna().all()
    assert np.isnan(empty["positive_share"])


def test_neutral_time_is_left_out_of_positive_against_negative() -> None:
    times = [float(i) for i in range(10)]
    faces = shown_in_turn(times, ["neutral"] * 7 + ["surprise", "angry", "fear"])
    assert emotion_windows(faces, samples_of(times)).loc[0, "positive_share"] == pytest.approx(
        1 / 3
    )
    all_neutral = emotion_windows(faces_of(times), samples_of(times))
    assert all_neutral["positive_share"].isna().all()


def test_each_person_and_all_of_them() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    faces = pd.concat(
        [faces_of(times, 1, **all_of("happy")), faces_of(times[2:], 5, first_frame=2)]
    )
    table = emotion_windows_by_person(faces, samples_of(times))
    assert table["person"].tolist() == ["everyone", "Face 1", "Face 5"]
    assert table["face_id"].isna().tolist() == [True, False, False]
    assert table["coverage"].tolist() == pytest.approx([1.0, 1.0, 0.5])
    assert table["face_s"].tolist() == pytest.approx([6.0, 4.0, 2.0])
    assert table["happy"].tolist() == pytest.approx([4 / 6, 1.0, 0.0])


def test_one_person_of_several_can_be_asked_for() -> None:
    times = [0.0, 1.0]
    faces = pd.concat([faces_of(times, 1, **all_of("happy")), faces_of(times, 2)])
    assert emotion_windows(faces, samples_of(times), face_id=2).loc[0, "by_mean"] == "neutral"


def test_a_single_picture_is_a_window_of_a_second() -> None:
    (row,) = emotion_windows(faces_of([0.0]), samples_of([0.0])).to_dict("records")
    assert (row["start_s"], row["end_s"], row["face_s"]) == (0.0, 1.0, 1.0)


def test_without_samples_there_is_no_window() -> None:
    assert emotion_windows(faces_of([]), samples_of([])).empty
    assert measure_windows(faces_of([]), samples_of([])).empty


def test_nonsense_windows_are_refused() -> None:
    with pytest.raises(SettingsError, match="more than 0 s"):
        emotion_windows(faces_of([0.0]), samples_of([0.0]), window_s=0.0)
    with pytest.raises(SettingsError, match="Choose longer ones"):
        emotion_windows(faces_of([0.0]), samples_of([0.0, 1e6]), window_s=0.001)


# Any measure ----------------------------------------------------------------------------------


def test_mean_maximum_and_share_of_time_above_a_threshold() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    faces = faces_of(times, AU12=[0.0, 3.0, 2.0, 0.5], happy=0.5, neutral=0.5)
    table = measure_windows(faces, samples_of(times), ["AU12", "happy"], above=1.0)
    smile, happy = table.to_dict("records")
    assert smile["column"] == "AU12"
    assert (smile["mean"], smile["maximum"], smile["share_above"]) == (1.375, 3.0, 0.5)
    assert (happy["mean"], happy["share_above"]) == (0.5, 0.0)


def test_what_cannot_be_measured_is_left_out_of_its_own_mean_only() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    faces = faces_of(times, AU12=[4.0, np.nan, np.nan, 0.0], AU04=[1.0, 1.0, 1.0, 5.0])
    table = measure_windows(faces, samples_of(times), ["AU12", "AU04"], window_s=2.0)
    assert table["measured_s"].tolist() == pytest.approx([1.0, 2.0, 1.0, 2.0])
    assert table["mean"].tolist() == pytest.approx([4.0, 1.0, 0.0, 3.0])
    assert table["share_above"].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.5])


def test_a_measure_that_is_nowhere_has_no_number() -> None:
    (row,) = measure_windows(faces_of([0.0]), samples_of([0.0]), ["AU12"]).to_dict("records")
    assert row["measured_s"] == 0.0
    assert np.isnan([row["mean"], row["maximum"], row["share_above"]]).all()


def test_presence_may_come_from_elsewhere() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    faces = faces_of(times, AU12=[0.4, 0.4, 0.4, 5.0])
    present = pd.DataFrame({"AU12": [True, True, True, False]}, index=faces.index)
    (row,) = measure_windows(faces, samples_of(times), ["AU12"], above=present).to_dict("records")
    assert row["share_above"] == pytest.approx(0.75)
