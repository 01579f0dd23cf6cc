"""For how much of the time a value reaches a threshold, and in how many episodes.

A sample stands for the time until the next one, the last for as long as is usual, as everywhere
(``windows``). A sample that reaches over the edge of the window counts for its part inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.errors import SettingsError
from facemotion.statistics.query_rows import spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_HAIR_S = 1e-6
"""Sums of decimal fractions: 0.3 s of three samples is not quite 0.3."""


def time_above(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    columns: Sequence[str],
    threshold: float,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    in_both_directions: bool = False,
    min_episode_s: float = 0.0,
) -> pd.DataFrame:
    """One row per person and column: how long, how often, and when longest it is at or above.

    * ``face_id``, ``person``, ``column``
    * ``window_s``: sampled seconds between ``start_s`` and ``end_s`` (None: the first, the last)
    * ``measured_s``, ``coverage``: of these, seconds and share in which the value is known
    * ``above_s``, ``share_above``: of the measured ones, seconds and share at ``threshold`` or
      above; NaN where nothing was measured
    * ``episodes``: stretches of samples without a break that are above for ``min_episode_s``
      seconds or more within the window; shorter ones count in the share, but not here
    * ``longest_s``, ``longest_start_s``: of the longest of these; 0 and NaN without one

    ``in_both_directions`` takes values without their sign: an angle to either side. A person who
    is in a frame twice counts with the mean. People come as in ``curves.face_tracks``. Raises
    ``SettingsError`` for a window that ends before it starts or a threshold that is no number.
    """
    if not np.isfinite(threshold):
        raise SettingsError(f"The threshold is {threshold:g}. Give a number.")
    if start_s is not None and end_s is not None and not end_s > start_s:
        raise SettingsError(
            f"The window ends at {end_s:g} s, not after it starts at {start_s:g} s. "
            "Give an end that is later than the start."
        )
    starts, seconds = _inside(samples, start_s, end_s)
    names = curves.people(faces)
    rows = []
    for track in curves.face_tracks(faces):
        table = curves.face_curve(faces, samples, track.face_id, columns)
        for column in columns:
            # The tables' own float32 decides at the edge, as in the queries.
            values = table[column].to_numpy(dtype=np.float32)
            values = np.abs(values) if in_both_directions else values
            over = values >= np.float32(threshold)
            row = {"face_id": track.face_id, "person": names[track.face_id], "column": column}
            rows.append(row | _of_window(~np.isnan(values), over, starts, seconds, min_episode_s))
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


_COLUMNS = {
    "face_id": "int64",
    "person": "str",
    "column": "str",
    **dict.fromkeys(("window_s", "measured_s", "coverage", "above_s", "share_above"), "float64"),
    "episodes": "int64",
    **dict.fromkeys(("longest_s", "longest_start_s"), "float64"),
}


def _inside(
    samples: pd.DataFrame, start_s: float | None, end_s: float | None
) -> tuple[Floats, Floats]:
    """When each sample begins inside the window, and for how long it is there, in time order."""
    table = spans(samples)
    until = table["until_s"].to_numpy(dtype=np.float64)
    begins = until - table["seconds"].to_numpy(dtype=np.float64)
    starts = begins if start_s is None else np.maximum(begins, start_s)
    ends = until if end_s is None else np.minimum(until, end_s)
    return starts, np.maximum(ends - starts, 0.0)


def _of_window(
    known: Bools, over: Bools, starts: Floats, seconds: Floats, min_episode_s: float
) -> dict[str, float]:
    window_s, measured_s = float(seconds.sum()), float(seconds[known].sum())
    above_s = float(seconds[over].sum())
    first, lengths = _episodes(over & (seconds > 0), seconds)
    long = lengths >= min_episode_s - _HAIR_S
    longest = int(lengths.argmax()) if long.any() else None
    return {
        "window_s": window_s,
        "measured_s": measured_s,
        "coverage": measured_s / window_s if window_s > 0 else np.nan,
        "above_s": above_s,
        "share_above": above_s / measured_s if measured_s > 0 else np.nan,
        "episodes": int(long.sum()),
        "longest_s": 0.0 if longest is None else float(lengths[longest]),
        "longest_start_s": np.nan if longest is None else float(starts[first[longest]]),
    }


def _episodes(over: Bools, seconds: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The first sample of each run of samples that are over, and how long the run lasts."""
    turns = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(np.int8), [0]])))
    first, after = turns.reshape(-1, 2).T
    passed = np.concatenate([[0.0], seconds.cumsum()])
    return first, passed[after] - passed[first]
