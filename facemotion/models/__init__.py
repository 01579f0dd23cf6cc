"""The models: two Protocols in ``base``, one file per backend, and the two registries here.

A backend is one file and one line in a registry. Its module, and the runtime it needs, is
imported only when somebody asks for it by name.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facemotion.errors import SettingsError

if TYPE_CHECKING:
    from facemotion.models.base import ExpressionClassifier, FaceDetector

DETECTORS = {
    "blazeface": "facemotion.models.detectors.blazeface:BlazeFace",
    "haar": "facemotion.models.detectors.haar:Haar",
}
MESHES = {
    "mesh": "facemotion.models.mesh:FaceMesh",
}
CLASSIFIERS = {
    "mini-xception": "facemotion.models.classifiers.mini_xception:MiniXception",
}


def detector(name: str) -> FaceDetector:
    """A new detector by name; ``SettingsError`` names the choices when there is none such."""
    made: FaceDetector = _backend_class(DETECTORS, "detector", name)()
    return made


def classifier(name: str, models_folder: Path) -> ExpressionClassifier:
    """A new classifier by name; what it converts or downloads is kept in ``models_folder``.

    ``SettingsError`` names the choices when there is none such.
    """
    made: ExpressionClassifier = _backend_class(CLASSIFIERS, "classifier", name)(models_folder)
    return made


def check_names(detector_name: str, classifier_name: str) -> None:
    """Raise ``SettingsError`` now rather than after a download if a name is unknown."""
    _target(DETECTORS, "detector", detector_name)
    _target(CLASSIFIERS, "classifier", classifier_name)


@cache
def fingerprint(kind: str, name: str) -> str:
    """Name, version and hash of the weights of a backend: what cache keys depend on.

    ``kind`` is "detector", "mesh" or "classifier". No model is loaded for this.
    """
    from facemotion.models.litert import file_sha256

    registries = {"detector": DETECTORS, "mesh": MESHES, "classifier": CLASSIFIERS}
    backend = _backend_class(registries[kind], kind, name)
    hashes = [file_sha256(path)[:12] for path in backend.weights()]
    return "-".join([name, f"v{backend.version}", *hashes])


def _backend_class(registry: dict[str, str], kind: str, name: str) -> Any:
    module, _, attribute = _target(registry, kind, name).partition(":")
    return getattr(importlib.import_module(module), attribute)


def _target(registry: dict[str, str], kind: str, name: str) -> str:
    if name not in registry:
        choices = ", ".join(registry)
        raise SettingsError(f"There is no {kind} called {name!r}. Choose one of: {choices}.")
    return registry[name]
