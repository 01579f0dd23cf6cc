"""Smoothing keeps gaps, persons and limits apart, and the measured table as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS, Settings
from facemotion.statistics import shown
from facemotion.statistics.smoothing import METHODS, smoothed
from tests.measured import all_of, faces_of

SMOOTHERS = [name for name in METHODS if name != "none"]


def au12(values: list[float], times: list[float] | None = None) -> pd.DataFrame:
    return faces_of(times or np.arange(len(values)) / 10, AU12=values)


def smooth_au12(faces: pd.DataFrame, method: str, window_s: float = 1.0) -> np.ndarray:
    values = smoothed(faces, ["AU12"], method, window_s)["AU12"]
    return np.asarray(values.to_numpy(), dtype=np.float64)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_stays_what_it_is(method: str) -> None:
    assert smooth_au12(au12([2.0] * 30), method) == pytest.approx(2.0)


@pytest.mark.parametrize("method", SMOOTHERS)
def test_noise_becomes_smaller(method: str) -> None:
    noisy = list(2 + np.random.default_rng(0).normal(0, 0.3, 300))
    assert smooth_au12(au12(noisy), method).std() < 0.2


@pytest.mark.parametrize("method", SMOOTHERS)
def test_a_peak_stays_where_it_is(method: str) -> None:
    values = list(4 * np.exp(-0.5 * ((np.arange(81) - 40) / 5) ** 2))
    assert smooth_au12(au12(values), method, 0.6).argmax() == 40


def test_exponential_weighs_neighbours_by_their_real_distance() -> None:
    times, values = [0.0, 0.3, 0.4, 1.1], [1.0, 3.0, 0.0, 2.0]
    found = smooth_au12(au12(values, times), "exponential", 0.7)
    weights = np.exp(-np.abs(np.subtract.outer(times, times)) / 0.7)
    assert found == pytest.approx(weights @ values / weights.sum(axis=1), abs=1e-6)


def test_savitzky_golay_keeps_a_parabola() -> None:
    values = [0.01 * (i - 12) ** 2 for i in range(25)]
    assert smooth_au12(au12(values), "savitzky-golay", 0.7) == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize("method", SMOOTHERS)
def test_nothing_is_smoothed_across_a_gap_longer_than_the_window(method: str) -> None:
    times = [*np.arange(20) / 10, *(5 + np.arange(20) / 10)]
    values = [0.0] * 20 + [4.0] * 20
    assert smooth_au12(au12(values, times), method) == pytest.approx(values)


@pytest.mark.parametrize("method", SMOOTHERS)
def test_samples_further_apart_than_the_window_stay_as_they_are(method: str) -> None:
    values = [0.0, 4.0, 1.0, 5.0]
    assert smooth_au12(au12(values, [0, 3, 6, 9]), method, 0.5) == pytest.approx(values)


@pytest.mark.parametrize("method", SMOOTHERS)
def test_persons_and_tracks_do_not_mix(method: str) -> None:
    times = np.arange(30) / 10
    one, two = faces_of(times, 1, AU12=0.0), faces_of(times, 2, AU12=4.0)
    cut = faces_of(times + 3.0, 2, AU12=1.0, track_id=7)
    faces = pd.concat([one, two, cut]).sample(frac=1, random_state=0)
    expected = faces["AU12"].to_numpy()
    assert smooth_au12(faces, method) == pytest.approx(expected)


@pytest.mark.parametrize("method", SMOOTHERS)
def test_what_was_not_measured_stays_unmeasured(method: str) -> None:
    values = [1.0] * 10 + [np.nan] * 3 + [1.0] * 10
    found = smooth_au12(au12(values), method)
    assert np.isnan(found).tolist() == np.isnan(values).tolist()
    assert found[~np.isnan(found)] == pytest.approx(1.0)


@pytest.mark.parametrize("method", METHODS)
def test_emotions_stay_probabilities(method: str) -> None:
    rng = np.random.default_rng(3)
    emotions = dict(zip(EMOTIONS, rng.dirichlet([0.1] * 7, 200).T, strict=True))
    raw = faces_of(np.arange(200) / 25, **emotions)
    found = smoothed(raw, EMOTIONS, method, 0.4)
    assert found.index.equals(raw.index)
    assert list(found.columns) == list(EMOTIONS)
    assert found.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-5)
    assert found.min(axis=None) >= 0
    assert set(found.dtypes) == {np.dtype("float32")}


def test_action_units_stay_within_their_scale() -> None:
    step = [0.0] * 20 + [5.0] * 20
    found = smooth_au12(au12(step), "savitzky-golay")
    assert found.min() == 0.0
    assert found.max() == 5.0


def test_the_measured_table_stays_as_it_is() -> None:
    faces = au12([0.0, 5.0, 0.0, 5.0, 0.0, 5.0])
    before = faces.copy()
    smoothed(faces, method="exponential")
    pd.testing.assert_frame_equal(faces, before)


def test_an_unknown_method_is_answered_with_the_choices() -> None:
    with pytest.raises(SettingsError, match="none, exponential, savitzky-golay"):
        smoothed(au12([1.0]), ["AU12"], "kalman", 1.0)


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(SettingsError, match="more than 0 s"):
        smoothed(au12([1.0]), ["AU12"], "exponential", 0.0)


# The view that is shown and exported ----------------------------------------------------------


def test_the_default_settings_show_what_was_measured() -> None:
    faces = au12([0.0, 5.0])
    assert shown(faces, Settings()) is faces


def test_what_is_shown_follows_the_smoothed_emotions() -> None:
    happy = [1.0] * 5 + [0.0] + [1.0] * 5
    faces = faces_of(np.arange(11) / 10, happy=happy, neutral=[1 - h for h in happy])
    table = shown(faces, Settings(smoothing="exponential", smoothing_s=0.5))
    assert faces["dominant_emotion"].iloc[5] == "neutral"
    assert table["dominant_emotion"].iloc[5] == "happy"
    assert table["expressiveness"].iloc[5] == pytest.approx(table["happy"].iloc[5])
    assert table["valence"].iloc[5] == pytest.approx(0.81 * table["happy"].iloc[5])


def test_the_baseline_is_corrected_before_the_smoothing() -> None:
    faces = faces_of(np.arange(40) / 10, sad=0.6, neutral=0.4)
    settings = Settings(smoothing="exponential", baseline_corrected=True)
    assert shown(faces, settings)["neutral"].to_numpy() == pytest.approx(1.0)
    assert shown(faces, settings.with_changes(baseline_corrected=False))["sad"].iloc[0] > 0.5


def test_an_unknown_smoothing_is_refused_before_anything_is_done() -> None:
    with pytest.raises(SettingsError, match="savitzky-golay"):
        shown(faces_of([0.0], **all_of("happy")), Settings(smoothing="median"))
