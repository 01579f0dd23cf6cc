"""Measured values over time, one panel below the other on one clock, a line per person in each.

A panel each, instead of one chart with a colour for every value: seventeen colours cannot be told
apart, two lines in one panel can. Values that are to be doubted are dotted and faint, those that
could not be measured are gaps. The lines take no part in hovering; an unseen marker on every point
of them does, because in Streamlit only markers can be clicked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from facemotion import curves
from facemotion.charts.people import Person
from facemotion.charts.style import (
    CLEAR,
    FAINT,
    GREY,
    clock_format,
    dates,
    interactive,
    layout,
    mark_now,
    points_in_time,
    time_axis,
    unchanged_by_selection,
)
from facemotion.records import Moment

MAX_MARKERS = 6000
"""All the lines of a chart together have about so many points; every peak stays."""

_MIN_POINTS = 240  # of one line, however many there are: a peak and a valley every few pixels
_LEGEND_PX, _GAP_PX, _FOOT_PX = 24, 26, 30
DOUBT = "dot"


@dataclass(frozen=True)
class Panel:
    """One value over time: its column, what stands above it, its range, and how it is said.

    ``hover`` is a Plotly template for the value, such as ``%{y:.1f} of 5``; ``note`` a line below
    it. ``guides`` are horizontal dashed lines.
    """

    column: str
    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    hover: str
    note: str = ""
    guides: tuple[float, ...] = ()
    tick_suffix: str = ""


def over_time(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    panels: Sequence[Panel],
    people: Sequence[Person],
    *,
    trust: pd.DataFrame | None = None,
    doubted: frozenset[str] = frozenset(),
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
    guide: str = "",
    panel_px: int = 84,
) -> go.Figure:
    """The panels as one figure; ``guide`` is what their dashed lines mean.

    ``trust`` has a word for each value, with the index of ``faces`` and the panels' columns;
    values whose word is in ``doubted`` are dotted. ``at_s`` is the time being looked at.
    """
    figure = _canvas(panels, samples, panel_px)
    budget = max(_MIN_POINTS, MAX_MARKERS // (len(panels) * len(people)))
    keep = {m.frame_index for m in moments}
    columns = [panel.column for panel in panels]
    any_doubt = False
    for person in people:
        whole = curves.face_curve(faces, samples, person.face_id, columns)
        words = _words(faces, trust, person.face_id)
        for row, panel in enumerate(panels, start=1):
            curve = curves.thinned(whole, budget, keep, [panel.column])
            said = None if words is None else words[panel.column].reindex(curve["frame"])
            doubt = np.zeros(len(curve), bool) if said is None else said.isin(doubted).to_numpy()
            any_doubt |= bool(doubt.any())
            _add_lines(figure, curve, panel, person, doubt, row)
            _add_points(figure, curve, panel, person, said, moments, row)
    figure.update_layout(shapes=_guides(panels))
    mark_now(figure, at_s)
    interactive(figure, f"panels of {[p.face_id for p in people]}")
    _add_legend(figure, people, any_doubt, guide)
    return figure


def _canvas(panels: Sequence[Panel], samples: pd.DataFrame, panel_px: int) -> go.Figure:
    inside = len(panels) * panel_px + (len(panels) - 1) * _GAP_PX
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=_GAP_PX / inside,
        subplot_titles=[panel.title for panel in panels],
    )
    figure.update_layout(layout(inside + _GAP_PX + _FOOT_PX))
    figure.update_layout(margin={"l": 8, "r": 8, "t": _GAP_PX, "b": _FOOT_PX})
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    times = samples["timestamp"]
    figure.update_xaxes(time_axis(float(times.min()), float(times.max())))
    for row, panel in enumerate(panels, start=1):
        figure.update_yaxes(
            range=[panel.low, panel.high],
            tickvals=list(panel.ticks),
            ticktext=[f"{tick:g}{panel.tick_suffix}".replace("-", "−") for tick in panel.ticks],
            gridcolor=FAINT,
            zeroline=False,
            fixedrange=True,
            row=row,
            col=1,
        )
    return figure


def _guides(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    """The dashed lines as shapes, all in one: ``add_hline`` takes 20 ms for each."""
    line = {"color": GREY, "width": 1, "dash": "dash"}
    shared = {"type": "line", "line": line, "layer": "below", "xref": "paper", "x0": 0, "x1": 1}
    return [
        {**shared, "yref": f"y{row}" if row > 1 else "y", "y0": height, "y1": height}
        for row, panel in enumerate(panels, start=1)
        for height in panel.guides
    ]


def _words(faces: pd.DataFrame, trust: pd.DataFrame | None, face_id: int) -> pd.DataFrame | None:
    """The words of one person by frame."""
    if trust is None:
        return None
    mine = curves.of_face(faces, face_id)
    return trust.loc[mine.index].set_axis(mine["frame"]).groupby(level=0).first()


def _add_lines(
    figure: go.Figure,
    curve: pd.DataFrame,
    panel: Panel,
    person: Person,
    doubt: NDArray[np.bool_],
    row: int,
) -> None:
    x, y = dates(curve["timestamp"]), curve[panel.column].to_numpy()
    step = doubt[1:] | doubt[:-1]  # of the line between two points
    for steps, look in (
        (~step, {"width": 2}),
        (step, {"width": 1.5, "dash": DOUBT}),
    ):
        if len(curve) > 1 and not steps.any():
            continue
        at = _joined(steps)
        known = at >= 0
        figure.add_scatter(
            x=x[at],
            y=np.where(known, y[at], np.nan),
            mode="lines",
            connectgaps=False,
            line={"color": person.color, **look},
            opacity=1 if look["width"] == 2 else 0.6,
            name=person.name,
            legendgroup=f"face {person.face_id}",
            showlegend=False,
            hoverinfo="skip",
            row=row,
            col=1,
        )


def _joined(steps: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The points at the ends of the chosen steps, in order, with a -1 between two runs of them."""
    point = np.zeros(len(steps) + 1, bool)
    point[:-1] |= steps
    point[1:] |= steps
    at = np.flatnonzero(point)
    breaks = np.flatnonzero(~steps[at[:-1]]) if len(at) else at
    return np.insert(at, breaks + 1, -1)


