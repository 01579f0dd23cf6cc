"""How one face, or all of them, divide over the emotions: a donut, and a moment's bars."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts.style import NO_FACE, layout, leaders, message
from facemotion.records import EMOTIONS, Moment


def emotion_distribution(
    faces: pd.DataFrame, *, face_id: int | None = None, height: int = 340
) -> go.Figure:
    """Donut of the share of analysed face time in which each emotion is the strongest.

    The mean probability is in the hover text.
    """
    parts = curves.shares(curves.of_face(faces, face_id))
    if not parts:
        return message(NO_FACE, height)
    shown = {name: part for name, part in parts.items() if part.dominant > 0}
    figure = go.Figure(layout=layout(height))
    figure.add_pie(
        labels=list(shown),
        values=[part.dominant for part in shown.values()],
        customdata=[[part.mean] for part in shown.values()],
        marker={"colors": [palette.color(name) for name in shown]},
        hole=0.58,
        sort=False,
        direction="clockwise",
        textposition="outside",
        texttemplate="%{label}<br>%{percent:.0%}",
        hovertemplate=(
            "<b>%{label}</b><br>strongest in %{percent:.1%} of face time"
            "<br>mean probability %{customdata[0]:.1%}<extra></extra>"
        ),
        showlegend=False,
        automargin=True,
    )
    top = max(shown, key=lambda name: shown[name].dominant)
    figure.add_annotation(
        text=f"<b>{top}</b><br>{palette.percent(shown[top].dominant)}",
        showarrow=False,
        font={"size": 18},
    )
    return figure


def distribution_alt(faces: pd.DataFrame, *, face_id: int | None = None) -> str:
    """The donut in words."""
    parts = curves.shares(curves.of_face(faces, face_id))
    if not parts:
        return f"Distribution of emotions. {NO_FACE}"
    return f"Share of face time by strongest emotion. {leaders(parts, count=7)}"


def moment_bars(moment: Moment, *, height: int = 260) -> go.Figure:
    """Horizontal bars of one moment's seven probabilities, in percent."""
    values = list(moment.probabilities)
    figure = go.Figure(layout=layout(height))
    figure.add_bar(
        x=values,
        y=list(EMOTIONS),
        orientation="h",
        marker={"color": [palette.color(name) for name in EMOTIONS], "cornerradius": 4},
        text=[f"{100 * value:.1f}%" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y} %{x:.1%}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(range=[0, 1.15], visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_layout(bargap=0.3, dragmode=False)
    return figure


def moment_alt(moment: Moment) -> str:
    """The bars in words."""
    pairs = zip(EMOTIONS, moment.probabilities, strict=True)
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    scores = ", ".join(f"{name} {palette.percent(value)}" for name, value in ordered)
    return f"Scores of moment {moment.number} at {palette.clock(moment.time_s)}: {scores}."
