"""What detectors are tested on: a portrait, or a red square where their weights are set by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from facemotion.models import files
from facemotion.models.base import Detections
from tests.red_squares import HEIGHT

ON_A_PORTRAIT = ("blazeface", "haar", "mtcnn", "deepface:opencv")
SQUARES = {  # height and width of a picture, and the square in it: x, y, side
    "yunet": ((480, 640), (208, 96, 40)),
    "retinaface": ((512, 512), (208, 96, 40)),
    "ssd": ((600, 600), (192, 96, 80)),
    "centerface": ((480, 640), (208, 96, 40)),
}
RED, DARKER_RED, BLUE = (255, 0, 0), (245, 0, 0), (0, 0, 255)


@dataclass(frozen=True)
class Scene:
    """A picture, and where its one face is; two of them beside each other, the surer at the right.

    ``within_px`` is how far the edges may be off.
    """

    picture: np.ndarray
    box_xywh: tuple[float, float, float, float]
    within_px: float
    pair: np.ndarray
    apart_px: int


def with_squares(
    shape: tuple[int, int], side: int, *places: tuple[int, int, tuple[int, int, int]]
) -> np.ndarray:
    picture = np.full((*shape, 3), 90, np.uint8)
    for x, y, colour in places:
        picture[y : y + side, x : x + side] = colour
    return picture


def scene_of(name: str) -> Scene:
    if name in ON_A_PORTRAIT:
        portrait = skimage.data.astronaut()
        face = portrait[:256, 96:352]
        pair = np.concatenate([face, face], axis=1)
        return Scene(portrait, (178, 72, 92, 96), 22, pair, 256)
    shape, (x, y, side) = SQUARES[name]
    height = HEIGHT * side
    box = (x, y + side / 2 - height / 2, side, height)
    left = (x - 128, y, DARKER_RED)
    pair = with_squares(shape, side, left, (x, y, RED))
    return Scene(with_squares(shape, side, (x, y, RED)), box, 2, pair, 128)


def use_store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEMOTION_MODELS", str(folder))
    monkeypatch.setenv("DEEPFACE_HOME", str(folder / "nobody"))
    for name, listed in files.FILES.items():
        unknown = [replace(file, n_bytes=None, sha256=None, git_blob=None) for file in listed]
        monkeypatch.setitem(files.FILES, name, tuple(unknown))


def same(one: Detections, other: Detections) -> None:
    assert np.array_equal(one.boxes_xywh, other.boxes_xywh)
    assert one.scores == pytest.approx(other.scores, abs=1e-5)
    assert (one.eyes is None) == (other.eyes is None)
    if one.eyes is not None and other.eyes is not None:
        assert np.array_equal(one.eyes, other.eyes)


def corners(found: Detections) -> np.ndarray:
    boxes = found.boxes_xywh
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def corners_of(box_xywh: tuple[float, float, float, float]) -> tuple[float, ...]:
    x, y, w, h = box_xywh
    return x, y, x + w, y + h


def refuse_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked the internet")

    monkeypatch.setattr(requests.Session, "request", refuse)
    monkeypatch.setattr(requests, "head", refuse)
