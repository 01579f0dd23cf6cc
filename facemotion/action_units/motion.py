"""How far the skin has moved since the person's own neutral face, place by place.

At each site a patch of the neutral face (the mean of the person's most neutral small pictures, see
``models.normalised``) is looked for nearby in every other one, by normalised cross-correlation,
to a fraction of a pixel (a parabola through the best match and its neighbours).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facemotion.models.normalised import HEIGHT, PER_UNIT, WIDTH, pixel_of

Floats = NDArray[np.floating]
Crops = NDArray[np.uint8]


@dataclass(frozen=True)
class Site:
    """A patch of skin: its middle, half its size, and how far it may move, in eye distances."""

    x: float
    y: float
    half_width: float
    half_height: float
    reach_x: float
    reach_y: float


def _both(name: str, site: Site) -> dict[str, Site]:
    other = Site(-site.x, *(getattr(site, n) for n in list(site.__dataclass_fields__)[1:]))
    return {f"{name}0": other, f"{name}1": site}


SITES: dict[str, Site] = {
    # Brows are slanted lines: let free sideways, they would slide along themselves.
    **_both("inner_brow", Site(0.24, -0.26, 0.20, 0.13, 0.05, 0.20)),
    **_both("outer_brow", Site(0.62, -0.28, 0.20, 0.13, 0.05, 0.20)),
    **_both("cheek", Site(0.55, 0.45, 0.25, 0.20, 0.12, 0.15)),
    **_both("nose_wing", Site(0.20, 0.50, 0.12, 0.15, 0.10, 0.15)),
    **_both("corner", Site(0.36, 0.98, 0.17, 0.15, 0.25, 0.25)),
    "upper_lip": Site(0.0, 0.87, 0.20, 0.10, 0.06, 0.20),
    "lower_lip": Site(0.0, 1.10, 0.20, 0.10, 0.06, 0.35),
    "chin": Site(0.0, 1.35, 0.30, 0.15, 0.06, 0.25),
}
"""The places that are followed; the mouth's corner is at (0.36, 0.98) on the mean face."""

FURROWS = (-0.17, 0.17, -0.38, -0.05)
"""Where the upright furrows of a frown are: left, right, top, bottom, in eye distances."""

BATCH = 512
"""Faces looked at together."""


def displacements(crops: Crops, neutral: Floats) -> dict[str, Floats]:
    """For each site ``(n, 3)``: shift to the picture's right and down in eye distances, match.

    ``crops``: ``(n, 58, 50)``; ``neutral``: ``(58, 50)``. The match is the correlation, -1..1; a
    patch without any texture matches nothing: 0.
    """
    return {name: _shifts(crops, neutral, site) for name, site in SITES.items()}


def furrows(crops: Crops, neutral: Floats) -> Floats:
    """How much deeper the upright furrows between the brows are than in the neutral face: ``(n,)``.

    The mean step of brightness from one pixel to the next but one across, as a share of the mean
    brightness, so that light does not matter.
    """
    return _furrowed(crops) - _furrowed(neutral[None])


def _furrowed(crops: Crops | Floats) -> Floats:
    left, right, top, bottom = FURROWS
    (x0, y0), (x1, y1) = pixel_of(left, top), pixel_of(right, bottom)
    part = crops[:, round(y0) : round(y1) + 1, round(x0) : round(x1) + 1].astype(np.float32)
    steps = np.abs(part[:, :, 2:] - part[:, :, :-2]).mean(axis=(1, 2))
    found: Floats = steps / np.maximum(part.mean(axis=(1, 2)), 1.0)
    return found


def _shifts(crops: Crops, neutral: Floats, site: Site) -> Floats:
    (x0, x1, reach_x), (y0, y1, reach_y) = _spans(site)
    patch = np.ascontiguousarray(neutral[y0:y1, x0:x1], dtype=np.float32)
    left, top = max(0, x0 - reach_x), max(0, y0 - reach_y)
    right, bottom = min(WIDTH, x1 + reach_x), min(HEIGHT, y1 + reach_y)
    found = np.zeros((len(crops), 3), dtype=np.float32)
    if float(patch.std()) < 1.0:
        return found
    for start in range(0, len(crops), BATCH):
        windows = crops[start : start + BATCH, top:bottom, left:right]
        found[start : start + BATCH] = _best(windows, patch, (x0 - left, y0 - top))
    return found


def _best(windows: Crops, patch: Floats, home: tuple[int, int]) -> Floats:
    """Where the patch fits best in each window: shifts from ``home`` and the correlation."""
    n, height, width = windows.shape
    # One tall picture is searched at once; matches across two windows are cut out below.
    tall = np.ascontiguousarray(windows.reshape(n * height, width), dtype=np.float32)
    scores = cv2.matchTemplate(tall, patch, cv2.TM_CCOEFF_NORMED)
    rows = height - patch.shape[0] + 1
    missing = n * height - len(scores)
    scores = np.pad(scores, ((0, missing), (0, 0))).reshape(n, height, -1)[:, :rows]
    scores = np.where(np.isfinite(scores) & (np.abs(scores) <= 1.01), scores, 0.0)
    flat = scores.reshape(n, -1).argmax(axis=1)
    y, x = np.divmod(flat, scores.shape[2])
    every = np.arange(n)
    best = scores[every, y, x]
    dx = x + _peak(scores, every, y, x, axis=1) - home[0]
    dy = y + _peak(scores, every, y, x, axis=0) - home[1]
    return np.stack([dx / PER_UNIT, dy / PER_UNIT, best], axis=1).astype(np.float32)


def _peak(
    scores: Floats,
    every: NDArray[np.intp],
    y: NDArray[np.intp],
    x: NDArray[np.intp],
    *,
    axis: int,
) -> Floats:
    """The top of the parabola through the best match and its two neighbours, -0.5..0.5."""
    step_y, step_x = (1, 0) if axis == 0 else (0, 1)
    rows, columns = scores.shape[1:]
    inside = (y >= step_y) & (y < rows - step_y) & (x >= step_x) & (x < columns - step_x)
    here = scores[every, y, x]
    before = scores[every, np.maximum(y - step_y, 0), np.maximum(x - step_x, 0)]
    after = scores[every, np.minimum(y + step_y, rows - 1), np.minimum(x + step_x, columns - 1)]
    bend = before - 2 * here + after
    offset = np.where(inside & (bend < -1e-6), 0.5 * (before - after) / np.minimum(bend, -1e-6), 0)
    return np.clip(offset, -0.5, 0.5).astype(np.float32)


def _spans(site: Site) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(first, past the last, reach) in pixels, across and down."""
    column, row = pixel_of(site.x, site.y)
    half_x, half_y = site.half_width * PER_UNIT, site.half_height * PER_UNIT
    return (
        (round(column - half_x), round(column + half_x) + 1, round(site.reach_x * PER_UNIT)),
        (round(row - half_y), round(row + half_y) + 1, round(site.reach_y * PER_UNIT)),
    )
