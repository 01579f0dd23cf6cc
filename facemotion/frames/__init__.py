"""Stage 2: from a video file to frames by timestamp.

``run`` samples a video once and keeps what it sampled; the ``Frames`` it returns can be read
again and again without decoding. When every frame is wanted, none is kept: then ``Frames``
decodes as it is read. Memory does not grow with the length of the video.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from facemotion import cache
from facemotion.errors import MediaError
from facemotion.frames import sampling, still
from facemotion.records import Frame, OnProgress, Progress, Settings, Video, Work, ignore_progress

if TYPE_CHECKING:
    from facemotion.records import RGB

VERSION = 1
JPEG_QUALITY = 92
MANIFEST = "manifest.json"
_BEGUN = "manifest.jsonl"


@dataclass
class Frames:
    """The sampled frames of one video.

    ``samples`` are ``(index, time_s)`` in time order, or None when they are known only after
    decoding; ``info`` describes the stream; ``work`` counts what was decoded so far.
    """

    source: Video
    settings: Settings
    folder: Path
    info: dict[str, Any]
    samples: list[tuple[int, float]] | None
    files: list[str] | None
    work: Work = field(default_factory=Work)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the file."""
        return tuple(self.info["notes"])

    def read(self, first: int = 0) -> Iterator[Frame]:
        """The sampled frames in time order, from sample number ``first`` on."""
        if self.files is not None and self.samples is not None:
            for (index, time_s), name in list(zip(self.samples, self.files, strict=True))[first:]:
                yield Frame(index, time_s, _load_jpeg(self.folder / name))
            return
        for frame in sampling.decoded(self.source, self.settings, first=first):
            self.work += Work(frames_decoded=1)
            yield frame

    def grab(self, indices: Iterable[int]) -> dict[int, RGB]:
        """The pictures of some sampled frames by frame index."""
        wanted = set(indices)
        if self.files is not None and self.samples is not None:
            return {
                index: _load_jpeg(self.folder / name)
                for (index, _), name in zip(self.samples, self.files, strict=True)
                if index in wanted
            }
        found = {}
        for frame in sampling.decoded(self.source, self.settings, only=wanted):
            self.work += Work(frames_decoded=1)
            found[frame.index] = frame.rgb
        return found


def run(
    source: Video, settings: Settings, final: Path, on_progress: OnProgress = ignore_progress
) -> Frames:
    """Sample a video into the folder ``final``, or take what is there.

    Raises ``MediaError`` when the file holds no usable picture, ``StorageError`` when the folder
    cannot be written, and whatever ``on_progress`` raises; then the next run goes on from there.
    """

    def waiting() -> None:
        on_progress(Progress("frames", text="Waiting for another run of this video"))

    work = Work()
    if cache.action(final) != "reuse":
        with cache.lock(final, waiting):
            if cache.action(final) != "reuse":
                with cache.building(final) as folder:
                    work = _build(source, settings, folder, on_progress)
    return _open(source, settings, final, work)


def _open(source: Video, settings: Settings, folder: Path, work: Work) -> Frames:
    manifest = cache.read_json(folder / MANIFEST)
    entries = manifest.pop("frames")
    samples = None if entries is None else [(e["index"], e["time_s"]) for e in entries]
    stored = manifest["stored"] and entries is not None
    files = [e["file"] for e in entries] if stored else None
    return Frames(source, settings, folder, manifest, samples, files, work)


def _build(source: Video, settings: Settings, folder: Path, on_progress: OnProgress) -> Work:
    path = Path(source.path)
    if still.is_still(path):
        return _build_still(path, folder)
    on_progress(Progress("frames", text="Reading the video's index"))
    stream, targets = sampling.plan(source, settings)
    info: dict[str, Any] = {
        "codec": stream.codec,
        "fps": stream.fps,
        "duration_s": stream.duration_s,
        "every_s": settings.every_s,
        "notes": list(stream.notes),
    }
    if settings.every_s == 0:
        frames = None
        if targets is not None:
            frames = [{"index": t.index, "time_s": t.time_s + source.offset_s} for t in targets]
        info |= {"width": stream.width, "height": stream.height, "stored": False}
        _write_manifest(folder, info | {"frames": frames})
        return Work()
    kept = _Kept(folder)
    new = sampling.decoded(source, settings, skip=kept.indices)
    total = len(targets) if targets is not None else None
    decoded = _store(kept, new, total, on_progress)
    if not kept.entries:
        raise MediaError(
            f"No picture of {path.name} could be decoded. The file is damaged: get it again."
        )
    if total is not None and len(kept.entries) < total:
        info["notes"].append(f"{total - len(kept.entries)} damaged frames were left out.")
    first = _load_jpeg(folder / kept.entries[0]["file"])
    info |= {"width": first.shape[1], "height": first.shape[0], "stored": True}
    _write_manifest(folder, info | {"frames": kept.entries})
    (folder / _BEGUN).unlink(missing_ok=True)
    return Work(frames_decoded=decoded)


def _build_still(path: Path, folder: Path) -> Work:
    rgb = still.load(path)
    kept = _Kept(folder)
    kept.add(Frame(0, 0.0, rgb))
    info = {
        "codec": "picture",
        "fps": None,
        "duration_s": 0.0,
        "every_s": 0.0,
        "notes": [],
        "width": rgb.shape[1],
        "height": rgb.shape[0],
        "stored": True,
    }
    _write_manifest(folder, info | {"frames": kept.entries})
    (folder / _BEGUN).unlink(missing_ok=True)
    return Work(frames_decoded=1)


class _Kept:
    """The frames already in a folder, told by a list with one line per finished file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._list = folder / _BEGUN
        lines = self._list.read_text().splitlines() if self._list.exists() else []
        self.entries: list[dict[str, Any]] = []
        for line in lines:
            try:
                self.entries.append(json.loads(line))
            except ValueError:  # the last line of a killed run
                break
        self.indices = frozenset(entry["index"] for entry in self.entries)

    def add(self, frame: Frame) -> None:
        """Write the picture first and its line after, so that a line means a whole file."""
        name = f"frame_{frame.index:06d}_t{frame.time_s:.1f}s.jpg"
        Image.fromarray(frame.rgb).save(self._folder / name, quality=JPEG_QUALITY)
        entry = {"index": frame.index, "time_s": frame.time_s, "file": name}
        self.entries.append(entry)
        with self._list.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def _store(kept: _Kept, new: Iterator[Frame], total: int | None, on_progress: OnProgress) -> int:
    decoded = 0
    for frame in new:
        kept.add(frame)
        decoded += 1
        on_progress(Progress("frames", len(kept.entries), total, "frames"))
    kept.entries.sort(key=lambda entry: entry["index"])
    return decoded


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    cache.write_text(folder / MANIFEST, json.dumps(manifest, indent=1))


def _load_jpeg(path: Path) -> RGB:
    with Image.open(path) as image:
        return np.array(image)
