"""What is done to a face before and after the embedded classifiers see it, and what each is worth.

    python -m bench.crops DIR [--classifiers a,b]

DIR is as for ``bench.accuracy``. Equalisation spreads the greys of a crop, all over or in tiles
(CLAHE, Zuiderveld, 1994); mirroring averages the answers for a face and its mirror image;
temperature scaling (Guo et al., 2017, arXiv:1706.04599) is fitted on every second picture and
judged on the others, so its lines say nothing about pictures that it has seen. How faces are cut
and turned is measured by ``bench.framing``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.optimize import minimize_scalar

from bench.accuracy import labelled_pictures
from facemotion import cache, models
from facemotion.records import EMOTIONS
from training import measure

Change = Callable[[np.ndarray], np.ndarray]


def equalised(crop: np.ndarray) -> np.ndarray:
    """The greys spread over the whole range, evenly."""
    grey = cv2.equalizeHist(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    return np.repeat(grey[..., None], 3, axis=2)


def equalised_in_tiles(crop: np.ndarray) -> np.ndarray:
    """The same in 4 x 4 tiles, contrast limited to 2."""
    grey = cv2.createCLAHE(2.0, (4, 4)).apply(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    return np.repeat(grey[..., None], 3, axis=2)


WAYS: dict[str, tuple[Change, bool]] = {
    "as shipped": (lambda crop: crop, True),
    "not mirrored": (lambda crop: crop, False),
    "equalised": (equalised, True),
    "equalised in tiles": (equalised_in_tiles, True),
}


def temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """By which to divide the logarithms so that the truth becomes most likely."""

    def loss(logarithm: float) -> float:
        told = scaled(probabilities, float(np.exp(logarithm)))
        return float(-np.log(np.maximum(told[np.arange(len(truth)), truth], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def scaled(probabilities: np.ndarray, by: float) -> np.ndarray:
    """The probabilities after temperature scaling."""
    powers = np.maximum(probabilities, 1e-12) ** (1 / by)
    return powers / powers.sum(axis=1, keepdims=True)


def main() -> None:
    """Print one table: accuracy, macro-F1 and calibration error for each way and set of labels."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--classifiers", default="ferplus-resnet,mini-xception")
    options = parser.parse_args()
    paths, sets = labelled_pictures(options.folder)
    faces = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    print(f"{'':<44}{'accuracy':>10}{'macro-F1':>10}{'ECE':>8}{'n':>7}")
    for name in options.classifiers.split(","):
        classifier = models.classifier(name, cache.default_root() / "models")
        for way, (change, mirrored) in WAYS.items():
            classifier.averages_mirror = mirrored  # type: ignore[attr-defined]
            crops = np.stack([change(classifier.whole(face)) for face in faces])
            told = classifier.predict(crops)[:, : len(EMOTIONS)]
            for labels, known in sets.items():
                wanted = np.array([known.get(str(path), "") for path in paths])
                _print(f"{name}, {labels}: {way}", measure.scores(told, wanted))
                if way == "as shipped":
                    _print_scaled(f"{name}, {labels}", told, wanted)


def _print_scaled(name: str, told: np.ndarray, wanted: np.ndarray) -> None:
    """Before and after temperature scaling, on the half that it was not fitted on."""
    rows = np.flatnonzero(wanted != "")
    fitted, judged = rows[::2], rows[1::2]
    by = temperature(told[fitted], np.array([EMOTIONS.index(label) for label in wanted[fitted]]))
    _print(f"{name}: every second picture", measure.scores(told[judged], wanted[judged]))
    after = measure.scores(scaled(told[judged], by), wanted[judged])
    _print(f"{name}: ... temperature {by:.2f}", after)


def _print(name: str, found: measure.Scores) -> None:
    print(f"{name:<44}{found.accuracy:>10.1%}{found.macro_f1:>10.3f}{found.ece:>8.3f}{found.n:>7}")


if __name__ == "__main__":
    main()
