"""A face as the drawing of its 468 points: no pixel of it is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import Delaunay

from facemotion import overlays
from facemotion.faces import landmarks
from facemotion.models.head import mean_face
from facemotion.records import Moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facemotion.models.base import Floats

SIDE, _ROOM = 400, 20
"""Side of the drawing, in its own units, and the empty edge around the face."""

_AXIS_Z = 1.2
"""The mean face is unrolled from an upright axis so far behind its eyes, in eye distances."""

_SAME_PX = 2.0


@dataclass(frozen=True)
class Drawing:
    """Paths of an SVG of ``SIDE`` by ``SIDE``: the net, and the lines of the features."""

    net: str
    features: str
    alt: str


def of_moment(path: Path, moment: Moment, alt: str) -> Drawing | None:
    """The mesh of a moment's face from the file of landmarks; None where it has none."""
    found = landmarks.of_frame(path, moment.frame_index)
    box = np.array(moment.box_xywh, dtype=np.float64)
    near = [one for one in found if np.abs(one.box_xywh - box).max() < _SAME_PX]
    return drawing(near[0].points, alt) if near else None


def drawing(points: Floats, alt: str) -> Drawing:
    """The drawing of a mesh ``(468, 3)``, as large as it fits."""
    flat = points[:, :2].astype(np.float64)
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = (SIDE - 2 * _ROOM) / max(float((high - low).max()), 1e-6)
    at = np.rint((flat - (low + high) / 2) * scale + SIDE / 2).astype(np.int64)
    return Drawing(_path(at, _net()), _path(at, overlays.LINES), alt)


def _path(at: NDArray[np.int64], chains: Iterable[Sequence[int]]) -> str:
    """The chains of points as one path: to the first of each, and straight on to the others."""
    return "".join("M" + "L".join(f"{x} {y}" for x, y in at[list(chain)]) for chain in chains)


@cache
def _net() -> tuple[tuple[int, int], ...]:
    """The pairs of points between which the net has a line.

    They are those of Delaunay's triangles on the mean face, unrolled like a label from a can, so
    that the sides of the face do not lie over each other.
    """
    x, y, z = mean_face().T.astype(np.float64)
    triangles = Delaunay(np.stack([np.arctan2(x, _AXIS_Z - z), y], axis=1)).simplices
    sides = np.concatenate([triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
    return tuple((int(a), int(b)) for a, b in np.unique(np.sort(sides, axis=1), axis=0))
