"""The pictures of a report, as data inside its file; and how faces are hidden in them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from facemotion import overlays, pictures

if TYPE_CHECKING:
    from facemotion.records import RGB

BoxXYWH = tuple[float, float, float, float]

CELLS = 4
"""A hidden face is at most as many cells wide as this."""

MARGIN = 0.35
"""What is hidden around the box, on each side, as a share of its longer side: hair, ears, chin."""

THUMBNAIL_PX, FACE_PX, FRAME_PX = 128, 320, 720
"""Longest side of a small face, a face and a frame: sharp at the size at which each is shown."""

_QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """A picture inside the file: its ``data:`` address, its size in pixels, and it in words."""

    src: str
    width: int
    height: int
    alt: str


def face(rgb: RGB, box_xywh: BoxXYWH, alt: str, *, hidden: bool) -> tuple[Picture, Picture]:
    """The face with some room around it, small and large.

    All of that is a mosaic when it is to be hidden.
    """
    if hidden:  # all of it: the room around one face may hold another one
        x, y, w, h = box_xywh
        picture, side = Image.fromarray(rgb), max(w, h, 1.0)
        half, cx, cy = side * (0.5 + pictures.FACE_MARGIN), x + w / 2, y + h / 2
        _cover(picture, (cx - half, cy - half, cx + half, cy + half), side / CELLS)
        rgb = np.asarray(picture)
    crop = pictures.face_crop(rgb, box_xywh)
    return _embedded(crop, THUMBNAIL_PX, alt), _embedded(crop, FACE_PX, alt)


def frame(rgb: RGB, here: pd.DataFrame, face_id: int, alt: str) -> Picture:
    """The whole frame with the boxes of the faces in it; ``here`` are their rows."""
    picture = Image.fromarray(rgb)
    scale = min(1.0, FRAME_PX / max(picture.size))
    picture = picture.resize([max(1, round(side * scale)) for side in picture.size])
    overlays.boxes(picture, here, face_id, scale)
    return _embedded(picture, FRAME_PX, alt)


def without_faces(rgb: RGB, boxes: Iterable[BoxXYWH]) -> RGB:
    """A copy in which a mosaic covers every box and ``MARGIN`` around it."""
    picture = Image.fromarray(rgb)
    for x, y, w, h in boxes:
        side = max(w, h, 1.0)
        room = MARGIN * side
        _cover(picture, (x - room, y - room, x + w + room, y + h + room), side / CELLS)
    return np.asarray(picture)


def _cover(
    picture: Image.Image, corners: tuple[float, float, float, float], cell_px: float
) -> None:
    """Lay flat cells, none smaller than ``cell_px``, over a part; its means are all that is left.

    One pixel more on each side, for crops that are rounded another way.
    """
    left, top = (max(0, math.floor(value - 1)) for value in corners[:2])
    right = min(picture.width, math.ceil(corners[2] + 1))
    bottom = min(picture.height, math.ceil(corners[3] + 1))
    if right > left and bottom > top:
        part = picture.crop((left, top, right, bottom))
        cells = [max(1, int(side / cell_px)) for side in part.size]
        coarse = part.resize(cells, Image.Resampling.BOX)
        picture.paste(coarse.resize(part.size, Image.Resampling.NEAREST), (left, top))


def _embedded(picture: Image.Image, longest_px: int, alt: str) -> Picture:
    picture = picture.copy()
    picture.thumbnail((longest_px, longest_px))
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return Picture(f"data:image/jpeg;base64,{data}", picture.width, picture.height, alt)
