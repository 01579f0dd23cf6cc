"""Where each lane is, one below the other, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from facemotion import palette
from facemotion.charts.lanes import axis
from facemotion.charts.lanes.choice import Window
from facemotion.charts.style import CLEAR, FAINT, GREY, layout

_GAP_PX, _FOOT_PX, _LEGEND_PX, _LEFT_PX, _RIGHT_PX = 22, 28, 34, 46, 12
_SMALLEST_CAPTION = 11


@dataclass(frozen=True)
class Row:
    """One lane: its title, what its y axis is like, and what is drawn on it."""

    title: str
    height_px: int
    axis: dict[str, Any]
    content: list[dict[str, Any]]
    thresholds: tuple[float, ...] = ()
    is_events: bool = False


def laid_out(
    rows: Sequence[Row], whole_s: Window, window_s: Window | None, marks: list[dict[str, Any]]
) -> dict[str, Any]:
    """The layout of the figure; ``marks`` are lines through all lanes."""
    inside_px, head_px = _inside_px(rows), _GAP_PX + _LEGEND_PX
    return {
        **layout(inside_px + head_px + _FOOT_PX),
        **_axes(rows),
        "xaxis": axis.shared(whole_s, window_s, y_axis(len(rows) - 1)),
        "annotations": _titles(rows),
        "shapes": _thresholds(rows) + marks,
        "margin": {"l": _LEFT_PX, "r": _RIGHT_PX, "t": head_px, "b": _FOOT_PX},
        "hovermode": "x unified",
        "dragmode": "zoom",
        "uirevision": str(window_s),
        "barmode": "overlay",
        "uniformtext": {"mode": "hide", "minsize": _SMALLEST_CAPTION},
        "modebar": {"bgcolor": CLEAR, "color": GREY, "activecolor": palette.ACCENT},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1 + _GAP_PX / inside_px,
            "yanchor": "bottom",
        },
    }


def domains(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The lower and the upper edge of each lane, as parts of the chart's height."""
    inside_px = _inside_px(rows)
    found, top_px = [], inside_px
    for row in rows:
        found.append((max((top_px - row.height_px) / inside_px, 0.0), top_px / inside_px))
        top_px -= row.height_px + _GAP_PX
    return found


def y_axis(number: int) -> str:
    """What Plotly calls the y axis of a lane; the first one has number 0."""
    return f"y{number + 1}" if number else "y"


def _inside_px(rows: Sequence[Row]) -> int:
    return sum(row.height_px for row in rows) + _GAP_PX * (len(rows) - 1)


def _axes(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        y_axis(number).replace("y", "yaxis"): {
            "domain": domain,
            "anchor": "x",
            "fixedrange": True,
            "zeroline": False,
            "ticks": "",
            "gridcolor": FAINT,
            **row.axis,
        }
        for number, (row, domain) in enumerate(zip(rows, domains(rows), strict=True))
    }


def _titles(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "text": row.title,
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": top,
            "yref": "paper",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 12.5},
        }
        for row, (_, top) in zip(rows, domains(rows), strict=True)
    ]


def _thresholds(rows: Sequence[Row]) -> list[dict[str, Any]]:
    line = {"color": GREY, "width": 1, "dash": "dash"}
    shared = {"type": "line", "line": line, "xref": "paper", "x0": 0, "x1": 1}
    return [
        {**shared, "yref": y_axis(number), "y0": value, "y1": value}
        for number, row in enumerate(rows)
        for value in row.thresholds
    ]
