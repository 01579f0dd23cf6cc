"""The table of models: what is known about each one that is registered, and what is on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facemotion import models
from facemotion.cache import megabytes
from facemotion.errors import ModelError
from facemotion.models import files, store
from facemotion.models.facts import FACTS, UNKNOWN, Facts

__all__ = ["FACTS", "Facts", "ModelEntry", "catalogue"]

KINDS = ("detector", "mesh", "classifier", "embedder")


@dataclass(frozen=True)
class ModelEntry:
    """One line of the table of models; see ``Facts`` for what is copied from there.

    ``on_disk`` is "yes" or "no"; ``paths`` are then the files, and otherwise ``missing`` says how
    to get them. ``size`` is in bytes, None where nobody states it; ``size_text`` is for people.
    """

    kind: str
    name: str
    origin: str
    licence: str
    commercial: str
    accuracy: str
    published: str
    needs: str | None
    on_disk: str
    downloadable: bool
    size: int | None
    size_text: str
    paths: tuple[str, ...]
    missing: str
    fingerprint: str


def catalogue() -> list[ModelEntry]:
    """All registered models, detectors first."""
    return [_entry(kind, name) for kind in KINDS for name in models.registered(kind)]


def _entry(kind: str, name: str) -> ModelEntry:
    facts = FACTS.get(name, UNKNOWN)
    paths: list[Path] = []
    mark = missing = ""
    try:
        paths = models.backend(kind, name).weights()
        mark = models.fingerprint(kind, name)
    except ModelError as error:
        missing = str(error)
    size = sum(path.stat().st_size for path in paths) if mark else store.stated_bytes(name)
    return ModelEntry(
        kind=kind,
        name=name,
        origin=facts.origin,
        licence=facts.licence,
        commercial=facts.commercial,
        accuracy=facts.accuracy,
        published=facts.published,
        needs=facts.needs,
        on_disk="yes" if mark else "no",
        downloadable=name in files.FILES,
        size=size,
        size_text=store.size_text(name) if size is None else megabytes(size),
        paths=tuple(str(path) for path in paths),
        missing=missing,
        fingerprint=mark,
    )
