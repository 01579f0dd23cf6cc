"""Who is who while it runs: each new face goes on with one of those seen before, or is a new one.

The same costs decide as in a finished analysis (``people.sightings``), but only from the past: what
is joined there from both sides of a long gap stays two faces here. Cuts, too, are told from the
pictures so far.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facemotion.appearance import face_grids, frame_parts
from facemotion.people.shots import CUT, FLASH_S, NEIGHBOURS, SAME, TIMES_NEIGHBOURS, changes
from facemotion.people.sightings import RECENT, VELOCITY_S, Ends, assignment, costs

Floats = NDArray[np.float64]


@dataclass
class _Track:
    """The last faces of one person, the newest last; places in pixels."""

    number: int
    shot: int
    times_s: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    centres: deque[Floats] = field(default_factory=lambda: deque(maxlen=RECENT))
    sizes: deque[Floats] = field(default_factory=lambda: deque(maxlen=RECENT))
    looks: deque[NDArray[np.float32]] = field(default_factory=lambda: deque(maxlen=RECENT))

    def add(self, time_s: float, box_xywh: Floats, look: NDArray[np.float32]) -> None:
        self.times_s.append(time_s)
        self.centres.append(box_xywh[:2] + box_xywh[2:] / 2)
        self.sizes.append(box_xywh[2:])
        self.looks.append(look)

    @property
    def velocity(self) -> Floats:
        """Pixels a second at the last face, over ``VELOCITY_S``."""
        if len(self.times_s) < 2:
            return np.zeros(2)
        ages_s = self.times_s[-1] - np.array(self.times_s)[::-1]
        far = max(1, int(np.searchsorted(ages_s, VELOCITY_S, side="right")) - 1)
        moved = self.centres[-1] - self.centres[-1 - far]
        velocity: Floats = moved / ages_s[far]
        return velocity


class Tracker:
    """Numbers faces, 0, 1, ... by first showing; a face is looked for ``max_gap_s`` seconds."""

    def __init__(self, max_gap_s: float, step_s: float) -> None:
        self._gap_s, self._step_s = max(max_gap_s, 2.01 * step_s), step_s
        self._tracks: list[_Track] = []
        self._n_tracks = 0

    def update(self, time_s: float, boxes_xywh: Floats, marks: list[bytes], shot: int) -> list[int]:
        """The numbers of the faces in one picture; ``marks`` as in ``appearance.of_face``."""
        self._tracks = [t for t in self._tracks if time_s - t.times_s[-1] <= self._gap_s]
        if not marks:
            return []
        grids = face_grids(marks)[:, :, 1:-1]  # at the sides it is mostly background
        looks = grids.reshape(len(grids), -1)
        free = [track for track in self._tracks if track.shot == shot]
        follows = self._follows(free, time_s, boxes_xywh, looks)
        numbers = []
        for at in range(len(marks)):
            track = follows.get(at)
            if track is None:
                track = _Track(self._n_tracks, shot)
                self._n_tracks += 1
                self._tracks.append(track)
            track.add(time_s, boxes_xywh[at], looks[at])
            numbers.append(track.number)
        return numbers

    def _follows(
        self, free: list[_Track], time_s: float, boxes: Floats, looks: NDArray[np.float32]
    ) -> dict[int, _Track]:
        """The track that each face goes on with, by the face's position."""
        if not free:
            return {}
        ends = Ends(
            np.array([track.times_s[-1] for track in free]),
            np.array([track.centres[-1] for track in free]),
            np.array([track.sizes[-1] for track in free]),
            np.array([track.velocity for track in free]),
            np.array([np.mean(track.looks, axis=0) for track in free], dtype=np.float32),
        )
        n = len(boxes)
        centres, sizes = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]
        faces = Ends(np.full(n, time_s), centres, sizes, np.zeros((n, 2)), looks)
        pairs = np.repeat(np.arange(len(free)), n), np.tile(np.arange(n), len(free))
        found = assignment(pairs, costs(ends, faces, pairs, self._gap_s, self._step_s))
        return {at: free[track] for track, at in found.items()}


class Shots:
    """Numbers the shots of a stream: a cut stands out from the changes before it."""

    def __init__(self) -> None:
        self._changes: deque[float] = deque(maxlen=NEIGHBOURS)
        self._last: NDArray[np.float32] | None = None
        self._before: tuple[float, int, NDArray[np.float32]] | None = None
        self._number, self._n_shots = 0, 1

    def update(self, time_s: float, mark: bytes) -> int:
        """The shot of one picture; ``mark`` as in ``appearance.of_frame``."""
        grid = frame_parts([mark])[0].reshape(1, -1)
        last, self._last = self._last, grid
        if last is None:
            return self._number
        change = float(changes(last, grid)[0])
        usual = float(np.median(self._changes)) if self._changes else 0.0
        self._changes.append(change)
        if change < CUT or change < TIMES_NEIGHBOURS * usual:
            return self._number
        before = self._before
        is_short = before is not None and time_s - before[0] <= FLASH_S
        if before and is_short and float(changes(before[2], grid)[0]) < SAME:
            self._number = before[1]  # that was a flash: the old shot goes on
            return self._number
        self._before = time_s, self._number, last
        self._number = self._n_shots
        self._n_shots += 1
        return self._number
