"""The rows of a stage under way, kept in whole chunks so that a killed run loses one at most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from facemotion import cache
from facemotion.action_units import CROP_COLUMN, LENGTHS_COLUMN
from facemotion.faces import landmarks
from facemotion.tables import faces_table, samples_table

if TYPE_CHECKING:
    from facemotion.faces.looker import Row, Seen

CHUNK = 100
"""Frames per chunk."""

FACES, SAMPLES = "faces.parquet", "samples.parquet"

MARKS: dict[str, tuple[str, ...]] = {
    "faces": ("appearance", LENGTHS_COLUMN, CROP_COLUMN),
    "samples": ("signature",),
}
"""The columns that each table has besides its own, all bytes: see ``facemotion.appearance`` and
``facemotion.action_units``."""


def with_marks(rows: list[Row]) -> pd.DataFrame:
    """The faces table of measured rows, with the columns in ``MARKS``."""
    # As bytes objects even without a row, so that the column has one type in every chunk.
    marks = {name: pd.Series([row[name] for row in rows], dtype=object) for name in MARKS["faces"]}
    return faces_table(rows).assign(**marks)


class Chunks:
    """The rows in a folder: whole chunks of ``CHUNK`` frames, joined at the end."""

    def __init__(self, folder: Path, keeps_landmarks: bool = False) -> None:
        self._folder = folder
        self._keeps_landmarks = keeps_landmarks
        self._n_chunks = 0
        while (self._path(SAMPLES)).exists():
            self._n_chunks += 1
        self._rows: list[Row] = []
        self._samples: list[tuple[int, float, int]] = []
        self._signatures: list[bytes] = []
        self.n_faces = sum(
            int(pd.read_parquet(self._path(SAMPLES, n))["n_faces"].sum())
            for n in range(self._n_chunks)
        )

    @property
    def n_frames(self) -> int:
        """Frames kept so far."""
        return self._n_chunks * CHUNK + len(self._samples)

    def add(self, frame: Seen) -> None:
        """Take what was seen in the next frame."""
        self._rows += sorted(frame.rows, key=lambda row: row["x"])
        self._samples.append((frame.number, frame.time_s, len(frame.rows)))
        self._signatures.append(frame.mark)
        if len(self._samples) == CHUNK:
            self._commit()

    def finish(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Join all chunks, the unwritten one too: faces and samples."""
        parts = [
            (pd.read_parquet(self._path(FACES, n)), pd.read_parquet(self._path(SAMPLES, n)))
            for n in range(self._n_chunks)
        ]
        if self._samples or not parts:
            parts.append(self._tables())
        faces = pd.concat([part[0] for part in parts])
        samples = pd.concat([part[1] for part in parts]).sort_values("frame", ignore_index=True)
        faces = faces.sort_values(["frame", "x"], ignore_index=True)
        faces.to_parquet(self._folder / FACES, index=False)
        samples.to_parquet(self._folder / SAMPLES, index=False)
        if self._keeps_landmarks:
            self._join_landmarks()
        for path in self._folder.glob("chunk-*"):
            path.unlink()
        return faces, samples

    def _commit(self) -> None:
        """Faces first: a chunk counts when its samples are there."""
        if self._keeps_landmarks:
            landmarks.write(self._path(landmarks.LANDMARKS), self._rows)
        faces, samples = self._tables()
        faces.to_parquet(self._path(FACES), index=False)
        unfinished = cache.partial(self._path(SAMPLES))
        samples.to_parquet(unfinished, index=False)
        unfinished.replace(self._path(SAMPLES))
        self._n_chunks += 1
        self._rows, self._samples, self._signatures = [], [], []

    def _tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The rows that are in no chunk yet."""
        signatures = pd.Series(self._signatures, dtype=object)
        samples = samples_table(self._samples).assign(signature=signatures)
        return with_marks(self._rows), samples

    def _join_landmarks(self) -> None:
        """Those of all chunks and of the rows that are in none yet."""
        last = self._path(landmarks.LANDMARKS)
        landmarks.write(last, self._rows)
        parts = [self._path(landmarks.LANDMARKS, n) for n in range(self._n_chunks)]
        landmarks.join([*parts, last], self._folder / landmarks.LANDMARKS)

    def _path(self, kind: str, number: int | None = None) -> Path:
        number = self._n_chunks if number is None else number
        return self._folder / f"chunk-{number:05d}-{kind}"
