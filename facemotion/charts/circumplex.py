"""Valence against arousal: the circle of affect, and the way of a face through it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts import people
from facemotion.charts.people import Person
from facemotion.charts.style import (
    FAINT,
    GREY,
    NO_FACE,
    interactive,
    layout,
    message,
    points_in_time,
    unchanged_by_selection,
)
from facemotion.records import Moment
from facemotion.statistics.affect import WORDS

NO_AFFECT = "Valence and arousal could not be measured here."

TRAIL_S = 8.0
"""How long the trail behind the present point is, in seconds."""

MAX_DOTS = 2000
_FADES = 10
_LIMIT = 1.28
_WORD_AT = 1.13
_DOT_OPACITY = 0.4


def circumplex(
    faces: pd.DataFrame,
    *,
    face_id: int | None = None,
    at_s: float | None = None,
    trail_s: float = TRAIL_S,
    moments: Sequence[Moment] = (),
    height: int = 460,
) -> go.Figure:
    """Every sample as a faint dot; the last ``trail_s`` seconds before ``at_s`` as a fading trail.

    The large point is the present one. Without ``at_s`` it is the mean of all dots, and there is
    no trail.
    """
    shown = people.shown(faces, face_id)
    if not shown:
        return message(NO_FACE, height)
    seen = faces.dropna(subset=["valence", "arousal"])
    if curves.of_face(seen, face_id).empty:
        return message(NO_AFFECT, height)
    figure = go.Figure(layout=layout(height))
    _add_plane(figure)
    for person in shown:
        rows = curves.of_face(seen, person.face_id).sort_values("timestamp")
        if rows.empty:
            continue
        _add_dots(figure, rows, person, moments, MAX_DOTS // len(shown))
        if at_s is None:
            _add_point(figure, rows[["valence", "arousal"]].mean(), person, "mean")
        else:
            _add_trail(figure, rows, person, at_s, trail_s)
    interactive(figure, f"circumplex of {[p.face_id for p in shown]}")
    figure.update_layout(showlegend=len(shown) > 1, dragmode=False)
    return figure


def circumplex_alt(
    faces: pd.DataFrame, *, face_id: int | None = None, at_s: float | None = None
) -> str:
    """The plane in words: each person's mean, and where they are at ``at_s``."""
    shown = people.shown(faces, face_id)
    if not shown:
        return f"Valence against arousal. {NO_FACE}"
    said = []
    for person in shown:
        rows = curves.of_face(faces, person.face_id).dropna(subset=["valence", "arousal"])
        if rows.empty:
            continue
        middle = rows[["valence", "arousal"]].mean()
        text = f"{person.name}: mean {_where(middle)}"
        if at_s is not None:
            now = rows.loc[(rows["timestamp"] - at_s).abs().idxmin()]
            text += f", at {palette.clock(now['timestamp'])} {_where(now)}"
        said.append(text)
    if not said:
        return f"Valence against arousal. {NO_AFFECT}"
    return f"Valence against arousal, each from -1 to 1. {'; '.join(said)}."


def _where(point: pd.Series) -> str:
    return f"valence {point['valence']:.2f}, arousal {point['arousal']:.2f}"


def _add_plane(figure: go.Figure) -> None:
    for radius, color in ((1.0, GREY), (0.5, FAINT)):
        figure.add_shape(
            type="circle",
            x0=-radius,
            x1=radius,
            y0=-radius,
            y1=radius,
            line={"color": color, "width": 1.5},
            layer="below",
        )
    for number, word in enumerate(WORDS):
        degrees = 45 * number
        x, y = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        figure.add_annotation(
            x=_WORD_AT * x,
            y=_WORD_AT * y,
            text=word,
            showarrow=False,
            xanchor="center" if abs(x) < 0.1 else "left" if x > 0 else "right",
            font={"color": GREY, "size": 12},
            xshift=0 if abs(x) < 0.1 else -14 * np.sign(x),
        )
    axis = {
        "range": [-_LIMIT, _LIMIT],
        "tickvals": [-1, -0.5, 0, 0.5, 1],
        "showgrid": False,
        "zerolinecolor": FAINT,
        "zerolinewidth": 1,
        "fixedrange": True,
        "constrain": "domain",
    }
    figure.update_xaxes(axis, title={"text": "valence →", "standoff": 4}, range=[-1.62, 1.62])
    figure.update_yaxes(axis, title={"text": "arousal →", "standoff": 2}, scaleanchor="x")


def _add_dots(
    figure: go.Figure,
    rows: pd.DataFrame,
    person: Person,
    moments: Sequence[Moment],
    count: int,
) -> None:
    few = rows if len(rows) <= count else rows.iloc[:: -(-len(rows) // count)]
    figure.add_scatter(
        x=few["valence"],
        y=few["arousal"],
        customdata=points_in_time(few, moments, person.face_id),
        text=[palette.clock(time_s) for time_s in few["timestamp"]],
        mode="markers",
        name=person.name,
        legendgroup=f"face {person.face_id}",
        showlegend=False,
        marker={"size": 6, "color": person.color, "opacity": _DOT_OPACITY},
        hovertemplate=(
            f"<b>{person.name}</b> at %{{text}}<br>valence %{{x:.2f}}, arousal %{{y:.2f}}"
            "<extra></extra>"
        ),
        hoverlabel={"align": "left"},
        **unchanged_by_selection(_DOT_OPACITY),
    )


def _add_trail(
    figure: go.Figure, rows: pd.DataFrame, person: Person, at_s: float, trail_s: float
) -> None:
    """The way to the point nearest to ``at_s``, in pieces that get fainter the older they are."""
    now = rows.loc[(rows["timestamp"] - at_s).abs().idxmin()]
    end_s = float(now["timestamp"])
    trail = rows[(rows["timestamp"] >= end_s - trail_s) & (rows["timestamp"] <= end_s)]
    cuts = np.unique(np.linspace(0, len(trail) - 1, _FADES + 1).astype(int))
    for number, (first, last) in enumerate(pairwise(cuts), start=1):
        piece = trail.iloc[first : last + 1]
        figure.add_scatter(
            x=piece["valence"],
            y=piece["arousal"],
            mode="lines",
            line={"color": person.color, "width": 1 + 2.5 * number / (len(cuts) - 1)},
            opacity=0.1 + 0.8 * number / (len(cuts) - 1),
            legendgroup=f"face {person.face_id}",
            showlegend=False,
            hoverinfo="skip",
        )
    _add_point(figure, now, person, palette.clock(end_s))


def _add_point(figure: go.Figure, point: pd.Series, person: Person, label: str) -> None:
    figure.add_scatter(
        x=[point["valence"]],
        y=[point["arousal"]],
        mode="markers",
        marker={"size": 17, "color": person.color, "line": {"width": 2.5, "color": "white"}},
        name=person.name,
        legendgroup=f"face {person.face_id}",
        hovertemplate=f"<b>{person.name}</b>, {label}<extra></extra>",
        **unchanged_by_selection(1),
    )
