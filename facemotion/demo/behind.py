"""What shows when the lips part and the lids open: teeth in a dark mouth, and whole eyeballs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.demo import points as p

if TYPE_CHECKING:
    from facemotion.demo.portrait import Portrait
    from facemotion.models.base import Floats
    from facemotion.records import RGB


IRIS_RADIUS = 5.9 / 63
"""In distances between the eyes: a visible iris is 11.8 mm wide in nearly everyone, the eyes are
63 mm apart in the mean."""

_SCLERA_RGB = np.array([212, 197, 189], dtype=np.float32)
_IRIS_RGB = np.array([66, 44, 28], dtype=np.float32)
_PUPIL_RGB = np.array([14, 10, 9], dtype=np.float32)
_CAVE_RGB = np.array([46, 16, 18], dtype=np.float32)
_TONGUE_RGB = np.array([90, 38, 39], dtype=np.float32)  # on top of the dark
_GUMS_RGB = np.array([150, 84, 80], dtype=np.float32)


def layer_behind(portrait: Portrait) -> RGB:
    """What shows when lips part and lids open: teeth in a dark mouth, and whole eyeballs."""
    layer = portrait.rgb.astype(np.float32)
    _paint_mouth(portrait, layer)
    for eye in (p.LEFT_EYE, p.RIGHT_EYE):
        _paint_eye(portrait, layer, eye)
    return np.clip(layer, 0, 255).astype(np.uint8)


def _paint_mouth(portrait: Portrait, layer: Floats) -> None:
    """A dark cave with a tongue, gums, and the teeth that the portrait's smile shows."""
    grid = _grid(portrait) - (portrait.flat[13] + portrait.flat[14]) / 2
    right = grid @ portrait.across / portrait.unit
    up = grid @ portrait.up / portrait.unit
    tongue = np.exp(-((right / 0.22) ** 2) - ((up + 0.36) / 0.13) ** 2)[..., None]
    gums = np.exp(-((right / 0.33) ** 4) - ((up - 0.09) / 0.07) ** 4)[..., None]
    inside = _CAVE_RGB + tongue * _TONGUE_RGB
    inside = inside * (1 - gums) + gums * _GUMS_RGB
    inside = _with_original(portrait, inside, p.MOUTH_OPENING)
    mouth = (np.abs(right) < 0.62) & (up < 0.25) & (up > -0.75)
    layer[mouth] = inside[mouth]


def _paint_eye(portrait: Portrait, layer: Floats, eye: tuple[int, ...]) -> None:
    """The white of the eye and a whole iris, where the portrait's own eye shows only a part."""
    radius = IRIS_RADIUS * portrait.unit
    grid = _grid(portrait) - _pupil(portrait, eye)
    distance = np.linalg.norm(grid, axis=-1).astype(np.float32)
    # The lid's shadow falls on the upper part.
    shadow = np.clip(1.0 - 2.1 * (grid @ portrait.up) / portrait.unit, 0.7, 1)
    ball = (_SCLERA_RGB * shadow[..., None]).astype(np.float32)
    iris = np.clip(radius - distance + 0.5, 0, 1)[..., None]
    towards_edge = np.clip(1.15 - 0.5 * distance / radius, 0.5, 1.2)[..., None]
    ball = ball * (1 - iris) + iris * _IRIS_RGB * towards_edge
    pupil = np.clip(0.42 * radius - distance + 0.5, 0, 1)[..., None]
    ball = _with_original(portrait, ball * (1 - pupil) + pupil * _PUPIL_RGB, eye)
    across, down = np.abs(grid[..., 0]), np.abs(grid[..., 1])
    near = (across < 0.35 * portrait.unit) & (down < 0.2 * portrait.unit)
    layer[near] = ball[near]


def _with_original(portrait: Portrait, painted: Floats, opening: tuple[int, ...]) -> Floats:
    """The painted picture, and the portrait's own pixels where an opening shows them."""
    real = cv2.erode(portrait.polygon(opening), np.ones((3, 3), np.uint8))
    share = cv2.GaussianBlur(real, (0, 0), 1.1)[..., None]
    mixed: Floats = painted * (1 - share) + portrait.rgb * share
    return mixed


def _pupil(portrait: Portrait, eye: tuple[int, ...]) -> Floats:
    """The centre of what is dark in an eye: ``(2,)`` pixels."""
    dark = np.clip(135.0 - portrait.rgb.mean(axis=2), 0, None) * (portrait.polygon(eye) > 0.5)
    centre: Floats = (_grid(portrait) * dark[..., None]).sum(axis=(0, 1)) / dark.sum()
    return centre


def _grid(portrait: Portrait) -> Floats:
    """Every pixel's x and y: ``(HEIGHT, WIDTH, 2)``."""
    height, width = portrait.rgb.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    return grid.astype(np.float32)
