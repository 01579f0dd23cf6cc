"""The store of downloaded weights: one folder, shared by all users of the machine if they like.

Nothing is ever downloaded unasked: ``require`` gives what is on the disk, or says what to do.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from facemotion.errors import ModelError
from facemotion.models.files import FILES, File


def folder() -> Path:
    """``FACEMOTION_MODELS``, or a folder of the user's own."""
    given = os.environ.get("FACEMOTION_MODELS")
    return Path(given) if given else Path(platformdirs.user_data_dir("facemotion")) / "models"


def require(name: str) -> list[Path]:
    """The files of a model, all of them on the disk.

    Raises ``ModelError``, which says how to get them, when one is missing or is not what its
    publisher states.
    """
    found = [_find(file) for file in FILES[name]]
    if any(path is None for path in found):
        raise ModelError(
            f"The weights of {name} are not on this machine, and are not fetched unasked. "
            f"Run 'python -m facemotion models get {name}'."
        )
    return [path for path in found if path is not None]


def _find(file: File) -> Path | None:
    path = folder() / file.path
    return path if path.is_file() else None
