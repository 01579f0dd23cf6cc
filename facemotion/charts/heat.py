"""The action units of one face over time as a heat map: seventeen rows, a column per stretch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from facemotion import curves, palette
from facemotion.charts import people, units
from facemotion.charts.action_units import NO_UNITS
from facemotion.charts.style import (
    CLEAR,
    GREY,
    NO_FACE,
    dates,
    interactive,
    layout,
    mark_now,
    message,
    points_in_time,
    time_axis,
    unchanged_by_selection,
)
from facemotion.charts.units import MAX_INTENSITY
from facemotion.records import ACTION_UNITS, Moment

MAX_COLUMNS = 240
"""Longer clips are cut into so many stretches; each shows its highest value."""

SCALE = (
    *("#123570", "#3b496c", "#575d6d", "#707173", "#8a8678"),
    *("#a59c74", "#c3b369", "#e1cc55", "#fee838"),
)
"""Cividis without its darkest part (Nunez, Anderton & Renslow 2018, "Optimizing colormaps with
consideration for color vision deficiency"): it looks the same to all colour visions, and its low
end still differs from a dark page."""

_ROW_PX, _HEAD_PX, _FOOT_PX = 20, 30, 30
_HATCH = {"shape": "/", "fgcolor": GREY, "bgcolor": CLEAR, "size": 5, "solidity": 0.35}


def au_heatmap(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    reliability: pd.DataFrame | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
    max_columns: int = MAX_COLUMNS,
) -> go.Figure:
    """Intensity 0..5 of all action units over time; what is not measured is hatched, not dark.

    ``face_id`` None takes the strongest face of each frame, unit by unit.
    """
    if faces.empty or samples.empty:
        return message(NO_FACE, 200)
    known = units.measured(faces, reliability)
    if units.nothing_measured(curves.of_face(known, face_id), list(ACTION_UNITS)):
        return message(NO_UNITS, 200)
    bins = _binned(known, samples, face_id, max_columns)
    values = bins[list(ACTION_UNITS)].to_numpy().T
    figure = go.Figure(layout=layout(len(ACTION_UNITS) * _ROW_PX + _HEAD_PX + _FOOT_PX))
    edges = _edges(bins)
    figure.add_heatmap(
        x=dates(edges),
        y=list(range(len(ACTION_UNITS))),
        z=values,
        zmin=0,
        zmax=MAX_INTENSITY,
        colorscale=list(SCALE),
        colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [0, 1, 2, 3, 4, 5]},
        hoverinfo="skip",
        ygap=1,
    )
    _add_hatching(figure, np.isnan(values), edges)
    _add_points(figure, bins, values, moments, face_id)
    mark_now(figure, at_s, above=True)
    interactive(figure, f"heat map of {face_id}")
    figure.update_layout(margin={"l": 8, "r": 8, "t": _HEAD_PX, "b": _FOOT_PX})
    times = samples["timestamp"]
    figure.update_xaxes(time_axis(float(times.min()), float(times.max())))
    figure.update_xaxes(range=dates([edges[0], edges[-1]]).tolist())
    figure.update_yaxes(
        range=[len(ACTION_UNITS) - 0.5, -0.5],
        tickvals=list(range(len(ACTION_UNITS))),
        ticktext=[units.labelled(unit) for unit in ACTION_UNITS],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    return figure


def au_heatmap_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    reliability: pd.DataFrame | None = None,
) -> str:
    """The heat map in words: the units that are active longest, and those never measured."""
    known = curves.of_face(units.measured(faces, reliability), face_id)
    if known.empty or samples.empty:
        return f"Heat map of action units over time. {NO_FACE}"
    if units.nothing_measured(known, list(ACTION_UNITS)):
        return f"Heat map of action units over time. {NO_UNITS}"
    seen = known[list(ACTION_UNITS)]
    part = (seen >= units.PRESENT_FROM).sum() / seen.notna().sum()
    active = part.dropna().sort_values(ascending=False, kind="stable").head(5)
    said = ", ".join(f"{units.labelled(u)} {palette.percent(p)}" for u, p in active.items() if p)
    missing = [unit for unit in ACTION_UNITS if seen[unit].isna().all()]
    who = people.said(people.shown(faces, face_id), faces) if face_id is not None else "all faces"
    return (
        f"Heat map of the intensity of {len(ACTION_UNITS)} action units over time for {who}. "
        + (f"Present in this share of the measured time: {said}." if said else "None is present.")
        + (f" Not measurable: {', '.join(missing)}." if missing else "")
    )


def _binned(
    faces: pd.DataFrame, samples: pd.DataFrame, face_id: int | None, columns: int
) -> pd.DataFrame:
    """One row per stretch of samples: its highest values, and the frame of the very highest."""
    names = list(ACTION_UNITS)
    highest = curves.of_face(faces, face_id).groupby("frame")[names].max().astype("float64")
    curve = samples[["frame", "timestamp"]].merge(highest, on="frame", how="left")
    curve = curve.sort_values("timestamp", ignore_index=True)
    count = min(columns, len(curve))
    stretch = np.arange(len(curve)) * count // len(curve)
    bins = curve.groupby(stretch)[names].max()
    bins["start_s"] = curve.groupby(stretch)["timestamp"].min()
    top = curve[names].max(axis=1).fillna(-1.0).groupby(stretch).idxmax().to_numpy()
    bins["frame"], bins["timestamp"] = (
        curve["frame"].to_numpy()[top],
        curve["timestamp"].to_numpy()[top],
    )
    return bins


def _edges(bins: pd.DataFrame) -> NDArray[np.float64]:
    """Where the columns begin, and where the last one ends, in seconds."""
    starts = bins["start_s"].to_numpy()
    step = float(np.median(np.diff(starts))) if len(starts) > 1 else 1.0
    return np.append(starts, starts[-1] + step)


def _add_hatching(
    figure: go.Figure, missing: NDArray[np.bool_], edges: NDArray[np.float64]
) -> None:
    """A hatched box around every run of cells without a value, all of them as one trace."""
    if not missing.any():
        return
    across: list[float] = []
    up: list[float] = []
    for row, cells in enumerate(missing):
        turns = np.flatnonzero(np.diff(np.concatenate([[0], cells.astype(np.int8), [0]])))
        for first, last in turns.reshape(-1, 2):
            left, right = edges[first], edges[last]
            across += [left, right, right, left, left, float("nan")]
            up += [row - 0.47, row - 0.47, row + 0.47, row + 0.47, row - 0.47, float("nan")]
    figure.add_scatter(
        x=dates(across),
        y=up,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor="rgba(128,128,128,0.08)",
        fillpattern=_HATCH,
        name="not measured",
        showlegend=True,
        hoverinfo="skip",
        hoveron="points",
    )


def _add_points(
    figure: go.Figure,
    bins: pd.DataFrame,
    values: NDArray[np.float64],
    moments: Sequence[Moment],
    face_id: int | None,
) -> None:
    """An unseen marker in every cell: a heat map's own cells cannot be clicked in Streamlit."""
    edges = _edges(bins)
    middles = dates((edges[1:] + edges[:-1]) / 2)
    points = points_in_time(bins, moments, face_id)
    times = [palette.clock(time_s) for time_s in bins["timestamp"]]
    for row, unit in enumerate(ACTION_UNITS):
        figure.add_scatter(
            x=middles,
            y=[row] * len(bins),
            customdata=points,
            text=[
                "not measured" if np.isnan(value) else f"{value:.1f} of 5 · {time}"
                for value, time in zip(values[row], times, strict=True)
            ],
            mode="markers",
            marker={"color": CLEAR, "size": 8, "symbol": "square"},
            showlegend=False,
            name=unit,
            hovertemplate=(
                f"<b>{units.labelled(unit)}</b><br>%{{text}}<br>muscle: {units.muscle(unit)}"
                "<extra></extra>"
            ),
            hoverlabel={"align": "left", "bordercolor": GREY},
            **unchanged_by_selection(1),
        )
