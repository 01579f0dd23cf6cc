"""How many samples are drawn: all where one looks, elsewhere those that keep the peaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from facemotion import curves
from facemotion.charts.lanes.choice import Window

MAX_POINTS = 42_000
"""All the lines of a figure together have about so many points: what a browser draws as SVG in a
fifth of a second, and half a megabyte."""

_LEAST_ROWS = 300
_OUTSIDE = 4  # what is not shown at first has this much less detail


def rows_each(n_lines: int) -> int:
    """How many samples each of so many lines may have."""
    return max(_LEAST_ROWS, MAX_POINTS // max(n_lines, 1))


def drawn(
    table: pd.DataFrame,
    columns: Sequence[str],
    most: int,
    window_s: Window | None,
    keep_frames: Iterable[int] = (),
) -> pd.DataFrame:
    """The rows that are drawn: about ``most`` of those in the window, some of the others.

    The same rows for all columns, each with its peaks and its gaps (``curves.thinned``).
    """
    if len(table) <= most:
        return table
    keep = set(keep_frames)
    if window_s is None:
        return curves.thinned(table, most, keep, columns)
    times = table["timestamp"]
    before, after = times < window_s[0], times > window_s[1]
    parts = (
        (table[before], most // _OUTSIDE),
        (table[~before & ~after], most),
        (table[after], most // _OUTSIDE),
    )
    kept = [
        curves.thinned(part.reset_index(drop=True), count, keep, columns)
        for part, count in parts
        if len(part)
    ]
    return pd.concat(kept, ignore_index=True)


def is_enough(times: pd.Series, most: int, drawn_s: Window | None, shown_s: Window | None) -> bool:
    """Whether what was drawn for one window still tells all there is in another.

    It does as long as no sample was left out of it, or it is more than half as wide.
    """
    if len(times) <= most or shown_s is None:
        return True
    first, last = drawn_s or (float(times.min()), float(times.max()))
    is_inside = first <= shown_s[0] and shown_s[1] <= last
    if is_inside and int(times.between(first, last).sum()) <= most:
        return True
    return is_inside and shown_s[1] - shown_s[0] > (last - first) / 2
