"""The rows in which a face can be seen best: for thumbnails and for comparing faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LARGE_PX = 120.0
"""A face of this size loses nothing by being small."""


def portraits(faces: pd.DataFrame, by: str, count: int = 1) -> pd.DataFrame:
    """For each value of the column ``by``, the best row of each of ``count`` stretches of time.

    Best is sharp, large, facing the camera, and surely a face. A face with fewer rows than
    ``count`` gives all of them.
    """
    ordered = faces.sort_values([by, "timestamp"], kind="stable")
    groups = ordered.groupby(by)[by]
    position, size = groups.cumcount(), groups.transform("size")
    stretch = position * np.minimum(count, size) // size
    best = ordered.assign(_stretch=stretch, _worth=_worth(ordered))
    best = best.loc[best.groupby([by, "_stretch"])["_worth"].idxmax()]
    return best.drop(columns=["_stretch", "_worth"])


def _worth(faces: pd.DataFrame) -> pd.Series:
    """0 .. 1; what was not measured counts as good."""
    size = faces[["w", "h"]].min(axis=1) / LARGE_PX
    turned = np.cos(np.deg2rad(faces[["yaw_deg", "pitch_deg"]].fillna(0.0)).astype(float))
    frontal = turned.clip(lower=0.0).prod(axis=1)
    sharp = faces["sharpness"].fillna(1.0)
    return faces["confidence"] * np.sqrt(size.clip(upper=1.0)) * frontal * sharp
