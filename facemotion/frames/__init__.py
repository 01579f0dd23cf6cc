"""Stage 2: from a video file to frames by timestamp.

``run`` samples a video once and keeps what it sampled; the ``Frames`` it returns can be read
again and again without decoding. When every frame is wanted, none is kept: then ``Frames``
decodes as it is read. Memory does not grow with the length of the video.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facemotion import cache
from facemotion.errors import MediaError
from facemotion.frames import kept, still
from facemotion.frames.sampling import Sampling
from facemotion.records import Frame, OnProgress, Progress, Settings, Video, Work, ignore_progress

if TYPE_CHECKING:
    from facemotion.records import RGB

__all__ = ["VERSION", "Frames", "run"]

VERSION = 1
MANIFEST = "manifest.json"


class Frames:
    """The sampled frames of one video, from the disk, or decoded when none were kept.

    ``n_samples`` is None when it is known only after decoding; ``info`` describes the stream;
    ``work`` counts what was decoded so far.
    """

    def __init__(self, source: Video, settings: Settings, folder: Path, work: Work) -> None:
        self._source, self._settings, self._folder = source, settings, folder
        self.info: dict[str, Any] = cache.read_json(folder / MANIFEST)
        self._entries: list[kept.Entry] | None = self.info.pop("frames")
        self.n_samples: int | None = self.info.pop("n_samples")
        self.work = work

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the file."""
        return tuple(self.info["notes"])

    def read(self, first: int = 0) -> Iterator[Frame]:
        """The sampled frames in time order, from sample number ``first`` on."""
        if self._entries is None:
            yield from self._counted(self._sampling.decoded(first=first))
            return
        for entry in self._entries[first:]:
            yield Frame(entry["index"], entry["time_s"], kept.load(self._folder / entry["file"]))

    def grab(self, indices: Iterable[int]) -> dict[int, RGB]:
        """The pictures of some sampled frames by frame index; damaged ones are missing."""
        wanted = set(indices)
        if self._entries is None:
            decoded = self._counted(self._sampling.decoded(only=wanted)) if wanted else ()
            return {frame.index: frame.rgb for frame in decoded}
        return {
            entry["index"]: kept.load(self._folder / entry["file"])
            for entry in self._entries
            if entry["index"] in wanted
        }

    @cached_property
    def _sampling(self) -> Sampling:
        return Sampling(self._source, self._settings)

    def _counted(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self.work += Work(frames_decoded=1)
            yield frame


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
    return Frames(source, settings, final, work)


def _build(source: Video, settings: Settings, folder: Path, on_progress: OnProgress) -> Work:
    path = Path(source.path)
    if still.is_still(path):
        new = iter([Frame(0, 0.0, still.load(path))])
        info: dict[str, Any] = {"codec": "picture", "fps": None, "duration_s": 0.0, "notes": []}
        return _store(kept.Kept(folder), new, 1, info, folder, on_progress)
    on_progress(Progress("frames", text="Reading the video's index"))
    sampling = Sampling(source, settings)
    stream = sampling.stream
    info = {
        "codec": stream.codec,
        "fps": stream.fps,
        "duration_s": stream.duration_s,
        "notes": list(stream.notes),
    }
    if settings.every_s == 0:
        info |= {"width": stream.width, "height": stream.height}
        _write_manifest(folder, info, sampling.n_samples, None)
        return Work()
    files = kept.Kept(folder)
    new = sampling.decoded(skip=files.indices)
    return _store(files, new, sampling.n_samples, info, folder, on_progress)


def _store(
    files: kept.Kept,
    new: Iterator[Frame],
    total: int | None,
    info: dict[str, Any],
    folder: Path,
    on_progress: OnProgress,
) -> Work:
    """Write the new frames beside those that are there, and then the manifest of all."""
    decoded = 0
    for frame in new:
        files.add(frame)
        decoded += 1
        on_progress(Progress("frames", len(files.entries), total, "frames"))
    entries = files.in_time_order()
    if not entries:
        raise MediaError("No picture of the file could be decoded. It is damaged: get it again.")
    if total is not None and len(entries) < total:
        info["notes"].append(f"{total - len(entries)} damaged frames were left out.")
    height, width = kept.load(folder / entries[0]["file"]).shape[:2]
    info |= {"width": width, "height": height}
    _write_manifest(folder, info, len(entries), entries)
    files.forget()
    return Work(frames_decoded=decoded)


def _write_manifest(
    folder: Path, info: dict[str, Any], n_samples: int | None, frames: list[kept.Entry] | None
) -> None:
    manifest = {**info, "n_samples": n_samples, "frames": frames}
    cache.write_text(folder / MANIFEST, json.dumps(manifest, indent=1))
