"""The two tables of an analysis: one row per (frame, face), and one row per analysed frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

FACE_COLUMNS: dict[str, str] = {
    "frame": "int64",  # number of the frame in the video file, from 0
    "timestamp": "float64",  # seconds on the video's own clock
    "face_id": "int64",  # the same face in successive samples keeps its number
    "confidence": "float32",  # the detector's score, 0..1
    "x": "float32",  # box in pixels of the source frame, origin top left
    "y": "float32",
    "w": "float32",
    "h": "float32",
    "mesh_score": "float32",  # the mesh model's own belief that this is a face; NaN: not measured
    "roll_deg": "float32",  # tilt of the line through the eyes, clockwise in the picture
    "sharpness": "float32",  # 0 (blurred) .. 1 (crisp), see models.alignment
    **dict.fromkeys(EMOTIONS, "float32"),  # probabilities, sum 1
    "expressiveness": "float32",  # 1 - p(neutral)
    "dominant_emotion": "str",
    "source": "str",  # who found the face: "local", later also "claude"
}

SAMPLE_COLUMNS: dict[str, str] = {
    "frame": "int64",
    "timestamp": "float64",
    "n_faces": "int64",
}


def faces_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The faces table from rows that hold every measured column; fills in the derived ones."""
    derived = ("expressiveness", "dominant_emotion")
    measured = [name for name in FACE_COLUMNS if name not in derived]
    table = pd.DataFrame(list(rows), columns=measured)
    probabilities = table[list(EMOTIONS)].to_numpy(dtype=np.float64)
    table["expressiveness"] = 1.0 - probabilities[:, EMOTIONS.index("neutral")]
    best = probabilities.argmax(axis=1) if len(table) else np.zeros(0, dtype=int)
    table["dominant_emotion"] = [EMOTIONS[i] for i in best]
    return table[list(FACE_COLUMNS)].astype(FACE_COLUMNS)


def samples_table(rows: Iterable[tuple[int, float, int]]) -> pd.DataFrame:
    """The samples table from (frame, timestamp, n_faces)."""
    return pd.DataFrame(list(rows), columns=list(SAMPLE_COLUMNS)).astype(SAMPLE_COLUMNS)
