"""How classifiers want their faces: the ways of framing that they have learned, to inherit from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from facemotion.models.alignment import (
    EYES_AT,
    FIVE_POINTS,
    aligned_crop,
    box_crop,
    five_point_crop,
    similarity,
)
from facemotion.models.resampling import warp

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB

EYE_DISTANCE, MOUTH_AT = 0.36, (0.50, 0.77)
"""In the pictures of FER-2013, as fractions of the side: medians over 936 training pictures, as for
``alignment.EYES_AT``."""
MESH_BOX = (0.10, 0.09, 0.90, 0.98)
"""Left, top, right and bottom of the mesh in them, likewise."""


class _Square:
    crop_size: int

    @property
    def crop_shape(self) -> tuple[int, ...]:
        """``(side, side, 3)``."""
        return (self.crop_size, self.crop_size, 3)


class LikeFER2013(_Square):
    """Level eyes, framed as the pictures of FER-2013 (Goodfellow et al., 2013)."""

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """A face in a picture, as the classifier wants it."""
        return aligned_crop(rgb, mesh, self.crop_size)

    def whole(self, face: RGB) -> RGB:
        """A square picture that is framed so already."""
        return _resized(face, self.crop_size)


class LikeArcFace(_Square):
    """Turned and scaled so that eyes, nose and mouth lie at ArcFace's places in 112 pixels."""

    crop_size = 112

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """A face in a picture, as the classifier wants it."""
        return five_point_crop(rgb, mesh)

    def whole(self, face: RGB) -> RGB:
        """A square picture framed as in FER-2013; what it lacks around the face is black."""
        x, y = EYES_AT
        half = EYE_DISTANCE / 2
        points = np.array([(x - half, y), (x + half, y), MOUTH_AT], np.float32) * len(face)
        wanted = np.stack([FIVE_POINTS[0], FIVE_POINTS[1], FIVE_POINTS[3:].mean(axis=0)])
        return warp(face, similarity(points, wanted), self.crop_size)


class LikeBox(_Square):
    """The tight upright box of the face, stretched to a square."""

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """A face in a picture, as the classifier wants it."""
        return box_crop(rgb, mesh, self.crop_size)

    def whole(self, face: RGB) -> RGB:
        """The part of a square picture, framed as in FER-2013, that the box would be."""
        left, top, right, bottom = (round(share * len(face)) for share in MESH_BOX)
        return _resized(face[top:bottom, left:right], self.crop_size)


def _resized(face: RGB, size: int) -> RGB:
    shrinks = max(face.shape[:2]) > size
    crop: RGB = cv2.resize(
        face, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return crop
