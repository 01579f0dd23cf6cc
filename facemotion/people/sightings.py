"""The measured faces as arrays, and what it costs to take two of them for the same person.

Lengths are in sides of the face, so that near and far people are treated alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from facemotion.appearance import face_grids

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.int64]
    Pairs = tuple[Indices, Indices]

REACH = (0.5, 1.5, 2.0)
"""A face is looked for this far from where it should be: at once, more per second, and at most."""

STAYED = 0.15
"""What it costs, in sides, to suppose that a face did not move on."""

MAX_RATIO = 2.0
"""A face that grew or shrank by more than this factor is another one."""

UNLIKE = 20.0
"""Mean difference of two marks (0..255) from which two faces look like two people. In the clips
tried, 99 of 100 faces differ from themselves a frame later by less than half of it, 9 of 10 half a
second later by less than two thirds; two people differ by 12 to 50."""

MAX_UNLIKE = (1.2, 0.6)
"""Faces that differ by more than so many times ``UNLIKE`` are linked only where they overlap. From
one sample to the next it is more with every second, for one second at most: a gap says nothing of
what was in it, but two samples in a row far apart say that somebody was there both times."""

MAX_UNLIKE_OVERLAPPING = (0.6, 1.2)
"""There, no difference counts for more than this: what is in a face's place a moment later is that
face, turned away, behind a hand, or in a box of another size."""

OVERLAPPING = 0.25
"""Boxes that share this much of their union are in the same place."""

MAX_COST = 2.0
"""A link that costs more is none: one at the edge of its reach must look very much alike."""

DAMPING_S = 0.5
"""A motion goes on for about this long; then the person may as well have stopped."""

VELOCITY_S = 0.25
"""A velocity is taken over this long."""

RECENT = 8
"""What a person looks like is the mean over this many faces."""


@dataclass(frozen=True)
class Sightings:
    """All faces of a video, by row of the faces table.

    ``sample`` is the position of the frame among the samples, ``centre`` and ``side`` are pixels,
    ``size`` width and height, ``look`` the middle columns of the marks as ``(n, cells * 3)``.
    """

    sample: Indices
    shot: Indices
    time_s: Array
    centre: Array
    size: Array
    look: NDArray[np.float32]

    @cached_property
    def side(self) -> Array:
        """The side of a square as large as the box, in pixels."""
        return _side(self.size)

    @classmethod
    def of(cls, faces: pd.DataFrame, samples: pd.DataFrame) -> Self:
        """From the measured tables, both sorted by frame; ``samples`` has the column ``shot``."""
        at = np.searchsorted(samples["frame"].to_numpy(), faces["frame"].to_numpy())
        boxes = faces[["x", "y", "w", "h"]].to_numpy(dtype=np.float64)
        marks = face_grids(faces["appearance"])[:, :, 1:-1]  # at the sides it is mostly background
        return cls(
            sample=at.astype(np.int64),
            shot=samples["shot"].to_numpy()[at],
            time_s=faces["timestamp"].to_numpy(dtype=np.float64),
            centre=boxes[:, :2] + boxes[:, 2:] / 2,
            size=boxes[:, 2:],
            look=marks.reshape(len(marks), -1),
        )


@dataclass(frozen=True)
class Ends:
    """Ends (or beginnings) of tracks: where and when, how fast (pixels a second), how they look."""

    time_s: Array
    centre: Array
    size: Array
    velocity: Array
    look: NDArray[np.float32]

    @classmethod
    def of(cls, seen: Sightings, tracks: list[list[int]], *, last: bool) -> Self:
        """The last or the first faces of tracks, which are lists of rows in the order of time."""
        rows = [(track[-RECENT:][::-1] if last else track[:RECENT]) for track in tracks]
        tips = np.array([row[0] for row in rows], dtype=np.int64)
        looks = np.array([seen.look[row].mean(axis=0) for row in rows], dtype=np.float32)
        return cls(
            seen.time_s[tips],
            seen.centre[tips],
            seen.size[tips],
            np.array([_velocity(seen, row) for row in rows]).reshape(-1, 2),
            looks.reshape(len(rows), seen.look.shape[1]),
        )

    @classmethod
    def at(cls, seen: Sightings, rows: Indices) -> Self:
        """Single faces, of whose motion nothing is known."""
        still = np.zeros((len(rows), 2))
        return cls(seen.time_s[rows], seen.centre[rows], seen.size[rows], still, seen.look[rows])


def costs(before: Ends, after: Ends, pairs: Pairs, gap_s: float, step_s: float) -> Array:
    """What it costs to go on from a track's end with a beginning, for pairs of their positions.

    Infinite where it is impossible. The two are compared halfway between them in time: the end
    moves on, the beginning moves back, if both motions are known; otherwise where it begins.
    """
    i, j = pairs
    wait = after.time_s[j] - before.time_s[i]
    known = before.velocity[i].any(axis=1) & after.velocity[j].any(axis=1)
    forward, back = np.where(known, wait / 2, wait), np.where(known, wait / 2, 0.0)
    one = before.centre[i] + before.velocity[i] * _going_on(forward)[:, None]
    other = after.centre[j] - after.velocity[j] * _going_on(back)[:, None]
    side, other_side = _side(before.size[i]), _side(after.size[j])
    sides = np.sqrt(side * other_side)
    shift = np.linalg.norm(one - other, axis=1) / sides
    # A box that jumps for a frame looks like speed: it may have stayed after all.
    stayed = np.linalg.norm(before.centre[i] - after.centre[j], axis=1) / sides
    shift = np.minimum(shift, stayed + STAYED)
    start, more, most = REACH
    reach = np.minimum(start + more * np.maximum(wait, 0.0), most)
    growth = np.abs(np.log(side / other_side)) / np.log(MAX_RATIO)
    shared = overlaps(one, before.size[i], other, after.size[j])
    unlike = differences(before.look[i], after.look[j])
    # People turn and light changes: the longer ago, the less a different look tells.
    a_while = np.clip(wait, 0.0, 1.0)
    limit = MAX_UNLIKE[0] + np.where(wait < 1.5 * step_s, MAX_UNLIKE[1] * a_while, 0.0)
    in_place = MAX_UNLIKE_OVERLAPPING[0] + MAX_UNLIKE_OVERLAPPING[1] * a_while
    overlapping = shared >= OVERLAPPING
    looks = np.minimum(unlike, np.where(overlapping, in_place, limit)) / (1 + a_while)
    cost = shift / reach + 0.5 * (1 - shared) + 0.3 * growth + looks
    possible = (wait > 0) & (wait <= gap_s) & (shift <= reach) & (growth <= 1)
    possible &= (unlike <= limit) | overlapping
    return np.where(possible & (cost <= MAX_COST), cost, np.inf)


def overlaps(centre: Array, size: Array, other_centre: Array, other_size: Array) -> Array:
    """Intersection over union of boxes, which may be broadcast against each other."""
    low = np.maximum(centre - size / 2, other_centre - other_size / 2)
    high = np.minimum(centre + size / 2, other_centre + other_size / 2)
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    both = size.prod(axis=-1) + other_size.prod(axis=-1) - shared
    share: Array = shared / np.maximum(both, 1e-6)
    return share


def differences(look: NDArray[np.float32], other: NDArray[np.float32]) -> Array:
    """How unlike faces look: 0 is the same, 1 is as unlike as two people."""
    unlike: Array = np.abs(look - other).mean(axis=-1) / UNLIKE
    return unlike


def assignment(pairs: Pairs, cost: Array) -> dict[int, int]:
    """Of pairs and their costs, those that cost least together, each side at most once.

    As many pairs as possible are made; an infinite one never.
    """
    possible = np.isfinite(cost)
    (i, j), cost = (side[possible] for side in pairs), cost[possible]
    alone = (np.bincount(i)[i] == 1) & (np.bincount(j)[j] == 1) if len(i) else possible[:0]
    found = dict(zip(i[alone].tolist(), j[alone].tolist(), strict=True))
    if alone.all():
        return found
    # Imported on use: it takes a quarter of the program's start, and one face needs none of it.
    from scipy.optimize import linear_sum_assignment

    i, j, cost = i[~alone], j[~alone], cost[~alone]
    (rows, i), (columns, j) = (np.unique(side, return_inverse=True) for side in (i, j))
    matrix = np.full((len(rows), len(columns)), 1e3)  # far more than any pair costs
    matrix[i, j] = cost
    for row, column in zip(*linear_sum_assignment(matrix), strict=True):
        if matrix[row, column] < 1e3:
            found[int(rows[row])] = int(columns[column])
    return found


def _side(size: Array) -> Array:
    """The side of a square as large as a box, in pixels."""
    side: Array = np.sqrt(np.maximum(size.prod(axis=1), 1.0))
    return side


def _going_on(seconds: Array) -> Array:
    """For how long a motion is carried on, when that many seconds have passed."""
    carried: Array = DAMPING_S * (1 - np.exp(-np.maximum(seconds, 0.0) / DAMPING_S))
    return carried


def _velocity(seen: Sightings, rows: list[int]) -> Array:
    """Pixels a second at the first of the rows, which are in the order of time or against it."""
    if len(rows) < 2:
        return np.zeros(2)
    times = np.abs(seen.time_s[rows] - seen.time_s[rows[0]])
    far = max(1, int(np.searchsorted(times, VELOCITY_S, side="right")) - 1)
    moved = seen.centre[rows[far]] - seen.centre[rows[0]]
    speed: Array = moved / (seen.time_s[rows[far]] - seen.time_s[rows[0]])
    return speed
