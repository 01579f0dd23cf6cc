"""The last minutes of a live stream: smoothed expressions of each face, gaps, events.

Drawn anew every second, so it is built of plain dictionaries with few points (``live_lines``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.live_lines import Lost, axes, lines
from facemotion.charts.style import (
    FAINT,
    GREY,
    clock_format,
    dates,
    layout,
    message,
    plain,
)
from facemotion.records import EMOTIONS

MAX_PANELS = 4
"""Faces that are drawn, those seen most in the part that is shown."""

NOTHING_YET = "No face has been seen in this part yet."

PANEL_PX, _AROUND_PX = 190, 84
_EVENT_LANE, _TOP, _BOTTOM = 1.09, 1.17, -0.06


@dataclass(frozen=True)
class Mark:
    """An event of one face, in stream time; ``text`` says what it is."""

    face_id: int
    start_s: float
    end_s: float
    text: str


def live_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    lost: Sequence[Lost] = (),
    marks: Sequence[Mark] = (),
    *,
    span_s: float,
    thresholds: Sequence[tuple[str, float]] = (),
) -> go.Figure:
    """A panel per face with its seven smoothed probabilities over the last ``span_s`` seconds.

    ``faces`` and ``samples`` are those of a live snapshot (columns ``happy_shown`` ...).
    ``thresholds`` are expressions and the probabilities at which they count as events.
    """
    end_s = float(samples["timestamp"].iloc[-1]) if len(samples) else 0.0
    start_s = max(end_s - span_s, 0.0)
    end_s = start_s + span_s
    samples = samples[samples["timestamp"] >= start_s]
    faces = faces[faces["timestamp"] >= start_s]
    who = shown_faces(faces)
    if not who:
        return message(NOTHING_YET, PANEL_PX + _AROUND_PX)
    lost = [gap for gap in lost if gap.end_s >= start_s]
    parts: list[dict[str, Any]] = []
    for number, face_id in enumerate(who):
        rows = faces[faces["face_id"] == face_id]
        parts += _gap_parts(lost, number, start_s, span_s)
        parts += lines(rows, samples, lost, number, span_s)
        parts += _mark_parts([m for m in marks if m.face_id == face_id], number, start_s)
    shapes = [_threshold(*one, panel) for one in thresholds for panel in range(len(who))]
    drawn = {**_layout(who, start_s, end_s), "shapes": shapes}
    return go.Figure({"data": parts, "layout": drawn})


def live_timeline_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    lost: Sequence[Lost] = (),
    marks: Sequence[Mark] = (),
    *,
    span_s: float,
) -> str:
    """The same in words."""
    end_s = float(samples["timestamp"].iloc[-1]) if len(samples) else 0.0
    start_s = max(end_s - span_s, 0.0)
    here = faces[faces["timestamp"] >= start_s]
    who = shown_faces(here)
    if not who:
        return f"Running chart of smoothed expressions. {NOTHING_YET}"
    said = "; ".join(f"{name} {_now(here, face_id)}" for face_id, name in who.items())
    n_lost = sum(gap.end_s >= start_s for gap in lost)
    n_marks = sum(mark.end_s >= start_s for mark in marks)
    return (
        f"Running chart of seven smoothed expressions from {palette.clock(start_s)} to "
        f"{palette.clock(end_s)}, a panel for each face. Last seen: {said}. "
        f"Gaps: {n_lost}. Events: {n_marks}."
    )


def shown_faces(faces: pd.DataFrame) -> dict[int, str]:
    """Number and name of the faces that get a panel: those seen most, in the order of numbers."""
    most = faces["face_id"].value_counts().index[:MAX_PANELS]
    last = faces.drop_duplicates("face_id", keep="last").set_index("face_id")["person"]
    return {int(face_id): str(last[face_id]) for face_id in sorted(most)}


def _now(faces: pd.DataFrame, face_id: int) -> str:
    row = faces[faces["face_id"] == face_id].iloc[-1]
    best = max(EMOTIONS, key=lambda name: float(row[f"{name}_shown"]))
    return f"{best} {palette.percent(float(row[f'{best}_shown']))}"


def _gap_parts(
    lost: Sequence[Lost], panel: int, start_s: float, span_s: float
) -> list[dict[str, Any]]:
    """Hatched grey over the height of the panel wherever nothing was seen."""
    if not lost:
        return []
    least_s = span_s / 400  # one without length is a thin line
    x: list[float] = []
    for gap in lost:
        left, right = max(gap.start_s, start_s), max(gap.end_s, gap.start_s + least_s)
        x += [left, left, right, right, left, float("nan")]
    return [
        {
            **axes(panel),
            "type": "scatter",
            "mode": "lines",
            "name": "▨ not seen",
            "legendgroup": "gap",
            "legendrank": 2000,  # after the lines, though it lies below them
            "showlegend": panel == 0,
            "x": dates(x),
            "y": [0, 1, 1, 0, 0, None] * len(lost),
            "fill": "toself",
            "fillcolor": FAINT,
            "fillpattern": {"shape": "/", "fgcolor": "rgba(128,128,128,0.55)", "size": 7},
            "line": {"color": "rgba(128,128,128,0.4)", "width": 1},
            "hoverinfo": "skip",
        }
    ]


def _mark_parts(marks: Sequence[Mark], panel: int, start_s: float) -> list[dict[str, Any]]:
    """A bar above the lines for each event, with its words where the cursor finds it."""
    marks = [mark for mark in marks if mark.end_s >= start_s]
    if not marks:
        return []
    x: list[float] = []
    texts: list[str] = []
    for mark in marks:
        x += [max(mark.start_s, start_s), mark.end_s, float("nan")]
        texts += [plain(mark.text)] * 3
    return [
        {
            **axes(panel),
            "type": "scatter",
            "mode": "lines+markers",
            "name": "▲ event",
            "legendgroup": "event",
            "showlegend": panel == 0,
            "x": dates(x),
            "y": [_EVENT_LANE, _EVENT_LANE, None] * len(marks),
            "text": texts,
            "line": {"color": palette.ACCENT, "width": 6},
            "marker": {"color": palette.ACCENT, "symbol": "triangle-up", "size": 9},
            "hovertemplate": "%{text}<extra></extra>",
        }
    ]


def _threshold(name: str, value: float, panel: int) -> dict[str, Any]:
    """A dashed line, in the colour of its expression, across a panel."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": axes(panel)["yaxis"],
        "y0": value,
        "y1": value,
        "line": {"color": palette.color(name), "width": 1, "dash": "dash"},
    }


