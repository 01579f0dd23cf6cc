"""Writes MODEL_CARD.md and its picture: everything in it that is a number is measured here.

python -m training.card --judged fer2013_dev --runs runs/mixed runs/plain runs/student
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from facemotion.models.classifiers.ferplus_resnet import WEIGHTS, FerPlusResNet
from facemotion.records import EMOTIONS
from training import measure, votes

ROOT = Path(__file__).parents[1]
TEXT = Path(__file__).with_name("card.md")
PICTURE = Path("docs") / "reliability.png"
SIDE, MARGIN = 300, 50


def main() -> None:
    """Measure the shipped file and write the card."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="teachers, student")
    options = parser.parse_args()
    judged, classifier = votes.load_judged(options.judged), FerPlusResNet()
    calibrated = predictions(classifier, judged.pictures)
    raw = FerPlusResNet()
    raw._temperature, raw._offsets = np.float32(1), np.zeros_like(raw._offsets)
    uncalibrated = predictions(raw, judged.pictures)
    lasts = [json.loads((run / "log.jsonl").read_text().splitlines()[-1]) for run in options.runs]
    facts = {
        "sha256": hashlib.sha256(WEIGHTS.read_bytes()).hexdigest(),
        "megabytes": f"{WEIGHTS.stat().st_size / 1e6:.2f}",
        "epochs": " + ".join(f"{last['epoch']}" for last in lasts),
        "minutes": " + ".join(f"{last['minutes']:.0f}" for last in lasts),
        "temperature": classifier._model.metadata["temperature"],
        "results": _results(calibrated, uncalibrated, judged),
        "classes": _classes(measure.scores(calibrated, judged.majority)),
        "confusion": _confusion(measure.scores(calibrated, judged.majority).confusion),
        "robustness": _robustness(classifier, judged),
        "doubt": f"{measure.doubt(calibrated, judged.votes):.2f}",
        "picture": PICTURE.as_posix(),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, value in facts.items():
        text = text.replace("{" + name + "}", value)
    (ROOT / "MODEL_CARD.md").write_text(text, encoding="utf-8")
    _draw({"before": uncalibrated, "after": calibrated}, judged, ROOT / PICTURE)
    print(facts["results"], facts["classes"], facts["robustness"], sep="\n\n")
    print(f"doubt {facts['doubt']}")


def predictions(classifier: FerPlusResNet, pictures: np.ndarray) -> np.ndarray:
    """Probabilities ``(n, 7)`` of grey pictures ``(n, 48, 48)``."""
    return classifier.predict(np.repeat(pictures[..., None], 3, axis=3))[:, : len(EMOTIONS)]


def _results(after: np.ndarray, before: np.ndarray, judged: votes.Judged) -> str:
    rows = ["| labels | pictures | accuracy | 95 % interval | macro-F1 | ECE | ECE before |"]
    rows.append("|---|---|---|---|---|---|---|")
    for name, labels in {"FER+ majority": judged.majority, "FER-2013": judged.fer2013}.items():
        found, raw = measure.scores(after, labels), measure.scores(before, labels)
        low, high = found.interval
        rows.append(
            f"| {name} | {found.n:,} | {found.accuracy:.1%} | {low:.1%} - {high:.1%} "
            f"| {found.macro_f1:.3f} | {found.ece:.3f} | {raw.ece:.3f} |"
        )
    return "\n".join(rows)


def _classes(found: measure.Scores) -> str:
    rows = ["| | pictures | found (recall) | 95 % interval | right when called (precision) | F1 |"]
    rows.append("|---|---|---|---|---|---|")
    for i, name in enumerate(EMOTIONS):
        n, called, hits = (
            found.confusion[i].sum(),
            found.confusion[:, i].sum(),
            found.confusion[i, i],
        )
        low, high = measure.wilson(hits / n, n)
        rows.append(
            f"| {name} | {n} | {hits / n:.1%} | {low:.1%} - {high:.1%} "
            f"| {hits / max(called, 1):.1%} | {2 * hits / (n + called):.2f} |"
        )
    return "\n".join(rows)


def _confusion(confusion: np.ndarray) -> str:
    rows = ["| raters say | " + " | ".join(EMOTIONS) + " |", "|---" * (len(EMOTIONS) + 1) + "|"]
    for name, counts in zip(EMOTIONS, confusion, strict=True):
        rows.append(f"| {name} | " + " | ".join(str(count) for count in counts) + " |")
    return "\n".join(rows)


def _robustness(classifier: FerPlusResNet, judged: votes.Judged) -> str:
    rows = ["| the pictures | accuracy |", "|---|---|"]
    for name, change in measure.DISTURBANCES.items():
        found = predictions(classifier, change(judged.pictures))
        rows.append(f"| {name} | {measure.scores(found, judged.majority).accuracy:.1%} |")
    return "\n".join(rows)


def _draw(found: dict[str, np.ndarray], judged: votes.Judged, path: Path) -> None:
    """Confidence against accuracy, before and after calibration, side by side."""
    known = judged.majority != ""
    truth = np.array([EMOTIONS.index(name) for name in judged.majority[known]])
    panels = [
        _panel(
            f"{title} calibration", measure.reliability(p.max(axis=1), p.argmax(axis=1) == truth)
        )
        for title, p in ((title, p[known]) for title, p in found.items())
    ]
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), np.hstack(panels))


def _panel(title: str, bins: list[tuple[float, float, float]]) -> np.ndarray:
    """One diagram; the area of a dot is the share of the pictures in the bin."""
    panel = np.full((SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, 3), 255, np.uint8)

    def place(confidence: float, accuracy: float) -> tuple[int, int]:
        return round(MARGIN + confidence * SIDE), round(MARGIN + (1 - accuracy) * SIDE)

    cv2.rectangle(panel, place(0, 1), place(1, 0), (160, 160, 160), 1, cv2.LINE_AA)
    cv2.line(panel, place(0, 0), place(1, 1), (200, 200, 200), 1, cv2.LINE_AA)
    for share, confidence, accuracy in bins:
        radius = max(2, round(24 * share**0.5))
        cv2.circle(panel, place(confidence, accuracy), radius, (203, 104, 26), -1, cv2.LINE_AA)
    for text, (x, y) in {
        title: (MARGIN, MARGIN - 14),
        "accuracy": (MARGIN + 6, MARGIN + 18),
        "confidence": (MARGIN + SIDE // 3, MARGIN + SIDE + 30),
    }.items():
        cv2.putText(
            panel, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60, 60, 60), 1, cv2.LINE_AA
        )
    return panel


if __name__ == "__main__":
    main()
