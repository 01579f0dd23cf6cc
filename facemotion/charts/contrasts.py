"""How far two groups lie apart: a dot with whiskers for each emotion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.style import FAINT, GREY, layout, message
from facemotion.records import EMOTIONS

NO_GROUPS = "There are no two groups with values to compare."

DRAWN = (*EMOTIONS, "expressiveness")
"""The measures that have one scale, 0..1, and so fit on one axis."""

_ROW_PX, _MARGIN_PX = 34, 70
_LEAST_REACH = 5.0  # so that differences next to nothing look like that


def group_differences(table: pd.DataFrame) -> go.Figure:
    """Mean of group B minus that of A per emotion, with the 95 % confidence interval.

    ``table`` as from ``statistics.summaries.differences``. A dot is filled where the interval
    leaves out 0, and has no whiskers where there is no interval.
    """
    rows = table[table["measure"].isin(DRAWN)].dropna(subset=["difference"])
    if rows.empty:
        return message(NO_GROUPS, 200)
    at, low, high = (100 * rows[name] for name in ("difference", "low", "high"))
    figure = go.Figure(layout=layout(_ROW_PX * len(rows) + _MARGIN_PX))
    figure.add_scatter(
        x=at,
        y=[_named(measure) for measure in rows["measure"]],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (high - at).tolist(),
            "arrayminus": (at - low).tolist(),
            "color": GREY,
            "thickness": 2,
            "width": 6,
        },
        mode="markers",
        showlegend=False,
        text=[_text(row) for _, row in rows.iterrows()],
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"align": "left"},
        marker={
            "size": 13,
            "color": [palette.color(measure) for measure in rows["measure"]],
            "symbol": [_symbol(row) for _, row in rows.iterrows()],
            "line": {"width": 2},
        },
    )
    furthest = float(pd.concat([at, low, high]).abs().max())
    reach = min(max(furthest, _LEAST_REACH), 100.0) * 1.08  # the intervals of few go beyond 100
    figure.update_xaxes(
        range=[-reach, reach],
        tickformat="+~g",
        title={"text": "B − A, percentage points", "standoff": 4},
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=GREY,
        zerolinewidth=1.5,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="", fixedrange=True)
    for text, x, anchor in (("← more in A", 0, "left"), ("more in B →", 1, "right")):
        figure.add_annotation(
            text=text, x=x, y=1, xref="paper", yref="paper", xanchor=anchor, yanchor="bottom"
        )
    figure.update_annotations(showarrow=False, font={"size": 13})
    figure.update_layout(margin={"t": 28}, dragmode=False)
    return figure


def group_differences_alt(table: pd.DataFrame) -> str:
    """The dots in words, the largest difference first."""
    rows = table[table["measure"].isin(DRAWN)].dropna(subset=["difference"])
    if rows.empty:
        return f"Differences between groups. {NO_GROUPS}"
    order = rows["difference"].abs().sort_values(ascending=False, kind="stable").index
    said = "; ".join(f"{row['measure']} {_amount(row)}" for _, row in rows.loc[order].iterrows())
    return f"Mean of group B minus that of group A, in percentage points: {said}."


def points(value: float) -> str:
    """A difference of shares in percentage points: ``+3.2``, ``−0.4``.

    >>> points(0.0321), points(-0.004)
    ('+3.2', '−0.4')
    """
    rounded = round(100 * value, 1) + 0.0  # never minus zero
    return f"{rounded:+.1f}".replace("-", "−")


def _named(measure: str) -> str:
    return f"{palette.glyph(measure)} {measure}" if measure in EMOTIONS else measure


def _amount(row: pd.Series) -> str:
    if np.isnan(row["low"]):
        return f"{points(row['difference'])} (no interval)"
    return f"{points(row['difference'])} ({points(row['low'])} to {points(row['high'])})"


def _text(row: pd.Series) -> str:
    means = f"A {palette.percent(row['mean_a'])} (n = {row['n_a']}), "
    means += f"B {palette.percent(row['mean_b'])} (n = {row['n_b']})"
    effect = "" if np.isnan(row["hedges_g"]) else f"<br>Hedges' g {row['hedges_g']:.2f}"
    amount = f"{_amount(row)} percentage points"
    return f"<b>{row['measure']}</b><br>{means}<br>B − A: {amount}{effect}"


def _symbol(row: pd.Series) -> str:
    away = row["low"] > 0 or row["high"] < 0
    return palette.symbol(row["measure"]) + ("" if away else "-open")
