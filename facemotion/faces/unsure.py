"""Faces that the detector proposed but was not sure of, and what was confirmed of them.

``proposals`` looks at the sampled frames a second time, with the detector and the mesh model only.
``add`` measures boxes that somebody else has confirmed, as all faces are measured, and writes a
folder like that of the faces room in which they stand among the others.
"""

from __future__ import annotations

import os
import queue
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd

from facemotion import models, tables
from facemotion.faces import JUDGED_TOGETHER, MAX_WORKERS, landmarks
from facemotion.faces.chunks import FACES, SAMPLES, with_marks
from facemotion.faces.looker import Looker, fitted
from facemotion.faces.repeats import Repeats, overlap
from facemotion.models.base import Detections
from facemotion.models.mesh import FaceMesh
from facemotion.records import Frame, OnProgress, Progress, Settings

if TYPE_CHECKING:
    from facemotion.faces import Faces, Read
    from facemotion.faces.looker import Row, Seen
    from facemotion.models.base import FaceDetector, Floats
    from facemotion.records import RGB

VERSION = 1

MIN_SCORE = 0.2
"""What the detector itself gives less than this is not worth asking about."""
CONTEXT = 3.0
"""Side of the square that is shown of a proposal, in its box's longer side."""
SAME_FACE_SHARE = 0.3
"""A box that shares this much with a face that was found already, of the smaller one, is of it."""

_Finder = tuple["FaceDetector", FaceMesh]


@dataclass(frozen=True)
class Proposal:
    """A place in which the detector was not sure of a face.

    ``view_xywh`` is what is shown of the frame, in whole pixels, and ``rgb`` its picture.
    ``is_repeat`` says that the same was seen in the same place a moment before.
    """

    frame: int
    time_s: float
    box_xywh: tuple[float, ...]
    score: float
    view_xywh: tuple[int, int, int, int]
    rgb: RGB
    is_repeat: bool


def proposals(
    read: Read, total: int | None, settings: Settings, sure: pd.DataFrame, on_progress: OnProgress
) -> Generator[Proposal, None, None]:
    """The unsure faces in all frames, in time order, but not those that overlap a sure one.

    Nothing is looked at when the detector's threshold is no higher than ``MIN_SCORE``.
    """
    if settings.min_confidence <= MIN_SCORE:
        return
    known = _boxes(sure)
    repeats = Repeats()
    text = "Looking again, for faces that the detector is not sure of"
    with closing(_looked_at(read, settings)) as looked:
        for done, (frame, found) in enumerate(looked, start=1):
            on_progress(Progress("faces", done, total, "frames", text))
            for box, score in found:
                if any(overlap(box, other) >= SAME_FACE_SHARE for other in known[frame.index]):
                    continue
                view = _view(box, frame.rgb)
                x, y, w, h = view
                rgb = frame.rgb[y : y + h, x : x + w]
                at = tuple(float(v) for v in box)
                is_new = repeats.take(frame.time_s, box, rgb)
                yield Proposal(frame.index, frame.time_s, at, score, view, rgb, not is_new)


def add(
    read: Read,
    measured: Faces,
    confirmed: Mapping[int, Detections],
    settings: Settings,
    models_folder: Path,
    source: Path,
    folder: Path,
    on_progress: OnProgress,
) -> int:
    """Measure confirmed boxes by frame, and write all faces to ``folder``; how many came of them.

    ``source`` is the folder of the faces in ``measured``. A box in which the mesh model sees no
    face, or of a face that is known already, is left out.
    """
    rows = _rows(read, measured, confirmed, settings, models_folder, on_progress)
    both = pd.concat([measured.faces, with_marks(rows)]) if rows else measured.faces
    both = both.sort_values(["frame", "x"], ignore_index=True, kind="stable")
    both.to_parquet(folder / FACES, index=False)
    tables.recounted(measured.samples, both).to_parquet(folder / SAMPLES, index=False)
    if (source / landmarks.LANDMARKS).is_file():
        more = folder / f"more-{landmarks.LANDMARKS}"
        landmarks.write(more, rows)
        landmarks.merge(source / landmarks.LANDMARKS, more, folder / landmarks.LANDMARKS)
        more.unlink()
    return len(rows)


