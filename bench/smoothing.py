"""How well live smoothing follows expressions: lag, noise, error, peaks and outliers.

    python -m bench.smoothing [--noise SD] [--rate HZ] [--minutes M] [--seed N] [--clips CLIP ...]

On made-up signals, so that the truth is known: expressions of 0.5 to 4 s rise from a neutral face
in 0.2 to 0.6 s and go again, seen at jittered times through noise on the log-odds; one look in
fifty shows another expression altogether. With ``--clips`` the noise is the median of what the
default classifier has on those clips: the deviation from look to look of the log-odds, from their
second differences (what changes steadily cancels) by the median (sudden changes do not count).

* lag: by which shift the smoothed curves fit the truth best
* half: how long after the truth a rising expression reaches half of its true peak; at least the
  wait for the next look
* noise: what is left of the deviation from the truth where nothing changes, of 1
* error: root mean square deviation from the truth, outliers included
* peak, short: how much is kept of the highest value of an expression; of those below 1.5 s
* outlier: how much of one is shown at the worst, of 1; how often it becomes the strongest emotion
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facemotion import pipeline
from facemotion.records import EMOTIONS, Settings
from facemotion.statistics import streaming

STEP_S = 0.01
SETTLED_S = 1.2
"""So long after the last change nothing moves any more, for any of the methods."""

TRIED = {
    "none": (None,),
    "moving": (0.4, 0.6, 0.8, 1.0),
    "exponential": (0.15, 0.3, 0.45, 0.6),
    "kalman": (0.4, 0.7, 1.0),
}


@dataclass(frozen=True)
class Expression:
    """One rise and fall of an emotion (its number), with the four corners of its ramp."""

    emotion: int
    starts_s: float
    up_s: float
    falls_s: float
    ends_s: float


@dataclass(frozen=True)
class Signal:
    """The truth every ``STEP_S``, and what is seen of it with noise, without and with outliers."""

    truth: np.ndarray
    expressions: list[Expression]
    times_s: np.ndarray
    seen: np.ndarray
    upset: np.ndarray
    outliers: np.ndarray

    def true_at(self, times_s: np.ndarray) -> np.ndarray:
        return np.asarray(self.truth[np.round(times_s / STEP_S).astype(int)])


def signal(seconds: float, rate_hz: float, noise: float, seed: int) -> Signal:
    """A made-up signal; the same arguments give the same one."""
    chance = np.random.default_rng(seed)
    clock = np.arange(0, seconds, STEP_S)
    scores = np.zeros((len(clock), len(EMOTIONS)))
    scores[:, EMOTIONS.index("neutral")] = 4.0
    expressions = []
    now = 2.0
    while now < seconds - 8:
        emotion = int(chance.integers(len(EMOTIONS) - 1))
        lengths = chance.uniform([0.2, 0.1, 0.2], [0.6, 2.8, 0.6])  # 0.5 to 4 s
        corners = now + np.cumsum([0.0, *lengths])
        height = chance.uniform(4.0, 8.0)  # from half and half with neutral to almost certain
        scores[:, emotion] += height * np.interp(clock, corners, [0, 1, 1, 0])
        expressions.append(Expression(emotion, *corners))
        now = corners[-1] + chance.uniform(1.0, 4.0)
    times = np.arange(1, seconds - 2, 1 / rate_hz)
    times = times + chance.uniform(-0.25, 0.25, len(times)) / rate_hz
    at = np.round(times / STEP_S).astype(int)
    seen = _softmax(scores[at] + chance.normal(0, noise, (len(at), len(EMOTIONS))))
    apart = int(2 * rate_hz)
    outliers = np.arange(apart, len(at) - apart, 50)
    outliers = outliers + chance.integers(-apart // 2, apart // 2, len(outliers))
    upset = seen.copy()
    for number in outliers:
        others = [k for k in range(len(EMOTIONS)) if k != seen[number].argmax()]
        wrong = chance.normal(0, noise, len(EMOTIONS))
        wrong[chance.choice(others)] += 5.0
        upset[number] = _softmax(wrong)
    return Signal(_softmax(scores), expressions, at * STEP_S, seen, upset, outliers)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def smoothed(name: str, seconds: float | None, times: np.ndarray, seen: np.ndarray) -> np.ndarray:
    one = streaming.smoother(name, seconds)
    return np.array([one.update(float(time), look) for time, look in zip(times, seen, strict=True)])


def row(name: str, seconds: float | None, made: Signal) -> list[float]:
    """One line of the table, in its order."""
    calm = smoothed(name, seconds, made.times_s, made.seen)
    upset = smoothed(name, seconds, made.times_s, made.upset)
    truth = made.true_at(made.times_s)
    still = _still(made)
    left = _rms((calm - truth)[still]) / _rms((made.seen - truth)[still])
    halves, peaks, short = _rises(calm, made)
    shown, wrong = _outliers(calm, upset, made)
    peak, brief = float(np.median(peaks)), float(np.median(short))
    error = _rms(upset - truth)
    return [_lag(calm, made), float(np.median(halves)), left, error, peak, brief, shown, wrong]


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def _still(made: Signal) -> np.ndarray:
    """Which looks are at a plateau, of an expression or of the neutral face between two."""
    corners = sorted(
        time for e in made.expressions for time in (e.starts_s, e.up_s, e.falls_s, e.ends_s)
    )
    passed = np.searchsorted(corners, made.times_s)
    since = made.times_s - np.array([0.0, *corners])[passed]
    return np.asarray((since > SETTLED_S) & (passed % 2 == 0))


def _lag(calm: np.ndarray, made: Signal) -> float:
    grid = np.arange(5, made.times_s[-1] - 5, 0.02)
    curves = np.stack([np.interp(grid, made.times_s, column) for column in calm.T], axis=1)
    shifts = np.arange(-10, 75) / 50
    fits = [np.corrcoef(curves.ravel(), made.true_at(grid - s).ravel())[0, 1] for s in shifts]
    return float(shifts[int(np.argmax(fits))])


def _rises(calm: np.ndarray, made: Signal) -> tuple[list[float], list[float], list[float]]:
    """Delays at half of the true peak, shares of the peak kept, and those of short expressions."""
    halves, peaks, short = [], [], []
    for e in made.expressions:
        inside = np.arange(round(e.starts_s / STEP_S), round(e.ends_s / STEP_S))
        true = made.truth[inside, e.emotion]
        near = (made.times_s > e.starts_s) & (made.times_s < e.ends_s + 1.0)
        found = calm[near, e.emotion]
        peaks.append(float(found.max() / true.max()))
        if e.ends_s - e.starts_s < 1.5:
            short.append(peaks[-1])
        if (found > true.max() / 2).any():
            half_s = inside[np.argmax(true > true.max() / 2)] * STEP_S
            halves.append(made.times_s[near][np.argmax(found > true.max() / 2)] - half_s)
    return halves, peaks, short


def _outliers(calm: np.ndarray, upset: np.ndarray, made: Signal) -> tuple[float, float]:
    """Mean share of an outlier that is shown, and how often its emotion becomes the strongest."""
    shown, wrong = [], []
    for number in made.outliers:
        emotion = made.upset[number].argmax()
        height = made.upset[number, emotion] - made.seen[number, emotion]
        after = slice(number, number + 6)
        shown.append((upset[after, emotion] - calm[after, emotion]).max() / height)
        wins = upset[after].argmax(axis=1) == emotion
        wrong.append((wins & (calm[after].argmax(axis=1) != emotion)).any())
    return float(np.mean(shown)), float(np.mean(wrong))


def noise_of(clip: Path, rate_hz: float) -> float:
    """Deviation of the log-odds from look to look, of the face seen most often; NaN if too rare."""
    with tempfile.TemporaryDirectory() as folder:
        found = pipeline.run(clip, Settings(every_s=1 / rate_hz), cache_root=Path(folder)).faces
    if found.empty:
        return float("nan")
    person = found[found["face_id"] == found["face_id"].mode()[0]].sort_values("timestamp")
    if len(person) < 10:
        return float("nan")
    seen = streaming.log_odds(person[list(EMOTIONS)].to_numpy(dtype=np.float64))
    second = np.diff(seen, n=2, axis=0)
    # White noise: second differences have six times its variance; 1.4826 makes the median one.
    return _rms(np.median(np.abs(second), axis=0) * 1.4826 / np.sqrt(6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--noise", type=float, default=streaming.NOISE)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clips", type=Path, nargs="*", default=[])
    wanted = parser.parse_args()
    noise = wanted.noise
    if wanted.clips:
        found = {clip.name: noise_of(clip, wanted.rate) for clip in wanted.clips}
        for name, value in found.items():
            print(f"{name:<44}{value:6.3f}")
        noise = float(np.nanmedian(list(found.values())))
    made = signal(60 * wanted.minutes, wanted.rate, noise, wanted.seed)
    print(f"{len(made.expressions)} expressions, {wanted.rate:g} looks a second, noise {noise:.2f}")
    print(f"{'':<12}{'s':>6}{'lag s':>7}{'half s':>8}{'noise':>7}{'error':>7}{'peak':>6}", end="")
    print(f"{'short':>7}{'outlier':>9}{'strongest':>11}")
    for name, choices in TRIED.items():
        for seconds in choices:
            lag, half, left, error, peak, short, shown, wrong = row(name, seconds, made)
            label = f"{seconds:g}" if seconds else ""
            print(f"{name:<12}{label:>6}{lag:7.2f}{half:8.2f}{left:7.2f}{error:7.3f}", end="")
            print(f"{peak:6.2f}{short:7.2f}{shown:9.2f}{wrong:11.0%}")


if __name__ == "__main__":
    main()
