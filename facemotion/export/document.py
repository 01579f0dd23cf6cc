"""detections.json: the moments of an analysis and all that belongs to them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facemotion import curves
from facemotion.records import EMOTIONS, Analysis, Explanation, Moment

SCHEMA_VERSION = 1
SCHEMA_PATH = Path(__file__).with_name("detections.schema.json")
"""JSON Schema (draft 2020-12) of detections.json."""

MEASURES = "apparent facial expression, not felt emotion"


def detections(analysis: Analysis) -> dict[str, Any]:
    """The moments of an analysis and all that belongs to them, as plain JSON types.

    ``emotion_scores`` are percent with two decimals that add up to 100; ``bbox`` is ``[x, y, w,
    h]`` in pixels of the source frame; ``timestamp`` is in seconds. What is not measured is null.
    Where the video lies on this machine, and its captions, are left out.
    """
    video = analysis.video.to_dict()
    for name in ("path", "thumbnail_path", "captions"):
        del video[name]
    explanations = {e.moment_number: e for e in analysis.explanations}
    document = {
        "schema_version": SCHEMA_VERSION,
        "video": video,
        "settings": analysis.settings.to_dict(),
        "provenance": analysis.provenance,
        "summary": {
            "measures": MEASURES,
            **summary_numbers(analysis),
            "notes": list(analysis.notes),
        },
        "detections": [_detection(m, explanations.get(m.number)) for m in analysis.moments],
    }
    plain: dict[str, Any] = _plain(document)
    return plain


def detections_json(analysis: Analysis) -> str:
    """``detections`` as text."""
    return json.dumps(detections(analysis), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summary_numbers(analysis: Analysis) -> dict[str, Any]:
    """The key numbers: counts, times in seconds, shares and means 0..1; None without a face."""
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
        "emotions": {
            name: {
                "dominant_share": round(part.dominant, 4),
                "mean_probability": round(part.mean, 4),
            }
            for name, part in parts.items()
        },
    }
    plain: dict[str, Any] = _plain(numbers)
    return plain


def percentages(probabilities: Sequence[float], decimals: int = 2) -> list[float]:
    """Probabilities as percent that add up to exactly 100 as printed.

    Largest remainders (Hare's method): all are rounded down, and those that lost most get the
    rest. All zero stays all zero.
    """
    total = math.fsum(probabilities)
    if not total > 0:
        return [0.0] * len(probabilities)
    unit = 10**decimals
    exact = np.asarray(probabilities, dtype=np.float64) / total * 100 * unit
    whole = np.floor(exact).astype(np.int64)
    left = 100 * unit - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:left]] += 1
    return [round(int(value) / unit, decimals) for value in whole]


def _detection(moment: Moment, explanation: Explanation | None) -> dict[str, Any]:
    return {
        "number": moment.number,
        "timestamp": round(moment.time_s, 6),
        "frame_index": moment.frame_index,
        "face_id": moment.face_id,
        "dominant_emotion": moment.emotion,
        "emotion_scores": dict(zip(EMOTIONS, percentages(moment.probabilities), strict=True)),
        "expressiveness": round(moment.expressiveness, 4),
        "confidence": round(moment.confidence, 4),
        "bbox": [round(value, 2) for value in moment.box_xywh],
        "source": moment.source,
        "why": moment.why,
        "explanation": None if explanation is None else explanation.text,
        "explainer": None if explanation is None else explanation.explainer,
        "action_units": None,
        "head_pose": None,
        "gaze": None,
        "face_crop_path": moment.face_path,
        "frame_path": moment.frame_path,
    }


def _plain(value: Any) -> Any:
    """Only what JSON has: no numpy numbers, no paths, no tuples, null for NaN and infinity."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)
