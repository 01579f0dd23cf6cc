"""The portrait that the demo clip animates, taken apart into skin and what lies behind it.

It is the portrait of Eileen Collins that scikit-image ships as ``astronaut``: a NASA picture of
1993, in the public domain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facemotion.demo import points as p
from facemotion.demo.actions import Crease
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
    """``skin`` and ``behind``: ``(HEIGHT, WIDTH, 3)`` uint8 RGB, the second with eyes and mouth as they
    are behind lids and lips; ``smiling`` is the skin with the creases of a smile. ``points``: ``(n, 3)`` pixels, the 468 of the mesh and
    then the surroundings. ``follows``: ``(n,)``, 1 where a point moves with the head. ``across`` and ``up``: unit
    vectors of the face; ``unit``: the distance of the eyes, in pixels.
    """

    skin: RGB
    behind: RGB
    smiling: RGB
    points: Floats
    follows: Floats
    across: Floats
    up: Floats
    unit: float

    def offset(self, right: float, up: float) -> Floats:
        """A vector in pixels from one in eye distances along the face's own axes."""
        vector: Floats = self.unit * (right * self.across + up * self.up)
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
    bare = Portrait(rgb, rgb, rgb, every, follows, across, up, unit)
    rested, smiling = _skins(bare)
    return replace(bare, skin=rested, smiling=smiling, behind=_behind(bare))


def crease_mask(portrait: Portrait, crease: Crease) -> Floats:
    """Where one wrinkle and its mirror image lie: ``(HEIGHT, WIDTH)``, 0..1, thin at the ends."""
    _, width, line = crease
    mask = np.zeros(portrait.skin.shape[:2], dtype=np.float32)
    for side in (-1.0, 1.0):
        path = _smooth_path(portrait, line, side)
        for share, place in zip(np.linspace(0, 1, len(path)), path, strict=True):
            strength = float(np.sin(np.pi * (0.1 + 0.8 * share)))
            spot = np.zeros_like(mask[:9, :9])
            x, y = np.floor(place).astype(int)
            cv2.circle(spot, (4, 4), 1, strength, -1)
            part = mask[y - 4 : y + 5, x - 4 : x + 5]
            np.maximum(part, spot, out=part)
    blurred = cv2.GaussianBlur(mask, (0, 0), width * portrait.unit)
    return blurred / max(float(blurred.max()), 1e-6)


def _smooth_path(
    portrait: Portrait, line: tuple[tuple[int, float, float], ...], side: float
) -> Floats:
    """A crease as closely spaced places, in pixels."""
    knots = []
    for point, out, up in line:
        there = point if side < 0 else p.MIRROR.get(point, point)
        knots.append(portrait.points[there, :2] + portrait.offset(side * out, up))
    at = np.linspace(0, len(knots) - 1, 40)
    corners = np.array(knots)
    path = np.stack([np.interp(at, np.arange(len(knots)), corners[:, i]) for i in (0, 1)], axis=1)
    # The mean of neighbours, a few times: round where the polyline has corners.
    for _ in range(20):
        path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    return path


# The red of the lips reaches from the outer contour to the corners of the opening.
_LIP_OUTLINE = (78, *p.LIP_RINGS[0][1:10], 308, *p.LIP_RINGS[0][11:])

# What the portrait's smile has left in the skin: creases from the wings of the nose to the corners of the
# mouth, and the dimples beside the corners. (share, width, polyline)
_SMILE_CREASES: tuple[Crease, ...] = (
    (1.0, 0.05, ((129, 0.05, -0.06), (203, 0.01, 0.0), (206, 0.03, 0.05), (216, 0.0, 0.02))),
    (1.0, 0.06, ((206, 0.0, 0.0), (216, -0.02, 0.0), (186, 0.02, 0.02), (57, 0.02, 0.02))),
    (
        1.0,
        0.05,
        ((203, -0.02, -0.04), (206, -0.05, -0.03), (206, -0.06, -0.08), (216, -0.06, -0.04)),
    ),
    (1.0, 0.06, ((57, 0.0, -0.06), (43, 0.06, 0.0), (43, 0.03, -0.07), (106, 0.03, -0.06))),
    (1.0, 0.05, ((57, 0.0, 0.04), (57, -0.02, 0.0), (57, 0.0, -0.04))),
)


