"""Blinks from the intensity of AU45 over time, and their rate.

The eyes close when AU45 rises above ``ONSET`` and are open again when it falls below ``OFFSET``:
two levels, so that noise around one does not count twice. The duration is the time above the lower
level, its ends interpolated between the samples. The longest endogenous blinks last about 0.5 s
(100 ms down, up to 300 ms closed, 100 ms up: Stern, Walrath and Goldstein, "The endogenous
eyeblink", Psychophysiology 21, 1984, 22-33); what is longer is a closure, counted apart. What is
shorter than 0.05 s is noise.

For comparison, people blink 17 times a minute at rest, 26 in conversation and 4.5 while reading
(Bentivoglio et al., "Analysis of blink rate patterns in normal subjects", Movement Disorders 12,
1997, 1028-1034); the spread is wide: 8-21, 10.5-32.5 and 1.4-14.4 for normal adults (Doughty,
Optometry and Vision Science 78, 2001, 712-725).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.curves import of_face

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ONSET, OFFSET = 2.5, 1.5
"""Levels of AU45 (0..5): half closed, and open again."""

MIN_BLINK_S, MAX_BLINK_S = 0.05, 0.5

MAX_INTERVAL_S = 0.1
"""Ten samples a second or fewer miss blinks, most of which are 0.1 to 0.4 s long."""

MIN_OBSERVED_S = 10.0
"""A rate per minute from less would hang on one blink more or less."""

_COLUMNS = ["start_s", "peak_s", "end_s", "duration_s", "intensity"]


@dataclass(frozen=True)
class Blinks:
    """The blinks of one person.

    ``blinks`` and ``closures`` (eyes closed for longer than a blink) have ``start_s``, ``peak_s``,
    ``end_s``, ``duration_s`` and ``intensity`` (the highest AU45). ``observed_s`` is the time in
    which a blink would have been seen. ``rate_per_min`` is None where it cannot be told, and
    ``note`` then says why; ``blinks`` and ``closures`` are empty when the sampling is too sparse.
    """

    blinks: pd.DataFrame
    closures: pd.DataFrame
    observed_s: float
    rate_per_min: float | None
    note: str | None = None


def find(
    faces: pd.DataFrame, face_id: int, *, onset: float = ONSET, offset: float = OFFSET
) -> Blinks:
    """The blinks of one person, from unsmoothed values.

    Where AU45 is not measured for longer than two samples, the time is not counted as observed; a
    blink that reaches into such a gap is not counted either.
    """
    rows = of_face(faces, face_id).dropna(subset=["AU45"]).sort_values("timestamp")
    times = rows["timestamp"].to_numpy(dtype=np.float64)
    values = rows["AU45"].to_numpy(dtype=np.float64)
    none = pd.DataFrame(columns=_COLUMNS, dtype=np.float64)
    if len(times) < 2:
        return Blinks(none, none, 0.0, None, "AU45 was not measured.")
    every_s = float(np.median(np.diff(times)))
    if every_s > MAX_INTERVAL_S * (1 - 1e-6):
        note = f"A sample every {every_s:.2g} s misses blinks. Analyse more than 10 a second."
        return Blinks(none, none, 0.0, None, note)
    gaps = np.flatnonzero(np.diff(times) > 2.5 * every_s) + 1
    events: list[tuple[float, ...]] = []
    observed_s = 0.0
    for first, last in zip([0, *gaps], [*gaps, len(times)], strict=True):
        observed_s += float(times[last - 1] - times[first])
        events += _events(times[first:last], values[first:last], onset, offset)
    table = pd.DataFrame(events, columns=_COLUMNS, dtype=np.float64)
    blinks = table[table["duration_s"].between(MIN_BLINK_S, MAX_BLINK_S)].reset_index(drop=True)
    closures = table[table["duration_s"] > MAX_BLINK_S].reset_index(drop=True)
    if observed_s < MIN_OBSERVED_S:
        note = f"The eyes were seen for {observed_s:.1f} s only; a rate needs {MIN_OBSERVED_S:g} s."
        return Blinks(blinks, closures, observed_s, None, note)
    return Blinks(blinks, closures, observed_s, 60 * len(blinks) / observed_s)


def rates(faces: pd.DataFrame) -> pd.DataFrame:
    """One row per person: ``face_id``, ``person``, ``blinks``, ``closures``, ``observed_s``,
    ``rate_per_min`` (NaN where it cannot be told) and ``note`` ("" or why not).
    """
    rows = []
    for face_id, own in faces.groupby("face_id"):
        found = find(own, int(face_id))
        counts = (len(found.blinks), len(found.closures), found.observed_s)
        rate = np.nan if found.rate_per_min is None else found.rate_per_min
        rows.append((int(face_id), own["person"].iloc[0], *counts, rate, found.note or ""))
    names = ["face_id", "person", "blinks", "closures", "observed_s", "rate_per_min", "note"]
    return pd.DataFrame(rows, columns=names)


def _events(
    times: Floats, values: Floats, onset: float, offset: float
) -> list[tuple[float, float, float, float, float]]:
    """Each time above ``offset`` that gets above ``onset`` and lies wholly within one stretch."""
    above = values >= offset
    edges = np.diff(above.astype(np.int8))
    found = []
    for rise in np.flatnonzero(edges == 1):
        falls = np.flatnonzero(edges[rise:] == -1)
        if not len(falls):
            continue
        fall = int(rise + falls[0])
        peak = int(rise) + 1 + int(values[rise + 1 : fall + 1].argmax())
        if values[peak] < onset:
            continue
        start = _crossing(times, values, int(rise), offset)
        end = _crossing(times, values, fall, offset)
        found.append((start, float(times[peak]), end, end - start, float(values[peak])))
    return found


def _crossing(times: Floats, values: Floats, at: int, level: float) -> float:
    """When the line between the samples ``at`` and ``at + 1`` passes a level."""
    share = (level - values[at]) / (values[at + 1] - values[at])
    return float(times[at] + share * (times[at + 1] - times[at]))
