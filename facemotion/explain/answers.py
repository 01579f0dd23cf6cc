"""The answers that are kept: one file each, under a name made of all that it depends on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import pydantic

from facemotion import cache
from facemotion.explain.schema import Judgement

Form = TypeVar("Form", bound=pydantic.BaseModel)


def keep(folder: Path, name: str, answer: pydantic.BaseModel) -> None:
    """Store one answer: whole, or not at all."""
    cache.make_folder(folder)
    text = json.dumps(answer.model_dump(), indent=1, ensure_ascii=False)
    cache.write_text(_path(folder, name), text)


def read(folder: Path, name: str) -> Judgement | None:
    """The judgement of that name; None when it is not there, or is none."""
    return read_as(Judgement, folder, name)


def read_as(form: type[Form], folder: Path, name: str) -> Form | None:
    """The answer of that name in one of the forms of ``schema``; None as in ``read``."""
    try:
        return form.model_validate_json(_path(folder, name).read_bytes())
    except (OSError, pydantic.ValidationError):
        return None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
