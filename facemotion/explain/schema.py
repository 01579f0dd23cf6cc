"""What Claude must answer with: a closed form, which nothing in a video can widen."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Unit = Literal[
    "AU01",
    "AU02",
    "AU04",
    "AU05",
    "AU06",
    "AU07",
    "AU09",
    "AU10",
    "AU12",
    "AU14",
    "AU15",
    "AU17",
    "AU20",
    "AU23",
    "AU25",
    "AU26",
    "AU45",
]
"""``records.ACTION_UNITS``: what is measured here, so that what is cited can be checked."""

Expression = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Citation(_Closed):
    """One action unit that is seen, and what is seen of it."""

    action_unit: Unit
    evidence: Annotated[str, Field(max_length=300)]


class Judgement(_Closed):
    """The answer for one face; ``expression`` counts only where ``cannot_tell`` is false."""

    id: Annotated[str, Field(max_length=40)]
    cannot_tell: bool
    expression: Expression
    confidence: Annotated[float, Field(ge=0, le=1)]
    citations: Annotated[list[Citation], Field(max_length=17)]
    explanation: Annotated[str, Field(max_length=1200)]


class Answer(_Closed):
    """The answer to one request: a judgement for each face that it asked about."""

    judgements: list[Judgement]


LEAST_SIDE = 0.01
"""A box that is narrower or lower than this part of its picture holds no face."""
MOST_FACES = 10

Fraction = Annotated[float, Field(ge=0, le=1)]


class Box(_Closed):
    """Where a face is, in fractions of the picture: 0, 0 is top left and 1, 1 bottom right."""

    left: Fraction
    top: Fraction
    right: Fraction
    bottom: Fraction
    confidence: Fraction

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.right - self.left < LEAST_SIDE or self.bottom - self.top < LEAST_SIDE:
            raise ValueError("a box without area")
        return self


class Found(_Closed):
    """The faces in one picture; ``no_face`` is said outright, so that none is never an accident."""

    id: Annotated[str, Field(max_length=40)]
    no_face: bool
    faces: Annotated[list[Box], Field(max_length=MOST_FACES)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.no_face == bool(self.faces):
            raise ValueError("no_face and the faces contradict each other")
        return self


class Finds(_Closed):
    """The answer to one request: what is in each picture that it showed."""

    pictures: list[Found]
