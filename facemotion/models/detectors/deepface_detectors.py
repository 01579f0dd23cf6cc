"""deepface's face detectors, each in the client that deepface puts around it.

``deepface:NAME`` is any that deepface knows; three of them, whose weights the store knows, have a
name of their own. deepface would fetch missing weights by itself; here it is not let.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np

from facemotion.errors import ModelError, SettingsError
from facemotion.models import deepface_home, store
from facemotion.models.detectors.mtcnn import Mtcnn
from facemotion.models.detectors.proposals import at_least, inside
from facemotion.models.files import DEEPFACE_FOLDER, FILES
from facemotion.models.litert import package_file, quiet_stderr

if TYPE_CHECKING:
    from facemotion.models.base import Detections
    from facemotion.records import RGB

MIN_SIDE_PX = 64
"""Smaller pictures are padded: not all of the clients endure them."""

TRIAL_SHAPE = (MIN_SIDE_PX, 900, 3)
"""Of a picture to try a new client on: long, since retinaface blows up the shorter side to 1024."""

TAKE_RED_FIRST = ("dlib", "mediapipe")
"""Their packages want RGB, and deepface hands on to them what it is given."""

_FILES_IN_PACKAGES: dict[str, list[tuple[str, ...]]] = {
    "fastmtcnn": [("facenet_pytorch", "data", f"{net}.pt") for net in ("pnet", "rnet", "onet")],
    "mediapipe": [
        ("mediapipe", "modules", "face_detection", "face_detection_short_range.tflite"),
    ],
}


@dataclass(frozen=True)
class Backend:
    """A detector by its name in deepface: makes instances, and names the files of its weights."""

    name: str
    version: ClassVar[int] = 1

    def __call__(self) -> DeepfaceDetector:
        """A new instance; ``ModelError`` says what to install, or which file to put where."""
        return DeepfaceDetector(self.name, self.weights())

    def weights(self) -> list[Path]:
        """The files of its weights, as far as they can be told; ``ModelError`` as above."""
        if self.name in FILES:
            return store.require(self.name)
        try:
            return _files(self.name)
        except ModelError:
            _client(self.name, [])  # tells what is missing in deepface's words
            return []


RETINAFACE, SSD, CENTERFACE = (Backend(name) for name in ("retinaface", "ssd", "centerface"))


def named(name: str) -> Backend:
    """The detector that deepface knows by a name; ``SettingsError`` lists them."""
    try:
        known = import_module("deepface.modules.modeling").AVAILABLE_MODELS["face_detector"]
    except ImportError as error:
        raise ModelError(f"deepface cannot be loaded ({error}). Run 'make setup' again.") from error
    if name not in known:
        raise SettingsError(
            f"deepface has no detector called {name!r}. Choose one of: {', '.join(sorted(known))}."
        )
    return Backend(name)


class DeepfaceDetector:
    """One of deepface's clients, which take blue first.

    Their own thresholds stay: 0.9 for retinaface and ssd, environment variables for some others.
    So ``min_confidence`` can only be stricter. The scores of its opencv are 1 less a hundredth of
    the cascade's stage sum: they do not order faces.
    """

    def __init__(self, name: str, weights: list[Path]) -> None:
        self._client = _client(name, weights)
        self._takes_red_first = name in TAKE_RED_FIRST

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Faces in an ``(h, w, 3)`` uint8 RGB picture; eyes where the client tells all of them."""
        given = rgb.copy() if self._takes_red_first else cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
        regions = self._client.detect_faces(at_least(given, MIN_SIDE_PX))
        boxes = np.array([(r.x, r.y, r.w, r.h) for r in regions], np.float32).reshape(-1, 4)
        scores = np.array([r.confidence for r in regions], np.float32).reshape(-1).clip(0, 1)
        eyes = None
        if all(r.left_eye is not None and r.right_eye is not None for r in regions):
            # "left" is the person's own, so the right one is on the picture's left.
            pairs = [(r.right_eye, r.left_eye) for r in regions]
            eyes = np.array(pairs, np.float32).reshape(-1, 2, 2)
        return inside(rgb, boxes, scores, eyes, min_confidence)


