"""The measured values as lanes of lines: which lines, on which scale, in which colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from facemotion import curves, palette
from facemotion.charts import units
from facemotion.charts.lanes import scales
from facemotion.charts.lanes.choice import (
    AFFECT,
    EMOTION,
    EXPRESSIVENESS,
    GAZE,
    HEAD,
    UNITS,
    LaneChoice,
)
from facemotion.charts.lanes.scales import Scale
from facemotion.charts.people import Person
from facemotion.records import EMOTIONS

N_STRONGEST = 3
"""So many action units have a lane when none are chosen."""

_EMOTIONS_PX, _EACH_PX = 140, 96
_STROKES = {"solid": "―", "dash": "╌╌", "dot": "┈┈"}
_TITLES = {
    "expressiveness": "<b>Expressiveness</b>",
    "valence": "<b>Valence</b>",
    "arousal": "<b>Arousal</b>",
    "yaw_deg": "<b>Head yaw</b> to the picture's right",
    "pitch_deg": "<b>Head pitch</b> upwards",
    "roll_deg": "<b>Head roll</b> clockwise",
    "gaze_yaw_deg": "<b>Gaze</b> to the picture's right",
    "gaze_pitch_deg": "<b>Gaze</b> upwards",
}
_COLUMNS = {
    EMOTION: EMOTIONS,
    EXPRESSIVENESS: ("expressiveness",),
    AFFECT: ("valence", "arousal"),
    HEAD: ("yaw_deg", "pitch_deg", "roll_deg"),
    GAZE: ("gaze_yaw_deg", "gaze_pitch_deg"),
}
_TOGETHER = {AFFECT: "Affect", HEAD: "Head", GAZE: "Gaze"}


@dataclass(frozen=True)
class Line:
    """One value over time: its column in the lane's table, its name, and how it is drawn."""

    column: str
    name: str
    color: str
    group: str = ""
    dash: str = "solid"
    width: float = 1.8


@dataclass(frozen=True)
class Lane:
    """Some lines on one scale; ``table`` has a row per sample: frame, timestamp, their columns."""

    title: str
    scale: Scale
    lines: tuple[Line, ...]
    table: pd.DataFrame
    height_px: int
    is_emotions: bool = False
    is_stacked: bool = False


class Measured:
    """The curves of some people: each is made once, with all the columns that any lane needs."""

    def __init__(
        self,
        faces: pd.DataFrame,
        samples: pd.DataFrame,
        people: Sequence[Person],
        choice: LaneChoice,
    ) -> None:
        self.faces, self.samples, self.people = faces, samples, people
        wanted = [c for kind in choice.lanes for c in _columns(kind, faces, choice)]
        # A value that nobody has makes no lane.
        known = [c for c in dict.fromkeys(wanted) if faces[c].notna().any()]
        self.columns = frozenset(known)
        self.curves = [curves.face_curve(faces, samples, p.face_id, known) for p in people]


def lanes_of(kind: str, measured: Measured, choice: LaneChoice) -> list[Lane]:
    """The lanes of one kind; a value that nobody has is left out."""
    if kind == EMOTION:
        return _emotions(measured, choice)
    columns = [c for c in _columns(kind, measured.faces, choice) if c in measured.columns]
    if not columns:
        return []
    people = measured.people
    scale = _scale(kind, measured.faces, columns)
    if len(people) == 1 and kind in _TOGETHER:
        return [_together(_TOGETHER[kind], scale, people[0], measured.curves[0], columns)]
    return [_of_people(column, scale, people, measured.curves) for column in columns]


def _columns(kind: str, faces: pd.DataFrame, choice: LaneChoice) -> Sequence[str]:
    if kind == UNITS:
        return choice.units or units.strongest(faces, choice.face_id, N_STRONGEST)
    return _COLUMNS.get(kind, ())


def _scale(kind: str, faces: pd.DataFrame, columns: Sequence[str]) -> Scale:
    if kind in (HEAD, GAZE):
        return scales.angle(faces, columns)
    return {EXPRESSIVENESS: scales.SHARE, AFFECT: scales.SIGNED, UNITS: scales.INTENSITY}[kind]


def _of_people(
    column: str, scale: Scale, people: Sequence[Person], curves_of: Sequence[pd.DataFrame]
) -> Lane:
    """One value, a line per person."""
    own = {
        f"of {person.face_id}": curve[column]
        for person, curve in zip(people, curves_of, strict=True)
    }
    lines = tuple(
        Line(name, person.name, person.color, f"face {person.face_id}")
        for name, person in zip(own, people, strict=True)
    )
    title = _TITLES.get(column) or f"<b>{column}</b> {units.name(column)}"
    table = curves_of[0][["frame", "timestamp"]].assign(**own)
    return Lane(title, scale, lines, table, scale.height_px)


def _together(
    title: str, scale: Scale, person: Person, curve: pd.DataFrame, columns: Sequence[str]
) -> Lane:
    """Two or three values of one person, told apart by their dashes and colours."""
    colors = (person.color, palette.ACCENT, palette.OTHER_COLOR)
    lines = tuple(
        Line(column, column.removesuffix("_deg").removeprefix("gaze_"), color, dash=dash)
        for column, color, dash in zip(columns, colors, _STROKES, strict=False)
    )
    listed = ", ".join(f"{line.name} {_STROKES[line.dash]}" for line in lines)
    return Lane(f"<b>{title}</b> {listed}", scale, lines, curve, scale.height_px)


def _emotions(measured: Measured, choice: LaneChoice) -> list[Lane]:
    """One lane of the mean, or one for each person."""
    people = measured.people
    whose = [
        (f"<b>Emotions</b> of {p.name}", c) for p, c in zip(people, measured.curves, strict=True)
    ]
    if len(people) > 1 and not choice.each_person:
        mean = curves.face_curve(measured.faces, measured.samples)
        whose = [("<b>Emotions</b> mean of all faces", mean)]
    height_px = _EMOTIONS_PX if len(whose) == 1 else _EACH_PX
    lines = tuple(_emotion_line(emotion) for emotion in EMOTIONS)
    return [
        Lane(title, scales.SHARE, lines, curve, height_px, True, choice.is_stacked)
        for title, curve in whose
    ]


def _emotion_line(emotion: str) -> Line:
    name, color = f"{palette.glyph(emotion)} {emotion}", palette.color(emotion)
    return Line(emotion, name, color, emotion, width=1.4 if emotion == "neutral" else 1.9)
