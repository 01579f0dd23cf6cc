"""OpenCV's expression network: Progressive Teacher on MobileFaceNet, from its model zoo.

Jiang and Deng, "Boosting facial expression recognition by a semi-supervised progressive teacher",
IEEE Transactions on Affective Computing, 2021, doi:10.1109/TAFFC.2021.3131621. It wants red first,
-1..1, one face at a time, cut by eyes, nose and mouth.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facemotion.models import store
from facemotion.models.framing import LikeArcFace
from facemotion.models.onnxrt import OnnxModel
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""The order of its outputs, in our words."""
_TO_EMOTIONS = [CLASSES.index(emotion) for emotion in EMOTIONS]


class OpenCVZoo(LikeArcFace):
    """The zoo's network on ONNX Runtime."""

    version = 1
    extras: tuple[str, ...] = ()

    def __init__(self, models_folder: Path | None = None) -> None:
        (path,) = self.weights()
        self._model = OnnxModel(path)

    @staticmethod
    def weights() -> list[Path]:
        """The graph's file; ``ModelError`` says how to get it when it is missing."""
        return store.require("opencv-zoo")

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7)`` for ``(n, 112, 112, 3)`` uint8 RGB crops."""
        out: Floats = np.empty((len(crops), len(EMOTIONS)), dtype=np.float32)
        for row, crop in enumerate(crops):
            face = crop.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(127.5)
            scores = self._model(face - np.float32(1)).reshape(-1)
            out[row] = _probabilities(scores)[_TO_EMOTIONS]
        return out


def _probabilities(scores: Floats) -> Floats:
    """The scores through a softmax, unless the graph ends in one, which the zoo does not state."""
    if scores.min() >= 0 and abs(float(scores.sum()) - 1) < 1e-3:
        return scores
    powers: Floats = np.exp(scores - scores.max())
    powers /= powers.sum()
    return powers
