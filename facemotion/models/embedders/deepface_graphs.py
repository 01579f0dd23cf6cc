"""SFace and Facenet as deepface runs them: ONNX graphs from the store of weights.

deepface would fetch a missing graph by itself; here it is asked only when the file is there. Its
ONNX clients are imported directly: nothing else of deepface, and no TensorFlow, is loaded.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.errors import ModelError
from facemotion.models import store
from facemotion.models.alignment import aligned_crop, five_point_crop
from facemotion.models.deepface_home import loading_from

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB


class _Graph:
    """What the two have in common: the file, its loading, and vectors of length one."""

    version = 1
    crop_size: int
    min_similarity: float
    name: str
    client: tuple[str, str]

    def __init__(self) -> None:
        (path,) = self.weights()
        module, name = self.client
        try:
            with loading_from(path):
                self._client: Any = getattr(importlib.import_module(module), name)()
        except ImportError as error:
            raise ModelError(
                f"deepface cannot be loaded ({error}). Run 'make setup' again."
            ) from error
        except ValueError as error:
            raise ModelError(
                f"{path} is not a model that ONNX Runtime can run. Delete it, and run "
                f"'python -m facemotion models get {self.name}'."
            ) from error

    @classmethod
    def weights(cls) -> list[Path]:
        """The graph's file; ``ModelError`` says how to get it when it is missing."""
        return store.require(cls.name)

    def embed(self, crops: RGB) -> Floats:
        """Vectors of length one, ``(n, d)``, of ``(n, crop_size, crop_size, 3)`` uint8 crops."""
        if not len(crops):
            return np.zeros((0, self._client.output_shape), np.float32)
        # deepface takes blue first and 0..1; half a step more, as SFace's client cuts to integers.
        bgr = (crops[..., ::-1] + np.float32(0.5)) / np.float32(255)
        vectors = np.asarray(self._client.predict(bgr), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Floats = vectors / np.maximum(lengths, np.float32(1e-12))
        return unit


class SFace(_Graph):
    """SFace (Zhong et al., 2021, arXiv:2205.12010) on MobileFaceNet, from OpenCV's model zoo.

    The threshold is the zoo's own: the same person from a cosine of 0.363 on.
    """

    crop_size = 112
    min_similarity = 0.363
    name = "sface"
    client = ("deepface.models.facial_recognition.onnx.SFace", "SFaceClient")

    def cut(self, rgb: RGB, mesh: Mesh) -> RGB:
        """The face as a crop whose eyes, nose and mouth lie nearest to ArcFace's places."""
        return five_point_crop(rgb, mesh)


class Facenet(_Graph):
    """Facenet (Schroff et al., 2015, arXiv:1503.03832), 128 numbers, as deepface offers it.

    The threshold is deepface's own: the same person up to a cosine distance of 0.40.
    """

    crop_size = 160
    min_similarity = 0.60
    name = "facenet"
    client = ("deepface.models.facial_recognition.onnx.Facenet", "FaceNet128dClient")

    def cut(self, rgb: RGB, mesh: Mesh) -> RGB:
        """The face with level eyes and a small margin."""
        return aligned_crop(rgb, mesh, self.crop_size)
