"""OpenCV's Haar cascade for frontal faces: the detector that most notebooks use.

Viola and Jones, 2001; the cascade is Lienhart's, which comes with OpenCV 4. It is here for
comparison: it misses turned and tilted faces.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.errors import ModelError
from facemotion.models.base import Detections

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

SCALE_STEP = 1.1
MIN_NEIGHBOURS = 5
MIN_SIDE_PX = 24


def _cascade_path() -> Path:
    folder = Path(cv2.__file__).parent / "data"
    path = folder / "haarcascade_frontalface_default.xml"
    if not path.is_file():
        raise ModelError(
            f"This OpenCV ({cv2.__version__}) brings no Haar cascades. Run 'make setup' again: "
            "requirements.txt pins a 4.x version, which does."
        )
    return path


class Haar:
    """The classic detector; knows no eyes and no true probability.

    The score is the cascade's last stage sum, squashed by a logistic function: it orders
    faces, but 0.9 does not mean nine in ten.
    """

    version = 1

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(_cascade_path()))

    @staticmethod
    def weights() -> list[Path]:
        """The files that decide what this backend answers."""
        return [_cascade_path()]

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Frontal faces in an ``(h, w, 3)`` uint8 RGB picture."""
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey, SCALE_STEP, MIN_NEIGHBOURS, 0, (MIN_SIDE_PX, MIN_SIDE_PX), outputRejectLevels=True
        )
        if len(boxes) == 0:
            return Detections.none()
        stage_sums = np.asarray(weights, dtype=np.float32).reshape(-1)
        scores: Floats = (1.0 / (1.0 + np.exp(-stage_sums))).astype(np.float32)
        order = [i for i in np.argsort(-scores, kind="stable") if scores[i] >= min_confidence]
        return Detections(np.asarray(boxes, dtype=np.float32)[order], scores[order])
