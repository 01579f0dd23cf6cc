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

_EYE_POINTS = [*INNER_BROW, *OUTER_BROW, *LOWER_LID, *UPPER_LID]
_USED = [
    *(NOSE_BASE, *CORNERS, *UPPER_LIP_OUTER, *LOWER_LIP_OUTER),
    *(*UPPER_LIP_INNER, *LOWER_LIP_INNER, *CHIN),
]


def lengths(mesh: Mesh, head: Head, eyes: Eyes) -> Floats:
    """``(len(LENGTHS),)``: the lengths of one face."""
    _, yaw_deg, roll_deg = head.angles_deg
    roll, narrowing = math.radians(roll_deg), max(math.cos(math.radians(yaw_deg)), 0.3)
    cos, sin = math.cos(roll) / head.scale, math.sin(roll) / head.scale
    level = np.array([[cos / narrowing, -sin], [sin / narrowing, cos]], dtype=np.float32)
    mouth = _mouth(head.from_front(mesh.points[_USED]))
    values = [*_eye(eyes.outline[0], level, 1), *_eye(eyes.outline[1], level, -1), *mouth]
    return np.array(values, dtype=np.float32)


def _eye(outline: Floats, level: Floats, towards_nose: int) -> list[float]:
    """``level`` turns pixels into eye distances across and down, the head's turn taken out."""
    middle = (outline[OUTER_CORNER] + outline[INNER_CORNER]) / 2
    x, y = ((outline[_EYE_POINTS] - middle) @ level).T.reshape(2, 4, 3).mean(axis=2)
    inner, outer, lower, upper = (float(v) for v in y)
    return [-inner, towards_nose * float(x[0]), -outer, lower - upper, -lower]


def _mouth(front: Floats) -> list[float]:
    """``front``: the points ``_USED``."""
    base, first, second = front[0], front[1], front[2]
    upper_outer, lower_outer, upper_inner, lower_inner, chin = (
        front[3:].reshape(5, 3, 3)[:, :, 1].mean(axis=1).tolist()
    )
    base_y = float(base[1])
    lips_z = float(front[9, 2] + front[12, 2]) / 2
    return [
        base_y - float(first[1]),
        base_y - float(second[1]),
        -float(first[0]),
        float(second[0]),
        float(first[2]) - lips_z,
        float(second[2]) - lips_z,
        lower_inner - upper_inner,
        base_y - upper_outer,
        base_y - lower_outer,
        lower_outer - upper_outer,
        base_y - chin,
    ]
