"""The seventeen action units: what each muscle does to the face, and how that is measured.

What each unit moves is from the manual: Ekman, Friesen and Hager (2002), Facial Action Coding
System, cited as FACS with the chapter; muscles also after Ekman and Rosenberg (2005), What the Face
Reveals. How movements add up to a unit, and how far a movement goes at the highest grade, is this
project's own: ``full`` is the movement, in eye distances of about 63 mm, that is called 5.
No video with FACS codes was used to set any of it, so an intensity is comparable within a person
and between times, not a substitute for a certified coder's grade.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facemotion.action_units.moves import Moves

Floats = NDArray[np.floating]
Reliability = Literal["good", "fair", "weak", "not measurable"]


@dataclass(frozen=True)
class ActionUnit:
    """One row of the table.

    ``formula`` says in words what ``measure`` computes; ``full`` is its value at intensity 5;
    ``reliability`` is the best that can be said of it, on a large face seen from the front.
    """

    name: str
    muscle: str
    formula: str
    source: str
    measure: Callable[[Moves], Floats]
    full: float
    reliability: Reliability


def _positive(values: Floats) -> Floats:
    return np.maximum(values, 0)


def _jaw(m: Moves) -> Floats:
    """How far the jaw has dropped: it takes the lips along."""
    return _positive(-m["chin_up"])


def _brow(m: Moves, way: Floats) -> Floats:
    """Raising and lowering cancel in a brow that both muscles pull, but their furrows add up."""
    return 0.5 * (np.maximum(m["furrow"], way) + way)


def _lift(m: Moves) -> Floats:
    """How far the corners of the mouth have risen, the jaw's pull on them taken out."""
    return m.stronger("corner_up") + 0.35 * _jaw(m)


def _smile(m: Moves) -> Floats:
    """Corners up and out: both, as zygomaticus major pulls; a stretch alone is no smile."""
    return np.sqrt(_positive(_lift(m)) * _positive(m.stronger("corner_out")))


def _narrowed(m: Moves) -> Floats:
    """Lids half closed at most: from there on it is a blink."""
    return np.where(m.closure < 0.5, _positive(-m.both("lid_gap")), 0)


