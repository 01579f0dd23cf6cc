"""What the narrator knows: what each muscle does to a face, and which muscles make an expression.

Muscles are in ``action_units.TABLE``. The combinations are the prototypes of EMFACS and of the FACS
Investigator's Guide (Ekman, Friesen and Hager, 2002, chapter 12, table 1), cut down to the units
that are measured here; contempt is after Ekman and Friesen (1986), "A new pan-cultural facial
expression of emotion", Motivation and Emotion 10, 159-168. They are how prototypes look that people
agree on, not how feelings must look (Barrett et al., 2019, doi:10.1177/1529100619832930).
"""

from __future__ import annotations

from dataclasses import dataclass

DOES = {
    "AU01": "raises the inner brows",
    "AU02": "raises the outer brows",
    "AU04": "lowers the brows and draws them together",
    "AU05": "lifts the upper lids",
    "AU06": "lifts the cheeks",
    "AU07": "tightens the lids",
    "AU09": "wrinkles the nose",
    "AU10": "lifts the upper lip",
    "AU12": "pulls the lip corners up",
    "AU14": "tucks the lip corners in",
    "AU15": "pulls the lip corners down",
    "AU17": "pushes the chin up",
    "AU20": "stretches the lips sideways",
    "AU23": "tightens the lips",
    "AU25": "parts the lips",
    "AU26": "drops the jaw",
    "AU45": "closes the eyes",
}
"""What one sees when a unit is there; after the names in the FACS Manual (2002)."""

NOUNS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "a neutral face",
    "contempt": "contempt",
}


@dataclass(frozen=True)
class Prototype:
    """The units of an expression: its ``core``, and ``more`` that may come with it.

    A face shows it when ``must`` and at least ``needs`` units of the core are there: the guide's
    major variants lack one or the other.
    """

    core: tuple[str, ...]
    needs: int
    more: tuple[str, ...] = ()
    must: tuple[str, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        return (*self.core, *self.more)


PROTOTYPES: dict[str, Prototype] = {
    "angry": Prototype(("AU04", "AU05", "AU07", "AU23"), 3, ("AU10", "AU17", "AU25", "AU26")),
    "disgust": Prototype(("AU09", "AU10"), 1, ("AU06", "AU07", "AU15", "AU17", "AU25", "AU26")),
    "fear": Prototype(("AU01", "AU02", "AU04", "AU05"), 3, ("AU20", "AU25", "AU26")),
    "happy": Prototype(("AU06", "AU12"), 1, ("AU25", "AU26"), must=("AU12",)),
    "sad": Prototype(("AU01", "AU04", "AU15"), 2, ("AU06", "AU07", "AU17", "AU25", "AU26")),
    "surprise": Prototype(("AU01", "AU02", "AU05", "AU26"), 3, ("AU25",)),
}
"""By emotion. AU06 and AU07 in disgust and AU07 in sadness are what the nose and the lids bring
along; AU11, AU16, AU22 and AU24 are not measured."""

NO_SIGN = ("AU25", "AU26", "AU45")
"""Talking and blinking: they may belong to an expression and are never evidence against one."""


def opposed(emotion: str) -> frozenset[str]:
    """The units that speak against an emotion: core of another one and no part of its own."""
    own = PROTOTYPES[emotion].units if emotion in PROTOTYPES else ()
    others = (p.core for name, p in PROTOTYPES.items() if name != emotion)
    return frozenset(unit for core in others for unit in core) - set(own) - set(NO_SIGN)


def owners(unit: str) -> list[str]:
    """The emotions whose core a unit belongs to."""
    return [name for name, prototype in PROTOTYPES.items() if unit in prototype.core]


def numbers(units: tuple[str, ...]) -> str:
    """``AU6+12``, as FACS writes a combination."""
    return "AU" + "+".join(str(int(unit[2:])) for unit in units)
