"""The clock that a live session runs by: the real one, or a faster one for rehearsals."""

from __future__ import annotations

import threading
import time


class Clock:
    """Seconds since the epoch, running ``speed`` times as fast from the moment it is made."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._began, self._epoch = time.monotonic(), time.time()

    def now(self) -> float:
        """Never goes back, even if the machine's clock is set."""
        return self._epoch + (time.monotonic() - self._began) * self.speed

    def wait(self, until: threading.Event, seconds: float) -> bool:
        """Wait for that long by this clock, or until the event is set: whether it is."""
        return until.wait(max(seconds, 0.0) / self.speed)


REAL = Clock()
