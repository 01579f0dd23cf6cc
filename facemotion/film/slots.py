"""Which people have a row in the strip: whoever is seen now, and nobody jumps about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from facemotion.film.scene import Sightings

MAX_ROWS = 3
COMMON = 0.05
"""There are so many rows as people are in at least this part of the samples with a face."""
GONE_S = 1.0
"""Whoever was not seen for so long, or by two looks, gives the row to somebody who is there."""


def n_rows(sightings: Sightings) -> int:
    """How many rows a film needs, 1 to ``MAX_ROWS``."""
    counts = np.diff(sightings.first)
    with_face = counts[counts > 0]
    common = [n for n in range(1, MAX_ROWS + 1) if np.mean(with_face >= n) >= COMMON] or [1]
    return max(common) if len(with_face) else 1


class Slots:
    """The person of each row, sample by sample; of several, who is seen most often comes first."""

    def __init__(self, sightings: Sightings, n: int) -> None:
        self._all = sightings
        self._rank = {face_id: rank for rank, face_id in enumerate(sightings.by_presence())}
        self._last_s: dict[int, float] = {}
        self._sample = -1
        self._patience_s = max(GONE_S, 2 * sightings.step_s)
        self.faces: list[int | None] = [None] * n

    def go_to(self, sample: int) -> list[int | None]:
        """The face of each row at a sample, None for an empty row; samples must not go back."""
        for number in range(self._sample + 1, sample + 1):
            rows = slice(self._all.first[number], self._all.first[number + 1])
            seen = sorted(self._all.face_id[rows].tolist(), key=self._rank.__getitem__)
            now_s = float(self._all.sample_s[number])
            self._last_s.update(dict.fromkeys(seen, now_s))
            for face_id in seen:
                if face_id not in self.faces:
                    self._seat(face_id, now_s)
        self._sample = max(self._sample, sample)
        return self.faces

    def _seat(self, face_id: int, now_s: float) -> None:
        gone_s = [
            np.inf if sitting is None else now_s - self._last_s[sitting] for sitting in self.faces
        ]
        longest = int(np.argmax(gone_s))
        if gone_s[longest] > self._patience_s:
            self.faces[longest] = face_id
