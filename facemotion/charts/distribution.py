"""How one face, or all of them, divide over the emotions: a donut."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts.style import NO_FACE, layout, leaders, message


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
