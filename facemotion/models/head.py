"""The head behind a mesh: where it is, how it is turned, and points seen from its own front.

The mesh is laid onto a mean face by the similarity that fits best (Umeyama, 1991, "Least-squares
estimation of transformation parameters between two point patterns"), with the points that muscles
hardly move: bridge and base of the nose, corners of the eyes, temples.

``mean_face.npy`` is this project's own figure: the median of the meshes that the mesh model finds
on 1,405 pictures of FER-2013 that at least eight of ten raters called neutral (FER+), laid onto
each other, made symmetrical, and turned so that the median picture looks straight ahead. Its unit
is the distance between the middles of the two eyes, about 63 mm on an adult; its origin lies
between them; x points to the picture's right, y down, z away from the camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facemotion.models.base import Floats

MEAN_FACE = Path(__file__).with_name("mean_face.npy")

# Point numbers of MediaPipe's canonical face model.
STEADY = (168, 6, 197, 195, 5, 4, 1, 33, 133, 362, 263, 2, 98, 327, 127, 356, 9, 8)


@dataclass(frozen=True)
class Head:
    """How the mean face lies in the picture: ``scale * rotation @ point + translation``.

    ``scale``: pixels per eye distance; ``rotation``: ``(3, 3)``; ``translation``: ``(3,)`` pixels.
    """

    scale: float
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    @property
    def angles_deg(self) -> tuple[float, float, float]:
        """Pitch (up), yaw (to the picture's right) and roll (clockwise), all in degrees.

        The head is turned by yaw first, then pitch, then roll, about the axes of the camera:
        rotation = Rz(roll) Rx(pitch) Ry(yaw).
        """
        r = self.rotation
        pitch = -math.degrees(math.asin(min(max(float(r[2, 1]), -1.0), 1.0)))
        yaw = math.degrees(math.atan2(r[2, 0], r[2, 2]))
        roll = math.degrees(math.atan2(-r[0, 1], r[1, 1]))
        return pitch, yaw, roll

    def from_front(self, points: Floats) -> Floats:
        """``(n, 3)`` pixels of the picture as ``(n, 3)`` points of the mean face's own space."""
        seen: Floats = ((points - self.translation) @ self.rotation / self.scale).astype(np.float32)
        return seen

    def in_picture(self, points: Floats) -> Floats:
        """``(n, 3)`` points of the mean face's own space as ``(n, 3)`` pixels."""
        # OpenCV rather than a matrix product: NumPy's would start threads of its own, under the
        # threads that already share the cores between faces.
        move = np.column_stack([self.scale * self.rotation, self.translation])
        placed: Floats = cv2.transform(points[None], move.astype(np.float32))[0]
        return placed


def head_of(points: Floats) -> Head:
    """The head under a mesh of ``(468, 3)`` pixels."""
    own, steady, spread = _steady()
    seen = points[list(STEADY)].astype(np.float64)
    middle = seen.mean(axis=0)
    u, sizes, vt = np.linalg.svd(own.T @ (seen - middle))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = (vt.T * signs) @ u.T
    scale = float((sizes * signs).sum() / spread)
    return Head(scale, rotation, middle - scale * rotation @ steady)


@cache
def mean_face() -> Floats:
    """The mean neutral face: ``(468, 3)`` in eye distances."""
    face: Floats = np.load(MEAN_FACE)
    return face


@cache
def _steady() -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The steady points about their middle, that middle, and the sum of their squares."""
    points = mean_face()[list(STEADY)].astype(np.float64)
    middle = points.mean(axis=0)
    return points - middle, middle, float(((points - middle) ** 2).sum())
