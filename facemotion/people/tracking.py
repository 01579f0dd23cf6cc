"""Which face in one frame is which face in the next: numbers for faces.

A simple rule on boxes alone: each face takes over the number of the nearest recent face of
similar size, all pairs of a frame being settled together. It knows nothing of appearance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from facemotion.tables import person_name

MAX_SHIFT = 1.0
"""A face that moved by more than its own size between two samples gets a new number."""

MAX_RATIO = 2.0
"""So does one that grew or shrank by more than this factor."""

MAX_GAP_S = 2.0
"""A face is looked for this long, or for two sampling steps if that is longer."""


@dataclass
class _Track:
    face_id: int
    time_s: float
    box_xywh: np.ndarray


def link(faces: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The faces table, sorted by frame, with ``face_id`` filled in: 0, 1, ... by first showing."""
    steps = np.diff(samples["timestamp"].to_numpy())
    gap_s = max(MAX_GAP_S, 2.01 * float(np.median(steps)) if len(steps) else 0.0)
    boxes = faces[["x", "y", "w", "h"]].to_numpy(dtype=np.float64)
    ids = np.full(len(faces), -1, dtype=np.int64)
    tracks: list[_Track] = []
    n_ids = 0
    for _, rows in faces.groupby("frame", sort=True).indices.items():
        time_s = float(faces["timestamp"].iloc[rows[0]])
        tracks = [track for track in tracks if time_s - track.time_s <= gap_s]
        for track, row in _pairs(tracks, boxes, rows):
            track.time_s, track.box_xywh = time_s, boxes[row]
            ids[row] = track.face_id
        for row in rows:
            if ids[row] < 0:
                ids[row] = n_ids
                tracks.append(_Track(n_ids, time_s, boxes[row]))
                n_ids += 1
    names = [person_name(int(i)) for i in ids]
    return faces.assign(face_id=ids, track_id=ids, person=names).astype({"person": "str"})


def _pairs(tracks: list[_Track], boxes: np.ndarray, rows: np.ndarray) -> list[tuple[_Track, int]]:
    """The cheapest one-to-one pairs of tracks and rows, leaving out the impossible ones."""
    if not tracks or not len(rows):
        return []
    old = np.stack([track.box_xywh for track in tracks])[:, None]
    new = boxes[rows][None]
    side_old, side_new = old[..., 2:].mean(axis=-1), new[..., 2:].mean(axis=-1)
    centres = (old[..., :2] + old[..., 2:] / 2) - (new[..., :2] + new[..., 2:] / 2)
    shift = np.linalg.norm(centres, axis=-1) / np.maximum((side_old + side_new) / 2, 1e-6)
    ratio = np.maximum(side_old, side_new) / np.maximum(np.minimum(side_old, side_new), 1e-6)
    possible = (shift <= MAX_SHIFT) & (ratio <= MAX_RATIO)
    cost = np.where(possible, shift + np.log(ratio), 1e3)
    pairs = [(0, 0)] if cost.shape == (1, 1) else _assignment(cost)
    return [(tracks[i], int(rows[j])) for i, j in pairs if possible[i, j]]


def _assignment(cost: np.ndarray) -> list[tuple[int, int]]:
    # Imported on use: it takes a quarter of the program's start, and one face needs none of it.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
