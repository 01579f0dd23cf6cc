"""Stage 2: from a video file to frames by timestamp.

``run`` looks at a file and plans; frames are decoded when they are read, so that the next stage
works on the first ones while the others are still on their way. What was sampled is kept and
never decoded again; when every frame is wanted, none is kept. Memory does not grow with the
length of the video.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facemotion import cache
from facemotion.errors import MediaError
from facemotion.frames import kept, still, video
from facemotion.frames.ahead import ahead
from facemotion.frames.sampling import Sampling
from facemotion.records import Frame, OnProgress, Progress, Settings, Video, Work, ignore_progress

if TYPE_CHECKING:
    from facemotion.records import RGB

__all__ = ["VERSION", "Frames", "adopt", "run"]

VERSION = 2
MANIFEST = "manifest.json"
AHEAD = 4
"""Frames that are decoded before they are wanted, so that decoding never waits for the models."""


def run(
    source: Video, settings: Settings, final: Path, on_progress: OnProgress = ignore_progress
) -> Frames:
    """The sampled frames of a video, to be read; they are kept in the folder ``final``.

    Raises ``MediaError`` when the file holds no usable picture. Reading them raises that too
    where the file is damaged further in, ``StorageError`` when the folder cannot be written, and
    whatever ``on_progress`` raises; then the next run goes on from there.
    """
    return Frames(source, settings, final, on_progress)


def adopt(source: Video, pictures: Iterable[tuple[int, float, bytes]], final: Path) -> None:
    """Let pictures that were taken elsewhere be the sampled frames in the folder ``final``.

    Each has its number in the file, its time on the original's clock, and its JPEG, made by
    ``kept.encoded``. ``source`` is the video that they make.
    """
    if cache.action(final) == "reuse":
        return
    stream = video.survey(Path(source.path))
    with cache.lock(final), cache.building(final) as folder:
        files = kept.Kept(folder)
        for picture in pictures:
            files.put(*picture)
        entries = files.in_time_order()
        height, width = kept.load(folder / entries[0]["file"]).shape[:2]
        info = {**stream.facts(), "width": width, "height": height}
        _write_manifest(folder, info, len(entries), entries)
        files.forget()


class Frames:
    """The sampled frames of one video: from the disk, or decoded as they are read.

    ``work`` counts what was decoded so far.
    """

    def __init__(
        self, source: Video, settings: Settings, final: Path, on_progress: OnProgress
    ) -> None:
        self._source, self._settings, self._final = source, settings, final
        self._on_progress = on_progress
        self._manifest: dict[str, Any] | None = None
        self.work = Work()
        if cache.action(final) != "reuse":
            self._look_inside()
        if cache.action(final) == "reuse":
            self._open()

    @property
    def n_samples(self) -> int | None:
        """How many frames there are; None when that is known only after decoding."""
        if self._manifest is not None:
            n_samples: int | None = self._manifest["n_samples"]
            return n_samples
        return 1 if self._is_still else self._sampling.n_samples

    @property
    def info(self) -> dict[str, Any]:
        """Size in pixels, codec, frames per second, seconds: what is known once all were read."""
        listing = ("frames", "notes", "n_samples")
        return {name: v for name, v in self._complete().items() if name not in listing}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the file."""
        return tuple(self._complete()["notes"])

    def read(self, first: int = 0) -> Generator[Frame, None, None]:
        """The frames in time order, from sample number ``first`` on."""
        if self._manifest is None:
            yield from self._sampled(first)
        elif self._manifest["frames"] is None:
            yield from self._decoded(first=first)
        else:
            yield from _load(self._final, self._manifest["frames"][first:])

    def grab(self, indices: Iterable[int]) -> dict[int, RGB]:
        """The pictures of some sampled frames by frame index; damaged ones are missing."""
        wanted = set(indices)
        entries = self._complete()["frames"]
        if entries is not None:
            found = list(_load(self._final, [e for e in entries if e["index"] in wanted]))
        else:
            found = list(self._sampling.decoded(only=wanted)) if wanted else []
            self.work += Work(frames_decoded=len(found))
        return {frame.index: frame.rgb for frame in found}

    @cached_property
    def _is_still(self) -> bool:
        return still.is_still(Path(self._source.path))

    @cached_property
    def _sampling(self) -> Sampling:
        return Sampling(self._source, self._settings)

    def _look_inside(self) -> None:
        """Refuse what is no video; when nothing will be kept, that is all there is to do."""
        self._on_progress(Progress("frames", text="Reading the video's index"))
        if self._is_still or self._settings.every_s > 0:
            _ = self.n_samples
            return
        with cache.lock(self._final, self._wait):
            if cache.action(self._final) != "reuse":
                stream = self._sampling.stream
                info = {**stream.facts(), "width": stream.width, "height": stream.height}
                with cache.building(self._final) as folder:
                    _write_manifest(folder, info, self._sampling.n_samples, None)

    def _open(self) -> None:
        self._manifest = cache.read_json(self._final / MANIFEST)

    def _complete(self) -> dict[str, Any]:
        """The manifest, for which all frames must have been sampled."""
        if self._manifest is None:
            for _ in self._sampled(0):
                pass
        assert self._manifest is not None
        return self._manifest

    def _sampled(self, first: int) -> Iterator[Frame]:
        """Decode, keep, and hand over what was kept: the same pixels as a later run will see."""
        with cache.lock(self._final, self._wait):
            if cache.action(self._final) != "reuse":
                with cache.building(self._final) as folder:
                    yield from self._build(folder, first)
                self._open()
                return
        self._open()
        yield from self.read(first)

    def _build(self, folder: Path, first: int) -> Iterator[Frame]:
        files = kept.Kept(folder)
        total = self.n_samples
        yield from _load(folder, files.in_time_order()[first:])
        with closing(self._new_frames(files.indices)) as new:
            for frame in new:
                entry = files.add(frame)
                self._on_progress(Progress("frames", len(files.entries), total, "frames"))
                if len(files.entries) > first:
                    yield from _load(folder, [entry])
        entries = files.in_time_order()
        if not entries:
            raise MediaError(
                f"No picture of {Path(self._source.path).name} could be decoded. "
                "The file is damaged: get it again."
            )
        height, width = kept.load(folder / entries[0]["file"]).shape[:2]
        facts = _STILL_FACTS if self._is_still else self._sampling.stream.facts()
        info = {**facts, "width": width, "height": height}
        if total is not None and len(entries) < total:
            damage = f"{total - len(entries)} damaged frames were left out."
            info["notes"] = [*info["notes"], damage]
        _write_manifest(folder, info, len(entries), entries)
        files.forget()

    def _new_frames(self, known: frozenset[int]) -> Generator[Frame, None, None]:
        if not self._is_still:
            yield from self._decoded(skip=known)
        elif not known:
            self.work += Work(frames_decoded=1)
            yield Frame(0, 0.0, still.load(Path(self._source.path)))

    def _decoded(
        self, *, first: int = 0, skip: frozenset[int] = frozenset()
    ) -> Generator[Frame, None, None]:
        # Closed here and not by the garbage collector: the traceback of an error that somebody
        # keeps would keep the thread and the file as well.
        with closing(ahead(self._sampling.decoded(first=first, skip=skip), AHEAD)) as frames:
            for frame in frames:
                self.work += Work(frames_decoded=1)
                yield frame

    def _wait(self) -> None:
        self._on_progress(Progress("frames", text="Waiting for another run of this video"))


_STILL_FACTS: dict[str, Any] = {"codec": "picture", "fps": None, "duration_s": 0.0, "notes": []}


def _load(folder: Path, entries: Iterable[kept.Entry]) -> Iterator[Frame]:
    for entry in entries:
        yield Frame(entry["index"], entry["time_s"], kept.load(folder / entry["file"]))


def _write_manifest(
    folder: Path, info: dict[str, Any], n_samples: int | None, frames: list[kept.Entry] | None
) -> None:
    manifest = {**info, "n_samples": n_samples, "frames": frames}
    cache.write_text(folder / MANIFEST, json.dumps(manifest, indent=1))
