"""Moments of one face that are not too close to each other."""

from __future__ import annotations

import pandas as pd

_CLOCK_S = 1e-6  # times are compared to the microsecond


class Apart:
    """Keeps rows of the same face a minimum time apart."""

    def __init__(self, faces: pd.DataFrame, min_gap_s: float) -> None:
        self._times = faces["timestamp"].to_numpy()
        self._ids = faces["face_id"].to_numpy()
        self._min_gap_s = min_gap_s
        self._taken: dict[int, list[float]] = {}

    def add(self, row: int) -> bool:
        """Take the row unless it is too close to one taken before; whether it was taken."""
        taken = self._taken.setdefault(int(self._ids[row]), [])
        time_s = float(self._times[row])
        if any(abs(time_s - other) < max(self._min_gap_s - _CLOCK_S, _CLOCK_S) for other in taken):
            return False
        taken.append(time_s)
        return True
