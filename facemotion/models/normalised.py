"""The face as seen from its own front: a small grey picture in which the skin can be followed.

The mean face's surface is laid into the picture with the head's turn and read off on a grid, so
that the head may move while forehead, cheeks, lips and chin stay where they are unless a muscle
moves them. What the mesh takes for a nod is often a raised brow or an opened mouth; so the grid is
shifted until the corners of the eyes, which no muscle moves, lie where they belong.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.head import mean_face
from facemotion.models.iris import INNER_CORNER, OUTER_CORNER
from facemotion.models.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.head import Head
    from facemotion.models.iris import Eyes
    from facemotion.records import RGB

PER_UNIT = 24
"""Pixels of the small picture per eye distance."""

LEFT, TOP, WIDTH, HEIGHT = -1.05, -0.8, 50, 58
"""Where the grid begins, in eye distances from between the eyes, and its size in pixels."""

_CORNERS = (LEFT_EYE_CORNERS[0], LEFT_EYE_CORNERS[1], RIGHT_EYE_CORNERS[1], RIGHT_EYE_CORNERS[0])


def normalised_face(rgb: RGB, head: Head, eyes: Eyes) -> RGB:
    """The face from its front as ``(58, 50)`` uint8 grey; black outside the picture."""
    flat = head.in_picture(_surface())[:, :2] + _shift(head, eyes)
    height, width = rgb.shape[:2]
    factor = max(1, round(head.scale / PER_UNIT))
    x0, y0 = np.clip(np.floor(flat.min(axis=0)).astype(int) - 2, 0, (width, height))
    x1, y1 = np.clip(np.ceil(flat.max(axis=0)).astype(int) + 3, 0, (width, height))
    # A whole number of blocks, which is what makes averaging fast.
    x1, y1 = x0 + (x1 - x0) // factor * factor, y0 + (y1 - y0) // factor * factor
    if x1 - x0 < 2 * factor or y1 - y0 < 2 * factor:
        return np.zeros((HEIGHT, WIDTH), np.uint8)
    part, places = rgb[y0:y1, x0:x1], flat - (x0, y0)
    if factor > 1:
        # Averaging first keeps fine texture from turning into noise.
        size = ((x1 - x0) // factor, (y1 - y0) // factor)
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        places = (places + 0.5) / factor - 0.5
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    grid = places.astype(np.float32).reshape(HEIGHT, WIDTH, 2)
    small: RGB = cv2.remap(grey, grid, None, cv2.INTER_LINEAR)
    return small


def _shift(head: Head, eyes: Eyes) -> Floats:
    """From where the head has the corners of the eyes to where the iris model sees them."""
    expected = head.in_picture(mean_face()[list(_CORNERS)])[:, :2]
    seen = eyes.outline[:, [OUTER_CORNER, INNER_CORNER]].reshape(4, 2)
    expected = expected[[0, 1, 3, 2]]
    shift: Floats = (seen - expected).mean(axis=0)
    return shift


@cache
def _surface() -> Floats:
    """The grid on the mean face's surface: ``(58 * 50, 3)`` in eye distances."""
    x, y = np.meshgrid(
        LEFT + (np.arange(WIDTH) + 0.5) / PER_UNIT, TOP + (np.arange(HEIGHT) + 0.5) / PER_UNIT
    )
    face = mean_face()
    # Depth by the inverse square of the distance to the mesh's points: smooth, and defined
    # beyond the outline too.
    squared = (x.reshape(-1, 1) - face[:, 0]) ** 2 + (y.reshape(-1, 1) - face[:, 1]) ** 2
    weights = 1.0 / (squared + 0.05**2) ** 1.5
    # Not by ``@``: this is called from worker threads, and BLAS would start threads of its own,
    # which wait spinning, and for ever where the process runs at real-time priority.
    depth = np.einsum("ij,j->i", weights, face[:, 2]) / weights.sum(axis=1)
    return np.stack([x.ravel(), y.ravel(), depth], axis=1).astype(np.float32)


def pixel_of(x: float, y: float) -> tuple[float, float]:
    """The (column, row) of a place given in eye distances."""
    return (x - LEFT) * PER_UNIT - 0.5, (y - TOP) * PER_UNIT - 0.5
