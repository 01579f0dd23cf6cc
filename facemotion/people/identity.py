"""Which tracks are of one person, told by how the faces look: joined across cuts and absences.

A track's vector is the mean over its best few crops; tracks join in the order of how alike they
are, as long as the model's publisher calls that the same person, and never two of one frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion import cache, models
from facemotion.errors import ModelError
from facemotion.models.mesh import FaceMesh
from facemotion.people.portraits import portraits
from facemotion.records import OnProgress, Progress, ignore_progress
from facemotion.tables import person_name

if TYPE_CHECKING:
    import pandas as pd

    from facemotion.models.base import FaceEmbedder, Floats
    from facemotion.records import RGB

CROPS = 3
"""Crops per track: one from each third of it, so that they differ."""

BATCH = 24
"""Frames held in memory at once."""

MIN_MESH_SCORE = 0.05
"""Below this there is no face to speak of in the crop."""

Identities = dict[int, int]
"""The ``face_id`` of each track that has joined another, and of those joined."""

Grab = Callable[[Iterable[int]], Mapping[int, "RGB"]]
"""Gives the pictures of frames by number; those that are damaged are missing."""


def run(
    faces: pd.DataFrame,
    grab: Grab,
    setting: str,
    final: Path,
    on_progress: OnProgress = ignore_progress,
) -> tuple[pd.DataFrame, Identities]:
    """The faces table with one ``face_id`` per person, and who was joined, kept in ``final``.

    ``setting`` is "none", "auto" or the name of an embedder; what is kept is used as long as it is
    from that embedder's weights, or when they are not there any more. Raises ``ModelError`` when
    weights are needed that are missing or broken, and whatever ``on_progress`` raises.
    """
    if setting == models.NO_EMBEDDER:
        return faces, {}
    kept = cache.read_json(final) if final.exists() else None
    try:
        name = models.embedder_name(setting)
    except ModelError:
        if kept is None:
            raise
        name = None
    if name is not None:
        mark = models.fingerprint("embedder", name)
        if kept is None or kept["embedder"] != mark:
            kept = _compare(faces, grab, name, final, on_progress)
    found = {} if kept is None else {int(t): int(f) for t, f in kept["face_ids"].items()}
    return _with_identities(faces, found), found


def _compare(
    faces: pd.DataFrame, grab: Grab, name: str, final: Path, on_progress: OnProgress
) -> dict[str, Any]:
    def told(done: int, total: int) -> None:
        on_progress(Progress("people", done, total, "faces", "Comparing faces"))

    embedder = models.embedder(name)
    assert embedder is not None
    known = identify(faces, grab, embedder, told)
    pairs = known[["track_id", "face_id"]].drop_duplicates()
    crowd = pairs["face_id"].duplicated(keep=False)
    found = {str(track): int(face) for track, face in pairs[crowd].itertuples(index=False)}
    kept = {"embedder": models.fingerprint("embedder", name), "face_ids": found}
    cache.write_text(final, json.dumps(kept, indent=1))
    return kept


def identify(
    faces: pd.DataFrame,
    grab: Grab,
    embedder: FaceEmbedder,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """The faces table with one ``face_id`` for tracks of one person, the smallest ``track_id``.

    ``on_done`` hears how many crops are done, of how many; it may raise to stop the work.
    """
    return joined(faces, vectors(faces, grab, embedder, on_done), embedder.min_similarity)


def vectors(
    faces: pd.DataFrame,
    grab: Grab,
    embedder: FaceEmbedder,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> dict[int, Floats]:
    """One vector of length one per track, of those of which a face could be cut out."""
    rows = portraits(faces, "track_id", CROPS).sort_values("frame")
    mesh, sums, done = FaceMesh(), dict[int, "Floats"](), 0
    for batch in _batches(rows):
        pictures = grab(batch["frame"].unique().tolist())
        crops, tracks = [], []
        for row in batch.itertuples():
            rgb = pictures.get(int(row.frame))
            if rgb is None:
                continue
            found = mesh.fit(rgb, np.array([row.x, row.y, row.w, row.h], np.float32), None)
            if found.score >= MIN_MESH_SCORE:
                crops.append(embedder.cut(rgb, found))
                tracks.append(int(row.track_id))
        if crops:
            for track, vector in zip(tracks, embedder.embed(np.stack(crops)), strict=True):
                sums[track] = sums[track] + vector if track in sums else vector
        done += len(batch)
        on_done(done, len(rows))
    return {track: _unit(total) for track, total in sums.items()}


def joined(
    faces: pd.DataFrame, by_track: Mapping[int, Floats], min_similarity: float
) -> pd.DataFrame:
    """The faces table with one ``face_id`` for tracks that look alike and never share a frame.

    The two groups whose mean vectors have the highest cosine join, then the next two, down to
    ``min_similarity`` (agglomerative clustering by centroids).
    """
    tracks = sorted(by_track)
    if len(tracks) < 2:
        return faces
    frames = {int(track): set(rows) for track, rows in faces.groupby("track_id")["frame"]}
    groups = [{track} for track in tracks]
    seen = [set(frames[track]) for track in tracks]
    sums = np.stack([by_track[track] for track in tracks]).astype(np.float64)
    alike = sums @ sums.T
    for i in range(len(tracks)):
        for j in range(i + 1):
            if i == j or seen[i] & seen[j]:
                alike[i, j] = alike[j, i] = -np.inf
    while True:
        one, other = sorted(int(i) for i in np.unravel_index(alike.argmax(), alike.shape))
        if alike[one, other] < min_similarity:
            break
        groups[one] |= groups[other]
        seen[one] |= seen[other]
        sums[one] += sums[other]
        never = np.isneginf(alike[one]) | np.isneginf(alike[other])
        units = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        alike[one] = np.where(never, -np.inf, units @ units[one])
        alike[:, one] = alike[one]
        alike[other] = alike[:, other] = -np.inf
        groups[other] = set()
    person = {track: min(group) for group in groups for track in group}
    return _with_identities(faces, person)


def _with_identities(faces: pd.DataFrame, person: Identities) -> pd.DataFrame:
    if not person:
        return faces
    face_ids = [person.get(int(track), int(track)) for track in faces["track_id"]]
    names = np.array([person_name(face_id) for face_id in face_ids], dtype=object)
    known = faces.assign(face_id=np.array(face_ids, dtype=np.int64), person=names)
    return known.astype({"person": faces["person"].dtype})


def _batches(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    frames = rows["frame"].unique()
    for first in range(0, len(frames), BATCH):
        yield rows[rows["frame"].isin(frames[first : first + BATCH])]


def _unit(vector: Floats) -> Floats:
    length: Floats = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return length
