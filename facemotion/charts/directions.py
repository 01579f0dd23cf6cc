"""What head position and gaze share: panels of degrees, and a scatter of two angles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts.panels import Panel
from facemotion.charts.people import Person
from facemotion.charts.style import (
    FAINT,
    GREY,
    interactive,
    layout,
    points_in_time,
    unchanged_by_selection,
)
from facemotion.records import Moment

TIME_SCALE = ((0.0, "#2f6fd6"), (0.5, "#b06fb0"), (1.0, "#e0861a"))
"""Early to late: blue to orange stays apart for all colour visions, and shows on both themes."""

MAX_MARKERS = 3000
_STEP_DEG = 15
_TIME_TICKS = 4


def reach(faces: pd.DataFrame, columns: Iterable[str], at_least: float) -> float:
    """How far an axis must go to hold every angle, in degrees, in whole steps."""
    most = np.nanmax(np.abs(faces[list(columns)].to_numpy(dtype=np.float64)), initial=at_least)
    return float(np.ceil(most / _STEP_DEG) * _STEP_DEG)


def panel(column: str, title: str, reach_deg: float, zone_deg: float | None = None) -> Panel:
    """A panel of an angle around 0; ``zone_deg`` draws the lines of a zone around it."""
    return Panel(
        column=column,
        title=title,
        low=-reach_deg,
        high=reach_deg,
        ticks=(-reach_deg, 0, reach_deg),
        tick_suffix="°",
        hover="%{y:.0f}°",
        guides=() if zone_deg is None else (-zone_deg, zone_deg),
    )


def scatter(
    faces: pd.DataFrame,
    people: Sequence[Person],
    columns: tuple[str, str],
    *,
    at_least: float,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
    height: int = 420,
) -> go.Figure:
    """Two angles against each other, sideways and up, as one sees them in the picture.

    One person's points are coloured by time, several people's by person. The ring is the point
    nearest to ``at_s``.
    """
    across, up = columns
    figure = go.Figure(layout=layout(height))
    seen = faces.dropna(subset=[across, up])
    by_time = len(people) == 1
    for person in people:
        rows = _thinned(curves.of_face(seen, person.face_id), MAX_MARKERS // len(people))
        _add_points(figure, rows, person, columns, moments, by_time)
        if at_s is not None and not rows.empty:
            _add_ring(figure, rows, person, columns, at_s)
    mine = seen[seen["face_id"].isin([person.face_id for person in people])]
    limit = reach(mine, columns, at_least) * 1.04
    interactive(figure, f"directions {columns} of {[p.face_id for p in people]}")
    axis: dict[str, Any] = {
        "range": [-limit, limit],
        "ticksuffix": "°",
        "dtick": _STEP_DEG if limit <= 50 else 2 * _STEP_DEG,
        "gridcolor": FAINT,
        "zerolinecolor": GREY,
        "zerolinewidth": 1,
        "constrain": "domain",
    }
    figure.update_xaxes(axis, title={"text": "yaw, to the picture's right →", "standoff": 6})
    figure.update_yaxes(
        axis, title={"text": "pitch, upwards →", "standoff": 4}, scaleanchor="x", scaleratio=1
    )
    return figure


def add_zone(figure: go.Figure, across_deg: float, up_deg: float, label: str) -> None:
    """A dashed box around 0 with its name in the corner."""
    figure.add_shape(
        type="rect",
        x0=-across_deg,
        x1=across_deg,
        y0=-up_deg,
        y1=up_deg,
        line={"color": GREY, "width": 1.5, "dash": "dash"},
        fillcolor="rgba(128,128,128,0.08)",
        layer="below",
    )
    figure.add_annotation(
        x=-across_deg,
        y=up_deg,
        text=label,
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        font={"color": GREY, "size": 12},
    )


def range_said(faces: pd.DataFrame, column: str, name: str) -> str:
    """``yaw median 3°, from -20° to 31°``; the 1st and 99th percentile, so no slip decides."""
    values = faces[column].astype("float64").dropna()
    if values.empty:
        return f"{name} not measured"
    low, middle, high = values.quantile([0.01, 0.5, 0.99])
    return f"{name} median {middle:.0f}°, mostly from {low:.0f}° to {high:.0f}°"


def _thinned(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Every so many rows, so that the density of the points stays what it is."""
    return rows if len(rows) <= count else rows.iloc[:: -(-len(rows) // count)]


def _add_points(
    figure: go.Figure,
    rows: pd.DataFrame,
    person: Person,
    columns: tuple[str, str],
    moments: Sequence[Moment],
    by_time: bool,
) -> None:
    times = rows["timestamp"].to_numpy(dtype=np.float64)
    marker: dict[str, Any] = {"size": 7, "opacity": 0.75, "line": {"width": 0}}
    if by_time:
        marker |= {"color": times, "colorscale": TIME_SCALE, "colorbar": _time_bar(times)}
    else:
        marker["color"] = person.color
    figure.add_scatter(
        x=rows[columns[0]],
        y=rows[columns[1]],
        customdata=points_in_time(rows, moments, person.face_id),
        text=[palette.clock(time_s) for time_s in times],
        mode="markers",
        name=person.name,
        showlegend=not by_time,
        marker=marker,
        hovertemplate=(
            f"<b>{person.name}</b> at %{{text}}<br>yaw %{{x:.0f}}°, pitch %{{y:.0f}}°"
            "<extra></extra>"
        ),
        hoverlabel={"align": "left"},
        **unchanged_by_selection(0.75),
    )


def _time_bar(times: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    ticks = np.linspace(times.min(initial=0.0), times.max(initial=0.0), _TIME_TICKS)
    return {
        "tickvals": ticks.tolist(),
        "ticktext": [palette.clock(tick)[:-2] for tick in ticks],
        "thickness": 10,
        "outlinewidth": 0,
        "title": {"text": "time", "side": "top", "font": {"size": 11}},
    }


def _add_ring(
    figure: go.Figure, rows: pd.DataFrame, person: Person, columns: tuple[str, str], at_s: float
) -> None:
    now = rows.loc[(rows["timestamp"] - at_s).abs().idxmin()]
    figure.add_scatter(
        x=[now[columns[0]]],
        y=[now[columns[1]]],
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": 18,
            "color": person.color,
            "line": {"width": 3},
        },
        showlegend=False,
        hoverinfo="skip",
        **unchanged_by_selection(1),
    )
