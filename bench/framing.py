"""Whether it matters how a face is cut out: the same faces in other frames, judged the same way.

    python -m bench.framing [MEDIA_DIR] [--classifiers a,b]

Live faces are cut as the pictures of FER-2013 are: eyes level, the same margins. Here the frames
and pictures with a known apparent expression (``ground_truth.json``), and the FER-2013 pictures
with an FER+ majority (``fer2013_dev``, those in which detector and mesh find a face), are cut in
other ways too, for classifiers that have learned such pictures. "Uncut" is the FER-2013 picture
itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.detectors import MEDIA, frames_with_truth
from facemotion import cache, models
from facemotion.models.alignment import square_of
from facemotion.models.base import ExpressionClassifier, Floats
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.models.resampling import square_to_crop, warp
from facemotion.records import EMOTIONS
from training import votes
from training.framing import MARGIN, enlarged


@dataclass(frozen=True)
class Face:
    """A picture, what detector and mesh found in it, and the label."""

    rgb: np.ndarray
    box_xywh: Floats
    mesh: Mesh
    label: str


Crop = Callable[[Face, int], np.ndarray]


def rescaled(factor: float, *, level: bool = True, down: float = 0.0) -> Crop:
    """The shipped square, larger by ``factor``, moved down by a part of its side, level or not."""

    def crop(face: Face, size: int) -> np.ndarray:
        x, y, side = square_of(face.mesh)
        roll = face.mesh.roll_deg if level else 0.0
        return warp(face.rgb, square_to_crop(x, y + down * side, factor * side, roll, size), size)

    return crop


def boxed(face: Face, size: int) -> np.ndarray:
    """The detector's box, pulled to a square: what most tools do."""
    x, y, w, h = (round(float(v)) for v in face.box_xywh)
    part = face.rgb[max(y, 0) : y + h, max(x, 0) : x + w]
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)


WAYS: dict[str, Crop] = {
    "as shipped": rescaled(1.0),
    "eyes not level": rescaled(1.0, level=False),
    "20 % tighter": rescaled(0.8),
    "25 % wider": rescaled(1.25),
    "10 % lower": rescaled(1.0, down=0.1),
    "10 % higher": rescaled(1.0, down=-0.1),
    "detector's box": boxed,
}


def main() -> None:
    """Print one table: how often each classifier gives the label, by the way of cutting."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("media", nargs="?", type=Path, default=MEDIA)
    parser.add_argument("--classifiers", default="ferplus-resnet,mini-xception", metavar="A,B")
    options = parser.parse_args()
    clips, small = list(_of_clips(options.media)), list(_of_fer2013(options.media / "fer2013_dev"))
    names = options.classifiers.split(",")
    print(f"{len(clips)} faces of clips and pictures; {len(small)} FER-2013 pictures")
    print(
        f"{'':<18}" + "".join(f"{name + end:>24}" for name in names for end in (" clips", " FER+"))
    )
    known = [models.classifier(name, cache.default_root() / "models") for name in names]
    for way, crop in WAYS.items():
        shares = [_share(c, faces, crop) for c in known for faces in (clips, small)]
        print(f"{way:<18}" + "".join(f"{share:>24}" for share in shares))
    uncut = [_share(c, small, _uncut) for c in known]
    print(f"{'uncut':<18}" + "".join(f"{'':>24}{share:>24}" for share in uncut))


def _share(classifier: ExpressionClassifier, faces: list[Face], crop: Crop) -> str:
    crops = np.stack([crop(face, classifier.crop_size) for face in faces])
    called = classifier.predict(crops)[:, : len(EMOTIONS)].argmax(axis=1)
    right = sum(EMOTIONS[i] == face.label for i, face in zip(called, faces, strict=True))
    return f"{right}/{len(faces)} {right / len(faces):.1%}"


def _uncut(face: Face, size: int) -> np.ndarray:
    inner = face.rgb[MARGIN:-MARGIN, MARGIN:-MARGIN]
    original = cv2.resize(inner, (votes.SIZE, votes.SIZE), interpolation=cv2.INTER_AREA)
    return cv2.resize(original, (size, size))


def _of_clips(media: Path) -> Iterator[Face]:
    for frame, entry in frames_with_truth(media):
        label = entry.get("apparent_emotion")
        if label in EMOTIONS and entry["n_faces"] == 1:
            yield from _found(frame.rgb, label)


def _of_fer2013(folder: Path) -> Iterator[Face]:
    judged = votes.load_judged(folder)
    for picture, label in zip(judged.pictures, judged.majority, strict=True):
        if label:
            yield from _found(enlarged(picture), str(label))


_DETECTOR, _MESH = models.detector("blazeface"), FaceMesh()


def _found(rgb: np.ndarray, label: str) -> Iterator[Face]:
    """The most certain face of a picture, if there is one."""
    found = _DETECTOR.detect(rgb, 0.5)
    if len(found):
        eyes = None if found.eyes is None else found.eyes[0]
        yield Face(rgb, found.boxes_xywh[0], _MESH.fit(rgb, found.boxes_xywh[0], eyes), label)


if __name__ == "__main__":
    main()
