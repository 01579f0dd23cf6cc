"""The pictures of FER-2013 with the votes of the ten FER+ raters, as training data.

Barsoum, Zhang, Canton Ferrer and Zhang, "Training Deep Networks for Facial Expression Recognition
with Crowd-Sourced Label Distribution", ICMI 2016, arXiv:1608.01041.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from facemotion.records import EMOTIONS

CLASSES = (*EMOTIONS, "contempt")
"""What the network tells apart: the seven in the order used everywhere, and contempt."""

_VOTED = (
    *("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"),
    *("unknown", "not_a_face"),
)
_TO_CLASSES = [_VOTED.index(name) for name in CLASSES]
SIZE = 48


@dataclass(frozen=True)
class Faces:
    """Grey pictures ``(n, 48, 48)`` uint8; the raters' shares ``(n, 8)`` in ``CLASSES`` order."""

    pictures: np.ndarray
    shares: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, chosen: np.ndarray) -> Faces:
        """Some of them, by number or by truth value."""
        return Faces(self.pictures[chosen], self.shares[chosen])


def shares(votes: np.ndarray) -> np.ndarray:
    """Votes ``(n, 10)`` as shares ``(n, 8)``; all 0 where a picture cannot be used.

    As the authors do: an opinion of a single rater is no opinion, and pictures that most call
    unknown, or no face, are left out. What remains of such votes elsewhere is left out too.
    """
    counted = np.where(votes > 1, votes, 0).astype(np.float64)
    usable = counted.argmax(axis=1) < len(CLASSES)
    emotions = counted[:, _TO_CLASSES] * usable[:, None]
    return emotions / np.maximum(emotions.sum(axis=1, keepdims=True), 1)


def load(path: Path, apart_from: np.ndarray | None = None) -> Faces:
    """The pictures that can be learned from; near copies of ``apart_from`` ``(m, 48, 48)`` go."""
    stored = np.load(path)
    target = shares(stored["votes"])
    usable = target.sum(axis=1) > 0
    if apart_from is not None:
        usable &= ~near_copies(stored["images"], apart_from)
    return Faces(stored["images"][usable], target[usable].astype(np.float32))


def near_copies(pictures: np.ndarray, of: np.ndarray, correlation: float = 0.98) -> np.ndarray:
    """Which pictures look the same as one of the others, or its mirror image: ``(n,)`` bool.

    Compared as correlation of 12 x 12 thumbnails, which forgives compression and small shifts.
    """
    left = _thumbnails(pictures)
    best = np.full(len(pictures), -1.0, dtype=np.float32)
    for other in (of, of[:, :, ::-1]):
        right = _thumbnails(other)
        for first in range(0, len(left), 4096):
            found = (left[first : first + 4096] @ right.T).max(axis=1)
            best[first : first + 4096] = np.maximum(best[first : first + 4096], found)
    return best > correlation


def _thumbnails(pictures: np.ndarray) -> np.ndarray:
    small = np.stack([cv2.resize(p, (12, 12), interpolation=cv2.INTER_AREA) for p in pictures])
    flat = small.reshape(len(small), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True)
class Judged:
    """Pictures that only judge: FER-2013's public test set with both kinds of labels.

    ``votes`` is ``(n, 10)``; ``majority`` the FER+ label of the seven or "" where raters tie or
    mostly chose none of the seven; ``fer2013`` the label of FER-2013.
    """

    pictures: np.ndarray
    votes: np.ndarray
    majority: np.ndarray
    fer2013: np.ndarray


def load_judged(folder: Path) -> Judged:
    """The folder with ``labels.csv`` and a folder of pictures per class."""
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = np.stack([cv2.imread(str(folder / r["file"]), cv2.IMREAD_GRAYSCALE) for r in rows])
    # A few pictures were never voted on.
    votes = np.array([[int(row[f"fp_{name}"] or 0) for name in _VOTED] for row in rows])
    ordered = np.sort(votes, axis=1)
    clear = ordered[:, -1] > ordered[:, -2]
    best = np.array(_VOTED)[votes.argmax(axis=1)]
    majority = np.where(clear & np.isin(best, EMOTIONS), best, "")
    fer2013 = np.array([row["fer2013_label"] for row in rows])
    return Judged(pictures, votes, majority, fer2013)
