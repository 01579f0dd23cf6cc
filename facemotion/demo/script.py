"""The script of the demo clip: which muscle group moves when, and how far.

Muscle groups are the action units (AU) of the Facial Action Coding System (Ekman, Friesen and
Hager, 2002); an amount is 0 (at rest) to 1 (as far as this clip goes). The six expressions are
the usual combinations of the EMFACS tables, shown clearly enough for the embedded classifier to see
them. They stand at multiples of three seconds, where the default sampling of the dashboard looks;
between them each action unit moves on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

FPS = 25
WIDTH, HEIGHT = 640, 480
DURATION_S = 21.2
FRAMES = round(DURATION_S * FPS)

ACTION_UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU12": "lip corner puller",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU20": "lip stretcher",
    "AU23": "lip tightener",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU45": "blink",
}

NEUTRAL: dict[str, float] = {}
HAPPY = {"AU06": 1.0, "AU12": 1.0, "AU25": 1.0}
SURPRISE = {"AU01": 1.0, "AU02": 1.0, "AU05": 1.0, "AU25": 0.7, "AU26": 1.0}
ANGRY = {"AU04": 1.0, "AU05": 0.5, "AU07": 0.8, "AU10": 0.9, "AU23": 0.5, "AU25": 0.8}
SAD = {
    "AU01": 1.0, "AU04": 0.8, "AU10": 0.3, "AU15": 1.0, "AU17": 1.0, "AU20": 0.8, "AU25": 0.2,
    "AU45": 0.4,
}  # fmt: skip
FEAR = {"AU01": 1.0, "AU02": 0.3, "AU04": 1.0, "AU05": 1.0, "AU20": 1.0, "AU25": 1.0}
DISGUST = {
    "AU07": 0.6, "AU09": 0.8, "AU10": 0.8, "AU15": 0.65, "AU17": 0.45, "AU25": 0.6, "AU26": 0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A stretch of the clip in which something is shown: it grows, holds, and goes again."""

    name: str
    start_s: float
    hold_s: float
    release_s: float
    end_s: float
    amounts: dict[str, float]

    def share_at(self, time_s: float) -> float:
        """How much of ``amounts`` is there at a time, 0..1."""
        if not self.start_s <= time_s <= self.end_s:
            return 0.0
        if time_s < self.hold_s:
            return ease((time_s - self.start_s) / (self.hold_s - self.start_s))
        if time_s > self.release_s:
            return ease((self.end_s - time_s) / (self.end_s - self.release_s))
        return 1.0

    def to_dict(self) -> dict[str, Any]:
        times = {
            name: round(getattr(self, name), 4)
            for name in ("start_s", "hold_s", "release_s", "end_s")
        }
        return {"name": self.name, **times, "amounts": self.amounts}


def _expression(name: str, apex_s: float, amounts: dict[str, float]) -> Segment:
    return Segment(name, apex_s - 0.72, apex_s - 0.4, apex_s + 0.4, apex_s + 0.72, amounts)


def _solo(unit: str, start_s: float) -> Segment:
    return Segment(unit, start_s, start_s + 0.28, start_s + 0.4, start_s + 0.68, {unit: 1.0})


def _blink(start_s: float) -> Segment:
    return Segment("AU45", start_s, start_s + 0.12, start_s + 0.2, start_s + 0.36, {"AU45": 1.0})


EXPRESSIONS = (
    Segment("neutral", 0.0, 0.0, 0.28, 0.28, NEUTRAL),
    _expression("happy", 3.0, HAPPY),
    _expression("surprise", 6.0, SURPRISE),
    _expression("angry", 9.0, ANGRY),
    _expression("sad", 12.0, SAD),
    _expression("fear", 15.0, FEAR),
    _expression("disgust", 18.0, DISGUST),
    Segment("neutral", 20.9, 20.9, DURATION_S, DURATION_S, NEUTRAL),
)

