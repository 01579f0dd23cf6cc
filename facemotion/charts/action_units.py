"""Action units: lines over time, and the bars of one moment."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts import panels, people, units
from facemotion.charts.style import FAINT, GREY, NO_FACE, layout, message
from facemotion.charts.units import MAX_INTENSITY, NOT_MEASURABLE, PRESENT_FROM, WEAK
from facemotion.records import ACTION_UNITS, Moment

NO_UNITS = "No action unit could be measured here."

_BAR_PX, _BARS_MARGIN_PX = 21, 30


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


def au_bars(
    face: pd.Series,
    reliability: pd.Series | None = None,
    *,
    color: str = palette.ACCENT,
    height: int | None = None,
) -> go.Figure:
    """Horizontal bars of one face's intensities; ``face`` is one row of the faces table.

    ``reliability`` has a word for each unit: weak bars are hatched and those not measurable say
    so instead of showing a bar.
    """
    values = _values(face, reliability)
    weak = [_word(reliability, unit) == WEAK for unit in ACTION_UNITS]
    figure = go.Figure(
        layout=layout(height or len(ACTION_UNITS) * _BAR_PX + _BARS_MARGIN_PX),
    )
    figure.add_bar(
        x=[0.0 if pd.isna(value) else value for value in values],
        y=[units.labelled(unit) for unit in ACTION_UNITS],
        customdata=[
            [units.muscle(unit), _word(reliability, unit) or "not stated"] for unit in ACTION_UNITS
        ],
        orientation="h",
        marker={
            "color": color,
            "cornerradius": 4,
            "opacity": [1.0 if value >= PRESENT_FROM else 0.55 for value in values],
            "pattern": {
                "shape": ["/" if doubtful else "" for doubtful in weak],
                "fillmode": "overlay",
                "fgcolor": "#ffffff",
                "fgopacity": 0.7,
                "size": 7,
                "solidity": 0.35,
            },
        },
        text=[_bar_text(v, w) for v, w in zip(values, weak, strict=True)],
        textposition="outside",
        cliponaxis=False,
        hovertemplate=(
            "<b>%{y}</b><br>%{text}<br>muscle: %{customdata[0]}"
            "<br>reliability: %{customdata[1]}<extra></extra>"
        ),
        hoverlabel={"align": "left"},
        showlegend=False,
    )
    figure.add_vline(
        x=PRESENT_FROM, line={"color": GREY, "width": 1, "dash": "dash"}, layer="below"
    )
    figure.update_xaxes(
        range=[0, MAX_INTENSITY * 1.2],
        tickvals=[0, 1, 2, 3, 4, 5],
        showgrid=False,
        zerolinecolor=FAINT,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_layout(bargap=0.3, dragmode=False)
    return figure


def au_bars_alt(face: pd.Series, reliability: pd.Series | None = None) -> str:
    """The bars in words, the strongest first, with what is weak or not measurable."""
    values = dict(zip(ACTION_UNITS, _values(face, reliability), strict=True))
    known = {unit: value for unit, value in values.items() if not pd.isna(value)}
    if not known:
        return f"Action units of {face['person']}. {NO_UNITS}"
    said = ", ".join(
        f"{units.labelled(unit)} {value:.1f}"
        + (" (weak)" if _word(reliability, unit) == WEAK else "")
        for unit, value in sorted(known.items(), key=lambda item: -item[1])
    )
    missing = [unit for unit in ACTION_UNITS if unit not in known]
    return (
        f"Action units of {face['person']} at {palette.clock(face['timestamp'])}, from 0 to 5: "
        f"{said}." + (f" Not measurable: {', '.join(missing)}." if missing else "")
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


def _values(face: pd.Series, reliability: pd.Series | None) -> list[float]:
    return [
        float("nan") if _word(reliability, unit) == NOT_MEASURABLE else float(face[unit])
        for unit in ACTION_UNITS
    ]


def _word(reliability: pd.Series | None, unit: str) -> str:
    return "" if reliability is None else str(reliability[unit])


def _bar_text(value: float, weak: bool) -> str:
    if pd.isna(value):
        return "<i>not measurable</i>"
    return f"{value:.1f}" + (" · weak" if weak else "")
