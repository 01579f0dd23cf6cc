"""``auto``: the best model that is on the disk already, and in words which and why.

Models are ordered by what was measured here, on the same pictures for all; figures that publishers
give are of other pictures, and compare with nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facemotion import models
from facemotion.errors import ModelError

if TYPE_CHECKING:
    from facemotion.records import Settings

AUTO = "auto"

_MEASURED = {
    "detector": "finds most of the faces in our test frames",
    "classifier": "agrees most often with the majority of ten raters",
}


def resolved(settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The settings with the models that "auto" leads to, and a sentence on each."""
    notes = []
    for kind in ("detector", "classifier"):
        if getattr(settings, kind) == AUTO:
            name, why = best(kind)
            settings = settings.with_changes(**{kind: name})
            notes.append(why)
    return settings, tuple(notes)


def best(kind: str) -> tuple[str, str]:
    """The name of the best detector or classifier on the disk, and why it was taken."""
    from facemotion.models.catalogue import FACTS

    here = on_disk(kind)
    known = {name: rank for name in here if (rank := FACTS[name].rank) is not None}
    name = max(known, key=lambda name: known[name])
    why = f"The {kind} is {name}: of those on this disk it {_MEASURED[kind]} ({known[name]:.1%})."
    others = [other for other in here if other not in known]
    if others:
        why += f" Not compared, since only their publishers measured them: {', '.join(others)}."
    return name, why


def on_disk(kind: str) -> list[str]:
    """The registered models of a kind whose weights are there, in the registry's order."""
    return [name for name in models.registered(kind) if _is_there(kind, name)]


def _is_there(kind: str, name: str) -> bool:
    try:
        models.backend(kind, name).weights()
    except ModelError:
        return False
    return True
