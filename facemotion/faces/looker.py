"""One frame at a time: detect, fit the mesh, look at the eyes, align; then classify many faces."""

from __future__ import annotations

import queue
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from facemotion import appearance, models
from facemotion.faces.evidence import evidence
from facemotion.faces.glimpses import Glimpse, Glimpses
from facemotion.models.alignment import SHARPNESS_SIZE, aligned_crop, sharpness
from facemotion.models.iris import IrisModel
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.records import EMOTIONS, Frame, Settings

if TYPE_CHECKING:
    from facemotion.models.base import Detections, ExpressionClassifier, FaceDetector, Floats
    from facemotion.records import RGB

MIN_MESH_SCORE = 0.05
"""Below this the mesh model itself does not believe that there is a face (hands, hair, candles).

Looked at by eye: of 222 proposals in 232 frames of real clips, none of them a labelled one, all 200
above this were faces, and of the 22 below it about a third, turned away or covered.
"""

SAME_FACE_SHARE = 0.6
"""Two meshes of which the smaller one lies this much in the larger are of one face."""

Row = dict[str, Any]
Candidate = tuple["Floats", float, Mesh]
"""Box, detector's score, mesh."""


class Seen(NamedTuple):
    """What was measured in a frame, whose pixels are no longer needed.

    ``rows`` lack the expressions, which are to be told from ``crops``; ``mark`` is of the whole
    frame, see ``facemotion.appearance``. ``glimpse`` is a picture of one of the faces, if it was
    time for one.
    """

    number: int
    time_s: float
    rows: list[Row]
    crops: list[RGB]
    mark: bytes
    glimpse: Glimpse | None = None


class _Models(NamedTuple):
    detector: FaceDetector
    mesh: FaceMesh
    iris: IrisModel
    classifier: ExpressionClassifier


class Looker:
    """Measures the faces of single frames; may be called from several threads at once.

    Models are used by one call at a time, so there are as many sets as calls under way.
    ``glimpses`` cuts out faces to be shown meanwhile; without it, none are.
    """

    def __init__(
        self, settings: Settings, models_folder: Path, glimpses: Glimpses | None = None
    ) -> None:
        self._settings = settings
        self._models_folder = models_folder
        self._glimpses = glimpses
        self._idle: queue.SimpleQueue[_Models] = queue.SimpleQueue()

    def warm_up(self, n_sets: int = 1) -> None:
        """Load models for that many calls at once, one set after the other.

        So broken weights are told before any frame is decoded. Loading takes Python's lock, and
        takes many times as long while other threads are at work.
        """
        for _ in range(n_sets):
            self._idle.put(self._load())

    def __call__(self, frame: Frame) -> list[Row]:
        """The rows of the faces in a frame, without the derived columns of the faces table."""
        return self.judge([self.look(frame)])[0].rows

    def look(self, frame: Frame) -> Seen:
        """Everything but the expressions."""
        with self._models() as own:
            found = own.detector.detect(frame.rgb, self._settings.min_confidence)
            return _seen(frame, found, own, "local", self._glimpses)

    def fit(self, frame: Frame, found: Detections, source: str) -> Seen:
        """The same as ``look`` for faces that ``source`` has found."""
        with self._models() as own:
            return _seen(frame, found, own, source)

    def judge(self, seen: list[Seen]) -> list[Seen]:
        """The same with the expressions, told for the faces of all the frames in one call."""
        crops = [crop for frame in seen for crop in frame.crops]
        if crops:
            with self._models() as own:
                told = (*EMOTIONS, *own.classifier.extras)
                answers = iter(own.classifier.predict(np.stack(crops)))
            for row in (row for frame in seen for row in frame.rows):
                row.update(zip(told, (float(v) for v in next(answers)), strict=True))
        return [frame._replace(crops=[]) for frame in seen]

    @contextmanager
    def _models(self) -> Generator[_Models, None, None]:
        try:
            own = self._idle.get_nowait()
        except queue.Empty:
            own = self._load()
        try:
            yield own
        finally:
            self._idle.put(own)

    def _load(self) -> _Models:
        return _Models(
            models.detector(self._settings.detector),
            FaceMesh(),
            IrisModel(),
            models.classifier(self._settings.classifier, self._models_folder),
        )


def fitted(rgb: RGB, found: Detections, model: FaceMesh) -> list[Candidate]:
    """The proposals in a picture in which the mesh model sees a face too, each face once."""
    candidates = []
    for i in range(len(found)):
        eyes = None if found.eyes is None else found.eyes[i]
        mesh = model.fit(rgb, found.boxes_xywh[i], eyes)
        if mesh.score >= MIN_MESH_SCORE:
            candidates.append((found.boxes_xywh[i], float(found.scores[i]), mesh))
    return _without_repeats(candidates)


def _seen(
    frame: Frame, found: Detections, own: _Models, source: str, glimpses: Glimpses | None = None
) -> Seen:
    faces = fitted(frame.rgb, found, own.mesh)
    crops = [own.classifier.cut(frame.rgb, box, mesh) for box, _, mesh in faces]
    rows = [{**_row(frame, *face, own), "source": source} for face in faces]
    meshes = [mesh for _, _, mesh in faces]
    glimpse = None if glimpses is None else glimpses.take(frame.rgb, meshes)
    mark = appearance.of_frame(frame.rgb)
    return Seen(frame.index, frame.time_s, rows, crops, mark, glimpse)


def _row(frame: Frame, box: Floats, score: float, mesh: Mesh, own: _Models) -> Row:
    return {
        "frame": frame.index,
        "timestamp": frame.time_s,
        "face_id": -1,
        "confidence": score,
        **dict(zip("xywh", (float(v) for v in box), strict=True)),
        "mesh_score": mesh.score,
        **evidence(frame.rgb, box, mesh, own.iris),
        "sharpness": sharpness(aligned_crop(frame.rgb, mesh, SHARPNESS_SIZE)),
        "appearance": appearance.of_face(frame.rgb, box),
    }


def _without_repeats(faces: list[Candidate]) -> list[Candidate]:
    """Drop the less certain one of two proposals whose meshes lie on the same face."""
    kept: list[Candidate] = []
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
