"""Stage 3: from frames to a table with one row per (frame, face).

Each frame is looked at on its own (detect, fit the mesh, align, classify), in as many threads as
there are cores; the runtimes let go of Python's lock, so the cores really share the work. Chunks
are written as they are finished, so that a killed run goes on where it stopped.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd

from facemotion import cache, models
from facemotion.linking import link
from facemotion.models.alignment import aligned_crop, sharpness
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.records import (
    EMOTIONS,
    Frame,
    OnProgress,
    Progress,
    Settings,
    Work,
    ignore_progress,
)
from facemotion.tables import faces_table, samples_table

if TYPE_CHECKING:
    from facemotion.models.base import Floats

VERSION = 1
CHUNK = 100
"""Frames per chunk: what a killed run loses at most."""

MIN_MESH_SCORE = 0.1
"""Below this the mesh model itself does not believe that there is a face (hands, hair, candles)."""

SAME_FACE_SHARE = 0.6
"""Two meshes of which the smaller one lies this much in the larger are of one face."""

FACES, SAMPLES = "faces.parquet", "samples.parquet"

Row = dict[str, Any]


@dataclass(frozen=True)
class Faces:
    """The tables ``faces`` and ``samples`` (columns in ``facemotion.tables``) and what was done."""

    faces: pd.DataFrame
    samples: pd.DataFrame
    work: Work


def run(
    read: Callable[[int], Iterator[Frame]],
    total: int | None,
    settings: Settings,
    models_folder: Path,
    final: Path,
    on_progress: OnProgress = ignore_progress,
) -> Faces:
    """Measure all faces in the frames into the folder ``final``, or take what is there.

    ``read(first)`` gives the frames from number ``first`` on, of ``total`` (None: unknown).
    Raises ``SettingsError`` for unknown models, ``ModelError`` for broken ones, and whatever
    ``on_progress`` raises; finished chunks are kept for the next run.
    """

    def waiting() -> None:
        on_progress(Progress("faces", text="Waiting for another run of this video"))

    work = Work()
    if cache.action(final) != "reuse":
        with cache.lock(final, waiting):
            if cache.action(final) != "reuse":
                with cache.building(final) as folder:
                    work = _build(read, total, settings, models_folder, folder, on_progress)
    return Faces(pd.read_parquet(final / FACES), pd.read_parquet(final / SAMPLES), work)


def fingerprint(settings: Settings) -> list[str]:
    """The models that decide the result, with the hashes of their weights."""
    return [
        models.fingerprint("detector", settings.detector),
        models.fingerprint("mesh", "mesh"),
        models.fingerprint("classifier", settings.classifier),
    ]


def _build(
    read: Callable[[int], Iterator[Frame]],
    total: int | None,
    settings: Settings,
    models_folder: Path,
    folder: Path,
    on_progress: OnProgress,
) -> Work:
    models.check_names(settings.detector, settings.classifier)
    on_progress(Progress("faces", 0, total, "frames", "Loading the models"))
    chunks = _Chunks(folder)
    n_faces = chunks.n_faces
    analysed = 0
    look = Looker(settings, models_folder)
    look.warm_up()
    with closing(_in_parallel(look, read(chunks.n_frames))) as results:
        for frame, rows in results:
            chunks.add(frame, rows)
            analysed += 1
            n_faces += len(rows)
            done = chunks.n_frames
            on_progress(Progress("faces", done, total, "frames", f"{n_faces} faces so far"))
    chunks.finish()
    return Work(frames_analysed=analysed)


class _Chunks:
    """The rows in a folder: whole chunks of ``CHUNK`` frames, joined at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_chunks = 0
        while (self._path(SAMPLES)).exists():
            self._n_chunks += 1
        self._rows: list[Row] = []
        self._samples: list[tuple[int, float, int]] = []
        self.n_faces = sum(
            int(pd.read_parquet(self._path(SAMPLES, n))["n_faces"].sum())
            for n in range(self._n_chunks)
        )

    @property
    def n_frames(self) -> int:
        return self._n_chunks * CHUNK + len(self._samples)

    def add(self, frame: Frame, rows: list[Row]) -> None:
        self._rows += rows
        self._samples.append((frame.index, frame.time_s, len(rows)))
        if len(self._samples) == CHUNK:
            self._commit()

    def finish(self) -> None:
        """Write the last chunk, join them all, and number the faces."""
        if self._samples or self._n_chunks == 0:
            self._commit()
        numbers = range(self._n_chunks)
        samples = pd.concat([pd.read_parquet(self._path(SAMPLES, n)) for n in numbers])
        faces = pd.concat([pd.read_parquet(self._path(FACES, n)) for n in numbers])
        samples = samples.sort_values("frame", ignore_index=True)
        faces = link(faces.sort_values(["frame", "x"], ignore_index=True), samples)
        faces.to_parquet(self._folder / FACES, index=False)
        samples.to_parquet(self._folder / SAMPLES, index=False)
        for path in self._folder.glob("chunk-*"):
            path.unlink()

    def _commit(self) -> None:
        """Faces first: a chunk counts when its samples are there."""
        faces_table(self._rows).to_parquet(self._path(FACES), index=False)
        unfinished = cache.partial(self._path(SAMPLES))
        samples_table(self._samples).to_parquet(unfinished, index=False)
        unfinished.replace(self._path(SAMPLES))
        self._n_chunks += 1
        self._rows, self._samples = [], []

    def _path(self, kind: str, number: int | None = None) -> Path:
        number = self._n_chunks if number is None else number
        return self._folder / f"chunk-{number:05d}-{kind}"


