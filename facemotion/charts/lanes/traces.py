"""The lines and areas of one lane as Plotly's traces.

Plain dictionaries: Plotly checks a figure's parts one by one, which takes as long for forty traces
as all the rest of the figure; and numbers as arrays of 32 bits, which it sends as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion import palette
from facemotion.charts.lanes.axis import to_axis
from facemotion.charts.lanes.choice import Window
from facemotion.charts.lanes.lines import Lane, Line
from facemotion.charts.style import GREY
from facemotion.records import EMOTIONS

N_SYMBOLS = 36
"""In so many equal stretches of the time in sight, the strongest emotion has its symbol."""

Trace = dict[str, Any]
Floats = NDArray[np.float64]


def of_lane(lane: Lane, table: pd.DataFrame, y_axis: str, *, webgl: bool) -> list[Trace]:
    """The traces of a lane; ``table`` are the rows of the lane's own that are drawn."""
    x = to_axis(table["timestamp"])
    values = table[[line.column for line in lane.lines]].to_numpy(dtype=np.float64)
    if lane.is_stacked:
        return list(_stacked(lane, x, values, y_axis))
    return [
        {
            "type": "scattergl" if webgl else "scatter",
            **_look(line, y_axis),
            "x": x,
            "y": column.astype(np.float32),
            "line": {"color": line.color, "width": line.width, "dash": line.dash},
            "hovertemplate": f"{lane.scale.hover}<extra>{line.name}</extra>",
        }
        for line, column in zip(lane.lines, values.T, strict=True)
    ]


def _look(line: Line, y_axis: str) -> Trace:
    return {
        "mode": "lines",
        "yaxis": y_axis,
        "name": line.name,
        "legendgroup": line.group,
        "showlegend": False,
        "connectgaps": False,
    }


def _stacked(lane: Lane, x: NDArray[np.int32], values: Floats, y_axis: str) -> Iterator[Trace]:
    """One area upon the other: each an outline per stretch without a gap, and its upper edge.

    Plotly's own stacking closes gaps.
    """
    upper = values.cumsum(axis=1)
    lower = upper - values
    stretches = _stretches(~np.isnan(upper[:, -1]))
    for number, line in enumerate(lane.lines):
        outline = [_outline(x[s], lower[s, number], upper[s, number]) for s in stretches]
        yield {
            "type": "scatter",
            **_look(line, y_axis),
            "x": np.concatenate([np.zeros(0, np.int32), *(xs for xs, _ in outline)]),
            "y": np.concatenate([np.zeros(0, np.float32), *(ys for _, ys in outline)]),
            "line": {"width": 0},
            "fill": "toself",
            "fillcolor": line.color,
            "hoverinfo": "skip",
        }
        yield {
            "type": "scatter",
            **_look(line, y_axis),
            "x": x,
            "y": upper[:, number].astype(np.float32),
            "customdata": values[:, number].astype(np.float32),
            "line": {"width": 0.6, "color": line.color},
            "hovertemplate": f"%{{customdata:.0%}}<extra>{line.name}</extra>",
        }


def _stretches(there: NDArray[np.bool_]) -> list[slice]:
    turns = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    return [slice(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


def _outline(
    x: NDArray[np.int32], lower: Floats, upper: Floats
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Along the upper edge and back along the lower one; the last point is a gap."""
    there_and_back = np.concatenate([x, x[::-1], x[:1]])
    heights = np.concatenate([upper, lower[::-1], [np.nan]])
    return there_and_back, heights.astype(np.float32)


def symbols(lane: Lane, y_axis: str, sight_s: Window) -> list[Trace]:
    """The symbols of the strongest emotions: a second channel beside the colours."""
    table = lane.table[lane.table["timestamp"].between(*sight_s)]
    table = table.dropna(subset=list(EMOTIONS)).reset_index(drop=True)
    if table.empty:
        return []
    values = table[list(EMOTIONS)].to_numpy(dtype=np.float64)
    width_s = (sight_s[1] - sight_s[0]) / N_SYMBOLS
    stretch = ((table["timestamp"] - sight_s[0]) // max(width_s, 1e-9)).astype("int64")
    highest = pd.Series(values.max(axis=1)).groupby(stretch).idxmax().to_numpy()
    best = values[highest].argmax(axis=1)
    heights = values[highest, best]
    if lane.is_stacked:
        heights = values.cumsum(axis=1)[highest, best] - heights / 2
    times = table["timestamp"].to_numpy()[highest]
    return [
        _symbol(emotion, times[best == code], heights[best == code], y_axis, lane.is_stacked)
        for code, emotion in enumerate(EMOTIONS)
        if (best == code).any()
    ]


def _symbol(emotion: str, times: Floats, heights: Floats, y_axis: str, on_area: bool) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": to_axis(times),
        "y": heights.astype(np.float32),
        "yaxis": y_axis,
        "legendgroup": emotion,
        "showlegend": False,
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {
            "symbol": palette.symbol(emotion),
            "size": 8,
            "color": "rgba(255,255,255,0.85)" if on_area else palette.color(emotion),
            "line": {"width": 0 if on_area else 0.8, "color": GREY},
        },
    }
