"""Smoothing of what was measured over time; the table that was measured stays as it is.

Every stretch is smoothed by itself: never across a gap longer than the window, never from one
person or track to another. Both methods look at both sides, so peaks get lower but do not move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.errors import SettingsError
from facemotion.records import ACTION_UNITS, EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHODS = ("none", "exponential", "savitzky-golay")
SMOOTHED_COLUMNS = (*EMOTIONS, "expressiveness", "valence", "arousal", *ACTION_UNITS)
"""What a view smooths. Blinks are shorter than any useful window: count them on raw values."""

ORDER = 2
"""Savitzky-Golay fits a parabola in each window: peaks keep their height better than by a mean."""

_LIMITS = {
    **dict.fromkeys((*EMOTIONS, "expressiveness", "confidence"), (0.0, 1.0)),
    **dict.fromkeys(("valence", "arousal"), (-1.0, 1.0)),
    **dict.fromkeys(ACTION_UNITS, (0.0, 5.0)),
}


def check_name(method: str) -> None:
    """Raises ``SettingsError`` with the choices when there is no such method."""
    if method not in METHODS:
        raise SettingsError(
            f"There is no smoothing called {method!r}. Choose from: {', '.join(METHODS)}."
        )


def smoothed(
    faces: pd.DataFrame,
    columns: Sequence[str] = SMOOTHED_COLUMNS,
    method: str = "exponential",
    window_s: float = 0.5,
) -> pd.DataFrame:
    """The columns, smoothed, with the index and the types of the faces table; NaN stays NaN.

    * "exponential": each value is the mean of its neighbours, weighted by exp(-distance /
      ``window_s``) in real time, so any frame rate is right.
    * "savitzky-golay": the parabola that fits best within ``window_s`` around the value (Savitzky
      and Golay, Analytical Chemistry 36, 1964, 1627-1639), on a regular grid of the usual distance
      of the samples. Fewer than five samples in a window or a stretch stay as they are.

    Probabilities stay in 0..1, and sum to 1 when all seven are asked for; action units stay in
    0..5. Raises ``SettingsError`` for an unknown method or a window that is not above 0.
    """
    check_name(method)
    if not window_s > 0:
        raise SettingsError(f"The smoothing window is {window_s:g} s. Choose more than 0 s.")
    raw = faces[list(columns)]
    if method == "none" or raw.empty:
        return raw.copy()
    smooth = _exponential if method == "exponential" else _savitzky_golay
    values = raw.to_numpy(dtype=np.float64, copy=True)
    times = faces["timestamp"].to_numpy(dtype=np.float64)
    track = faces.groupby(["face_id", "track_id"], sort=False, dropna=False).ngroup().to_numpy()
    order = np.lexsort((times, track))
    for number in range(values.shape[1]):
        seen = order[~np.isnan(values[order, number])]
        _smooth_column(values[:, number], times, track, seen, smooth, window_s)
    return _within_limits(values, raw)


def _smooth_column(
    values: Floats,
    times: Floats,
    track: NDArray[np.int64],
    seen: NDArray[np.int64],
    smooth: Callable[[Floats, Floats, float], Floats],
    window_s: float,
) -> None:
    """In place; ``seen`` are the rows that have a value, by track and time."""
    # A hair of tolerance: 0.7 s apart may be 0.7000000000000001 s.
    apart = (np.diff(times[seen]) > window_s * (1 + 1e-9)) | (np.diff(track[seen]) != 0)
    for stretch in np.split(seen, np.flatnonzero(apart) + 1):
        if len(stretch) > 1:
            values[stretch] = smooth(values[stretch], times[stretch], window_s)


def _within_limits(values: Floats, raw: pd.DataFrame) -> pd.DataFrame:
    """Clipped to what the columns may hold; the emotions sum to 1 where all are there."""
    columns = list(raw.columns)
    for number, name in enumerate(columns):
        if name in _LIMITS:
            values[:, number] = np.clip(values[:, number], *_LIMITS[name])
    if set(EMOTIONS) <= set(columns):
        at = [columns.index(name) for name in EMOTIONS]
        values[:, at] /= np.maximum(values[:, at].sum(axis=1, keepdims=True), 1e-12)
    return pd.DataFrame(values, index=raw.index, columns=columns).astype(raw.dtypes.to_dict())


def _exponential(values: Floats, times: Floats, window_s: float) -> Floats:
    """The mean of all values of a stretch, each weighted by exp(-distance / window)."""
    both = np.stack([values, np.ones_like(values)])
    before = _decayed_sum(both, times, window_s)
    after = _decayed_sum(both[:, ::-1], -times[::-1], window_s)[:, ::-1]
    total, weight = before + after - both
    mean: Floats = total / weight
    return mean


def _decayed_sum(values: Floats, times: Floats, window_s: float) -> Floats:
    """Sum over all earlier values and the value itself, each times exp(-age / window).

    By doubling: after k rounds, the 2^k latest values are in, so it takes log2(n) rounds.
    """
    total = values.copy()
    step = 1
    while step < len(times):
        decay = np.exp((times[:-step] - times[step:]) / window_s)
        if decay.max() < 1e-12:
            break
        total[:, step:] = total[:, step:] + total[:, :-step] * decay
        step *= 2
    return total


def _savitzky_golay(values: Floats, times: Floats, window_s: float) -> Floats:
    from scipy.signal import savgol_filter

    every_s = float(np.median(np.diff(times)))
    if every_s <= 0:
        return values
    count = round((times[-1] - times[0]) / every_s) + 1
    length = min(round(window_s / every_s), count)
    length -= 1 - length % 2
    if length < ORDER + 3:
        return values
    # The grid ends where the stretch ends, so a regular stretch lies on it exactly.
    grid = np.linspace(times[0], times[-1], count)
    filtered = savgol_filter(np.interp(grid, times, values), length, ORDER)
    fitted: Floats = np.interp(times, grid, filtered)
    return fitted
