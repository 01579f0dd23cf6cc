"""Verdicts per window of time, per person and for all, and the whole video as one window.

A sample stands for the time from its timestamp to the next sample's, as a frame stays on the
screen until the next one; the last one for as long as is usual. All means and shares are weighted
by that time, so irregular sampling and variable frame rates are right. A sample that reaches over
the edge of a window counts in both, each for its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from facemotion.curves import of_face
from facemotion.errors import SettingsError
from facemotion.records import ACTION_UNITS, EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POSITIVE = ("happy", "surprise")
NEGATIVE = ("angry", "disgust", "fear", "sad")

LONE_SAMPLE_S = 1.0
"""What a single sample, such as a picture, stands for."""

MAX_WINDOWS = 100_000


@dataclass(frozen=True)
class _Pieces:
    """The time of the samples, cut at the windows' edges: a part of one sample in one window."""

    edges: Floats
    frame: NDArray[np.int64]
    window: NDArray[np.int64]
    seconds: Floats

    def total(self, seen: NDArray[np.bool_] | None = None) -> Floats:
        """Seconds per window, of all pieces or of some."""
        weights = self.seconds if seen is None else self.seconds * seen
        return np.bincount(self.window, weights, len(self.edges) - 1).astype(np.float64)


def emotion_windows(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    window_s: float | None = None,
    face_id: int | None = None,
) -> pd.DataFrame:
    """One row per window of ``window_s`` seconds (None: the whole video), in time order.

    * ``start_s``, ``end_s``: the window, at multiples of ``window_s`` on the video's clock
    * ``coverage``: share of the sampled time in which the face is there, 0..1
    * ``face_s``: seconds of face; with ``face_id`` None those of all faces together
    * the seven emotions: mean probabilities, weighted by time
    * ``duration_<emotion>``: share of the face time in which it is the dominant one
    * ``confidence_<emotion>``: the same with each sample weighted by the probability of its
      dominant emotion as well, so clear samples count more than doubtful ones
    * ``by_mean``, ``by_duration``, ``by_confidence``: the strongest emotion in each of the three
      ways, "" without a face
    * ``positive_share``: of the time that is positive or negative by its dominant emotion, the
      part that is positive; neutral left out, NaN when there is none of both

    Values are NaN in a window without a face. Raises ``SettingsError`` when ``window_s`` is not
    above 0, or so small that there would be more than ``MAX_WINDOWS``.
    """
    rows, pieces = of_face(faces, face_id), _pieces(samples, window_s)
    rows = rows.dropna(subset=list(EMOTIONS))
    row, piece = _joined(rows, pieces)
    seconds, window = pieces.seconds[piece], pieces.window[piece]
    emotions = rows[list(EMOTIONS)].to_numpy(dtype=np.float64)[row]
    best = _one_hot(rows["dominant_emotion"])[row]
    clear = (emotions * best).sum(axis=1, keepdims=True)
    table = _frame_of(pieces, rows["frame"])
    table["face_s"] = _sums(seconds[:, None], window, len(table))[:, 0]
    ways = {"by_mean": ("", emotions), "by_duration": ("duration_", best)}
    ways["by_confidence"] = ("confidence_", best * clear)
    for verdict, (prefix, votes) in ways.items():
        sums = _sums(votes * seconds[:, None], window, len(table))
        shares = _divided(sums, sums.sum(axis=1, keepdims=True))
        for number, name in enumerate(EMOTIONS):
            table[f"{prefix}{name}"] = shares[:, number]
        best_of = np.array(EMOTIONS)[np.nan_to_num(shares).argmax(axis=1)]
        table[verdict] = np.where(np.isnan(shares).any(axis=1), "", best_of)
    positive = table[[f"duration_{name}" for name in POSITIVE]].sum(axis=1, min_count=1)
    negative = table[[f"duration_{name}" for name in NEGATIVE]].sum(axis=1, min_count=1)
    both = (positive + negative).to_numpy(dtype=np.float64)
    table["positive_share"] = _divided(positive.to_numpy(dtype=np.float64), both)
    return table


