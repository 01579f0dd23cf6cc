"""Tracks that are hardly a person: too short and too uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from facemotion.records import Settings


def spurious(
    faces: pd.DataFrame, tracks: NDArray[np.int64], settings: Settings, step_s: float
) -> NDArray[np.bool_]:
    """Whether each face is in a track both shorter and less certain than the settings ask for.

    A track lasts from its first to its last face and one sampling step more, for which the last
    one stands: where frames are seconds apart, a single one is as long as can be expected. How
    certain a track is, is the mean of ``confidence`` over its faces.
    """
    found = faces[["timestamp", "confidence"]].groupby(tracks)
    times = found["timestamp"].agg(["min", "max"])
    length_s = times["max"] - times["min"] + step_s
    short = length_s < settings.min_track_s - 1e-6
    doubtful = found["confidence"].mean() < settings.min_track_confidence
    bad: NDArray[np.bool_] = (short & doubtful).to_numpy()[
        np.unique(tracks, return_inverse=True)[1]
    ]
    return bad
