"""A vision transformer trained on FER-2013, ``trpakov/vit-face-expression``, through transformers.

Base size: 86 million parameters, 224 pixels in patches of 16 (Dosovitskiy et al., 2021,
arXiv:2010.11929). Slow without a GPU. Scaling, colours and the order of the classes are read from
the files that come with the weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facemotion.errors import ModelError
from facemotion.models import store
from facemotion.models.framing import LikeFER2013
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

BATCH = 8


class Vit(LikeFER2013):
    """The model and its image processor, as transformers loads them from a folder."""

    version = 1
    crop_size = 224
    extras: tuple[str, ...] = ()

    def __init__(self, models_folder: Path | None = None) -> None:
        folder = self.weights()[0].parent
        try:
            import torch
            from transformers import AutoImageProcessor, AutoModelForImageClassification
        except ImportError as error:
            raise ModelError(
                f"vit cannot be loaded ({error}). Run 'pip install -r requirements-vit.txt', or "
                "choose 'ferplus-resnet'."
            ) from error
        self._torch = torch
        try:
            self._processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
            self._model = AutoModelForImageClassification.from_pretrained(
                folder, local_files_only=True
            ).eval()
        except Exception as error:  # transformers, safetensors and json each have their own
            raise ModelError(
                f"{folder} holds no model that transformers can load. Delete it, and run "
                "'python -m facemotion models get vit'."
            ) from error
        classes = {name.lower(): i for i, name in self._model.config.id2label.items()}
        if missing := [emotion for emotion in EMOTIONS if emotion not in classes]:
            raise ModelError(
                f"The model in {folder} has no class {missing[0]!r}. Delete it, and run "
                "'python -m facemotion models get vit'."
            )
        self._order = [classes[emotion] for emotion in EMOTIONS]

    @staticmethod
    def weights() -> list[Path]:
        """Configuration, scaling and weights; ``ModelError`` says how to get what is missing."""
        return store.require("vit")

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7)`` for ``(n, 224, 224, 3)`` uint8 RGB crops."""
        parts = [self._batch(crops[first : first + BATCH]) for first in range(0, len(crops), BATCH)]
        none: Floats = np.zeros((0, len(EMOTIONS)), dtype=np.float32)
        return np.concatenate([none, *parts])

    def _batch(self, crops: RGB) -> Floats:
        given = self._processor(images=list(crops), return_tensors="pt")
        with self._torch.inference_mode():
            logits = self._model(**given).logits.float()
        found: Floats = self._torch.softmax(logits, dim=-1).numpy()[:, self._order]
        found /= found.sum(axis=1, keepdims=True)
        return found
