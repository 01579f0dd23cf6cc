"""Synchrony of two people over time, against what chance would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.style import (
    CLEAR,
    FAINT,
    GREY,
    clock_format,
    dates,
    interactive,
    layout,
    mark_now,
    message,
    plain,
    points_at,
    time_axis,
    unchanged_by_selection,
)

NO_SYNCHRONY = "There is too little to compare over time."


def synchrony_timeline(
    synchrony: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    label: str = "correlation",
    value_range: tuple[float, float] = (-1.0, 1.0),
    at_s: float | None = None,
    height: int = 260,
) -> go.Figure:
    """Synchrony of two people over time, and the band in which it falls by chance.

    ``synchrony`` has ``time_s``, ``value``, and ``low`` and ``high`` of the surrogates (NaN where
    unknown). Values outside the band have a marker. A click leads to the sample nearest in time.
    """
    if samples.empty or synchrony.empty or synchrony["value"].isna().all():
        return message(NO_SYNCHRONY, height)
    ordered = synchrony.sort_values("time_s", ignore_index=True)
    figure = go.Figure(layout=layout(height))
    _add_band(figure, ordered)
    _add_values(figure, ordered, samples, plain(label))
    mark_now(figure, at_s)
    interactive(figure, f"synchrony {label}")
    times = samples["timestamp"]
    figure.update_xaxes(time_axis(float(times.min()), float(times.max())))
    low, high = value_range
    edge = (high - low) * 0.05
    figure.update_yaxes(
        range=[low - edge, high + edge],
        title={"text": plain(label), "standoff": 4},
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=GREY,
        zerolinewidth=1,
        fixedrange=True,
    )
    return figure


def synchrony_alt(synchrony: pd.DataFrame, *, label: str = "correlation") -> str:
    """The line in words: its middle, its peak, and how often it leaves the band of chance."""
    known = synchrony.dropna(subset=["value"])
    if known.empty:
        return f"Synchrony over time. {NO_SYNCHRONY}"
    top = known.loc[known["value"].abs().idxmax()]
    share = palette.percent(float(_beyond(known).mean()))
    return (
        f"Synchrony over time ({label}): median {known['value'].median():.2f}, strongest "
        f"{top['value']:.2f} at {palette.clock(top['time_s'])}; {share} of the values are outside "
        "the band of shuffled surrogates."
    )


def _beyond(synchrony: pd.DataFrame) -> pd.Series:
    """Which values are outside the band; none where there is no band."""
    beyond: pd.Series = (synchrony["value"] > synchrony["high"]) | (
        synchrony["value"] < synchrony["low"]
    )
    return beyond


def _add_band(figure: go.Figure, synchrony: pd.DataFrame) -> None:
    """One closed grey shape for each stretch in which the band is known."""
    known = synchrony[["low", "high"]].notna().all(axis=1)
    across: list[float] = []
    up: list[float] = []
    for _, part in synchrony[known].groupby((~known).cumsum()[known]):
        across += [*part["time_s"], *part["time_s"][::-1], part["time_s"].iloc[0], float("nan")]
        up += [*part["high"], *part["low"][::-1], part["high"].iloc[0], float("nan")]
    if across:
        figure.add_scatter(
            x=dates(across),
            y=up,
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor="rgba(128,128,128,0.25)",
            name="by chance (shuffled)",
            hoverinfo="skip",
            hoveron="points",
        )


def _add_values(
    figure: go.Figure, synchrony: pd.DataFrame, samples: pd.DataFrame, label: str
) -> None:
    known = synchrony["value"].notna()
    there, beyond = synchrony[known], _beyond(synchrony[known])
    figure.add_scatter(
        x=dates(synchrony["time_s"]),
        y=synchrony["value"],
        mode="lines",
        line={"color": palette.ACCENT, "width": 2},
        connectgaps=False,
        name=label,
        hoverinfo="skip",
    )
    clock = clock_format(float(samples["timestamp"].max()))
    figure.add_scatter(
        x=dates(there["time_s"]),
        y=there["value"],
        customdata=points_at(there["time_s"], samples),
        text=[
            "no band known"
            if np.isnan(low)
            else f"{'outside' if out else 'within'} chance ({low:.2f} to {high:.2f})"
            for low, high, out in zip(there["low"], there["high"], beyond, strict=True)
        ],
        mode="markers",
        name=label,
        showlegend=False,
        marker={
            "size": 7,
            "color": [palette.ACCENT if out else CLEAR for out in beyond],
        },
        hovertemplate=(
            f"%{{x|{clock}.%1f}}<br>{label} <b>%{{y:.2f}}</b><br>%{{text}}<extra></extra>"
        ),
        hoverlabel={"align": "left"},
        **unchanged_by_selection(1),
    )
    if beyond.any():
        # A legend entry of its own: the trace's would have the colour of the first value.
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name="outside chance",
            marker={"size": 7, "color": palette.ACCENT},
        )
