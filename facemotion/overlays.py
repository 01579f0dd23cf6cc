"""What was measured, drawn on the picture it was measured in: boxes, meshes, muscles.

Pure functions on Pillow pictures; boxes and points are in pixels of the frame and are drawn at
``scale``, that of the picture to the frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from facemotion import palette, typography
from facemotion.action_units.reliability import PRESENT_FROM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float32]

OTHERS = "#d0d0d0"
"""The boxes of the faces that are not looked at."""

# Point numbers of MediaPipe's canonical face model: the lines that make a face of the points.
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10),
)
_EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7, 33),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249, 263),
)
_BROWS = ((70, 63, 105, 66, 107), (300, 293, 334, 296, 336))
_LIPS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 61),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78),
)
_NOSE = (168, 6, 197, 195, 5, 4)
LINES: tuple[tuple[int, ...], ...] = (_OVAL, *_EYES, *_BROWS, *_LIPS, _NOSE)
"""Chains of points of the mesh: outline, eyes, brows, lips and the ridge of the nose."""

PLACES: dict[str, tuple[int, ...]] = {
    "AU01": (107, 336),
    "AU02": (105, 334),
    "AU04": (9,),
    "AU05": (159, 386),
    "AU06": (117, 346),
    "AU07": (145, 374),
    "AU09": (195,),
    "AU10": (37, 267),
    "AU12": (61, 291),
    "AU14": (61, 291),
    "AU15": (202, 422),
    "AU17": (199,),
    "AU20": (57, 287),
    "AU23": (13,),
    "AU25": (14,),
    "AU26": (152,),
    "AU45": (159, 386),
}
"""Where on the mesh each action unit shows: the points at which it is drawn."""


def boxes(picture: Image.Image, here: pd.DataFrame, face_id: int | None, scale: float) -> None:
    """Every face in a box; that of ``face_id`` in the colour of its emotion, and on top."""
    draw = ImageDraw.Draw(picture)
    line = max(2, round(picture.width / 220))
    for row in here.sort_values("face_id", key=lambda ids: ids == face_id).itertuples():
        box = [row.x * scale, row.y * scale, (row.x + row.w) * scale, (row.y + row.h) * scale]
        chosen = row.face_id == face_id
        colour = palette.color(str(row.dominant_emotion)) if chosen else OTHERS
        outer = [box[0] - line, box[1] - line, box[2] + line, box[3] + line]
        draw.rounded_rectangle(outer, 3 * line, outline="#ffffff", width=2 * line if chosen else 1)
        draw.rounded_rectangle(box, 2 * line, outline=colour, width=line if chosen else line // 2)


def mesh(picture: Image.Image, points: Points, scale: float) -> None:
    """The 468 points of a face, ``(468, 2 or 3)``, and the lines that make a face of them."""
    draw = ImageDraw.Draw(picture, "RGBA")
    at = points[:, :2] * scale
    size = float(np.ptp(at[:, 0]))
    line = max(1, round(size / 160))
    for chain in LINES:
        draw.line([tuple(at[i]) for i in chain], fill=(255, 255, 255, 230), width=line)
    radius = max(0.6, size / 320)
    for x, y in at:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(96, 208, 255, 210))


def muscles(
    picture: Image.Image, points: Points, units: Mapping[str, float], scale: float
) -> tuple[str, ...]:
    """A spot and the name of each action unit that is there; gives those that were drawn.

    ``units`` are intensities 0..5; the area of a spot is in proportion to them.
    """
    draw = ImageDraw.Draw(picture, "RGBA")
    at = points[:, :2] * scale
    size = float(np.ptp(at[:, 0]))
    letters_px = max(11, min(20, round(size / 12)))
    shown = sorted(
        (unit for unit, value in units.items() if value >= PRESENT_FROM),
        key=lambda unit: -units[unit],
    )
    taken: list[tuple[float, float, float, float]] = []
    for unit in shown:
        radius = size * 0.05 * float(np.sqrt(units[unit] / 5.0)) + 1.5
        for point in PLACES[unit]:
            x, y = at[point]
            spot = (x - radius, y - radius, x + radius, y + radius)
            draw.ellipse(spot, fill=(255, 214, 64, 150), outline=(30, 30, 30, 200))
        _name(draw, unit, at[PLACES[unit][-1]], radius, letters_px, taken, picture.size)
    return tuple(shown)


def _name(
    draw: ImageDraw.ImageDraw,
    unit: str,
    at: Points,
    radius: float,
    letters_px: int,
    taken: list[tuple[float, float, float, float]],
    size: Sequence[int],
) -> None:
    """The unit's name beside its spot, further down where another name stands already."""
    font = typography.font(letters_px, bold=True)
    width, height = font.getlength(unit) + 8, letters_px + 6
    x = min(float(at[0]) + radius + 3, size[0] - width - 1)
    y = float(at[1]) - height / 2
    while any(
        x < other[2] and other[0] < x + width and y < other[3] and other[1] < y + height
        for other in taken
    ):
        y += 2
    box = (x, y, x + width, y + height)
    taken.append(box)
    draw.rounded_rectangle(box, 3, fill=(20, 20, 28, 215))
    draw.text((x + 4, y + height / 2), unit, font=font, fill=(255, 255, 255, 255), anchor="lm")
