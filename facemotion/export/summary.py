"""The key numbers of an analysis: of the whole video, and of each person in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.export.plain import plain
from facemotion.records import ACTION_UNITS, Analysis
from facemotion.statistics import blinks, windows


def summary_numbers(analysis: Analysis) -> dict[str, Any]:
    """The key numbers: counts, times in seconds, shares and means 0..1; None without a face.

    ``by_mean``, ``by_duration``, ``by_confidence`` and ``positive_share`` as in
    ``statistics.windows``, over the whole video.
    """
    faces, samples = analysis.faces, analysis.samples
    seen = int(faces["frame"].nunique())
    times = samples["timestamp"]
    parts = curves.shares(faces)
    mean = float(faces["expressiveness"].astype("float64").mean()) if len(faces) else None
    numbers = {
        "duration_s": analysis.video.duration_s,
        "first_sample_s": float(times.min()) if len(samples) else None,
        "last_sample_s": float(times.max()) if len(samples) else None,
        "samples": len(samples),
        "samples_with_face": seen,
        "coverage": round(seen / len(samples), 4) if len(samples) else None,
        "face_rows": len(faces),
        "face_tracks": int(faces["face_id"].nunique()),
        "moments": len(analysis.moments),
        "mean_expressiveness": None if mean is None else round(mean, 4),
        "dominant_emotion": max(parts, key=lambda name: parts[name].dominant) if parts else None,
        "emotions": _emotions(parts),
        **_verdicts(faces, samples),
    }
    simple: dict[str, Any] = plain(numbers)
    return simple


def people_numbers(analysis: Analysis) -> list[dict[str, Any]]:
    """The key numbers of each person, the one seen longest first; None for what is not measured.

    A person is seen for as long as the analysed frames that show them stand for: each until the
    next one, the last for the median distance. Shares, means and maxima are over their rows.
    """
    frames_s = _frame_seconds(analysis.samples)
    people = []
    for track in curves.face_tracks(analysis.faces):
        rows = curves.of_face(analysis.faces, track.face_id)
        seen_s = None if frames_s is None else float(frames_s.reindex(rows["frame"].unique()).sum())
        people.append(_person(track, rows, seen_s, analysis.samples))
    simple: list[dict[str, Any]] = plain(people)
    return simple


def _person(
    track: curves.FaceTrack, rows: pd.DataFrame, seen_s: float | None, samples: pd.DataFrame
) -> dict[str, Any]:
    parts, n_samples = curves.shares(rows), len(samples)
    blinked = blinks.find(rows, track.face_id)
    return {
        "face_id": track.face_id,
        "person": str(rows["person"].iat[0]),
        "tracks": int(rows["track_id"].nunique()),
        "samples": track.samples,
        "share_of_samples": round(track.samples / n_samples, 4) if n_samples else None,
        "seen_s": None if seen_s is None else round(seen_s, 3),
        "first_s": track.first_s,
        "last_s": track.last_s,
        "dominant_emotion": max(parts, key=lambda name: parts[name].dominant),
        "emotions": _emotions(parts),
        "mean_expressiveness": _mean(rows["expressiveness"]),
        "mean_valence": _mean(rows["valence"]),
        "mean_arousal": _mean(rows["arousal"]),
        **_verdicts(rows, samples),
        "blinks_per_min": _of(blinked.rate_per_min),
        "blinks_note": blinked.note,
        "action_units": {
            name: {"mean": _mean(rows[name]), "max": _rounded(float(rows[name].max()))}
            for name in ACTION_UNITS
            if rows[name].notna().any()
        },
    }


def _verdicts(rows: pd.DataFrame, samples: pd.DataFrame) -> dict[str, Any]:
    """The strongest emotion in three ways, and the positive part of what is not neutral."""
    if rows.empty or samples.empty:
        return dict.fromkeys(("by_mean", "by_duration", "by_confidence", "positive_share"))
    whole = windows.emotion_windows(rows, samples).iloc[0]
    verdicts = {name: whole[name] or None for name in ("by_mean", "by_duration", "by_confidence")}
    return {**verdicts, "positive_share": _rounded(float(whole["positive_share"]))}


def _emotions(parts: dict[str, curves.Share]) -> dict[str, dict[str, float]]:
    return {
        name: {
            "dominant_share": round(part.dominant, 4),
            "mean_probability": round(part.mean, 4),
        }
        for name, part in parts.items()
    }


def _frame_seconds(samples: pd.DataFrame) -> pd.Series | None:
    """How many seconds each analysed frame stands for, by frame; None for a single frame."""
    if len(samples) < 2:
        return None
    ordered = samples.sort_values("timestamp")
    steps = np.diff(ordered["timestamp"].to_numpy())
    return pd.Series([*steps, np.median(steps)], index=ordered["frame"])


def _of(value: float | None) -> float | None:
    return None if value is None else _rounded(value)


def _mean(values: pd.Series) -> float | None:
    return _rounded(float(values.astype("float64").mean()))


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
