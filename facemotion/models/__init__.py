"""The models: the Protocols in ``base``, one file per backend, and the registries here.

A backend is one file and one line in a registry. Its module, and the runtime it needs, is
imported only when somebody asks for it by name.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facemotion.errors import ModelError, SettingsError

if TYPE_CHECKING:
    from facemotion.models.base import ExpressionClassifier, FaceDetector, FaceEmbedder

DETECTORS = {
    "blazeface": "facemotion.models.detectors.blazeface:BlazeFace",
    "haar": "facemotion.models.detectors.haar:Haar",
    "mtcnn": "facemotion.models.detectors.mtcnn:Mtcnn",
    "yunet": "facemotion.models.detectors.yunet:YuNet",
    "retinaface": "facemotion.models.detectors.deepface_detectors:RETINAFACE",
    "ssd": "facemotion.models.detectors.deepface_detectors:SSD",
    "centerface": "facemotion.models.detectors.deepface_detectors:CENTERFACE",
}
MESHES = {
    "mesh": "facemotion.models.mesh:FaceMesh",
    "iris": "facemotion.models.iris:IrisModel",
}
CLASSIFIERS = {
    "ferplus-resnet": "facemotion.models.classifiers.ferplus_resnet:FerPlusResNet",
    "mini-xception": "facemotion.models.classifiers.mini_xception:MiniXception",
    "fer": "facemotion.models.classifiers.fer_library:FerLibrary",
    "deepface": "facemotion.models.classifiers.deepface_emotion:DeepFaceEmotion",
    "emotiefflib": "facemotion.models.classifiers.emotiefflib_onnx:EmotiEffLib",
    "opencv-zoo": "facemotion.models.classifiers.opencv_zoo:OpenCVZoo",
    "vit": "facemotion.models.classifiers.vit:Vit",
}
EMBEDDERS = {
    "sface": "facemotion.models.embedders.deepface_graphs:SFace",
    "facenet": "facemotion.models.embedders.deepface_graphs:Facenet",
}
FAMILIES: dict[str, dict[str, str]] = {
    "detector": {"deepface": "facemotion.models.detectors.deepface_detectors:named"},
    "classifier": {"ensemble": "facemotion.models.classifiers.ensemble:named"},
    "mesh": {},
    "embedder": {},
}
"""Backends that are made from what stands behind a colon in their name: a function of that."""
_REGISTRIES = {
    "detector": DETECTORS,
    "mesh": MESHES,
    "classifier": CLASSIFIERS,
    "embedder": EMBEDDERS,
}
NO_EMBEDDER, ANY_EMBEDDER = "none", "auto"


def detector(name: str) -> FaceDetector:
    """A new detector by name; ``SettingsError`` names the choices when there is none such."""
    made: FaceDetector = backend("detector", name)()
    return made


def classifier(name: str, models_folder: Path) -> ExpressionClassifier:
    """A new classifier by name; what it converts or downloads is kept in ``models_folder``.

    ``SettingsError`` names the choices when there is none such.
    """
    made: ExpressionClassifier = backend("classifier", name)(models_folder)
    return made


def embedder(name: str) -> FaceEmbedder | None:
    """A new embedder by name, None for "none", and for "auto" where no weights are on the disk.

    ``SettingsError`` names the choices when there is none such; ``ModelError`` says what to put
    where when its weights are missing.
    """
    known = embedder_name(name)
    if known is None:
        return None
    made: FaceEmbedder = backend("embedder", known)()
    return made


def embedder_name(name: str) -> str | None:
    """The embedder that a setting leads to; "auto" is the first whose weights are on the disk.

    Raises as ``embedder`` does, without loading anything.
    """
    if name == ANY_EMBEDDER:
        return next((known for known in EMBEDDERS if _is_on_disk(known)), None)
    if name == NO_EMBEDDER:
        return None
    if name not in EMBEDDERS:
        _target({NO_EMBEDDER: "", ANY_EMBEDDER: "", **EMBEDDERS}, "embedder", name)
    backend("embedder", name).weights()
    return name


def _is_on_disk(name: str) -> bool:
    try:
        backend("embedder", name).weights()
    except ModelError:
        return False
    return True


def check_names(detector_name: str, classifier_name: str) -> None:
    """Raise now rather than after a download: ``SettingsError`` for an unknown name, ``ModelError``
    for weights that are not there.
    """
    backend("detector", detector_name).weights()
    backend("classifier", classifier_name).weights()


def fingerprint(kind: str, name: str) -> str:
    """Name, version and hash of the weights of a backend: what cache keys depend on.

    ``kind`` is "detector", "mesh", "classifier" or "embedder". No model is loaded for this.
    """
    from facemotion.models.litert import file_sha256

    found = backend(kind, name)
    hashes = [file_sha256(path)[:12] for path in found.weights()]
    return "-".join([name, f"v{found.version}", *hashes])


def backend(kind: str, name: str) -> Any:
    """What makes models of a name when called, and has ``version`` and ``weights()``.

    ``kind`` is "detector", "mesh", "classifier" or "embedder". ``SettingsError`` names the choices
    when there is none such.
    """
    family, colon, given = name.partition(":")
    if colon and family in FAMILIES[kind]:
        return _load(FAMILIES[kind][family])(given)
    return _load(_target(_REGISTRIES[kind], kind, name))


def _load(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def registered(kind: str) -> list[str]:
    """The names of all backends of a kind, the default first."""
    return list(_REGISTRIES[kind])


def _target(registry: dict[str, str], kind: str, name: str) -> str:
    if name not in registry:
        choices = ", ".join([*registry, *_MORE_CHOICES.get(kind, ())])
        raise SettingsError(f"There is no {kind} called {name!r}. Choose one of: {choices}.")
    return registry[name]


_MORE_CHOICES = {"detector": ("auto",), "classifier": ("auto", "ensemble:NAME+NAME")}
