"""Intensities 0..5 from the evidence of each face, counted from a neutral one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion.action_units import population
from facemotion.action_units.geometry import LENGTHS
from facemotion.action_units.moves import Moves, moves
from facemotion.action_units.neutral import Rows, neutral_rows, rows_between
from facemotion.action_units.reliability import measurable
from facemotion.action_units.table import TABLE
from facemotion.models.normalised import HEIGHT, WIDTH
from facemotion.records import ACTION_UNITS

MAX_INTENSITY = 5.0

NOISE = 0.012
"""Movements below this, 0.8 mm on an adult, are not told from the measurement's own unrest."""

LENGTHS_COLUMN, CROP_COLUMN = "lengths", "front"
"""Columns of the measured faces: ``geometry.lengths`` as float32 and ``normalised_face``, bytes."""

Range = tuple[float, float]


def with_intensities(
    faces: pd.DataFrame,
    evidence: pd.DataFrame,
    neutral_range: Callable[[int], Range | None] = lambda face_id: None,
) -> pd.DataFrame:
    """The faces table with the action units and ``baseline`` filled in, person by person.

    ``evidence`` has the columns ``lengths`` and ``front`` for the same index. ``neutral_range``
    gives for a ``face_id`` the stretch, in seconds, that the user calls neutral. What cannot be
    measured (a face turned away, too small, without evidence) is NaN.
    """
    units = np.full((len(faces), len(ACTION_UNITS)), np.nan, dtype=np.float32)
    baseline = np.full(len(faces), "", dtype=object)
    seen = evidence[LENGTHS_COLUMN].notna().to_numpy()
    rows_of = faces.reset_index(drop=True).groupby("face_id", sort=True).indices
    for face_id, positions in rows_of.items():
        rows = positions[seen[positions]]
        if not len(rows):
            continue
        lengths = _lengths(evidence.iloc[rows])
        fronts = _fronts(evidence.iloc[rows])
        told = neutral_range(int(face_id))
        units[rows], kind = _person(faces.iloc[rows], lengths, fronts, told)
        baseline[rows] = kind
    able = measurable(faces).to_numpy()
    units[~able] = np.nan
    table = faces.assign(**dict(zip(ACTION_UNITS, units.T, strict=True)))
    return table.assign(baseline=pd.Series(baseline, index=faces.index).astype("str"))


def _person(
    faces: pd.DataFrame,
    lengths: NDArray[np.float32],
    fronts: NDArray[np.uint8],
    told: Range | None,
) -> tuple[NDArray[np.float32], str]:
    """``(n, 17)`` intensities of one person and what they are counted from."""
    rows: Rows | None = rows_between(faces, *told) if told else None
    kind = "range"
    if rows is None:
        rows, kind = neutral_rows(faces, lengths), "own"
    if rows is None:
        from_others = moves(lengths, population.NEUTRAL, None, None)
        return graded(from_others, population.SPREAD), "population"
    neutral = np.median(lengths[rows], axis=0)
    own = moves(lengths, neutral, fronts, fronts[rows].mean(axis=0, dtype=np.float32))
    return graded(own, dict.fromkeys(ACTION_UNITS, NOISE)), kind


def graded(moved: Moves, floors: dict[str, float]) -> NDArray[np.float32]:
    """Intensities: 0 up to the floor, 5 at the unit's full movement, linear in between."""
    n = len(moved["lip_gap"])
    columns = []
    for unit, row in TABLE.items():
        if unit not in floors:
            columns.append(np.full(n, np.nan, dtype=np.float32))
            continue
        floor = floors[unit]
        share = (row.measure(moved) - floor) / (row.full - floor)
        columns.append(np.clip(MAX_INTENSITY * share, 0, MAX_INTENSITY))
    return np.stack(columns, axis=1).astype(np.float32)


def _lengths(evidence: pd.DataFrame) -> NDArray[np.float32]:
    flat = np.frombuffer(b"".join(evidence[LENGTHS_COLUMN]), dtype=np.float32)
    return flat.reshape(-1, len(LENGTHS))


def _fronts(evidence: pd.DataFrame) -> NDArray[np.uint8]:
    flat = np.frombuffer(b"".join(evidence[CROP_COLUMN]), dtype=np.uint8)
    return flat.reshape(-1, HEIGHT, WIDTH)
