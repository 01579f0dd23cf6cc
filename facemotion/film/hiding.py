"""Where faces may be, so that none can be recognised: in every picture, analysed or not.

What the analysis saw is not enough: it may have looked every three seconds, and it leaves out
what is turned away, what is short, and whom the user has deleted. So the film is looked through
again, every ``GLANCE_S``, by a fast detector that is content with a hint of a face. A glance may
still miss one, so each face is hidden for longer, and wider, than it was seen:

* Between two sightings in one place, at most ``BRIDGED_S`` apart: all that lies between the two
  boxes, grown by ``GROWTH`` with the time from the nearer one.
* Between two sightings that the analysis says are one person: all that lies between the boxes.
* Before a first and after a last sighting: the box, grown in the same way, from the look before
  to the look after, which did not find it, and ``SAFETY_S`` beyond.

Boxes hold a face from brow to chin; hidden is the head. This is as good as the detectors are: a
face that none of them ever finds stays as it is. Whoever must be sure watches the film.
"""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from facemotion import models
from facemotion.film.planes import Box
from facemotion.film.scene import overlap
from facemotion.frames.ahead import ahead
from facemotion.frames.sampling import Sampling
from facemotion.records import Analysis, OnProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from facemotion.film.planes import Canvas
    from facemotion.film.scene import Sightings
    from facemotion.film.source import Plate

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

GLANCE_S = 0.1
DETECTOR = "blazeface"
"""Comes with the program, and takes a few milliseconds for a picture."""
HINT = 0.3
"""The detector's score from which something is hidden: a hand too many does no harm."""

HEAD = (0.3, 0.45, 0.25)
"""What is hidden around a box: beside it, above it and below it, in its width and height."""
GROWTH = 1.0
"""How far a face may get, in sides of its box per second,"""
MAX_GROWTH = 1.5
"""and at most."""
BRIDGED_S = 3.0
SAFETY_S = 0.5
CELLS = 4
"""So many cells are left across a face. Networks trained for it recognise faces in finer mosaics
(McPherson, Shokri and Shmatikov, 2016, arXiv:1609.00408)."""
MIN_CELL_PX = 8

_AHEAD = 4
_SAME_OVERLAP, _TWICE_OVERLAP = 0.2, 0.5
_TOLERANCE_S = 1e-6


class Glances(NamedTuple):
    """Faces found when the film was looked through again.

    ``looked_s`` are the times of all glances, ``time_s`` and ``box`` (x, y, w, h) of all faces.
    """

    looked_s: Floats
    time_s: Floats
    box: Floats


def glance_through(analysis: Analysis, on_progress: OnProgress) -> Glances:
    """Look for faces to hide in the analysed stretch; raises what ``on_progress`` raises."""
    sampling = Sampling(analysis.video, analysis.settings.with_changes(every_s=GLANCE_S))
    detector = models.detector(DETECTOR)
    looked_s: list[float] = []
    time_s: list[float] = []
    boxes = [np.zeros((0, 4))]
    with closing(ahead(sampling.decoded(), _AHEAD)) as frames:
        for frame in frames:
            found = detector.detect(frame.rgb, HINT).boxes_xywh
            looked_s.append(frame.time_s)
            time_s += [frame.time_s] * len(found)
            boxes.append(found.astype(np.float64))
            words = "Looking for faces to hide"
            on_progress(Progress("export", len(looked_s), sampling.n_samples, "frames", words))
    return Glances(np.array(looked_s), np.array(time_s), np.concatenate(boxes))


def with_more(glances: Glances, faces: pd.DataFrame | None) -> Glances:
    """Glances with faces that were found in another way."""
    if faces is None or faces.empty:
        return glances
    times = [glances.time_s, faces["timestamp"].to_numpy(dtype=np.float64)]
    boxes = [glances.box, faces[["x", "y", "w", "h"]].to_numpy(dtype=np.float64)]
    return Glances(glances.looked_s, np.concatenate(times), np.concatenate(boxes))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which a face may be around two boxes (x, y, w, h), seen at their times."""

    from_s: float
    to_s: float
    first: Floats
    first_s: float
    last: Floats
    last_s: float
    growth: float = GROWTH

    def region(self, time_s: float) -> tuple[Floats, float]:
        """Left, top, right, bottom at a time of the stretch, and the larger face's shorter side."""
        side = float(max(self.first[2:].min(), self.last[2:].min()))
        away_s = min(abs(time_s - self.first_s), abs(time_s - self.last_s))
        grown = min(self.growth * away_s, MAX_GROWTH) * side
        one, other = _head(self.first), _head(self.last)
        low, high = np.minimum(one[:2], other[:2]), np.maximum(one[2:], other[2:])
        return np.concatenate([low - grown, high + grown]), side


