"""One row of numbers for each video or person, and how far two groups of them lie apart.

Members, and why it is they who count and not their frames: ``groups`` and ``effects``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.records import EMOTIONS
from facemotion.statistics import effects, windows

MEASURES = (*EMOTIONS, "expressiveness", "valence", "arousal")
"""Whose means are in every summary; the chosen value's is there besides, as ``value_mean``."""

DOMINANT = "dominant_"

A, B = "A", "B"
"""The names of two groups that are compared."""

_DIFFERENCE_COLUMNS = ("measure", *effects.Difference.__dataclass_fields__)


def summary(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    column: str,
    threshold: float,
    *,
    face_id: int | None = None,
) -> dict[str, Any]:
    """One member in numbers, all weighted by time; NaN (``peak_frame``: None) where unknown.

    * ``samples``, ``length_s``, ``face_share``: what was looked at, and the share with a face
    * ``angry`` ... ``arousal``: the means of ``MEASURES``, each frame counting with the mean of
      its faces
    * ``dominant_angry`` ...: the share of face time in which it is the strongest
    * ``value_mean``, ``above_share``: mean of ``column``, and the share of the time with a value
      in which that is above ``threshold``
    * ``peak``, ``peak_s``, ``peak_frame``: its highest value, when in the video, in which frame
    """
    columns = list(dict.fromkeys([*MEASURES, column]))
    whole = curves.face_curve(faces, samples, face_id, columns)
    found = windows.measure_windows(whole, samples, columns, above=threshold)
    means = found.set_index("column")["mean"]
    verdicts = windows.emotion_windows(faces, samples, None, face_id)
    first = verdicts.iloc[0] if len(verdicts) else pd.Series(dtype=np.float64)
    above = found.set_index("column")["share_above"]
    return {
        "samples": len(samples),
        "length_s": float(first.get("end_s", 0.0) - first.get("start_s", 0.0)),
        "face_share": float(first.get("coverage", np.nan)),
        **{name: float(means.get(name, np.nan)) for name in MEASURES},
        **{f"{DOMINANT}{e}": float(first.get(f"duration_{e}", np.nan)) for e in EMOTIONS},
        "value_mean": float(means.get(column, np.nan)),
        "above_share": float(above.get(column, np.nan)),
        **_peak(whole, column),
    }


def summaries(found: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The summaries of several members, a row each, with a column ``member`` in front."""
    table = pd.DataFrame([{"member": name, **row} for name, row in found.items()])
    return table.astype({"peak_frame": "Int64"}) if len(table) else table


def differences(table: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """How group B differs from A in every measure of ``summaries``: a row for each.

    ``groups`` has "A" or "B" by the member's name; the others do not count. Columns: ``measure``
    and the fields of ``effects.Difference``. Measures are those of ``MEASURES``, ``value_mean`` and
    ``above_share``. Of so many measures some differ by chance.
    """
    group = table["member"].map(groups)
    rows = []
    for measure in (*MEASURES, "value_mean", "above_share"):
        values = [table.loc[group == name, measure].to_numpy(np.float64) for name in (A, B)]
        rows.append({"measure": measure, **asdict(effects.difference(*values))})
    return pd.DataFrame(rows, columns=list(_DIFFERENCE_COLUMNS))


def _peak(whole: pd.DataFrame, column: str) -> dict[str, Any]:
    known = whole.dropna(subset=[column])
    if known.empty:
        return {"peak": np.nan, "peak_s": np.nan, "peak_frame": None}
    row = known.loc[known[column].idxmax()]
    return {
        "peak": float(row[column]),
        "peak_s": float(row["timestamp"]),
        "peak_frame": int(row["frame"]),
    }
