"""What two persons do together: correlation, windowed correlation and lag, each against chance.

Every number comes with what it would be by chance, see ``null``. Pairs of series are made by
``pairs.paired``; ``phases`` has the synchrony of their rhythms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.curves import of_face
from facemotion.errors import SettingsError
from facemotion.statistics import null, pearson
from facemotion.statistics.null import MIN_SAMPLES, SURROGATES, Strength
from facemotion.statistics.pairs import Pair, paired

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHODS = ("pearson", "spearman")
WINDOW_S = 10.0
MAX_LAG_S = 5.0
"""Most studies of two people look for answers within five seconds."""


@dataclass(frozen=True)
class WindowedCorrelation:
    """Correlation in a window that moves along.

    ``over_time`` has ``time_s`` (the middle of the window), ``value``, and ``low`` and ``high`` of
    the surrogates. ``strength`` is of the mean Fisher z of all windows, ``either_way`` of the mean
    of its size, which also counts windows in which one goes up when the other goes down.
    """

    strength: Strength
    either_way: Strength
    over_time: pd.DataFrame
    window_s: float


@dataclass(frozen=True)
class Lag:
    """The lag at which two series are most alike.

    ``lag_s`` is positive when ``b`` follows ``a``; None when there is too little in common or no
    peak within the limit. ``strength`` is of the correlation there, against the highest one that
    surrogates reach at any lag, and ``curve`` has ``lag_s``, ``value``, ``low`` and ``high``.
    """

    strength: Strength
    lag_s: float | None
    curve: pd.DataFrame


def correlation(
    pair: Pair, method: str = "pearson", *, surrogates: int = SURROGATES, seed: int = 0
) -> Strength:
    """Pearson's or Spearman's correlation, two-sided. Raises ``SettingsError`` for another name."""
    if method not in METHODS:
        raise SettingsError(
            f"There is no correlation called {method!r}. Choose from: {', '.join(METHODS)}."
        )
    length = null.segment(pair)
    if why := null.too_little(pair, length):
        return null.unjudged(method, pair, why)
    a, b = np.where(pair.common, [pair.a, pair.b], np.nan)
    if method == "spearman":
        a, b = (pd.Series(values).rank().to_numpy(dtype=np.float64) for values in (a, b))
    value = float(pearson.correlations(a, b[None])[0])
    chance = pearson.correlations(a, null.shuffled(b, length, surrogates, seed))
    return null.judged(method, pair, value, chance, two_sided=True)


def windowed_correlation(
    pair: Pair,
    window_s: float = WINDOW_S,
    step_s: float | None = None,
    *,
    surrogates: int = SURROGATES,
    seed: int = 0,
) -> WindowedCorrelation:
    """Pearson's correlation within ``window_s``, every ``step_s`` (default: a tenth of it).

    NaN where a window has both persons for less than ``pearson.MIN_OVERLAP`` of its time.
    """
    measure = "mean Fisher z"
    empty = null.over_time(np.zeros(0), np.zeros(0), np.zeros((0, 0)))
    segment = null.segment(pair)
    if why := null.too_little(pair, segment):
        none = null.unjudged(measure, pair, why)
        return WindowedCorrelation(none, none, empty, window_s)
    length = max(3, round(window_s / pair.every_s))
    starts = np.arange(
        0, len(pair.a) - length + 1, max(1, round((step_s or window_s / 10) / pair.every_s))
    )
    values = pearson.rolling(pair.a, pair.b[None], length, starts)
    chance = pearson.rolling(
        pair.a, null.shuffled(pair.b, segment, surrogates, seed), length, starts
    )
    middles = pair.time_s[starts] + (length - 1) / 2 * pair.every_s
    z, by_chance = _fisher(values), _fisher(chance)
    strengths = [
        null.judged(name, pair, float(size[0]), others, two_sided=two_sided)
        for name, size, others, two_sided in (
            ("mean Fisher z", _mean(z), _mean(by_chance), True),
            ("mean absolute Fisher z", _mean(np.abs(z)), _mean(np.abs(by_chance)), False),
        )
    ]
    together, either_way = strengths
    return WindowedCorrelation(
        together, either_way, null.over_time(middles, values[0], chance), window_s
    )


def lag(
    pair: Pair, max_lag_s: float = MAX_LAG_S, *, surrogates: int = SURROGATES, seed: int = 0
) -> Lag:
    """The lag, within ``max_lag_s`` either way, at which the correlation is highest.

    Between the samples, the peak of the parabola through the three highest points is taken.
    Each lag uses the samples that overlap; surrogates are searched over the same lags, so the
    best of many is compared with the best of as many.
    """
    measure = "correlation at the best lag"
    empty = pd.DataFrame(columns=["lag_s", "value", "low", "high"], dtype=np.float64)
    segment = null.segment(pair)
    if why := null.too_little(pair, segment):
        return Lag(null.unjudged(measure, pair, why), None, empty)
    reach = int(max_lag_s / pair.every_s + 1e-6)
    values = pearson.lagged(pair.a, pair.b[None], reach)[0]
    chance = pearson.lagged(pair.a, null.shuffled(pair.b, segment, surrogates, seed), reach)
    lags = np.arange(-reach, reach + 1, dtype=np.float64) * pair.every_s
    curve = null.over_time(lags, values, chance).rename(columns={"time_s": "lag_s"})
    if np.isnan(values).all():
        return Lag(null.unjudged(measure, pair, "There is too little in common."), None, curve)
    best = int(np.nanargmax(values))
    at, note = _peak(values, best)
    highest = np.where(np.isnan(chance), -np.inf, chance).max(axis=1)
    highest[np.isinf(highest)] = np.nan
    strength = null.judged(measure, pair, float(values[best]), highest, two_sided=False, note=note)
    return Lag(strength, None if at is None else (at - reach) * pair.every_s, curve)


def correlation_matrix(
    faces: pd.DataFrame,
    columns: Sequence[str],
    a: int,
    b: int | None = None,
    method: str = "pearson",
) -> pd.DataFrame:
    """Correlations between the columns of one person, or of ``a`` (rows) and ``b`` (columns).

    NaN where fewer than ``MIN_SAMPLES`` samples have both or one never changes. These are plain
    numbers, without surrogates: of many cells, some are large by chance.
    """
    names = list(columns)
    if method not in METHODS:
        raise SettingsError(
            f"There is no correlation called {method!r}. Choose from: {', '.join(METHODS)}."
        )
    if b is None:
        table = of_face(faces, a)[names].astype("float64")
        return table.corr(method=method, min_periods=MIN_SAMPLES)
    values = np.full((len(names), len(names)), np.nan)
    for row, column in np.ndindex(values.shape):
        pair = paired(faces, a, b, names[row], names[column])
        both = pd.DataFrame({"a": pair.a, "b": pair.b})
        values[row, column] = both.corr(method=method, min_periods=MIN_SAMPLES).iloc[0, 1]
    return pd.DataFrame(values, index=names, columns=names)


def _fisher(correlations: Floats) -> Floats:
    z: Floats = np.arctanh(np.clip(correlations, -0.999999, 0.999999))
    return z


def _mean(values: Floats) -> Floats:
    """Over the windows ``(m, windows)`` that are known: ``(m,)``; NaN without any."""
    counts = (~np.isnan(values)).sum(axis=1)
    means: Floats = np.where(counts > 0, np.nansum(values, axis=1) / np.maximum(counts, 1), np.nan)
    return means


def _peak(values: Floats, best: int) -> tuple[float | None, str | None]:
    """Where between the samples the peak is; None, with a note, at the end of the lags."""
    if best in (0, len(values) - 1) or np.isnan(values[[best - 1, best + 1]]).any():
        return None, "The correlation still rises at the longest lag; there is no peak."
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2 * here + after
    return best + (0.5 * (before - after) / bend if bend < 0 else 0.0), None
