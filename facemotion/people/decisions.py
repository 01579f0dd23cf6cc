"""What a user has decided about the people of a video: merged, split, named, deleted, neutral.

Decisions are kept in the order in which they were made, and each can be taken back. They point at
faces by where they are in a picture and not by number, so they still mean the same faces after
the thresholds of the tracking have changed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from facemotion import cache
from facemotion.errors import InputError

Kind = Literal["merge", "split", "rename", "delete", "neutral"]

MAX_NAME = 40
"""Characters in a name."""


@dataclass(frozen=True)
class Anchor:
    """A face in a picture: the number of the frame and the middle of the face's box, in pixels."""

    frame: int
    x: float
    y: float


@dataclass(frozen=True)
class Decision:
    """One decision about the faces at ``anchors``, one anchor per track.

    ``merge`` makes them one person, called ``name`` if one is given; ``split`` makes each track a
    person of its own; ``rename`` calls the person ``name`` (None: by number again); ``delete``
    leaves them out; ``neutral`` says that the face is at rest from ``start_s`` to ``end_s``
    seconds (None: nothing said). ``said`` tells a person what was decided, when it was.
    """

    kind: Kind
    anchors: tuple[Anchor, ...]
    name: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    said: str = ""
    decision_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def content(self) -> dict[str, Any]:
        """What was decided, without how it is told and the mark by which it is taken back."""
        more = ("said", "decision_id")
        return {name: value for name, value in asdict(self).items() if name not in more}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from ``asdict``. Raises ``ValueError``, ``KeyError`` or ``TypeError``."""
        if data["kind"] not in get_args(Kind):
            raise ValueError(f"no kind of decision: {data['kind']!r}")
        anchors = tuple(
            Anchor(int(a["frame"]), float(a["x"]), float(a["y"])) for a in data["anchors"]
        )
        return cls(**{**data, "anchors": anchors})


@dataclass(frozen=True)
class Edits:
    """Everything that was decided about the people of one analysis, the oldest first."""

    decisions: tuple[Decision, ...] = ()

    def with_decisions(self, *more: Decision) -> Edits:
        return replace(self, decisions=(*self.decisions, *more))

    def without(self, decision_ids: Collection[str]) -> Edits:
        """The same without some decisions; those that are gone already are no error."""
        left = tuple(d for d in self.decisions if d.decision_id not in decision_ids)
        return replace(self, decisions=left)

    @property
    def key(self) -> list[dict[str, Any]]:
        """What cache keys depend on: the same decisions made again are the same key."""
        return [decision.content for decision in self.decisions]

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": 1, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(Decision.from_dict(one) for one in data["decisions"]))


def path_of(video_folder: Path, faces_key: str) -> Path:
    """Where the decisions about the faces of one key are kept."""
    return video_folder / f"people-{faces_key}.json"


def load(video_folder: Path, faces_key: str) -> Edits:
    """The decisions on the disk, none if there is no file; ``InputError`` when it is damaged."""
    path = path_of(video_folder, faces_key)
    try:
        return Edits.from_dict(cache.read_json(path))
    except FileNotFoundError:
        return Edits()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The merges and names in {path} cannot be read: the file is damaged. "
            "Put back a good copy, or delete it to start from the faces as measured."
        ) from error


def change(video_folder: Path, faces_key: str, alter: Callable[[Edits], Edits]) -> Edits:
    """Alter the decisions on the disk, one session at a time, so that none loses another's.

    Raises ``InputError`` when the file is damaged, ``StorageError`` when it cannot be written, and
    whatever ``alter`` raises; then nothing is changed.
    """
    path = path_of(video_folder, faces_key)
    with cache.lock(path):
        edits = alter(load(video_folder, faces_key))
        cache.write_text(path, json.dumps(edits.to_dict(), indent=1))
    return edits
