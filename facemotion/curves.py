"""The faces table as curves and shares: what the charts, the cards and the exports all draw on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion.records import EMOTIONS, Moment
from facemotion.tables import person_name

Indices = NDArray[np.int64]

COVERAGE = ("good", "small", "turned away", "no face")
"""How well a face can be measured in a sample, the best first."""

TURNED_YAW_DEG, TURNED_PITCH_DEG = 30.0, 25.0
"""Beyond these angles of the head a face counts as turned away: about where the far side of the
face begins to hide behind the nose. A rule of this project, to be read with the charts of head
position; there is no common norm."""

SMALL_FACE_PX = 40
"""A face whose shorter side has fewer pixels is small: the classifiers look at 48 to 64 of them.
A rule of this project as well."""


@dataclass(frozen=True)
class Share:
    """One emotion's part: of the rows it dominates, and its mean probability, both 0..1."""

    dominant: float
    mean: float


@dataclass(frozen=True)
class FaceTrack:
    """One face's presence: in how many samples it was seen, and from when to when in seconds."""

    face_id: int
    samples: int
    first_s: float
    last_s: float


def face_curve(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    face_id: int | None = None,
    columns: Sequence[str] = EMOTIONS,
) -> pd.DataFrame:
    """One row per sample in time order: frame, timestamp, n_faces and the columns asked for.

    Samples without a face have NaN. ``face_id`` None takes the mean over the faces of each frame,
    each face weighing the same; a number takes that face only.
    """
    grouped = of_face(faces, face_id).groupby("frame")
    means = grouped[list(columns)].mean().astype("float64")
    means["n_faces"] = grouped.size()
    curve = samples[["frame", "timestamp"]].merge(means, on="frame", how="left")
    curve["n_faces"] = curve["n_faces"].fillna(0).astype("int64")
    return curve.sort_values("timestamp", ignore_index=True)


def thinned(
    curve: pd.DataFrame,
    max_points: int,
    keep_frames: Iterable[int] = (),
    columns: Sequence[str] = EMOTIONS,
) -> pd.DataFrame:
    """At most about ``max_points`` rows of a curve, with every peak and every gap still in it.

    The samples are cut into equal stretches; of each stretch the highest and the lowest value of
    every column stay, so no peak loses height. Wherever samples without a value lay between two
    kept ones, one of them stays, so that no line crosses a gap.
    """
    if len(curve) <= max_points:
        return curve
    stretches = max(1, max_points // (2 * len(columns)))
    stretch = np.arange(len(curve)) * stretches // len(curve)
    keep = curve["frame"].isin(list(keep_frames)).to_numpy(copy=True)
    keep[[0, -1]] = True
    for column in columns:
        seen = pd.Series(curve[column].to_numpy()).dropna()
        groups = seen.groupby(stretch[seen.index.to_numpy()])
        keep[groups.idxmax().to_numpy(dtype=np.int64)] = True
        keep[groups.idxmin().to_numpy(dtype=np.int64)] = True
    kept = np.flatnonzero(keep)
    for column in columns:
        keep[_gap_markers(curve[column].isna().to_numpy(), kept)] = True
    return curve[keep].reset_index(drop=True)


def gaps(curve: pd.DataFrame) -> list[tuple[float, float]]:
    """The times without a face: (from, to) in seconds, halfway to the neighbouring faces."""
    faceless = curve["n_faces"].to_numpy() == 0
    times = curve["timestamp"].to_numpy(dtype=np.float64)
    if not len(times):
        return []
    edges = np.concatenate([times[:1], (times[1:] + times[:-1]) / 2, times[-1:]])
    turns = np.flatnonzero(np.diff(np.concatenate([[0], faceless.astype(np.int8), [0]])))
    return [(float(edges[a]), float(edges[b])) for a, b in turns.reshape(-1, 2)]


def coverage(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    face_id: int | None = None,
    small_px: float = SMALL_FACE_PX,
) -> pd.DataFrame:
    """One row per sample in time order: frame, timestamp, and ``coverage``, a word of COVERAGE.

    A face is "turned away" beyond ``TURNED_YAW_DEG`` or ``TURNED_PITCH_DEG``, otherwise "small"
    below ``small_px`` pixels, otherwise "good"; unknown angles count as straight. Of several faces
    in a frame (``face_id`` None) the best one counts.
    """
    mine = of_face(faces, face_id)
    turned = (mine["yaw_deg"].abs() > TURNED_YAW_DEG) | (mine["pitch_deg"].abs() > TURNED_PITCH_DEG)
    small = mine[["w", "h"]].min(axis=1) < small_px
    grade = pd.Series(np.select([turned, small], [2, 1], 0), index=mine.index)
    best = grade.groupby(mine["frame"]).min().rename("grade")
    table = samples[["frame", "timestamp"]].merge(best, on="frame", how="left")
    grades = table.pop("grade").fillna(3).astype("int64")
    table["coverage"] = pd.Categorical.from_codes(grades, list(COVERAGE))
    return table.sort_values("timestamp", ignore_index=True)


def shares(faces: pd.DataFrame) -> dict[str, Share]:
    """How the analysed face time divides over the emotions; empty without a face.

    Every row (a face in an analysed frame) counts the same.
    """
    if faces.empty:
        return {}
    dominant = faces["dominant_emotion"].value_counts(normalize=True)
    return {
        name: Share(float(dominant.get(name, 0.0)), float(faces[name].astype("float64").mean()))
        for name in EMOTIONS
    }


def face_tracks(faces: pd.DataFrame) -> list[FaceTrack]:
    """The faces of the table, the one seen longest first."""
    times = faces.groupby("face_id")["timestamp"].agg(["size", "min", "max"]).reset_index()
    times = times.sort_values(["size", "face_id"], ascending=[False, True])
    return [FaceTrack(int(i), int(n), float(a), float(b)) for i, n, a, b in times.to_numpy()]


def people(faces: pd.DataFrame) -> dict[int, str]:
    """What each person is called, by ``face_id``."""
    seen = faces.drop_duplicates("face_id")
    return dict(zip(seen["face_id"].tolist(), seen["person"].tolist(), strict=True))


def name_of(moment: Moment) -> str:
    """What the person of a moment is called."""
    return moment.person or person_name(moment.face_id)


def of_face(faces: pd.DataFrame, face_id: int | None) -> pd.DataFrame:
    """The rows of one face, or all of them for None."""
    return faces if face_id is None else faces[faces["face_id"] == face_id]


def _gap_markers(faceless: NDArray[np.bool_], kept: Indices) -> Indices:
    """The first faceless sample between each two kept samples that have some between them."""
    gap_at = np.flatnonzero(faceless)
    following = np.searchsorted(gap_at, kept[:-1])
    inside = following < len(gap_at)
    candidates = gap_at[following[inside]]
    return candidates[candidates < kept[1:][inside]]


def own_probability(moment: Moment) -> float:
    """How probable the moment's own emotion is, 0..1."""
    if moment.emotion in EMOTIONS:
        return moment.probabilities[EMOTIONS.index(moment.emotion)]
    return max(moment.probabilities)
