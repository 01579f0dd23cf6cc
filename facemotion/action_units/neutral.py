"""The neutral face that intensities are counted from: the person's own, or a population's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MIN_ROWS = 8
"""Fewer samples of a face than this do not tell what is neutral for it."""

NEUTRAL_SHARE = 0.2
"""This share of a face's samples, the most neutral ones, are taken as its neutral face."""

MIN_NEUTRAL = 0.35
"""Their mean probability of neutral must reach this: a person who smiles throughout has shown none.

Half of the certainty with which the classifiers here call a clearly neutral face neutral.
"""

AS_NEUTRAL = 0.25
"""Samples pass for as neutral as the most neutral ones when their probability is at most this much
lower: it does not tell a face at rest from one with a raised brow."""

CANDIDATES = 3
"""So many times as many samples, if they pass, are asked which of them is at rest."""

MAX_TURN_DEG = 20.0
"""A neutral face is looked for among samples turned by at most this much, if there are enough."""

MAX_ROWS = 60
"""More than this add nothing to the mean."""

Rows = NDArray[np.intp]


def neutral_rows(faces: pd.DataFrame, lengths: NDArray[np.float32]) -> Rows | None:
    """The positions of the most neutral samples of one face, None when nothing tells which.

    ``faces`` holds the rows of one track, in time order, ``lengths`` their ``(n, k)`` lengths. A
    face at rest is what a person comes back to: of ``CANDIDATES`` times as many samples that the
    classifier calls about as neutral, those are taken whose lengths are closest to their median.
    """
    if len(faces) < MIN_ROWS:
        return None
    turn = np.maximum(faces["yaw_deg"].abs(), faces["pitch_deg"].abs()).to_numpy()
    usable = np.flatnonzero(turn <= MAX_TURN_DEG)
    if len(usable) < MIN_ROWS:
        usable = np.arange(len(faces))
    neutral = faces["neutral"].to_numpy()[usable]
    wanted = min(max(round(NEUTRAL_SHARE * len(usable)), MIN_ROWS // 2), MAX_ROWS)
    order = np.argsort(-neutral, kind="stable")
    best = float(neutral[order[:wanted]].mean())
    if best < MIN_NEUTRAL:
        return None
    alike = [i for i in order[: CANDIDATES * wanted] if neutral[i] >= best - AS_NEUTRAL]
    candidates = usable[alike]
    return np.sort(candidates[_most_typical(lengths[candidates], lengths)[:wanted]])


def _most_typical(some: NDArray[np.float32], of: NDArray[np.float32]) -> Rows:
    """The order of ``some`` by their distance from their median, in spreads of each length."""
    spread = np.maximum(of.std(axis=0), 1e-6)
    distance = (np.abs(some - np.median(some, axis=0)) / spread).mean(axis=1)
    return np.argsort(distance, kind="stable")


def rows_between(faces: pd.DataFrame, start_s: float, end_s: float) -> Rows | None:
    """The positions of the samples in a stretch of time that a user calls neutral; None if none."""
    times = faces["timestamp"].to_numpy()
    rows = np.flatnonzero((times >= start_s) & (times <= end_s))
    return rows[:: max(1, len(rows) // MAX_ROWS)] if len(rows) else None
