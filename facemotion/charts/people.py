"""Who is in a chart, and in which colour."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from facemotion import curves, palette
from facemotion.charts.style import plain

MAX_PEOPLE = len(palette.PEOPLE)
"""One chart shows at most so many people, those seen longest: more could not be told apart."""


@dataclass(frozen=True)
class Person:
    """One person of a chart: the name as Plotly may print it, and the colour."""

    face_id: int
    name: str
    color: str


def shown(faces: pd.DataFrame, face_id: int | None = None) -> list[Person]:
    """The people of a chart, the one seen longest first; ``face_id`` takes that one only.

    The colour follows from the rank in the whole table, so that a person keeps it when others are
    hidden.
    """
    names = faces.drop_duplicates("face_id").set_index("face_id")["person"]
    everybody = [
        Person(track.face_id, plain(str(names[track.face_id])), palette.person_color(rank))
        for rank, track in enumerate(curves.face_tracks(faces))
    ]
    if face_id is not None:
        return [person for person in everybody if person.face_id == face_id]
    return everybody[:MAX_PEOPLE]


def said(people: list[Person], faces: pd.DataFrame) -> str:
    """Who is shown, for the text beside a chart: ``Anna and Face 2 (2 of 9 people)``."""
    names = [person.name for person in people]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    total = faces["face_id"].nunique()
    return listed if total <= len(people) else f"{listed} ({len(people)} of {total} people)"
