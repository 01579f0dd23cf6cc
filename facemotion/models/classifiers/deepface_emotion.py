"""DeepFace's emotion network on ONNX Runtime: what the usual notebook calls, without TensorFlow.

Five convolutions on 48 grey pixels, trained on FER-2013 by the author of deepface (Serengil and
Ozpinar, 2021, doi:10.1109/ICEET53442.2021.9659697). deepface wants blue first and 0..1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facemotion.errors import ModelError
from facemotion.models import store
from facemotion.models.deepface_home import loading_from
from facemotion.models.framing import LikeFER2013
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

BATCH = 32


class DeepFaceEmotion(LikeFER2013):
    """deepface's own client. Our crops have the size that it shrinks faces to."""

    version = 1
    crop_size = 48
    extras: tuple[str, ...] = ()

    def __init__(self, models_folder: Path | None = None) -> None:
        (path,) = self.weights()
        with loading_from(path):
            try:
                from deepface.models.demography.onnx.Emotion import EmotionClient, labels

                self._client = EmotionClient()
            except ImportError as error:
                raise ModelError(
                    f"deepface cannot be loaded ({error}). Run 'make setup' again."
                ) from error
            except ValueError as error:
                raise ModelError(
                    f"{path} is not a model that ONNX Runtime can run. Delete it, and run "
                    "'python -m facemotion models get deepface'."
                ) from error
        self._order = [labels.index(emotion) for emotion in EMOTIONS]

    @staticmethod
    def weights() -> list[Path]:
        """The graph's file; ``ModelError`` says how to get it when it is missing."""
        return store.require("deepface")

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7)`` for ``(n, 48, 48, 3)`` uint8 RGB crops."""
        out: Floats = np.empty((len(crops), len(EMOTIONS)), dtype=np.float32)
        for first in range(0, len(crops), BATCH):
            bgr = crops[first : first + BATCH, ..., ::-1].astype(np.float32) / np.float32(255)
            answer = np.asarray(self._client.predict(bgr), dtype=np.float32)
            out[first : first + BATCH] = answer.reshape(len(bgr), -1)[:, self._order]
        out /= np.maximum(out.sum(axis=1, keepdims=True), np.float32(1e-12))
        return out
