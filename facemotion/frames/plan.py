"""Which frames to take, and which packets need decoding for them: pure arithmetic.

A video's packets are listed first (that costs no decoding). From their timestamps follows
exactly which frames lie on the sampling grid, and so which groups of pictures can be left out
and behind which packet of a group nothing more is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

GRID_TOLERANCE_S = 0.0005
"""Timestamps of a millisecond clock (Matroska) may lie just before a grid point."""


@dataclass(frozen=True)
class Packets:
    """All packets of a video stream in file order: timestamps in ``time_base`` units.

    ``is_shown`` is False for what an edit list hides: others may refer to it.
    """

    pts: Ints
    is_key: NDArray[np.bool_]
    is_shown: NDArray[np.bool_]
    origin: int
    time_base: Fraction

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Seconds since the start of the file."""
        return (self.pts - self.origin).astype(np.float64) * float(self.time_base)


@dataclass(frozen=True)
class Target:
    """A frame to take: its number in showing order, its time, its timestamp, and the position
    of its packet in the file.
    """

    index: int
    time_s: float
    pts: int
    packet: int


def choose(
    packets: Packets, every_s: float, start_s: float | None, end_s: float | None
) -> list[Target]:
    """The frames on the grid ``start, start + every, ...``; all of them when ``every_s`` is 0.

    A grid point takes the first frame at or after it, with that frame's own time; a frame is
    taken once, however many grid points it serves (a frozen picture in a variable frame rate).
    """
    shown = np.flatnonzero(packets.is_shown)
    order = shown[np.argsort(packets.pts[shown], kind="stable")]
    times = packets.times_s[order]
    first = 0
    if start_s is not None:
        first = int(np.searchsorted(times, start_s - GRID_TOLERANCE_S))
    last = len(times)
    if end_s is not None:
        last = int(np.searchsorted(times, end_s + GRID_TOLERANCE_S))
    if every_s > 0 and first < last:
        begin = start_s if start_s is not None else float(times[first])
        grid = np.arange(begin, float(times[last - 1]) + every_s, every_s)
        picks = np.unique(np.searchsorted(times, grid - GRID_TOLERANCE_S))
        chosen = picks[(picks >= first) & (picks < last)]
    else:
        chosen = np.arange(first, last)
    return [
        Target(int(i), float(times[i]), int(packets.pts[order[i]]), int(order[i])) for i in chosen
    ]


def groups_of(packets: Packets) -> Ints:
    """The number of each packet's group of pictures; a key frame opens a new one."""
    return np.cumsum(packets.is_key).astype(np.int64)


def needed_until(packets: Packets, targets: list[Target]) -> dict[int, int]:
    """For each group of pictures that must be decoded: the last packet needed in it.

    A frame shown before its group's key frame (an open group) refers to the group before, so
    that one is needed to its end.
    """
    groups = groups_of(packets)
    key_pts = {
        int(g): int(p)
        for g, p in zip(groups[packets.is_key], packets.pts[packets.is_key], strict=True)
    }
    ends = {int(g): i for i, g in enumerate(groups)}
    needed: dict[int, int] = {}
    for target in targets:
        group = int(groups[target.packet])
        needed[group] = max(needed.get(group, 0), target.packet)
        if group - 1 in ends and target.pts < key_pts.get(group, target.pts):
            needed[group - 1] = ends[group - 1]
    return needed
