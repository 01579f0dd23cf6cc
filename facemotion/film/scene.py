"""Who is where in each picture: the measured faces, and what lies between two looks at them.

Rules, for every picture of the film:

* In a picture that was analysed, boxes are exactly those of the table.
* Between two sightings of a face on one track, its box moves in a straight line when they are at
  most ``JOINED_S`` apart, or when no look lies between them and the two boxes overlap by
  ``STAYED_OVERLAP``: then it hardly moved. Otherwise the box stays for ``HELD_S``, at most until
  the next look, and is dropped. Nothing is drawn before a face is first seen.
* What is said of a face is what its latest look saw, never a mean of two. Where the latest look did
  not find the face, its box is only hinted at, and nothing is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facemotion import palette
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from facemotion.records import Moment

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

JOINED_S = 1.0
"""Sightings this close are joined by a line whatever happened between them,"""
STAYED_OVERLAP = 0.3
"""and those farther apart when their boxes share this much of their union."""
HELD_S = 0.5
"""How long a box stays when nothing is known of what comes next."""
MARKED_S = 1.5
"""How long a moment is marked in the picture, from its own time on."""


@dataclass(frozen=True)
class Shown:
    """A face in one picture: ``box_xywh`` in pixels of the source frame.

    ``row`` is the row of its latest sighting in ``Sightings``; ``is_seen`` tells whether that is
    the latest look at all. ``moment`` is one that is going on, if any.
    """

    face_id: int
    row: int
    box_xywh: tuple[float, float, float, float]
    is_seen: bool
    moment: Moment | None = None


class Sightings:
    """The tables of an analysis as arrays, in time order.

    ``first[k]`` is the first row of sample ``k``, ``first[k + 1]`` the one after its last.
    """

    def __init__(self, faces: pd.DataFrame, samples: pd.DataFrame) -> None:
        samples = samples.sort_values("frame", kind="stable")
        self.sample_frame: Ints = samples["frame"].to_numpy(dtype=np.int64)
        self.sample_s: Floats = samples["timestamp"].to_numpy(dtype=np.float64)
        faces = faces[faces["frame"].isin(self.sample_frame)].sort_values("frame", kind="stable")
        frame = faces["frame"].to_numpy(dtype=np.int64)
        self.sample: Ints = np.searchsorted(self.sample_frame, frame).astype(np.int64)
        self.time_s: Floats = self.sample_s[self.sample]
        self.face_id: Ints = faces["face_id"].to_numpy(dtype=np.int64)
        self.track_id: Ints = faces["track_id"].to_numpy(dtype=np.int64)
        self.box: Floats = faces[["x", "y", "w", "h"]].to_numpy(dtype=np.float64)
        self.p: Floats = faces[list(EMOTIONS)].to_numpy(dtype=np.float64)
        self.emotion: list[str] = faces["dominant_emotion"].tolist()
        self.first: Ints = np.searchsorted(self.sample, np.arange(len(samples) + 1))
        names = faces.drop_duplicates("face_id")
        self.name: dict[int, str] = dict(
            zip(names["face_id"].tolist(), names["person"].tolist(), strict=True)
        )
        self.following: Ints = following(self.track_id)

    @property
    def step_s(self) -> float:
        """The usual time between two looks; 0 when there was only one."""
        return float(np.median(np.diff(self.sample_s))) if len(self.sample_s) > 1 else 0.0

    def verdict(self, row: int) -> str:
        """The strongest emotion of a face in words, with its probability where it is known."""
        emotion = self.emotion[row]
        score = self.p[row, EMOTIONS.index(emotion)] if emotion in EMOTIONS else math.nan
        return emotion if math.isnan(score) else f"{emotion} {palette.percent(score)}"

    def latest(self, frame: int) -> int:
        """The number of the latest sample at a frame; -1 before the first."""
        return int(np.searchsorted(self.sample_frame, frame, side="right")) - 1

    def by_presence(self) -> list[int]:
        """The faces, the one seen most often first."""
        ids, counts = np.unique(self.face_id, return_counts=True)
        return [int(i) for i in ids[np.lexsort((ids, -counts))]]


class Scene:
    """Goes through the pictures of a film in order, and tells who is to be drawn in each."""

    def __init__(self, sightings: Sightings, moments: tuple[Moment, ...]) -> None:
        self._all = sightings
        self._moments: dict[int, list[Moment]] = {}
        for moment in sorted(moments, key=lambda moment: -moment.time_s):
            self._moments.setdefault(moment.face_id, []).append(moment)
        self._last: dict[int, int] = {}
        self.sample = -1
        """The number of the latest look; -1 before the first."""

    def at(self, frame: int, time_s: float) -> list[Shown]:
        """The faces of a picture, by ``face_id``; ``frame`` must not be before the last one's."""
        now = self._all.latest(frame)
        for sample in range(self.sample + 1, now + 1):
            for row in range(self._all.first[sample], self._all.first[sample + 1]):
                self._last[int(self._all.face_id[row])] = row
        self.sample = now
        found, gone = [], []
        for face_id, row in sorted(self._last.items()):
            box = self._box(row, time_s)
            if box is None:
                gone.append(face_id)
                continue
            is_seen = int(self._all.sample[row]) == now
            found.append(Shown(face_id, row, box, is_seen, self._moment(face_id, time_s)))
        for face_id in gone:
            del self._last[face_id]
        return found

    def _box(self, row: int, time_s: float) -> tuple[float, float, float, float] | None:
        here, since_s = self._all.box[row], time_s - self._all.time_s[row]
        then = int(self._all.following[row])
        if then >= 0 and self._is_joined(row, then):
            span_s = self._all.time_s[then] - self._all.time_s[row]
            share = min(max(since_s / span_s, 0.0), 1.0) if span_s > 0 else 1.0
            here = here + share * (self._all.box[then] - here)
        elif since_s > HELD_S or self.sample > self._all.sample[row]:
            return None
        x, y, w, h = here.tolist()
        return (x, y, w, h)

    def _is_joined(self, row: int, then: int) -> bool:
        if self._all.time_s[then] - self._all.time_s[row] <= JOINED_S:
            return True
        in_a_row = self._all.sample[then] == self._all.sample[row] + 1
        return bool(in_a_row) and overlap(self._all.box[row], self._all.box[then]) >= STAYED_OVERLAP

    def _moment(self, face_id: int, time_s: float) -> Moment | None:
        going_on = (
            moment
            for moment in self._moments.get(face_id, [])
            if -1e-6 <= time_s - moment.time_s < MARKED_S
        )
        return next(going_on, None)


def following(track_id: Ints) -> Ints:
    """For each row, in time order, the next row of the same track; -1 after the last."""
    order = np.argsort(track_id, kind="stable")
    same = track_id[order[1:]] == track_id[order[:-1]]
    found = np.full(len(track_id), -1, dtype=np.int64)
    found[order[:-1][same]] = order[1:][same]
    return found


def overlap(one: Floats, other: Floats) -> float:
    """What two boxes share, as a part of their union, 0..1."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2:], other[:2] + other[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    union = float(np.prod(one[2:]) + np.prod(other[2:])) - shared
    return shared / union if union > 0 else 0.0