def _rows(
    read: Read,
    measured: Faces,
    confirmed: Mapping[int, Detections],
    settings: Settings,
    models_folder: Path,
    on_progress: OnProgress,
) -> list[Row]:
    """The rows of the confirmed faces; the frames are read once, and few are held at a time."""
    if not confirmed:
        return []
    known = _boxes(measured.faces)
    look = Looker(settings, models_folder)
    first = int(measured.samples["frame"].searchsorted(min(confirmed)))
    rows: list[Row] = []
    seen: list[Seen] = []
    with closing(read(first)) as frames:
        for frame in frames:
            if frame.index in confirmed:
                found = _not_known(confirmed[frame.index], known[frame.index])
                seen.append(look.fit(frame, found, "claude"))
                on_progress(Progress("faces", text="Measuring what Claude has found"))
            if len(seen) == JUDGED_TOGETHER:
                rows += [row for judged in look.judge(seen) for row in judged.rows]
                seen = []
            if frame.index >= max(confirmed):
                break
    return rows + [row for judged in look.judge(seen) for row in judged.rows]


def _not_known(found: Detections, known: Floats) -> Detections:
    is_new = np.array(
        [all(overlap(box, other) < SAME_FACE_SHARE for other in known) for box in found.boxes_xywh],
        dtype=bool,
    )
    return Detections(found.boxes_xywh[is_new], found.scores[is_new])


class _ByFrame(dict[int, "Floats"]):
    def __missing__(self, frame: int) -> Floats:
        return np.zeros((0, 4), np.float32)


def _boxes(faces: pd.DataFrame) -> _ByFrame:
    """The boxes in each frame, ``(n, 4)``; none where there is no face."""
    return _ByFrame(
        (int(frame), here[list("xywh")].to_numpy(np.float32))
        for frame, here in faces.groupby("frame")
    )


def _looked_at(
    read: Read, settings: Settings
) -> Generator[tuple[Frame, list[tuple[Floats, float]]], None, None]:
    """Each frame with the boxes and scores of its unsure faces; in threads, in order."""
    n_workers = max(1, min(MAX_WORKERS, os.cpu_count() or 1))
    idle: queue.SimpleQueue[_Finder] = queue.SimpleQueue()
    for _ in range(n_workers):
        idle.put((models.detector(settings.detector), FaceMesh()))

    def look(frame: Frame) -> tuple[Frame, list[tuple[Floats, float]]]:
        own = idle.get()
        try:
            return frame, _unsure(frame.rgb, own, settings.min_confidence)
        finally:
            idle.put(own)

    cv2.setNumThreads(1)  # as in the first look
    with (
        ThreadPoolExecutor(n_workers, thread_name_prefix="unsure") as pool,
        closing(read(0)) as frames,
    ):
        waiting: deque[Future[tuple[Frame, list[tuple[Floats, float]]]]] = deque()
        try:
            for frame in frames:
                waiting.append(pool.submit(look, frame))
                if len(waiting) > 2 * n_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _unsure(rgb: RGB, own: _Finder, min_confidence: float) -> list[tuple[Floats, float]]:
    """The proposals below the threshold in which the mesh model sees a face."""
    detector, mesh = own
    found = detector.detect(rgb, MIN_SCORE)
    low = found.scores < min_confidence
    eyes = None if found.eyes is None else found.eyes[low]
    low_ones = Detections(found.boxes_xywh[low], found.scores[low], eyes)
    return [(box, score) for box, score, _ in fitted(rgb, low_ones, mesh)]


def _view(box_xywh: Floats, rgb: RGB) -> tuple[int, int, int, int]:
    """The square around a box that is shown, in pixels; what reaches out of the frame is cut."""
    x, y, w, h = (float(v) for v in box_xywh)
    half = CONTEXT * max(w, h) / 2
    height, width = rgb.shape[:2]
    left, top = max(0, int(x + w / 2 - half)), max(0, int(y + h / 2 - half))
    right = min(width, int(np.ceil(x + w / 2 + half)))
    bottom = min(height, int(np.ceil(y + h / 2 + half)))
    return left, top, right - left, bottom - top
