"""Small faces tables for the statistics: only the columns that matter to a test are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from facemotion import tables
from facemotion.records import EMOTIONS

NEUTRAL = {name: float(name == "neutral") for name in EMOTIONS}


def all_of(emotion: str) -> dict[str, float]:
    """Probability 1 for one emotion."""
    return {name: float(name == emotion) for name in EMOTIONS}


def faces_of(
    times: Iterable[float], face_id: int = 1, *, first_frame: int = 0, **columns: Any
) -> pd.DataFrame:
    """One face in consecutive frames at the times; a column is a number or one per time.

    Emotions are neutral unless given.
    """
    times = np.asarray(list(times), dtype=np.float64)
    base = {
        "frame": first_frame + np.arange(len(times)),
        "timestamp": times,
        "face_id": face_id,
        "confidence": 0.9,
        "source": "local",
        **NEUTRAL,
        **columns,
    }
    rows: list[Mapping[str, Any]] = pd.DataFrame(base).to_dict("records")
    return tables.faces_table(rows)


def samples_of(times: Iterable[float], n_faces: int = 1) -> pd.DataFrame:
    """The samples table of consecutive frames at the times."""
    return tables.samples_table((i, time_s, n_faces) for i, time_s in enumerate(times))
