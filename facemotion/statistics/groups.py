"""Several videos, or several persons, on one clock: their curves, and what those have in common.

A *member* is what counts as one: a video with the mean of its faces, or one person of it. Members
are measured one by one and only then put together, each weighing the same however many frames it
has: frames of one video resemble each other, so they are no sample of their own (see ``effects``).

As everywhere in these statistics, a sample stands for the time until the next one (``windows``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from facemotion import curves
from facemotion.errors import SettingsError
from facemotion.markers import Markers
from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.statistics import effects, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

VALUES = (*EMOTIONS, "expressiveness", "valence", "arousal", *ACTION_UNITS)
"""What can be compared: columns of the faces table."""

Alignment = Literal["start", "face", "mark"]

BINS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
MAX_BINS = 240
"""So many points are about what a screen can show of a curve."""

MAX_POINTS = 6000
"""More points than this, of all curves together, make a chart slow."""

_CURVE_COLUMNS = {
    "bin": "int64",
    "time_s": "float64",
    "value": "float64",
    "measured_s": "float64",
    "frame": "Int64",
    "timestamp": "float64",
}
_ROUNDING_S = 1e-6  # less of a bin than this is no face, but arithmetic


def zero_of(
    faces: pd.DataFrame,
    alignment: Alignment,
    *,
    face_id: int | None = None,
    markers: Markers = (),
    mark: str = "",
) -> float | None:
    """Which second of a video is 0 on the common clock; None where it has no such time.

    "start" is the start of the video, "face" the first sample with a face (with that of
    ``face_id``, if given), "mark" the first marker called ``mark``, capitals aside.
    """
    if alignment == "start":
        return 0.0
    if alignment == "face":
        times = curves.of_face(faces, face_id)["timestamp"]
        return float(times.min()) if len(times) else None
    return next((m.time_s for m in markers if m.text.casefold() == mark.casefold()), None)


def within(
    faces: pd.DataFrame, samples: pd.DataFrame, start_s: float | None, end_s: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables from ``start_s`` up to but without ``end_s``, in seconds of the video."""
    low, high = (-np.inf if start_s is None else start_s), (np.inf if end_s is None else end_s)
    kept = [table[table["timestamp"].between(low, high, "left")] for table in (faces, samples)]
    return kept[0], kept[1]


def usual_bin_s(every_s: float, length_s: float) -> float:
    """The shortest of ``BINS_S`` for samples ``every_s`` apart over so long a time.

    A bin is about as long as a sample then, or longer, and a curve has at most ``MAX_BINS``.
    """
    needed = max(0.9 * every_s, length_s / MAX_BINS)  # at 25 frames a second, 0.5 s may be 0.52
    return next((bin_s for bin_s in BINS_S if bin_s >= needed), BINS_S[-1])


def least_bin_s(length_s: float, n_members: int) -> float:
    """The shortest of ``BINS_S`` that a chart of so many curves can draw (``MAX_POINTS``)."""
    needed = length_s * n_members / MAX_POINTS
    return next((bin_s for bin_s in BINS_S if bin_s >= needed), BINS_S[-1])


def curve(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    column: str,
    bin_s: float,
    *,
    zero_s: float = 0.0,
    face_id: int | None = None,
) -> pd.DataFrame:
    """One value of a member in bins of ``bin_s`` on the common clock, from first to last sample.

    * ``bin``: the number of the bin; bin 0 begins at ``zero_s`` of the video
    * ``time_s``: the middle of the bin on the common clock
    * ``value``: the mean over the time in it in which there is a value, each frame counting with
      the mean of its faces (``face_id``: with that face); NaN without any, nothing is filled in
    * ``measured_s``: how much time that is
    * ``frame``, ``timestamp``: the measured sample nearest to the middle, in the video itself

    Raises ``SettingsError`` when ``bin_s`` is not above 0 or makes too many bins.
    """
    if not bin_s > 0:
        raise SettingsError(f"A bin is {bin_s:g} s long. Choose more than 0 s.")
    whole = curves.face_curve(faces, samples, face_id, [column])
    if whole.empty:
        return pd.DataFrame(columns=list(_CURVE_COLUMNS)).astype(_CURVE_COLUMNS)
    limits = _limits(whole["timestamp"].to_numpy(dtype=np.float64)) - zero_s
    bins = _bins(limits, bin_s)
    edges = np.append(bins, bins[-1] + 1) * bin_s
    values = whole[column].to_numpy(dtype=np.float64)
    seen, lengths = ~np.isnan(values), np.diff(limits)
    measured_s = _inside(seen * lengths, limits, edges)
    sums = _inside(np.where(seen, values, 0.0) * lengths, limits, edges)
    there = measured_s > _ROUNDING_S
    middles = np.asarray((bins + 0.5) * bin_s, dtype=np.float64)
    sampled = whole["timestamp"].to_numpy(dtype=np.float64)[seen] - zero_s
    nearest = _nearest(sampled, middles[there])
    table = pd.DataFrame({"bin": bins, "time_s": middles, "value": np.nan})
    table["measured_s"] = np.where(there, measured_s, 0.0)
    table[["frame", "timestamp"]] = pd.NA, np.nan
    table.loc[there, "value"] = sums[there] / measured_s[there]
    for name in ("frame", "timestamp"):
        table.loc[there, name] = whole.loc[seen, name].to_numpy()[nearest]
    return table.astype(_CURVE_COLUMNS)


