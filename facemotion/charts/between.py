"""What goes together: a matrix of correlations, and synchrony over time against chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.style import (
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

NO_MATRIX = "There is too little to correlate."
NO_SYNCHRONY = "There is too little to compare over time."

DIVERGING = (
    (0.0, "rgba(199,88,0,0.9)"),
    (0.5, "rgba(128,128,128,0.05)"),
    (1.0, "rgba(26,104,203,0.9)"),
)
"""Orange below, blue above, nothing at 0: apart for all colour visions, on both themes."""

MAX_NUMBERED = 20
"""A matrix of more rows shows no numbers in its cells: they would not fit."""

_CELL_PX, _LEAST_PX = 34, 260


def correlation_matrix(matrix: pd.DataFrame, *, height: int | None = None) -> go.Figure:
    """Correlations, -1..1, as a heat map with numbers; the rows and columns keep their order.

    Unknown ones (NaN) stay empty with a dash. The matrix may be of two people, so that its rows
    are one's values and its columns the other's.
    """
    if matrix.empty or matrix.isna().all(axis=None):
        return message(NO_MATRIX, _LEAST_PX)
    rows, columns = [[plain(str(name)) for name in axis] for axis in (matrix.index, matrix.columns)]
    values = matrix.to_numpy(dtype=np.float64)
    figure = go.Figure(layout=layout(height or max(_LEAST_PX, _CELL_PX * len(rows) + 90)))
    figure.add_heatmap(
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        z=values,
        zmin=-1,
        zmax=1,
        colorscale=DIVERGING,
        customdata=[[f"{row} and {column}" for column in columns] for row in rows],
        hovertemplate="%{customdata}<br>correlation <b>%{z:.2f}</b><extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [-1, -0.5, 0, 0.5, 1]},
        xgap=2,
        ygap=2,
    )
    if max(values.shape) <= MAX_NUMBERED:
        _add_numbers(figure, values)
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=columns,
        side="bottom",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        tickvals=list(range(len(rows))),
        ticktext=rows,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    figure.update_layout(dragmode=False)
    return figure


def correlation_alt(matrix: pd.DataFrame, count: int = 5) -> str:
    """The matrix in words: its strongest correlations off the diagonal."""
    pairs: dict[frozenset[str], tuple[float, str]] = {}
    for row in matrix.index:
        for column in matrix.columns:
            value = float(matrix.loc[row, column])
            if row != column and not np.isnan(value):
                pairs.setdefault(frozenset({str(row), str(column)}), (value, f"{row} and {column}"))
    if not pairs:
        return f"Correlation matrix. {NO_MATRIX}"
    best = sorted(pairs.values(), key=lambda pair: -abs(pair[0]))[:count]
    said = "; ".join(f"{names} {value:.2f}" for value, names in best)
    size = f"{len(matrix.index)} by {len(matrix.columns)}"
    return f"Correlation matrix, {size}. Strongest: {said}."


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
        name="outside chance",
        showlegend=bool(beyond.any()),
        marker={
            "size": 7,
            "color": [palette.ACCENT if out else "rgba(0,0,0,0)" for out in beyond],
        },
        hovertemplate=(
            f"%{{x|{clock}.%1f}}<br>{label} <b>%{{y:.2f}}</b><br>%{{text}}<extra></extra>"
        ),
        hoverlabel={"align": "left"},
        **unchanged_by_selection(1),
    )


def _add_numbers(figure: go.Figure, values: np.ndarray) -> None:
    """As text of its own, so that the page's colour of text applies."""
    at = list(np.ndindex(values.shape))
    figure.add_scatter(
        x=[column for _, column in at],
        y=[row for row, _ in at],
        text=["–" if np.isnan(v) else f"{v:.2f}".replace("0.", ".") for v in values.ravel()],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
