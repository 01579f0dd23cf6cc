"""Which face in one frame is which face in the next: numbers for faces.

First what is beyond doubt is linked: a face that stays where it was, with no other near it. What
begins then (somebody comes in, crosses somebody else, jumps) is settled frame by frame as an
assignment over motion, overlap, size and looks. Last, the pieces that this leaves are joined over
longer gaps, all those of a shot together, where motion and looks agree from both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from facemotion.people.sightings import (
    Ends,
    Sightings,
    assignment,
    costs,
    differences,
    overlaps,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from facemotion.people.sightings import Indices, Pairs

SAME_PLACE = 0.4
"""Boxes of a face that stays where it is share this much of their union, from frame to frame."""

SAME_LOOK = 0.6
"""And it looks no more unlike than this, see ``sightings.UNLIKE``."""

ALONE = 1.0
"""Others are at least this many sides away."""

SHORT_GAP_S = 0.5
"""A gap that is bridged as soon as the face is there again; longer ones wait for the joining."""

_PAIRS = 2_000_000  # compared at once; a crowd would fill the memory

Track = list[int]
"""Rows of the faces table, in the order of time."""


def link(faces: pd.DataFrame, samples: pd.DataFrame, max_gap_s: float) -> NDArray[np.int64]:
    """The number of the track of every face: 0, 1, ... by first showing.

    ``faces`` and ``samples`` are as measured, sorted by frame, with the column ``shot`` in
    ``samples``; no track runs over a cut. A face is looked for ``max_gap_s`` seconds, or two
    sampling steps if that is longer.
    """
    if faces.empty:
        return np.zeros(0, dtype=np.int64)
    seen = Sightings.of(faces, samples)
    step_s = sampling_step_s(samples)
    gap_s = max(max_gap_s, 2.01 * step_s)
    short_s = max(min(SHORT_GAP_S, gap_s), 2.01 * step_s)
    tracks = _followed(seen, _sure_links(seen, gap_s), short_s, step_s)
    tracks = _joined(seen, tracks, gap_s, step_s)
    numbers = np.empty(len(faces), dtype=np.int64)
    for number, track in enumerate(sorted(tracks, key=lambda rows: rows[0])):
        numbers[track] = number
    return numbers


def sampling_step_s(samples: pd.DataFrame) -> float:
    """The usual time between two samples, in seconds; 0 when there is only one."""
    steps = np.diff(samples["timestamp"].to_numpy(dtype=np.float64))
    return float(np.median(steps)) if len(steps) else 0.0


def stays(faces: pd.DataFrame, samples: pd.DataFrame) -> NDArray[np.bool_]:
    """For every two neighbouring samples, whether a face stays in its place, looking the same."""
    found = np.zeros(max(len(samples) - 1, 0), dtype=np.bool_)
    if len(faces):
        seen = Sightings.of(faces, samples.assign(shot=0))
        before, _ = _sure_links(seen, np.inf)
        found[seen.sample[before]] = True
    return found


def _sure_links(seen: Sightings, gap_s: float) -> Pairs:
    """Rows, and the rows in the next sample that are the same faces beyond doubt."""
    near = [_near(seen, part) for part in _parts(seen.sample)]
    before, after = (np.concatenate(side) for side in zip(*near, strict=True))
    n = len(seen.sample)
    alone = np.bincount(before, minlength=n)[before] == 1
    alone &= np.bincount(after, minlength=n)[after] == 1
    before, after = before[alone], after[alone]
    boxes = seen.centre[before], seen.size[before], seen.centre[after], seen.size[after]
    sure = overlaps(*boxes) >= SAME_PLACE
    sure &= differences(seen.look[before], seen.look[after]) <= SAME_LOOK
    sure &= seen.shot[before] == seen.shot[after]
    sure &= seen.time_s[after] - seen.time_s[before] <= gap_s
    return before[sure], after[sure]


def _near(seen: Sightings, rows: Indices) -> Pairs:
    """Some rows with all those in the next sample that are near them."""
    first = np.searchsorted(seen.sample, seen.sample[rows] + 1)
    last = np.searchsorted(seen.sample, seen.sample[rows] + 2)
    before, after = _with_those_between(rows, first, last)
    side = np.sqrt(seen.side[before] * seen.side[after])
    near = np.linalg.norm(seen.centre[before] - seen.centre[after], axis=1) < ALONE * side
    return before[near], after[near]


def _parts(samples: Indices) -> list[Indices]:
    """All rows in parts that have a bounded number of pairs with their next samples."""
    _, position, count = np.unique(samples, return_inverse=True, return_counts=True)
    most = np.append(count[1:], 0)[position]
    return np.split(np.arange(len(samples)), np.flatnonzero(np.diff(np.cumsum(most) // _PAIRS)) + 1)


def _followed(seen: Sightings, sure: Pairs, gap_s: float, step_s: float) -> list[Track]:
    """The tracks: chains of sure links, put behind each other over gaps up to ``gap_s``."""
    chains = _chains(len(seen.sample), sure)
    beginning = np.array([chain[0] for chain in chains], dtype=np.int64)
    order = np.argsort(beginning, kind="stable")
    borders = np.flatnonzero(np.diff(seen.sample[beginning[order]])) + 1
    tracks: list[Track] = []
    recent: list[Track] = []
    for group in np.split(order, borders):
        begun = [chains[i] for i in group]
        sample, shot = seen.sample[begun[0][0]], seen.shot[begun[0][0]]
        now = seen.time_s[begun[0][0]]
        recent = [
            t for t in recent if now - seen.time_s[t[-1]] <= gap_s and seen.shot[t[-1]] == shot
        ]
        free = [track for track in recent if seen.sample[track[-1]] < sample]
        pairs = _every(len(free), len(begun))
        ends, faces = Ends.of(seen, free, last=True), Ends.at(seen, beginning[group])
        follows = assignment(pairs, costs(ends, faces, pairs, gap_s, step_s))
        goes_on = {j: free[i] for i, j in follows.items()}
        for j, chain in enumerate(begun):
            if j in goes_on:
                goes_on[j].extend(chain)
            else:
                tracks.append(chain)
                recent.append(chain)
    return tracks


def _chains(n: int, sure: Pairs) -> list[Track]:
    """All rows in chains of sure links, which lead from every row to at most one later one."""
    chain = np.arange(n)
    for before, after in zip(*(side.tolist() for side in sure), strict=True):
        chain[after] = chain[before]
    order = np.argsort(chain, kind="stable")
    borders = np.flatnonzero(np.diff(chain[order])) + 1
    return [part.tolist() for part in np.split(order, borders)]


def _joined(seen: Sightings, pieces: list[Track], gap_s: float, step_s: float) -> list[Track]:
    """Put tracks of one shot behind each other over gaps up to ``gap_s``, all at once."""
    ends, starts = (Ends.of(seen, pieces, last=last) for last in (True, False))
    order = np.argsort(starts.time_s, kind="stable")
    times = starts.time_s[order]
    first = np.searchsorted(times, ends.time_s, side="right")
    last = np.searchsorted(times, ends.time_s + gap_s, side="right")
    i, j = _with_those_between(np.arange(len(pieces)), first, last)
    shots = np.array([seen.shot[track[0]] for track in pieces], dtype=np.int64)
    within = shots[i] == shots[order[j]]
    pairs = i[within], order[j][within]
    follows = assignment(pairs, costs(ends, starts, pairs, gap_s, step_s))
    joined = []
    for at in sorted(set(range(len(pieces))) - set(follows.values())):
        track = list(pieces[at])
        while at in follows:
            at = follows[at]
            track += pieces[at]
        joined.append(track)
    return joined


def _every(n: int, m: int) -> Pairs:
    """All pairs of the first ``n`` and the first ``m`` numbers."""
    return np.repeat(np.arange(n), m), np.tile(np.arange(m), n)


def _with_those_between(rows: Indices, first: Indices, last: Indices) -> Pairs:
    """Each row with every number from its ``first`` up to, not with, its ``last``."""
    count = last - first
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(rows, count), np.repeat(first, count) + offset
