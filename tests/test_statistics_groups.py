"""Several videos on one clock: exact curves, what they have in common, and how groups differ."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from facemotion.errors import SettingsError
from facemotion.markers import Marker
from facemotion.statistics import effects, groups, summaries
from tests.measured import all_of, faces_of, samples_of

NAN = math.nan


def curve_of(values: list[float], every_s: float = 0.5, bin_s: float = 1.0) -> pd.DataFrame:
    times = np.arange(len(values)) * every_s
    return groups.curve(faces_of(times, AU12=values), samples_of(times), "AU12", bin_s)


# One curve -------------------------------------------------------------------------------------


def test_a_bin_is_the_mean_of_its_samples() -> None:
    found = curve_of([0, 1, 2, 3, 4, 5])
    assert found["time_s"].tolist() == [0.5, 1.5, 2.5]
    assert found["value"].tolist() == [0.5, 2.5, 4.5]
    assert found["measured_s"].tolist() == [1, 1, 1]
    assert found["frame"].tolist() == [1, 3, 5]


def test_a_sample_counts_in_each_bin_for_the_time_it_stands_for() -> None:
    times = [0.0, 0.75, 1.5]
    found = groups.curve(faces_of(times, AU12=[0, 4, 2]), samples_of(times), "AU12", 1.0)
    assert found["value"].tolist() == pytest.approx([1.0, 3.0, 2.0])
    assert found["measured_s"].tolist() == pytest.approx([1.0, 1.0, 0.25])


def test_without_a_face_there_is_no_value_and_nothing_is_filled_in() -> None:
    times = np.arange(6) * 0.5
    faces = faces_of(times, AU12=[1, 1, 9, 9, 3, 3]).drop(index=[2, 3])
    found = groups.curve(faces, samples_of(times), "AU12", 1.0)
    assert found["value"].tolist() == pytest.approx([1, NAN, 3], nan_ok=True)
    assert found["measured_s"].tolist() == [1, 0, 1]
    assert found["frame"].isna().tolist() == [False, True, False]


def test_a_value_that_was_not_measured_takes_no_part() -> None:
    found = curve_of([1, NAN, NAN, NAN])
    assert found["value"].tolist() == pytest.approx([1, NAN], nan_ok=True)
    assert found["measured_s"].tolist() == [0.5, 0]


def test_each_frame_counts_with_the_mean_of_its_faces() -> None:
    times = [0.0, 0.5]
    both = pd.concat([faces_of(times, 1, AU12=[0, 1]), faces_of(times[:1], 2, AU12=4)])
    assert groups.curve(both, samples_of(times), "AU12", 1.0)["value"].tolist() == [1.5]
    alone = groups.curve(both, samples_of(times), "AU12", 1.0, face_id=2)
    assert alone["value"].tolist() == [4]
    assert alone["measured_s"].tolist() == [0.5]


def test_bin_0_begins_at_second_0_of_the_common_clock() -> None:
    times = np.arange(6) * 0.5
    faces = faces_of(times, AU12=[0, 1, 2, 3, 4, 5])
    found = groups.curve(faces, samples_of(times), "AU12", 1.0, zero_s=1.5)
    assert found["bin"].tolist() == [-2, -1, 0, 1]
    assert found["value"].tolist() == pytest.approx([0, 1.5, 3.5, 5])
    assert found["timestamp"].tolist() == [0.0, 1.0, 2.0, 2.5]


def test_rounding_of_times_makes_no_further_bin() -> None:
    times = np.arange(100) * 0.1  # 9.9 s and a step are not exactly 10 s
    found = groups.curve(faces_of(times, AU12=1.0), samples_of(times), "AU12", 0.1)
    assert len(found) == 100
    assert found["value"].tolist() == pytest.approx([1.0] * 100)


def test_a_video_without_a_face_or_without_samples_has_an_empty_curve() -> None:
    times = [0.0, 0.5]
    nobody = faces_of(times).iloc[:0]
    found = groups.curve(nobody, samples_of(times), "happy", 1.0)
    assert found["value"].isna().tolist() == [True]
    assert groups.curve(nobody, samples_of([]), "happy", 1.0).empty


def test_a_bin_has_to_be_a_length_of_time() -> None:
    with pytest.raises(SettingsError, match="Choose more than 0 s"):
        curve_of([0, 1], bin_s=0)
    with pytest.raises(SettingsError, match="Choose longer ones"):
        curve_of([0, 1], every_s=3600, bin_s=0.01)


def test_the_usual_bin_has_a_sample_and_a_curve_not_too_many_of_them() -> None:
    assert groups.usual_bin_s(0.52, 60) == 0.5
    assert groups.usual_bin_s(3.0, 60) == 5
    assert groups.usual_bin_s(0.04, 3600) == 30
    assert groups.usual_bin_s(0.04, 7 * 24 * 3600) == groups.BINS_S[-1]
    assert groups.least_bin_s(600, 12) == 2
    assert groups.least_bin_s(60, 2) == groups.BINS_S[0]


# The clock -------------------------------------------------------------------------------------


def test_second_0_is_the_start_the_first_face_or_a_mark() -> None:
    faces = pd.concat([faces_of([2.0, 3.0], 1), faces_of([5.0], 2)])
    marks = (Marker("1", 4.0, "Ad starts"), Marker("2", 9.0, "ad starts"))
    assert groups.zero_of(faces, "start") == 0
    assert groups.zero_of(faces, "face") == 2
    assert groups.zero_of(faces, "face", face_id=2) == 5
    assert groups.zero_of(faces, "mark", markers=marks, mark="AD STARTS") == 4


def test_a_video_without_that_face_or_mark_has_no_second_0() -> None:
    faces = faces_of([2.0], 1)
    assert groups.zero_of(faces, "face", face_id=7) is None
    assert groups.zero_of(faces, "mark", mark="ad") is None


def test_a_part_begins_at_its_start_and_ends_before_its_end() -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    faces, samples = groups.within(faces_of(times), samples_of(times), 1, 3)
    assert faces["timestamp"].tolist() == samples["timestamp"].tolist() == [1, 2]
    assert len(groups.within(faces, samples, None, None)[0]) == 2


# What they have in common ----------------------------------------------------------------------


def test_the_interval_of_the_mean_is_students() -> None:
    levels = [0.1, 0.4, 0.5, 0.9]
    together = groups.together({f"m{v}": curve_of([v, v]) for v in levels})
    (row,) = groups.aggregated(together, 1.0).to_dict("records")
    sem = np.std(levels, ddof=1) / 2
    low, high = stats.t.interval(0.95, 3, np.mean(levels), sem)
    assert row["n"] == 4
    assert (row["mean"], row["ci_low"], row["ci_high"]) == pytest.approx(
        (np.mean(levels), low, high), abs=1e-6
    )
    assert (row["minimum"], row["maximum"]) == pytest.approx((0.1, 0.9))
    assert (row["q1"], row["q3"]) == pytest.approx(np.quantile(levels, [0.25, 0.75]))


def test_of_one_there_is_no_interval_and_n_is_told_per_bin() -> None:
    together = groups.together({"long": curve_of([1] * 6), "short": curve_of([3] * 2)})
    found = groups.aggregated(together, 1.0)
    assert found["n"].tolist() == [2, 1, 1]
    assert found["mean"].tolist() == [2, 1, 1]
    assert found["ci_low"].isna().tolist() == [False, True, True]


def test_bins_in_which_nobody_has_a_face_stay_as_gaps() -> None:
    early, late = curve_of([1, 1]), curve_of([2, 2])
    late = late.assign(bin=late["bin"] + 3, time_s=late["time_s"] + 3)
    found = groups.aggregated(groups.together({"early": early, "late": late}), 1.0)
    assert found["time_s"].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert found["n"].tolist() == [1, 0, 0, 1]
    assert found["mean"].tolist() == pytest.approx([1, NAN, NAN, 2], nan_ok=True)


def test_a_member_weighs_the_same_however_many_frames_it_has() -> None:
    dense, sparse = curve_of([1] * 100, every_s=0.01), curve_of([3], every_s=1)
    found = groups.aggregated(groups.together({"dense": dense, "sparse": sparse}), 1.0)
    assert found["mean"].tolist() == pytest.approx([2])


def test_nothing_in_common_is_an_empty_table() -> None:
    assert groups.aggregated(groups.together({}), 1.0).empty
    assert groups.together({"a": curve_of([1, 1])})["member"].tolist() == ["a"]


# Summaries and differences ---------------------------------------------------------------------


def test_a_summary_is_weighted_by_time() -> None:
    times = [0.0, 1.0, 4.0]  # the last one counts for the usual 2 s
    faces = faces_of(times[:2], neutral=0.0, happy=[1.0, 0.0], sad=[0.0, 1.0])
    found = summaries.summary(faces, samples_of(times), "happy", 0.5)
    assert (found["samples"], found["length_s"]) == (3, 6)
    assert found["face_share"] == pytest.approx(4 / 6)
    assert (found["happy"], found["sad"]) == pytest.approx((0.25, 0.75))
    assert (found["dominant_happy"], found["dominant_sad"]) == pytest.approx((0.25, 0.75))
    assert (found["value_mean"], found["above_share"]) == pytest.approx((0.25, 0.25))
    assert (found["peak"], found["peak_s"], found["peak_frame"]) == (1, 0, 0)


def test_nobody_has_no_numbers() -> None:
    found = summaries.summary(faces_of([0.0]).iloc[:0], samples_of([0.0, 1.0]), "happy", 0.5)
    assert found["face_share"] == 0 and found["peak_frame"] is None
    assert math.isnan(found["happy"]) and math.isnan(found["above_share"])
    table = summaries.summaries({"nobody": found})
    assert table["peak_frame"].isna().tolist() == [True]


def test_hedges_g_by_hand() -> None:
    found = effects.difference([1, 2, 3], [3, 4, 5])
    assert (found.mean_a, found.mean_b, found.difference) == (2, 4, 2)
    # Both variances are 1, so d is 2; J of 4 degrees of freedom is 1 / (sqrt(2) * sqrt(pi) / 2).
    assert found.cohens_d == pytest.approx(2)
    assert found.hedges_g == pytest.approx(2 * math.sqrt(2 / math.pi))
    assert found.note == ""


def test_the_interval_of_a_difference_is_welchs() -> None:
    a, b = [0.1, 0.5, 0.2, 0.4, 0.35], [0.9, 0.2, 0.8]
    found = effects.difference(a, [*b, NAN])
    expected = stats.ttest_ind(b, a, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert (found.n_a, found.n_b) == (5, 3)
    assert (found.low, found.high, found.df) == pytest.approx((low, high, expected.df))


@pytest.mark.parametrize(
    ("a", "b", "note"),
    [
        ([1.0], [2.0, 3.0], effects.TOO_FEW),
        ([], [2.0, 3.0], effects.NOBODY),
        ([1.0, 1.0], [2.0, 2.0], effects.NO_SPREAD),
    ],
)
def test_what_cannot_be_told_is_said(a: list[float], b: list[float], note: str) -> None:
    found = effects.difference(a, b)
    assert found.note == note
    assert math.isnan(found.low) and math.isnan(found.hedges_g)


def test_the_table_of_differences_is_b_minus_a() -> None:
    times = [0.0, 0.5]
    rows = {
        f"{emotion}{i}": summaries.summary(
            faces_of(times, **all_of(emotion)), samples_of(times), "happy", 0.5
        )
        for emotion in ("neutral", "happy")
        for i in range(2)
    }
    sides = {name: "B" if name.startswith("happy") else "A" for name in rows}
    table = summaries.summaries({**rows, "other": rows["happy0"]})
    found = summaries.differences(table, sides).set_index("measure")
    assert found.loc["happy", "difference"] == 1
    assert found.loc["neutral", "difference"] == -1
    assert found.loc["above_share", ["n_a", "n_b"]].tolist() == [2, 2]
    assert found.loc["angry", "note"] == effects.NO_SPREAD
