"""Pearson's correlation of one series with many, leaving gaps out exactly.

All of them, at once, in windows and at lags, come from the same six sums: of the samples that both
have, of each series there, of their product and of their squares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facemotion.statistics.null import MIN_SAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_OVERLAP = 0.5
"""A window, or a lag, counts when so much of the time has both persons."""


def correlations(a: Floats, b: Floats) -> Floats:
    """Pearson of ``a (n,)`` with every row of ``b (m, n)``, over what both have: ``(m,)``."""
    seen = ~np.isnan(a) & ~np.isnan(b)
    ones = seen.astype(np.float64)
    left, right = np.where(seen, a, 0.0), np.where(seen, b, 0.0)
    sums = [(x * y).sum(axis=1) for x, y in _products(ones, left, right)]
    return _pearson(*sums, least=MIN_SAMPLES)


def rolling(a: Floats, b: Floats, length: int, starts: NDArray[np.int64]) -> Floats:
    """Pearson of ``a (n,)`` and the rows of ``b (m, n)`` in windows: ``(m, windows)``."""
    seen = ~np.isnan(a) & ~np.isnan(b)
    ones = seen.astype(np.float64)
    # Centred first: running sums of numbers around 0 keep their precision.
    left = np.where(seen, a - np.nanmean(a), 0.0)
    right = np.where(seen, b - np.nanmean(b), 0.0)
    sums = []
    for x, y in _products(ones, left, right):
        running = np.cumsum(x * y, axis=1)
        running = np.concatenate([np.zeros((len(running), 1)), running], axis=1)
        sums.append(running[:, starts + length] - running[:, starts])
    return _pearson(*sums, least=max(3, MIN_OVERLAP * length))


def lagged(a: Floats, b: Floats, reach: int, batch: int = 32) -> Floats:
    """Pearson of ``a[t]`` and ``b[t + k]`` for k from -reach to reach: ``(m, 2 * reach + 1)``.

    Six cross-correlations by FFT (of the values, their squares, and where they are known), so that
    gaps and the ends are left out exactly.
    """
    if len(b) > batch:
        parts = [lagged(a, b[i : i + batch], reach) for i in range(0, len(b), batch)]
        return np.concatenate(parts)
    size = 1 << (len(a) + reach).bit_length()
    left, right = (np.fft.rfft(_powers(values), size) for values in (a, b))
    left = left.conj()[:, None]

    def crossed(x: int, y: int) -> Floats:
        whole = np.fft.irfft(left[x] * right[y], size)
        return np.concatenate([whole[:, size - reach :], whole[:, : reach + 1]], axis=1)

    order = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
    least = max(MIN_SAMPLES, MIN_OVERLAP * (~np.isnan(a)).sum())
    return _pearson(*(crossed(x, y) for x, y in order), least=least)


def _powers(values: Floats) -> Floats:
    """Where known, the centred values and their squares, 0 in gaps: ``(3, ...)``."""
    seen = ~np.isnan(values)
    centred = np.where(seen, values - np.nanmean(values), 0.0)
    return np.stack([seen.astype(np.float64), centred, centred**2])


def _products(ones: Floats, left: Floats, right: Floats) -> tuple[tuple[Floats, Floats], ...]:
    """What is summed for a correlation, in the order of ``_pearson``."""
    return (
        *((ones, ones), (left, ones), (ones, right)),
        *((left, right), (left, left), (right, right)),
    )


def _pearson(
    count: Floats, a: Floats, b: Floats, ab: Floats, aa: Floats, bb: Floats, *, least: float
) -> Floats:
    """Correlation from sums; NaN below ``least`` samples or where one does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = ab - a * b / count
        variances = (aa - a * a / count), (bb - b * b / count)
        tiny = 1e-9 * np.maximum(1e-12, np.maximum(aa.max(initial=0), bb.max(initial=0)))
        usable = (count > least - 0.5) & (variances[0] > tiny) & (variances[1] > tiny)
        result = covariance / np.sqrt(variances[0] * variances[1])
    clipped: Floats = np.where(usable, np.clip(result, -1, 1), np.nan)
    return clipped
