"""The last minutes of a session: samples, pictures, gaps and events; safe between threads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from facemotion.live.measuring import LIVE_COLUMNS, Sample, live_table
from facemotion.tables import SAMPLE_COLUMNS

if TYPE_CHECKING:
    from facemotion.live.events import Event
    from facemotion.live.intake import Why

TOGETHER = 50
"""Samples whose tables are joined, so that a snapshot joins few."""

MOST_GAPS, MOST_EVENTS = 10_000, 1_000

LIVE_SAMPLES: dict[str, str] = {**SAMPLE_COLUMNS, "latency_s": "float64", "added_s": "float64"}
"""The columns of a live samples table: what ``Sample`` says of each."""


@dataclass(frozen=True)
class Gap:
    """A stretch of stream time in which something was not seen, and why.

    ``lasted_s`` is how long nothing came, by the clock: a stream that stands still and then goes on
    where it was has lost nothing, and its gap has no length.
    """

    start_s: float
    end_s: float
    why: Why
    lasted_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Held:
    """What is in the buffer at one moment."""

    faces: pd.DataFrame
    samples: pd.DataFrame
    gaps: tuple[Gap, ...]
    events: tuple[Event, ...]
    last: Sample | None


@dataclass(frozen=True)
class _Chunk:
    end_s: float
    n_samples: int
    faces: pd.DataFrame
    samples: pd.DataFrame


class Buffer:
    """Keeps ``seconds`` of samples, and of their pictures at most ``max_bytes``."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._seconds, self._max_bytes = seconds, max_bytes
        self._lock = threading.Lock()
        self._chunks: deque[_Chunk] = deque()
        self._tail: list[Sample] = []
        self._pictures: deque[tuple[int, float, bytes]] = deque()
        self._n_bytes = 0
        self._gaps: deque[Gap] = deque(maxlen=MOST_GAPS)
        self._events: dict[tuple[object, int, float], Event] = {}
        self.n_samples = 0

    def add(self, sample: Sample) -> None:
        """Take a sample; the oldest ones go."""
        with self._lock:
            self.n_samples += 1
            self._tail.append(sample)
            self._pictures.append((sample.frame, sample.time_s, sample.jpeg))
            self._n_bytes += len(sample.jpeg)
            if len(self._tail) > TOGETHER:
                self._join()
            oldest_s = sample.time_s - self._seconds
            while self._chunks and self._chunks[0].end_s < oldest_s:
                self._chunks.popleft()
            while self._pictures[0][1] < oldest_s or self._n_bytes > self._max_bytes:
                self._n_bytes -= len(self._pictures.popleft()[2])

    def gap(self, gap: Gap) -> None:
        """Note a gap; one of the same kind that goes on is made longer."""
        with self._lock:
            last = self._gaps[-1] if self._gaps else None
            if last and last.why == gap.why == "slowed" and gap.start_s <= last.end_s:
                self._gaps[-1] = replace(last, end_s=gap.end_s)
            else:
                self._gaps.append(gap)

    def event(self, event: Event) -> None:
        """Note an event, or how it has gone on."""
        with self._lock:
            self._events[(event.rule, event.face_id, event.start_s)] = event
            while len(self._events) > MOST_EVENTS:
                del self._events[next(iter(self._events))]

    def held(self) -> Held:
        """Everything at this moment."""
        with self._lock:
            chunks, tail = list(self._chunks), list(self._tail)
            gaps, events = tuple(self._gaps), tuple(self._events.values())
        if tail:
            chunks.append(_chunk(tail))
        return Held(
            faces=_joined([chunk.faces for chunk in chunks], LIVE_COLUMNS),
            samples=_joined([chunk.samples for chunk in chunks], LIVE_SAMPLES),
            gaps=gaps,
            events=events,
            last=tail[-1] if tail else None,
        )

    def pictures(self, seconds: float) -> list[tuple[int, float, bytes]]:
        """Number, time and JPEG of the pictures of the last seconds."""
        with self._lock:
            if not self._pictures:
                return []
            from_s = self._pictures[-1][1] - seconds
            return [picture for picture in self._pictures if picture[1] >= from_s]

    def _join(self) -> None:
        """All but the newest sample, which is shown with its picture."""
        self._chunks.append(_chunk(self._tail[:-1]))
        self._tail = self._tail[-1:]


def _chunk(samples: list[Sample]) -> _Chunk:
    rows = [(s.frame, s.time_s, len(s.faces), s.shot, s.latency_s, s.added_s) for s in samples]
    faces = [face for sample in samples for face in sample.faces]
    return _Chunk(
        samples[-1].time_s,
        len(samples),
        live_table(faces),
        pd.DataFrame(rows, columns=list(LIVE_SAMPLES)).astype(LIVE_SAMPLES),
    )


def _joined(tables: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    """Tables of the same columns under each other."""
    some = [table for table in tables if len(table)]
    if not some:
        return pd.DataFrame(columns=list(columns)).astype(columns)
    return pd.concat(some, ignore_index=True)