def _files(name: str) -> list[Path]:
    """Where the weights are that the store does not know; ``ModelError`` when one is missing."""
    if name == "opencv":
        folder = Path(cv2.__file__).parent / "data"
        both = ("haarcascade_frontalface_default.xml", "haarcascade_eye.xml")
        return [path for path in (folder / file for file in both) if path.is_file()]
    if name == "mtcnn":
        return Mtcnn.weights()
    if name in _FILES_IN_PACKAGES:
        return [package_file(*parts) for parts in _FILES_IN_PACKAGES[name]]
    file = "shape_predictor_5_face_landmarks.dat" if name == "dlib" else f"{name}-face.pt"
    path = _on_disk(file)
    if path is None:
        raise ModelError(f"{file} is missing.")
    return [path]


def _on_disk(file: str) -> Path | None:
    homes = (store.folder(), deepface_home.home())
    paths = (home / DEEPFACE_FOLDER / file for home in homes)
    return next((path for path in paths if path.is_file()), None)


def _client(name: str, weights: list[Path]) -> Any:
    """deepface's client for a detector, tried on an empty picture; ``ModelError`` for any fault."""
    home = weights[0] if name in FILES else store.folder() / DEEPFACE_FOLDER / name
    with deepface_home.loading_from(home), quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _downloads_refused(name, weights):
                if name == "retinaface":
                    _make_ready_for_retinaface(weights[0])
                client = _made(name, weights)
                client.detect_faces(np.zeros(TRIAL_SHAPE, np.uint8))
            return client
        except ModelError:
            raise
        except ImportError as error:
            raise ModelError(_fault(name, error)) from error
        except Exception as error:  # every one of these libraries raises what it likes
            raise ModelError(_fault(name, error, weights)) from error


def _made(name: str, weights: list[Path]) -> Any:
    client = import_module("deepface.modules.modeling").get_model_class("face_detector", name)()
    if name == "centerface":
        # deepface reads the file anew for each picture, since a second answer of the same network
        # may be wrong, as its own comment says. By then it could not find the file any more.
        module = import_module(type(client).__module__)
        client.build_model = partial(module.CenterFace, str(weights[0]))
    return client


def _fault(name: str, error: Exception, weights: list[Path] | None = None) -> str:
    said = " ".join(str(error).split())
    text = f"deepface's detector {name} cannot be loaded: {said or type(error).__name__}"
    if weights and name in FILES:
        files = " and ".join(str(path) for path in weights)
        return f"{files}: no weights that deepface can run as {name}. Delete them, and run " + (
            f"'python -m facemotion models get {name}'."
        )
    return text if text.endswith(".") else f"{text}."


@contextmanager
def _downloads_refused(name: str, weights: list[Path]) -> Iterator[None]:
    """Let deepface and retina-face find the weights that are there, and fetch none."""
    known = {path.name: path for path in weights}

    def find(file_name: str, *urls: Any, compress_type: str | None = None, **more: Any) -> str:
        path = known.get(file_name) or _on_disk(file_name)
        if path is None:
            (url, *_) = np.ravel([*urls, *more.values()])
            raise ModelError(
                f"deepface's detector {name} needs {file_name}, which is not on this machine, and "
                f"is not fetched unasked. Get it from {url}{', unpack it' if compress_type else ''}"
                f" and put it into {store.folder() / DEEPFACE_FOLDER}."
            )
        return str(path)

    libraries = ["deepface", "retinaface"] if name == "retinaface" else ["deepface"]
    modules: list[Any] = [import_module(f"{library}.commons.weight_utils") for library in libraries]
    before = [module.download_weights_if_necessary for module in modules]
    for module in modules:
        module.download_weights_if_necessary = find
    try:
        yield
    finally:
        for module, its_own in zip(modules, before, strict=True):
            module.download_weights_if_necessary = its_own


_retinaface_read: tuple[Path, int, int] | None = None
"""The file from which retina-face has its one model for the whole process, and its state."""


def _make_ready_for_retinaface(path: Path) -> None:
    """Have it read a file that has changed; ``ModelError`` when it does not run on ONNX Runtime."""
    global _retinaface_read
    engine = import_module("retinaface.commons.backend_utils").get_backend_engine()
    if engine != "onnx":
        raise ModelError(
            f"retinaface runs on {engine} in this process already, which cannot use {path.name}. "
            "Start again without that, or choose another detector."
        )
    library = import_module("retinaface.RetinaFace")
    state = path.stat()
    found = (path, state.st_mtime_ns, state.st_size)
    if found != _retinaface_read:
        vars(library).pop("model", None)
        _retinaface_read = found
