"""The user's own marks on a video: a time and a few words, in one file beside the video.

They belong to the video, not to one analysis of it, so they stay when it is measured again.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facemotion import cache
from facemotion.errors import InputError

FILE = "markers.json"
MAX_TEXT = 80
MAX_MARKERS = 500


@dataclass(frozen=True)
class Marker:
    """A time of the video, in seconds, and what the user calls it."""

    marker_id: str
    time_s: float
    text: str


Markers = tuple[Marker, ...]
"""In the order of their times."""


def load(folder: Path) -> Markers:
    """The marks in a video's folder; raises ``InputError`` when their file is damaged."""
    path = folder / FILE
    try:
        found = [
            Marker(str(m["marker_id"]), float(m["time_s"]), str(m["text"])) for m in _raw(path)
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged. Delete it to begin without marks.") from error
    return _ordered(found)


def change(folder: Path, alter: Callable[[Markers], Markers]) -> Markers:
    """Replace the marks by what ``alter`` makes of those on the disk now."""
    path = folder / FILE
    with cache.lock(path):
        altered = _ordered(alter(load(folder)))
        cache.write_text(path, json.dumps([asdict(marker) for marker in altered], indent=1))
    return altered


def added(markers: Markers, time_s: float, text: str) -> Markers:
    """With one more; raises ``InputError`` for a time or words that cannot be kept."""
    if not math.isfinite(time_s) or time_s < 0:
        raise InputError(f"A mark cannot be at {time_s:g} s. Give a time of the video.")
    if len(markers) >= MAX_MARKERS:
        raise InputError(f"There are {MAX_MARKERS} marks already. Remove one first.")
    return _ordered([*markers, Marker(uuid.uuid4().hex[:12], float(time_s), _words(text))])


def renamed(markers: Markers, marker_id: str, text: str) -> Markers:
    """With other words for one of them."""
    words = _words(text)
    return tuple(
        Marker(m.marker_id, m.time_s, words) if m.marker_id == marker_id else m for m in markers
    )


def removed(markers: Markers, marker_id: str) -> Markers:
    """Without one of them; the same when it is gone already."""
    return tuple(marker for marker in markers if marker.marker_id != marker_id)


def _rebuilt(data: Mapping[str, Any]) -> Marker:
    return Marker(str(data["marker_id"]), float(data["time_s"]), str(data["text"]))


def _words(text: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not words:
        raise InputError("A mark needs a word, to know it by. Type one.")
    if len(words) > MAX_TEXT:
        raise InputError(f"The words {words[:20]}... are too long. Use {MAX_TEXT} letters or less.")
    return words


def _raw(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = cache.read_json(path)
    except FileNotFoundError:
        return []
    return found


def _ordered(markers: list[Marker] | Markers) -> Markers:
    return tuple(sorted(markers, key=lambda marker: (marker.time_s, marker.text)))
