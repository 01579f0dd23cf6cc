"""Drawing on pictures as video has them: brightness in full size, colour in half of it.

Most videos come out of the decoder and go into the encoder as yuv420p. Drawn on as they are, they
are never converted to RGB and back, which would take longer than all the drawing, and whatever is
not drawn on stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from PIL import ImageColor

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray
    from PIL import Image

    from facemotion.records import RGB

    Bytes = NDArray[np.uint8]
    Words = NDArray[np.uint16]
    Floats = NDArray[np.float32]


class Ink(NamedTuple):
    """A colour as the three planes have it."""

    y: int
    u: int
    v: int


class Box(NamedTuple):
    """A rectangle of whole pixels: left, top, and the first column and row beyond it."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True)
class Coding:
    """How RGB becomes YUV: the shares of red and blue in brightness; 16..235 and 16..240 are used.

    The shares and ranges are those of ITU-R BT.601-7, BT.709-6 and BT.2020-2.
    """

    red: float
    blue: float

    def split(self, rgb: RGB) -> tuple[Bytes, Bytes, Bytes]:
        """The three planes of a picture; its sides must be even."""
        shares: Floats = np.divide(rgb, 255, dtype=np.float32)
        r, g, b = shares[..., 0], shares[..., 1], shares[..., 2]
        y = self.red * r + (1 - self.red - self.blue) * g + self.blue * b
        u, v = (b - y) / (2 - 2 * self.blue), (r - y) / (2 - 2 * self.red)
        return (
            np.rint(16 + 219 * y).astype(np.uint8),
            np.rint(128 + 224 * _halved(u)).astype(np.uint8),
            np.rint(128 + 224 * _halved(v)).astype(np.uint8),
        )

    @lru_cache(maxsize=64)  # noqa: B019  # few codings, all frozen
    def ink(self, color: str) -> Ink:
        """``#rrggbb`` as the planes have it."""
        rgb = np.full((2, 2, 3), ImageColor.getrgb(color)[:3], np.uint8)
        return Ink(*(int(plane[0, 0]) for plane in self.split(rgb)))


BT601, BT709, BT2020 = Coding(0.299, 0.114), Coding(0.2126, 0.0722), Coding(0.2627, 0.0593)


class Tile:
    """An opaque picture, ready to be laid on a canvas; its sides are even."""

    def __init__(self, rgb: RGB, coding: Coding) -> None:
        self.planes = coding.split(rgb)
        self.height, self.width = rgb.shape[:2]


class Sprite:
    """A picture with transparent parts, ready to be laid on a canvas; its sides become even."""

    def __init__(self, rgba: Image.Image, coding: Coding) -> None:
        pixels = np.asarray(rgba)
        odd = [(0, side % 2) for side in pixels.shape[:2]]
        pixels = np.pad(pixels, (*odd, (0, 0)))
        self.height, self.width = pixels.shape[:2]
        whole: Floats = np.divide(pixels[..., 3], 255, dtype=np.float32)
        half = _halved(whole)
        y, u, v = coding.split(pixels[..., :3])
        self.layers = _weighed(y, whole), _weighed(u, half), _weighed(v, half)


class Canvas:
    """A picture under way to the encoder; all drawing is cut off at its edges."""

    def __init__(self, frame: VideoFrame) -> None:
        self.frame, self.width, self.height = frame, frame.width, frame.height
        self.planes = planes_of(frame)

    def paste(self, planes: Sequence[Bytes], x: int = 0, y: int = 0) -> None:
        """Lay an opaque picture at an even place inside the canvas."""
        for number, (mine, other) in enumerate(zip(self.planes, planes, strict=True)):
            half = number > 0
            left, top = x >> half, y >> half
            mine[top : top + other.shape[0], left : left + other.shape[1]] = other

    def lay(self, sprite: Sprite, x: int, y: int) -> None:
        """Lay a sprite; its place is moved to even pixels, left and up."""
        for number, (mine, (rest, own)) in enumerate(zip(self.planes, sprite.layers, strict=True)):
            left, top = (x >> 1, y >> 1) if number else (x & ~1, y & ~1)
            x0, y0 = max(0, -left), max(0, -top)
            part = mine[top + y0 : top + rest.shape[0], left + x0 : left + rest.shape[1]]
            if part.size == 0 or x0 >= rest.shape[1] or y0 >= rest.shape[0]:
                continue
            inside = (slice(y0, y0 + part.shape[0]), slice(x0, x0 + part.shape[1]))
            part[:] = (part * rest[inside] + own[inside]) >> 8

    def fill(self, box: Box, ink: Ink) -> None:
        """A plain rectangle: exact in brightness, colour to the next even pixel."""
        x0, y0, x1, y1 = self._inside(box)
        if x1 > x0 and y1 > y0:
            self.planes[0][y0:y1, x0:x1] = ink.y
            small = (slice(y0 >> 1, (y1 + 1) >> 1), slice(x0 >> 1, (x1 + 1) >> 1))
            self.planes[1][small] = ink.u
            self.planes[2][small] = ink.v

    def coarsen(self, box: Box, cell: int, height: int) -> None:
        """Replace a part of the upper ``height`` rows by the means of cells of ``cell`` pixels."""
        x0, y0, x1, y1 = self._inside(box)
        y1 = min(y1, height)
        for number, plane in enumerate(self.planes):
            half = number > 0
            part = plane[y0 >> half : (y1 + half) >> half, x0 >> half : (x1 + half) >> half]
            if part.size:
                cells = max(1, (x1 - x0) // cell), max(1, (y1 - y0) // cell)
                means = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
                size = part.shape[1], part.shape[0]
                part[:] = cv2.resize(means, size, interpolation=cv2.INTER_NEAREST)

    def _inside(self, box: Box) -> Box:
        return Box(
            min(max(box.x0, 0), self.width),
            min(max(box.y0, 0), self.height),
            min(max(box.x1, 0), self.width),
            min(max(box.y1, 0), self.height),
        )


def planes_of(frame: VideoFrame) -> tuple[Bytes, Bytes, Bytes]:
    """The planes of a yuv420p frame, not copied; the frame must outlive them."""
    found = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        found.append(rows[:, : plane.width])
    return found[0], found[1], found[2]


def _weighed(plane: Bytes, alpha: Floats) -> tuple[Words, Words]:
    """What of 256 is left to the ground, and what is added to it."""
    share: Words = np.rint(alpha * 256).astype(np.uint16)
    return 256 - share, plane * share + 128


def _halved(plane: Floats) -> Floats:
    """The means of 2 x 2 pixels."""
    height, width = plane.shape
    means: Floats = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return means