# One action unit at a time, two or three between one expression and the next.
SOLOS = (
    _blink(0.3),
    _solo("AU12", 0.76),
    _solo("AU07", 1.5),
    _solo("AU25", 3.8),
    _solo("AU06", 4.52),
    _solo("AU01", 6.8),
    _solo("AU02", 7.52),
    _solo("AU04", 9.8),
    _solo("AU05", 10.52),
    _solo("AU15", 12.8),
    _solo("AU17", 13.52),
    _solo("AU20", 15.8),
    _solo("AU26", 16.52),
    _solo("AU09", 18.76),
    _solo("AU10", 19.48),
    _solo("AU23", 20.2),
)

# A slight sway, so that the head is alive: degrees at these times.
POSE: dict[str, tuple[tuple[float, float], ...]] = {
    "yaw_deg": ((0.0, 0.0), (3.0, 3.0), (6.0, 0.0), (9.0, -3.0), (12.0, 4.0), (15.0, -2.0),
                (18.0, 3.0), (DURATION_S, 0.0)),
    "pitch_deg": ((0.0, 0.0), (3.0, -1.0), (6.0, 2.0), (9.0, -2.0), (12.0, -3.0), (15.0, 2.0),
                  (18.0, 1.0), (DURATION_S, 0.0)),
    "roll_deg": ((0.0, 0.0), (3.0, 2.0), (6.0, -1.0), (9.0, 1.0), (12.0, 3.0), (15.0, -2.0),
                 (18.0, -2.0), (DURATION_S, 0.0)),
}  # fmt: skip


def amounts_at(time_s: float) -> dict[str, float]:
    """The amount of every action unit at a time, 0..1, in the order of ``ACTION_UNITS``."""
    amounts = dict.fromkeys(ACTION_UNITS, 0.0)
    for segment in (*EXPRESSIONS, *SOLOS):
        share = segment.share_at(time_s)
        for unit, amount in segment.amounts.items():
            amounts[unit] = max(amounts[unit], amount * share)
    return amounts


def pose_at(time_s: float) -> dict[str, float]:
    """Yaw, pitch and roll of the head at a time, in degrees."""
    return {name: _between(keyframes, time_s) for name, keyframes in POSE.items()}


def keyframes() -> dict[str, list[tuple[float, float]]]:
    """For each action unit the ``(time_s, amount)`` pairs between which it eases."""
    return {unit: _keyframes_of(unit) for unit in ACTION_UNITS}


def to_dict() -> dict[str, Any]:
    """The whole script as plain data, as in ``demo.json``."""
    times = [round(index / FPS, 4) for index in range(FRAMES)]
    rows = [amounts_at(time_s) for time_s in times]
    return {
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "n_frames": FRAMES,
        "duration_s": DURATION_S,
        "action_units": ACTION_UNITS,
        "easing": "smoothstep: 3 u^2 - 2 u^3 between neighbouring keyframes",
        "expressions": [segment.to_dict() for segment in EXPRESSIONS],
        "solos": [segment.to_dict() for segment in SOLOS],
        "keyframes": keyframes(),
        "head": POSE,
        "frames": {
            "time_s": times,
            **{unit: [round(row[unit], 4) for row in rows] for unit in ACTION_UNITS},
        },
    }


def _keyframes_of(unit: str) -> list[tuple[float, float]]:
    points = [(0.0, 0.0)]
    for segment in sorted((*EXPRESSIONS, *SOLOS), key=lambda segment: segment.start_s):
        if amount := segment.amounts.get(unit, 0.0):
            points += [(segment.start_s, 0.0), (segment.hold_s, amount)]
            points += [(segment.release_s, amount), (segment.end_s, 0.0)]
    return [(round(time_s, 4), amount) for time_s, amount in [*points, (DURATION_S, 0.0)]]


def _between(points: Sequence[tuple[float, float]], time_s: float) -> float:
    """The eased value between the two keyframes around a time."""
    for (t0, v0), (t1, v1) in pairwise(points):
        if time_s <= t1:
            return v0 + (v1 - v0) * ease((time_s - t0) / (t1 - t0) if t1 > t0 else 1.0)
    return points[-1][1]


def ease(share: float) -> float:
    """Smoothstep: a start and a stop without a jerk."""
    u = min(max(share, 0.0), 1.0)
    return u * u * (3 - 2 * u)
