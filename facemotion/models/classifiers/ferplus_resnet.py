"""Our own network: a small residual net trained on the votes of ten raters per picture.

What it is, how good, and how it was made: ``MODEL_CARD.md`` and ``training/`` in the repository.
The weights come with facemotion. The file's metadata hold the temperature and the offsets of the
classes that make its probabilities honest.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.framing import LikeFER2013
from facemotion.models.onnxrt import OnnxModel
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

WEIGHTS = Path(__file__).parents[1] / "weights" / "ferplus-resnet.onnx"

BATCH = 8
"""Faces, with their mirror images twice as many, in one run: more take memory, and gain nothing."""


class FerPlusResNet(LikeFER2013):
    """The embedded classifier; each face is averaged with its mirror image.

    The raters could also say contempt. Its probability stands beside the seven, which add up to
    one without it.
    """

    version = 1
    crop_size = 48
    extras = ("contempt",)
    averages_mirror = True
    """Worth 0.4 per cent of accuracy and half of the time (``bench/crops.py``)."""

    def __init__(self, models_folder: Path | None = None) -> None:
        self._model = OnnxModel(WEIGHTS)
        known = self._model.metadata
        classes = json.loads(known["classes"])
        self._order = [classes.index(name) for name in (*EMOTIONS, *self.extras)]
        self._temperature = np.float32(known["temperature"])
        self._offsets = np.array(json.loads(known["offsets"]), dtype=np.float32)

    @staticmethod
    def weights() -> list[Path]:
        """The files that decide what this backend answers."""
        return [WEIGHTS]

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 8)``: the seven, and contempt, of ``(n, 48, 48, 3)`` RGB crops."""
        parts = [self._batch(crops[first : first + BATCH]) for first in range(0, len(crops), BATCH)]
        none: Floats = np.zeros((0, len(self._order)), dtype=np.float32)
        return np.concatenate([none, *parts])

    def _batch(self, crops: RGB) -> Floats:
        grey = np.stack([cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops])
        faces = (grey.astype(np.float32) / np.float32(127.5) - np.float32(1))[:, None]
        if self.averages_mirror:
            logits = self._model(np.concatenate([faces, faces[..., ::-1]]))
            logits = (logits[: len(crops)] + logits[len(crops) :]) / np.float32(2)
        else:
            logits = self._model(faces)
        scaled = logits / self._temperature + self._offsets
        scaled -= scaled.max(axis=1, keepdims=True)
        found: Floats = np.exp(scaled)
        found = (found / found.sum(axis=1, keepdims=True))[:, self._order]
        found[:, : len(EMOTIONS)] /= found[:, : len(EMOTIONS)].sum(axis=1, keepdims=True)
        return found
