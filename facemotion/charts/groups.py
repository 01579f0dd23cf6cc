"""Several videos or persons on one clock: their mean with a band, and each by itself.

Tables as ``statistics.groups`` gives them. A click on a member leads to its frame; the means are
of all, and lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.common_clock import axis as clock_axis
from facemotion.charts.common_clock import mark_zero, span, width_s, written
from facemotion.charts.members import (
    GROUP_COLORS,
    NOTHING,
    area,
    faded,
    member_points,
    seen_alone,
    short,
    told,
    value_axis,
    value_panel,
)
from facemotion.charts.panels import Panel
from facemotion.charts.style import (
    dates,
    interactive,
    layout,
    message,
    unchanged_by_selection,
)
from facemotion.records import EMOTIONS

BANDS: dict[str, tuple[str, str, str]] = {
    "interval": ("ci_low", "ci_high", "95 % confidence interval of the mean"),
    "quartiles": ("q1", "q3", "middle half of the members"),
    "range": ("minimum", "maximum", "lowest to highest member"),
    "none": ("", "", ""),
}
"""What a band can be: its two columns of ``statistics.groups.aggregated``, and what it means."""

MAX_NAMED = 8
"""Of more members the legend would leave no room: their names are in the hover."""

GROUP_DASHES = {"A": "solid", "B": "dash"}


def group_curves(
    curves: pd.DataFrame,
    means: Mapping[str, pd.DataFrame],
    column: str,
    *,
    groups: Mapping[str, str] | None = None,
    band: str = "interval",
    with_members: bool = True,
    zero: str = "",
    height: int = 440,
) -> go.Figure:
    """The mean of the members over time with its band, and each member as a thin line.

    ``means`` has a table of ``aggregated`` for "A" and "B", or one for "" (everyone); ``groups``
    the group of each member by name. ``band`` is a name of ``BANDS``, ``zero`` what happens at
    second 0, "" where that is only the start of the video.
    """
    if curves["value"].isna().all():
        return message(NOTHING, height)
    panel = value_panel(column)
    figure = go.Figure(layout=layout(height))
    for group, mean in means.items():
        _add_band(figure, mean, group, column, band)
    members = list(curves.groupby("member", sort=False)) if with_members else []
    for rank, (name, rows) in enumerate(members):
        group = (groups or {}).get(str(name), "")
        is_named = len(members) <= MAX_NAMED
        _add_member(figure, rows, str(name), rank, panel, group, is_named=is_named)
    for group, mean in means.items():
        _add_mean(figure, mean, group, panel, band, width_s(curves))
    if zero:
        mark_zero(figure)
    interactive(figure, f"group curves {column} {zero}")
    figure.update_layout(legend={"y": 1.02})
    figure.update_xaxes(clock_axis(*span(curves), zero))
    figure.update_yaxes(value_axis(panel), title={"text": panel.title, "standoff": 4})
    return figure


def group_curves_alt(means: Mapping[str, pd.DataFrame], column: str) -> str:
    """The means in words: how many members, the highest point, and when."""
    said = []
    for group, mean in means.items():
        known = mean.dropna(subset=["mean"])
        who = f"Group {group}" if group else "All"
        if known.empty:
            said.append(f"{who}: {NOTHING}")
            continue
        top = known.loc[known["mean"].idxmax()]
        fewest, most = int(known["n"].min()), int(known["n"].max())
        said.append(
            f"{who}, {fewest if fewest == most else f'{fewest} to {most}'} at a time: highest mean "
            f"{told(column, top['mean'])} at {palette.clock(top['time_s'])}"
        )
    return f"Mean of {value_panel(column).title} over time. {'. '.join(said)}."


def _add_member(
    figure: go.Figure,
    rows: pd.DataFrame,
    name: str,
    rank: int,
    panel: Panel,
    group: str,
    *,
    is_named: bool,
) -> None:
    color = GROUP_COLORS.get(group, palette.person_color(rank))
    dash = palette.DASHES[rank % len(palette.DASHES)]
    figure.add_scatter(
        x=dates(rows["time_s"]),
        y=rows["value"],
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": 1.2, "dash": dash},
        opacity=0.75,
        name=f"{group} · {short(name)}" if group else short(name),
        legendgroup=f"member {rank}",
        showlegend=is_named,
        hoverinfo="skip",
    )
    figure.add_trace(member_points(rows, name, rank, panel, color))


def _add_band(figure: go.Figure, mean: pd.DataFrame, group: str, column: str, band: str) -> None:
    low, high, meaning = BANDS[band]
    if not low or mean[[low, high]].isna().any(axis=1).all():
        return
    figure.add_scatter(
        **area(mean, low, high),
        fillcolor=faded(_mean_color(group, column)),
        name=f"{group}: {meaning}" if group else meaning,
        legendgroup=f"mean {group}",
    )


def _add_mean(
    figure: go.Figure, mean: pd.DataFrame, group: str, panel: Panel, band: str, bin_s: float
) -> None:
    color = _mean_color(group, panel.column)
    name = f"mean of group {group}" if group else "mean"
    figure.add_scatter(
        x=dates(mean["time_s"]),
        y=mean["mean"],
        mode="lines",
        connectgaps=False,
        line={"color": color, "width": 3.5, "dash": GROUP_DASHES.get(group, "solid")},
        name=name,
        legendgroup=f"mean {group}",
        hoverinfo="skip",
    )
    known = mean[mean["mean"].notna()]
    figure.add_scatter(
        x=dates(known["time_s"]),
        y=known["mean"],
        text=[_mean_text(row, panel, band, bin_s) for _, row in known.iterrows()],
        mode="markers",
        name=name,
        legendgroup=f"mean {group}",
        showlegend=False,
        hovertemplate=f"<b>{name}</b><br>%{{text}}<extra></extra>",
        hoverlabel={"align": "left", "bordercolor": color},
        marker={"size": 6, "color": seen_alone(mean["mean"], color)},
        **unchanged_by_selection(1),
    )


def _mean_text(row: pd.Series, panel: Panel, band: str, bin_s: float) -> str:
    low, high, meaning = BANDS[band]
    lines = [
        f"{written(row['time_s'] - bin_s / 2)} to {written(row['time_s'] + bin_s / 2)}: "
        f"{panel.title} <b>{told(panel.column, row['mean'])}</b>, n = {row['n']:.0f}"
    ]
    if low and not np.isnan(row[low]):
        limits = f"{told(panel.column, row[low])} to {told(panel.column, row[high])}"
        lines.append(f"{meaning}: {limits}")
    return "<br>".join(lines)


def _mean_color(group: str, column: str) -> str:
    plain_color = palette.color(column) if column in EMOTIONS else palette.ACCENT
    return GROUP_COLORS.get(group, plain_color)
