"""Live smoothing goes by time alone, keeps probabilities, and tells a change from an outlier."""

from __future__ import annotations

import numpy as np
import pytest

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS
from facemotion.statistics import streaming
from facemotion.statistics.streaming import METHODS, from_log_odds, log_odds, smoother

SMOOTHERS = [name for name in METHODS if name != "none"]
NEUTRAL = np.eye(7)[EMOTIONS.index("neutral")]
HAPPY = np.eye(7)[EMOTIONS.index("happy")]
CALM = np.array([0.02, 0.01, 0.02, 0.05, 0.2, 0.1, 0.6])


def followed(
    name: str, times: np.ndarray, looks: np.ndarray, seconds: float | None = None
) -> np.ndarray:
    one = smoother(name, seconds)
    return np.array(
        [one.update(float(time), look) for time, look in zip(times, looks, strict=True)]
    )


def noisy(count: int, seed: int = 0, size: float = streaming.NOISE) -> np.ndarray:
    """A calm face, with noise on its log-odds."""
    noise = np.random.default_rng(seed).normal(0, size, (count, 7))
    powers = np.exp(np.log(CALM) + noise)
    return powers / powers.sum(axis=1, keepdims=True)


def jittered(count: int, every_s: float = 0.2, seed: int = 1) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).uniform(0.2, 1.8, count) * every_s)


def deviation(found: np.ndarray) -> float:
    """Around the end state, once the start is forgotten."""
    return float(found[20:].std(axis=0).mean())


