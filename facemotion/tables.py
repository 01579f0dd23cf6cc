"""The two tables of an analysis: one row per (frame, face), and one row per analysed frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.records import ACTION_UNITS, EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

FACE_COLUMNS: dict[str, str] = {
    "frame": "int64",  # number of the frame in the video file, from 0
    "timestamp": "float64",  # seconds on the video's own clock
    "face_id": "int64",  # one number per person: a track, or the tracks a user has merged
    "track_id": "int64",  # one face followed within one shot; face_id until a user merges
    "person": "str",  # what the user calls the face, otherwise "Face 3"
    "confidence": "float32",  # the detector's score, 0..1
    "x": "float32",  # box in pixels of the source frame, origin top left
    "y": "float32",
    "w": "float32",
    "h": "float32",
    "mesh_score": "float32",  # the mesh model's own belief that this is a face; NaN: not measured
    "pitch_deg": "float32",  # head: up is positive
    "yaw_deg": "float32",  # towards the picture's right is positive
    "roll_deg": "float32",  # clockwise in the picture is positive
    "gaze_pitch_deg": "float32",  # both eyes' mean direction relative to the camera, same signs
    "gaze_yaw_deg": "float32",
    "eye0_pitch_deg": "float32",  # the eye on the picture's left, relative to the head
    "eye0_yaw_deg": "float32",
    "eye1_pitch_deg": "float32",  # the eye on the picture's right
    "eye1_yaw_deg": "float32",
    "sharpness": "float32",  # 0 (blurred) .. 1 (crisp), see models.alignment
    **dict.fromkeys(EMOTIONS, "float32"),  # probabilities, sum 1
    "contempt": "float32",  # 0..1, beside the seven; NaN: the classifier does not tell
    "classifier_valence": "float32",  # -1..1, what the classifier itself tells; NaN: it does not
    "classifier_arousal": "float32",
    "expressiveness": "float32",  # 1 - p(neutral)
    "dominant_emotion": "str",
    "valence": "float32",  # -1..1, see affect
    "arousal": "float32",  # -1..1
    **dict.fromkeys(ACTION_UNITS, "float32"),  # intensities 0..5 above the person's neutral face
    "baseline": "str",  # what that neutral is: "own", "range" (chosen by the user), "population"
    "source": "str",  # who found the face: "local" or "claude"
}

SAMPLE_COLUMNS: dict[str, str] = {
    "frame": "int64",
    "timestamp": "float64",
    "n_faces": "int64",
    "shot": "int64",  # number of the shot, from 0; a cut lies between two numbers
}


def faces_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The faces table from rows; fills in the derived columns, and NaN for what is not measured."""
    table = pd.DataFrame(list(rows)).reindex(columns=list(FACE_COLUMNS))
    probabilities = table[list(EMOTIONS)].to_numpy(dtype=np.float64)
    table["expressiveness"] = 1.0 - probabilities[:, EMOTIONS.index("neutral")]
    best = probabilities.argmax(axis=1) if len(table) else np.zeros(0, dtype=int)
    table["dominant_emotion"] = [EMOTIONS[i] for i in best]
    table["track_id"] = table["track_id"].fillna(table["face_id"])
    names = table["face_id"].map(person_name)
    table["person"] = table["person"].astype("str").fillna(names.astype("str"))
    table["baseline"] = table["baseline"].astype("str").fillna("")
    return table.astype(FACE_COLUMNS)


def person_name(face_id: int) -> str:
    """What a face is called until a user gives it a name."""
    return f"Face {face_id}"


def samples_table(rows: Iterable[tuple[int, float, int]]) -> pd.DataFrame:
    """The samples table from (frame, timestamp, n_faces), as one shot."""
    table = pd.DataFrame(list(rows), columns=["frame", "timestamp", "n_faces"])
    return table.assign(shot=0).astype(SAMPLE_COLUMNS)


def recounted(samples: pd.DataFrame, faces: pd.DataFrame) -> pd.DataFrame:
    """The samples table with ``n_faces`` as the faces table has them now."""
    counts = samples["frame"].map(faces.groupby("frame").size()).fillna(0)
    return samples.assign(n_faces=counts.astype(SAMPLE_COLUMNS["n_faces"]))
