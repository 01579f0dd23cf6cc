"""All lanes as one figure on one axis of time, so that they are zoomed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves, palette
from facemotion.charts import people as who
from facemotion.charts.lanes import axis, detail, events, legend, strip, traces
from facemotion.charts.lanes.choice import (
    CAPTIONS,
    COVERAGE,
    EMOTION,
    EVENTS,
    LaneChoice,
    Window,
)
from facemotion.charts.lanes.lines import Lane, Measured, lanes_of
from facemotion.charts.people import Person
from facemotion.charts.style import CLEAR, FAINT, GREY, NO_FACE, layout, message
from facemotion.markers import Marker
from facemotion.records import Caption, Moment

NOTHING = "None of these lanes has anything to show. Choose others."

_GAP_PX, _FOOT_PX, _LEGEND_PX, _LEFT_PX, _RIGHT_PX = 22, 28, 34, 46, 12
_MESSAGE_PX = 160
_BARE = {"showticklabels": False, "showgrid": False}


@dataclass(frozen=True)
class Happening:
    """What happens in a video besides what was measured on faces."""

    moments: Sequence[Moment] = ()
    marks: Sequence[Marker] = ()
    captions: Sequence[Caption] = ()


@dataclass(frozen=True)
class Drawn:
    """The figure; of how many samples its lines are made at most; where its lane of events is.

    ``events_at`` are the lower and the upper edge of that lane as parts of the chart's height.
    """

    figure: go.Figure
    most: int
    events_at: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Row:
    """One lane, laid out: its title, what its y axis is like, and what is drawn on it."""

    title: str
    height_px: int
    axis: dict[str, Any]
    content: list[dict[str, Any]]
    thresholds: tuple[float, ...] = ()
    is_events: bool = False


@dataclass(frozen=True)
class _Given:
    """All that is to be drawn, with the people and the times that it is about."""

    faces: pd.DataFrame
    samples: pd.DataFrame
    happening: Happening
    choice: LaneChoice
    people: list[Person]
    whole_s: Window

    @cached_property
    def covered(self) -> list[pd.DataFrame]:
        """Where each person could be measured well."""
        return [curves.coverage(self.faces, self.samples, p.face_id) for p in self.people]

    @property
    def sight_s(self) -> Window:
        return self.choice.window_s or self.whole_s


def lanes_figure(
    faces: pd.DataFrame, samples: pd.DataFrame, happening: Happening, choice: LaneChoice
) -> Drawn:
    """The chosen lanes, from top to bottom; one without anything in it is left out.

    It is the same figure whatever time is looked at: it has no cursor. On its axis the time is in
    milliseconds (``axis.from_axis``).
    """
    people = who.shown(faces, choice.face_id)
    if samples.empty or not people:
        return Drawn(message(NO_FACE, _MESSAGE_PX), len(samples))
    times = samples["timestamp"]
    whole_s = (float(times.min()), float(times.max()))
    own = [m for m in happening.moments if choice.face_id in (None, m.face_id)]
    happening = Happening(own, happening.marks, happening.captions)
    mine = curves.of_face(faces, choice.face_id)
    given = _Given(mine, samples, happening, choice, people, whole_s)
    rows, most = _rows(given)
    if not rows:
        return Drawn(message(NOTHING, _MESSAGE_PX), most)
    figure = _figure(given, rows)
    return Drawn(figure, most, _place_of_events(rows, figure))


def _rows(given: _Given) -> tuple[list[_Row], int]:
    """The lanes that have something in them, and how many samples each of their lines has."""
    choice = given.choice
    special = {EVENTS: _events, COVERAGE: _coverage, CAPTIONS: _captions}
    measured = Measured(given.faces, given.samples, given.people, choice)
    found: list[Callable[[str], _Row | None] | Lane] = []
    for kind in choice.lanes:
        if kind in special:
            found.append(partial(special[kind], given))
        else:
            found += lanes_of(kind, measured, choice)
    n_lines = sum(len(lane.lines) for lane in found if isinstance(lane, Lane))
    most = len(given.samples) if choice.every_sample else detail.rows_each(n_lines)
    rows: list[_Row] = []
    for lane in found:
        y_axis = f"y{len(rows) + 1}" if rows else "y"
        row = _values(given, lane, y_axis, most) if isinstance(lane, Lane) else lane(y_axis)
        rows += [row] if row is not None else []
    return rows, most


def _values(given: _Given, lane: Lane, y_axis: str, most: int) -> _Row:
    choice, scale = given.choice, lane.scale
    columns = [line.column for line in lane.lines]
    keep = {moment.frame_index for moment in given.happening.moments}
    table = detail.drawn(lane.table, columns, most, choice.window_s, keep)
    content = traces.of_lane(lane, table, y_axis, webgl=choice.every_sample)
    if columns[0] == lane.lines[0].group:  # the emotions, each of which is a group
        content += traces.symbols(lane, y_axis, given.sight_s)
    thresholds: tuple[float, ...] = ()
    if choice.threshold is not None and choice.threshold[0] == scale.name:
        value = choice.threshold[1]
        thresholds = (-value, value) if scale.is_angle else (value,)
    y = {"range": [scale.low, scale.high], "tickvals": scale.ticks, "ticktext": scale.texts}
    return _Row(lane.title, lane.height_px, y, content, () if lane.is_stacked else thresholds)


def _events(given: _Given, y_axis: str) -> _Row | None:
    moments, marks = given.happening.moments, given.happening.marks
    if not moments and not marks:
        return None
    rows = bool(marks) + events.moments_rows(moments)
    content = [events.marks_trace(marks, y_axis)] if marks else []
    if moments:
        name_faces = len(given.people) > 1
        trace = events.moments_trace(moments, y_axis, bool(marks), name_faces=name_faces)
        content.append(trace)
    title = "<b>Moments</b>" + (" and your <b>marks</b>" if marks else "")
    y = {"range": [-0.5, rows - 0.5], **_BARE}
    return _Row(title, rows * events.ROW_PX, y, content, is_events=True)


def _coverage(given: _Given, y_axis: str) -> _Row | None:
    content = strip.traces(given.covered, given.people, y_axis)
    n = len(content)
    y = {"range": [n - 0.5, -0.5], **_BARE}
    return _Row(strip.title(given.covered), n * strip.STRIP_PX, y, content)


def _captions(given: _Given, y_axis: str) -> _Row | None:
    captions = given.happening.captions
    if not captions:
        return None
    first, last = given.sight_s
    in_sight = sum(c.end_s >= first and c.start_s <= last for c in captions)
    written = in_sight <= events.MAX_WRITTEN
    content = events.captions_traces(captions, y_axis, written=written)
    y = {"range": [-0.5, 0.5], **_BARE}
    return _Row("<b>Captions</b>", events.CAPTIONS_PX, y, content)


def _figure(given: _Given, rows: Sequence[_Row]) -> go.Figure:
    inside_px = sum(row.height_px for row in rows) + _GAP_PX * (len(rows) - 1)
    head_px = _GAP_PX + _LEGEND_PX
    axes, titles, shapes = _laid_out(rows, inside_px)
    foot = f"y{len(rows)}" if len(rows) > 1 else "y"
    return go.Figure(
        [trace for row in rows for trace in row.content] + _legend(given),
        {
            **layout(inside_px + head_px + _FOOT_PX),
            **axes,
            "xaxis": axis.shared(given.whole_s, given.choice.window_s, foot),
            "annotations": titles,
            "shapes": shapes + events.mark_lines(given.happening.marks),
            "margin": {"l": _LEFT_PX, "r": _RIGHT_PX, "t": head_px, "b": _FOOT_PX},
            "hovermode": "x unified",
            "dragmode": "zoom",
            "uirevision": str(given.choice.window_s),
            "barmode": "overlay",
            "uniformtext": {"mode": "hide", "minsize": 11},
            "modebar": {"bgcolor": CLEAR, "color": GREY, "activecolor": palette.ACCENT},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1 + _GAP_PX / inside_px,
                "yanchor": "bottom",
            },
        },
    )


def _place_of_events(rows: Sequence[_Row], figure: go.Figure) -> tuple[float, float] | None:
    for number, row in enumerate(rows, start=1):
        if row.is_events:
            low, high = figure.layout[f"yaxis{number if number > 1 else ''}"].domain
            return float(low), float(high)
    return None


def _laid_out(
    rows: Sequence[_Row], inside_px: int
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The y axes, one below the other, their titles, and the dashed lines of the threshold."""
    axes: dict[str, Any] = {}
    titles, shapes = [], []
    top_px = inside_px
    line = {"color": GREY, "width": 1, "dash": "dash"}
    for number, row in enumerate(rows, start=1):
        suffix = str(number) if number > 1 else ""
        low, high = (top_px - row.height_px) / inside_px, top_px / inside_px
        axes[f"yaxis{suffix}"] = {
            "domain": [max(low, 0.0), min(high, 1.0)],
            "anchor": "x",
            "fixedrange": True,
            "zeroline": False,
            "ticks": "",
            "gridcolor": FAINT,
            **row.axis,
        }
        titles.append(
            {
                "text": row.title,
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": high,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12.5},
            }
        )
        shapes += [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "yref": f"y{suffix}",
                "y0": value,
                "y1": value,
                "line": line,
            }
            for value in row.thresholds
        ]
        top_px -= row.height_px + _GAP_PX
    return axes, titles, shapes


def _legend(given: _Given) -> list[dict[str, Any]]:
    lanes = given.choice.lanes
    entries = legend.of_emotions() if EMOTION in lanes else []
    if len(given.people) > 1 and set(lanes) - {EVENTS, EMOTION, COVERAGE, CAPTIONS}:
        entries += legend.of_people(given.people)
    return entries
