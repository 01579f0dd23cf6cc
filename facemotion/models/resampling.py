"""Cutting and shrinking pictures without aliasing.

Linear interpolation looks at four pixels only, so a picture that shrinks to less than half its size
must first be averaged; halving by area averaging is the fast way to do that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB


def halved(rgb: RGB, scale: float) -> RGB:
    """The picture, halved as often as it can be before a resize by ``scale`` is left above 0.5."""
    factor = 2 ** _halvings(scale)
    if factor == 1:
        return rgb
    size = (max(1, rgb.shape[1] // factor), max(1, rgb.shape[0] // factor))
    small: RGB = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return small


def _halvings(scale: float) -> int:
    return max(0, math.floor(math.log2(1.0 / scale))) if scale < 0.5 else 0


def square_to_crop(
    centre_x: float, centre_y: float, side: float, roll_deg: float, size: int
) -> Floats:
    """The ``(2, 3)`` affine that maps a turned square of the picture onto ``(size, size)``."""
    scale = size / side
    cos = math.cos(math.radians(roll_deg)) * scale
    sin = math.sin(math.radians(roll_deg)) * scale
    half = size / 2
    return np.array(
        [
            [cos, sin, half - cos * centre_x - sin * centre_y],
            [-sin, cos, half + sin * centre_x - cos * centre_y],
        ],
        dtype=np.float32,
    )


def warp(rgb: RGB, to_crop: Floats, size: int) -> RGB:
    """Cut a ``(size, size, 3)`` crop; the outside of the picture is black.

    When it shrinks a lot, the part of the picture that is needed is averaged first.
    """
    factor = 2 ** _halvings(math.hypot(to_crop[0, 0], to_crop[1, 0]))
    if factor > 1:
        rgb, to_crop = _reduced(rgb, to_crop, size, factor)
    crop: RGB = cv2.warpAffine(
        rgb, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return crop


def _reduced(rgb: RGB, to_crop: Floats, size: int, factor: int) -> tuple[RGB, Floats]:
    """The needed part of the picture, ``factor`` times smaller, and the affine that fits it."""
    back = cv2.invertAffineTransform(to_crop)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) @ back.T
    height, width = rgb.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int) - factor, 0, (width, height))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int) + factor, 0, (width, height))
    # The blocks that are averaged stay where they are when the face moves by less than a pixel.
    x0, y0 = x0 // factor * factor, y0 // factor * factor
    x1, y1 = x0 + (x1 - x0) // factor * factor, y0 + (y1 - y0) // factor * factor
    if x1 <= x0 or y1 <= y0:
        return rgb, to_crop
    small = cv2.resize(
        rgb[y0:y1, x0:x1],
        ((x1 - x0) // factor, (y1 - y0) // factor),
        interpolation=cv2.INTER_AREA,
    )
    # A pixel centre u of the small picture stands for factor * (u + 0.5) - 0.5 of the large one.
    shift = np.array([x0, y0], dtype=np.float32) + (factor - 1) / 2
    moved = to_crop.copy()
    moved[:, 2] += to_crop[:, :2] @ shift
    moved[:, :2] *= factor
    return small, moved