@pytest.mark.parametrize("look", [CALM, NEUTRAL, np.full(7, 1 / 7)], ids=["calm", "sure", "even"])
@pytest.mark.parametrize("name", METHODS)
def test_a_constant_stays_what_it_is_at_any_times(name: str, look: np.ndarray) -> None:
    found = followed(name, jittered(50), np.tile(look, (50, 1)))
    assert found == pytest.approx(np.tile(look, (50, 1)), abs=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_what_comes_out_are_probabilities(name: str) -> None:
    looks = np.random.default_rng(2).dirichlet(np.full(7, 0.1), 200)  # wild jumps, many near 0 or 1
    found = followed(name, jittered(200), looks)
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert found.min() >= 0
    assert found.max() <= 1


def test_none_gives_what_came() -> None:
    looks = noisy(20)
    assert followed("none", jittered(20), looks) == pytest.approx(looks)


@pytest.mark.parametrize("name", METHODS)
def test_the_first_look_is_taken_as_it_is(name: str) -> None:
    assert smoother(name).update(12.0, CALM) == pytest.approx(CALM)


def test_moving_weighs_each_look_by_the_time_it_stands_for() -> None:
    looks = np.stack([HAPPY, NEUTRAL, HAPPY, NEUTRAL])
    found = followed("moving", np.array([0.0, 0.3, 0.4, 0.8]), looks, seconds=0.6)
    # The last 0.6 s: 0.1 s of the second look, 0.1 s of the third, 0.4 s of the fourth.
    assert found[-1] @ HAPPY == pytest.approx(0.1 / 0.6)
    assert found[1] @ HAPPY == pytest.approx(0.5)


@pytest.mark.parametrize("every_s", [0.05, 0.1, 0.5])
def test_exponential_reaches_63_percent_of_a_step_after_its_seconds(every_s: float) -> None:
    times = np.arange(0, 1 + every_s / 2, every_s)
    looks = np.stack([NEUTRAL, *[HAPPY] * (len(times) - 1)])
    found = followed("exponential", times, looks, seconds=1.0)
    assert found[-1] @ HAPPY == pytest.approx(1 - np.exp(-1))


@pytest.mark.parametrize("every_s", [0.04, 0.1, 0.2])
def test_kalman_reaches_63_percent_of_a_small_step_after_its_seconds(every_s: float) -> None:
    times = np.arange(0, 20, every_s)
    small = log_odds(CALM) + 0.2 * (HAPPY - 1 / 7)  # less than the noise: no surprise
    looks = np.where(times[:, None] <= 10, CALM, from_log_odds(small))
    states = log_odds(followed("kalman", times, looks, seconds=1.0))
    share = (states - states[0]) @ HAPPY / (0.2 * 6 / 7)
    assert np.interp(11.0, times, share) == pytest.approx(1 - np.exp(-1), abs=0.07)


@pytest.mark.parametrize("name", SMOOTHERS)
def test_noise_becomes_smaller(name: str) -> None:
    looks = noisy(300)
    assert deviation(followed(name, jittered(300), looks)) < 0.75 * deviation(looks)


def test_kalman_is_quicker_than_a_moving_mean_that_leaves_as_much_noise() -> None:
    times = np.arange(400) * 0.2
    looks = noisy(400)
    assert deviation(followed("moving", times, looks, 1.0)) >= 0.95 * deviation(
        followed("kalman", times, looks)
    )
    step = np.where(times[:, None] < 40, NEUTRAL, HAPPY)

    def shown_after(name: str, seconds: float | None) -> float:
        return float(times[np.argmax(followed(name, times, step, seconds) @ HAPPY > 0.5)] - 40)

    assert shown_after("kalman", None) == pytest.approx(0.2)
    assert shown_after("moving", 1.0) == pytest.approx(0.4)


def test_kalman_hardly_shows_a_single_outlier() -> None:
    looks = np.tile(CALM, (40, 1))
    looks[30] = HAPPY
    found = followed("kalman", np.arange(40) * 0.2, looks)
    assert (found[30:] @ HAPPY).max() < 0.1
    assert found[-1] == pytest.approx(CALM, abs=0.01)


def test_kalman_does_not_believe_a_change_for_coming_in_many_looks() -> None:
    looks = np.tile(CALM, (200, 1))
    looks[150:152] = HAPPY  # two of 50 looks a second: 0.04 s
    found = followed("kalman", np.arange(200) * 0.02, looks)
    assert (found @ HAPPY).max() < 0.1


@pytest.mark.parametrize("name", METHODS)
def test_after_a_long_gap_nothing_is_left_of_before(name: str) -> None:
    one = smoother(name)
    for time in range(5):
        one.update(time / 5, NEUTRAL)
    assert one.update(5.0, HAPPY) == pytest.approx(HAPPY)
    fresh = smoother(name)
    fresh.update(5.0, HAPPY)
    assert one.update(5.2, CALM) == pytest.approx(fresh.update(5.2, CALM))


@pytest.mark.parametrize("name", METHODS)
def test_reset_forgets_everything_even_the_clock(name: str) -> None:
    one = smoother(name)
    for time in range(5):
        one.update(100 + time / 5, NEUTRAL)
    one.reset()
    assert one.update(0.0, HAPPY) == pytest.approx(HAPPY)
    fresh = smoother(name)
    fresh.update(0.0, HAPPY)
    assert one.update(0.2, CALM) == pytest.approx(fresh.update(0.2, CALM))


@pytest.mark.parametrize("time_s", [1.0, 0.5, float("nan")])
@pytest.mark.parametrize("name", METHODS)
def test_a_time_that_does_not_rise_is_refused_and_changes_nothing(name: str, time_s: float) -> None:
    one, other = smoother(name), smoother(name)
    one.update(1.0, CALM)
    other.update(1.0, CALM)
    with pytest.raises(ValueError, match="reset the smoother"):
        one.update(time_s, HAPPY)
    assert one.update(1.2, NEUTRAL) == pytest.approx(other.update(1.2, NEUTRAL))


@pytest.mark.parametrize(
    "wrong", [CALM[:6], -CALM, CALM * 0, CALM * np.nan], ids=["six", "below 0", "zero", "nan"]
)
def test_what_are_no_probabilities_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        smoother().update(0.0, wrong)


@pytest.mark.parametrize("name", METHODS)
def test_what_was_given_may_be_changed_afterwards(name: str) -> None:
    one, buffer = smoother(name), np.empty(7)
    found = []
    for time, look in zip(jittered(10), noisy(10), strict=True):
        buffer[:] = look
        found.append(one.update(time, buffer))
    assert np.array(found) == pytest.approx(followed(name, jittered(10), noisy(10)))


@pytest.mark.parametrize("name", METHODS)
def test_a_result_may_be_changed_without_changing_the_next(name: str) -> None:
    one, other = smoother(name), smoother(name)
    for time, look in zip(jittered(10), noisy(10), strict=True):
        kept = other.update(time, look)
        given = one.update(time, look)
        assert given == pytest.approx(kept)
        given[:] = 0


def test_log_odds_and_back_is_the_same() -> None:
    looks = np.vstack([np.random.default_rng(3).dirichlet(np.full(7, 0.3), 50), NEUTRAL])
    assert log_odds(looks).sum(axis=1) == pytest.approx(0)
    assert from_log_odds(log_odds(looks)) == pytest.approx(looks, abs=1e-12)


def test_the_default_is_one_of_the_methods() -> None:
    assert streaming.DEFAULT in METHODS
    assert type(smoother()) is type(smoother(streaming.DEFAULT))


def test_an_unknown_name_is_answered_with_the_choices() -> None:
    with pytest.raises(SettingsError, match="none, moving, exponential, kalman"):
        smoother("median")


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_seconds_that_are_not_above_zero_are_refused(seconds: float) -> None:
    with pytest.raises(SettingsError, match="more than 0 s"):
        smoother("exponential", seconds)
