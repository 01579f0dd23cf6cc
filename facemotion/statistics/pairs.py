"""The series of two persons on common, regular times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.curves import of_face

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_RATE_HZ = 30.0
BRIDGED = 1.6
"""Up to so many usual distances between two samples count as jitter; beyond, it is a gap."""


@dataclass(frozen=True)
class Pair:
    """Two series on common regular times; NaN where a person was not measured.

    ``a`` and ``b`` are ``(n,)`` on ``time_s``; ``every_s`` is the distance of the samples.
    """

    time_s: Floats
    a: Floats
    b: Floats
    every_s: float
    label: str = ""

    @property
    def common(self) -> NDArray[np.bool_]:
        """Where both are known."""
        return ~(np.isnan(self.a) | np.isnan(self.b))


def paired(
    faces: pd.DataFrame,
    a: int,
    b: int,
    column: str,
    column_b: str | None = None,
    rate_hz: float | None = None,
) -> Pair:
    """One column of persons ``a`` and ``b`` on the same regular times, from where both are there.

    Values are interpolated between neighbouring samples; in gaps longer than ``BRIDGED`` times the
    usual distance they are NaN. ``rate_hz`` defaults to that of the sparser series, at most
    ``MAX_RATE_HZ``. ``column_b`` takes another column of ``b``.
    """
    first = _series(faces, a, column)
    second = _series(faces, b, column_b or column)
    label = column if column_b in (None, column) else f"{column} and {column_b}"
    if min(len(first[0]), len(second[0])) < 2:
        return Pair(np.zeros(0), np.zeros(0), np.zeros(0), 0.0, label)
    every_s = max(_usual(first[0]), _usual(second[0]), 1 / MAX_RATE_HZ)
    every_s = 1 / rate_hz if rate_hz else every_s
    start, end = max(first[0][0], second[0][0]), min(first[0][-1], second[0][-1])
    count = max(0, int((end - start) / every_s + 1e-6) + 1)
    times = start + np.arange(count, dtype=np.float64) * every_s
    return Pair(times, _on_grid(*first, times), _on_grid(*second, times), every_s, label)


def _series(faces: pd.DataFrame, face_id: int, column: str) -> tuple[Floats, Floats]:
    rows = of_face(faces, face_id).dropna(subset=[column]).sort_values("timestamp")
    rows = rows.drop_duplicates("timestamp")
    return (
        rows["timestamp"].to_numpy(dtype=np.float64),
        rows[column].to_numpy(dtype=np.float64),
    )


def _usual(times: Floats) -> float:
    return float(np.median(np.diff(times)))


def _on_grid(times: Floats, values: Floats, grid: Floats) -> Floats:
    """Interpolated, NaN where the two samples around a time are too far apart."""
    if not len(grid):
        return np.zeros(0)
    after = np.clip(np.searchsorted(times, grid, side="left"), 1, len(times) - 1)
    apart = times[after] - times[after - 1]
    result: Floats = np.interp(grid, times, values)
    hit = np.minimum(np.abs(times[after] - grid), np.abs(times[after - 1] - grid)) < 1e-6
    result[(apart > BRIDGED * _usual(times)) & ~hit] = np.nan
    return result
