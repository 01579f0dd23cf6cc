"""Two persons: known couplings and lags come back, and strangers stay within chance."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from facemotion.errors import SettingsError
from facemotion.statistics import null, pearson
from facemotion.statistics.dyads import (
    correlation,
    correlation_matrix,
    lag,
    windowed_correlation,
)
from facemotion.statistics.pairs import Pair, paired
from facemotion.statistics.phases import phase_synchrony
from tests.measured import faces_of

RATE = 10


def wavering(seed: int, n: int = 1200, speed_hz: float = 0.5) -> np.ndarray:
    """A smooth random series, as an expression that comes and goes: mean 0, deviation 1."""
    frequency = np.fft.rfftfreq(n, 1 / RATE)
    noise = np.random.default_rng(seed).standard_normal(n)
    values = np.fft.irfft(np.fft.rfft(noise) * np.exp(-((frequency / speed_hz) ** 2)), n)
    return np.asarray((values - values.mean()) / values.std())


def pair_of(a: np.ndarray, b: np.ndarray) -> Pair:
    return Pair(np.arange(len(a)) / RATE, a, b, 1 / RATE)


def coupled(coupling: float, lag_s: float, seed: int = 0) -> Pair:
    """``b`` repeats ``a`` after ``lag_s`` with a share of its own."""
    a, own = wavering(seed), wavering(seed + 1000)
    b = coupling * np.roll(a, round(lag_s * RATE)) + np.sqrt(1 - coupling**2) * own
    return pair_of(a, b)


STRANGERS = pair_of(wavering(1), wavering(2))


# Series on common times ------------------------------------------------------------------------


def test_two_persons_are_brought_to_the_same_times() -> None:
    first = faces_of(np.arange(0, 5, 0.1), 1, AU12=np.arange(50) / 10)
    second = faces_of(np.arange(1.05, 7, 0.1), 2, AU12=np.arange(60) / 10)
    pair = paired(pd.concat([first, second]), 1, 2, "AU12")
    assert pair.every_s == pytest.approx(0.1)
    assert pair.time_s[[0, -1]] == pytest.approx([1.05, 4.85])
    assert pair.a == pytest.approx(pair.time_s, abs=1e-6)
    assert pair.b == pytest.approx(pair.time_s - 1.05, abs=1e-6)


def test_gaps_stay_gaps() -> None:
    times = np.arange(60) / 10
    first = faces_of(times, 1, AU12=1.0).drop(index=range(20, 30))
    pair = paired(pd.concat([first, faces_of(times, 2, AU12=1.0)]), 1, 2, "AU12")
    gone = pair.time_s[np.isnan(pair.a)]
    assert gone == pytest.approx(np.arange(20, 30) / 10)
    assert not np.isnan(pair.b).any()
    assert pair.common.sum() == 50


def test_jittered_timestamps_are_no_gaps() -> None:
    times = np.arange(60) / 10 + np.random.default_rng(0).uniform(-0.02, 0.02, 60)
    faces = pd.concat([faces_of(times, 1, AU12=1.0), faces_of(times, 2, AU12=2.0)])
    assert paired(faces, 1, 2, "AU12").common.all()


def test_the_sparser_series_sets_the_rate() -> None:
    faces = pd.concat(
        [faces_of(np.arange(100) / 25, 1, AU12=0.0), faces_of(np.arange(8) / 2, 2, AU12=0.0)]
    )
    assert paired(faces, 1, 2, "AU12").every_s == pytest.approx(0.5)
    assert paired(faces, 1, 2, "AU12", rate_hz=4).every_s == pytest.approx(0.25)


def test_a_person_who_is_not_there_gives_an_empty_pair() -> None:
    pair = paired(faces_of(np.arange(50) / 10, 1, AU12=0.0), 1, 9, "AU12")
    assert len(pair.time_s) == 0
    for found in (correlation(pair), lag(pair).strength, windowed_correlation(pair).strength):
        assert (found.value, found.beyond_chance) == (None, None)
    assert phase_synchrony(pair).strength.value is None


# The arithmetic, against the plain definitions --------------------------------------------------


def with_gaps(values: np.ndarray, seed: int) -> np.ndarray:
    found = values.copy()
    for start in np.random.default_rng(seed).integers(0, len(values) - 30, 3):
        found[start : start + 25] = np.nan
    return found


def plain(a: np.ndarray, b: np.ndarray) -> float:
    both = ~np.isnan(a) & ~np.isnan(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])


def test_correlation_leaves_gaps_out() -> None:
    pair = pair_of(with_gaps(wavering(1), 0), with_gaps(wavering(2), 1))
    assert correlation(pair).value == pytest.approx(plain(pair.a, pair.b))
    both = pair.common
    ranked = spearmanr(pair.a[both], pair.b[both]).statistic
    assert correlation(pair, "spearman").value == pytest.approx(ranked)


def test_lagged_correlations_are_those_of_the_samples_that_overlap() -> None:
    a, b = with_gaps(wavering(3, 300), 0), with_gaps(wavering(4, 300), 1)
    found = pearson.lagged(a, b[None], 20)[0]
    expected = [
        *(plain(a[k:], b[: len(b) - k]) for k in range(20, 0, -1)),
        *(plain(a[: len(a) - k], b[k:]) for k in range(21)),
    ]
    assert found == pytest.approx(expected)


def test_rolling_correlations_are_those_of_each_window_with_enough_of_both() -> None:
    a, b = with_gaps(wavering(5, 300), 0), with_gaps(wavering(6, 300), 1)
    starts = np.arange(0, 201, 7)
    found = pearson.rolling(a, b[None], 100, starts)[0]
    known = [int((~np.isnan(a + b))[s : s + 100].sum()) for s in starts]
    expected = [
        plain(a[s : s + 100], b[s : s + 100]) if n >= 50 else np.nan
        for s, n in zip(starts, known, strict=True)
    ]
    assert found == pytest.approx(expected, nan_ok=True)
    assert 0 < np.isnan(found).sum() < len(starts)


def test_surrogates_hold_the_same_values_in_another_order() -> None:
    values = wavering(7, 300)
    mixed = null.shuffled(values, 30, 20, seed=0)
    assert mixed.shape == (20, 300)
    assert (np.sort(mixed, axis=1) == np.sort(values)).all()
    assert not (mixed == values).all(axis=1).any()


def test_surrogates_keep_their_neighbours() -> None:
    values = np.arange(300.0)
    steps = np.diff(null.shuffled(values, 30, 50, seed=0), axis=1)
    assert (steps == 1).mean() > 0.95


# What comes back -------------------------------------------------------------------------------


@pytest.mark.parametrize("lag_s", [-2.0, -0.4, 0.0, 0.7, 3.1])
def test_a_known_lag_comes_back_with_its_sign(lag_s: float) -> None:
    found = lag(coupled(0.8, lag_s))
    assert found.lag_s == pytest.approx(lag_s, abs=0.1)
    assert found.strength.value == pytest.approx(0.8, abs=0.1)
    assert found.strength.beyond_chance is True


def test_a_lag_between_two_samples_is_found() -> None:
    fine = wavering(8, 12000, 0.05)
    a, b = fine[1000:11000:10], fine[997:10997:10]  # b is 0.3 samples, 0.03 s, behind
    assert lag(pair_of(a, b)).lag_s == pytest.approx(0.03, abs=0.005)


def test_a_lag_beyond_the_limit_is_not_made_up() -> None:
    rise = np.concatenate([np.zeros(400), np.linspace(0, 1, 400), np.ones(400)])
    noise = np.random.default_rng(0).normal(0, 0.3, (2, 1200))
    pair = pair_of(rise + noise[0], np.roll(rise, 300) + noise[1])
    found = lag(pair, 1.0, surrogates=20)
    assert found.lag_s is None


def test_coupling_is_told_from_chance() -> None:
    pair = coupled(0.6, 0.0)
    found = correlation(pair)
    assert found.value == pytest.approx(plain(pair.a, pair.b))
    assert found.p_value == pytest.approx(1 / 201)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high < found.value
    assert found.z is not None
    assert found.z > 4
    assert (found.n_samples, found.n_surrogates) == (1200, 200)
    assert found.common_s == pytest.approx(120.0)


def test_moving_against_each_other_is_beyond_chance_too() -> None:
    pair = coupled(0.6, 0.0)
    found = correlation(pair_of(pair.a, -pair.b))
    assert found.value == pytest.approx(-plain(pair.a, pair.b))
    assert found.beyond_chance is True


def test_strangers_are_within_chance() -> None:
    assert correlation(STRANGERS).beyond_chance is False
    assert correlation(STRANGERS, "spearman").beyond_chance is False
    assert lag(STRANGERS).strength.beyond_chance is False
    assert windowed_correlation(STRANGERS).strength.beyond_chance is False
    assert phase_synchrony(STRANGERS).strength.beyond_chance is False


def test_about_one_pair_of_strangers_in_twenty_is_called_significant() -> None:
    pairs = [pair_of(wavering(i, 600), wavering(i + 500, 600)) for i in range(60)]
    called = sum(bool(correlation(pair, surrogates=100).beyond_chance) for pair in pairs)
    assert 0 <= called <= 8  # more than 8 of 60 at a true rate of 5 % is a matter of 0.3 %


def test_samples_shuffled_one_by_one_would_have_called_strangers_significant() -> None:
    """Why surrogates keep segments: the reason in numbers, over sixty pairs of strangers."""
    rng = np.random.default_rng(0)
    called = 0
    for i in range(60):
        a, b = wavering(i, 600), wavering(i + 500, 600)
        chance = [abs(plain(a, rng.permutation(b))) for _ in range(40)]
        called += plain(a, b) > max(chance) or plain(a, b) < -max(chance)
    assert called > 20


def test_the_seed_repeats_a_result() -> None:
    assert correlation(STRANGERS, seed=3) == correlation(STRANGERS, seed=3)
    assert correlation(STRANGERS, seed=3).low != correlation(STRANGERS, seed=4).low


def test_windowed_correlation_shows_when_two_were_together() -> None:
    a, own = wavering(11), wavering(12)
    pair = pair_of(a, np.where(np.arange(1200) < 600, a, own))
    found = windowed_correlation(pair, 10.0)
    table = found.over_time
    assert list(table.columns) == ["time_s", "value", "low", "high"]
    assert table["time_s"].iloc[0] == pytest.approx(4.95)
    together = table[table["time_s"] < 50]
    assert together["value"].to_numpy() == pytest.approx(1.0)
    assert (together["value"] > together["high"]).all()
    apart = table[table["time_s"] > 70]
    outside = (apart["value"] > apart["high"]) | (apart["value"] < apart["low"])
    assert outside.mean() < 0.5
    assert found.strength.beyond_chance is True


def test_phase_synchrony_of_a_rhythm_that_follows() -> None:
    # A rhythm around 0.25 Hz that wanders, and the same a quarter of a second later.
    rng = np.random.default_rng(5)
    phase = np.cumsum(2 * np.pi / RATE * (0.25 + 0.06 * wavering(21, 2000)))
    a = np.cos(phase) + 0.2 * rng.standard_normal(2000)
    b = np.cos(phase - np.pi / 4) + 0.2 * rng.standard_normal(2000)
    found = phase_synchrony(pair_of(a, b))
    assert found.strength.value == pytest.approx(1.0, abs=0.05)
    assert found.strength.beyond_chance is True
    assert found.phase_deg == pytest.approx(45, abs=3)
    assert found.band_hz == (0.05, 0.5)
    expected = 1 - np.sin(np.pi / 8)
    assert found.instantaneous["value"].median() == pytest.approx(expected, abs=0.03)
    assert found.over_time["value"].between(0.8, 1).mean() > 0.9


def test_gaps_stay_out_of_the_phases() -> None:
    pair = coupled(0.9, 0.2)
    a = pair.a.copy()
    a[300:400] = np.nan
    table = phase_synchrony(pair_of(a, pair.b)).instantaneous
    assert table["value"].isna().to_numpy().nonzero()[0].tolist() == list(range(300, 400))


def test_the_slowest_rhythm_must_fit_three_times() -> None:
    pair = pair_of(wavering(1, 500), wavering(2, 500))
    assert phase_synchrony(pair, surrogates=10).band_hz == pytest.approx((0.06, 0.5))


# What says so instead of giving a number ---------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (pair_of(wavering(1, 200)[:20], wavering(2, 200)[:20]), "Only 20 samples"),
        (pair_of(wavering(1), np.ones(1200)), "never changes"),
        (pair_of(wavering(1)[:60], wavering(2)[:60]), "too short to tell from chance"),
    ],
)
def test_too_little_in_common_is_said(pair: Pair, why: str) -> None:
    for found in (correlation(pair), lag(pair).strength, windowed_correlation(pair).strength):
        assert found.value is None
        assert found.p_value is None
        assert why in str(found.note)


def test_sampling_too_slow_for_the_band_is_said() -> None:
    slow = Pair(np.arange(200) * 3.0, wavering(1, 200), wavering(2, 200), 3.0)
    found = phase_synchrony(slow)
    assert found.strength.value is None
    assert "cannot show rhythms of 0.5 Hz" in str(found.strength.note)
    assert found.over_time.empty


def test_a_person_who_is_mostly_away_has_no_phases() -> None:
    pair = coupled(0.9, 0.0)
    a = pair.a.copy()
    a[:600] = np.nan
    assert "missing for 50% of the time" in str(phase_synchrony(pair_of(a, pair.b)).strength.note)


def test_names_and_bands_that_do_not_exist_are_refused() -> None:
    with pytest.raises(SettingsError, match="pearson, spearman"):
        correlation(STRANGERS, "kendall")
    with pytest.raises(SettingsError, match="0 < low < high"):
        phase_synchrony(STRANGERS, (0.5, 0.1))


# Matrices and the start -------------------------------------------------------------------------


def test_a_matrix_of_one_person_and_of_two() -> None:
    times = np.arange(100) / 10
    smile = np.abs(wavering(1, 100))
    one = faces_of(times, 1, AU12=smile, AU06=2 * smile, AU04=-smile + 5)
    two = faces_of(times, 2, AU12=-smile + 5, AU06=1.0)
    faces = pd.concat([one, two])
    own = correlation_matrix(faces, ["AU12", "AU06", "AU04"], 1)
    assert own.loc["AU12"].tolist() == pytest.approx([1.0, 1.0, -1.0], abs=1e-5)
    both = correlation_matrix(faces, ["AU12", "AU06"], 1, 2)
    assert both.index.tolist() == both.columns.tolist() == ["AU12", "AU06"]
    assert both.loc["AU06", "AU12"] == pytest.approx(-1.0, abs=1e-5)
    assert both["AU06"].isna().all()


def test_importing_the_statistics_does_not_load_scipy() -> None:
    code = (
        "import sys\n"
        "from facemotion.statistics import affect, blinks, dyads, phases, smoothing, windows\n"
        "print('scipy' in sys.modules, 'plotly' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["False", "False"]
