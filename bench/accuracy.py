"""How often the classifiers are right on a folder of face pictures, one folder per label.

    python -m bench.accuracy DIR [--json] [--classifiers a,b,ensemble:a+b]

Each picture is taken as a face that is already cut out, as those of FER-2013 are; a classifier that
has learned another framing cuts its own out of that, and sees black where the picture ends. All
classifiers are asked whose weights are on this disk. Where DIR holds
a ``labels.csv`` with the votes of the FER+ raters (Barsoum et al., 2016, arXiv:1608.01041), the
majority of the raters is a second set of labels; ties and what is none of the seven are left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from facemotion import cache, models
from facemotion.models import choosing
from facemotion.records import EMOTIONS
from training import measure

BATCH = 256

Labels = dict[str, str]


def labelled_pictures(folder: Path) -> tuple[list[Path], dict[str, Labels]]:
    """The pictures and, per set of labels, the label of each picture that has one."""
    paths = sorted(
        path for emotion in EMOTIONS for path in (folder / emotion).glob("*") if path.is_file()
    )
    if not paths:
        raise SystemExit(f"{folder} has no folders named {', '.join(EMOTIONS)} with pictures.")
    sets = {"folder": {str(path): path.parent.name for path in paths}}
    table = folder / "labels.csv"
    if table.exists():
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file))
        majority = {str(folder / row["file"]): row["ferplus_majority"] for row in rows}
        sets["ferplus"] = {path: label for path, label in majority.items() if label in EMOTIONS}
    return paths, sets


def predict(name: str, paths: list[Path], models_folder: Path) -> tuple[np.ndarray, float]:
    """Probabilities ``(n, 7)`` and milliseconds per face."""
    classifier = models.classifier(name, models_folder)
    answers, seconds = [], 0.0
    for first in range(0, len(paths), BATCH):
        faces = [
            np.asarray(Image.open(path).convert("RGB")) for path in paths[first : first + BATCH]
        ]
        crops = np.stack([classifier.whole(face) for face in faces])
        start = time.perf_counter()
        answers.append(classifier.predict(crops)[:, : len(EMOTIONS)])
        seconds += time.perf_counter() - start
    return np.concatenate(answers), 1000 * seconds / len(paths)


def main() -> None:
    """Print one table, or JSON ``{model: {labels: {accuracy, macro_f1, ece, n, ...}}}``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--classifiers", metavar="A,B", help="default: all on this disk")
    options = parser.parse_args()
    here = choosing.on_disk("classifier")
    names = options.classifiers.split(",") if options.classifiers else here
    paths, sets = labelled_pictures(options.folder)
    results: dict[str, dict[str, measure.Scores]] = {}
    costs = {}
    with tempfile.TemporaryDirectory() as scratch:
        known = cache.default_root() / "models"
        models_folder = known if known.is_dir() else Path(scratch)
        for name in names:
            probabilities, costs[name] = predict(name, paths, models_folder)
            results[name] = {}
            for labels, truth in sets.items():
                rows = [i for i, path in enumerate(paths) if str(path) in truth]
                wanted = np.array([truth[str(paths[i])] for i in rows])
                results[name][labels] = measure.scores(probabilities[rows], wanted)
    if options.json:
        print(json.dumps(results, indent=1, default=_plain))
        return
    width = max(map(len, names)) + 2
    heads = f"{'labels':<10}{'accuracy':>9}{'macro-F1':>9}{'ECE':>7}{'n':>7}{'ms/face':>9}"
    print(f"{'model':<{width}}{heads}")
    for name, by_labels in results.items():
        for labels, found in by_labels.items():
            print(
                f"{name:<{width}}{labels:<10}{found.accuracy:>9.1%}{found.macro_f1:>9.3f}"
                f"{found.ece:>7.3f}{found.n:>7}{costs[name]:>9.2f}"
            )
    absent = [name for name in models.CLASSIFIERS if name not in here]
    print(f"not on this disk: {', '.join(absent) or 'none'}")
    for name, by_labels in results.items():
        for labels, found in by_labels.items():
            _print_confusion(name, labels, found.confusion)


def _plain(value: object) -> object:
    return asdict(value) if isinstance(value, measure.Scores) else np.asarray(value).tolist()


def _print_confusion(name: str, labels: str, confusion: np.ndarray) -> None:
    print(f"\n{name}, {labels} labels: rows are the truth, columns the answer")
    print(" " * 10 + "".join(f"{emotion:>10}" for emotion in EMOTIONS))
    for emotion, row in zip(EMOTIONS, confusion, strict=True):
        print(f"{emotion:<10}" + "".join(f"{count:>10}" for count in row))


if __name__ == "__main__":
    main()
