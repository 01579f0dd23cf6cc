"""One live session: reader and measurer at work, and what they have found so far."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from pathlib import Path

import pandas as pd

from facemotion.errors import Cancelled, FacemotionError
from facemotion.frames import kept
from facemotion.live import keeping
from facemotion.live.buffer import Buffer, Gap
from facemotion.live.clock import Clock
from facemotion.live.events import Event, Watch, values_of
from facemotion.live.intake import Intake, Waiting
from facemotion.live.measuring import Measurer, Sample
from facemotion.live.reading import Reader, State
from facemotion.live.settings import LiveSettings
from facemotion.live.snapshot import Item, Listener, Snapshot, Stats
from facemotion.records import OnProgress, ignore_progress

QUEUE_S = 4.0
"""Seconds of the stream that may wait to be measured, or two of its pieces if that is more."""

GAP_STEPS = 1.5
"""Samples further apart than so many steps have a gap between them."""

RECENT = 50
"""Rate and latency are told from so many samples."""

_TAKE_S = 0.2
_log = logging.getLogger(__name__)


class Live:
    """A session under way; made by ``watch``."""

    def __init__(
        self, settings: LiveSettings, root: Path, clock: Clock, reader: Reader, intake: Intake
    ) -> None:
        self.source, self.settings = reader.source, settings
        self.began_at = clock.now()
        self._root, self._clock = root, clock
        self._reader, self._intake = reader, intake
        self._buffer = Buffer(settings.buffer_s, settings.max_buffer_bytes)
        self._watch = Watch(settings.rules, 1 / settings.fps)
        self._thread = threading.Thread(target=self._run, name="live-measurer", daemon=True)
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=RECENT)
        self._last_s: float | None = None
        self._lost_s = 0.0
        self._stopped = threading.Event()
        self._is_paused = False
        self._problem: str | None = None
        self._listeners: tuple[Listener, ...] = ()
        self._looked_at_s = clock.now()
        self._n_watchers = 0
        self._watching = threading.Lock()

    def start(self) -> None:
        """Set reader and measurer going; ``watch`` does it."""
        self._thread.start()

    @property
    def state(self) -> State:
        """What is going on; ``message`` says it in words."""
        if self._problem is not None:
            return "failed"
        if self._stopped.is_set():
            return "stopped"
        state = self._reader.state
        if state in ("ended", "failed"):
            return state if not self._thread.is_alive() else "live"
        return "paused" if self._is_paused else state

    @property
    def message(self) -> str:
        """One line for people."""
        if self._problem is not None:
            return self._problem
        state = self.state
        if state == "stopped":
            return "Stopped."
        if state == "paused":
            return "Paused: nothing is measured. What is missed is marked as a gap."
        return self._reader.message

    @property
    def title(self) -> str:
        """What the source calls itself."""
        return self._reader.title

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("ended", "stopped", "failed")

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with every sample, gap and event from now on, in the measurer's thread.

        What it raises ends the session; ``Cancelled`` does so quietly.
        """
        self._listeners = (*self._listeners, listener)

    def pause(self) -> None:
        """Measure nothing for a while; the connection stays."""
        self._is_paused = True
        self._intake.pause()

    def resume(self) -> None:
        """Go on with what is live now."""
        self._is_paused = False
        self._intake.resume()

    def stop(self) -> None:
        """End the session for everybody, unless it is over; what is buffered stays."""
        if not self.is_over:
            self._stopped.set()
        self._reader.remove(self._intake)
        self._intake.close()

    def join_in(self) -> bool:
        """One more watcher comes, if the session is not over: whether it is not."""
        with self._watching:
            if self.is_over:
                return False
            self._n_watchers += 1
            return True

    def leave(self) -> None:
        """One watcher goes; with the last one, the session ends."""
        with self._watching:
            self._n_watchers -= 1
            if self._n_watchers <= 0:
                self.stop()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the session, and no longer than that."""
        until = time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        if self._reader.is_over:  # others may still need it
            self._reader.join(max(0.0, until - time.monotonic()))

    def snapshot(self) -> Snapshot:
        """What is known now."""
        self._looked_at_s = self._clock.now()
        held = self._buffer.held()
        last = held.last
        return Snapshot(
            title=self.title,
            state=self.state,
            message=self.message,
            faces=held.faces,
            samples=held.samples,
            gaps=held.gaps,
            events=held.events,
            frame=None if last is None else kept.decoded(last.jpeg),
            frame_time_s=None if last is None else last.time_s,
            frame_faces=held.faces.iloc[:0] if last is None else last.table,
            stats=self.stats,
        )

    @property
    def stats(self) -> Stats:
        """How the session is doing."""
        recent = list(self._recent)
        span_s = recent[-1][0] - recent[0][0] if len(recent) > 1 else 0.0
        middle = pd.DataFrame(recent).median() if recent else None
        return Stats(
            rate=(len(recent) - 1) / span_s if span_s > 0 else 0.0,
            asked_rate=self._intake.rate,
            latency_s=None if middle is None else float(middle[1]),
            added_s=None if middle is None else float(middle[2]),
            n_samples=self._buffer.n_samples,
            n_dropped=self._intake.n_dropped,
            n_reconnects=self._reader.n_reconnects,
            lost_s=self._lost_s,
            time_s=self._last_s or 0.0,
        )

    def keep(
        self, minutes: float, root: Path | None = None, on_progress: OnProgress = ignore_progress
    ) -> str:
        """Make a normal analysis of the last minutes; its ``analysis_id``, for ``pipeline.reopen``.

        The pictures that were measured are measured again, with everything that only a finished
        analysis can tell. Raises ``InputError`` when nothing was buffered, or it cannot be written.
        """
        held = self._buffer.held()
        what = keeping.Minutes(
            title=self.title,
            source=self.source.name,
            webpage_url=self._reader.webpage_url,
            began_at=self.began_at,
            pictures=self._buffer.pictures(60 * minutes),
            gaps=held.gaps,
        )
        return keeping.keep(what, self.settings, root or self._root, on_progress)

    def _run(self) -> None:
        try:
            measurer = Measurer(self.settings, self._root / "models")
            measurer.warm_up()
            self._reader.start()
            while not (self._stopped.is_set() or self._intake.is_finished or self._is_forgotten):
                waiting = self._intake.take(_TAKE_S)
                if waiting is not None and not self._is_paused:
                    self._measure(measurer, waiting)
            for event in self._watch.finish():
                self._tell_event(event)
        except Cancelled:
            self._stopped.set()
        except FacemotionError as error:
            self._problem = str(error)
        except BaseException as error:
            self._problem = f"The session failed: {type(error).__name__}: {error}"
            _log.exception("the live session of %s failed", self.source.name)
        finally:
            self._reader.remove(self._intake)

    @property
    def _is_forgotten(self) -> bool:
        """Whether it is to end because nobody has looked for long; then it does."""
        idle_s = self.settings.idle_s
        if idle_s is not None and self._clock.now() - self._looked_at_s > idle_s:
            self._stopped.set()
        return self._stopped.is_set()

    def _measure(self, measurer: Measurer, waiting: Waiting) -> None:
        began_s = self._clock.now()
        shot, faces = measurer.measure(waiting)
        self._note_gap(waiting)
        now_s = self._clock.now()
        sample = Sample(
            frame=waiting.index,
            time_s=waiting.time_s,
            shot=shot,
            faces=faces,
            jpeg=waiting.jpeg,
            latency_s=now_s - waiting.live_at_s,
            added_s=now_s - waiting.arrived_at_s,
        )
        self._buffer.add(sample)
        self._recent.append((sample.time_s, sample.latency_s, sample.added_s))
        self._tell(sample)
        if self.settings.rules:
            for event in self._watch.update(sample.time_s, values_of(faces)):
                self._tell_event(event)
        self._intake.took(self._clock.now() - began_s)

    def _note_gap(self, waiting: Waiting) -> None:
        last_s, self._last_s = self._last_s, waiting.time_s
        if last_s is None:
            return
        is_far = waiting.time_s - last_s > GAP_STEPS / self.settings.fps
        why = waiting.why
        if why is None or not (is_far or waiting.lasted_s):
            return
        gap = Gap(last_s if is_far else waiting.time_s, waiting.time_s, why, waiting.lasted_s)
        if why != "slowed":
            self._lost_s += gap.end_s - gap.start_s
        self._buffer.gap(gap)
        self._tell(gap)

    def _tell_event(self, event: Event) -> None:
        self._buffer.event(event)
        self._tell(event)

    def _tell(self, item: Item) -> None:
        for listener in self._listeners:
            listener(item)
