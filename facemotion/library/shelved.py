"""A video on the disk and its analyses, read without opening their tables."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from facemotion import cache, download, frames
from facemotion.cache import Entry
from facemotion.errors import InputError
from facemotion.faces.chunks import FACES
from facemotion.records import Settings, Video

RECIPE = "recipe.json"
"""In a folder of faces, as ``pipeline`` writes it: how they were measured."""


@dataclass(frozen=True)
class Held:
    """One analysis on the disk: ``created`` in ISO 8601, ``n_frames`` looked at, ``n_faces`` found.

    ``settings`` is None, and the rest empty, when its recipe is damaged.
    """

    analysis_id: str
    settings: Settings | None
    created: str = ""
    n_frames: int = 0
    n_faces: int | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of its faces."""
        return self.analysis_id.rpartition(".")[2]


@dataclass(frozen=True)
class Shelved:
    """One video on the disk, and its analyses, the newest first.

    ``video`` is None when what is known about it is damaged, or is not there yet.
    """

    entry: Entry
    video: Video | None
    analyses: tuple[Held, ...]

    @property
    def has_file(self) -> bool:
        """Whether the file that it was measured from is still where it was."""
        return self.video is not None and Path(self.video.path).is_file()

    @property
    def duration_s(self) -> float | None:
        """How long the video is, in seconds; None where nobody has looked inside."""
        if self.video is not None and self.video.duration_s is not None:
            return self.video.duration_s
        streams = (held.provenance.get("stream", {}) for held in self.analyses)
        return next((s["duration_s"] for s in streams if s.get("duration_s") is not None), None)


def look_into(entry: Entry) -> Shelved:
    """What is known about a video and its analyses; never raises for what is damaged."""
    try:
        video = download.known(entry.folder)
    except InputError:
        video = None
    recipes = entry.folder.glob(f"faces-*/{RECIPE}")
    held = sorted(map(_held, recipes), key=lambda one: one.created, reverse=True)
    return Shelved(entry, video, tuple(held))


def picture_of(folder: Path) -> Path | None:
    """A small picture that stands for a video; None where there is none."""
    for pattern in ("thumbnail.jpg", "moments-*/faces/det_*_face.jpg", "frames-*/frame_*.jpg"):
        found = min((path for path in folder.glob(pattern) if path.is_file()), default=None)
        if found is not None:
            return found
    return None


def keeps_frames(shelved: Shelved) -> bool:
    """Whether the frames of all analyses lie in the cache, and not only in the video's file."""
    return all(_keeps_frames(shelved.entry.folder, held) for held in shelved.analyses)


def _keeps_frames(folder: Path, held: Held) -> bool:
    name = held.provenance.get("frames", "")
    try:
        return cache.read_json(folder / name / frames.MANIFEST)["frames"] is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _held(recipe: Path) -> Held:
    folder = recipe.parent
    analysis_id = f"{folder.parent.name}.{folder.name.removeprefix('faces-')}"
    try:
        found = cache.read_json(recipe)
        settings = Settings.from_dict(found["settings"])
        provenance: dict[str, Any] = dict(found["provenance"])
        created, n_frames = str(provenance["created"]), int(found["n_samples"])
        datetime.datetime.fromisoformat(created)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InputError):
        return Held(analysis_id, None)
    return Held(analysis_id, settings, created, n_frames, _n_faces(folder / FACES), provenance)


def _n_faces(table: Path) -> int | None:
    """Rows of a table, by the end of its file alone."""
    try:
        n_rows: int = pq.read_metadata(table).num_rows
    except (OSError, ValueError):  # damaged: pyarrow's own errors are of these kinds
        return None
    return n_rows
