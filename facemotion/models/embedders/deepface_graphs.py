"""SFace and Facenet as deepface runs them: ONNX graphs that a user has put on the disk.

deepface would fetch a missing graph by itself; here it is asked only when the file is there. Its
ONNX clients are imported directly: nothing else of deepface, and no TensorFlow, is loaded.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.errors import ModelError
from facemotion.models.alignment import aligned_crop, five_point_crop

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB


class _Graph:
    """What the two have in common: the file, its loading, and vectors of length one."""

    version = 1
    crop_size: int
    min_similarity: float
    file_name: str
    about: str
    client: tuple[str, str]

    def __init__(self) -> None:
        (path,) = self.weights()
        module, name = self.client
        try:
            self._client: Any = getattr(importlib.import_module(module), name)()
        except ImportError as error:
            raise ModelError(
                f"deepface cannot be loaded ({error}). Run 'make setup' again."
            ) from error
        except ValueError as error:
            raise ModelError(
                f"{path} is not a model that ONNX Runtime can run. Delete it, and get it again."
            ) from error

    @classmethod
    def weights(cls) -> list[Path]:
        """The graph's file, where deepface looks for it; ``ModelError`` says what to put where."""
        home = Path(os.environ.get("DEEPFACE_HOME") or Path.home())
        path = home / ".deepface" / "weights" / cls.file_name
        if not path.is_file():
            raise ModelError(
                f"{cls.about} is not on this machine, and is not fetched unasked. "
                f"Put {cls.file_name} into {path.parent}, or choose the embedder 'none'."
            )
        return [path]

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
    file_name = "face_recognition_sface_2021dec.onnx"
    about = "SFace (OpenCV's model zoo, face_recognition_sface; 38.7 MB; Apache 2.0)"
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
    file_name = "facenet_weights.onnx"
    about = "Facenet (deepface's models, release v1.0; about 90 MB; MIT)"
    client = ("deepface.models.facial_recognition.onnx.Facenet", "FaceNet128dClient")

    def cut(self, rgb: RGB, mesh: Mesh) -> RGB:
        """The face with level eyes and a small margin."""
        return aligned_crop(rgb, mesh, self.crop_size)
