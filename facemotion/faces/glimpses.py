"""Small pictures of faces, now and then, for whoever watches the work."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facemotion.models.alignment import aligned_crop
from facemotion.models.mesh import Mesh

if TYPE_CHECKING:
    from facemotion.records import RGB

EVERY_S = 0.5
"""Seconds of work between two pictures: so few cost nothing, and more could not be looked at."""
SIDE = 96
"""Their side in pixels."""
OF_THE_LARGEST = 0.5
"""Faces lower than this share of the highest one beside them are left out: one sees too little."""


class Glimpse(NamedTuple):
    """A face in a frame: its place among the frame's faces, and its picture."""

    number: int
    rgb: RGB


class Glimpses:
    """Cuts out a face every now and then; may be called from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_s = -np.inf
        self._n_taken = 0

    def take(self, rgb: RGB, meshes: list[Mesh]) -> Glimpse | None:
        """One of the faces in a picture, each in its turn; None without a face, or too soon."""
        if not meshes:
            return None
        with self._lock:
            if time.monotonic() - self._last_s < EVERY_S:
                return None
            self._last_s = time.monotonic()
            turn = self._n_taken
            self._n_taken += 1
        heights = [float(np.ptp(mesh.points[:, 1])) for mesh in meshes]
        large = [i for i, height in enumerate(heights) if height >= OF_THE_LARGEST * max(heights)]
        number = large[turn % len(large)]
        return Glimpse(number, aligned_crop(rgb, meshes[number], SIDE))
