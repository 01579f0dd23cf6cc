"""What Claude must answer with: a closed form, which nothing in a video can widen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
