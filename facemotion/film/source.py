"""The pictures of the analysed stretch, one after the other, as the encoder wants them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from facemotion.errors import MediaError, SourceError
from facemotion.film.planes import BT601, BT709, BT2020, Coding, planes_of
from facemotion.frames.ahead import ahead
from facemotion.frames.sampling import Sampling
from facemotion.frames.still import is_still
from facemotion.records import Analysis

if TYPE_CHECKING:
    from facemotion.film.planes import Bytes
    from facemotion.frames.video import Picture

MAX_WIDTH = 1280
AHEAD = 6
"""Pictures that are decoded before they are drawn on."""

_RGB, _BT709, _BT470BG, _BT601, _BT2020, _BT2020_CONSTANT = 0, 1, 5, 6, 9, 10
"""Matrices by their numbers in ITU-T H.273, table 4, which FFmpeg uses as well."""
_CODINGS = {
    _BT709: BT709,
    _BT470BG: BT601,
    _BT601: BT601,
    _BT2020: BT2020,
    _BT2020_CONSTANT: BT2020,
}
_USUAL_FPS, _MAX_FPS = 25.0, 1000.0
_USUAL_TIME_BASE, _MAX_TICKS = Fraction(1, 90_000), 1_000_000
_SWSCALE = {_BT709: Colorspace.ITU709, _BT601: Colorspace.ITU601}
_HD_HEIGHT = 720
"""Where a file does not say how its colours are coded, players take BT.709 from this height on."""


@dataclass(frozen=True)
class Plate:
    """A picture of the film before anything is drawn: yuv420p planes, both sides even.

    ``frame`` and ``time_s`` are as in the tables, and boxes of the tables times ``scale`` (x, y)
    are pixels of it. ``duration_s`` is 0 where it is not known. How colours are coded is told by
    ``raw``.
    """

    frame: int
    time_s: float
    duration_s: float
    scale: tuple[float, float]
    planes: tuple[Bytes, Bytes, Bytes]
    raw: VideoFrame

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.planes[0].shape
        return width, height


@dataclass(frozen=True)
class Clock:
    """Counts ``time_base`` from ``begin_s`` of the original video on."""

    time_base: Fraction
    begin_s: float


class Source:
    """The file of an analysis, opened for a film of it.

    ``offset_s`` is where its own clock shows 0. Raises ``SourceError`` when the file is gone,
    ``MediaError`` when it is a still picture, nothing of it was analysed, or it cannot be read.
    """

    def __init__(self, analysis: Analysis) -> None:
        video = analysis.video
        path = self.path = Path(video.path)
        if not path.is_file():
            raise SourceError(
                f"{path} is not there any more, so no film can be made of it. "
                "Put the file back, or analyse the video again."
            )
        if is_still(path):
            raise MediaError(
                f"{path.name} is a picture, not a video, so there is no film to make. "
                "Export everything instead: the card of the moment shows it with its scores."
            )
        if analysis.samples.empty:
            raise MediaError(
                f"No picture of {path.name} was analysed, so there is nothing to draw. "
                "Analyse it again, with a range that lies inside the video."
            )
        self._sampling = Sampling(video, analysis.settings.with_changes(every_s=0.0))
        self.offset_s, self._settings = video.offset_s, analysis.settings

    @property
    def n_frames(self) -> int | None:
        """How many pictures there are; None when that is known only after decoding."""
        return self._sampling.n_samples

    @property
    def fps(self) -> float:
        """Pictures per second, on average."""
        return min(self._sampling.stream.fps or _USUAL_FPS, _MAX_FPS)

    @property
    def end_s(self) -> float | None:
        """The end of the analysed stretch on the file's own clock; None for its end."""
        end_s = self._settings.end_s
        return None if end_s is None else end_s - self.offset_s

    def clock(self, first: Plate) -> Clock:
        """The film's clock: that of the file where the film has all of it, else from 0 on."""
        begin_s = first.time_s
        if self._settings.start_s is None:
            begin_s = min(begin_s, self.offset_s)
        packets = self._sampling.stream.packets
        base = packets.time_base if packets else _USUAL_TIME_BASE
        return Clock(Fraction(1, min(base.denominator, _MAX_TICKS)), begin_s)

    def plates(self) -> Generator[Plate, None, None]:
        """All pictures in time order, decoded and converted in a thread of their own."""
        yield from ahead(self._converted(), AHEAD)

    def _converted(self) -> Generator[Plate, None, None]:
        convert = _Converter()
        with closing(self._sampling.pictures()) as pictures:
            for picture in pictures:
                yield convert(picture)


class _Converter:
    """Makes yuv420p of any picture: square pixels, upright, 16..235, of the first one's size."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._size: tuple[int, int] | None = None

    def __call__(self, picture: Picture) -> Plate:
        raw, turns = picture.raw, picture.quarter_turns
        shown = max(1, round(raw.width * picture.aspect)), raw.height
        width, height = self._size = self._size or _target(shown, turns % 2 == 1)
        is_rgb = raw.format.is_rgb or raw.colorspace == _RGB
        is_full = raw.color_range == ColorRange.JPEG or raw.format.name.startswith("yuvj")
        yuv = self._reformatter.reformat(
            raw,
            width,
            height,
            "yuv420p",
            dst_colorspace=_SWSCALE[_guess(height)] if is_rgb else None,
            dst_color_range=ColorRange.MPEG if is_full or is_rgb else None,
        )
        y, u, v = planes_of(yuv)
        rows, columns = height // 2, width // 2
        even = y[: 2 * rows, : 2 * columns], u[:rows, :columns], v[:rows, :columns]
        upright = [np.rot90(plane, turns) for plane in even]
        length_s = float(raw.duration * raw.time_base) if raw.duration and raw.time_base else 0.0
        scale = width / shown[0], height / shown[1]
        return Plate(
            picture.index,
            picture.time_s,
            length_s,
            scale if turns % 2 == 0 else scale[::-1],
            (upright[0], upright[1], upright[2]),
            yuv,
        )


def _target(size: tuple[int, int], is_turned: bool) -> tuple[int, int]:
    """The size of the film, before it is turned: that of the picture, or at most ``MAX_WIDTH``.

    An odd row or column is cut off later: nothing is scaled for it.
    """
    width = size[1] if is_turned else size[0]
    if width <= MAX_WIDTH:
        return size
    return tuple(2 * max(1, round(side * MAX_WIDTH / width / 2)) for side in size)  # type: ignore[return-value]  # of two


def coding_of(plate: Plate) -> Coding:
    """How the colours of a picture are coded, as players take it."""
    return _CODINGS.get(plate.raw.colorspace) or _CODINGS[_guess(plate.size[1])]


def _guess(height: int) -> int:
    return _BT709 if height >= _HD_HEIGHT else _BT601
