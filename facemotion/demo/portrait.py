"""The portrait that the demo clip animates, and where its face is.

It is NASA's portrait of an astronaut, public domain, which scikit-image carries for examples like
this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from facemotion.demo import points as p
from facemotion.demo.script import HEIGHT, WIDTH
from facemotion.errors import ModelError
from facemotion.models.detectors.blazeface import BlazeFace
from facemotion.models.litert import package_file
from facemotion.models.mesh import FaceMesh

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

# The part of the 512 x 512 portrait that becomes the picture: x, y, w, h.
CROP_XYWH = (92, 0, 268, 201)

# Points around the face, in pixels of the portrait: x, y, z (as the mesh: smaller is nearer), and
# how far they follow the head (1) or stay with the background (0).
SURROUNDINGS = (
    # outline of the hair
    (157, 106, 42, 1), (153, 88, 42, 1), (155, 66, 42, 1), (167, 41, 42, 1), (186, 24, 42, 1),
    (210, 15, 42, 1), (235, 14, 42, 1), (262, 21, 42, 1), (284, 41, 42, 1), (298, 66, 42, 1),
    (301, 92, 42, 1), (294, 112, 42, 1), (277, 128, 36, 1), (168, 119, 36, 1),
    # ears
    (173, 132, 34, 1), (271, 137, 34, 1),
    # the hair on the forehead
    (226, 38, 8, 1), (197, 44, 14, 1), (256, 48, 14, 1), (174, 66, 28, 1), (281, 75, 28, 1),
    # neck and collar
    (185, 171, 40, 0.35), (256, 171, 40, 0.35), (221, 190, 25, 0.1),
    (188, 187, 40, 0), (221, 197, 30, 0), (256, 187, 40, 0),
    # background
    (125, 60, 42, 0), (124, 95, 42, 0), (132, 130, 42, 0), (150, 150, 42, 0), (160, 175, 42, 0),
    (145, 18, 42, 0), (175, -8, 42, 0), (222, -14, 42, 0), (270, -8, 42, 0), (310, 20, 42, 0),
    (330, 60, 42, 0), (333, 95, 42, 0), (322, 130, 42, 0), (295, 152, 42, 0), (280, 175, 42, 0),
    (221, 203, 42, 0), (180, 200, 42, 0), (262, 200, 42, 0),
)  # fmt: skip

# Where the mesh misses the portrait's own edges, in eye distances: right, up.
CORRECTIONS = {
    **{q: (0.0, 0.024) for q in (160, 159, 158)},
    **{q: (0.0, 0.015) for q in (161, 157)},
    **{q: (0.0, 0.036) for q in (385, 386, 387)},
    **{q: (0.0, 0.022) for q in (384, 388)},
    **{q: (0.0, -0.01) for q in (145, 144, 153, 374, 373, 380)},
    **{q: (0.0, 0.035) for q in (17, 84, 181, 314, 405)},
    **{q: (0.0, 0.02) for q in (91, 321, 16, 85, 315)},
}


@dataclass(frozen=True)
class Portrait:
    """``rgb``: ``(HEIGHT, WIDTH, 3)`` uint8. ``points``: ``(n, 3)`` pixels, the 468 of the mesh and
    then the surroundings. ``follows``: ``(n,)``, 1 where a point moves with the head, 0 where it
    stays. ``across`` and ``up``: unit vectors of the face; ``unit``: the distance of the eyes, in
    pixels.
    """

    rgb: RGB
    points: Floats
    follows: Floats
    across: Floats
    up: Floats
    unit: float

    @property
    def flat(self) -> Floats:
        """``points`` without their depth: ``(n, 2)``."""
        return self.points[:, :2]

    def polygon(self, ring: Sequence[int]) -> Floats:
        """1 inside a ring of points and 0 outside: ``(HEIGHT, WIDTH)``."""
        mask = np.zeros(self.rgb.shape[:2], np.uint8)
        corners = np.round(self.flat[list(ring)] * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        inside: Floats = mask.astype(np.float32) / np.float32(255)
        return inside

    def offset(self, right: float, up: float) -> Floats:
        """A vector in pixels from one in eye distances along the face's own axes."""
        vector: Floats = np.float32(self.unit) * (
            np.float32(right) * self.across + np.float32(up) * self.up
        )
        return vector


def load() -> Portrait:
    """The portrait with its mesh; ``ModelError`` when scikit-image's picture is missing."""
    x, y, w, h = CROP_XYWH
    with Image.open(package_file("skimage", "data", "astronaut.png")) as image:
        whole = np.asarray(image.convert("RGB"))
    scale = WIDTH / w
    rgb = cv2.resize(whole[y : y + h, x : x + w], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(rgb, (0, 0), 2.0)
    rgb = cv2.addWeighted(rgb, 1.25, soft, -0.25, 0)
    found = BlazeFace().detect(rgb, 0.5)
    if len(found) != 1 or found.eyes is None:
        raise ModelError("The demo portrait is not as expected. Run 'make setup' again.")
    mesh = FaceMesh().fit(rgb, found.boxes_xywh[0], found.eyes[0])
    step = mesh.eyes[1] - mesh.eyes[0]
    unit = float(np.linalg.norm(step))
    across = (step / unit).astype(np.float32)
    up = np.array([across[1], -across[0]], dtype=np.float32)
    face = mesh.points.astype(np.float32)
    for point, (right_by, up_by) in CORRECTIONS.items():
        face[point, :2] += unit * (right_by * across + up_by * up)
    around = np.array(SURROUNDINGS, dtype=np.float32)
    around[:, :2] = (around[:, :2] - (x, y) + 0.5) * scale - 0.5
    around[:, 2] *= scale
    every = np.concatenate([face, around[:, :3]])
    follows = np.concatenate([np.ones(p.N_POINTS, np.float32), around[:, 3]])
    return Portrait(rgb, every, follows, across, up, unit)
