"""The portrait's skin, made fit to be moved: a face at rest, a smiling one, lids to close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from facemotion.demo import points as p
from facemotion.demo.actions import Crease

if TYPE_CHECKING:
    from facemotion.demo.portrait import Portrait
    from facemotion.models.base import Floats
    from facemotion.records import RGB


def crease_mask(portrait: Portrait, crease: Crease) -> Floats:
    """Where one wrinkle and its mirror image lie: ``(HEIGHT, WIDTH)``, 0..1, thin at the ends."""
    _, width, line = crease
    mask = np.zeros(portrait.rgb.shape[:2], dtype=np.float32)
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
    shares: Floats = blurred / max(float(blurred.max()), 1e-6)
    return shares


def _smooth_path(
    portrait: Portrait, line: tuple[tuple[int, float, float], ...], side: float
) -> Floats:
    """A crease as closely spaced places, in pixels."""
    knots = []
    for point, out, up in line:
        there = point if side < 0 else p.MIRROR.get(point, point)
        knots.append(portrait.flat[there] + portrait.offset(side * out, up))
    at = np.linspace(0, len(knots) - 1, 40)
    corners = np.array(knots)
    path = np.stack([np.interp(at, np.arange(len(knots)), corners[:, i]) for i in (0, 1)], axis=1)
    # The mean of neighbours, a few times: round where the polyline has corners.
    for _ in range(20):
        path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    return path


# The red of the lips reaches from the outer contour to the corners of the opening.
_LIP_OUTLINE = (78, *p.LIP_RINGS[0][1:10], 308, *p.LIP_RINGS[0][11:])

# What the portrait's smile has left in the skin: creases from the wings of the nose to the corners
# of the mouth, and the dimples beside the corners.
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


def rested_and_smiling(portrait: Portrait) -> tuple[RGB, RGB]:
    """The skin without and with the smile's creases, both without mouth and eyes."""
    rgb = portrait.rgb
    creases = np.max([crease_mask(portrait, line) for line in _SMILE_CREASES], axis=0)
    creases = np.clip(2.5 * creases, 0, 1)
    lips = portrait.polygon(p.LIP_RINGS[2])
    creases *= 1 - cv2.GaussianBlur(lips, (0, 0), 2.0)
    grain = rgb - cv2.GaussianBlur(rgb, (0, 0), 1.5).astype(np.float32)
    mouth = cv2.dilate(portrait.polygon(p.LIP_RINGS[0]), np.ones((7, 7), np.uint8))
    smooth = filled(rgb, (creases > 0.25) | (mouth > 0.5), 6.0) + grain * 0.7
    share = creases[..., None]
    rested = _without_openings(portrait, rgb * (1 - share) + smooth * share)
    smiling = _without_openings(portrait, rgb.astype(np.float32))
    return rested, smiling


def _without_openings(portrait: Portrait, skin: Floats) -> RGB:
    """Skin where mouth and eyes are, so that none of them is dragged along with lips and lids."""
    opening = _mouth_and_shadows(portrait)
    skin = _patched(skin, filled(skin, opening > 0.5, 3.0), opening)
    lips = cv2.GaussianBlur(portrait.polygon(_LIP_OUTLINE), (0, 0), 2.0)[..., None] * 0.3
    skin = skin * (1 - lips) + lips * np.array([188, 106, 110], np.float32)
    for eye in (p.LEFT_EYE, p.RIGHT_EYE):
        opening = portrait.polygon(eye)
        skin = _patched(skin, filled(skin, opening > 0.5, 2.0), opening)
    return np.clip(skin, 0, 255).astype(np.uint8)


def _mouth_and_shadows(portrait: Portrait) -> Floats:
    """The mouth's opening and the dark of its corners, which the mesh leaves on the lips."""
    wide = np.ones((5, 5), np.uint8)
    opening = cv2.dilate(portrait.polygon(p.MOUTH_OPENING), wide)
    around = cv2.dilate(portrait.polygon(p.LIP_RINGS[0]), wide)
    dark = (portrait.rgb.mean(axis=2) < 105).astype(np.float32) * around
    for corner in (61, 291):
        x, y = np.round(portrait.flat[corner]).astype(int)
        cv2.circle(opening, (int(x), int(y)), round(0.05 * portrait.unit), 1.0, -1)
    mask: Floats = np.maximum(opening, cv2.dilate(dark, wide))
    return mask


def lids_closed(portrait: Portrait, rested: RGB) -> RGB:
    """The skin with upper lids fit to be pulled over the eyes: without the lashes."""
    skin = rested.astype(np.float32)
    for upper, crease in ((p.LEFT_EYE[:9], p.LEFT_CREASE), (p.RIGHT_EYE[:9], p.RIGHT_CREASE)):
        lid = portrait.polygon((*crease, *reversed(upper)))
        covered = cv2.dilate(lid, np.ones((9, 7), np.uint8))
        skin = _patched(skin, filled(skin, covered > 0.5, 5.0), covered)
    return np.clip(skin, 0, 255).astype(np.uint8)


def _patched(picture: Floats, patch: Floats, mask: Floats) -> Floats:
    share = np.clip(cv2.GaussianBlur(mask, (0, 0), 1.0) * 1.5, 0, 1)[..., None]
    mixed: Floats = picture * (1 - share) + patch * share
    return mixed


def filled(picture: Floats | RGB, hole: NDArray[np.bool_], reach: float) -> Floats:
    """The picture with a hole filled from around it.

    A normalised convolution (Knutsson and Westin, 1993): the mean of what is known nearby, with a
    wider and wider look where nothing is.
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
