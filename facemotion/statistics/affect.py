"""Valence and arousal of a face, from its expression probabilities and its action units.

Each is ``p + (1 - |p|) * m``: what the classifier says, ``p``, moved by what the muscles say,
``m``, through a part of the way that is left. This form was chosen because

* muscles at rest (m = 0) and muscles that cannot be measured change nothing, so a face that turns
  away does not drift; a plain mean of the two would halve the one and not the other;
* a face that the classifier calls neutral still moves when its muscles do (a pout, a frown);
* the result never leaves -1..1.

``p`` is the mean of the words' published places, weighted by the probabilities: pleasure and
arousal as rated in Russell and Mehrabian, "Evidence for a three-factor theory of emotions",
Journal of Research in Personality 11 (1977), 273-294, neutral at the origin. They are what people
mean by a word, so they stay within -0.64..0.81 and -0.27..0.67: no face is "all the way" happy.

``m`` of valence is the smile minus the strongest muscle of displeasure, as Noldus' FaceReader
takes happy minus the strongest negative expression. AU12 goes up and AU04 goes down with reported
pleasure (Lang, Greenwald, Bradley and Hamm, Psychophysiology 30, 1993, 261-273; Larsen, Norris and
Cacioppo, Psychophysiology 40, 2003, 776-785); AU09, AU10 and AU15 are the FACS muscles of disgust
and of sadness. ``m`` of arousal is the mean of the five most active units, blinks left out: also
FaceReader's idea, though its further step of subtracting the last minute is not needed on
intensities that are already above the person's own neutral face. What is known of the face alone
says more about valence than about arousal: be careful with the second.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.tables import FACE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PLACES: dict[str, tuple[float, float]] = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happy": (0.81, 0.51),
    "sad": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
    "neutral": (0.0, 0.0),
}
"""Pleasure and arousal of "angry", "disgusted", "fearful", "happy", "sad" and "surprised" as rated
in Russell and Mehrabian (1977)."""

PLEASED, DISPLEASED = "AU12", ("AU04", "AU09", "AU10", "AU15")
STRONGEST = 5
"""So many of the most active units make the arousal."""

WORDS = (
    *("pleasure", "excitement", "arousal", "distress"),
    *("displeasure", "depression", "sleepiness", "relaxation"),
)
"""The eight words of Russell, "A circumplex model of affect", Journal of Personality and Social
Psychology 39 (1980), 1161-1178: every 45 degrees, counterclockwise from pleasure."""

_TRACE = 1.0  # FACS grade A: too faint to count as evidence
_MOVING = [unit for unit in ACTION_UNITS if unit != "AU45"]


def with_affect(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces table with ``valence`` and ``arousal``, -1..1; NaN where nothing was classified.

    Works from the probabilities alone where the action units are NaN or not there at all.
    """
    probabilities = faces[list(EMOTIONS)].to_numpy(dtype=np.float64)
    units = faces.reindex(columns=list(ACTION_UNITS)).to_numpy(dtype=np.float64)
    found = affect(probabilities, units)
    return faces.assign(
        valence=found[:, 0].astype(FACE_COLUMNS["valence"]),
        arousal=found[:, 1].astype(FACE_COLUMNS["arousal"]),
    )


def affect(probabilities: Floats, units: Floats) -> Floats:
    """``(n, 2)`` valence and arousal from ``(n, 7)`` probabilities and ``(n, 17)`` intensities."""
    said = probabilities @ np.array([PLACES[name] for name in EMOTIONS])
    shown = np.stack([_muscle_valence(units), _muscle_arousal(units)], axis=1)
    found: Floats = np.clip(said + (1 - np.abs(said)) * shown, -1, 1)
    return found


def word(valence: float, arousal: float, least: float = 0.1) -> str:
    """The nearest of ``WORDS``; "neutral" within ``least`` of the origin, "" for NaN."""
    if math.isnan(valence) or math.isnan(arousal):
        return ""
    if math.hypot(valence, arousal) < least:
        return "neutral"
    degrees = math.degrees(math.atan2(arousal, valence))
    return WORDS[round(degrees / 45) % len(WORDS)]


def _muscle_valence(units: Floats) -> Floats:
    """-1..1; 0 where the smile or all the muscles of displeasure cannot be measured.

    With only one side of the balance known, the other would look like zero.
    """
    pleased = _evidence(units, [PLEASED])[:, 0]
    displeased = _evidence(units, DISPLEASED)
    known = ~np.isnan(displeased).all(axis=1)
    balance = pleased - np.where(known, np.nan_to_num(displeased).max(axis=1), np.nan)
    known_balance: Floats = np.nan_to_num(balance)
    return known_balance


def _muscle_arousal(units: Floats) -> Floats:
    """0..1; 0 where fewer than half of the units can be measured."""
    evidence = _evidence(units, _MOVING)
    known = (~np.isnan(evidence)).sum(axis=1) >= len(_MOVING) / 2
    strongest = np.sort(np.nan_to_num(evidence), axis=1)[:, -STRONGEST:]
    return np.where(known, strongest.mean(axis=1), 0.0)


def _evidence(units: Floats, names: Sequence[str]) -> Floats:
    """Some intensities as 0 (up to a trace) to 1 (the strongest), NaN where not measured."""
    intensities = units[:, [ACTION_UNITS.index(name) for name in names]]
    evidence: Floats = np.clip((intensities - _TRACE) / (5 - _TRACE), 0, 1)
    return evidence
