"""Small multiples: a row for each video or person, all on the same axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from facemotion import palette
from facemotion.charts.common_clock import axis as clock_axis
from facemotion.charts.common_clock import mark_zero, span
from facemotion.charts.members import (
    GROUP_COLORS,
    NOTHING,
    area,
    faded,
    member_points,
    short,
    told,
    value_axis,
    value_panel,
)
from facemotion.charts.panels import Panel
from facemotion.charts.style import GREY, dates, interactive, layout, message
from facemotion.records import EMOTIONS

_ROW_PX, _GAP_PX, _FOOT_PX, _LINE_PX, _LEGEND_PX = 72, 30, 30, 18, 26


def group_rows(
    curves: pd.DataFrame,
    mean: pd.DataFrame,
    column: str,
    *,
    groups: Mapping[str, str] | None = None,
    zero: str = "",
) -> go.Figure:
    """One row per member of ``statistics.groups.together``, in the order in which they come.

    The grey line in each is the ``mean`` of all (as from ``aggregated``), left out where there is
    one member. ``groups`` has the group of each member by name, ``zero`` what happens at second 0.
    """
    names = list(dict.fromkeys(curves["member"]))
    if curves["value"].isna().all():
        return message(NOTHING, 200)
    panel, several = value_panel(column), len(names) > 1
    inside = len(names) * _ROW_PX + (len(names) - 1) * _GAP_PX
    figure = make_subplots(
        rows=len(names),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=_GAP_PX / inside if several else 0,
        subplot_titles=[
            _title(curves, name, column, (groups or {}).get(name, "")) for name in names
        ],
    )
    top = _GAP_PX + (_LEGEND_PX if several else 0)
    foot = _FOOT_PX + (_LINE_PX if zero else 0)
    figure.update_layout(layout(inside + top + foot))
    figure.update_layout(margin={"l": 8, "r": 8, "t": top, "b": foot})
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    for rank, name in enumerate(names):
        if several:
            _add_reference(figure, mean, rank)
        rows, group = curves[curves["member"] == name], (groups or {}).get(name, "")
        _add_row(figure, rows, name, rank, panel, group)
    if zero:
        mark_zero(figure, len(names))
    interactive(figure, f"group rows {column} {zero}")
    figure.update_layout(legend={"y": 1 + _GAP_PX / inside})
    figure.update_xaxes(clock_axis(*span(curves), zero))
    figure.update_yaxes(value_axis(replace(panel, ticks=(panel.ticks[0], panel.ticks[-1]))))
    return figure


def group_rows_alt(curves: pd.DataFrame, column: str) -> str:
    """The rows in words: mean and highest point of each member."""
    said = []
    for name, rows in curves.groupby("member", sort=False):
        known = rows.dropna(subset=["value"])
        if known.empty:
            said.append(f"{name}: no value")
            continue
        top = known.loc[known["value"].idxmax()]
        said.append(
            f"{name}: {told(column, _mean(known))} on average, at most "
            f"{told(column, top['value'])} at {palette.clock(top['time_s'])}"
        )
    title = value_panel(column).title
    return f"{title} over time, a row for each. {'; '.join(said) or NOTHING}."


def _title(curves: pd.DataFrame, name: str, column: str, group: str) -> str:
    known = curves[curves["member"] == name].dropna(subset=["value"])
    mean = "no value" if known.empty else f"mean {told(column, _mean(known))}"
    return f"{f'{group} · ' if group else ''}<b>{short(name)}</b> · {mean}"


def _mean(known: pd.DataFrame) -> float:
    """Over the measured time, as in the summary."""
    return float((known["value"] * known["measured_s"]).sum() / known["measured_s"].sum())


def _add_reference(figure: go.Figure, mean: pd.DataFrame, rank: int) -> None:
    figure.add_scatter(
        x=dates(mean["time_s"]),
        y=mean["mean"],
        mode="lines",
        connectgaps=False,
        line={"color": GREY, "width": 1.2, "dash": "dot"},
        opacity=0.8,
        name="mean of all",
        legendgroup="mean",
        showlegend=rank == 0,
        hoverinfo="skip",
        row=rank + 1,
        col=1,
    )


def _add_row(
    figure: go.Figure, rows: pd.DataFrame, name: str, rank: int, panel: Panel, group: str
) -> None:
    own = palette.color(panel.column) if panel.column in EMOTIONS else palette.ACCENT
    color = GROUP_COLORS.get(group, own)
    if rows["value"].notna().any():
        figure.add_scatter(
            **area(rows, 0.0, "value"),
            fillcolor=faded(color),
            showlegend=False,
            row=rank + 1,
            col=1,
        )
    figure.add_scatter(
        x=dates(rows["time_s"]),
        y=rows["value"],
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": 2},
        name=short(name),
        showlegend=False,
        hoverinfo="skip",
        row=rank + 1,
        col=1,
    )
    figure.add_trace(member_points(rows, name, rank, panel, color), row=rank + 1, col=1)
