"""The demo clip: a public-domain portrait, animated through a script of facial muscle movements.

It needs no network, and since the script says which action unit moves when and how far, it is
also what measurements can be held against. ``python -m facemotion demo`` builds and analyses it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from facemotion.demo.script import amounts_at, pose_at
from facemotion.records import OnProgress, ignore_progress

if TYPE_CHECKING:
    from facemotion.demo.animate import Animator

__all__ = ["amounts_at", "animator", "build", "pose_at"]


def build(folder: Path, on_progress: OnProgress = ignore_progress) -> Path:
    """Write ``demo.mp4`` and ``demo.json`` (the script) to a folder; the path of the clip.

    Each file is complete or absent. Does nothing when both are there and of this version. Raises
    ``StorageError`` when the folder cannot be written, and what ``on_progress`` raises.
    """
    from facemotion.demo import clip

    return clip.build(folder, on_progress)


def animator() -> Animator:
    """The portrait that can be made to move, for pictures of any expression and head pose."""
    from facemotion.demo.animate import Animator

    return Animator()
