"""The most telling moments of a faces table, each with the reason why it was chosen.

Pure functions on a table: changing the choice never runs a model. First comes the strongest
detection of each emotion, then faces whose muscles are strong while the classifier calls them
neutral, then the most expressive detections until there are enough.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from facemotion.moments.apart import Apart
from facemotion.moments.muscles import strong_neutrals
from facemotion.moments.rows import of_row
from facemotion.records import EMOTIONS, Moment, Settings

VERSION = 3

TOLD_RANKS = 3
"""A moment that is the strongest of its emotion also tells its rank if that is as good as this."""


def choose(faces: pd.DataFrame, settings: Settings) -> tuple[Moment, ...]:
    """At most ``max_moments`` moments of a faces table, in time order.

    A face can be chosen when it is large, sharp and certain enough (``good_enough``); two moments
    of the same face are at least ``min_gap_s`` apart. Up to ``max_muscle_moments`` of the moments
    (not on top of them: what is picked is also explained and paid for) are such by muscle. They
    come after the strongest of each emotion and before the merely next most expressive.
    """
    good = faces[good_enough(faces, settings)].reset_index(drop=True)
    apart = Apart(good, settings.min_gap_s)
    strongest = _strongest(good)[: settings.max_moments]
    reasons = {row: [f"strongest {emotion}"] for row, emotion in strongest if apart.add(row)}
    reasons |= _by_muscle(good, apart, settings, settings.max_moments - len(reasons))
    for rank, row in enumerate(_peaks(good, apart, set(reasons)), start=1):
        if row in reasons:
            # "strongest fear, 12th most expressive" would say less, not more.
            reasons[row] += [_ordinal_reason(rank)] * (rank <= TOLD_RANKS)
        elif len(reasons) < settings.max_moments:
            reasons[row] = [_ordinal_reason(rank)]
        elif rank > TOLD_RANKS:
            break
    in_time_order = sorted(reasons, key=lambda row: (good["timestamp"].iat[row], row))
    return tuple(
        of_row(good.iloc[row], number, ", ".join(reasons[row]))
        for number, row in enumerate(in_time_order, start=1)
    )


def good_enough(faces: pd.DataFrame, settings: Settings) -> pd.Series:
    """Which rows pass the quality gate: size in pixels, sharpness, the detector's confidence."""
    return (
        (faces[["w", "h"]].min(axis=1) >= settings.min_face_px)
        & (faces["sharpness"] >= settings.min_sharpness)
        & (faces["confidence"] >= settings.min_confidence)
    )


def _strongest(good: pd.DataFrame) -> list[tuple[int, str]]:
    """For each emotion but neutral that dominates somewhere: its strongest row; strongest first."""
    found = []
    for emotion in EMOTIONS:
        rows = good.index[good["dominant_emotion"] == emotion]
        if emotion != "neutral" and len(rows):
            row = int(good.loc[rows, emotion].idxmax())
            found.append((float(good.at[row, emotion]), row, emotion))
    return [(row, emotion) for _, row, emotion in sorted(found, key=lambda f: (-f[0], f[1]))]


def _by_muscle(
    good: pd.DataFrame, apart: Apart, settings: Settings, places: int
) -> dict[int, list[str]]:
    """The rows chosen for their muscles with their reasons, within the quota and the places."""
    reasons: dict[int, list[str]] = {}
    for found in strong_neutrals(good) if settings.max_muscle_moments else ():
        if len(reasons) >= min(settings.max_muscle_moments, places):
            break
        if apart.add(found.row):
            reasons[found.row] = [found.why]
    return reasons


def _peaks(good: pd.DataFrame, apart: Apart, taken: set[int]) -> Iterator[int]:
    """Rows by falling expressiveness: those taken already, and those far enough from the rest."""
    for row in np.argsort(-good["expressiveness"].to_numpy(), kind="stable"):
        if int(row) in taken or apart.add(int(row)):
            yield int(row)


def _ordinal_reason(rank: int) -> str:
    if rank == 1:
        return "most expressive"
    suffix = (
        "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    )
    return f"{rank}{suffix} most expressive"


__all__ = ["TOLD_RANKS", "VERSION", "choose", "good_enough", "of_row"]
