"""Between reading and measuring: which pictures are taken, and a bounded queue of the newest."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from facemotion.frames import kept
from facemotion.frames.plan import GRID_TOLERANCE_S
from facemotion.frames.video import Picture, Screen

if TYPE_CHECKING:
    from facemotion.records import RGB

Why = Literal["dropped", "slowed", "disconnected", "stalled", "missing", "damaged", "paused"]
"""Why something of a stream was not seen: this machine was too slow for it; it looks at fewer
pictures for a while; no connection; the stream stood still; pieces that the server did not have, or
pictures that were not in them; pieces that could not be decoded; the user's wish."""

COSTS = 12
"""The cost of a picture is the mean over so many."""
FULL, ROOMY = 0.85, 0.65
"""Fewer pictures are taken when measuring takes more of the time than the first, and more again
when it would then take less than the second."""
MOST_THINNED = 50

HOLE_S, HOLE_STEPS = 0.5, 4.0
"""Pictures further apart than both, in seconds and in usual steps of the source, have a hole
between them."""


@dataclass(frozen=True)
class Waiting:
    """A picture to be measured, as a JPEG: what is measured is what is kept.

    ``live_at_s`` is when it was live by the clock, ``arrived_at_s`` when it could first be had.
    ``why`` says what was lost just before it, None nothing, and ``lasted_s`` for how long, by the
    clock, nothing came.
    """

    index: int
    time_s: float
    jpeg: bytes
    live_at_s: float
    arrived_at_s: float
    why: Why | None = None
    lasted_s: float = 0.0


@dataclass(frozen=True)
class Arrival:
    """When a picture was live, and when it could first be had, by the clock."""

    live_at_s: float
    at_s: float


class Intake:
    """Takes the pictures on a grid of ``fps`` a second; each grid point takes the first at or after
    it, as the sampling of files does. Under load, only every n-th grid point is asked for.
    """

    def __init__(self, fps: float, queue_s: float) -> None:
        self.fps = fps
        self._capacity = max(4, math.ceil(fps * queue_s))
        self._due_s: float | None = None
        self._is_thinned = False  # the next one is due later than it would be
        self._last_s: float | None = None
        self._usual_s = 0.0  # between two pictures of the source
        self._nth = 1
        self._costs: deque[float] = deque(maxlen=COSTS)
        self._why: Why | None = None
        self._lasted_s = 0.0
        self._screen = Screen()
        self._size: tuple[int, int] | None = None
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._is_closed = self._is_paused = False
        self.n_taken = 0
        self.n_dropped = 0

    @property
    def rate(self) -> float:
        """Pictures a second that are asked for at the moment."""
        return self.fps / self._nth

    def hold(self, seconds: float) -> None:
        """Let the queue hold that much of the stream: one piece of it must fit."""
        self._capacity = max(self._capacity, math.ceil(self.fps * seconds))

    def lost(self, why: Why, lasted_s: float = 0.0) -> None:
        """Something before the next picture is lost, or came late; the first reason counts."""
        self._why = self._why or why
        self._lasted_s += lasted_s

    def offer(self, picture: Picture, arrival: Arrival) -> None:
        """Take a picture if it is due. The oldest one that waits goes if there is no room."""
        if self._is_paused:
            return
        self._notice(picture.time_s)
        if self._due_s is None:
            self._due_s = picture.time_s
        if picture.time_s < self._due_s - GRID_TOLERANCE_S:
            return
        nth = self._nth  # the measurer changes it
        step_s = nth / self.fps
        passed = math.floor((picture.time_s - self._due_s + GRID_TOLERANCE_S) / step_s)
        self._due_s += (passed + 1) * step_s
        jpeg = kept.encoded(self._fitted(self._screen(picture)))
        why, lasted_s, self._why, self._lasted_s = self._why, self._lasted_s, None, 0.0
        if why is None and self._is_thinned:
            why = "slowed"
        self._is_thinned = nth > 1
        waiting = Waiting(
            *(picture.index, picture.time_s, jpeg, arrival.live_at_s, arrival.at_s, why, lasted_s)
        )
        with self._changed:
            self.n_taken += 1
            self._queue.append(waiting)
            if len(self._queue) > self._capacity:
                self._drop()
            self._changed.notify()

    def take(self, timeout_s: float) -> Waiting | None:
        """The oldest picture that waits, None when there is none in time."""
        with self._changed:
            if not self._queue and not self._is_closed:
                self._changed.wait(timeout_s)
            return self._queue.popleft() if self._queue else None

    def took(self, seconds: float) -> None:
        """A picture has been measured in so many seconds: take fewer or more of them."""
        self._costs.append(seconds)
        if len(self._costs) < COSTS:
            return
        load = self.fps * sum(self._costs) / len(self._costs)
        if load / self._nth > FULL and self._nth < MOST_THINNED:
            self._nth = min(math.ceil(load / FULL), MOST_THINNED)
            self._costs.clear()
        elif self._nth > 1 and load / (self._nth - 1) < ROOMY:
            self._nth -= 1
            self._costs.clear()

    def close(self) -> None:
        """No more pictures will come."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Take none for a while; those that wait are forgotten."""
        with self._changed:
            self._is_paused = True
            self._queue.clear()

    def resume(self) -> None:
        """Go on taking them."""
        with self._changed:
            if self._is_paused:
                self._is_paused = False
                self.lost("paused")

    def _drop(self) -> None:
        """The oldest goes; the next one tells, and what the oldest had to tell."""
        gone, first = self._queue.popleft(), self._queue[0]
        self.n_dropped += 1
        told: list[Why] = [why for why in (gone.why, first.why) if why and why != "slowed"]
        why = told[0] if told else "dropped"
        self._queue[0] = replace(first, why=why, lasted_s=gone.lasted_s + first.lasted_s)

    def _notice(self, time_s: float) -> None:
        """Tell when the source itself leaves a hole."""
        last_s, self._last_s = self._last_s, time_s
        if last_s is None:
            return
        step_s = time_s - last_s
        if self._usual_s and step_s > max(HOLE_S, HOLE_STEPS * self._usual_s):
            self._why = self._why or "missing"
        else:
            self._usual_s += (step_s - self._usual_s) * (0.1 if self._usual_s else 1.0)

    def _fitted(self, rgb: RGB) -> RGB:
        """A picture in the size of the first one, so that boxes mean the same all the time."""
        height, width = rgb.shape[:2]
        if self._size is None:
            self._size = width, height
        if self._size == (width, height):
            return rgb
        scale = min(self._size[0] / width, self._size[1] / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        whole = np.zeros((self._size[1], self._size[0], 3), dtype=np.uint8)
        x, y = (self._size[0] - size[0]) // 2, (self._size[1] - size[1]) // 2
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        whole[y : y + size[1], x : x + size[0]] = cv2.resize(rgb, size, interpolation=way)
        return whole

    @property
    def is_finished(self) -> bool:
        """Whether every picture has been taken and no more will come."""
        return self._is_closed and not self._queue
