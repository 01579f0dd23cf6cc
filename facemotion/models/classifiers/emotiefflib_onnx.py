"""EmotiEffLib (Savchenko, 2022, arXiv:2207.09508): an EfficientNet-B0 trained on AffectNet.

Its model ``enet_b0_8_va_mtl`` tells eight expressions, contempt among them, and the valence and
arousal that AffectNet's raters saw. The library runs it on ONNX Runtime; it wants red first.
"""

from __future__ import annotations

import importlib
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.errors import ModelError
from facemotion.models import store
from facemotion.models.framing import LikeBox
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

BATCH = 8
NAMES = {
    "angry": "Anger",
    "disgust": "Disgust",
    "fear": "Fear",
    "happy": "Happiness",
    "sad": "Sadness",
    "surprise": "Surprise",
    "neutral": "Neutral",
    "contempt": "Contempt",
}
"""What the library calls the expressions."""

_loading = threading.Lock()


class EmotiEffLib(LikeBox):
    """The library's recognizer, on faces cut by their tight boxes as its authors do.

    The seven add up to one without contempt, which stands beside them.
    """

    version = 1
    crop_size = 224
    extras = ("contempt", "classifier_valence", "classifier_arousal")

    def __init__(self, models_folder: Path | None = None) -> None:
        (path,) = self.weights()
        self._recognizer = _load(path)
        classes = {name: i for i, name in self._recognizer.idx_to_emotion_class.items()}
        self._order = [classes[NAMES[emotion]] for emotion in (*EMOTIONS, "contempt")]

    @staticmethod
    def weights() -> list[Path]:
        """The graph's file; ``ModelError`` says how to get it when it is missing."""
        return store.require("emotiefflib")

    def predict(self, crops: RGB) -> Floats:
        """Probabilities of the seven and contempt, valence, arousal (-1..1): ``(n, 10)``.

        ``crops``: ``(n, 224, 224, 3)`` uint8 RGB.
        """
        parts = [self._batch(crops[first : first + BATCH]) for first in range(0, len(crops), BATCH)]
        none: Floats = np.zeros((0, len(EMOTIONS) + len(self.extras)), dtype=np.float32)
        return np.concatenate([none, *parts])

    def _batch(self, crops: RGB) -> Floats:
        _, scores = self._recognizer.predict_emotions(list(crops), logits=True)
        told = np.asarray(scores, dtype=np.float32)
        eight = told[:, self._order]
        seven = _softmax(eight[:, : len(EMOTIONS)])
        contempt = _softmax(eight)[:, len(EMOTIONS) :]
        return np.concatenate([seven, contempt, np.clip(told[:, -2:], -1, 1)], axis=1)


def _softmax(scores: Floats) -> Floats:
    powers: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def _load(path: Path) -> Any:
    """The library's recognizer of one file, which it would otherwise look for, and fetch, itself.

    Raises ``ModelError`` when the library is missing or the file is no such model.
    """
    with _loading:
        try:
            with _without_engagement():
                library: Any = importlib.import_module("emotiefflib.facial_analysis")
            importlib.import_module("onnx")
        except ImportError as error:
            raise ModelError(
                f"emotiefflib cannot be loaded ({error}). Run 'pip install --no-deps -r "
                "requirements-models.txt', or choose 'ferplus-resnet'."
            ) from error
        its_own = library.get_model_path_onnx
        library.get_model_path_onnx = lambda model_name: str(path)
        try:
            return library.EmotiEffLibRecognizer(engine="onnx", model_name=path.stem)
        except Exception as error:  # onnx, protobuf and the runtime each have errors of their own
            raise ModelError(
                f"{path} is not a model that EmotiEffLib can run. Delete it, and run "
                "'python -m facemotion models get emotiefflib'."
            ) from error
        finally:
            library.get_model_path_onnx = its_own


@contextmanager
def _without_engagement() -> Iterator[None]:
    """Keep TensorFlow out: the library imports it for a model of engagement, if it can.

    Whoever asks for that model later still gets it.
    """
    name = "emotiefflib.engagement_classification_model"
    if name in sys.modules:
        yield
        return

    def get_engagement_model(*given: Any) -> Any:
        return importlib.import_module(name).get_engagement_model(*given)

    stand_in: Any = types.ModuleType(name)
    stand_in.get_engagement_model = get_engagement_model
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        del sys.modules[name]