def emotion_windows_by_person(
    faces: pd.DataFrame, samples: pd.DataFrame, window_s: float | None = None
) -> pd.DataFrame:
    """``emotion_windows`` of all and of every person, in this order, with two columns in front.

    ``face_id`` is missing (NA) for all, and ``person`` is then "everyone".
    """
    parts = [emotion_windows(faces, samples, window_s)]
    parts[0].insert(0, "face_id", pd.array([pd.NA] * len(parts[0]), dtype="Int64"))
    parts[0].insert(1, "person", "everyone")
    for face_id, rows in faces.groupby("face_id"):
        part = emotion_windows(rows, samples, window_s)
        part.insert(0, "face_id", pd.array([face_id] * len(part), dtype="Int64"))
        part.insert(1, "person", rows["person"].iloc[0])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def measure_windows(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    columns: Sequence[str] = ACTION_UNITS,
    window_s: float | None = None,
    face_id: int | None = None,
    *,
    above: float | pd.DataFrame = 1.0,
) -> pd.DataFrame:
    """One row per window and column: what an action unit, an emotion, any measure did there.

    ``start_s``, ``end_s``, ``column``, ``measured_s`` (seconds in which it could be measured),
    ``mean`` and ``maximum`` of the values, and ``share_above``: the share of the measured time in
    which the value is above the threshold ``above``, or, given a table of truth values with the
    index of ``faces``, in which that says yes (so that ``action_units.present(faces)`` gives the
    share of time an action unit is present). The threshold 1 is FACS' grade A, a trace. NaN where
    nothing was measured. Raises as ``emotion_windows`` does.
    """
    rows, pieces = of_face(faces, face_id), _pieces(samples, window_s)
    row, piece = _joined(rows, pieces)
    seconds, window = pieces.seconds[piece][:, None], pieces.window[piece]
    values = rows[list(columns)].to_numpy(dtype=np.float64)
    if isinstance(above, pd.DataFrame):
        over = above.loc[rows.index, list(columns)].to_numpy(dtype=bool)
    else:
        over = values > above
    known, values, over = ~np.isnan(values)[row], values[row], over[row]
    count = len(pieces.edges) - 1
    measured = _sums(known * seconds, window, count)
    mean = _divided(_sums(np.nan_to_num(values) * seconds, window, count), measured)
    share = _divided(_sums(known * over * seconds, window, count), measured)
    highest = np.full((count, len(columns)), -np.inf)
    np.maximum.at(highest, window, np.where(known, values, -np.inf))
    table = pd.DataFrame(
        {
            "start_s": np.repeat(pieces.edges[:-1], len(columns)),
            "end_s": np.repeat(pieces.edges[1:], len(columns)),
            "column": list(columns) * count,
            "measured_s": measured.ravel(),
            "mean": mean.ravel(),
            "maximum": np.where(np.isfinite(highest), highest, np.nan).ravel(),
            "share_above": share.ravel(),
        }
    )
    return table


def _pieces(samples: pd.DataFrame, window_s: float | None) -> _Pieces:
    """The time that each sample stands for, cut at the edges of the windows."""
    if window_s is not None and not window_s > 0:
        raise SettingsError(f"A window is {window_s:g} s long. Choose more than 0 s.")
    ordered = samples.sort_values("timestamp")
    starts = ordered["timestamp"].to_numpy(dtype=np.float64)
    if not len(starts):
        none = np.zeros(0, dtype=np.int64)
        return _Pieces(np.zeros(1), none, none, np.zeros(0))
    steps = np.diff(starts)
    usual = float(np.median(steps)) if len(steps) else LONE_SAMPLE_S
    limits = np.append(starts, starts[-1] + usual)
    edges = limits[[0, -1]] if window_s is None else _edges(limits, window_s)
    cuts = np.union1d(limits, edges[(edges > limits[0]) & (edges < limits[-1])])
    sample = np.searchsorted(limits, cuts[:-1], side="right") - 1
    # Only the outermost edges may lie outside of the sampled time.
    # Sums of many steps end a hair beside the edges that they should meet.
    window = np.clip(np.searchsorted(edges, cuts[:-1], side="right") - 1, 0, len(edges) - 2)
    frames = ordered["frame"].to_numpy(dtype=np.int64)
    return _Pieces(edges, frames[sample], window, np.diff(cuts))


def _edges(limits: Floats, window_s: float) -> Floats:
    """The multiples of the window's length around the sampled time."""
    # A hair of tolerance, so that 30.000000004 s of video make three windows of 10 s.
    first = int(np.floor(limits[0] / window_s + 1e-6))
    last = max(int(np.ceil(limits[-1] / window_s - 1e-6)), first + 1)
    if last - first > MAX_WINDOWS:
        raise SettingsError(
            f"Windows of {window_s:g} s would be {last - first:,}. Choose longer ones."
        )
    edges: Floats = np.arange(first, last + 1, dtype=np.float64) * window_s
    return edges


def _joined(rows: pd.DataFrame, pieces: _Pieces) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every face in every piece of time: the number of the row, the number of the piece."""
    left = pd.DataFrame({"frame": rows["frame"].to_numpy(), "row": np.arange(len(rows))})
    right = pd.DataFrame({"frame": pieces.frame, "piece": np.arange(len(pieces.frame))})
    both = left.merge(right, on="frame")
    return both["row"].to_numpy(dtype=np.int64), both["piece"].to_numpy(dtype=np.int64)


def _frame_of(pieces: _Pieces, seen_frames: pd.Series) -> pd.DataFrame:
    """The windows and how much of each has a face."""
    seen = np.isin(pieces.frame, seen_frames.to_numpy())
    coverage = _divided(pieces.total(seen), pieces.total())
    return pd.DataFrame(
        {"start_s": pieces.edges[:-1], "end_s": pieces.edges[1:], "coverage": coverage}
    )


def _one_hot(dominant: pd.Series) -> Floats:
    """``(n, 7)``: 1 where the row's dominant emotion is."""
    hot: Floats = (dominant.to_numpy()[:, None] == np.array(EMOTIONS, dtype=object)).astype(float)
    return hot


def _sums(values: Floats, window: NDArray[np.int64], count: int) -> Floats:
    """The values ``(n, k)`` added up per window: ``(count, k)``."""
    sums = [np.bincount(window, column, count) for column in values.T]
    return np.stack(sums, axis=1).astype(np.float64)


def _divided(values: Floats, by: Floats) -> Floats:
    """NaN where there is nothing to divide by."""
    quotient: Floats = np.full(np.broadcast_shapes(values.shape, by.shape), np.nan)
    np.divide(values, by, out=quotient, where=by > 1e-12)
    return quotient
