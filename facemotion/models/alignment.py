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
    from facemotion.records import RGB

EYES_AT = (0.50, 0.39)
MESH_WIDTH = 0.84
MESH_HEIGHT = 0.935

SHARPNESS_SIZE = 64
"""Side of the crop on which ``sharpness`` is taken: on a smaller one all faces look crisp."""


def aligned_crop(rgb: RGB, mesh: Mesh, size: int) -> RGB:
    """The face with level eyes as a ``(size, size, 3)`` uint8 crop, framed as in FER-2013."""
    x, y, side = square_of(mesh)
    return warp(rgb, square_to_crop(x, y, side, mesh.roll_deg, size), size)


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
