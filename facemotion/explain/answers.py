"""The answers that are kept: one file each, under a name made of all that it depends on."""

from __future__ import annotations

import json
from pathlib import Path

import pydantic

from facemotion import cache
from facemotion.explain.schema import Judgement


def keep(folder: Path, name: str, judgement: Judgement) -> None:
    """Store one answer: whole, or not at all."""
    cache.make_folder(folder)
    text = json.dumps(judgement.model_dump(), indent=1, ensure_ascii=False)
    cache.write_text(_path(folder, name), text)


def read(folder: Path, name: str) -> Judgement | None:
    """The answer of that name; None when it is not there, or is no answer."""
    try:
        return Judgement.model_validate_json(_path(folder, name).read_bytes())
    except (OSError, pydantic.ValidationError):
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
