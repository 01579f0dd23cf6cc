"""Presence and reliability of action units, until facemotion.action_units says more."""

from __future__ import annotations

import numpy as np
import pandas as pd

from facemotion.records import ACTION_UNITS

RELIABILITIES = ("good", "fair", "weak", "not measurable")


def reliability(faces: pd.DataFrame) -> pd.DataFrame:
    """ "fair" where an action unit was measured, otherwise "not measurable"."""
    measured = faces[list(ACTION_UNITS)].notna()
    words = np.where(measured, "fair", "not measurable")
    return pd.DataFrame(words, index=faces.index, columns=list(ACTION_UNITS))


def present(faces: pd.DataFrame) -> pd.DataFrame:
    """Whether each action unit is at FACS' grade A or above."""
    return faces[list(ACTION_UNITS)] >= 1.0
