"""What the action units are called, and how far each value can be relied on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.action_units import PRESENT_FROM, TABLE
from facemotion.records import ACTION_UNITS

__all__ = [
    "MAX_INTENSITY",
    "NOT_MEASURABLE",
    "PRESENT_FROM",
    "WEAK",
    "labelled",
    "measured",
    "muscle",
    "name",
    "nothing_measured",
    "strongest",
]

MAX_INTENSITY = 5.0
"""Grade E of FACS."""

WEAK, NOT_MEASURABLE = "weak", "not measurable"


def name(unit: str) -> str:
    """``AU12`` as ``lip corner puller``."""
    return TABLE[unit].name


def muscle(unit: str) -> str:
    """The muscle that moves it."""
    return TABLE[unit].muscle


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
