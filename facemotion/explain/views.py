"""What is shown of a moment: the face, the frame around it, and how it looked before and after.

Pictures are JPEG, quality 85, and no larger than a look at a face needs: every pixel is paid for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from facemotion.records import RGB, Caption, Moment

QUALITY = 85
FRAME_PX, FACE_PX, BESIDE_PX = 1100, 512, 256
"""Longest sides of the frame, of the face, and of the face before and after."""

MARGIN = 0.35
"""What is shown around a face's box, as a part of its longer side."""


@dataclass(frozen=True)
class Material:
    """A moment, and all that a judge sees of it: JPEG files and what was said meanwhile.

    What the local models say is not in here.
    """

    moment: Moment
    face: bytes
    frame: bytes
    before: bytes | None = None
    after: bytes | None = None
    captions: tuple[Caption, ...] = ()

    @property
    def pictures(self) -> tuple[tuple[str, bytes], ...]:
        """Name and file of each picture, in the order in which they are shown."""
        named = (("before", self.before), ("face", self.face), ("after", self.after))
        return (*((name, file) for name, file in named if file is not None), ("frame", self.frame))


def face_jpeg(rgb: RGB, box_xywh: tuple[float, ...], longest: int = FACE_PX) -> bytes:
    """The face with a margin, as JPEG; what reaches outside the picture is cut off."""
    x, y, w, h = box_xywh
    half = max(w, h) * (0.5 + MARGIN)
    left, top = max(0, int(x + w / 2 - half)), max(0, int(y + h / 2 - half))
    right, bottom = int(x + w / 2 + half) + 1, int(y + h / 2 + half) + 1
    return jpeg(rgb[top:bottom, left:right], longest)


def frame_jpeg(rgb: RGB, box_xywh: tuple[float, ...]) -> bytes:
    """The whole frame with a white line around the face that is meant, as JPEG."""
    marked = np.ascontiguousarray(rgb).copy()
    x, y, w, h = (round(v) for v in box_xywh)
    line = max(1, round(max(rgb.shape[:2]) / 400))
    cv2.rectangle(marked, (x, y), (x + w, y + h), (255, 255, 255), line)
    return jpeg(marked, FRAME_PX)


def jpeg(rgb: RGB, longest: int) -> bytes:
    """A picture as JPEG, no side longer than ``longest`` pixels."""
    scale = min(1.0, longest / max(rgb.shape[:2]))
    if scale < 1:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(file)


def size_of(file: bytes) -> tuple[int, int]:
    """Width and height of a JPEG file in pixels."""
    with Image.open(io.BytesIO(file)) as picture:  # reads the header only
        return picture.size