def _skins(portrait: Portrait) -> tuple[RGB, RGB]:
    """The skin without and with the smile's creases, both without what shows between lips and lids."""
    rgb = portrait.skin
    creases = np.max([crease_mask(portrait, line) for line in _SMILE_CREASES], axis=0)
    creases = np.clip(2.5 * creases, 0, 1)
    lips = _polygon(portrait, p.LIP_RINGS[2])
    creases *= 1 - cv2.GaussianBlur(lips, (0, 0), 2.0)
    grain = rgb - cv2.GaussianBlur(rgb, (0, 0), 1.5).astype(np.float32)
    mouth = cv2.dilate(_polygon(portrait, p.LIP_RINGS[0]), np.ones((7, 7), np.uint8))
    smooth = filled(rgb, (creases > 0.25) | (mouth > 0.5), 6.0) + grain * 0.7
    share = creases[..., None]
    rested = _without_openings(portrait, rgb * (1 - share) + smooth * share)
    smiling = _without_openings(portrait, rgb.astype(np.float32))
    return rested, smiling


def _without_openings(portrait: Portrait, skin: Floats) -> RGB:
    """Skin where mouth and eyes are, so that none of them is dragged along with lips and lids."""
    opening = _mouth_and_shadows(portrait)
    skin = _patched(skin, filled(skin, opening > 0.5, 3.0), opening)
    lips = cv2.GaussianBlur(_polygon(portrait, _LIP_OUTLINE), (0, 0), 2.0)[..., None] * 0.3
    skin = skin * (1 - lips) + lips * np.array([188, 106, 110], np.float32)
    for eye in (p.LEFT_EYE, p.RIGHT_EYE):
        opening = _polygon(portrait, eye)
        skin = _patched(skin, filled(skin, opening > 0.5, 2.0), opening)
    return np.clip(skin, 0, 255).astype(np.uint8)


def _mouth_and_shadows(portrait: Portrait) -> Floats:
    """The mouth's opening and the dark of its corners, which the mesh leaves on the lips."""
    wide = np.ones((5, 5), np.uint8)
    opening = cv2.dilate(_polygon(portrait, p.MOUTH_OPENING), wide)
    around = cv2.dilate(_polygon(portrait, p.LIP_RINGS[0]), wide)
    dark = (portrait.skin.mean(axis=2) < 105).astype(np.float32) * around
    return np.maximum(opening, cv2.dilate(dark, wide))


def lids_closed(portrait: Portrait) -> RGB:
    """The skin with upper lids fit to be pulled over the eyes: without the lashes."""
    skin = portrait.skin.astype(np.float32)
    for upper, crease in ((p.LEFT_EYE[:9], p.LEFT_CREASE), (p.RIGHT_EYE[:9], p.RIGHT_CREASE)):
        lid = _polygon(portrait, (*crease, *reversed(upper)))
        covered = cv2.dilate(lid, np.ones((9, 7), np.uint8))
        skin = _patched(skin, filled(skin, covered > 0.5, 5.0), covered)
    return np.clip(skin, 0, 255).astype(np.uint8)


