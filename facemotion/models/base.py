"""What a backend must be able to do: the two Protocols and the values they exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from facemotion.models.mesh import Mesh
    from facemotion.records import RGB

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Detections:
    """The faces that a detector proposes in one picture, the most certain first.

    ``boxes_xywh``: ``(n, 4)`` pixels of the picture; ``scores``: ``(n,)`` 0..1; ``eyes``:
    ``(n, 2, 2)`` pixels, the eye on the picture's left first, or None if the detector knows none.
    """

    boxes_xywh: Floats
    scores: Floats
    eyes: Floats | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> Detections:
        """No face."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


class FaceDetector(Protocol):
    """Finds faces. An instance is used by one thread at a time."""

    def detect(self, rgb: RGB, min_confidence: float) -> Detections:
        """Faces in one ``(h, w, 3)`` uint8 RGB picture with a score of ``min_confidence`` or more.

        A picture without a face gives empty ``Detections``, never an error.
        """
        ...


class ExpressionClassifier(Protocol):
    """Judges faces, each cut out the way it has learned them. Used by one thread at a time.

    ``crop_shape`` is the shape of one crop: ``(side, side, 3)`` for a single network. ``extras``
    names what it tells beside the seven: columns of the faces table.
    """

    extras: tuple[str, ...]

    @property
    def crop_shape(self) -> tuple[int, ...]: ...

    def cut(self, rgb: RGB, box_xywh: Floats, mesh: Mesh) -> RGB:
        """A face in a picture as a ``crop_shape`` uint8 crop, framed as in its training."""
        ...

    def whole(self, face: RGB) -> RGB:
        """The same for a square picture that is a face already, framed as in FER-2013."""
        ...

    def predict(self, crops: RGB) -> Floats:
        """Probabilities ``(n, 7 + len(extras))``, those of ``EMOTIONS`` first, which sum to 1.

        ``crops``: ``(n, *crop_shape)`` uint8 RGB; ``n`` may be 0.
        """
        ...


class FaceEmbedder(Protocol):
    """Turns faces into vectors that lie close for one person. Used by one thread at a time.

    ``min_similarity`` is the cosine from which two faces are of one person, as the model's
    publisher states it; ``crop_size`` the side of its crops in pixels.
    """

    crop_size: int
    min_similarity: float

    def cut(self, rgb: RGB, mesh: Mesh) -> RGB:
        """The face as a ``(crop_size, crop_size, 3)`` uint8 crop, framed as the model wants it."""
        ...

    def embed(self, crops: RGB) -> Floats:
        """Vectors of length one, ``(n, d)``, of ``n`` crops; ``n`` may be 0."""
        ...
