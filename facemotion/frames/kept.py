"""Sampled frames on the disk: one JPEG each, and a list that grows with them.

OpenCV writes and reads them: its decoder takes a third of Pillow's time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from facemotion.errors import StorageError
from facemotion.records import Frame

if TYPE_CHECKING:
    from facemotion.records import RGB

JPEG_QUALITY = 92
_LIST = "manifest.jsonl"

Entry = dict[str, Any]
"""A frame in the manifest: ``index``, ``time_s`` and ``file``."""


class Kept:
    """The frames already in a folder, told by a list with one line per finished file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._list = folder / _LIST
        self._bgr: RGB | None = None  # used again for each frame
        self.entries: list[Entry] = []
        lines = self._list.read_text().splitlines() if self._list.exists() else []
        for line in lines:
            try:
                self.entries.append(json.loads(line))
            except ValueError:  # the last line of a killed run, and its picture may be half
                self._list.write_text("".join(f"{json.dumps(entry)}\n" for entry in self.entries))
                break
        self.indices = frozenset(entry["index"] for entry in self.entries)

    def add(self, frame: Frame) -> Entry:
        """Write the picture first and its line after, so that a line means a whole file."""
        self._bgr = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR, dst=self._bgr)
        return self.put(frame.index, frame.time_s, _jpeg(self._bgr))

    def put(self, index: int, time_s: float, jpeg: bytes) -> Entry:
        """The same for a frame that is a JPEG already, as ``encoded`` makes it."""
        name = f"frame_{index:06d}_t{time_s:.1f}s.jpg"
        (self._folder / name).write_bytes(jpeg)
        entry = {"index": index, "time_s": time_s, "file": name}
        self.entries.append(entry)
        with self._list.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        return entry

    def in_time_order(self) -> list[Entry]:
        """All entries; those of an earlier run may have come in another order."""
        return sorted(self.entries, key=lambda entry: int(entry["index"]))

    def forget(self) -> None:
        """Drop the growing list: the manifest has taken its place."""
        self._list.unlink(missing_ok=True)


def load(path: Path) -> RGB:
    """A kept frame, ``(h, w, 3)`` uint8; ``StorageError`` when the file is damaged."""
    rgb = decoded(np.fromfile(path, np.uint8))
    if rgb is None:
        raise StorageError(
            f"{path} is damaged. Delete its folder, and the frames are sampled again."
        )
    return rgb


def encoded(rgb: RGB) -> bytes:
    """A frame as it is kept."""
    return _jpeg(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def decoded(jpeg: RGB | bytes) -> RGB | None:
    """The pixels of a kept frame, ``(h, w, 3)`` uint8; None when it is damaged."""
    rgb: RGB | None = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    return rgb


def _jpeg(bgr: RGB | None) -> bytes:
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(jpeg.tobytes())
