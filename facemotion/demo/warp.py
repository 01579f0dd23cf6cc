"""Moving a picture with a net of triangles: the net, how its points follow, and the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

Indices = NDArray[np.int32]

_SUBPIXEL_BITS = 4


def triangulate(
    points: Floats, holes: Sequence[Sequence[int]], leave_out: Sequence[int] = ()
) -> Indices:
    """Delaunay triangles ``(t, 3)`` over ``(n, 2)`` points, without those inside the holes.

    Points to ``leave_out`` belong to no triangle. A hole is the ring of points around it. Raises
    ``ValueError`` when a triangle crosses a rim.
    """
    used = np.setdiff1d(np.arange(len(points)), leave_out)
    triangles = used[Delaunay(points[used]).simplices].astype(np.int32)
    edges = {
        frozenset((int(a), int(b)))
        for triangle in triangles
        for a, b in zip(triangle, np.roll(triangle, 1), strict=True)
    }
    centres = points[triangles].mean(axis=1)
    inside = np.zeros(len(triangles), dtype=bool)
    for ring in holes:
        for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
            if frozenset((a, b)) not in edges:
                raise ValueError(f"the rim between points {a} and {b} is crossed by a triangle")
        polygon = points[list(ring)].astype(np.float32)
        inside |= [
            cv2.pointPolygonTest(polygon, (float(x), float(y)), False) > 0 for x, y in centres
        ]
    outside: Indices = triangles[~inside]
    return outside


def strips(rings: Sequence[Sequence[int]]) -> Indices:
    """Triangles ``(t, 3)`` between rings of equally many points, one inside the other."""
    triangles = []
    for outer, inner in pairwise(rings):
        for i in range(len(outer)):
            j = (i + 1) % len(outer)
            triangles += [(outer[i], outer[j], inner[i]), (outer[j], inner[j], inner[i])]
    return np.array(triangles, dtype=np.int32)


def stiffness(points: Floats, triangles: Indices) -> NDArray[np.float64]:
    """The ``(n, n)`` Laplacian of the net: each point less the mean of its neighbours.

    Neighbours count by one over their distance, so that points crowded at the lips and lids
    do not pull harder than the wide skin around them.
    """
    n = len(points)
    weights = np.zeros((n, n))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        i, j = triangles[:, a], triangles[:, b]
        near = 1.0 / np.maximum(np.linalg.norm(points[i] - points[j], axis=1), 1.0)
        weights[i, j] = near
        weights[j, i] = near
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.eye(n) - weights


def follow(
    laplacian: NDArray[np.float64], handles: Sequence[int], moves: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How all points move, ``(n, 2)``, when ``handles`` move by ``moves`` ``(len(handles), 2)``.

    The others take the smoothest way between (least squares of the net's Laplacian, the
    biharmonic deformation of Botsch and Kobbelt, 2004). Openings in the net are not crossed: the
    lower lip does not follow the upper one.
    """
    n = len(laplacian)
    fixed = np.asarray(handles)
    free = np.setdiff1d(np.arange(n), fixed)
    out = np.zeros((n, 2))
    out[fixed] = moves
    out[free] = np.linalg.lstsq(laplacian[:, free], -laplacian[:, fixed] @ moves, rcond=None)[0]
    return out


def draw(
    texture: RGB,
    texture_points: Floats,
    points: Floats,
    triangles: Indices,
    canvas: RGB,
) -> None:
    """Paint the triangles of ``texture`` at ``texture_points`` onto ``canvas`` at ``points``.

    Later triangles cover earlier ones. ``canvas``, uint8 RGB, is changed in place.
    """
    height, width = canvas.shape[:2]
    corners = points[triangles]
    shown = np.abs(_doubled_areas(points, triangles)) > 1e-3
    corners, sources = corners[shown], texture_points[triangles[shown]]
    owner = np.full((height, width), -1, dtype=np.int32)
    scaled = np.round(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    for number, corner in enumerate(scaled):
        cv2.fillConvexPoly(owner, corner, number, lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
    affine = _affines(corners, sources)
    y, x = np.nonzero(owner >= 0)
    y0, y1, x0, x1 = y.min(), y.max() + 1, x.min(), x.max() + 1
    part = owner[y0:y1, x0:x1]
    a = np.take(affine, np.maximum(part, 0), axis=0)
    grid_x = np.arange(x0, x1, dtype=np.float32)[None, :]
    grid_y = np.arange(y0, y1, dtype=np.float32)[:, None]
    map_x = a[..., 0] * grid_x + a[..., 1] * grid_y + a[..., 2]
    map_y = a[..., 3] * grid_x + a[..., 4] * grid_y + a[..., 5]
    drawn = cv2.remap(texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    np.copyto(canvas[y0:y1, x0:x1], drawn, where=(part >= 0)[..., None])


def _affines(corners: Floats, sources: Floats) -> Floats:
    """``(t, 6)``: for each triangle the map from picture to texture, x row then y row."""
    ones = np.ones((len(corners), 3, 1))
    matrix = np.concatenate([corners.astype(np.float64), ones], axis=2)
    solved = np.linalg.solve(matrix, sources.astype(np.float64))  # (t, 3, 2)
    return solved.transpose(0, 2, 1).reshape(len(corners), 6).astype(np.float32)


def _doubled_areas(points: Floats, triangles: Indices) -> Floats:
    a, b, c = (points[triangles[:, i]] for i in range(3))
    areas: Floats = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (
        c[:, 0] - a[:, 0]
    )
    return areas
