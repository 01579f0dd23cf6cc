"""What the mesh and the outlines of the eyes say about a face's muscles: a few lengths.

All in eye distances (``models.head``), seen from the face's own front. Names end in 0 for the side
on the picture's left and in 1 for the other; "out" is away from the midline of the face.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from facemotion.models.iris import (
    INNER_BROW,
    INNER_CORNER,
    LOWER_LID,
    OUTER_BROW,
    OUTER_CORNER,
    UPPER_LID,
)

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.head import Head
    from facemotion.models.iris import Eyes
    from facemotion.models.mesh import Mesh

_SIDED = ("inner_brow_up", "inner_brow_in", "outer_brow_up", "lid_gap", "lower_lid_up")
_MOUTH = (
    *("corner_up0", "corner_up1", "corner_out0", "corner_out1", "corner_back0", "corner_back1"),
    *("lip_gap", "upper_lip_up", "lower_lip_up", "mouth_height", "chin_up"),
)
LENGTHS: tuple[str, ...] = (*(f"{name}{k}" for k in range(2) for name in _SIDED), *_MOUTH)
"""What is measured, in this order."""

# Point numbers of MediaPipe's canonical face model.
NOSE_BASE = 2
CORNERS = (61, 291)
UPPER_LIP_OUTER, LOWER_LIP_OUTER = (0, 37, 267), (17, 84, 314)
UPPER_LIP_INNER, LOWER_LIP_INNER = (13, 82, 312), (14, 87, 317)
CHIN = (152, 148, 377)


def lengths(mesh: Mesh, head: Head, eyes: Eyes) -> Floats:
    """``(len(LENGTHS),)``: the lengths of one face."""
    values = [*_eye(eyes, 0, head), *_eye(eyes, 1, head), *_mouth(head.from_front(mesh.points))]
    return np.array(values, dtype=np.float32)


def _eye(eyes: Eyes, k: int, head: Head) -> list[float]:
    _, yaw_deg, roll_deg = head.angles_deg
    roll = math.radians(roll_deg)
    across, down = (math.cos(roll), math.sin(roll)), (-math.sin(roll), math.cos(roll))
    outline = eyes.outline[k]
    middle = outline[[OUTER_CORNER, INNER_CORNER]].mean(axis=0)
    places = (outline - middle) @ np.array([across, down], dtype=np.float32).T / head.scale
    # Turning the head narrows what is seen; towards the nose is positive on both sides.
    towards_nose = places[:, 0] * (1 if k == 0 else -1) / max(math.cos(math.radians(yaw_deg)), 0.3)
    y = places[:, 1]
    return [
        -float(y[list(INNER_BROW)].mean()),
        float(towards_nose[list(INNER_BROW)].mean()),
        -float(y[list(OUTER_BROW)].mean()),
        float((y[list(LOWER_LID)] - y[list(UPPER_LID)]).mean()),
        -float(y[list(LOWER_LID)].mean()),
    ]


def _mouth(front: Floats) -> list[float]:
    def y(points: tuple[int, ...]) -> float:
        return float(front[list(points), 1].mean())

    base = y((NOSE_BASE,))
    lips_z = float(front[[UPPER_LIP_INNER[0], LOWER_LIP_INNER[0]], 2].mean())
    return [
        base - y(CORNERS[:1]),
        base - y(CORNERS[1:]),
        -float(front[CORNERS[0], 0]),
        float(front[CORNERS[1], 0]),
        float(front[CORNERS[0], 2]) - lips_z,
        float(front[CORNERS[1], 2]) - lips_z,
        y(LOWER_LIP_INNER) - y(UPPER_LIP_INNER),
        base - y(UPPER_LIP_OUTER),
        base - y(LOWER_LIP_OUTER),
        y(LOWER_LIP_OUTER) - y(UPPER_LIP_OUTER),
        base - y(CHIN),
    ]
