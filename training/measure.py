"""How good a network is: agreement, calibration, robustness, and whether its doubt is justified."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from facemotion.records import EMOTIONS
from training import votes

BINS = 15
"""Of the expected calibration error (Guo et al., 2017, arXiv:1706.04599)."""

Probabilities = Callable[[np.ndarray], np.ndarray]
"""Grey pictures ``(n, 48, 48)`` uint8 to probabilities ``(n, 7)``."""


@dataclass(frozen=True)
class Scores:
    """Of ``n`` pictures: accuracy with its 95 % interval, macro-F1, ECE, and the confusion matrix.

    ``confusion[i, j]`` counts pictures of label i that were called j.
    """

    n: int
    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    ece: float
    confusion: np.ndarray


def scores(probabilities: np.ndarray, labels: np.ndarray) -> Scores:
    """Against labels (names of the seven); pictures with an empty one are left out."""
    known = labels != ""
    found, truth = probabilities[known], np.array([EMOTIONS.index(name) for name in labels[known]])
    called = found.argmax(axis=1)
    right = called == truth
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), dtype=int)
    np.add.at(confusion, (truth, called), 1)
    hits, sizes = np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1)
    f1 = 2 * hits / np.maximum(sizes, 1)
    accuracy = float(right.mean())
    return Scores(
        n=int(known.sum()),
        accuracy=accuracy,
        interval=wilson(accuracy, int(known.sum())),
        macro_f1=float(f1[confusion.sum(axis=1) > 0].mean()),
        ece=calibration_error(found.max(axis=1), right),
        confusion=confusion,
    )


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(middle - half), float(middle + half)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean gap between confidence and accuracy, over ``BINS`` equally wide bins."""
    return float(sum(abs(row[1] - row[2]) * row[0] for row in reliability(confidence, right)))


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[tuple[float, float, float]]:
    """Of every bin that is not empty: share of the pictures, mean confidence, accuracy."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        (
            float((bins == b).mean()),
            float(confidence[bins == b].mean()),
            float(right[bins == b].mean()),
        )
        for b in np.unique(bins)
    ]


def doubt(probabilities: np.ndarray, raters: np.ndarray) -> float:
    """Rank correlation of the network's entropy with that of the voters, ``(n, 10)`` votes."""
    from scipy.stats import spearmanr

    shares = votes.shares(raters)[:, : len(EMOTIONS)]
    usable = shares.sum(axis=1) > 0
    told = shares[usable] / shares[usable].sum(axis=1, keepdims=True)
    return float(spearmanr(_entropy(probabilities[usable]), _entropy(told)).statistic)


def _entropy(p: np.ndarray) -> np.ndarray:
    return -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1)


def _each(change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Probabilities:
    def changed(pictures: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(0)
        return np.stack([change(picture, rng) for picture in pictures])

    return changed


def _jpeg(picture: np.ndarray, _: np.random.Generator) -> np.ndarray:
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)


def _half(picture: np.ndarray, _: np.random.Generator) -> np.ndarray:
    small = cv2.resize(picture, (24, 24), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (48, 48), interpolation=cv2.INTER_LINEAR)


def _turned(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    turn = cv2.getRotationMatrix2D((23.5, 23.5), 15 * rng.choice((-1, 1)), 1)
    return cv2.warpAffine(picture, turn, (48, 48), borderMode=cv2.BORDER_REPLICATE)


def _covered(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = round(48 * 0.2**0.5)
    x, y = rng.integers(0, 48 - side, 2)
    covered = picture.copy()
    covered[y : y + side, x : x + side] = 128
    return covered


def _brighter(factor: float) -> Probabilities:
    return lambda pictures: np.clip(pictures.astype(float) * factor, 0, 255).astype(np.uint8)


DISTURBANCES: dict[str, Probabilities] = {
    "as they are": lambda pictures: pictures,
    "blur, sigma 1.5": _each(lambda picture, _: cv2.GaussianBlur(picture, (0, 0), 1.5)),
    "JPEG, quality 30": _each(_jpeg),
    "half size": _each(_half),
    "40 % darker": _brighter(0.6),
    "40 % brighter": _brighter(1.4),
    "turned by 15 degrees": _each(_turned),
    "20 % covered": _each(_covered),
}
"""What is done to the pictures, 48 x 48, to see whether it matters."""
