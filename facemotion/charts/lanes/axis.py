"""The one axis of time that all lanes share: milliseconds from the second day of 1970 on.

A date axis, because only that one writes ``m:ss`` at every zoom. Numbers, because they take a
quarter of the bytes of dates as text; and not from the first day on, because Plotly takes a number
of four digits for a year.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facemotion.charts.lanes.choice import Window
from facemotion.charts.style import GREY, clock_format, time_axis

DAY_MS = 86_400_000


def to_axis(seconds: Iterable[float]) -> NDArray[np.int32]:
    """Seconds of the video as the axis has them; 32 bits are enough for 23 days."""
    given = np.fromiter(seconds, dtype=np.float64)
    return (np.round(given * 1000) + DAY_MS).astype(np.int32)


def from_axis(ms: float) -> float:
    """A place on the axis as seconds of the video."""
    return (ms - DAY_MS) / 1000


def shared(whole_s: Window, window_s: Window | None, foot: str) -> dict[str, Any]:
    """The axis, below the lane whose y axis is ``foot``; at first it shows ``window_s``."""
    all_s = padded(whole_s)
    start_s, end_s = window_s or all_s
    return {
        **time_axis(whole_s[0], all_s[1]),
        "range": [_date(start_s), _date(end_s)],
        "minallowed": _date(all_s[0]),
        "maxallowed": _date(all_s[1]),
        "anchor": foot,
        "hoverformat": f"{clock_format(all_s[1])}.%1f",
        "spikesnap": "cursor",
        "spikecolor": GREY,
        "spikethickness": 1,
    }


def _date(time_s: float) -> str:
    """A limit of the axis as Plotly itself writes it: given numbers, it turns the axis around when
    it zooms out."""
    return str(np.datetime64(int(to_axis([time_s])[0]), "ms"))


def padded(whole_s: Window) -> Window:
    """The whole video with a little room, which keeps the first and last symbols whole."""
    edge_s = max((whole_s[1] - whole_s[0]) * 0.012, 0.2)
    return whole_s[0] - edge_s, whole_s[1] + edge_s
