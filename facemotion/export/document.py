"""detections.json: the moments of an analysis and all that belongs to them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from facemotion.export.plain import plain
from facemotion.export.summary import people_numbers, summary_numbers
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis, Explanation, Moment
from facemotion.statistics import opinions

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
            "people": people_numbers(analysis),
            "second_opinions": _verdict(analysis),
            "notes": list(analysis.notes),
        },
        "detections": [_detection(m, explanations.get(m.number)) for m in analysis.moments],
    }
    simple: dict[str, Any] = plain(document)
    return simple


def detections_json(analysis: Analysis) -> str:
    """``detections`` as text."""
    return json.dumps(detections(analysis), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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


def _verdict(analysis: Analysis) -> dict[str, Any] | None:
    """How the second opinions compare with the muscles and with the classifier."""
    told = opinions.verdict(analysis.moments, analysis.explanations)
    return None if told is None else asdict(told)


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
        "evidence": _evidence(explanation),
        "second_opinion": _second_opinion(explanation),
        "person": moment.person,
        "valence": _rounded(moment.valence, 4),
        "arousal": _rounded(moment.arousal, 4),
        "action_units": _action_units(moment),
        "head_pose": _angles(
            pitch_deg=moment.pitch_deg, yaw_deg=moment.yaw_deg, roll_deg=moment.roll_deg
        ),
        "gaze": _angles(pitch_deg=moment.gaze_pitch_deg, yaw_deg=moment.gaze_yaw_deg),
        "face_crop_path": moment.face_path,
        "frame_path": moment.frame_path,
    }


def _evidence(explanation: Explanation | None) -> list[dict[str, str]] | None:
    """The action units that the words rest on, each marked by what was measured."""
    if explanation is None:
        return None
    return [
        {"action_unit": claim.action_unit, "text": claim.text, "mark": claim.mark}
        for claim in explanation.claims
    ]


def _second_opinion(explanation: Explanation | None) -> dict[str, Any] | None:
    """What somebody says who did not know the classifier's answer; None where nobody was asked."""
    if explanation is None or not explanation.model:
        return None
    return {
        "model": explanation.model,
        "expression": explanation.opinion or None,
        "confidence": _rounded(explanation.confidence, 4),
        "agrees": explanation.agrees,
        "contested": explanation.is_contested,
    }


def _action_units(moment: Moment) -> dict[str, Any] | None:
    """Intensity 0..5, presence and reliability of each; None when none was measured."""
    if moment.action_units is None:
        return None
    unknown = (None,) * len(ACTION_UNITS)
    return {
        name: {"intensity": _rounded(value, 3), "present": present, "reliability": reliability}
        for name, value, present, reliability in zip(
            ACTION_UNITS,
            moment.action_units,
            moment.present or unknown,
            moment.reliability or unknown,
            strict=True,
        )
    }


def _angles(**degrees: float | None) -> dict[str, float | None] | None:
    """Angles to a hundredth of a degree; None when none of them was measured."""
    if all(value is None for value in degrees.values()):
        return None
    return {name: _rounded(value, 2) for name, value in degrees.items()}


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
