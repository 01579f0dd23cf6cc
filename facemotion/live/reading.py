"""The reader: one thread per source, which keeps up a connection and hands pictures out.

It goes on whatever happens to the stream: a lost connection is made again after growing waits, an
address that has expired is resolved again, and only the end of the stream or the user ends it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from facemotion.download.live import Line, LineLost, NotLive
from facemotion.errors import Cancelled, InputError, SourceError
from facemotion.frames import video
from facemotion.frames.video import Picture
from facemotion.live.clock import Clock
from facemotion.live.following import Follower, Heard, Stalled
from facemotion.live.intake import Arrival, Intake, Why
from facemotion.live.source import Source
from facemotion.records import Settings

State = Literal[
    "connecting", "live", "stalled", "reconnecting", "paused", "ended", "stopped", "failed"
]

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
"""Waits before connecting again: doubled each time."""

PATIENCE_S = 1800.0
"""A stream that has not come back after this long is given up."""


class Reader:
    """Reads one source for any number of intakes. ``state`` and ``message`` say how it goes."""

    def __init__(self, source: Source, settings: Settings, timeout_s: float, clock: Clock) -> None:
        self.source = source
        self.title = source.name
        self.webpage_url: str | None = None
        self.state: State = "connecting"
        self.message = f"Connecting to {source.name}"
        self.n_reconnects = 0
        self._settings, self._timeout_s, self._clock = settings, timeout_s, clock
        self._stop = threading.Event()
        self._intakes: tuple[Intake, ...] = ()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="live-reader", daemon=True)
        heard = Heard(self._picture, self._lost, self._piece, self._stalled)
        self._follower = Follower(heard, clock, self._stop)
        self._wait_s = FIRST_WAIT_S
        self._good_at_s = clock.now()
        self._was_live = self._is_done = False

    def add(self, intake: Intake) -> bool:
        """Hand pictures to one more, if the reader still reads: whether it does."""
        with self._lock:
            if self.is_over:
                return False
            self._intakes = (*self._intakes, intake)
            return True

    def start(self) -> None:
        """Begin to read, unless it has been begun."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    def remove(self, intake: Intake) -> None:
        """Hand it no more; without anybody to read for, the reader ends."""
        with self._lock:
            self._intakes = tuple(i for i in self._intakes if i is not intake)
            if not self._intakes:
                self._stop.set()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be read."""
        return self._is_done or self._stop.is_set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            if isinstance(self.source.place, Path):
                self._play(self.source.place)
            else:
                self._keep_connected(self.source.place)
        except Cancelled:
            pass
        except InputError as error:
            self._say("failed", str(error))
        except BaseException as error:  # the outermost edge of the thread: told, not swallowed
            self._say("failed", f"Reading failed: {type(error).__name__}: {error}")
            raise
        finally:
            if self.state not in ("ended", "failed"):
                self._say("stopped", "Stopped.")
            with self._lock:
                self._is_done = True
                intakes = self._intakes
            for intake in intakes:
                intake.close()

    def _keep_connected(self, url: str) -> None:
        while not self._stop.is_set():
            try:
                with Line(url, self._settings, self._timeout_s, self._tick) as line:
                    found = line.look_up()
                    self.title, self.webpage_url = found.title, found.webpage_url
                    self._follow(line, found.playlist_url)
                self._say("ended", "The stream has ended.")
                return
            except NotLive:
                if not self._was_live:
                    raise
                self._say("ended", "The stream has ended.")
                return
            except (SourceError, LineLost, Stalled) as error:
                if not self._was_live and not isinstance(error, Stalled):
                    raise SourceError(str(error)) from error
                self._wait(error)

    def _follow(self, line: Line, playlist_url: str) -> None:
        """Follow a playlist until it ends; short breaks do not need its address again."""
        n_failed = 0
        while not self._stop.is_set():
            good_at_s = self._good_at_s
            try:
                self._follower.follow(line, playlist_url)
                return
            except LineLost as error:
                self._follower.interrupted("disconnected")
                n_failed = 1 if self._good_at_s > good_at_s else n_failed + 1
                if error.is_gone or n_failed >= 3 or not self._was_live:
                    raise
                self._wait(error)
        raise Cancelled

    def _wait(self, error: Exception) -> None:
        """Before the next try: longer each time."""
        lost_s = self._clock.now() - self._good_at_s
        if lost_s > PATIENCE_S:
            raise SourceError(f"The stream did not come back in {lost_s / 60:.0f} minutes: {error}")
        self._follower.interrupted("stalled" if isinstance(error, Stalled) else "disconnected")
        self.n_reconnects += 1
        text = f"{error} Trying again in {self._wait_s:.0f} s."
        self._say("reconnecting", text[:1].upper() + text[1:])
        self._clock.wait(self._stop, self._wait_s)
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def _play(self, path: Path) -> None:
        """A file at the speed of its own clock."""
        began_s: float | None = None
        with closing(video.pictures(path, None, None)) as pictures:
            for picture in _in_order(pictures):
                now_s = self._clock.now()
                if began_s is None:
                    began_s = now_s - picture.time_s
                due_s = began_s + picture.time_s
                if due_s > now_s:
                    self._clock.wait(self._stop, due_s - now_s)
                if self._stop.is_set():
                    return
                self._picture(picture, Arrival(due_s, due_s))
        self._say("ended", "The file has been played to its end.")

    def _picture(self, picture: Picture, arrival: Arrival) -> None:
        for intake in self._intakes:
            intake.offer(picture, arrival)
        if not self._was_live or self.state != "live":
            self._was_live = True
            self._say("live", f"Watching {self.title}")
        self._good_at_s, self._wait_s = self._clock.now(), FIRST_WAIT_S

    def _lost(self, why: Why, lasted_s: float) -> None:
        for intake in self._intakes:
            intake.lost(why, lasted_s)

    def _piece(self, duration_s: float) -> None:
        for intake in self._intakes:
            intake.hold(2 * duration_s)

    def _stalled(self, for_s: float) -> None:
        self._say("stalled", f"The stream has been standing still for {for_s:.0f} s.")

    def _say(self, state: State, message: str) -> None:
        self.state, self.message = state, message

    def _tick(self) -> None:
        if self._stop.is_set():
            raise Cancelled


def _in_order(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Without those whose time lies before what was shown."""
    last_s = -1.0
    for picture in pictures:
        if picture.time_s > last_s:
            last_s = picture.time_s
            yield picture
