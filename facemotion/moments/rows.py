"""A row of the faces table as a moment, with all that was measured there."""

from __future__ import annotations

import math

import pandas as pd

from facemotion import action_units
from facemotion.records import ACTION_UNITS, EMOTIONS, Moment
from facemotion.tables import FACE_COLUMNS


def of_row(row: pd.Series, number: int, why: str) -> Moment:
    """A row of the faces table as a moment; ``number`` 0 for one that was not chosen."""
    intensities = tuple(_measured(row[name]) for name in ACTION_UNITS)
    is_measured = any(value is not None for value in intensities)
    present, reliability = _judged(row) if is_measured else (None, None)
    return Moment(
        number=number,
        frame_index=int(row["frame"]),
        time_s=float(row["timestamp"]),
        face_id=int(row["face_id"]),
        emotion=str(row["dominant_emotion"]),
        probabilities=tuple(float(row[emotion]) for emotion in EMOTIONS),
        expressiveness=float(row["expressiveness"]),
        confidence=float(row["confidence"]),
        box_xywh=(float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"])),
        why=why,
        source=str(row["source"]),
        person=str(row["person"]),
        action_units=intensities if is_measured else None,
        present=present,
        reliability=reliability,
        pitch_deg=_measured(row["pitch_deg"]),
        yaw_deg=_measured(row["yaw_deg"]),
        roll_deg=_measured(row["roll_deg"]),
        gaze_pitch_deg=_measured(row["gaze_pitch_deg"]),
        gaze_yaw_deg=_measured(row["gaze_yaw_deg"]),
        valence=_measured(row["valence"]),
        arousal=_measured(row["arousal"]),
    )


def _judged(row: pd.Series) -> tuple[tuple[bool | None, ...], tuple[str, ...]]:
    """Which action units are present (None: not measured), and how reliable each is."""
    table = pd.DataFrame([row])[list(FACE_COLUMNS)].astype(FACE_COLUMNS)
    present = action_units.present(table).iloc[0]
    words = action_units.reliability(table).iloc[0]
    return (
        tuple(bool(present[n]) if pd.notna(row[n]) else None for n in ACTION_UNITS),
        tuple(str(words[n]) for n in ACTION_UNITS),
    )


def _measured(value: float) -> float | None:
    """A number, or None for NaN, which JSON does not have."""
    return None if math.isnan(value) else float(value)
