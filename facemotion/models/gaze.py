"""Where the eyes look, from the place of each iris between its corners.

An eyeball is a sphere behind the corners of its eye; the line of sight of the camera through the
middle of the iris meets it where the eye looks to. The head's turn is taken out, or kept, exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facemotion.models.iris import INNER_CORNER, OUTER_CORNER

if TYPE_CHECKING:
    from facemotion.models.head import Head
    from facemotion.models.iris import Eyes

MM = 1 / 63.0
"""A millimetre in eye distances: 63 mm is the mean of adults (Dodgson, 2004, SPIE 5291)."""

IRIS_RADIUS = 10.5 * MM
"""From the eyeball's centre to the plane of the iris; the eyeball's own radius is about 12 mm."""

CENTRE = (1.1 * MM, -1.6 * MM, 5.0 * MM)
"""The eyeball's centre from the middle between the corners: outwards, down, back.

The first two are this project's figures: with them the medians are zero over 554 neutral, nearly
frontal pictures of FER-2013, whose people are taken to look into the camera on the whole.
"""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Gaze:
    """Degrees: pitch is positive upwards, yaw towards the picture's right.

    ``eyes_deg``: (pitch, yaw) of the eye on the picture's left and of the other one, relative to
    the head; ``mean_deg``: (pitch, yaw) of both together, relative to the camera.
    """

    eyes_deg: tuple[tuple[float, float], tuple[float, float]]
    mean_deg: tuple[float, float]


def gaze_of(eyes: Eyes, head: Head) -> Gaze:
    """The gaze of two eyes of a head."""
    directions = [_direction(eyes, k, head) for k in range(2)]
    mean = head.rotation @ (directions[0] + directions[1])
    first, second = (_angles(d) for d in directions)
    return Gaze((first, second), _angles(mean))


def _direction(eyes: Eyes, k: int, head: Head) -> Vector:
    """Unit vector of the head's own space in which eye ``k`` looks."""
    corners = eyes.outline[k, [OUTER_CORNER, INNER_CORNER]].mean(axis=0)
    offset = (eyes.iris[k, 0] - corners).astype(np.float64) / head.scale
    along = head.rotation.T @ np.array([0.0, 0.0, 1.0])
    # The iris relative to the eyeball's centre, somewhere on the camera's line of sight.
    start = head.rotation.T @ np.array([offset[0], offset[1], 0.0])
    outwards, down, back = CENTRE
    start = start - np.array([(-outwards, outwards)[k], down, back])
    start = start - (start @ along) * along
    depth = IRIS_RADIUS**2 - float(start @ start)
    found = start - math.sqrt(max(depth, 0.0)) * along
    unit: Vector = found / np.linalg.norm(found)
    return unit


def _angles(direction: Vector) -> tuple[float, float]:
    """(pitch, yaw) in degrees of a direction; towards the camera is (0, 0)."""
    x, y, z = (float(v) for v in direction)
    return math.degrees(math.atan2(-y, math.hypot(x, z))), math.degrees(math.atan2(x, -z))
