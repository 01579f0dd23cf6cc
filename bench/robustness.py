"""How much of their accuracy classifiers keep when pictures are worse, and whether they doubt well.

    python -m bench.robustness FER2013_DEV [--classifiers a,b]

FER2013_DEV is a folder of FER-2013 pictures with ``labels.csv`` (the FER+ votes). Accuracy is
against the FER+ majority of the seven; doubt is the rank correlation of a classifier's entropy with
that of the voters.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from facemotion import models
from facemotion.models.base import ExpressionClassifier
from training import measure, votes

BATCH = 256


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="FER2013_DEV")
    parser.add_argument("--classifiers", default="ferplus-resnet,mini-xception")
    options = parser.parse_args()
    judged = votes.load_judged(options.folder)
    names = options.classifiers.split(",")
    print(f"{'':<22}" + "".join(f"{name:>16}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        known = [models.classifier(name, Path(folder)) for name in names]
        for disturbance, change in measure.DISTURBANCES.items():
            pictures = change(judged.pictures)
            found = [predict(classifier, pictures) for classifier in known]
            right = [measure.scores(p, judged.majority).accuracy for p in found]
            print(f"{disturbance:<22}" + "".join(f"{share:>16.1%}" for share in right))
        found = [predict(classifier, judged.pictures) for classifier in known]
    doubts = [measure.doubt(p, judged.votes) for p in found]
    print(f"{'doubt as the voters':<22}" + "".join(f"{value:>16.2f}" for value in doubts))


def predict(classifier: ExpressionClassifier, pictures: np.ndarray) -> np.ndarray:
    """Probabilities ``(n, 7)`` of grey pictures ``(n, 48, 48)`` that are crops already."""
    parts = []
    for first in range(0, len(pictures), BATCH):
        faces = np.repeat(pictures[first : first + BATCH, ..., None], 3, axis=3)
        crops = np.stack([classifier.whole(face) for face in faces])
        parts.append(classifier.predict(crops)[:, :7])
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