def _add_points(
    figure: go.Figure,
    curve: pd.DataFrame,
    panel: Panel,
    person: Person,
    said: pd.Series | None,
    moments: Sequence[Moment],
    row: int,
) -> None:
    seen = curve[panel.column].notna()
    alone = seen & ~seen.shift(1, fill_value=False) & ~seen.shift(-1, fill_value=False)
    there = curve[seen]
    clock = clock_format(float(curve["timestamp"].iloc[-1]))
    trusted = "" if said is None else "<br>reliability: %{text}"
    figure.add_scatter(
        x=dates(there["timestamp"]),
        y=there[panel.column],
        customdata=points_in_time(there, moments, person.face_id),
        text=None if said is None else said[seen.to_numpy()].tolist(),
        mode="markers",
        name=person.name,
        legendgroup=f"face {person.face_id}",
        showlegend=False,
        hovertemplate=(
            f"<b>{panel.title}</b><br>{person.name} at %{{x|{clock}.%1f}}: <b>{panel.hover}</b>"
            f"{trusted}{panel.note and '<br>' + panel.note}<extra></extra>"
        ),
        hoverlabel={"align": "left", "bordercolor": person.color},
        marker={
            "size": 6,
            "color": np.where(alone[seen], person.color, CLEAR).tolist() if alone.any() else CLEAR,
        },
        **unchanged_by_selection(1),
        row=row,
        col=1,
    )


def _add_legend(figure: go.Figure, people: Sequence[Person], any_doubt: bool, guide: str) -> None:
    """Entries of their own: the people where there are several, dotted and dashed lines."""
    entries = [(p.name, f"face {p.face_id}", {"color": p.color, "width": 3}) for p in people]
    if len(people) == 1:
        entries = []
    if any_doubt:
        entries.append(("dotted: not reliable", "doubt", {"color": GREY, "dash": DOUBT}))
    if guide:
        entries.append((f"dashed: {guide}", "guide", {"color": GREY, "width": 1, "dash": "dash"}))
    for name, group, line in entries:
        figure.add_scatter(
            x=[None], y=[None], mode="lines", name=name, legendgroup=group, line=line, row=1, col=1
        )
    if entries:  # above the title of the first panel
        height, top = figure.layout.height + _LEGEND_PX, _GAP_PX + _LEGEND_PX
        figure.update_layout(height=height, margin={"t": top})
        figure.update_layout(legend={"y": 1 + _GAP_PX / (height - top - _FOOT_PX)})
