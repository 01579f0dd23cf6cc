"""What several classifiers say about the same faces: matrix, curves and bars.

A classifier has the same colour in all of them, and besides it a kind of line, marker and pattern
of its own, so that they can be told apart without colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts.style import (
    FAINT,
    NO_FACE,
    clock_format,
    dates,
    interactive,
    layout,
    message,
    plain,
    time_axis,
)
from facemotion.charts.timeline import MAX_POINTS, MAX_SYMBOLS

SCALE = ("#e4e7fa", "#a8b1ee", "#5c6ad3", "#323e96")
"""From pale to dark, the same on both themes: Plotly writes black or white on it, as reads best."""

_CELL_PX, _LEAST_PX = 54, 190
_LINE_CHARACTERS = 22


def agreement_matrix(same: pd.DataFrame, kappa: pd.DataFrame) -> go.Figure:
    """Share of the faces on which two classifiers name the same emotion; kappa in the hover.

    Both tables are square, classifiers down and across, as ``statistics.agreement`` gives them.
    """
    values = same.to_numpy(dtype=np.float64, copy=True)
    np.fill_diagonal(values, np.nan)  # a classifier agrees with itself
    if not len(values) or np.isnan(values).all():
        return message(NO_FACE, _LEAST_PX)
    names = [_broken(str(name)) for name in same.index]
    figure = go.Figure(layout=layout(max(_LEAST_PX, _CELL_PX * len(names) + 60)))
    places = list(range(len(names)))
    figure.add_heatmap(
        x=places,
        y=places,
        z=values,
        zmin=0,
        zmax=1,
        colorscale=list(SCALE),
        customdata=[[_pair_text(same, kappa, a, b) for b in places] for a in places],
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        text=[["" if a == b else _percent(values[a, b]) for b in places] for a in places],
        texttemplate="%{text}",
        textfont={"size": 16},
        showscale=False,
        xgap=3,
        ygap=3,
    )
    axis: dict[str, Any] = {"tickvals": places, "ticktext": names, "showgrid": False}
    axis |= {"zeroline": False, "fixedrange": True, "ticks": ""}
    figure.update_xaxes(axis, side="top", tickangle=0)
    figure.update_yaxes(axis, range=[len(names) - 0.5, -0.5])
    figure.update_layout(dragmode=False)
    return figure


def agreement_alt(same: pd.DataFrame, kappa: pd.DataFrame) -> str:
    """The matrix in words, pair by pair."""
    said = "; ".join(
        f"{a} and {b} {_percent(same.loc[a, b])}, kappa {_two(kappa.loc[a, b])}"
        for a, b in combinations(same.index, 2)
    )
    return f"Share of the faces on which two classifiers name the same emotion. {said}."


def classifier_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    verdicts: Mapping[str, pd.DataFrame],
    emotion: str,
    *,
    face_id: int | None = None,
    height: int = 340,
    max_points: int = MAX_POINTS,
) -> go.Figure:
    """Probability of one emotion over time, a line per classifier, with gaps without a face.

    ``verdicts`` has a table for each, with a row for each row of ``faces``. ``face_id`` None draws
    the mean over the faces of each frame, a number that face only.
    """
    curve = _curves(faces, samples, verdicts, emotion, face_id)
    if not curve["n_faces"].any():
        return message(NO_FACE, height)
    start_s, end_s = float(curve["timestamp"].min()), float(curve["timestamp"].max())
    curve = curves.thinned(curve, max_points, columns=list(verdicts))
    few = int((curve["n_faces"] > 0).sum()) <= MAX_SYMBOLS
    figure = go.Figure(layout=layout(height))
    for rank, name in enumerate(verdicts):
        figure.add_scatter(
            x=dates(curve["timestamp"]),
            y=curve[name],
            mode="lines+markers" if few else "lines",
            name=plain(name),
            connectgaps=False,
            hovertemplate="%{y:.0%}",
            **_line(rank),
        )
    interactive(figure, f"{emotion} of {face_id}")
    figure.update_layout(hovermode="x unified", hoverdistance=20, clickmode="none")
    figure.update_xaxes(time_axis(start_s, end_s), hoverformat=f"{clock_format(end_s)}.%1f")
    _probability_axis(figure)
    return figure


def classifier_timeline_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    verdicts: Mapping[str, pd.DataFrame],
    emotion: str,
    *,
    face_id: int | None = None,
) -> str:
    """The curves in words: mean and highest value of each."""
    curve = _curves(faces, samples, verdicts, emotion, face_id)
    if not curve["n_faces"].any():
        return f"Probability of {emotion} over time. {NO_FACE}"
    said = "; ".join(
        f"{name} {_percent(curve[name].mean())} on average, at most {_percent(curve[name].max())}"
        for name in verdicts
    )
    who = "all faces" if face_id is None else curves.people(faces)[face_id]
    return f"Probability of {emotion} over time for {who}: {said}."


def named_bars(named: pd.DataFrame, *, height: int = 320) -> go.Figure:
    """How often each emotion is the strongest, a bar per classifier; mean in the hover.

    ``named`` as from ``statistics.agreement.named``.
    """
    if named["share"].isna().all():
        return message(NO_FACE, height)
    figure = go.Figure(layout=layout(height))
    for rank, (name, rows) in enumerate(named.groupby("classifier", sort=False)):
        figure.add_bar(
            x=[f"{palette.glyph(emotion)} {emotion}" for emotion in rows["emotion"]],
            y=rows["share"],
            customdata=rows[["mean"]].to_numpy(),
            name=plain(str(name)),
            marker={
                "color": palette.classifier_color(rank),
                "cornerradius": 3,
                "pattern": {"shape": palette.PATTERNS[rank % len(palette.PATTERNS)], "size": 6},
            },
            hovertemplate=(
                f"<b>{plain(str(name))}</b><br>%{{x}}<br>strongest on %{{y:.1%}} of the faces"
                "<br>mean probability %{customdata[0]:.1%}<extra></extra>"
            ),
        )
    interactive(figure, "named")
    figure.update_layout(barmode="group", bargap=0.25, dragmode=False, clickmode="none")
    figure.update_xaxes(showgrid=False, fixedrange=True, ticks="")
    figure.update_yaxes(tickformat=".0%", gridcolor=FAINT, zeroline=False, fixedrange=True)
    return figure


def named_alt(named: pd.DataFrame) -> str:
    """The bars in words: what each classifier says most often."""
    if named["share"].isna().all():
        return f"How often each emotion is named. {NO_FACE}"
    said = []
    for name, rows in named.groupby("classifier", sort=False):
        top = rows.sort_values("share", ascending=False, kind="stable").head(3)
        pairs = zip(top["emotion"], top["share"], strict=True)
        said.append(f"{name}: " + ", ".join(f"{e} {_percent(s)}" for e, s in pairs if s > 0))
    return f"Share of the faces by strongest emotion. {'; '.join(said)}."


def _curves(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    verdicts: Mapping[str, pd.DataFrame],
    emotion: str,
    face_id: int | None,
) -> pd.DataFrame:
    """``curves.face_curve`` with a column per classifier, by its name."""
    told = faces[["frame", "face_id"]].assign(
        **{name: table[emotion] for name, table in verdicts.items()}
    )
    return curves.face_curve(told, samples, face_id, list(verdicts))


def _line(rank: int) -> dict[str, Any]:
    dash = palette.DASHES[rank % len(palette.DASHES)]
    mark = palette.MARKS[rank % len(palette.MARKS)]
    return {
        "line": {"color": palette.classifier_color(rank), "dash": dash, "width": 2.5},
        "marker": {"symbol": mark, "size": 7},
    }


def _probability_axis(figure: go.Figure) -> None:
    figure.update_yaxes(
        range=[-0.03, 1.03],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        tickformat=".0%",
        gridcolor=FAINT,
        zeroline=False,
        fixedrange=True,
    )


def _pair_text(same: pd.DataFrame, kappa: pd.DataFrame, a: int, b: int) -> str:
    names = f"{plain(str(same.index[a]))} and {plain(str(same.index[b]))}"
    return (
        f"<b>{names}</b><br>same emotion on {_percent(same.iat[a, b])} of the faces"
        f"<br>Cohen's kappa {_two(kappa.iat[a, b])}"
    )


def _broken(name: str) -> str:
    """A name in lines short enough for an axis: that of an ensemble is long."""
    lines = [""]
    for part in name.replace("+", "+ ").replace(":", ": ").split():
        if lines[-1] and len(lines[-1]) + len(part) > _LINE_CHARACTERS:
            lines.append("")
        lines[-1] += part
    return "<br>".join(plain(line) for line in lines)


def _percent(value: float) -> str:
    return "-" if np.isnan(value) else palette.percent(value)


def _two(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"
