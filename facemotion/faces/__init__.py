"""Stage 3: from frames to a table with one row per (frame, face).

Each frame is looked at on its own (detect, fit the mesh, align), in as many threads as there are
cores; the runtimes let go of Python's lock, so the cores really share the work. The expressions are
told for the faces of many frames at once, because some models take almost as long for one face as
for many. Chunks are written as they are finished, so that a killed run goes on where it stopped.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import pandas as pd

from facemotion import cache, models
from facemotion.faces.chunks import FACES, SAMPLES, Chunks
from facemotion.faces.glimpses import Glimpses
from facemotion.faces.landmarks import LANDMARKS
from facemotion.faces.looker import Looker, Row, Seen
from facemotion.records import (
    EMOTIONS,
    FoundFace,
    Frame,
    OnProgress,
    Progress,
    Settings,
    Work,
    ignore_progress,
)

__all__ = ["LANDMARKS", "VERSION", "Faces", "Looker", "Row", "fingerprint", "load", "run"]

VERSION = 6
MAX_WORKERS = 8

JUDGED_TOGETHER = 32
"""Frames whose faces are classified in one call,"""
JUDGED_WITHIN_S = 0.5
"""or fewer, when a slow detector would keep them waiting for longer."""

Read = Callable[[int], Generator[Frame, None, None]]
"""Gives the frames from a number on; closed when no more are wanted."""


@dataclass(frozen=True)
class Faces:
    """What was measured, and what was done for it.

    ``faces`` and ``samples`` are as in ``facemotion.tables``, except that nobody has been followed
    yet: every ``face_id`` is -1. More columns hold what that takes (``MARKS`` in ``chunks``).
    """

    faces: pd.DataFrame
    samples: pd.DataFrame
    work: Work


def run(
    read: Read,
    total: int | None,
    settings: Settings,
    models_folder: Path,
    final: Path,
    on_progress: OnProgress = ignore_progress,
    *,
    shows_faces: bool = False,
) -> Faces:
    """Measure all faces in the frames into the folder ``final``, or take what is there.

    ``read(first)`` gives the frames from number ``first`` on, of ``total`` (None: unknown). With
    ``shows_faces``, ``on_progress`` gets a face to look at now and then. Raises
    ``SettingsError`` for unknown models, ``ModelError`` for broken ones, and whatever
    ``on_progress`` raises; finished chunks are kept for the next run.
    """
    look = Looker(settings, models_folder, Glimpses() if shows_faces else None)

    def waiting() -> None:
        on_progress(Progress("faces", text="Waiting for another run of this video"))

    if cache.action(final) != "reuse":
        with cache.lock(final, waiting):
            if cache.action(final) != "reuse":
                with cache.building(final) as folder:
                    return _build(read, total, settings, look, folder, on_progress)
    return load(final)


def load(final: Path) -> Faces:
    """The tables in a folder that ``run`` has filled."""
    return Faces(pd.read_parquet(final / FACES), pd.read_parquet(final / SAMPLES), Work())


def fingerprint(settings: Settings) -> list[str]:
    """The models that decide the result, with the hashes of their weights."""
    return [
        models.fingerprint("detector", settings.detector),
        models.fingerprint("mesh", "mesh"),
        models.fingerprint("mesh", "iris"),
        models.fingerprint("classifier", settings.classifier),
    ]


def _build(
    read: Read,
    total: int | None,
    settings: Settings,
    look: Looker,
    folder: Path,
    on_progress: OnProgress,
) -> Faces:
    models.check_names(settings.detector, settings.classifier)
    on_progress(Progress("faces", 0, total, "frames", "Loading the models"))
    chunks = Chunks(folder, settings.landmarks)
    n_faces = chunks.n_faces
    analysed = 0
    n_workers = max(1, min(MAX_WORKERS, os.cpu_count() or 1, total or MAX_WORKERS))
    look.warm_up(n_workers)
    with (
        closing(read(chunks.n_frames)) as frames,
        closing(_in_parallel(look, frames, n_workers)) as results,
    ):
        for frame in results:
            chunks.add(frame)
            analysed += 1
            n_faces += len(frame.rows)
            text = f"{n_faces} faces so far"
            on_progress(
                Progress("faces", chunks.n_frames, total, "frames", text, faces=_to_look_at(frame))
            )
    return Faces(*chunks.finish(), Work(frames_analysed=analysed))


def _to_look_at(frame: Seen) -> tuple[FoundFace, ...]:
    if frame.glimpse is None:
        return ()
    row = frame.rows[frame.glimpse.number]
    return (FoundFace(frame.time_s, max(EMOTIONS, key=row.__getitem__), frame.glimpse.rgb),)


def _in_parallel(
    looker: Looker, frames: Iterator[Frame], n_workers: int
) -> Generator[Seen, None, None]:
    """What is seen in each frame, in threads, the answers in order; few frames are held at once."""
    cv2.setNumThreads(1)  # one picture a thread is the better way to share out the cores
    with ThreadPoolExecutor(n_workers, thread_name_prefix="faces") as pool:
        looking: deque[Future[Seen]] = deque()
        judging: deque[Future[list[Seen]]] = deque()
        seen: list[Seen] = []
        since = time.monotonic()
        try:
            for frame in frames:
                looking.append(pool.submit(looker.look, frame))
                if len(looking) > 2 * n_workers:
                    seen.append(looking.popleft().result())
                if len(seen) >= JUDGED_TOGETHER or time.monotonic() - since > JUDGED_WITHIN_S:
                    judging.append(pool.submit(looker.judge, seen))
                    seen, since = [], time.monotonic()
                while judging and judging[0].done():
                    yield from judging.popleft().result()
            seen += [answer.result() for answer in looking]
            judging.append(pool.submit(looker.judge, seen))
            while judging:
                yield from judging.popleft().result()
        finally:
            for looked in looking:
                looked.cancel()
            for judged in judging:
                judged.cancel()