def together(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The curves of several members, one below the other, with a column ``member`` in front."""
    empty = pd.DataFrame(columns=list(_CURVE_COLUMNS)).astype(_CURVE_COLUMNS)
    parts = {"": empty} if not found else dict(found)
    table = pd.concat(parts, names=["member"]).reset_index(level=0).reset_index(drop=True)
    return table.astype({"member": "str"})


def aggregated(curves_of_all: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """What the members of ``together`` have in common, bin by bin, from the first to the last.

    ``bin`` and ``time_s`` as in ``curve``; ``n`` (members with a value there), ``mean`` and ``sd``
    over them; ``ci_low``, ``ci_high``: the 95 % confidence interval of the mean by the t
    distribution with n - 1 degrees of freedom (Student, 1908, doi:10.1093/biomet/6.1.1), NaN for
    fewer than two; ``minimum``, ``maximum``; ``q1``, ``q3``: quartiles, linear between the values
    (type 7 of Hyndman and Fan, 1996, doi:10.1080/00031305.1996.10473566).

    The interval is that of each bin by itself: of many bins, some miss the truth.
    """
    known = curves_of_all.dropna(subset=["value"])
    wide = known.pivot(index="bin", columns="member", values="value")
    if len(wide):
        wide = wide.reindex(range(int(wide.index.min()), int(wide.index.max()) + 1))
    n, mean, sd = wide.count(axis=1), wide.mean(axis=1), wide.std(axis=1, ddof=1)
    reach = sd / np.sqrt(n) * effects.t_quantile(np.maximum(n.to_numpy(np.float64) - 1, 1))
    quartiles = wide.T.quantile([0.25, 0.75])
    return pd.DataFrame(
        {
            "bin": wide.index.to_numpy(dtype=np.int64),
            "time_s": (wide.index.to_numpy(dtype=np.float64) + 0.5) * bin_s,
            "n": n.to_numpy(dtype=np.int64),
            "mean": mean.to_numpy(dtype=np.float64),
            "sd": sd.to_numpy(dtype=np.float64),
            "ci_low": (mean - reach).to_numpy(dtype=np.float64),
            "ci_high": (mean + reach).to_numpy(dtype=np.float64),
            "minimum": wide.min(axis=1).to_numpy(dtype=np.float64),
            "maximum": wide.max(axis=1).to_numpy(dtype=np.float64),
            "q1": quartiles.loc[0.25].to_numpy(dtype=np.float64),
            "q3": quartiles.loc[0.75].to_numpy(dtype=np.float64),
        }
    )


def _limits(times: Floats) -> Floats:
    """Where the time of each sample begins, and where that of the last one ends."""
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else windows.LONE_SAMPLE_S
    limits: Floats = np.append(times, times[-1] + usual)
    return limits


def _bins(limits: Floats, bin_s: float) -> NDArray[np.int64]:
    """The numbers of the bins around the sampled time."""
    # A hair of tolerance, so that 30.000000004 s of video make three bins of 10 s.
    first = int(np.floor(limits[0] / bin_s + 1e-6))
    last = max(int(np.ceil(limits[-1] / bin_s - 1e-6)), first + 1)
    if last - first > windows.MAX_WINDOWS:
        raise SettingsError(f"Bins of {bin_s:g} s would be {last - first:,}. Choose longer ones.")
    return np.arange(first, last, dtype=np.int64)


def _inside(amounts: Floats, limits: Floats, edges: Floats) -> Floats:
    """What falls between each two edges of amounts that are spread evenly between limits."""
    running = np.concatenate([[0.0], np.cumsum(amounts)])
    inside: Floats = np.diff(np.interp(edges, limits, running))
    return inside


def _nearest(times: Floats, wanted: Floats) -> NDArray[np.int64]:
    """The number of the time, in order, that is nearest to each wanted one."""
    after = np.clip(np.searchsorted(times, wanted), 0, max(len(times) - 1, 0))
    before = np.maximum(after - 1, 0)
    earlier = np.abs(wanted - times[before]) <= np.abs(times[after] - wanted)
    nearest: NDArray[np.int64] = np.where(earlier, before, after)
    return nearest
