"""How many faces each detector finds on real clips and pictures with a known number of faces.

    python -m bench.detectors [MEDIA_DIR] [--json] [--detectors A,B]

The truth is ``ground_truth.json`` beside the media: a time, a number of faces, and boxes (by eye)
where there are several. A face counts as found when a measured face lies on its box with an
intersection over union of 0.3 or more: the boxes are drawn around the face, a detector's may
include the chin or the hair. All detectors take part whose weights are on this disk, each as it
runs in an analysis, with the mesh's veto after it; "raw" is what it proposes before that, and the
time that it takes alone. The apparent expression is compared where the truth states one. The lines
"at 480p" are of the same frames made as small as the default download would be.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2

from facemotion import cache, frames, models
from facemotion.faces import Looker, Row
from facemotion.models import choosing
from facemotion.models.base import FaceDetector
from facemotion.records import EMOTIONS, Frame, Settings, Video

MEDIA = Path(__file__).parents[1].parent / "shared" / "media"
MIN_IOU = 0.3

Box = tuple[float, float, float, float]
Labelled = tuple[Frame, dict[str, Any]]


def frames_with_truth(media: Path) -> Iterator[Labelled]:
    """Each entry of the ground truth with its frame: the first at or after its time."""
    with tempfile.TemporaryDirectory() as scratch:
        entries = json.loads((media / "ground_truth.json").read_text())
        for number, entry in enumerate(entries):
            path = str(media / entry["file"])
            settings = Settings(every_s=3600, start_s=entry["time_s"])
            video = Video("id", path, path, entry["file"])
            sampled = frames.run(video, settings, Path(scratch) / str(number))
            yield next(sampled.read()), entry


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two ``x, y, w, h`` boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def at_480p(labelled: list[Labelled]) -> list[Labelled]:
    """The same frames and truth, with the shorter side at most 480 pixels."""
    small = []
    for frame, entry in labelled:
        scale = min(1.0, 480 / min(frame.rgb.shape[:2]))
        size = (round(frame.rgb.shape[1] * scale), round(frame.rgb.shape[0] * scale))
        rgb = cv2.resize(frame.rgb, size, interpolation=cv2.INTER_AREA)
        boxes = [[v * scale for v in box] for box in entry.get("boxes_xywh", [])]
        scaled = {**entry, "boxes_xywh": boxes} if boxes else entry
        small.append((Frame(frame.index, frame.time_s, rgb), scaled))
    return small


def hits(found: list[Box], entry: dict[str, Any]) -> int:
    """How many of the true faces were found, each by a box of its own."""
    if "boxes_xywh" not in entry:
        return min(len(found), int(entry["n_faces"]))
    left = list(found)
    count = 0
    for truth in entry["boxes_xywh"]:
        best = max(left, key=lambda box: overlap(tuple(truth), box), default=None)
        if best is not None and overlap(tuple(truth), best) >= MIN_IOU:
            left.remove(best)
            count += 1
    return count


def main() -> None:
    """Look at every labelled frame with every detector and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("media", nargs="?", type=Path, default=MEDIA)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--detectors", metavar="A,B", help="default: all on this disk")
    options = parser.parse_args()
    here = choosing.on_disk("detector")
    names = options.detectors.split(",") if options.detectors else here
    labelled = list(frames_with_truth(options.media))
    results = _results(names, [] if options.detectors else choosing.on_disk("classifier"), labelled)
    if options.json:
        print(json.dumps(results, indent=1))
        return
    n_true = sum(entry["n_faces"] for _, entry in labelled)
    absent = [name for name in models.registered("detector") if name not in here]
    print(f"{len(labelled)} frames, {n_true} faces")
    print(f"not on this disk: {', '.join(absent) or 'none'}")
    print(
        f"{'':<20}{'recall':>8}{'precision':>11}{'false':>7}{'ms/frame':>10}{'labels':>9}"
        f"{'raw recall':>13}{'precision':>11}{'false':>7}{'ms/frame':>10}"
    )
    for name, found in results.items():
        print(f"{name:<20}{_line(found)}{found['labels_right']:>6}/{found['labels']}", end="")
        print(f"   {_line(found['raw'])}" if "raw" in found else "")
        for line in found["wrong"]:
            print(f"    {line}")


def _results(
    detectors: list[str], classifiers: list[str], labelled: list[Labelled]
) -> dict[str, dict[str, Any]]:
    results = {}
    with tempfile.TemporaryDirectory() as scratch:
        known = cache.default_root() / "models"
        models_folder = known if known.is_dir() else Path(scratch)
        for name in detectors:
            look = Looker(Settings(detector=name), models_folder)
            look.warm_up()
            alone = models.detector(name)
            for title, frames_of in ((name, labelled), (f"{name} at 480p", at_480p(labelled))):
                results[title] = {**measured(look, frames_of), "raw": proposed(alone, frames_of)}
        for name in classifiers:
            look = Looker(Settings(classifier=name), models_folder)
            look.warm_up()
            results[name] = measured(look, labelled)
    return results


def _line(found: dict[str, Any]) -> str:
    return (
        f"{found['recall']:>8.1%}{found['precision']:>11.1%}{found['false']:>7}{found['ms']:>10.1f}"
    )


def proposed(detector: FaceDetector, labelled: list[Labelled]) -> dict[str, Any]:
    """The detector alone, at the default threshold."""
    threshold = Settings().min_confidence
    start = time.perf_counter()
    answers = [detector.detect(frame.rgb, threshold).boxes_xywh for frame, _ in labelled]
    seconds = time.perf_counter() - start
    true = sum(entry["n_faces"] for _, entry in labelled)
    found = sum(len(boxes) for boxes in answers)
    right = sum(
        hits([(x, y, w, h) for x, y, w, h in boxes.tolist()], entry)
        for boxes, (_, entry) in zip(answers, labelled, strict=True)
    )
    return {**_scores(true, found, right), "ms": 1000 * seconds / len(labelled)}


def _scores(true: int, found: int, right: int) -> dict[str, Any]:
    return {"recall": right / true, "precision": right / max(found, 1), "false": found - right}


def measured(look: Looker, labelled: list[Labelled]) -> dict[str, Any]:
    true = found = right = n_labels = labels_right = 0
    wrong = []
    start = time.perf_counter()
    answers = [look(frame) for frame, _ in labelled]
    seconds = time.perf_counter() - start
    for rows, (_, entry) in zip(answers, labelled, strict=True):
        boxes: list[Box] = [(row["x"], row["y"], row["w"], row["h"]) for row in rows]
        n_hits = hits(boxes, entry)
        true, found, right = true + entry["n_faces"], found + len(rows), right + n_hits
        where = f"{entry['file']} {entry['time_s']}"
        if n_hits != entry["n_faces"] or len(rows) != n_hits:
            wrong.append(f"{where}: {n_hits} of {entry['n_faces']} faces, {len(rows)} proposed")
        label = entry.get("apparent_emotion")
        if label and rows:
            n_labels += 1
            answer = _emotion(max(rows, key=lambda row: row["w"]))
            labels_right += answer == label
            if answer != label:
                wrong.append(f"{where}: {answer}, a person says {label}")
    return {
        **_scores(true, found, right),
        "ms": 1000 * seconds / len(labelled),
        "labels": n_labels,
        "labels_right": labels_right,
        "wrong": wrong,
    }


def _emotion(row: Row) -> str:
    return max(EMOTIONS, key=lambda emotion: row[emotion])


if __name__ == "__main__":
    main()