class Looker:
    """Measures the faces of one frame, with models of its own in each thread."""

    def __init__(self, settings: Settings, models_folder: Path) -> None:
        self._settings = settings
        self._models_folder = models_folder
        self._own = threading.local()

    def warm_up(self) -> None:
        """Load in this thread, so that broken weights are told before any frame is decoded."""
        self._load()

    def __call__(self, frame: Frame) -> list[Row]:
        if not hasattr(self._own, "mesh"):
            self._load()
        found = self._own.detector.detect(frame.rgb, self._settings.min_confidence)
        candidates = []
        for i in range(len(found)):
            eyes = None if found.eyes is None else found.eyes[i]
            mesh = self._own.mesh.fit(frame.rgb, found.boxes_xywh[i], eyes)
            if mesh.score >= MIN_MESH_SCORE:
                candidates.append((found.boxes_xywh[i], float(found.scores[i]), mesh))
        return self._measured(frame, _without_repeats(candidates))

    def _load(self) -> None:
        self._own.detector = models.detector(self._settings.detector)
        self._own.classifier = models.classifier(self._settings.classifier, self._models_folder)
        self._own.mesh = FaceMesh()

    def _measured(self, frame: Frame, faces: list[tuple[Floats, float, Mesh]]) -> list[Row]:
        if not faces:
            return []
        size = self._own.classifier.crop_size
        crops = np.stack([aligned_crop(frame.rgb, mesh, size) for _, _, mesh in faces])
        probabilities = self._own.classifier.predict(crops)
        return [
            {
                "frame": frame.index,
                "timestamp": frame.time_s,
                "face_id": -1,
                "confidence": score,
                **dict(zip("xywh", (float(v) for v in box), strict=True)),
                "mesh_score": mesh.score,
                "roll_deg": mesh.roll_deg,
                "sharpness": sharpness(crop),
                **dict(zip(EMOTIONS, (float(v) for v in row), strict=True)),
                "source": "local",
            }
            for (box, score, mesh), crop, row in zip(faces, crops, probabilities, strict=True)
        ]


def _without_repeats(
    faces: list[tuple[Floats, float, Mesh]],
) -> list[tuple[Floats, float, Mesh]]:
    """Drop the less certain one of two proposals whose meshes lie on the same face."""
    kept: list[tuple[Floats, float, Mesh]] = []
    for face in sorted(faces, key=lambda f: -f[1] * f[2].score):
        if all(_shared(face[2], other[2]) < SAME_FACE_SHARE for other in kept):
            kept.append(face)
    return kept


def _shared(one: Mesh, other: Mesh) -> float:
    """The overlap of two meshes' boxes as a share of the smaller box."""
    low = np.maximum(one.points[:, :2].min(axis=0), other.points[:, :2].min(axis=0))
    high = np.minimum(one.points[:, :2].max(axis=0), other.points[:, :2].max(axis=0))
    areas = [float(np.prod(np.ptp(mesh.points[:, :2], axis=0))) for mesh in (one, other)]
    return float(np.prod(np.clip(high - low, 0, None))) / max(min(areas), 1e-6)


def _in_parallel(
    look: Looker, frames: Iterator[Frame]
) -> Generator[tuple[Frame, list[Row]], None, None]:
    """``look`` at each frame, in threads, the answers in order; few frames are held at once."""
    workers = max(1, min(8, os.cpu_count() or 1))
    cv2.setNumThreads(1)  # one picture a thread is the better way to share out the cores
    with ThreadPoolExecutor(workers, thread_name_prefix="faces") as pool:
        waiting: deque[tuple[Frame, Future[list[Row]]]] = deque()
        try:
            for frame in frames:
                waiting.append((frame, pool.submit(look, frame)))
                if len(waiting) > 2 * workers:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            while waiting:
                first, answer = waiting.popleft()
                yield first, answer.result()
        finally:
            for _, answer in waiting:
                answer.cancel()
