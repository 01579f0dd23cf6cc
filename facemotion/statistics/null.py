"""What chance gives two persons: surrogates, and numbers judged by them.

Two faces always resemble each other a little by chance, and since expressions last for seconds,
neighbouring samples are nearly the same: with ordinary p-values, or with samples shuffled one by
one, almost any two people seem to be in step. A surrogate therefore keeps each series as it is for
seconds at a time and only takes away *when* they happened together: one series is cut into
segments that are put together in another order (Ramseyer and Tschacher, Journal of Consulting and
Clinical Psychology 79, 2011, 284-295). The segments are several times as long as the series
remember themselves, and the cuts lie elsewhere in every surrogate. Shape, speed and gaps, and what
they give by chance, stay in. Turning a series round as a whole would need no cuts, but few such
turns are independent of each other: on a minute of video one in six unrelated pairs then seems to
have a lag. ``bench/synchrony.py`` prints how many do here: about one in twenty, as it should be.
Other kinds are weighed in Lancaster et al.,
"Surrogate data for hypothesis testing of physical systems", Physics Reports 748, 2018, 1-60.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from facemotion.statistics.pairs import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Series = TypeVar("Series", Floats, NDArray[np.complex128])

SURROGATES = 200
INTERVAL = (2.5, 97.5)
"""The percentiles of the surrogates that ``low`` and ``high`` are."""

MIN_SAMPLES = 30
MEMORIES = (5, 12)
"""A segment is so many times as long as it takes the autocorrelation to fall below 1 / e: longer
ones lose less at the cuts, shorter ones leave more of them."""

SEGMENTS = 8
"""That many are good to have; where that would make them too short, there are fewer."""

MIN_SEGMENT_S = 1.0
MIN_SEGMENTS = 4
"""A time with fewer is too short to judge."""


@dataclass(frozen=True)
class Strength:
    """A number between two persons, and what chance would give.

    ``value`` is None when there is too little in common, and ``note`` then says so. ``low`` and
    ``high`` hold the middle 95 % of the surrogates, ``p_value`` is the share of them (with the
    value itself) that is at least as strong, ``z`` the distance of the value from their mean in
    their standard deviations. These are None without surrogates. ``common_s`` is the time in which
    both persons were measured.
    """

    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    z: float | None = None
    n_samples: int = 0
    common_s: float = 0.0
    n_surrogates: int = 0
    note: str | None = None

    @property
    def beyond_chance(self) -> bool | None:
        """Whether p < 0.05: of many comparisons, one in twenty is by chance alone."""
        return None if self.p_value is None else self.p_value < 0.05


def segment(pair: Pair, memory_s: float | None = None) -> int:
    """How many samples the segments of a pair's surrogates have at least.

    ``memory_s``, how long the series remember themselves, is measured unless it is known.
    """
    if not len(pair.a):
        return 1
    least = int(np.ceil(MIN_SEGMENT_S / pair.every_s / MEMORIES[0]))
    known = None if memory_s is None else int(np.ceil(memory_s / pair.every_s))
    memory = max(known or max(_memory(pair.a), _memory(pair.b)), least)
    return int(np.clip(len(pair.a) // SEGMENTS, MEMORIES[0] * memory, MEMORIES[1] * memory))


def too_little(pair: Pair, length: int) -> str | None:
    """Why a pair cannot be judged with segments of ``length`` samples, or None when it can."""
    common = int(pair.common.sum())
    if common < MIN_SAMPLES:
        return f"Only {common} samples have both persons; {MIN_SAMPLES} are needed."
    if np.ptp(pair.a[pair.common]) == 0 or np.ptp(pair.b[pair.common]) == 0:
        return "One of the two never changes."
    if len(pair.a) < MIN_SEGMENTS * length:
        have, need = len(pair.a) * pair.every_s, MIN_SEGMENTS * length * pair.every_s
        return (
            f"{have:.0f} s in common are too short to tell from chance: "
            f"movements this slow need {need:.0f} s."
        )
    return None


def shuffled(values: Series, length: int, count: int, seed: int) -> Series:
    """Surrogates ``(count, n)`` of a series ``(n,)``: turned round, and its segments reordered.

    Without the turn, a segment could only go where another one was: by multiples of ``length``.
    A segment has ``length`` samples or a few more. The seed makes a result repeatable.
    """
    rng = np.random.default_rng(seed)
    segments = np.array_split(np.arange(len(values)), max(2, len(values) // length))
    source = np.empty((count, len(values)), dtype=np.int64)
    for row in source:
        order = rng.permutation(len(segments))
        row[:] = np.concatenate([segments[i] for i in order]) + rng.integers(len(values))
    mixed: Series = values[source % len(values)]
    return mixed


def judged(
    measure: str,
    pair: Pair,
    value: float,
    chance: Floats,
    *,
    two_sided: bool,
    note: str | None = None,
) -> Strength:
    """A value against the same number of the surrogates, ``(m,)``; NaN among them do not count."""
    known = chance[~np.isnan(chance)]
    samples = int(pair.common.sum())
    if np.isnan(value) or not len(known):
        note = note or "There is too little in common."
        return Strength(measure, None, n_samples=samples, note=note)
    # Two-sided about the surrogates' own middle: that is not 0 when both drift the same way.
    middle = float(np.median(known)) if two_sided else 0.0
    strong = np.abs(known - middle) >= abs(value - middle) if two_sided else known >= value
    low, high = np.percentile(known, INTERVAL)
    spread = float(known.std())
    return Strength(
        measure,
        float(value),
        low=float(low),
        high=float(high),
        # The value itself is one of the ways the world could have been: never p = 0.
        p_value=(1 + int(strong.sum())) / (1 + len(known)),
        z=(float(value) - float(known.mean())) / spread if spread > 0 else None,
        n_samples=samples,
        common_s=samples * pair.every_s,
        n_surrogates=len(known),
        note=note,
    )


def unjudged(measure: str, pair: Pair, why: str) -> Strength:
    """The result that is no number, and why."""
    samples = int(pair.common.sum())
    return Strength(measure, None, n_samples=samples, common_s=samples * pair.every_s, note=why)


def over_time(time_s: Floats, values: Floats, chance: Floats) -> pd.DataFrame:
    """``time_s``, ``value``, and ``low``, ``high`` of the surrogates ``(m, n)`` at each time."""
    known = ~np.isnan(chance).all(axis=0)
    band = np.full((2, len(time_s)), np.nan)
    if known.any():
        band[:, known] = np.nanpercentile(chance[:, known], INTERVAL, axis=0)
    columns = {"time_s": time_s, "value": values, "low": band[0], "high": band[1]}
    return pd.DataFrame(columns, dtype=np.float64)


def _memory(values: Floats) -> int:
    """Samples after which the autocorrelation has fallen below 1 / e."""
    known = ~np.isnan(values)
    if known.sum() < 2:
        return 1
    centred = np.where(known, values - values[known].mean(), 0.0)
    power = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    correlation = np.fft.irfft(power)[: len(centred)]
    below = np.flatnonzero(correlation < correlation[0] / np.e)
    return int(below[0]) if len(below) else len(values)
