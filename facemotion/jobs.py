"""Long work in the background: a job is a callable and its key, with progress, cancel and result.

The pool belongs to the program, not to a page: a job goes on while pages come and go, and is found
again by its key. Submitting a key that is under way gives the job that is there, so the same work
is done once. Nothing here knows what the work is, or who looks at it.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from facemotion.errors import Cancelled, FacemotionError
from facemotion.records import STAGES, FoundFace, OnProgress, Progress, StageName

T = TypeVar("T")
State = Literal["queued", "running", "done", "failed", "cancelled"]

RATE_WINDOW_S = 10.0
"""Rates are measured over this much recent history: long enough to be calm, short enough to follow
a download that slows down."""

FACES_KEPT = 10
"""How many of the faces found so far a job remembers."""

_MIN_SPAN_S = 0.5
_MIN_STEP_S = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageProgress:
    """Where one stage of a job is: ``rate`` in the stage's units per second, ``left_s`` seconds.

    Both are None while they cannot be told yet.
    """

    latest: Progress
    rate: float | None
    left_s: float | None


class _Pace:
    """The recent history of one stage, from which rate and time left are estimated."""

    def __init__(self) -> None:
        self.latest: Progress | None = None
        self._history: deque[tuple[float, float]] = deque()

    def add(self, progress: Progress, now_s: float) -> None:
        if self._history and progress.done < self._history[-1][1]:
            self._history.clear()  # the stage began to count something else
        self.latest = progress
        if len(self._history) < 2 or now_s - self._history[-1][0] >= _MIN_STEP_S:
            self._history.append((now_s, progress.done))
        while now_s - self._history[0][0] > RATE_WINDOW_S and len(self._history) > 2:
            self._history.popleft()

    def told(self, latest: Progress) -> StageProgress:
        (first_s, first), (last_s, last) = self._history[0], self._history[-1]
        span_s = last_s - first_s
        rate = (last - first) / span_s if span_s >= _MIN_SPAN_S and last > first else None
        left_s = (latest.total - latest.done) / rate if latest.total and rate else None
        return StageProgress(latest, rate, None if left_s is None else max(left_s, 0.0))


class Job(Generic[T]):
    """One piece of work under way or finished; made by ``Jobs.submit``.

    ``on_progress``, which the work is given, may be called from any thread, and raises
    ``Cancelled`` once somebody has called ``cancel``.
    """

    def __init__(
        self,
        key: str,
        title: str,
        work: Callable[[OnProgress], T],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key = key
        self.work = work
        self._clock = clock
        self._future: Future[T] = Future()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._paces: dict[StageName, _Pace] = {}
        self._title = title
        self._faces: deque[FoundFace] = deque(maxlen=FACES_KEPT)

    @property
    def title(self) -> str:
        """What the work is about: as it was given, until the work itself knows better."""
        return self._title

    @property
    def faces(self) -> tuple[FoundFace, ...]:
        """The last of the faces that the work has shown, the newest first."""
        with self._lock:
            return tuple(reversed(self._faces))

    @property
    def state(self) -> State:
        """What has become of the work so far."""
        if not self._future.done():
            return "running" if self._future.running() else "queued"
        if self._future.cancelled():
            return "cancelled"
        error = self._future.exception()
        if error is None:
            return "done"
        return "cancelled" if isinstance(error, Cancelled) else "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self._future.done()

    @property
    def is_stopping(self) -> bool:
        """Whether it was cancelled and has not come to its end yet."""
        return self._stop.is_set() and not self._future.done()

    @property
    def progress(self) -> dict[StageName, StageProgress]:
        """The latest word of each stage that has begun, in the order of the stages."""
        with self._lock:
            return {
                stage: pace.told(pace.latest)
                for stage in STAGES
                if (pace := self._paces.get(stage)) is not None and pace.latest is not None
            }

    @property
    def error(self) -> str | None:
        """Why a failed job failed, fit to be shown; None for every other state."""
        if self.state != "failed":
            return None
        error = self._future.exception()
        if isinstance(error, FacemotionError):
            return str(error)
        return (
            f"Something went wrong inside facemotion ({type(error).__name__}). "
            "The details are in the terminal in which it runs. Try again, or try another video."
        )

    def result(self, timeout_s: float | None = None) -> T:
        """What the work returned, waiting for it; raises what it raised.

        ``Cancelled`` for a cancelled job, ``TimeoutError`` when it takes longer.
        """
        try:
            return self._future.result(timeout_s)
        except CancelledError as error:
            raise Cancelled("The work was stopped before it began.") from error

    def cancel(self) -> None:
        """Drop a queued job; stop a running one at its next word about progress."""
        self._stop.set()
        self._future.cancel()

    def run(self) -> None:
        """Do the work, in the thread that calls this."""
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self.work(self._on_progress)
        except BaseException as error:  # the outermost edge of a thread: it must outlive its jobs
            if not isinstance(error, FacemotionError):
                _log.exception("The job %r failed", self.title)
            self._future.set_exception(error)
        else:
            self._future.set_result(result)

    def _on_progress(self, progress: Progress) -> None:
        if self._stop.is_set():
            raise Cancelled("The work was stopped. What was finished is kept.")
        with self._lock:
            self._paces.setdefault(progress.stage, _Pace()).add(progress, self._clock())
            self._title = progress.title or self._title
            self._faces.extend(progress.faces)


class Jobs(Generic[T]):
    """A pool of threads and the jobs that it was given, by key.

    The threads are daemons, unlike those of ``ThreadPoolExecutor``: whoever stops the program does
    not wait for a film to be analysed, and the cache outlives a killed run.
    """

    def __init__(self, workers: int = 2, keep_finished: int = 100) -> None:
        self._keep_finished = keep_finished
        self._lock = threading.Lock()
        self._jobs: dict[str, Job[T]] = {}
        self._queue: queue.SimpleQueue[Job[T]] = queue.SimpleQueue()
        for number in range(workers):
            threading.Thread(target=self._serve, daemon=True, name=f"jobs-{number}").start()

    def submit(self, key: str, title: str, work: Callable[[OnProgress], T]) -> Job[T]:
        """Queue some work; the job that is there when the same key is queued or running already.

        A finished, failed or cancelled job of that key is replaced: the work is begun again.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.is_over and not job.is_stopping:
                return job
            job = Job(key, title, work)
            self._jobs.pop(key, None)
            self._jobs[key] = job
            self._forget_old()
        self._queue.put(job)
        return job

    def get(self, key: str) -> Job[T] | None:
        """The job of that key, or None when there is none (any more)."""
        with self._lock:
            return self._jobs.get(key)

    def ahead_of(self, job: Job[T]) -> int:
        """How many jobs will begin before a queued one."""
        with self._lock:
            queued = [other for other in self._jobs.values() if other.state == "queued"]
        return queued.index(job) if job in queued else 0

    def _forget_old(self) -> None:
        finished = [key for key, job in self._jobs.items() if job.is_over]
        for key in finished[: max(0, len(finished) - self._keep_finished)]:
            del self._jobs[key]

    def _serve(self) -> None:
        while True:
            self._queue.get().run()