TABLE: dict[str, ActionUnit] = {
    "AU01": ActionUnit(
        "inner brow raiser",
        "frontalis, pars medialis",
        "inner ends of the brows up; with furrows between them, what a frown takes away is added",
        "FACS, upper face, AU 1: raises the inner portion of the eyebrows",
        lambda m: _brow(m, m.both("inner_brow_up")),
        0.16,
        "good",
    ),
    "AU02": ActionUnit(
        "outer brow raiser",
        "frontalis, pars lateralis",
        "outer ends of the brows up, less half of what the inner ends rise (they pull them along)",
        "FACS, upper face, AU 2: raises the outer portion of the eyebrows",
        lambda m: m.both("outer_brow_up") - 0.5 * _positive(m.both("inner_brow_up")),
        0.13,
        "good",
    ),
    "AU04": ActionUnit(
        "brow lowerer",
        "corrugator supercilii, depressor supercilii, procerus",
        "inner ends of the brows down, and furrows between them, less the nose's wrinkling",
        "FACS, upper face, AU 4: lowers the eyebrows and draws them together",
        lambda m: _brow(m, -m.both("inner_brow_up")) - 0.7 * _positive(m.both("nose_up")),
        0.15,
        "good",
    ),
    "AU05": ActionUnit(
        "upper lid raiser",
        "levator palpebrae superioris",
        "lids further apart than at rest",
        "FACS, upper face, AU 5: widens the eye aperture",
        lambda m: m.both("lid_gap"),
        0.07,
        "fair",
    ),
    "AU06": ActionUnit(
        "cheek raiser",
        "orbicularis oculi, pars orbitalis",
        "cheeks up, less a quarter of what the lip corners and half of what the nose rises",
        "FACS, upper face, AU 6: draws skin towards the eye from temple and cheeks",
        lambda m: (
            m.both("cheek_up")
            - 0.25 * _positive(m.both("corner_up"))
            - 0.5 * _positive(m.both("nose_up"))
        ),
        0.08,
        "fair",
    ),
    "AU07": ActionUnit(
        "lid tightener",
        "orbicularis oculi, pars palpebralis",
        "lower lid up, plus half of the lids' narrowing while they are more than half open",
        "FACS, upper face, AU 7: tightens the eyelids and narrows the eye aperture",
        lambda m: m.both("lower_lid_up") + 0.5 * _narrowed(m) - 0.5 * _positive(m.both("cheek_up")),
        0.08,
        "weak",
    ),
    "AU09": ActionUnit(
        "nose wrinkler",
        "levator labii superioris alaeque nasi",
        "wings of the nose up, less a third of what the lip corners rise",
        "FACS, lower face, AU 9: pulls the skin along the sides of the nose upwards",
        lambda m: m.both("nose_up") - 0.35 * _positive(m.both("corner_up")),
        0.08,
        "fair",
    ),
    "AU10": ActionUnit(
        "upper lip raiser",
        "levator labii superioris",
        "middle of the upper lip up, less half of what the nose rises",
        "FACS, lower face, AU 10: raises the upper lip",
        lambda m: m["upper_lip_up"] - 0.5 * _positive(m.both("nose_up")),
        0.11,
        "weak",
    ),
    "AU12": ActionUnit(
        "lip corner puller",
        "zygomaticus major",
        "corners of the mouth up and out (geometric mean), without the jaw's pull on them",
        "FACS, lower face, AU 12: pulls the corners of the lips back and upward",
        _smile,
        0.15,
        "good",
    ),
    "AU14": ActionUnit(
        "dimpler",
        "buccinator",
        "corners of the mouth back, less a smile and a third of what the jaw drops",
        "FACS, lower face, AU 14: tightens the corners of the mouth, pulling them inwards",
        lambda m: m.stronger("corner_back") - _smile(m) - 0.3 * _jaw(m),
        0.12,
        "weak",
    ),
    "AU15": ActionUnit(
        "lip corner depressor",
        "depressor anguli oris",
        "corners of the mouth down, less a third of what the jaw drops",
        "FACS, lower face, AU 15: pulls the corners of the lips down",
        lambda m: -m.both("corner_up") - 0.35 * _jaw(m),
        0.10,
        "fair",
    ),
    "AU17": ActionUnit(
        "chin raiser",
        "mentalis",
        "lower lip up, plus half the chin's rise, less the lips' gap and half of a smile's lift",
        "FACS, lower face, AU 17: pushes the chin boss upward",
        lambda m: (
            m["lower_lip_up"] + 0.5 * _positive(m["chin_up"]) - 0.5 * _positive(m.both("corner_up"))
        ),
        0.10,
        "weak",
    ),
    "AU20": ActionUnit(
        "lip stretcher",
        "risorius",
        "corners of the mouth outwards, the weaker side counting more, less what they rise",
        "FACS, lower face, AU 20: pulls the lips back laterally",
        lambda m: m.weaker("corner_out") - 1.2 * _positive(_lift(m)),
        0.12,
        "fair",
    ),
    "AU23": ActionUnit(
        "lip tightener",
        "orbicularis oris",
        "lips thinner: the middle of the upper lip down and the mouth less high, jaw closed",
        "FACS, lower face, AU 23: tightens the lips, the red parts narrow",
        lambda m: -0.5 * m["upper_lip_up"] - 0.5 * m["mouth_height"] - 0.5 * _jaw(m),
        0.06,
        "weak",
    ),
    "AU25": ActionUnit(
        "lips part",
        "depressor labii inferioris, or relaxed mentalis or orbicularis oris",
        "gap between the inner edges of the lips, plus a third of what the mouth grows in height",
        "FACS, lower face, AU 25: the lips part",
        lambda m: m["lip_gap"] + 0.33 * _positive(m["mouth_height"]),
        0.20,
        "good",
    ),
    "AU26": ActionUnit(
        "jaw drop",
        "masseter, relaxed",
        "chin down",
        "FACS, lower face, AU 26: the jaw drops by relaxation",
        _jaw,
        0.25,
        "good",
    ),
    "AU45": ActionUnit(
        "blink",
        "levator palpebrae superioris, relaxed; orbicularis oculi, pars palpebralis",
        "upper lid down by more than 15 % of the eye's opening at rest",
        "FACS, eye positions, AU 45: the eyes close and open again",
        lambda m: m.upper_closure - 0.15,
        0.70,
        "good",
    ),
}
"""In the order of ``records.ACTION_UNITS``."""
