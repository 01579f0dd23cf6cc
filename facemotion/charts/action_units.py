"""Action units: lines over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts import panels, people, units
from facemotion.charts.style import NO_FACE, message
from facemotion.charts.units import MAX_INTENSITY, PRESENT_FROM, WEAK
from facemotion.records import Moment

NO_UNITS = "No action unit could be measured here."


def au_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    chosen: Sequence[str] | None = None,
    *,
    face_id: int | None = None,
    reliability: pd.DataFrame | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
) -> go.Figure:
    """Intensity 0..5 of each chosen action unit over time, a panel each and a line per person.

    ``chosen`` None takes the strongest. ``reliability`` (words for each value, with the index of
    ``faces``) makes weak values dotted and those not measurable gaps. The dashed line is the
    intensity from which an action unit counts as present.
    """
    known = units.measured(faces, reliability)
    shown = people.shown(known, face_id)
    chosen = list(units.strongest(known, face_id) if chosen is None else chosen)
    if not shown or samples.empty:
        return message(NO_FACE, 200)
    if units.nothing_measured(curves.of_face(known, face_id), chosen):
        return message(NO_UNITS, 200)
    return panels.over_time(
        known,
        samples,
        [_panel(unit) for unit in chosen],
        shown,
        trust=reliability,
        doubted=frozenset({WEAK}),
        moments=moments,
        at_s=at_s,
        guide=f"present from {PRESENT_FROM:g}",
    )


def au_timeline_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    chosen: Sequence[str] | None = None,
    *,
    face_id: int | None = None,
    reliability: pd.DataFrame | None = None,
) -> str:
    """The lines in words: how high each action unit gets, and when."""
    known = units.measured(faces, reliability)
    shown = people.shown(known, face_id)
    if not shown or samples.empty:
        return f"Action units over time. {NO_FACE}"
    chosen = list(units.strongest(known, face_id) if chosen is None else chosen)
    mine = known[known["face_id"].isin([person.face_id for person in shown])]
    peaks = []
    for unit in chosen:
        if mine[unit].notna().any():
            top = mine.loc[mine[unit].idxmax()]
            peaks.append(
                f"{units.labelled(unit)} {top[unit]:.1f} at {palette.clock(top['timestamp'])}"
            )
    if not peaks:
        return f"Action units over time. {NO_UNITS}"
    return (
        f"Intensity of action units over time, from 0 to 5, for {people.said(shown, faces)}. "
        f"Highest values: {'; '.join(peaks)}."
    )


def _panel(unit: str) -> panels.Panel:
    return panels.Panel(
        column=unit,
        title=f"<b>{unit}</b> {units.name(unit)}",
        low=-0.15,
        high=MAX_INTENSITY + 0.15,
        ticks=(0, 2.5, 5),
        hover="%{y:.1f} of 5",
        note=f"muscle: {units.muscle(unit)}",
        guides=(PRESENT_FROM,),
    )