def _polygon(portrait: Portrait, ring: tuple[int, ...]) -> Floats:
    """1 inside a ring of points and 0 outside: ``(HEIGHT, WIDTH)``."""
    mask = np.zeros(portrait.skin.shape[:2], np.uint8)
    corners = np.round(portrait.points[list(ring), :2] * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def _patched(picture: Floats, patch: Floats, mask: Floats) -> Floats:
    share = np.clip(cv2.GaussianBlur(mask, (0, 0), 1.0) * 1.5, 0, 1)[..., None]
    return picture * (1 - share) + patch * share


def filled(picture: Floats | RGB, hole: NDArray[np.bool_], reach: float) -> Floats:
    """The picture with a hole filled from around it.

    A normalised convolution (Knutsson and Westin, 1993): the mean of what is known nearby, with a wider
    and wider look where nothing is.
    """
    known = (~hole).astype(np.float32)
    out = picture.astype(np.float32).copy()
    missing = hole.copy()
    while missing.any():
        weight = cv2.GaussianBlur(known, (0, 0), reach)
        mean = cv2.GaussianBlur(picture.astype(np.float32) * known[..., None], (0, 0), reach)
        found = missing & (weight > 0.02)
        out[found] = mean[found] / weight[found, None]
        missing &= ~found
        reach *= 1.6
    soft = cv2.GaussianBlur(out, (0, 0), 1.5)
    out[hole] = soft[hole]
    return out


def _behind(portrait: Portrait) -> RGB:
    """What shows when lips part and lids open: teeth in a dark mouth, and whole eyeballs."""
    layer = portrait.skin.astype(np.float32)
    _paint_mouth(portrait, layer)
    for eye in (p.LEFT_EYE, p.RIGHT_EYE):
        _paint_eye(portrait, layer, eye)
    return np.clip(layer, 0, 255).astype(np.uint8)


def _paint_mouth(portrait: Portrait, layer: Floats) -> None:
    height, width = layer.shape[:2]
    flat = portrait.points[:, :2]
    middle = (flat[13] + flat[14]) / 2
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) - middle
    right = grid @ portrait.across / portrait.unit
    up = grid @ portrait.up / portrait.unit
    cave = np.empty_like(layer)
    cave[:] = (46, 16, 18)
    tongue = np.exp(-((right / 0.22) ** 2) - ((up + 0.36) / 0.13) ** 2)[..., None]
    cave += tongue * (np.array([120, 50, 52], np.float32) * 0.75)
    rim = flat[list(p.MOUTH_OPENING)]
    teeth = np.zeros((height, width), np.uint8)
    cv2.fillPoly(teeth, [np.round(rim * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    teeth = cv2.erode(teeth, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(teeth, (0, 0), 1.0).astype(np.float32)[..., None] / 255
    gums = np.exp(-((right / 0.33) ** 4) - ((up - 0.09) / 0.07) ** 4)[..., None]
    inside = cave * (1 - gums) + gums * np.array([150, 84, 80], np.float32)
    inside = inside * (1 - soft) + portrait.skin * soft
    mouth = (np.abs(right) < 0.62) & (up < 0.25) & (up > -0.75)
    layer[mouth] = inside[mouth]


def _paint_eye(portrait: Portrait, layer: Floats, eye: tuple[int, ...]) -> None:
    height, width = layer.shape[:2]
    flat = portrait.points[:, :2]
    rim = flat[list(eye)]
    opening = np.zeros((height, width), np.uint8)
    cv2.fillPoly(opening, [np.round(rim * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    x, y, r = _iris(portrait.skin, opening, portrait.unit)
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) - (x, y)
    distance = np.linalg.norm(grid, axis=-1)
    ball = np.empty_like(layer)
    ball[:] = (204, 188, 180)
    ball *= np.clip(1.0 - 0.25 * (grid @ portrait.up) / (0.12 * portrait.unit), 0.6, 1)[..., None]
    iris = np.clip(r - distance + 0.5, 0, 1)[..., None]
    ring = np.clip(1.15 - 0.5 * distance / r, 0.5, 1.2)[..., None]
    ball = ball * (1 - iris) + iris * np.array([66, 44, 28], np.float32) * ring
    pupil = np.clip(0.42 * r - distance + 0.5, 0, 1)[..., None]
    ball = ball * (1 - pupil) + pupil * np.array([14, 10, 9], np.float32)
    real = cv2.erode(opening, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(real, (0, 0), 1.2).astype(np.float32)[..., None] / 255
    ball = ball * (1 - soft) + portrait.skin * soft
    near = (np.abs(grid[..., 0]) < 0.35 * portrait.unit) & (
        np.abs(grid[..., 1]) < 0.2 * portrait.unit
    )
    layer[near] = ball[near]


def _iris(rgb: RGB, opening: RGB, unit: float) -> tuple[float, float, float]:
    """Centre and radius of the dark disc in an eye; the radius is 5.9 mm of 63 mm."""
    dark = (255.0 - rgb.mean(axis=2)) * (opening > 128)
    dark = np.clip(dark - 120, 0, None)
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    total = float(dark.sum())
    radius = 5.9 / 63 * unit
    return float((x * dark).sum() / total), float((y * dark).sum() / total), radius
