"""Where faces lie in the training pictures, and in the crops that live faces are cut into.

    python -m training.framing --data ferplus_train.npz [--media MEDIA_DIR] [--pictures 1000]

Both are looked at by the same detector and mesh, at the same size. The medians of the training
pictures are the constants of ``facemotion/models/alignment.py``; those of the crops should be equal
to them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from facemotion import models
from facemotion.models.alignment import aligned_crop
from facemotion.models.mesh import FaceMesh, Mesh
from training import votes

ENLARGED, MARGIN = 4, 48
"""How the small pictures are shown to the detector: so much larger, with a grey border."""

MEASURES = ("left", "right", "top", "bottom", "eyes x", "eyes y", "eye distance", "tilt, degrees")
_SEED = 48


class Finder:
    """Detector and mesh together."""

    def __init__(self) -> None:
        self._detector, self._mesh = models.detector("blazeface"), FaceMesh()

    def __call__(self, rgb: np.ndarray) -> Mesh | None:
        """The most certain face of a picture, if there is one."""
        found = self._detector.detect(rgb, 0.5)
        if not len(found):
            return None
        eyes = None if found.eyes is None else found.eyes[0]
        return self._mesh.fit(rgb, found.boxes_xywh[0], eyes)


def enlarged(picture: np.ndarray) -> np.ndarray:
    """A grey picture ``(48, 48)`` as RGB, ``ENLARGED`` times as large, with a border."""
    large = cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED)
    grey = cv2.copyMakeBorder(large, *[MARGIN] * 4, cv2.BORDER_CONSTANT, value=128)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)


def placed(pictures: Iterable[np.ndarray], find: Finder) -> np.ndarray:
    """``MEASURES`` of each grey picture in which a face is found, in parts of its side."""
    rows = []
    for picture in pictures:
        mesh = find(enlarged(picture))
        if mesh is None:
            continue
        points = (mesh.points[:, :2] - MARGIN) / (ENLARGED * votes.SIZE)
        eyes = (mesh.eyes - MARGIN) / (ENLARGED * votes.SIZE)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        distance = float(np.hypot(*(eyes[1] - eyes[0])))
        rows.append((left, right, top, bottom, *eyes.mean(axis=0), distance, mesh.roll_deg))
    return np.array(rows)


def _crops(media: Path, find: Finder) -> Iterable[np.ndarray]:
    """Faces of pictures and of a frame a second of clips, cut as live faces are."""
    for path in sorted((media / "pictures").glob("*.*")):
        picture = cv2.imread(str(path))
        if picture is not None:
            yield from _crop(picture, find)
    for path in sorted((media / "videos").glob("*.mp4")):
        capture = cv2.VideoCapture(str(path))
        step = max(1, round(capture.get(cv2.CAP_PROP_FPS)))
        while capture.grab():
            ok, picture = capture.retrieve()
            if ok:
                yield from _crop(picture, find)
            for _ in range(step - 1):
                capture.grab()


def _crop(bgr: np.ndarray, find: Finder) -> Iterable[np.ndarray]:
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    mesh = find(rgb)
    if mesh is not None:
        yield cv2.cvtColor(aligned_crop(rgb, mesh, votes.SIZE), cv2.COLOR_RGB2GRAY)


def main() -> None:
    """Print the medians, and the middle 80 %, of both."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--media", type=Path, help="folder with pictures/ and videos/")
    parser.add_argument("--pictures", type=int, default=1000)
    options = parser.parse_args()
    find, rng = Finder(), np.random.default_rng(_SEED)
    faces = votes.load(options.data)
    some = faces.pictures[rng.permutation(len(faces))[: options.pictures]]
    found = {"training pictures": placed(some, find)}
    if options.media:
        found["live crops"] = placed(_crops(options.media, find), find)
    print(f"{'':<16}" + "".join(f"{f'{name}, n {len(v)}':>34}" for name, v in found.items()))
    for i, measure in enumerate(MEASURES):
        cells = []
        for values in found.values():
            low, middle, high = np.percentile(values[:, i], (10, 50, 90))
            cells.append(f"{f'{middle:.2f}  ({low:.2f} .. {high:.2f})':>34}")
        print(f"{measure:<16}" + "".join(cells))


if __name__ == "__main__":
    main()
