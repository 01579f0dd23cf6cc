"""A detector that is sure of faces in the left half of a picture only, and a clip for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import skimage.data

from facemotion.models.base import Detections
from facemotion.models.detectors.blazeface import BlazeFace

if TYPE_CHECKING:
    from facemotion.records import RGB

NAME = "half-sure"
PLACE = "tests.half_sure:HalfSure"
UNSURE = 0.3


class HalfSure(BlazeFace):
    """BlazeFace, but whatever lies in the right half has the score ``UNSURE``."""

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        found = super().detect(rgb, 0.5)
        middles = found.boxes_xywh[:, 0] + found.boxes_xywh[:, 2] / 2
        scores = np.where(middles < rgb.shape[1] / 2, found.scores, np.float32(UNSURE))
        keep = scores >= min_confidence
        eyes = None if found.eyes is None else found.eyes[keep]
        return Detections(found.boxes_xywh[keep], scores[keep], eyes)


def write(path: Path) -> Path:
    """Five seconds: a face at the left; a wall; one at the right; both, the other way; a wall.

    Looked at twice a second, four of the ten pictures have a face at the right, and two of those
    look like the picture before.
    """
    portrait = cv2.resize(skimage.data.astronaut()[:300, 80:380], (160, 160))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 320, "yuv420p"
        for number in range(125):
            second = number // 25
            rgb = np.full((320, 640, 3), 110, dtype=np.uint8)
            if second in (0, 3):
                rgb[80:240, 60:220] = portrait
            if second == 2:
                rgb[80:240, 340:500] = portrait
            if second == 3:
                rgb[80:240, 440:600] = portrait[:, ::-1]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path
