"""YuNet on OpenCV: a detector of 76 thousand parameters, from OpenCV's model zoo.

Wu et al., 2023, doi:10.1007/s11633-023-1423-y. The weights are a download.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.errors import ModelError
from facemotion.models import store
from facemotion.models.detectors.proposals import at_least, inside
from facemotion.models.litert import quiet_stderr

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.models.base import Detections, Floats
    from facemotion.records import RGB

NMS_IOU = 0.3
RIGHT_EYE, LEFT_EYE = 0, 1  # the person's own, so the first is on the picture's left

# The zoo's README: YuNet finds faces of about 10 x 10 to 300 x 300 pixels. So the first look is at
# a picture that fits into FIRST_LOOK_PX, where a large face is not much larger than that; at full
# size it falls to pieces. A face of under 10 pixels there needs a second look, in which only small
# ones count: those of under SMALL_PX in the first, to be on the safe side. In what does not fit
# into SECOND_LOOK_PX, such a face has too few pixels for an expression.
FIRST_LOOK_PX = 640
SECOND_LOOK_PX = 1920
SMALL_PX = 20

# With one cell of the coarsest grid (32 pixels) in a direction, OpenCV 4.14 reads memory that
# nobody has written, and gives boxes that are different in each run.
MIN_SIDE_PX = 64


class YuNet:
    """``cv2.FaceDetectorYN``, which takes blue first."""

    version = 1

    def __init__(self) -> None:
        (path,) = self.weights()
        try:
            with quiet_stderr():
                size = (MIN_SIDE_PX, MIN_SIDE_PX)
                self._net = cv2.FaceDetectorYN.create(str(path), "", size, nms_threshold=NMS_IOU)
                self._look(np.zeros((*size, 3), np.uint8), FIRST_LOOK_PX, 0.5)
        except cv2.error as error:
            raise ModelError(
                f"{path} is not a YuNet that OpenCV {cv2.__version__} can run. "
                "Delete it, and run 'python -m facemotion models get yunet'."
            ) from error

    @staticmethod
    def weights() -> list[Path]:
        """The graph's file; ``ModelError`` says how to get it when it is missing."""
        return store.require("yunet")

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Faces in an ``(h, w, 3)`` uint8 RGB picture; small ones in large pictures as well."""
        bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        long_side = max(rgb.shape[:2])
        rows = self._look(bgr, FIRST_LOOK_PX, min_confidence)
        if long_side > FIRST_LOOK_PX:
            closer = self._look(bgr, SECOND_LOOK_PX, min_confidence)
            small = closer[:, 2:4].max(axis=1, initial=0) * FIRST_LOOK_PX < SMALL_PX * long_side
            rows = _merged(np.concatenate([rows, closer[small]]))
        eyes = rows[:, 4:14].reshape(-1, 5, 2)[:, [RIGHT_EYE, LEFT_EYE]]
        return inside(rgb, rows[:, :4], rows[:, 14], eyes, min_confidence)

    def _look(self, bgr: RGB, fits_px: int, min_confidence: float) -> Floats:
        """Rows of ``x y w h``, five landmarks and a score, in pixels of the picture."""
        height, width = bgr.shape[:2]
        scale = min(1.0, fits_px / max(height, width))
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        bgr = at_least(bgr, MIN_SIDE_PX)
        self._net.setInputSize((bgr.shape[1], bgr.shape[0]))
        self._net.setScoreThreshold(min_confidence)
        _, found = self._net.detect(bgr)
        if found is None:
            return np.zeros((0, 15), np.float32)
        rows = np.array(found, dtype=np.float32)
        rows[:, :14] /= scale
        return rows


def _merged(rows: Floats) -> Floats:
    """Without those that overlap with a more certain one."""
    kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), 0.0, NMS_IOU)
    return rows[np.asarray(kept, dtype=np.intp).reshape(-1)]
