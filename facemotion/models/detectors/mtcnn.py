"""MTCNN, three small networks one after the other, as the package mtcnn runs them on TensorFlow.

Zhang et al., 2016, doi:10.1109/LSP.2016.2603342. The weights are inside the package.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.errors import ModelError
from facemotion.models.base import Detections
from facemotion.models.detectors.proposals import inside
from facemotion.models.litert import package_file, quiet_stderr

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.records import RGB

MIN_FACE_PX = 20  # the package's own default


class Mtcnn:
    """The package's defaults, but for the last network's threshold, which is ``min_confidence``.

    Needs TensorFlow, which takes seconds to load. The package takes red first, and means the
    picture's left by "left".
    """

    version = 1

    def __init__(self) -> None:
        self.weights()
        self._network = _load()

    @staticmethod
    def weights() -> list[Path]:
        """The files of the three networks; ``ModelError`` without the package mtcnn."""
        try:
            return [
                package_file("mtcnn", "assets", "weights", f"{network}.lz4")
                for network in ("pnet", "rnet", "onet")
            ]
        except ModelError as error:
            raise ModelError(
                "mtcnn needs the package mtcnn, which is not installed. "
                "Run 'pip install mtcnn==1.0.0', or choose the detector 'blazeface'."
            ) from error

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Faces of 20 pixels or more in an ``(h, w, 3)`` uint8 RGB picture."""
        if min(rgb.shape[:2]) < MIN_FACE_PX:
            return Detections.none()  # nothing to be found, and not every such size is endured
        found = self._network.detect_faces(
            rgb, min_face_size=MIN_FACE_PX, threshold_onet=min_confidence
        )
        boxes = np.array([face["box"] for face in found], np.float32).reshape(-1, 4)
        scores = np.array([face["confidence"] for face in found], np.float32)
        eyes = np.array(
            [[face["keypoints"][side] for side in ("left_eye", "right_eye")] for face in found],
            dtype=np.float32,
        ).reshape(-1, 2, 2)
        return inside(rgb, boxes, scores, eyes, min_confidence)


def _load() -> Any:
    """The package's detector; ``ModelError`` when it, or TensorFlow, cannot be loaded."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # It runs on the processor, but TensorFlow would take the whole memory of a graphics card.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    try:
        with quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mtcnn import MTCNN

            return MTCNN()
    except ImportError as error:
        raise ModelError(
            f"The package mtcnn cannot be loaded ({error}). Run 'pip install mtcnn==1.0.0 joblib "
            "lz4 tensorflow', or choose the detector 'blazeface'."
        ) from error
