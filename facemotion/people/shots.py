"""Where one shot ends and the next begins, told from the small marks of the frames.

Two frames are compared by their coarse pictures: 0 is the same picture, 1 one that has nothing in
common with the other, whatever the brightness. Where the frames are close together, a cut stands
out from its neighbours, which camera pans and fast motion do not. Where they are far apart, all
that can be said is that the whole picture is another one and no face stayed where it was.
A jump within the same setting (the same person in front of the same wall) is no cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from facemotion.appearance import frame_parts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

DENSE_S = 0.25
"""Up to this far apart, frames are close enough for a cut to stand out from its neighbours."""

CUT = 0.35
"""From here on a change can be a cut in frames that are close together. The cuts of the clips tried
have 0.5 and more, the fastest motion in them 0.17."""

TIMES_NEIGHBOURS = 2.5
"""A cut is this many times the median of the changes around it."""

NEIGHBOURS = 6
"""Changes looked at on each side."""

FLASH_S = 0.4
"""What is gone after this long, the picture being the old one again, was a flash."""

SAME = 0.15
"""Below this the picture before and after a flash is the same."""

SHORTEST_S = 0.25
"""Cuts that follow each other faster are one (a white frame or an effect between two shots)."""

FADES_S = (0.3, 0.6, 1.2, 2.0)
"""Lengths of stretches looked at for fades."""

FADE = 0.4
"""From here on the two ends of a stretch can be the ends of a fade."""

FADE_CELLS, FADE_LEVELS = 0.5, 8.0
"""A fade changes at least this share of the picture by so many levels; what moves changes less."""

FADE_PARTS = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6)
"""Where in a stretch the pictures are looked at."""

FADE_RESIDUE = 0.03
"""In a fade each picture is a mixture of its two ends, but for this share of the squared change."""

FADE_QUIET = 0.6
"""Before and after a fade, for this share of its length, the picture stays: a pan goes on."""

SPARSE_CUT = (0.45, 0.5, 0.65)
"""Least, usual, and most change that is a cut in frames far apart: 1.5 times the clip's own median
change, between the first and the last; with too few changes for a median, the second."""

_PLAIN = 4.0  # a picture whose levels differ by less has nothing in it


def shot_numbers(samples: pd.DataFrame, stays: Flags | None = None) -> NDArray[np.int64]:
    """The number of the shot of every sample, from 0.

    ``samples`` has ``timestamp`` in order and ``signature``; ``stays[i]`` says that a face is in
    the same place and looks the same in samples ``i`` and ``i + 1``.
    """
    if len(samples) < 2:
        return np.zeros(len(samples), dtype=np.int64)
    grids = frame_parts(samples["signature"])[0]
    grids = grids.reshape(len(grids), -1)
    times = samples["timestamp"].to_numpy(dtype=np.float64)
    step_s = float(np.median(np.diff(times)))
    if step_s <= DENSE_S:
        cuts = _dense_cuts(grids, times, step_s)
    else:
        cuts = _sparse_cuts(grids, np.zeros(len(grids) - 1, np.bool_) if stays is None else stays)
    return np.concatenate([[0], np.cumsum(cuts)]).astype(np.int64)


def changes(before: Floats, after: Floats) -> Floats:
    """How different pictures are, row by row: 0 (the same) .. 1 (nothing in common) .. 2 (inverse).

    The mean brightness of a picture does not count, and pictures with nothing in them are alike.
    """
    one = before - before.mean(axis=1, keepdims=True)
    other = after - after.mean(axis=1, keepdims=True)
    power = (one**2).mean(axis=1) + (other**2).mean(axis=1)
    found: Floats = ((one - other) ** 2).mean(axis=1) / (power + _PLAIN**2)
    return found


def _dense_cuts(grids: Floats, times: NDArray[np.float64], step_s: float) -> Flags:
    """Cuts between neighbouring samples that are close together."""
    change = changes(grids[:-1], grids[1:])
    cuts = (change >= CUT) & (change >= TIMES_NEIGHBOURS * _usual(change))
    for first in np.flatnonzero(cuts):
        later = np.flatnonzero(cuts[first + 1 :] & (times[first + 2 :] - times[first] <= FLASH_S))
        for last in later[:4] + first + 1:
            if changes(grids[[first]], grids[[last + 1]])[0] < SAME:
                cuts[first : last + 1] = False
                break
    plain = grids.std(axis=1) < _PLAIN
    for start, end in _fades(grids, step_s):
        empty = np.flatnonzero(plain[start : end + 1])
        cuts[start:end] = False
        cuts[start + int(np.median(empty)) if len(empty) else (start + end) // 2] = True
    return _thinned(cuts, plain, times)


def _usual(change: Floats) -> Floats:
    """How much changes around every change, but for the two next to it: the larger of two medians.

    One is of ``NEIGHBOURS`` on each side, one of those two and three away: a quick pan is short.
    """
    padded = np.pad(change, NEIGHBOURS, mode="reflect")
    around = sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    close = around[:, [NEIGHBOURS + i for i in (-3, -2, 2, 3)]]
    usual: Floats = np.maximum(np.median(around, axis=1), np.median(close, axis=1))
    return usual


def _fades(grids: Floats, step_s: float) -> list[tuple[int, int]]:
    """First and last samples of stretches in which one picture turns into another by mixing."""
    inside = np.zeros(len(grids), dtype=np.bool_)
    for length in {round(seconds / step_s) for seconds in FADES_S}:
        if not len(FADE_PARTS) < length < len(grids):
            continue
        before, after = grids[:-length], grids[length:]
        turn = after - before
        power = np.maximum((turn**2).sum(axis=1), 1e-6)
        moved = (np.abs(turn).reshape(len(turn), -1, 3).max(axis=2) > FADE_LEVELS).mean(axis=1)
        fits = (changes(before, after) >= FADE) & (moved >= FADE_CELLS)
        fits &= _is_quiet(grids, -round(FADE_QUIET * length))[:-length]
        fits &= _is_quiet(grids, round(FADE_QUIET * length))[length:]
        last = np.full(len(turn), 0.0)
        for part in FADE_PARTS:
            at = round(part * length)
            way = grids[at : at + len(turn)] - before
            share = (way * turn).sum(axis=1) / power
            residue = ((way - share[:, None] * turn) ** 2).sum(axis=1) / power
            fits &= (share > last + 0.05) & (share < 0.95) & (residue < FADE_RESIDUE)
            last = share
        for start in np.flatnonzero(fits):
            inside[start : start + length + 1] = True
    return [(int(run[0]), int(run[-1])) for run in _runs(inside)]


def _is_quiet(grids: Floats, away: int) -> Flags:
    """Whether each picture is like the one so many samples away, or has nothing in it.

    Before the first and after the last sample, everything stays as it is.
    """
    at = np.clip(np.arange(len(grids)) + away, 0, len(grids) - 1)
    quiet: Flags = changes(grids[at], grids) < FADE / 3
    plain: Flags = grids.std(axis=1) < _PLAIN
    return quiet | plain


def _thinned(cuts: Flags, plain: Flags, times: NDArray[np.float64]) -> Flags:
    """One cut where several follow each other at once, or with nothing to see between them.

    ``plain`` says which samples have nothing in them: no shot consists of those alone.
    """
    kept = np.zeros_like(cuts)
    last = -1
    for cut in np.flatnonzero(cuts).tolist():
        is_empty = bool(plain[last + 1 : cut + 1].all())
        if not is_empty and (last < 0 or times[cut] - times[last] >= SHORTEST_S):
            kept[cut] = True
        last = cut
    if kept.any() and plain[np.flatnonzero(kept)[-1] + 1 :].all():
        kept[np.flatnonzero(kept)[-1]] = False  # a last fade out
    return kept


def _sparse_cuts(grids: Floats, stays: Flags) -> Flags:
    """Cuts between samples that are far apart."""
    change = changes(grids[:-1], grids[1:])
    least, usual, most = SPARSE_CUT
    limit = usual if len(change) < 8 else float(np.clip(1.5 * np.median(change), least, most))
    return (change >= limit) & ~stays


def _runs(flags: Flags) -> list[NDArray[np.intp]]:
    """The positions of the flags that are set, those next to each other together."""
    at = np.flatnonzero(flags)
    return [] if not len(at) else np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
