"""What the adapters of other people's detectors share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.base import Detections

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB


def at_least(picture: RGB, side: int) -> RGB:
    """The picture with black at its right and bottom until neither side is under ``side`` pixels.

    Places in it stay what they are; a picture that is large enough is given back itself.
    """
    height, width = picture.shape[:2]
    below, beside = max(0, side - height), max(0, side - width)
    if not below and not beside:
        return picture
    padded: RGB = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT)
    return padded


def inside(
    rgb: RGB, boxes_xywh: Floats, scores: Floats, eyes: Floats | None, min_confidence: float
) -> Detections:
    """Proposals in a picture as ``Detections``: cut off at its edges, the most certain first.

    What lies outside or scores less than ``min_confidence`` is left out. Shapes as there.
    """
    height, width = rgb.shape[:2]
    # Some libraries give boxes of infinite size; none of them is a face.
    sound = np.isfinite(boxes_xywh).all(axis=1) & (scores >= min_confidence)
    order = np.argsort(-scores, kind="stable")
    order = order[sound[order]]
    boxes = boxes_xywh[order]
    edges = np.array([width, height], dtype=np.float32)
    low = np.clip(boxes[:, :2], 0, edges)
    high = np.clip(boxes[:, :2] + boxes[:, 2:], 0, edges)
    seen = (high > low).all(axis=1)
    kept = np.concatenate([low, high - low], axis=1, dtype=np.float32)[seen]
    order = order[seen]
    known = None if eyes is None else eyes[order].astype(np.float32)
    return Detections(kept, scores[order].astype(np.float32), known)
