"""All lanes as one figure on one axis of time, so that they are zoomed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves
from facemotion.charts import people as who
from facemotion.charts.lanes import detail, events, legend, strip, traces
from facemotion.charts.lanes.choice import (
    CAPTIONS,
    COVERAGE,
    EMOTION,
    EVENTS,
    LaneChoice,
    Window,
)
from facemotion.charts.lanes.layout import Row, domains, laid_out, y_axis
from facemotion.charts.lanes.lines import Lane, Measured, lanes_of
from facemotion.charts.people import Person
from facemotion.charts.style import NO_FACE, message
from facemotion.markers import Marker
from facemotion.records import Caption, Moment

NOTHING = "None of these lanes has anything to show. Choose others."

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
    placed = zip(rows, domains(rows), strict=True)
    events_at = [domain for row, domain in placed if row.is_events]
    return Drawn(_figure(given, rows), most, events_at[0] if events_at else None)


def _rows(given: _Given) -> tuple[list[Row], int]:
    """The lanes that have something in them, and how many samples each of their lines has."""
    choice = given.choice
    special = {EVENTS: _events, COVERAGE: _coverage, CAPTIONS: _captions}
    measured = Measured(given.faces, given.samples, given.people, choice)
    found: list[Callable[[str], Row | None] | Lane] = []
    for kind in choice.lanes:
        if kind in special:
            found.append(partial(special[kind], given))
        else:
            found += lanes_of(kind, measured, choice)
    n_lines = sum(len(lane.lines) for lane in found if isinstance(lane, Lane))
    most = len(given.samples) if choice.every_sample else detail.rows_each(n_lines)
    rows: list[Row] = []
    for lane in found:
        place = y_axis(len(rows))
        row = _values(given, lane, place, most) if isinstance(lane, Lane) else lane(place)
        rows += [] if row is None else [row]
    return rows, most


def _values(given: _Given, lane: Lane, place: str, most: int) -> Row:
    choice, scale = given.choice, lane.scale
    columns = [line.column for line in lane.lines]
    keep = {moment.frame_index for moment in given.happening.moments}
    table = detail.drawn(lane.table, columns, most, choice.window_s, keep)
    content = traces.of_lane(lane, table, place, webgl=choice.every_sample)
    if lane.is_emotions:
        content += traces.symbols(lane, place, given.sight_s)
    thresholds: tuple[float, ...] = ()
    if choice.threshold is not None and choice.threshold[0] == scale.name:
        value = choice.threshold[1]
        thresholds = (-value, value) if scale.is_angle else (value,)
    y = {"range": [scale.low, scale.high], "tickvals": scale.ticks, "ticktext": scale.texts}
    return Row(lane.title, lane.height_px, y, content, () if lane.is_stacked else thresholds)


def _events(given: _Given, place: str) -> Row | None:
    moments, marks = given.happening.moments, given.happening.marks
    if not moments and not marks:
        return None
    rows = bool(marks) + events.moments_rows(moments)
    content = [events.marks_trace(marks, place)] if marks else []
    if moments:
        name_faces = len(given.people) > 1
        trace = events.moments_trace(moments, place, bool(marks), name_faces=name_faces)
        content.append(trace)
    title = " and ".join(["<b>Moments</b>"] * bool(moments) + ["<b>marks</b>"] * bool(marks))
    y = {"range": [-0.5, rows - 0.5], **_BARE}
    return Row(title, rows * events.ROW_PX, y, content, is_events=True)


def _coverage(given: _Given, place: str) -> Row | None:
    content = strip.traces(given.covered, given.people, place)
    n = len(content)
    y = {"range": [n - 0.5, -0.5], **_BARE}
    return Row(strip.title(given.covered), n * strip.STRIP_PX, y, content)


def _captions(given: _Given, place: str) -> Row | None:
    captions = given.happening.captions
    if not captions:
        return None
    content = events.captions_traces(captions, place, given.sight_s)
    y = {"range": [-0.5, 0.5], **_BARE}
    return Row("<b>Captions</b>", events.CAPTIONS_PX, y, content)


def _figure(given: _Given, rows: Sequence[Row]) -> go.Figure:
    marks = events.mark_lines(given.happening.marks)
    return go.Figure(
        [trace for row in rows for trace in row.content] + _legend(given),
        laid_out(rows, given.whole_s, given.choice.window_s, marks),
    )


def _legend(given: _Given) -> list[dict[str, Any]]:
    lanes = given.choice.lanes
    entries = legend.of_emotions() if EMOTION in lanes else []
    if len(given.people) > 1 and set(lanes) - {EVENTS, EMOTION, COVERAGE, CAPTIONS}:
        entries += legend.of_people(given.people)
    return entries
