"""Moments by muscle: faces that the classifier calls neutral while their muscles say otherwise.

Expression classifiers learn seven labels; a pout, a frown or a tucked-in lip corner is none of
them and is called neutral with confidence. The action units see the muscles themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from facemotion import action_units
from facemotion.records import ACTION_UNITS

STRONG = 2.5
"""From this intensity on an action unit is strong: it rounds to FACS' grade C, "marked or
pronounced" (Ekman, Friesen & Hager, FACS Manual, 2002), which a person sees without searching."""

TRUSTED = ("good", "fair")
"""How reliable an action unit must be at that face to count."""

PART_OF_TALKING = ("AU25", "AU26", "AU45")
"""Parted lips, a dropped jaw and a closed eye: talking and blinking. They never count."""

NOT_ALONE = ("AU05", "AU07")
"""Wide and narrowed eyes also come from looking up, looking down and bright light. They count
beside another strong action unit and never make a moment by themselves."""

TOLD_PARTS = 3

SEEN = {
    "AU01": "inner brows raised",
    "AU02": "outer brows raised",
    "AU04": "brows lowered",
    "AU05": "eyes wide",
    "AU06": "cheeks raised",
    "AU07": "lids tightened",
    "AU09": "nose wrinkled",
    "AU10": "upper lip raised",
    "AU12": "lip corners up",
    "AU14": "lip corners tucked in",
    "AU15": "lip corners down",
    "AU17": "chin raised",
    "AU20": "lips stretched",
    "AU23": "lips tightened",
}
"""What each action unit looks like, in plain words after the names of the FACS Manual (2002)."""

CALLED: dict[frozenset[str], str] = {
    frozenset({"AU15", "AU17"}): "a pout",
    frozenset({"AU04"}): "a frown",
    frozenset({"AU04", "AU07"}): "a frown",
    frozenset({"AU04", "AU17"}): "a frown with the chin raised",
    frozenset({"AU12"}): "a smile",
    frozenset({"AU06", "AU12"}): "a smile with raised cheeks",
    frozenset({"AU01", "AU02"}): "raised eyebrows",
    frozenset({"AU14"}): "a smirk",
}
"""Exact combinations that have an everyday name; others are told by their parts."""


@dataclass(frozen=True)
class Muscular:
    """A row of the faces table whose muscles are strong, those muscles, and their intensities."""

    row: int
    face_id: int
    action_units: tuple[str, ...]
    intensities: tuple[float, ...]

    @property
    def why(self) -> str:
        """``AU15+17 at 3.1 while the classifier says neutral (a pout)``; 3.1 is their mean.

        Where the combination has no everyday name, its ``TOLD_PARTS`` strongest parts are told.
        """
        numbers = "+".join(str(int(name[2:])) for name in self.action_units)
        mean = sum(self.intensities) / len(self.intensities)
        least = sorted(self.intensities, reverse=True)[:TOLD_PARTS][-1]
        parts = zip(self.action_units, self.intensities, strict=True)
        told = [SEEN[name] for name, value in parts if value >= least][:TOLD_PARTS]
        called = CALLED.get(frozenset(self.action_units), ", ".join(told))
        return f"AU{numbers} at {mean:.1f} while the classifier says neutral ({called})"


def strong_neutrals(faces: pd.DataFrame) -> list[Muscular]:
    """The faces called neutral that have strong muscles, the most telling first.

    ``faces`` is a faces table with the index 0, 1, 2, ...; only action units count that are at
    least ``STRONG``, reliable there (``TRUSTED``) and no part of talking or blinking. More and
    stronger muscles are more telling: the order is by the sum of their intensities, with the best
    of each combination of a face before the second of any.
    """
    neutral = faces[faces["dominant_emotion"] == "neutral"]
    names = [name for name in ACTION_UNITS if name not in PART_OF_TALKING]
    trusted = action_units.reliability(neutral)[names].isin(TRUSTED).to_numpy()
    values = neutral[names].to_numpy(dtype=np.float64)
    strong = trusted & (values >= STRONG)  # False for NaN
    can_stand_alone = np.array([name not in NOT_ALONE for name in names])
    found = [
        Muscular(
            row=int(neutral.index[i]),
            face_id=int(neutral["face_id"].iat[i]),
            action_units=tuple(names[k] for k in np.flatnonzero(strong[i])),
            intensities=tuple(float(v) for v in values[i][strong[i]]),
        )
        for i in np.flatnonzero((strong & can_stand_alone).any(axis=1))
    ]
    return _varied(sorted(found, key=lambda m: (-sum(m.intensities), m.row)))


def _varied(found: list[Muscular]) -> list[Muscular]:
    """First the first of each (face, combination), then the others; each part keeps its order."""
    seen: set[tuple[int, tuple[str, ...]]] = set()
    first: list[Muscular] = []
    rest: list[Muscular] = []
    for item in found:
        kind = (item.face_id, item.action_units)
        (rest if kind in seen else first).append(item)
        seen.add(kind)
    return first + rest
