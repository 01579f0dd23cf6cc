"""What the action units are called, and how far each value can be relied on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.records import ACTION_UNITS

MAX_INTENSITY = 5.0
"""Grade E of FACS."""

PRESENT_FROM = 1.0
"""The intensity from which an action unit is drawn as present: grade A of FACS ("trace")."""

WEAK, NOT_MEASURABLE = "weak", "not measurable"


class _Name(NamedTuple):
    name: str
    muscle: str


# Ekman, Friesen & Hager 2002, Facial Action Coding System: the names and the muscles behind them.
_NAMES = {
    "AU01": _Name("inner brow raiser", "frontalis, pars medialis"),
    "AU02": _Name("outer brow raiser", "frontalis, pars lateralis"),
    "AU04": _Name("brow lowerer", "corrugator supercilii, depressor supercilii, procerus"),
    "AU05": _Name("upper lid raiser", "levator palpebrae superioris"),
    "AU06": _Name("cheek raiser", "orbicularis oculi, pars orbitalis"),
    "AU07": _Name("lid tightener", "orbicularis oculi, pars palpebralis"),
    "AU09": _Name("nose wrinkler", "levator labii superioris alaeque nasi"),
    "AU10": _Name("upper lip raiser", "levator labii superioris"),
    "AU12": _Name("lip corner puller", "zygomaticus major"),
    "AU14": _Name("dimpler", "buccinator"),
    "AU15": _Name("lip corner depressor", "depressor anguli oris"),
    "AU17": _Name("chin raiser", "mentalis"),
    "AU20": _Name("lip stretcher", "risorius"),
    "AU23": _Name("lip tightener", "orbicularis oris"),
    "AU25": _Name("lips part", "depressor labii inferioris"),
    "AU26": _Name("jaw drop", "masseter, relaxed"),
    "AU45": _Name("blink", "levator palpebrae relaxed, orbicularis oculi"),
}


def name(unit: str) -> str:
    """``AU12`` as ``lip corner puller``."""
    return _NAMES[unit].name


def muscle(unit: str) -> str:
    """The muscle that moves it."""
    return _NAMES[unit].muscle


def labelled(unit: str) -> str:
    """``AU12 lip corner puller``."""
    return f"{unit} {name(unit)}"


def measured(faces: pd.DataFrame, reliability: pd.DataFrame | None) -> pd.DataFrame:
    """The faces table with NaN for every action unit that is said to be not measurable."""
    if reliability is None:
        return faces
    units = list(ACTION_UNITS)
    known = faces[units].mask(reliability[units] == NOT_MEASURABLE)
    return faces.assign(**{unit: known[unit] for unit in units})


def strongest(faces: pd.DataFrame, face_id: int | None = None, count: int = 5) -> list[str]:
    """The action units that reach highest (95th percentile, so no single frame decides).

    In the order of ``ACTION_UNITS``; blinks are left out, because everybody blinks. Fewer when
    fewer are measured.
    """
    units = [unit for unit in ACTION_UNITS if unit != "AU45"]
    heights = curves.of_face(faces, face_id)[units].astype("float64").quantile(0.95).dropna()
    best = set(heights.sort_values(ascending=False, kind="stable").index[:count])
    return [unit for unit in units if unit in best]


def nothing_measured(faces: pd.DataFrame, units: list[str]) -> bool:
    """Whether none of the units has a single value."""
    return not units or bool(np.isnan(faces[units].to_numpy(dtype=np.float64)).all())
