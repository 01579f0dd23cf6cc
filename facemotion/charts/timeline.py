"""The timeline: probabilities over time, gaps, moments, and a range slider.

What a click does decides how it is built. In Streamlit only points with a marker can be selected,
and only the one under the cursor. So the lines and symbols take no part in hovering: an unseen row
of points near the top, one per sample, is what the cursor finds, always the nearest in time, and
the moments have a lane of their own above it. Both carry ``customdata = [frame, timestamp, moment
number]``, the last 0 where there is no moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from facemotion import curves, palette
from facemotion.charts.lane import STOREY, add_moments, storeys
from facemotion.charts.style import (
    CLEAR,
    FAINT,
    GREY,
    NO_FACE,
    dates,
    layout,
    leaders,
    message,
    points_in_time,
    time_axis,
    unchanged_by_selection,
)
from facemotion.records import EMOTIONS, Moment

MAX_POINTS = 2000
"""A timeline of more samples than this is thinned; every peak stays (``curves.thinned``)."""

MAX_SYMBOLS = 150
"""Up to this many samples, each shows the symbol of its strongest emotion."""

# Heights in the chart, whose probabilities go from 0 to 1.
_BOTTOM, _GAP_LANE, _HIT_ROW, _TOP = -0.08, -0.04, 0.94, 1.28


def emotion_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    moments: Sequence[Moment] = (),
    *,
    face_id: int | None = None,
    selected: int | None = None,
    height: int = 460,
    max_points: int = MAX_POINTS,
) -> go.Figure:
    """Probability of each emotion over time, with gaps where there is no face.

    ``face_id`` None draws, for each frame, the mean over the faces in it (a film gives a person a
    new number after every cut, so one face alone would leave most of it blank); a number draws
    that face and its moments only. ``selected`` is the number of the moment to point out. Time is
    drawn as a date from 1970 on, because only a date axis writes ``m:ss`` at every zoom.
    """
    whole = curves.face_curve(faces, samples, face_id)
    if not whole["n_faces"].any():
        return message(NO_FACE, height)
    shown = [m for m in moments if face_id is None or m.face_id == face_id]
    curve = curves.thinned(whole, max_points, {m.frame_index for m in shown})
    figure = go.Figure(layout=layout(height))
    _add_lines(figure, curve)
    _add_symbols(figure, curve)
    _add_gaps(figure, curves.gaps(whole))
    _add_hit_row(figure, curve, shown)
    add_moments(figure, shown, selected, name_faces=faces["face_id"].nunique() > 1)
    figure.update_layout(
        hovermode="closest",
        hoverdistance=-1,  # however far away
        clickmode="event+select",
        dragmode="pan",
        uirevision=f"timeline of {face_id}",  # zoom and legend stay when the selection changes
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(_time_axis(whole["timestamp"]))
    figure.update_yaxes(
        range=[_BOTTOM, _TOP + STOREY * max(storeys(shown), default=0)],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        gridcolor=FAINT,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def timeline_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    moments: Sequence[Moment] = (),
    *,
    face_id: int | None = None,
) -> str:
    """The timeline in words."""
    curve = curves.face_curve(faces, samples, face_id)
    there = int((curve["n_faces"] > 0).sum())
    if not there:
        return f"Timeline of emotion probabilities. {NO_FACE}"
    who = "the mean of all faces" if face_id is None else curves.people(faces)[face_id]
    start, end = curve["timestamp"].iloc[0], curve["timestamp"].iloc[-1]
    shown = [m for m in moments if face_id is None or m.face_id == face_id]
    marked = "; ".join(f"{m.number}: {m.emotion} at {palette.clock(m.time_s)}" for m in shown[:12])
    return (
        f"Timeline of seven emotion probabilities for {who}, {palette.clock(start)} to "
        f"{palette.clock(end)}, with a face in {there} of {len(curve)} analysed frames. "
        f"{leaders(curves.shares(curves.of_face(faces, face_id)))}"
        + (f" Moments: {marked}." if marked else "")
    )


def _add_lines(figure: go.Figure, curve: pd.DataFrame) -> None:
    x = dates(curve["timestamp"])
    width = 2.5 if len(curve) <= 2 * MAX_SYMBOLS else 1.5
    for emotion in EMOTIONS:
        figure.add_scatter(
            x=x,
            y=curve[emotion],
            mode="lines",
            name=emotion,
            legendgroup=emotion,
            connectgaps=False,
            line={"color": palette.color(emotion), "width": 1.5 if emotion == "neutral" else width},
            hoverinfo="skip",
        )


def _add_symbols(figure: go.Figure, curve: pd.DataFrame) -> None:
    """Symbols at the strongest emotion: of every sample while there are few, else of those
    samples only that stand alone between two gaps, where there is no line to see."""
    seen = curve["n_faces"] > 0
    alone = seen & ~seen.shift(1, fill_value=False) & ~seen.shift(-1, fill_value=False)
    there = curve[seen if seen.sum() <= MAX_SYMBOLS else alone]
    strongest = there[list(EMOTIONS)].to_numpy().argmax(axis=1)
    for number, emotion in enumerate(EMOTIONS):
        rows = there[strongest == number]
        if rows.empty:
            continue
        figure.add_scatter(
            x=dates(rows["timestamp"]),
            y=rows[emotion],
            mode="markers",
            name=f"strongest: {emotion}",
            legendgroup=emotion,
            showlegend=False,
            hoverinfo="skip",
            marker={"color": palette.color(emotion), "symbol": palette.symbol(emotion), "size": 8},
            **unchanged_by_selection(1),
        )


def _add_gaps(figure: go.Figure, spans: Sequence[tuple[float, float]]) -> None:
    """A grey strip under the lines wherever there is no face."""
    if not spans:
        return
    times = [time for start, end in spans for time in (start, end, float("nan"))]
    figure.add_scatter(
        x=dates(times),
        y=[_GAP_LANE] * len(times),
        mode="lines",
        name="no face",
        line={"color": "rgba(128,128,128,0.5)", "width": 8},
        hoverinfo="skip",
    )


def _add_hit_row(figure: go.Figure, curve: pd.DataFrame, moments: Sequence[Moment]) -> None:
    points = points_in_time(curve, moments)
    scores = curve[list(EMOTIONS)].to_numpy()
    figure.add_scatter(
        x=dates(curve["timestamp"]),
        y=[_HIT_ROW] * len(curve),
        customdata=points,
        text=[_sample_text(p, s) for p, s in zip(points, scores, strict=True)],
        mode="markers",
        name="samples",
        showlegend=False,
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"align": "left", "bordercolor": GREY},
        marker={"color": GREY, "size": 6, "opacity": 0},
        **unchanged_by_selection(0),
    )


def _sample_text(point: list[float], scores: NDArray[np.float64]) -> str:
    _, time_s, number = point
    lines = [f"<b>{palette.clock(time_s)}</b>" + (f" · moment {number}" if number else "")]
    if np.isnan(scores[0]):
        return "<br>".join([*lines, "no face"])
    order = [i for i in np.argsort(-scores, kind="stable") if scores[i] >= 0.005]
    lines += [
        f"{palette.glyph(EMOTIONS[i])} {EMOTIONS[i]} {palette.percent(scores[i])}" for i in order
    ]
    return "<br>".join(lines)


def _time_axis(seconds: pd.Series) -> dict[str, Any]:
    axis = time_axis(float(seconds.iloc[0]), float(seconds.iloc[-1]))
    slider = {
        "visible": True,
        "range": axis["range"],
        "thickness": 0.12,
        "bgcolor": CLEAR,
        "bordercolor": FAINT,
        "borderwidth": 1,
        "yaxis": {"rangemode": "fixed", "range": [_BOTTOM, 1.02]},
    }
    return {**axis, "rangeslider": slider}
