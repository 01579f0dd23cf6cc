"""The mean of each emotion in every window of time, as stacked bars."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.style import (
    FAINT,
    NO_FACE,
    dates,
    interactive,
    layout,
    mark_now,
    message,
    points_at,
    time_axis,
)
from facemotion.records import EMOTIONS

_GAP_SHARE = 0.03  # of a window, between two bars


def emotion_windows(
    windows: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    at_s: float | None = None,
    height: int = 320,
) -> go.Figure:
    """One stacked bar per window: ``start_s``, ``end_s`` and the mean of each emotion, 0..1.

    A window without a face (NaN) stays empty. A click leads to the sample nearest to its start.
    """
    known = windows.dropna(subset=list(EMOTIONS))
    if known.empty or samples.empty:
        return message(NO_FACE, height)
    figure = go.Figure(layout=layout(height))
    lengths = known["end_s"] - known["start_s"]
    spans = [
        f"{palette.clock(start)} to {palette.clock(end)}"
        for start, end in zip(known["start_s"], known["end_s"], strict=True)
    ]
    points = points_at(known["start_s"], samples)
    for emotion in EMOTIONS:
        figure.add_bar(
            x=dates(known["start_s"] + lengths * _GAP_SHARE / 2),
            y=known[emotion],
            width=(lengths * 1000 * (1 - _GAP_SHARE)).tolist(),  # a date axis counts milliseconds
            offset=0,
            customdata=points,
            text=spans,
            textposition="none",
            name=emotion,
            marker={"color": palette.color(emotion), "line": {"width": 0}},
            hovertemplate=(
                f"<b>%{{text}}</b><br>{palette.glyph(emotion)} {emotion} %{{y:.0%}}<extra></extra>"
            ),
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    mark_now(figure, at_s, above=True)
    interactive(figure, "windows")
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    start, end = float(windows["start_s"].min()), float(windows["end_s"].max())
    figure.update_xaxes(time_axis(start, end))
    figure.update_yaxes(
        range=[0, 1],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        gridcolor=FAINT,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def emotion_windows_alt(windows: pd.DataFrame) -> str:
    """The bars in words: the strongest emotion of each window."""
    known = windows.dropna(subset=list(EMOTIONS))
    if known.empty:
        return f"Emotions per window of time. {NO_FACE}"
    best = known[list(EMOTIONS)].idxmax(axis=1)
    said = "; ".join(
        f"{palette.clock(row['start_s'])} to {palette.clock(row['end_s'])} "
        f"{best[number]} {palette.percent(row[best[number]])}"
        for number, row in known.head(12).iterrows()
    )
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"Mean probability of each emotion in {len(windows)} windows. Strongest: {said}{more}."
