"""How far an intensity can be relied on, for every face and action unit.

Four words. A unit starts with its own word in the table and falls by one for each of: no own
neutral face, a head turned by more than ``TURNED_DEG``, a face smaller than ``SMALL_PX``, a mesh
that hardly fits. Not measurable are faces turned or small beyond the second pair of limits.
OpenFace's authors, too, limit themselves to about 30 degrees (Baltrusaitis et al., 2018).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from facemotion.action_units.population import SPREAD
from facemotion.action_units.table import TABLE
from facemotion.records import ACTION_UNITS

WORDS = ("good", "fair", "weak", "not measurable")
"""From best to worst."""

TURNED_DEG, AWAY_DEG = 20.0, 40.0
SMALL_PX, TINY_PX = 80.0, 40.0
"""Width of the face's box; at 40 pixels an eye has about 8."""

POOR_FIT = 0.5
"""The mesh's own score."""

PRESENT_FROM = 1.0
"""The intensity from which a unit counts as present: grade A of FACS, "trace"."""


def reliability(faces: pd.DataFrame) -> pd.DataFrame:
    """One of ``WORDS`` for every face and action unit: columns ``ACTION_UNITS``, same index.

    An intensity that is NaN is "not measurable".
    """
    steps = _steps(faces)
    columns = {}
    for unit in ACTION_UNITS:
        level = np.minimum(WORDS.index(TABLE[unit].reliability) + steps, WORDS.index("weak"))
        level = np.where(faces[unit].notna(), level, WORDS.index("not measurable"))
        columns[unit] = np.array(WORDS, dtype=object)[level]
    return pd.DataFrame(columns, index=faces.index, columns=list(ACTION_UNITS))


def present(faces: pd.DataFrame) -> pd.DataFrame:
    """Whether each action unit is there (False where it is not measurable), same index."""
    return faces[list(ACTION_UNITS)] >= PRESENT_FROM


def measurable(faces: pd.DataFrame) -> pd.DataFrame:
    """Whether anything can be said about each action unit of each face, by size and turn."""
    turn, side = _turn(faces), faces[["w", "h"]].min(axis=1)
    able = ((turn <= AWAY_DEG) & (side >= TINY_PX)).to_numpy()
    population = (faces["baseline"] == "population").to_numpy()
    return pd.DataFrame(
        {unit: able & (~population | (unit in SPREAD)) for unit in ACTION_UNITS},
        index=faces.index,
    )


def _steps(faces: pd.DataFrame) -> np.ndarray:
    """By how many words the table's own has to be lowered."""
    reasons = (
        ~faces["baseline"].isin(["own", "range"]),
        _turn(faces) > TURNED_DEG,
        faces[["w", "h"]].min(axis=1) < SMALL_PX,
        faces["mesh_score"] < POOR_FIT,
    )
    total: np.ndarray = np.sum([reason.to_numpy() for reason in reasons], axis=0)
    return total


def _turn(faces: pd.DataFrame) -> pd.Series:
    """The larger of yaw and pitch; a face whose turn is unknown is taken to look ahead."""
    return faces[["yaw_deg", "pitch_deg"]].abs().max(axis=1).fillna(0.0)
