"""The weights that can be downloaded: where from, how large, and by which hash they are known."""

from __future__ import annotations

from dataclasses import dataclass

ZOO = "https://github.com/opencv/opencv_zoo/raw/main/models/"
SERENGIL = "https://github.com/serengil/deepface_models/releases/download/v1.0/"
SERENGIL_MIRROR = "https://huggingface.co/serengil/deepface/resolve/main/"
EMOTIEFF = (
    "https://github.com/sb-ai-lab/EmotiEffLib/raw/f1df0e8548c666d268826e50b7de107fd5553e9d/"
    "models/affectnet_emotions/onnx/"
)
VIT = "https://huggingface.co/trpakov/vit-face-expression/resolve/main/"
DEEPFACE_FOLDER = ".deepface/weights"


@dataclass(frozen=True)
class File:
    """One file of weights.

    ``path`` is relative to the folder of the store; a model's library may look for it below the
    user's home under the same path, where it is found too. ``urls`` are tried in turn. The
    publisher's own hash is ``sha256``, or ``git_blob``, the name that git gives to the content
    (SHA-1 of a header and the content); where he states none, both are None. ``n_bytes`` likewise.
    """

    path: str
    urls: tuple[str, ...]
    n_bytes: int | None = None
    sha256: str | None = None
    git_blob: str | None = None


def _deepface(name: str, *more_urls: str, n_bytes: int | None = None, **known: str) -> File:
    urls = more_urls or (SERENGIL + name, SERENGIL_MIRROR + name)
    return File(f"{DEEPFACE_FOLDER}/{name}", urls, n_bytes, **known)


FILES: dict[str, tuple[File, ...]] = {
    "yunet": (
        _deepface(
            "face_detection_yunet_2023mar.onnx",
            ZOO + "face_detection_yunet/face_detection_yunet_2023mar.onnx",
            n_bytes=232_589,
            sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        ),
    ),
    "retinaface": (_deepface("retinaface.onnx"),),
    "ssd": (
        _deepface(
            "deploy.prototxt",
            "https://github.com/opencv/opencv/raw/3.4.0/samples/dnn/face_detector/deploy.prototxt",
        ),
        _deepface(
            "res10_300x300_ssd_iter_140000.caffemodel",
            "https://github.com/opencv/opencv_3rdparty/raw/dnn_samples_face_detector_20170830/"
            "res10_300x300_ssd_iter_140000.caffemodel",
        ),
    ),
    "centerface": (
        _deepface(
            "centerface.onnx",
            "https://github.com/Star-Clouds/CenterFace/raw/b82ec0c4844e89fd5a0305986aed9bdf33c72585/"
            "models/onnx/centerface.onnx",
            git_blob="1487d5fe214feb569865b225216b24c8f4ef1050",
        ),
    ),
    "deepface": (_deepface("facial_expression_model_weights.onnx"),),
    "emotiefflib": (
        File(
            ".emotiefflib/enet_b0_8_va_mtl.onnx",
            (EMOTIEFF + "enet_b0_8_va_mtl.onnx",),
            git_blob="7ce9d6dd5b82b260bc19bfe7822a6ffa1abb6011",
        ),
    ),
    "vit": tuple(
        File(f"vit-face-expression/{name}", (VIT + name,))
        for name in ("config.json", "preprocessor_config.json", "model.safetensors")
    ),
    "opencv-zoo": (
        File(
            "opencv-zoo/facial_expression_recognition_mobilefacenet_2022july.onnx",
            (
                ZOO + "facial_expression_recognition/"
                "facial_expression_recognition_mobilefacenet_2022july.onnx",
            ),
            4_791_892,
            sha256="4f61307602fc089ce20488a31d4e4614e3c9753a7d6c41578c854858b183e1a9",
        ),
    ),
    "sface": (
        _deepface(
            "face_recognition_sface_2021dec.onnx",
            ZOO + "face_recognition_sface/face_recognition_sface_2021dec.onnx",
            n_bytes=38_696_353,
            sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
        ),
    ),
    "facenet": (_deepface("facenet_weights.onnx"),),
}
"""By the name of the model. Sizes and SHA-256 are those of the Git LFS pointers in OpenCV's model
zoo (commit 966be4c); names of blobs are of the commits in the URLs."""
