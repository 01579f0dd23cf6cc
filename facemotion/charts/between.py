"""What goes together: a matrix of correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion.charts.style import layout, message, plain

NO_MATRIX = "There is too little to correlate."

DIVERGING = (
    (0.0, "rgba(199,88,0,0.75)"),
    (0.5, "rgba(128,128,128,0.05)"),
    (1.0, "rgba(26,104,203,0.75)"),
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


def _short(value: float) -> str:
    """``.45``, ``-.30``, ``1.00``: the leading zero would only take space."""
    text = f"{value + 0.0:.2f}".replace("0.", ".", 1)
    return "–" if np.isnan(value) else text.replace("-.00", ".00")


def _add_numbers(figure: go.Figure, values: np.ndarray) -> None:
    """As text of its own, so that the page's colour of text applies."""
    at = list(np.ndindex(values.shape))
    figure.add_scatter(
        x=[column for _, column in at],
        y=[row for row, _ in at],
        text=[_short(v) for v in values.ravel()],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
