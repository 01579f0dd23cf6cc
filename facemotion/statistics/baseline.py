"""Expression probabilities relative to a person's own face at rest.

Some faces look a little sad or angry when they do nothing. As the calibration of Noldus'
FaceReader, this takes each person's own profile of such a face and counts only what goes beyond
it. With ``b`` the probability of an emotion in the person's neutral state, ``p`` becomes
``max(0, p - b) / (1 - b)``, and neutral gets the rest. So the resting face becomes neutral 1,
probability 1 stays 1, no emotion grows, and the seven still sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from facemotion.records import EMOTIONS
from facemotion.statistics.affect import with_affect
from facemotion.tables import FACE_COLUMNS

NEUTRAL_SHARE = 0.1
"""Without a range from the user, so many of a person's rows count as at rest: the most neutral."""

MIN_ROWS = 10
"""A person with fewer rows at rest has no profile: a few frames may all show the same smile."""

_SHOWN = [name for name in EMOTIONS if name != "neutral"]


def neutral_profiles(
    faces: pd.DataFrame, ranges: Mapping[int, tuple[float, float]] | None = None
) -> pd.DataFrame:
    """Each person's face at rest: one row per ``face_id``, the medians of the emotions, sum 1.

    ``ranges`` holds start and end in seconds, by ``face_id``, of times that a user calls neutral;
    they count even when short. Column ``rows`` says on how many rows a profile rests, ``origin``
    is "range", "most neutral", or "none" (too few rows: the profile is a plain neutral one).
    """
    given = ranges or {}
    found = {
        int(face_id): _profile(rows.dropna(subset=list(EMOTIONS)), given.get(int(face_id)))
        for face_id, rows in faces.groupby("face_id")
    }
    columns = [*EMOTIONS, "rows", "origin"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns).rename_axis("face_id")


def baseline_corrected(
    faces: pd.DataFrame, ranges: Mapping[int, tuple[float, float]] | None = None
) -> pd.DataFrame:
    """The faces table with its emotions above each person's own face at rest; the input stays.

    What follows from the emotions (expressiveness, the dominant one, valence and arousal) is
    worked out anew. ``ranges`` as in ``neutral_profiles``.
    """
    if faces.empty:
        return faces.copy()
    profiles = neutral_profiles(faces, ranges)
    rest = profiles.loc[faces["face_id"].to_numpy(), _SHOWN].to_numpy(dtype=np.float64)
    raw = faces[_SHOWN].to_numpy(dtype=np.float64)
    # A face at rest that is all one emotion leaves nothing to be above it.
    room = np.maximum(1 - rest, 1e-6)
    above = np.clip((raw - rest) / room, 0, 1)
    table = faces.assign(**{name: above[:, i] for i, name in enumerate(_SHOWN)})
    table["neutral"] = 1 - above.sum(axis=1)
    return rederived(table)


def rederived(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces table after a change of its emotions: what follows from them fits again.

    The emotions are made to sum to 1; rows without them (NaN) keep their dominant emotion.
    """
    emotions = np.clip(faces[list(EMOTIONS)].to_numpy(dtype=np.float64), 0, 1)
    emotions /= np.maximum(emotions.sum(axis=1, keepdims=True), 1e-12)
    known = ~np.isnan(emotions).any(axis=1)
    best = np.array(EMOTIONS)[np.nan_to_num(emotions).argmax(axis=1)]
    named = pd.Series(best, index=faces.index).where(known, faces["dominant_emotion"])
    changed = {name: emotions[:, i] for i, name in enumerate(EMOTIONS)}
    changed["expressiveness"] = 1 - changed["neutral"]
    types = {name: FACE_COLUMNS[name] for name in changed}
    table = faces.assign(**changed).astype(types)
    table["dominant_emotion"] = named.astype(FACE_COLUMNS["dominant_emotion"])
    return with_affect(table)


def _profile(rows: pd.DataFrame, given: tuple[float, float] | None) -> list[float | int | str]:
    emotions = rows[list(EMOTIONS)].to_numpy(dtype=np.float64)
    if given is not None:
        inside = rows["timestamp"].between(*given).to_numpy()
        if inside.any():
            return [*_median(emotions[inside]), int(inside.sum()), "range"]
    count = max(MIN_ROWS, round(NEUTRAL_SHARE * len(emotions)))
    if len(emotions) < count:
        return [*[0.0] * len(_SHOWN), 1.0, 0, "none"]
    order = np.argsort(-emotions[:, EMOTIONS.index("neutral")], kind="stable")
    return [*_median(emotions[order[:count]]), count, "most neutral"]


def _median(emotions: np.ndarray) -> list[float]:
    """The median of each emotion, with a sum of 1: a few odd frames do not count."""
    middle = np.median(emotions, axis=0)
    return list((middle / max(middle.sum(), 1e-12)).tolist())
