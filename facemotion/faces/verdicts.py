"""Several classifiers on the same faces: each judges exactly those that were found before.

Nothing is detected or fitted again. The meshes come from landmarks.parquet and the pixels from the
sampled frames, which are read once for all classifiers. They take turns on one thread, so that the
seconds they take can be compared. Beside the tables of the faces:

    verdicts-<key>.parquet              one row per face: ``frame`` and box, by which it is found
                                        again, the seven, and what else the classifier tells
    verdicts-<key>.parquet.partial/     what a stopped run had judged, in parts
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd

from facemotion import cache, models
from facemotion.faces import landmarks
from facemotion.faces.chunks import SAMPLES
from facemotion.faces.judging import PLACE, Judge, Verdicts, read_verdicts
from facemotion.faces.landmarks import LANDMARKS, Located
from facemotion.records import EMOTIONS, OnProgress, Progress, ignore_progress

if TYPE_CHECKING:
    from facemotion.faces import Read
    from facemotion.records import RGB

VERSION = 1


def run(
    read: Read,
    names: Sequence[str],
    models_folder: Path,
    folder: Path,
    on_progress: OnProgress = ignore_progress,
) -> dict[str, Verdicts]:
    """What each of the classifiers says about the faces in the folder of a finished faces stage.

    ``read(first)`` gives the sampled frames from number ``first`` on; it is asked only for what is
    not in the folder yet. Raises ``SettingsError`` for unknown names, ``ModelError`` for missing or
    broken models, and whatever ``on_progress`` raises; what was judged by then is kept in parts.
    """
    n_judged: dict[str, int] = {}

    def waiting() -> None:
        on_progress(Progress("faces", text="Waiting for another comparison of this video"))

    if missing(folder, names):
        # The lock is where the cache sees that this video is being worked on.
        with cache.lock(folder.with_name(f"verdicts-{folder.name}"), waiting):
            n_judged = _build(read, missing(folder, names), models_folder, folder, on_progress)
    return {name: read_verdicts(path_of(folder, name), n_judged.get(name, 0)) for name in names}


def missing(folder: Path, names: Sequence[str]) -> list[str]:
    """The classifiers that have not judged these faces yet."""
    return [name for name in names if not path_of(folder, name).exists()]


def path_of(folder: Path, name: str) -> Path:
    """Where the verdicts of a classifier are kept; raises as ``run`` does."""
    key = cache.key("verdicts", VERSION, models.fingerprint("classifier", name))
    return folder / f"verdicts-{key}.parquet"


def aligned(faces: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """A row of verdicts for every row of a faces table, with that table's index.

    People may have been left out of it since. Has ``dominant_emotion`` too. A face without a
    verdict has NaN and "".
    """
    place = list(PLACE)
    found = faces[place].merge(verdicts.drop_duplicates(place), on=place, how="left")
    found = found.drop(columns=place).set_axis(faces.index)
    seven = found[list(EMOTIONS)]
    judged = seven.notna().all(axis=1)
    best = seven.to_numpy(np.float64, na_value=-1.0).argmax(axis=1) if len(found) else []
    words = pd.Series([EMOTIONS[i] for i in best], index=faces.index, dtype="str")
    return found.assign(dominant_emotion=words.where(judged, ""))


def _build(
    read: Read,
    names: Sequence[str],
    models_folder: Path,
    folder: Path,
    on_progress: OnProgress,
) -> dict[str, int]:
    """Judge with those classifiers, and write their files; how many faces each judged now."""
    cv2.setNumThreads(1)
    judges = []
    for name in names:
        on_progress(Progress("faces", text=f"Loading {name}"))
        judges.append(Judge(name, path_of(folder, name), models_folder))
    total = landmarks.count(folder / LANDMARKS) * len(judges)
    first_row = min((judge.next_row for judge in judges), default=0)
    with closing(_pictured(read, folder, first_row)) as faces:
        for row, rgb, face in faces:
            for judge in judges:
                if judge.take(row, rgb, face):
                    done = sum(other.next_row for other in judges)
                    said = f"{judge.name}: {judge.next_row} faces"
                    on_progress(Progress("faces", done, total, "verdicts", said))
    for judge in judges:
        judge.finish()
    on_progress(Progress("faces", total, total, "verdicts"))
    return {judge.name: judge.n_judged for judge in judges}


def _pictured(
    read: Read, folder: Path, first_row: int
) -> Generator[tuple[int, RGB, Located], None, None]:
    """The faces from a row on, with their row's number and the picture of their frame.

    Those whose frame cannot be decoded any more are left out.
    """
    faces = islice(enumerate(landmarks.read(folder / LANDMARKS)), first_row, None)
    waiting = next(faces, None)
    if waiting is None:
        return
    samples = pd.read_parquet(folder / SAMPLES, columns=["frame"])["frame"]
    with closing(read(int(samples.searchsorted(waiting[1].frame)))) as frames:
        for frame in frames:
            while waiting is not None and waiting[1].frame <= frame.index:
                row, face = waiting
                if face.frame == frame.index:
                    yield row, frame.rgb, face
                waiting = next(faces, None)
            if waiting is None:
                return
