"""What is taken from each face besides its expression: head, gaze, muscles' evidence, landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.action_units import CROP_COLUMN, LENGTHS_COLUMN
from facemotion.action_units.geometry import lengths
from facemotion.models.gaze import gaze_of
from facemotion.models.head import head_of
from facemotion.models.normalised import normalised_face

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.iris import IrisModel
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB


def evidence(rgb: RGB, box_xywh: Floats, mesh: Mesh, iris: IrisModel) -> dict[str, Any]:
    """Columns of the faces table and the bytes that intensities are read from afterwards."""
    head = head_of(mesh.points)
    eyes = iris.fit(rgb, mesh)
    gaze = gaze_of(eyes, head)
    pitch_deg, yaw_deg, roll_deg = head.angles_deg
    (eye0_pitch, eye0_yaw), (eye1_pitch, eye1_yaw) = gaze.eyes_deg
    return {
        "pitch_deg": pitch_deg,
        "yaw_deg": yaw_deg,
        "roll_deg": roll_deg,
        "gaze_pitch_deg": gaze.mean_deg[0],
        "gaze_yaw_deg": gaze.mean_deg[1],
        "eye0_pitch_deg": eye0_pitch,
        "eye0_yaw_deg": eye0_yaw,
        "eye1_pitch_deg": eye1_pitch,
        "eye1_yaw_deg": eye1_yaw,
        LENGTHS_COLUMN: lengths(mesh, head, eyes).tobytes(),
        CROP_COLUMN: normalised_face(rgb, head, eyes).tobytes(),
        "points": _in_box(mesh.points, box_xywh),
        "iris": _in_box(eyes.iris.reshape(10, 2), box_xywh),
    }


def _in_box(points: Floats, box_xywh: Floats) -> np.ndarray:
    """Points relative to the face's box, as float16: (0, 0) its top left, (1, 1) its bottom right.

    In pixels of a large picture float16 would be a pixel coarse; so it is a thousandth of the box.
    """
    x, y, w, h = box_xywh
    low, size = np.array([x, y, 0.0]), np.array([w, h, w])
    n = points.shape[1]
    relative: np.ndarray = ((points - low[:n]) / size[:n]).astype(np.float16)
    return relative.ravel()