def _layout(who: dict[int, str], start_s: float, end_s: float) -> dict[str, Any]:
    total = len(who)
    height = PANEL_PX * total + _AROUND_PX
    panels: dict[str, Any] = {}
    names = []
    for panel, name in enumerate(who.values()):
        top = 1 - panel / total
        bottom = 1 - (panel + 0.9) / total if total > 1 else 0.0
        panels["yaxis" if panel == 0 else f"yaxis{panel + 1}"] = {
            "domain": [max(bottom, 0.0), top],
            "range": [_BOTTOM, _TOP],
            "tickvals": [0, 0.5, 1],
            "tickformat": ".0%",
            "gridcolor": FAINT,
            "zeroline": False,
            "fixedrange": True,
        }
        if total > 1:
            names.append(
                {
                    "text": f"<b>{plain(name)}</b>",
                    "xref": "paper",
                    "yref": "paper",
                    "x": 0.004,
                    "y": top,
                    "xanchor": "left",
                    "yanchor": "top",
                    "showarrow": False,
                    "font": {"size": 12},
                }
            )
    clock = clock_format(end_s)
    return {
        **layout(height),
        **panels,
        "xaxis": {
            "type": "date",
            "range": dates([start_s, end_s]).tolist(),
            "tickformat": clock,
            "nticks": 8,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "anchor": "y" if total == 1 else f"y{total}",
            "showspikes": True,
            "spikemode": "across",
            "spikecolor": GREY,
            "spikethickness": 1,
        },
        "annotations": names,
        "dragmode": False,
        "hovermode": "closest",
        "uirevision": "live",  # what the legend hides stays hidden
        "legend": {
            "orientation": "h",
            "maxheight": 1,
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
        },
    }
