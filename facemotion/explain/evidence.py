"""What the measured muscles say about a claim: borne out, contradicted, or beyond measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from facemotion.action_units import PRESENT_FROM
from facemotion.explain.knowledge import PROTOTYPES, opposed
from facemotion.records import ACTION_UNITS, Moment

Mark = Literal["supported", "contradicted", "not measured"]

ABSENT_BELOW = 0.5
"""Below this intensity a unit is not there; between it and a trace (1) nothing can be said."""


@dataclass(frozen=True)
class Fit:
    """How far a face shows the prototype of an emotion.

    ``here``, ``missing`` and ``unknown`` part its core units; ``more`` are its other units that are
    there, ``against`` those that belong to another emotion and can be relied on. ``is_whole`` is
    whether so much of the core is there as it takes.
    """

    emotion: str
    here: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    more: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        prototype = PROTOTYPES[self.emotion]
        return len(self.here) >= prototype.needs and set(prototype.must) <= set(self.here)


def intensities(moment: Moment) -> dict[str, float]:
    """The action units that can be measured on this face, 0..5."""
    measured = moment.action_units or (None,) * len(ACTION_UNITS)
    return {
        unit: value for unit, value in zip(ACTION_UNITS, measured, strict=True) if value is not None
    }


def mark(moment: Moment, unit: str) -> Mark:
    """What is to be said to the claim that a unit is there on this face.

    A weakly reliable unit can bear a claim out but not contradict it: it is easily missed.
    """
    value = intensities(moment).get(unit)
    if value is None:
        return "not measured"
    if value >= PRESENT_FROM:
        return "supported"
    is_absent = value < ABSENT_BELOW and is_trusted(moment, unit)
    return "contradicted" if is_absent else "not measured"


def is_trusted(moment: Moment, unit: str) -> bool:
    """Whether an action unit is good or fair on this face."""
    words = moment.reliability or ("good",) * len(ACTION_UNITS)
    return words[ACTION_UNITS.index(unit)] in ("good", "fair")


def fit(moment: Moment, emotion: str) -> Fit:
    """How the measured muscles of a face fit the prototype of an emotion (not of neutral)."""
    measured, prototype = intensities(moment), PROTOTYPES[emotion]
    there = {unit for unit, value in measured.items() if value >= PRESENT_FROM}
    others = [unit for unit in there & opposed(emotion) if is_trusted(moment, unit)]
    against = sorted(others, key=lambda unit: -measured[unit])
    return Fit(
        emotion,
        here=tuple(unit for unit in prototype.core if unit in there),
        missing=tuple(u for u in prototype.core if u in measured and u not in there),
        unknown=tuple(u for u in prototype.core if u not in measured),
        more=tuple(unit for unit in prototype.more if unit in there),
        against=tuple(against),
    )
