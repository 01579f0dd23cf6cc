"""One classifier at work on faces that were found before; what it has judged is kept in parts."""

from __future__ import annotations

import io
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from facemotion import cache, models
from facemotion.models.mesh import Mesh
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.faces.landmarks import Located
    from facemotion.models.base import Floats
    from facemotion.records import RGB

TOGETHER = 16
"""Faces that a classifier judges in one call,"""
PART = 256
"""and after how many of them they are written down, so that a killed run loses no more."""

PLACE = ("frame", "x", "y", "w", "h")
"""The columns by which a face is found again."""

_SECONDS = b"facemotion.seconds"
_A_FACE = 1.0  # the mesh's score is not kept, but what it doubted is not in the table either


@dataclass(frozen=True)
class Verdicts:
    """What one classifier says, a row per face; ``seconds`` is what cutting and judging took.

    ``n_judged`` is how many of the faces were judged by this run.
    """

    table: pd.DataFrame
    seconds: float
    n_judged: int = 0

    @property
    def ms_per_face(self) -> float:
        """NaN without a face."""
        return 1000 * self.seconds / len(self.table) if len(self.table) else float("nan")


class Judge:
    """Takes the rows of landmarks.parquet, in their order.

    ``next_row`` is the row that it has not judged yet: it goes on where an earlier run stopped.
    """

    def __init__(self, name: str, final: Path, models_folder: Path) -> None:
        self.name = name
        self.n_judged = 0
        self._classifier = models.classifier(name, models_folder)
        # A model's first answer takes longer than its others, and is not what it costs.
        self._classifier.predict(np.zeros((TOGETHER, *self._classifier.crop_shape), np.uint8))
        self._final = final
        self._folder = cache.make_folder(cache.partial(final))
        self.next_row = max((int(part.stem) for part in self._parts), default=0)
        self._seconds = 0.0
        self._waiting: list[tuple[Located, RGB]] = []
        self._told: list[tuple[Located, Floats]] = []

    def take(self, row: int, rgb: RGB, face: Located) -> bool:
        """Cut a face out, unless it was judged before; judge when there are enough, and say so."""
        if row < self.next_row:
            return False
        start = time.perf_counter()
        crop = self._classifier.cut(rgb, face.box_xywh, Mesh(face.points, _A_FACE))
        self._seconds += time.perf_counter() - start
        self._waiting.append((face, crop))
        self.next_row = row + 1
        if len(self._waiting) < TOGETHER:
            return False
        self._judge()
        return True

    def finish(self) -> None:
        """Judge what is left, and put the parts together under the final name."""
        self._judge()
        if self._told or not self._parts:
            self._keep()
        parts = [read_verdicts(part) for part in self._parts]
        table = pd.concat([part.table for part in parts], ignore_index=True)
        _write(self._final, table, sum(part.seconds for part in parts))
        with cache.storage_errors(self._folder):
            shutil.rmtree(self._folder)

    @property
    def _parts(self) -> list[Path]:
        """Each is named by the row after its last."""
        return sorted(self._folder.glob("*.parquet"))

    def _judge(self) -> None:
        if self._waiting:
            start = time.perf_counter()
            answers = self._classifier.predict(np.stack([crop for _, crop in self._waiting]))
            self._seconds += time.perf_counter() - start
            faces = [face for face, _ in self._waiting]
            self._told += zip(faces, answers, strict=True)
            self.n_judged += len(faces)
            self._waiting = []
        if len(self._told) >= PART:
            self._keep()

    def _keep(self) -> None:
        """Write down what was judged since the last time."""
        told = (*EMOTIONS, *self._classifier.extras)
        frames = np.array([face.frame for face, _ in self._told], dtype=np.int64)
        boxes = np.array([face.box_xywh for face, _ in self._told], np.float32).reshape(-1, 4)
        answers = np.array([answer for _, answer in self._told], np.float32)
        answers = answers.reshape(-1, len(told))
        columns = {"frame": frames, **dict(zip(PLACE[1:], boxes.T, strict=True))}
        table = pd.DataFrame(columns | dict(zip(told, answers.T, strict=True)))
        _write(self._folder / f"{self.next_row:09d}.parquet", table, self._seconds)
        self._told, self._seconds = [], 0.0


def _write(path: Path, table: pd.DataFrame, seconds: float) -> None:
    """Keep a table and the seconds it took: a whole file or none."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    known = {**(arrow.schema.metadata or {}), _SECONDS: json.dumps(seconds).encode()}
    buffer = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(known), buffer, compression="zstd")
    cache.write_bytes(path, buffer.getvalue())


def read_verdicts(path: Path, n_judged: int = 0) -> Verdicts:
    """What a judge has kept."""
    arrow = pq.read_table(path)
    seconds = float(json.loads(arrow.schema.metadata[_SECONDS]))
    return Verdicts(arrow.to_pandas(), seconds, n_judged)
