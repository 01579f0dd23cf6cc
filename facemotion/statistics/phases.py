"""Phase synchrony of two series: are their rhythms in step, whatever their size?

Each series is filtered to a band of frequencies, and its phase is that of the analytic signal
(Hilbert transform). The phase-locking value is the length of the mean of exp(i * difference):
0 (no relation) to 1 (always the same difference), after Lachaux, Rodriguez, Martinerie and Varela,
Human Brain Mapping 8, 1999, 194-208. Instantaneous synchrony is 1 - sin(|difference| / 2): 1 in
step, 0 opposite, at every sample.

Two clocks of the same speed are in step without knowing of each other, and no surrogate made of
parts of them can tell: a steady rhythm in both persons proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.errors import SettingsError
from facemotion.statistics import null
from facemotion.statistics.null import INTERVAL, SURROGATES, Strength
from facemotion.statistics.pairs import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complex = NDArray[np.complex128]

BAND_HZ = (0.05, 0.5)
"""Movements that come and go within 2 to 20 seconds, as smiles and nods do in a conversation."""

CYCLES = 3
"""So many periods of the slowest rhythm must fit; the lower limit is raised where they do not."""

MEASURE = "phase-locking value"
ORDER = 2
MAX_MISSING = 0.3
MIN_WINDOW_KNOWN = 0.5


@dataclass(frozen=True)
class PhaseSynchrony:
    """How far the rhythms of two persons are in step.

    ``strength`` is of the phase-locking value, 0..1. ``phase_deg`` is the mean difference, -180 to
    180, positive when ``b`` follows ``a``. ``over_time`` is the phase-locking value in a window
    that moves along, and ``instantaneous`` the synchrony at every sample, both with ``time_s``,
    ``value``, ``low`` and ``high``. ``band_hz`` is the band that was really used.
    """

    strength: Strength
    phase_deg: float | None
    over_time: pd.DataFrame
    instantaneous: pd.DataFrame
    band_hz: tuple[float, float]
    window_s: float


def phase_synchrony(
    pair: Pair,
    band_hz: tuple[float, float] = BAND_HZ,
    window_s: float | None = None,
    *,
    surrogates: int = SURROGATES,
    seed: int = 0,
) -> PhaseSynchrony:
    """The phase-locking value of a pair, overall and within ``window_s``.

    The window defaults to two periods of the slowest rhythm. Gaps are bridged for the filter and
    left out of every result. Where the sampling is too slow for the band, the result says so.
    Raises ``SettingsError`` when ``band_hz`` is not a rising pair above 0.
    """
    used = _band(pair, band_hz)
    window_s = window_s or 2 / used[0]
    # What has passed a band forgets itself in about one over its width.
    length = null.segment(pair, 1 / max(used[1] - used[0], 1e-6))
    why = _too_little(pair, used) or null.too_little(pair, length)
    if why is not None:
        none = null.over_time(np.zeros(0), np.zeros(0), np.zeros((0, 0)))
        strength = null.unjudged(MEASURE, pair, why)
        return PhaseSynchrony(strength, None, none, none, used, window_s)
    a, b = (_phase(values, pair.every_s, used) for values in (pair.a, pair.b))
    turns = a * b.conj()
    chance = a * null.shuffled(b, length, surrogates, seed).conj()
    value, by_chance = np.abs(_mean(turns[None])), np.abs(_mean(chance))
    return PhaseSynchrony(
        null.judged(MEASURE, pair, float(value[0]), by_chance, two_sided=False),
        float(np.degrees(np.angle(np.nanmean(turns)))),
        _over_time(pair, turns, chance, window_s),
        _instantaneous(pair, turns, chance),
        used,
        window_s,
    )


def _too_little(pair: Pair, band_hz: tuple[float, float]) -> str | None:
    """Why the phases cannot be found, or None."""
    if not pair.common.any() or pair.common.mean() < 1 - MAX_MISSING:
        share = 1 - (pair.common.mean() if len(pair.a) else 0)
        return f"One of the two is missing for {share:.0%} of the time."
    if band_hz[1] >= 0.45 / pair.every_s:
        return (
            f"{1 / pair.every_s:.3g} samples a second cannot show rhythms of {band_hz[1]:g} Hz. "
            f"Choose a band below {0.45 / pair.every_s:.2g} Hz or analyse more frames."
        )
    if band_hz[0] >= band_hz[1]:
        return f"{len(pair.a) * pair.every_s:.0f} s are too short for rhythms of that speed."
    return None


def _over_time(pair: Pair, turns: Complex, chance: Complex, window_s: float) -> pd.DataFrame:
    length = min(len(turns), max(3, round(window_s / pair.every_s)))
    starts = np.arange(0, len(turns) - length + 1, max(1, length // 10))
    middles = pair.time_s[starts] + (length - 1) / 2 * pair.every_s
    values = _windowed(turns[None], length, starts)[0]
    return null.over_time(middles, values, _windowed(chance, length, starts))


def _instantaneous(pair: Pair, turns: Complex, chance: Complex) -> pd.DataFrame:
    """With one band for all times: single phases are as likely at one time as at another."""
    low, high = np.nanpercentile(_in_step(chance[:, :: max(1, chance.shape[1] // 500)]), INTERVAL)
    columns = {"time_s": pair.time_s, "value": _in_step(turns), "low": low, "high": high}
    return pd.DataFrame(columns, dtype=np.float64)


def _band(pair: Pair, band_hz: tuple[float, float]) -> tuple[float, float]:
    low, high = band_hz
    if not 0 < low < high:
        raise SettingsError(f"The band {low:g} to {high:g} Hz is none. Choose 0 < low < high.")
    duration_s = len(pair.a) * pair.every_s
    return (max(low, CYCLES / duration_s) if duration_s else low, high)


def _phase(values: Floats, every_s: float, band_hz: tuple[float, float]) -> Complex:
    """The direction of the analytic signal, of length 1; NaN where the value is not known."""
    from scipy.signal import butter, hilbert, sosfiltfilt

    known = ~np.isnan(values)
    at = np.arange(len(values))
    bridged = np.interp(at, at[known], values[known])
    sos = butter(ORDER, band_hz, btype="bandpass", fs=1 / every_s, output="sos")
    analytic = hilbert(sosfiltfilt(sos, bridged - bridged.mean()))
    size = np.abs(analytic)
    direction: Complex = np.where(known & (size > 0), analytic / np.maximum(size, 1e-30), np.nan)
    return direction


def _mean(turns: Complex) -> Complex:
    """Over time, without the gaps: ``(m, n)`` to ``(m,)``."""
    known = ~np.isnan(turns)
    mean: Complex = np.where(known, turns, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean


def _windowed(turns: Complex, length: int, starts: NDArray[np.int64]) -> Floats:
    """The phase-locking value of ``(m, n)`` in windows: ``(m, windows)``."""
    known = ~np.isnan(turns)
    sums = []
    for values in (np.where(known, turns, 0), known.astype(np.complex128)):
        running = np.cumsum(values, axis=1)
        running = np.concatenate([np.zeros((len(running), 1)), running], axis=1)
        sums.append(running[:, starts + length] - running[:, starts])
    count = sums[1].real
    locking = np.abs(sums[0]) / np.maximum(count, 1)
    result: Floats = np.where(count >= MIN_WINDOW_KNOWN * length, locking, np.nan)
    return result


def _in_step(turns: Complex) -> Floats:
    """1 - sin(|difference| / 2); NaN in gaps."""
    synchrony: Floats = 1 - np.sin(np.abs(np.angle(turns)) / 2)
    return synchrony
