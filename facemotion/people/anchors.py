"""Pointing at tracks by a place in a picture, which outlives their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from facemotion.people.decisions import Anchor

if TYPE_CHECKING:
    import pandas as pd


def tracks_at(faces: pd.DataFrame, anchors: Sequence[Anchor]) -> list[int]:
    """The tracks at the anchors; the face nearest to an anchor counts if its box is around it."""
    there = faces[faces["frame"].isin({anchor.frame for anchor in anchors})]
    columns = there[["frame", "x", "y", "w", "h"]].to_numpy(dtype=np.float64)
    frames, corners, sizes = columns[:, 0], columns[:, 1:3], columns[:, 3:]
    tracks = there["track_id"].to_numpy()
    found: list[int] = []
    for anchor in anchors:
        here = np.flatnonzero(frames == anchor.frame)
        away = np.abs(corners[here] + sizes[here] / 2 - (anchor.x, anchor.y))
        inside = (away <= sizes[here] / 2).all(axis=1)
        here, away = here[inside], away[inside]
        if len(here):
            track = int(tracks[here[np.linalg.norm(away, axis=1).argmin()]])
            if track not in found:
                found.append(track)
    return found


def anchors_of(rows: pd.DataFrame) -> tuple[Anchor, ...]:
    """The most certain row of each track in a person's rows, the track seen longest first."""
    longest_first = (
        rows["track_id"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
    )
    best = rows.loc[rows.groupby("track_id")["confidence"].idxmax()].set_index("track_id")
    best = best.loc[longest_first.index]
    return tuple(
        Anchor(int(frame), float(x) + float(w) / 2, float(y) + float(h) / 2)
        for frame, x, y, w, h in best[["frame", "x", "y", "w", "h"]].itertuples(index=False)
    )
