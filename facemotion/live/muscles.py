"""Action units while it runs, counted from what each person has shown so far.

A person's own neutral face is looked for again and again among the last minutes; until there is
one, the population's counts, and ``baseline`` says so. So these are provisional: a finished
analysis counts from the whole of what a person has shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion.action_units import CROP_COLUMN, LENGTHS_COLUMN, population
from facemotion.action_units.intensity import NOISE, graded
from facemotion.action_units.moves import moves
from facemotion.action_units.neutral import neutral_rows
from facemotion.action_units.reliability import AWAY_DEG, TINY_PX
from facemotion.models.normalised import HEIGHT, WIDTH
from facemotion.records import ACTION_UNITS

REMEMBERED = 600
"""Faces of a person among which the neutral one is looked for: two minutes at five a second."""

AGAIN_S = 2.0
"""How often it is looked for again."""

MOST_PEOPLE = 40
_FLOORS = dict.fromkeys(ACTION_UNITS, NOISE)
_COLUMNS = ("yaw_deg", "pitch_deg", "neutral")


@dataclass
class _Person:
    evidence: deque[tuple[float, float, float, NDArray[np.float32], NDArray[np.uint8]]] = field(
        default_factory=lambda: deque(maxlen=REMEMBERED)
    )
    neutral: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    looked_at_s: float = -np.inf
    seen_at_s: float = 0.0


class Muscles:
    """Reads the intensities of one face after the other."""

    def __init__(self) -> None:
        self._people: dict[int, _Person] = {}

    def read(self, face_id: int, time_s: float, row: Mapping[str, Any]) -> dict[str, Any]:
        """The action units of a measured row, NaN where they cannot be told, and ``baseline``."""
        person = self._people.setdefault(face_id, _Person())
        person.seen_at_s = time_s
        self._forget()
        lengths = np.frombuffer(row[LENGTHS_COLUMN], dtype=np.float32)
        front = np.frombuffer(row[CROP_COLUMN], dtype=np.uint8).reshape(HEIGHT, WIDTH)
        person.evidence.append((*(float(row[name]) for name in _COLUMNS), lengths, front))  # type: ignore[arg-type]  # three of them
        if time_s - person.looked_at_s >= AGAIN_S or person.neutral is None:
            person.looked_at_s = time_s
            person.neutral = _neutral(person) or person.neutral
        kind = "population" if person.neutral is None else "own"
        turn = max(abs(row["yaw_deg"]), abs(row["pitch_deg"]))
        if turn > AWAY_DEG or min(row["w"], row["h"]) < TINY_PX:
            return {**dict.fromkeys(ACTION_UNITS, np.nan), "baseline": kind}
        if person.neutral is None:
            moved = moves(lengths[None], population.NEUTRAL, None, None)
            units = graded(moved, population.SPREAD)[0]
        else:
            moved = moves(lengths[None], person.neutral[0], front[None], person.neutral[1])
            units = graded(moved, _FLOORS)[0]
        return {**dict(zip(ACTION_UNITS, map(float, units), strict=True)), "baseline": kind}

    def _forget(self) -> None:
        """The person not seen for longest, when there are many."""
        if len(self._people) > MOST_PEOPLE:
            del self._people[min(self._people, key=lambda who: self._people[who].seen_at_s)]


def _neutral(person: _Person) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """The lengths and the picture of a person's neutral face, None when nothing tells."""
    told = pd.DataFrame([item[:3] for item in person.evidence], columns=list(_COLUMNS))
    lengths = np.stack([item[3] for item in person.evidence])
    rows = neutral_rows(told, lengths)
    if rows is None:
        return None
    fronts = np.stack([person.evidence[int(row)][4] for row in rows])
    return np.median(lengths[rows], axis=0), fronts.mean(axis=0, dtype=np.float32)
