"""The sampling rule applied to a file: the frames on the grid, decoded when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from facemotion.errors import MediaError
from facemotion.frames import video
from facemotion.frames.plan import GRID_TOLERANCE_S, Target, choose
from facemotion.records import Frame, Settings, Video


class _Timed(Protocol):
    @property
    def time_s(self) -> float: ...


T = TypeVar("T", bound=_Timed)


class Sampling:
    """What the settings take of one file: planned once, decoded as often as it is asked for.

    Raises ``MediaError`` when the file holds no usable picture, or none in the chosen range.
    """

    def __init__(self, source: Video, settings: Settings) -> None:
        self._source, self._settings = source, settings
        self._path = Path(source.path)
        self.stream = video.survey(self._path)
        self._targets: list[Target] | None = None
        if self.stream.packets is not None:
            start, end = _file_range(source, settings)
            self._targets = choose(self.stream.packets, settings.every_s, start, end)
            if not self._targets:
                raise _out_of_range(source, settings, self.stream.duration_s)

    @property
    def n_samples(self) -> int | None:
        """How many frames are taken; None when that is known only after decoding."""
        return None if self._targets is None else len(self._targets)

    def decoded(
        self, *, first: int = 0, skip: frozenset[int] = frozenset(), only: set[int] | None = None
    ) -> Iterator[Frame]:
        """The frames, from sample ``first`` on, without ``skip``, or ``only`` some.

        ``skip`` and ``only`` name frames by index. Times are those of the original video.
        """

        def is_wanted(index: int) -> bool:
            return index not in skip and (only is None or index in only)

        if self._targets is None:
            on_grid = _on_grid(video.decode(self._path, None, None), self._source, self._settings)
            frames: Iterator[Frame] = (
                f for n, f in enumerate(on_grid) if n >= first and is_wanted(f.index)
            )
        else:
            wanted = [target for target in self._targets[first:] if is_wanted(target.index)]
            frames = video.decode(self._path, self.stream.packets, wanted)
        for frame in frames:
            yield Frame(frame.index, frame.time_s + self._source.offset_s, frame.rgb)

    def pictures(self) -> Generator[video.Picture, None, None]:
        """All of them before their colours are converted. Times are those of the original video."""
        packets = self.stream.packets
        with closing(video.pictures(self._path, packets, self._targets)) as found:
            pictures: Iterator[video.Picture] = found
            if self._targets is None:
                pictures = _on_grid(found, self._source, self._settings)
            for picture in pictures:
                yield replace(picture, time_s=picture.time_s + self._source.offset_s)


def _on_grid(frames: Iterator[T], source: Video, settings: Settings) -> Iterator[T]:
    """The rule of ``plan.choose`` for a file whose timestamps come only with the pictures."""
    start, end = _file_range(source, settings)
    due, found = start, False
    for frame in frames:
        if end is not None and frame.time_s > end:
            break
        if due is None:
            due = frame.time_s
        if frame.time_s < due - GRID_TOLERANCE_S:
            continue
        found = True
        yield frame
        if settings.every_s > 0:
            passed = math.floor((frame.time_s - due + GRID_TOLERANCE_S) / settings.every_s)
            due += (passed + 1) * settings.every_s
    if not found:
        raise _out_of_range(source, settings, None)


def _file_range(source: Video, settings: Settings) -> tuple[float | None, float | None]:
    """The chosen range on the file's own clock."""
    start = None if settings.start_s is None else max(0.0, settings.start_s - source.offset_s)
    end = None if settings.end_s is None else settings.end_s - source.offset_s
    return start, end


def _out_of_range(source: Video, settings: Settings, duration_s: float | None) -> MediaError:
    if settings.start_s is None and settings.end_s is None:
        return MediaError(
            f"No picture of {Path(source.path).name} could be decoded. "
            "The file is damaged: get it again."
        )
    length = f" It lasts {duration_s:.1f} s." if duration_s else ""
    return MediaError(
        f"{Path(source.path).name} has no picture between {settings.start_s or 0:g} s and "
        f"{'its end' if settings.end_s is None else f'{settings.end_s:g} s'}.{length} "
        "Choose a range inside it."
    )