class Hiding:
    """Goes through the pictures of a film in order, and hides the faces in each."""

    def __init__(self, sightings: Sightings, glances: Glances) -> None:
        time_s = np.concatenate([sightings.time_s, glances.time_s])
        order = np.argsort(time_s, kind="stable")
        time_s, box = time_s[order], np.concatenate([sightings.box, glances.box])[order]
        looks = np.unique(np.concatenate([sightings.sample_s, glances.looked_s]))
        stretches = [*_between(sightings), *_around(looks, time_s, box)]
        self._waiting = sorted(stretches, key=lambda stretch: -stretch.from_s)
        self._going_on: list[_Stretch] = []

    def hide(self, canvas: Canvas, plate: Plate) -> None:
        """Make every face of a picture unrecognisable; pictures must come in order of time."""
        for region, side in self.regions(plate.time_s):
            x0, y0, x1, y1 = (region * (plate.scale * 2)).tolist()
            box = Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))
            cell = max(MIN_CELL_PX, round(side * max(plate.scale) / CELLS))
            canvas.coarsen(box, cell, plate.size[1])

    def regions(self, now_s: float) -> Iterator[tuple[Floats, float]]:
        """What to hide at a time: left, top, right, bottom, and the shorter side of the face."""
        while self._waiting and self._waiting[-1].from_s <= now_s + _TOLERANCE_S:
            self._going_on.append(self._waiting.pop())
        self._going_on = [one for one in self._going_on if one.to_s >= now_s - _TOLERANCE_S]
        for stretch in self._going_on:
            yield stretch.region(now_s)


def _between(sightings: Sightings) -> Iterator[_Stretch]:
    """The times between two sightings of a person in a row."""
    bridged_s = max(BRIDGED_S, 2.01 * sightings.step_s)
    for row, then in enumerate(sightings.following.tolist()):
        now_s, then_s = float(sightings.time_s[row]), float(sightings.time_s[then])
        if then >= 0 and then_s - now_s <= bridged_s:
            here, there = sightings.box[row], sightings.box[then]
            yield _Stretch(now_s, then_s, here, now_s, there, then_s, 0.0)


def _around(looks: Floats, time_s: Floats, box: Floats) -> Iterator[_Stretch]:
    """The times around each sighting; ``looks`` are the times of all looks."""
    at = np.searchsorted(looks, time_s - _TOLERANCE_S)
    before = looks[np.maximum(at - 1, 0)] - SAFETY_S
    after = looks[np.minimum(at + 1, len(looks) - 1)] + SAFETY_S
    has_past = np.zeros(len(time_s), dtype=bool)
    for row, then in enumerate(_following(time_s, box)):
        here, now_s = box[row], float(time_s[row])
        if not has_past[row]:
            yield _Stretch(float(before[row]), now_s, here, now_s, here, now_s)
        if then >= 0:
            has_past[then] = True
            then_s = float(time_s[then])
            yield _Stretch(now_s, then_s, here, now_s, box[then], then_s)
        else:
            yield _Stretch(now_s, float(after[row]), here, now_s, here, now_s)


def _head(box: Floats) -> Floats:
    """Left, top, right and bottom of the head around a face's box."""
    x, y, w, h = box
    beside, above, below = HEAD
    return np.array([x - beside * w, y - above * h, x + (1 + beside) * w, y + (1 + below) * h])


def _following(time_s: Floats, box: Floats) -> list[int]:
    """For each sighting the next one in its place, or -1; each follows one other at most."""
    found = [-1] * len(box)
    ends: list[int] = []
    for row in range(len(box)):
        ends = [other for other in ends if time_s[row] - time_s[other] <= BRIDGED_S]
        shared = [overlap(box[row], box[other]) for other in ends]
        for number, other in enumerate(ends):  # the same face by another detector, or another face
            if time_s[other] == time_s[row] and shared[number] < _TWICE_OVERLAP:
                shared[number] = 0.0
        if shared and max(shared) >= _SAME_OVERLAP:
            other = ends[int(np.argmax(shared))]
            found[other] = row
            ends.remove(other)
        ends.append(row)
    return found
