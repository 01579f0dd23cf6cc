"""What all charts of several videos or persons share: the axis of a value, and a member's points.

Tables as ``statistics.groups`` gives them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.common_clock import width_s, written
from facemotion.charts.panels import Panel
from facemotion.charts.style import CLEAR, FAINT, dates, plain, unchanged_by_selection
from facemotion.charts.units import MAX_INTENSITY, labelled
from facemotion.records import ACTION_UNITS, EMOTIONS

NOTHING = "There is no value to compare."

GROUP_COLORS = {"A": palette.person_color(0), "B": palette.person_color(1)}

_NAME_CHARACTERS, _TAIL = 34, 12
_AREA_OPACITY = 0.2


def value_panel(column: str) -> Panel:
    """The axis of a value of the faces table."""
    if column in ACTION_UNITS:
        return Panel(column, labelled(column), -0.15, MAX_INTENSITY + 0.15, (0, 1, 2, 3, 4, 5), "")
    if column in ("valence", "arousal"):
        return Panel(column, column, -1.05, 1.05, (-1, -0.5, 0, 0.5, 1), "")
    title = f"{palette.glyph(column)} {column}" if column in EMOTIONS else column
    return Panel(column, title, -0.03, 1.03, (0, 0.25, 0.5, 0.75, 1), "")


def value_axis(panel: Panel) -> dict[str, Any]:
    """The vertical axis of ``value_panel``."""
    return {
        "range": [panel.low, panel.high],
        "tickvals": list(panel.ticks),
        "ticktext": [_tick(panel.column, tick) for tick in panel.ticks],
        "gridcolor": FAINT,
        "zeroline": False,
        "fixedrange": True,
    }


def told(column: str, value: float) -> str:
    """A value of that column as people read it: 34%, 0.21, 2.4."""
    if np.isnan(value):
        return "-"
    if column in ACTION_UNITS:
        return f"{value:.1f}"
    return f"{value:.2f}" if column in ("valence", "arousal") else palette.percent(value)


def _tick(column: str, value: float) -> str:
    text = f"{value:g}" if column in ACTION_UNITS else told(column, value)
    return text.replace("-", "−")


def short(name: str) -> str:
    """A name that fits into a legend, as Plotly may print it.

    Its end stays: that is where the names of files that belong together differ.
    """
    if len(name) > _NAME_CHARACTERS:
        name = f"{name[: _NAME_CHARACTERS - _TAIL - 1].rstrip()}…{name[-_TAIL:].lstrip()}"
    return plain(name)


def seen_alone(values: pd.Series, color: str) -> str | list[str]:
    """Of each known value, the colour of its marker: ``color`` where it stands alone between gaps,
    where there is no line to see, and clear elsewhere."""
    seen = values.notna()
    alone = seen & ~seen.shift(1, fill_value=False) & ~seen.shift(-1, fill_value=False)
    if not alone.any():
        return CLEAR  # Plotly looks at every colour of a list, which takes its time
    return [color if single else CLEAR for single in alone[seen]]


def area(table: pd.DataFrame, low: str | float, high: str) -> dict[str, Any]:
    """The area between two columns (or from one number up to a column) as a Plotly trace.

    One closed shape for each stretch of bins in which both are known; none crosses a gap.
    """
    half_s = width_s(table) / 2 if len(table) else 0.0
    floor = table[low] if isinstance(low, str) else pd.Series(float(low), table.index)
    known = floor.notna() & table[high].notna()
    across: list[float] = []
    up: list[float] = []
    for _, part in table[known].groupby((~known).cumsum()[known]):
        tops, bottoms = (list(values[part.index]) for values in (table[high], floor))
        middles = list(part["time_s"])
        # Half a bin further at both ends, or a bin alone would have no area.
        times = [middles[0] - half_s, *middles, middles[-1] + half_s]
        across += [*times, *times[::-1], times[0], float("nan")]
        up += [tops[0], *tops, tops[-1]]
        up += [bottoms[-1], *bottoms[::-1], bottoms[0], tops[0], float("nan")]
    return {
        "x": dates(across),
        "y": up,
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "hoverinfo": "skip",
        "hoveron": "points",
    }


def faded(color: str) -> str:
    """The colour of an area, through which lines show."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_AREA_OPACITY})"


def member_points(
    rows: pd.DataFrame, name: str, number: int, panel: Panel, color: str
) -> go.Scatter:
    """Unseen markers, one for each bin with a value; one that stands alone between gaps is seen.

    Each has ``customdata = [frame, timestamp, number]``, so that a click can look at that frame of
    that member. Only markers take part in hovering: in Streamlit, only they can be clicked.
    """
    there = rows[rows["value"].notna()]
    half_s = width_s(rows) / 2
    texts = [
        f"<b>{short(name)}</b><br>{written(time_s - half_s)} to {written(time_s + half_s)}: "
        f"{panel.title} <b>{told(panel.column, value)}</b>"
        for time_s, value in zip(there["time_s"], there["value"], strict=True)
    ]
    return go.Scatter(
        x=dates(there["time_s"]),
        y=there["value"],
        customdata=[
            [int(frame), float(at_s), number]
            for frame, at_s in zip(there["frame"], there["timestamp"], strict=True)
        ],
        text=texts,
        mode="markers",
        name=short(name),
        legendgroup=f"member {number}",
        showlegend=False,
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"align": "left", "bordercolor": color},
        marker={"size": 6, "color": seen_alone(rows["value"], color)},
        **unchanged_by_selection(1),
    )
