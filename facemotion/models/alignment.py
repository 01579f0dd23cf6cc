"""Cuts a face out the way the expression networks have learned it: framed as in FER-2013.

In the pictures of FER-2013 (Goodfellow et al., 2013, arXiv:1307.0414) the detector and mesh used
here find, as medians over 936 training pictures and as fractions of the picture's side: the middle
of the eyes at (0.50, 0.39), the mesh from 0.10 to 0.90 across and from 0.09 to 0.98 down.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.mesh import Mesh
from facemotion.models.resampling import square_to_crop, warp

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

EYES_AT = (0.50, 0.39)
MESH_WIDTH = 0.84
MESH_HEIGHT = 0.935

# Point numbers of MediaPipe's canonical face model; "left" is the picture's.
NOSE_TIP, LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER = 1, 61, 291

FIVE_POINTS = np.array(
    [[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [41.55, 92.37], [70.73, 92.20]], np.float32
)
"""Eyes, nose tip and mouth corners in 112-pixel crops: the reference points of ArcFace (Deng et
al., 2019, arXiv:1801.07698), by which SFace and OpenCV's expression network are cut."""

SHARPNESS_SIZE = 64
"""Side of the crop on which ``sharpness`` is taken: on a smaller one all faces look crisp."""


def aligned_crop(rgb: RGB, mesh: Mesh, size: int) -> RGB:
    """The face with level eyes as a ``(size, size, 3)`` uint8 crop, framed as in FER-2013."""
    x, y, side = square_of(mesh)
    return warp(rgb, square_to_crop(x, y, side, mesh.roll_deg, size), size)


def five_point_crop(rgb: RGB, mesh: Mesh) -> RGB:
    """The face as a 112-pixel crop whose eyes, nose and mouth lie nearest to ``FIVE_POINTS``."""
    flat = mesh.points[:, :2]
    marks = flat[[NOSE_TIP, LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER]]
    return warp(rgb, similarity(np.concatenate([mesh.eyes, marks]), FIVE_POINTS), 112)


def box_crop(rgb: RGB, mesh: Mesh, size: int) -> RGB:
    """The upright box around the mesh, stretched to a ``(size, size, 3)`` square.

    What networks have learned that were trained on a detector's tight boxes. The outside of the
    picture is black.
    """
    flat = mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    side = float((high - low).max())
    x, y = ((low + high) / 2).tolist()
    square = warp(rgb, square_to_crop(x, y, side, 0.0, 2 * size), 2 * size)
    width, height = np.maximum(2, np.rint(2 * size * (high - low) / side).astype(int))
    left, top = (2 * size - width) // 2, (2 * size - height) // 2
    crop: RGB = cv2.resize(
        square[top : top + height, left : left + width], (size, size), interpolation=cv2.INTER_AREA
    )
    return crop


def similarity(points: Floats, wanted: Floats) -> Floats:
    """The ``(2, 3)`` turn, scale and shift that brings points nearest to others (least squares)."""
    x, y = points.T.astype(np.float64)
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    (a, b, right, down), *_ = np.linalg.lstsq(rows, wanted.T.reshape(-1), rcond=None)
    return np.array([[a, -b, right], [b, a, down]], dtype=np.float32)


def square_of(mesh: Mesh) -> tuple[float, float, float]:
    """Middle and side, in pixels, of the square, turned by the mesh's roll, that is cut out."""
    roll = math.radians(mesh.roll_deg)
    across = np.array([math.cos(roll), math.sin(roll)])
    down = np.array([-math.sin(roll), math.cos(roll)])
    flat = mesh.points[:, :2]
    width, height = np.ptp(flat @ across), np.ptp(flat @ down)
    # Turning the head narrows a face but does not shorten it: the larger demand wins.
    side = float(max(width / MESH_WIDTH, height / MESH_HEIGHT))
    along = flat @ across
    middle = mesh.eyes.mean(axis=0)
    # Across, centre on the mesh: on a turned head the eyes are far from the middle of the face.
    offset_x = (along.min() + along.max()) / 2 - middle @ across
    centre = middle + across * offset_x + down * (0.5 - EYES_AT[1]) * side
    return float(centre[0]), float(centre[1]), side


def sharpness(crop: RGB) -> float:
    """How crisp a face crop is: 0 (blurred) .. 1, from the variance of its Laplacian.

    The variance of the Laplacian is a standard focus measure (Pech-Pacheco et al., 2000); it is
    taken on the crop, so that it means the same for large and small faces, divided by the
    crop's own variance, so that contrast does not pass for focus, and squashed to 0..1.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = float(grey.var())
    if contrast < 1.0:
        return 0.0
    ratio = float(cv2.Laplacian(grey, cv2.CV_32F).var()) / contrast
    return ratio / (ratio + 0.1)
