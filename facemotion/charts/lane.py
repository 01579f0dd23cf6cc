"""The lane of moments above the curves of the timeline."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts.style import GREY, dates, plain, unchanged_by_selection
from facemotion.records import Moment

LANE = 1.12
"""Height of the lane in a chart whose probabilities go from 0 to 1."""

STOREY = 0.12
"""Moments of one frame stand one above the other, so that each can be clicked."""


def add_moments(
    figure: go.Figure, moments: Sequence[Moment], selected: int | None, *, name_faces: bool
) -> None:
    """A numbered diamond per moment, and a line through the selected one."""
    if not moments:
        return
    chosen = [m.number == selected for m in moments]
    storey_of = storeys(moments)
    shared = {m.frame_index for m, storey in zip(moments, storey_of, strict=True) if storey}
    for moment in (m for m in moments if m.number == selected):
        line = {"color": GREY, "width": 2, "dash": "dot"}
        figure.add_vline(x=dates([moment.time_s])[0], line=line, layer="below")
    figure.add_scatter(
        x=dates(m.time_s for m in moments),
        y=[LANE + STOREY * storey for storey in storey_of],
        customdata=[[m.frame_index, m.time_s, m.number] for m in moments],
        text=[f"<b>{m.number}</b>" if m.number == selected else f"{m.number}" for m in moments],
        mode="markers+text",
        textposition=["middle right" if m.frame_index in shared else "top center" for m in moments],
        textfont={"color": GREY, "size": [17 if c else 12 for c in chosen]},
        name="moments",
        legendgroup="moments",
        showlegend=False,
        hovertemplate=[_moment_text(m, name_faces) for m in moments],
        hoverlabel={"align": "left", "bordercolor": [palette.color(m.emotion) for m in moments]},
        marker={
            "symbol": "diamond",
            "size": [22 if c else 15 for c in chosen],
            "color": [palette.color(m.emotion) for m in moments],
            "line": {"width": [3 if c else 1 for c in chosen], "color": GREY},
            "opacity": 1,
        },
        **unchanged_by_selection(1),
    )
    # A legend entry of its own: the trace's would have the colour of the first moment.
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="moments",
        legendgroup="moments",
        marker={"symbol": "diamond", "size": 12, "color": GREY},
    )


def storeys(moments: Sequence[Moment]) -> list[int]:
    """How many of the moments before it each one shares its frame with."""
    frames = [m.frame_index for m in moments]
    return [frames[:number].count(frame) for number, frame in enumerate(frames)]


def _moment_text(moment: Moment, name_face: bool) -> str:
    face = f" · {plain(curves.name_of(moment))}" if name_face else ""
    score = palette.percent(curves.own_probability(moment))
    return (
        f"<b>moment {moment.number}</b> · {palette.clock(moment.time_s)}{face}<br>"
        f"{palette.glyph(moment.emotion)} {moment.emotion} {score}<br>"
        f"{plain(moment.why)}<extra></extra>"
    )
