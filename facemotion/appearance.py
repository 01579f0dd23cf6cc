"""Small marks of what a face and a whole frame look like, to tell whether two are alike.

They are kept as bytes beside the measured rows, so that people can be followed and shots be told
apart again, with other thresholds, without a picture being opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facemotion.records import RGB

FACE_GRID = (8, 6)
"""Rows and columns of a face's mark: hair, face, and the clothes below."""

FACE_REACH = (1.5, 2.3)
"""Width and height of what a face's mark shows, in the box's width and height."""

FACE_CENTRE = 0.75
"""Where its middle is, in heights of the box from the box's top: more is below than above."""

FRAME_GRID = (8, 8)
"""Rows and columns of a frame's mark."""

FACE_BYTES = FACE_GRID[0] * FACE_GRID[1] * 3
FRAME_BYTES = FRAME_GRID[0] * FRAME_GRID[1] * 3 + 64

_POINTS = 4  # a cell of a grid is the mean over this many points each way


def of_face(rgb: RGB, box_xywh: NDArray[np.floating]) -> bytes:
    """The mean colours of a face with hair and clothes: ``FACE_GRID`` cells of RGB, uint8.

    What would lie outside of the picture repeats its edge.
    """
    x, y, w, h = (float(v) for v in box_xywh)
    rows, columns = FACE_GRID
    middle = x + w / 2, y + FACE_CENTRE * h
    xs = _points(middle[0], FACE_REACH[0] * w, columns, rgb.shape[1])
    ys = _points(middle[1], FACE_REACH[1] * h, rows, rgb.shape[0])
    points = rgb[ys[:, None], xs]
    grid: RGB = cv2.resize(points, (columns, rows), interpolation=cv2.INTER_AREA)
    return grid.tobytes()


def of_frame(rgb: RGB) -> bytes:
    """What a frame looks like: ``FRAME_GRID`` cells of mean RGB, then 64 shares of colours.

    The shares are a histogram of 4 x 4 x 4 colours; 255 is the whole frame. A frame is looked at
    in 64 x 64 points, which costs the same whatever its size.
    """
    small: RGB = cv2.resize(rgb, (64, 64), interpolation=cv2.INTER_NEAREST)
    grid: RGB = cv2.resize(small, FRAME_GRID[::-1], interpolation=cv2.INTER_AREA)
    bins = small >> 6
    colours = (bins[..., 0] << 4) | (bins[..., 1] << 2) | bins[..., 2]
    counts = np.bincount(colours.ravel(), minlength=64)
    shares: RGB = np.round(counts * (255 / counts.sum())).astype(np.uint8)
    return grid.tobytes() + shares.tobytes()


def face_grids(marks: Iterable[bytes]) -> NDArray[np.float32]:
    """Marks of faces as ``(n, rows, columns, 3)``, 0..255."""
    return _rows(marks, FACE_BYTES).reshape(-1, *FACE_GRID, 3)


def frame_parts(marks: Iterable[bytes]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Marks of frames as grids ``(n, rows, columns, 3)``, 0..255, and shares ``(n, 64)``, 0..1."""
    rows = _rows(marks, FRAME_BYTES)
    grids = rows[:, :-64].reshape(-1, *FRAME_GRID, 3)
    return grids, rows[:, -64:] / 255.0


def _rows(marks: Iterable[bytes], length: int) -> NDArray[np.float32]:
    flat = np.frombuffer(b"".join(marks), dtype=np.uint8)
    return flat.reshape(-1, length).astype(np.float32)


def _points(middle: float, length: float, n_cells: int, size: int) -> NDArray[np.intp]:
    """Evenly spread places along one side of a picture, ``_POINTS`` for each cell."""
    n = n_cells * _POINTS
    places = middle + length * ((np.arange(n) + 0.5) / n - 0.5)
    return np.clip(places, 0, size - 1).astype(np.intp)
