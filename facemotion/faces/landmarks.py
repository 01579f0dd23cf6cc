"""landmarks.parquet: the 468 points of every face's mesh and the points of its irises.

One row per face in the order of the faces table: ``frame`` and the box ``x, y, w, h`` in pixels
(float32), by which a row is found again; ``points`` (468 x 3) and ``iris`` (10 x 2: centre and rim
of the eye on the picture's left, then of the other) as flat lists of float16, relative to the box:
``x + w * points[0]`` is a column of the picture, ``y + h * points[1]`` a row, and ``w * points[2]``
the depth in pixels, away from the camera.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from facemotion.models.base import Floats

LANDMARKS = "landmarks.parquet"

_READ_TOGETHER = 512  # faces, with 6 kB each as float32
_BOX = ("x", "y", "w", "h")
_POINTS, _IRIS = 468 * 3, 10 * 2
_SCHEMA = pa.schema(
    [
        ("frame", pa.int64()),
        *((name, pa.float32()) for name in _BOX),
        ("points", pa.list_(pa.float16(), _POINTS)),
        ("iris", pa.list_(pa.float16(), _IRIS)),
    ]
)


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the landmarks of measured rows."""
    rows = list(rows)
    columns = [pa.array([row["frame"] for row in rows], pa.int64())]
    for name in _BOX:
        columns.append(pa.array([row[name] for row in rows], pa.float32()))
    for name, length in (("points", _POINTS), ("iris", _IRIS)):
        flat = np.concatenate([row[name] for row in rows]) if rows else np.zeros(0, np.float16)
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float16()), length))
    pq.write_table(pa.table(columns, schema=_SCHEMA), path, compression="zstd")


def join(parts: Iterable[Path], path: Path) -> None:
    """Join the files of all chunks into one, a chunk in memory at a time."""
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for part in parts:
            writer.write_table(pq.read_table(part, schema=_SCHEMA))


def merge(many: Path, few: Path, path: Path) -> None:
    """Write the faces of two files in the order of the faces table; ``few`` is held in memory."""
    order = [("frame", "ascending"), ("x", "ascending")]
    late = pq.read_table(few, schema=_SCHEMA).sort_by(order)
    places = list(zip(late["frame"].to_pylist(), late["x"].to_pylist(), strict=True))
    with pq.ParquetFile(many) as file, pq.ParquetWriter(path, _SCHEMA, compression="zstd") as out:
        n_written = 0
        for batch in file.iter_batches(_READ_TOGETHER):
            last = batch["frame"][-1].as_py(), batch["x"][-1].as_py()
            n_before = bisect.bisect_left(places, last)
            here = late.slice(n_written, n_before - n_written)
            both = pa.concat_tables([pa.Table.from_batches([batch], _SCHEMA), here])
            out.write_table(both.sort_by(order))
            n_written = n_before
        out.write_table(late.slice(n_written))


class Located(NamedTuple):
    """Where a face was found: ``box_xywh`` ``(4,)`` and mesh ``points`` ``(468, 3)`` in pixels."""

    frame: int
    box_xywh: Floats
    points: Floats


def count(path: Path) -> int:
    """How many faces a file has."""
    n_faces: int = pq.read_metadata(path).num_rows
    return n_faces


def read(path: Path) -> Iterator[Located]:
    """The faces in the order of the file, few of them in memory at once.

    The points are those that were fitted to a two-thousandth of the box, which float16 costs.
    """
    columns = ["frame", *_BOX, "points"]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_READ_TOGETHER, columns=columns):
            yield from _located(batch)


def of_frame(path: Path, frame: int) -> list[Located]:
    """The faces of one frame; only the part of the file that has it is read."""
    columns = ["frame", *_BOX, "points"]
    table = pq.read_table(path, columns=columns, filters=[("frame", "=", frame)])
    return [located for batch in table.to_batches() for located in _located(batch)]


def _located(batch: pa.RecordBatch) -> Iterator[Located]:
    boxes = np.stack([batch[name].to_numpy() for name in _BOX], axis=1)
    relative = batch["points"].flatten().to_numpy().reshape(-1, 468, 3)
    points = relative.astype(np.float32) * boxes[:, None, [2, 3, 2]]
    points[..., :2] += boxes[:, None, :2]
    return map(Located, batch["frame"].to_pylist(), boxes, points)
