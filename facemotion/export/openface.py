"""openface.csv: the measurements under OpenFace 2's column names, in its units and its order.

Written for scripts that read the CSV of OpenFace's FeatureExtraction, also through py-feat's
``read_openface``. What the columns mean is taken from OpenFace's documentation
(github.com/TadasBaltrusaitis/OpenFace/wiki/Output-Format) and from the sources of version 2.2:
the order and the decimals from ``RecorderCSV``, the signs from ``RotationHelpers.h`` ("R = Rx * Ry
* Rz") and ``GazeEstimation`` (angles (0, 0) when looking straight at the camera plane).

* Axes of the camera: x to the picture's right, y down, z away from the camera. Looking into the
  camera is the direction (0, 0, -1); nodding down makes ``pose_Rx`` grow, turning to the picture's
  left ``pose_Ry``, tilting clockwise ``pose_Rz``.
* ``frame`` counts from 1. Only analysed frames have rows: analyse every frame to get them all.
* Left out, because they are not measured: ``pose_T*`` and everything in millimetres (they need the
  camera's focal length), ``eye_lmk_*``, the 68 landmarks ``x_*`` .. ``Z_*`` (this mesh has other
  points), ``p_*`` and ``AU28_c``. Gaze, head pose or action units are left out as a group when no
  face of the video has any.
* A value that could not be measured at one face is an empty cell, which pandas and R read as a
  missing number. OpenFace writes 0 there; but 0 is also a muscle at rest, and means would be wrong.
  In frames without a face (``success`` 0) everything but the first five columns is empty.
* OpenFace smooths and calibrates its intensities over the whole video; these are the raw ones.
* ``pose_R*`` is relative to the picture's axis. OpenFace corrects for where in the picture the head
  is, with a guessed focal length.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion.export.table import presence, rows
from facemotion.records import ACTION_UNITS, Analysis

Floats = NDArray[np.float64]

GAZE = (
    *("gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"),
    *("gaze_angle_x", "gaze_angle_y"),
)
POSE = ("pose_Rx", "pose_Ry", "pose_Rz")
INTENSITIES = tuple(f"{name}_r" for name in ACTION_UNITS)
PRESENCES = tuple(f"{name}_c" for name in ACTION_UNITS)
OPENFACE_COLUMNS: tuple[str, ...] = (
    *("frame", "face_id", "timestamp", "confidence", "success"),
    *(*GAZE, *POSE, *INTENSITIES, *PRESENCES),
)
"""All columns that openface.csv can have, in OpenFace's order."""

_DECIMALS = {
    "timestamp": 6,
    "confidence": 3,
    **dict.fromkeys((*GAZE, *POSE), 6),
    **dict.fromkeys(INTENSITIES, 2),
}
_AHEAD = np.array([0.0, 0.0, -1.0])  # into the camera


def openface_rows(analysis: Analysis) -> pd.DataFrame:
    """One row per (frame, face), and one with ``success`` 0 per frame without a face.

    Columns as ``OPENFACE_COLUMNS`` without those that were not measured, in OpenFace's units
    (radians, 0..5, 0/1); ``frame``, ``face_id`` and ``success`` are integers, all else float64.
    """
    ours = rows(analysis)
    table = pd.DataFrame(
        {
            "frame": ours["frame"] + 1,
            "face_id": ours["face_id"].fillna(0).astype("int64"),
            "timestamp": ours["timestamp"],
            "confidence": ours["confidence"].astype("float64").fillna(0.0),
            "success": ours["success"].astype("int64"),
        }
    )
    groups = (
        (GAZE, _gaze(ours)),
        (POSE, _pose(ours)),
        (INTENSITIES, ours[list(ACTION_UNITS)].to_numpy(dtype=np.float64)),
        (PRESENCES, ours[list(presence(ACTION_UNITS))].to_numpy(np.float64, na_value=np.nan)),
    )
    parts = [
        pd.DataFrame(values, columns=list(names), index=table.index)
        for names, values in groups
        if analysis.faces.empty or not np.isnan(values).all()
    ]
    return pd.concat([table, *parts], axis=1)


def openface_csv(analysis: Analysis) -> str:
    """``openface_rows`` as CSV with about OpenFace's decimals; commas without spaces, as 2.2."""
    table = openface_rows(analysis).round(_DECIMALS) + 0  # -0.0 becomes 0.0
    return str(table.to_csv(index=False, lineterminator="\n"))


def _pose(ours: pd.DataFrame) -> Floats:
    """``pose_Rx``, ``pose_Ry``, ``pose_Rz`` in radians, ``(n, 3)``."""
    return euler_xyz(head_rotation(*_radians(ours, "pitch_deg", "yaw_deg", "roll_deg")))


def _gaze(ours: pd.DataFrame) -> Floats:
    """Directions of the two eyes and the angles of both together, ``(n, 8)``."""
    head = head_rotation(*_radians(ours, "pitch_deg", "yaw_deg", "roll_deg"))
    eyes = [
        np.einsum("nij,nj->ni", head, _direction(*_radians(ours, *names)))
        for names in (("eye0_pitch_deg", "eye0_yaw_deg"), ("eye1_pitch_deg", "eye1_yaw_deg"))
    ]
    both = _direction(*_radians(ours, "gaze_pitch_deg", "gaze_yaw_deg"))
    angles = np.stack([np.arctan2(both[:, k], -both[:, 2]) for k in (0, 1)], axis=1)
    return np.concatenate([*eyes, angles], axis=1)


def head_rotation(pitch: Floats, yaw: Floats, roll: Floats) -> Floats:
    """The rotation matrices ``(n, 3, 3)``, in OpenFace's axes, of our head pose in radians.

    Ours turns the head about the camera's fixed axes, first by yaw, then pitch, then roll; towards
    the picture's right, up and clockwise are positive.
    """
    rotation: Floats = _about(2, roll) @ _about(0, -pitch) @ _about(1, -yaw)
    return rotation


def euler_xyz(rotation: Floats) -> Floats:
    """Angles ``(n, 3)`` in radians with ``R = Rx * Ry * Rz``, of rotation matrices ``(n, 3, 3)``.

    Written out, the product has ``R[0, 2] = sin(ry)``, and the other angles stand in its first row
    and last column.
    """
    rx = np.arctan2(-rotation[:, 1, 2], rotation[:, 2, 2])
    ry = np.arcsin(np.clip(rotation[:, 0, 2], -1.0, 1.0))
    rz = np.arctan2(-rotation[:, 0, 1], rotation[:, 0, 0])
    return np.stack([rx, ry, rz], axis=1)


def _direction(pitch: Floats, yaw: Floats) -> Floats:
    """Unit vectors ``(n, 3)`` of looking straight ahead, turned by yaw, then pitch."""
    direction: Floats = _about(0, -pitch) @ _about(1, -yaw) @ _AHEAD
    return direction


def _about(axis: int, angle: Floats) -> Floats:
    """Rotation matrices ``(n, 3, 3)`` about one axis: 0 is x, 1 is y, 2 is z."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrices = np.zeros((len(angle), 3, 3))
    matrices[:, axis, axis] = 1.0
    matrices[:, first, first] = matrices[:, second, second] = np.cos(angle)
    matrices[:, second, first] = np.sin(angle)
    matrices[:, first, second] = -np.sin(angle)
    return matrices


def _radians(ours: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    return tuple(np.deg2rad(ours[name].to_numpy(dtype=np.float64)) for name in names)
