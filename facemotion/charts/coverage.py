"""A thin strip over time: where a face could be measured well, and where not and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from facemotion import curves, palette
from facemotion.charts import people
from facemotion.charts.style import (
    CLEAR,
    GREY,
    clock_format,
    dates,
    interactive,
    layout,
    mark_now,
    message,
    points_in_time,
    time_axis,
    unchanged_by_selection,
)
from facemotion.curves import COVERAGE, SMALL_FACE_PX

COLORS = dict(
    zip(COVERAGE, ("#2d8a8a", "#c9a227", "#b5651d", "rgba(128,128,128,0.28)"), strict=True)
)
"""From measured well to nothing there: lightness and hue both differ, for all colour visions."""

NO_SAMPLES = "No frame was analysed, so there is nothing to draw."

MAX_POINTS = 1200
_STRIP_PX, _ROW_GAP, _HEAD_PX, _FOOT_PX = 22, 0.28, 48, 30  # two rows of legend on a phone


def coverage_strip(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    small_px: float = SMALL_FACE_PX,
    per_person: bool = False,
    at_s: float | None = None,
) -> go.Figure:
    """No face, turned away, small or good, over time; the shares of the samples in the legend.

    ``per_person`` draws a strip for each person; otherwise the best face of each frame counts, or
    ``face_id``'s. The rule is ``curves.coverage``.
    """
    if samples.empty:
        return message(NO_SAMPLES, 90)
    strips = _strips(faces, samples, face_id, small_px, per_person)
    figure = go.Figure(layout=layout(_HEAD_PX + _FOOT_PX + _STRIP_PX * len(strips) + 8))
    for row, (name, table) in enumerate(strips):
        _add_strip(figure, table, row, name)
    _legend(figure, pd.concat([table for _, table in strips]))
    mark_now(figure, at_s, above=True)
    interactive(figure, f"coverage of {face_id} {per_person}")
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": _HEAD_PX, "b": _FOOT_PX}, barmode="overlay", bargap=0
    )
    times = samples["timestamp"]
    figure.update_xaxes(time_axis(float(times.min()), float(times.max())))
    figure.update_yaxes(
        range=[len(strips) - 0.5, -0.5],
        tickvals=list(range(len(strips))),
        ticktext=[name for name, _ in strips],
        visible=len(strips) > 1,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def coverage_alt(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    small_px: float = SMALL_FACE_PX,
    per_person: bool = False,
) -> str:
    """The strip in words: the share of each kind of sample."""
    if samples.empty:
        return f"Coverage. {NO_SAMPLES}"
    said = []
    for name, table in _strips(faces, samples, face_id, small_px, per_person):
        parts = table["coverage"].value_counts(normalize=True)
        shares = ", ".join(f"{w} {palette.percent(parts[w])}" for w in COVERAGE if parts[w] > 0)
        said.append(f"{name}: {shares}")
    return f"Coverage of {len(samples)} analysed frames. {'; '.join(said)}."


def _strips(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    face_id: int | None,
    small_px: float,
    per_person: bool,
) -> list[tuple[str, pd.DataFrame]]:
    shown = people.shown(faces, face_id)
    if per_person and shown:
        return [(p.name, curves.coverage(faces, samples, p.face_id, small_px)) for p in shown]
    name = shown[0].name if face_id is not None and shown else "any face"
    return [(name, curves.coverage(faces, samples, face_id, small_px))]


def _add_strip(figure: go.Figure, table: pd.DataFrame, row: int, name: str) -> None:
    """One bar per run of equal samples, and an unseen row of points to find and click."""
    codes = table["coverage"].cat.codes.to_numpy()
    shown = without_slivers(codes, MAX_POINTS)
    starts, ends, kinds = runs(shown, table["timestamp"].to_numpy(dtype=np.float64))
    for code, word in enumerate(COVERAGE):
        of_word = kinds == code
        if of_word.any():
            figure.add_bar(
                base=dates(starts[of_word]),
                x=((ends - starts)[of_word] * 1000).tolist(),  # a date axis counts milliseconds
                y=[row] * int(of_word.sum()),
                orientation="h",
                width=1 - _ROW_GAP,
                marker={"color": COLORS[word], "line": {"width": 0}},
                legendgroup=word,
                showlegend=False,
                hoverinfo="skip",
            )
    points = table.iloc[:: max(1, -(-len(table) // MAX_POINTS))]
    clock = clock_format(float(table["timestamp"].iloc[-1]))
    figure.add_scatter(
        x=dates(points["timestamp"]),
        y=[row] * len(points),
        customdata=points_in_time(points),
        text=points["coverage"].astype(str).tolist(),
        mode="markers",
        marker={"color": CLEAR, "size": 6},
        name=name,
        showlegend=False,
        hovertemplate=f"{name} at %{{x|{clock}.%1f}}: <b>%{{text}}</b><extra></extra>",
        **unchanged_by_selection(1),
    )


def without_slivers(codes: NDArray[np.int8], count: int) -> NDArray[np.int8]:
    """In long videos each stretch shows its worst sample, so that no gap gets lost."""
    if len(codes) <= count:
        return codes
    stretch = np.arange(len(codes)) * count // len(codes)
    worst = np.zeros(count, dtype=codes.dtype)
    np.maximum.at(worst, stretch, codes)
    return worst[stretch]


def runs(
    codes: NDArray[np.int8], times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """Start, end (seconds, halfway to the neighbours) and code of each run of equal samples."""
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.1
    middles = (times[1:] + times[:-1]) / 2
    edges = np.concatenate([[times[0] - half], middles, [times[-1] + half]])
    first = np.flatnonzero(np.diff(codes, prepend=-1))
    return edges[first], edges[np.append(first[1:], len(codes))], codes[first]


def _legend(figure: go.Figure, table: pd.DataFrame) -> None:
    parts = table["coverage"].value_counts(normalize=True)
    for word in COVERAGE:
        if parts[word] > 0:
            figure.add_scatter(
                x=[None],
                y=[None],
                mode="markers",
                name=f"{word} {palette.percent(parts[word])}",
                legendgroup=word,
                marker={
                    "symbol": "square",
                    "size": 12,
                    "color": COLORS[word],
                    "line": {"width": 1, "color": GREY},
                },
            )
