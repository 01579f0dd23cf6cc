"""What can be asked of the tables: the parameters of each query, closed and bounded.

The same forms are the tools that a language model is given and the filters of the dashboard. A
person is a name or a number; which there are is known only to a table (``query_rows``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import CoreSchema, core_schema

from facemotion.records import ACTION_UNITS, EMOTIONS

MAX_ROWS = 50
_LONGEST_S = 7 * 24 * 3600.0

_UNIT = ("contempt", "expressiveness", "sharpness", "confidence")
_SIGNED = ("valence", "arousal")
_ANGLES = ("pitch_deg", "yaw_deg", "roll_deg", "gaze_pitch_deg", "gaze_yaw_deg")

LIMITS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(EMOTIONS, (0.0, 1.0)),
    **dict.fromkeys(_SIGNED, (-1.0, 1.0)),
    **dict.fromkeys(ACTION_UNITS, (0.0, 5.0)),
    **dict.fromkeys(_ANGLES, (-180.0, 180.0)),
    **dict.fromkeys(_UNIT, (0.0, 1.0)),
}
"""The columns of the faces table that can be asked for, and where their values lie."""

MEASURES = tuple(LIMITS)
TIME = "time_s"
COMPARED = (*EMOTIONS, *_SIGNED)


@dataclass(frozen=True)
class _OneOf:
    """A closed list of words whose members stand in a tuple elsewhere."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.literal_schema(list(self.names))


Measure = Annotated[
    str,
    _OneOf(MEASURES),
    Field(
        description="An emotion (probability 0..1), valence or arousal (-1..1), an action unit "
        "(intensity 0..5, present from 1), an angle in degrees (right and up are positive), "
        "contempt, expressiveness, sharpness or detector confidence (0..1)."
    ),
]
Side = Annotated[
    Literal["at least", "at most"],
    Field(description="On which side of the threshold the value has to be."),
]
Threshold = Annotated[
    float, Field(ge=-180, le=180, description="The value to compare with, on the measure's scale.")
]
Person = Annotated[
    str,
    Field(max_length=60, description='A name, or a face_id as text such as "3"; "" for everyone.'),
]
Start = Annotated[
    float, Field(ge=0, le=_LONGEST_S, description="Seconds on the video's clock from which on.")
]
End = Annotated[
    Annotated[float, Field(ge=0, le=_LONGEST_S)] | None,
    Field(description="Seconds on the video's clock up to which; null for the end."),
]
Limit = Annotated[
    int, Field(ge=1, le=MAX_ROWS, description="At most so many rows; it is told how many there are")
]


class Form(BaseModel):
    """The parameters of a query; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Condition(Form):
    """A measure on one side of a threshold."""

    measure: Measure
    side: Side = "at least"
    threshold: Threshold


class Part(Form):
    """A person, or everyone, in a range of time."""

    person: Person = ""
    start_s: Start = 0.0
    end_s: End = None


class FindFaces(Part):
    """Single faces, one row per face and analysed frame, that meet all conditions."""

    conditions: Annotated[
        tuple[Condition, ...],
        Field(max_length=3, strict=False, description="All of these must hold; none: every face."),
    ] = ()
    sort_by: Annotated[
        str,
        _OneOf((TIME, *MEASURES)),
        Field(description="What the rows are sorted by before the first ones are taken."),
    ] = TIME
    descending: Annotated[bool, Field(description="Sort from high to low.")] = False
    columns: Annotated[
        tuple[Measure, ...],
        Field(max_length=12, strict=False, description="Further measures to show in each row."),
    ] = ()
    limit: Limit = 20


class FindStretches(Part):
    """Stretches of time in which a person's measure stays on one side of a threshold: start, end,
    seconds, mean, and the time of the peak."""

    measure: Measure
    side: Side = "at least"
    threshold: Threshold
    at_least_s: Annotated[
        float, Field(ge=0, le=_LONGEST_S, description="Shorter stretches are left out, in seconds.")
    ] = 1.0
    limit: Limit = 20


class Summarise(Part):
    """Per person, one row for each emotion: share of the seen time in which it dominates, mean,
    its strongest moment (time_s); and seen seconds, mean valence and arousal of the person."""


class Compare(Form):
    """The means of two persons, or of two ranges of time, and the difference first - second; time_s
    is where the measure is highest on the side that has more of it."""

    first: Annotated[Part, Field(description="One side.")]
    second: Annotated[Part, Field(description="The other side.")]
    measures: Annotated[
        tuple[Measure, ...],
        Field(min_length=1, max_length=20, strict=False, description="What is compared."),
    ] = COMPARED


class FindCaptions(Form):
    """Captions that contain all of some words, or that are shown in a range of time, with what each
    face that was seen meanwhile showed most."""

    words: Annotated[
        str, Field(max_length=200, description='Words that a line must contain; "" for any line.')
    ] = ""
    start_s: Start = 0.0
    end_s: End = None
    limit: Limit = 20


class ListMoments(Part):
    """The moments that were chosen as telling, with their emotion and why they were chosen."""

    limit: Limit = 20
