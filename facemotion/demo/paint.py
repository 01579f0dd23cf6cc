"""Painting around the openings of the face: what is behind them, and their edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.demo import points as p

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

_LASHES_RGB, _RIM_RGB, _BETWEEN_LIPS_RGB = (44, 28, 22), (176, 124, 112), (84, 34, 34)


def fitted_affine(source: Floats, target: Floats) -> Floats:
    """The ``(2, 3)`` affine that takes ``source`` ``(n, 2)`` to ``target`` with the least error."""
    ones = np.ones((len(source), 1), np.float32)
    solved = np.linalg.lstsq(np.concatenate([source, ones], axis=1), target, rcond=None)[0]
    affine: Floats = solved.T.astype(np.float32)
    return affine


def fill_rim(layer: RGB, to_picture: Floats, rim: Floats, picture: RGB) -> None:
    """Paint the box around a rim with ``layer``, moved by the affine ``to_picture``."""
    x0, y0, patch = _around(picture, rim, 2)
    moved = to_picture.copy()
    moved[:, 2] -= (x0, y0)
    patch[:] = cv2.warpAffine(layer, moved, (patch.shape[1], patch.shape[0]))


def edges(picture: RGB, points: Floats, closing: float) -> None:
    """The lines where lips and lids end: the shadow between the lips, the lashes, the wet rims.

    ``points``: where the mesh is in the picture; ``closing``: how far the lids are down, 0..1.
    """
    for ring in (p.MOUTH_OPENING, p.LEFT_EYE, p.RIGHT_EYE):
        _soften(picture, points[list(ring)])
    for eye in (p.LEFT_EYE, p.RIGHT_EYE):
        _line(picture, points[list(eye[:9])], _LASHES_RGB, 0.4 + 0.4 * closing)
        _line(picture, points[[*eye[8:], eye[0]]], _RIM_RGB, 0.5 * (1 - closing))
    upper, lower = list(p.MOUTH_OPENING[:11]), [*p.MOUTH_OPENING[10:], p.MOUTH_OPENING[0]]
    _line(picture, points[lower], _BETWEEN_LIPS_RGB, 0.15)
    _line(picture, points[upper], _BETWEEN_LIPS_RGB, 0.45)


def _line(picture: RGB, points: Floats, colour_rgb: tuple[int, int, int], strength: float) -> None:
    """A soft line of about 1.5 pixels, thinner at both ends, through the points."""
    x0, y0, patch = _around(picture, points, 4)
    mask = np.zeros(patch.shape[:2], np.uint8)
    places = np.round((points - (x0, y0)) * 16).astype(np.int32)
    cv2.polylines(mask, [places], False, 140, 1, cv2.LINE_AA, 4)
    cv2.polylines(mask, [places[1:-1]], False, 255, 2, cv2.LINE_AA, 4)
    share = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32)[..., None] / 255 * strength
    patch[:] = patch * (1 - share) + share * np.array(colour_rgb, np.float32)


def _soften(picture: RGB, rim: Floats) -> None:
    """Smooth the stairs that a ring of triangles leaves along its rim."""
    x0, y0, patch = _around(picture, rim, 4)
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.polylines(mask, [np.round((rim - (x0, y0)) * 16).astype(np.int32)], True, 255, 2, 4, 4)
    soft = cv2.GaussianBlur(patch, (0, 0), 1.0)
    np.copyto(patch, soft, where=mask[..., None] > 0)


def _around(picture: RGB, points: Floats, margin: int) -> tuple[int, int, RGB]:
    """The box around points, as a view of the picture, and its top left corner."""
    x0, y0 = np.maximum(np.floor(points.min(axis=0)).astype(int) - margin, 0)
    x1, y1 = np.ceil(points.max(axis=0)).astype(int) + margin + 1
    return int(x0), int(y0), picture[y0:y1, x0:x1]
