"""Following one HLS playlist: its new pieces in order, each placed on the session's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from facemotion.download.live import Line, LineLost
from facemotion.frames.video import Picture
from facemotion.live import playlist, segments
from facemotion.live.clock import Clock
from facemotion.live.intake import Arrival, Why
from facemotion.live.playlist import Part, Playlist, Segment
from facemotion.live.timeline import Timeline

START_AT = 1
"""Pieces before the newest that a session begins with: the fewer, the closer to the present."""

POLL_S = 0.25
"""Once a new piece is due, the playlist is asked for this often, or eight times a piece."""

STALLED = 3.0
"""A stream stands still when nothing new has come for so many pieces' time."""

TRIES = 3
"""A piece that is not there is asked for so often before it is given up."""

MAX_BEHIND_S = 20.0
"""After a break, what is older than this is left out: the present matters more."""

STALE = 5
"""A playlist that ends so many pieces before what was seen has begun anew; an older copy from
another server ends less far back."""


@dataclass(frozen=True)
class Heard:
    """To whom a follower speaks: pictures, what was lost, and how the stream is doing."""

    picture: Callable[[Picture, Arrival], None]
    lost: Callable[[Why, float], None]
    piece: Callable[[float], None]
    stalled: Callable[[float], None]


class Stalled(Exception):
    """Nothing new has come for long: the address may have changed."""


class Follower:
    """Remembers where a session is in its stream, over any number of connections."""

    def __init__(self, heard: Heard, clock: Clock, stop: threading.Event) -> None:
        self._heard, self._clock, self._stop = heard, clock, stop
        self._timeline = Timeline()
        self._next: int | None = None
        self._n_pictures = 0
        self._last_time_s = -1.0
        self._edge_s: float | None = None  # the clock less stream time, at its most timely
        self._listed_at_s = self._seen_at_s = clock.now()  # the last look; the last new piece
        self._header: tuple[Part, bytes] | None = None
        self._why: Why | None = None
        self._is_stalled = False

    def follow(self, line: Line, url: str) -> None:
        """Take every new piece until the stream has ended or the session is stopped.

        Raises ``LineLost`` when the server cannot be reached or knows the playlist no more, and
        ``Stalled`` when nothing has come for long.
        """
        began_s = self._clock.now()
        while not self._stop.is_set():
            listed = self._listed(line, url)
            new = self._new(listed)
            for segment in new:
                if self._stop.is_set():
                    return
                self._take(line, segment, listed)
            if listed.is_ended and not new:
                return
            if new:
                began_s = self._clock.now()
                self._wait(min(new[-1].duration_s or listed.target_s, listed.target_s))
                continue
            quiet_s = self._clock.now() - max(began_s, self._seen_at_s)
            if quiet_s > STALLED * listed.target_s:
                self._is_stalled = True
                self._heard.stalled(self._clock.now() - self._seen_at_s)
                if quiet_s > 4 * STALLED * listed.target_s:
                    raise Stalled(f"nothing new has come for {quiet_s:.0f} s")
            self._clock.wait(self._stop, self._poll_s(listed))

    def interrupted(self, why: Why) -> None:
        """There was a break: whatever is lost by it is lost for that reason."""
        self._why = self._why or why

    def _listed(self, line: Line, url: str) -> Playlist:
        try:
            text = line.get(url).decode(errors="replace")
            self._listed_at_s = self._clock.now()
            return playlist.parse(text, url)
        except playlist.NotAPlaylist as error:
            raise LineLost(f"The server sent no playlist: {error}.") from error

    def _poll_s(self, listed: Playlist) -> float:
        """Often at first, and rarely when a stream has been standing still."""
        quiet_s = self._clock.now() - self._seen_at_s
        return max(min(POLL_S, listed.target_s / 8), min(0.05 * quiet_s, 2.0))

    def _wait(self, piece_s: float) -> None:
        """Until the next piece is due: one piece's time after the last one came."""
        due_s = self._seen_at_s + 0.9 * piece_s
        now_s = self._clock.now()
        self._clock.wait(self._stop, min(max(due_s - now_s, 0.02), piece_s))

    def _new(self, listed: Playlist) -> list[Segment]:
        """The pieces to take now; what is missing before them is told."""
        if not listed.segments:
            return []
        if self._next is None:
            return list(listed.segments[-START_AT:])
        last = listed.segments[-1].sequence
        quiet_s = self._clock.now() - self._seen_at_s
        if last + 1 < self._next:
            if last + 1 > self._next - STALE and quiet_s < STALLED * listed.target_s:
                return []
            self._restart()
            return list(listed.segments[-START_AT:])
        new = [s for s in listed.segments if s.sequence >= self._next]
        while len(new) > 1 and sum(s.duration_s for s in new) > MAX_BEHIND_S:
            new = new[1:]
        if new and new[0].sequence > self._next:
            n_lost = new[0].sequence - self._next
            known = {s.sequence: s.duration_s for s in listed.segments}
            lost_s = sum(
                known.get(self._next + i, listed.target_s) for i in range(min(n_lost, 10_000))
            )
            why: Why = self._why or ("stalled" if self._is_stalled else "dropped")
            self._lose(why, min(lost_s, quiet_s + listed.target_s))
        return new

    def _restart(self) -> None:
        """The numbers have begun anew: by the clock, so much was lost."""
        at_s = self._timeline.end_s if self._edge_s is None else self._clock.now() - self._edge_s
        self._next = None
        self._lose(self._why or "disconnected", at_s - self._timeline.end_s)

    def _lose(self, why: Why, seconds: float) -> None:
        self._timeline.skip(seconds)
        self._heard.lost(why, 0.0)

    def _take(self, line: Line, segment: Segment, listed: Playlist) -> None:
        """Fetch, decode and hand over one piece, or tell that it is lost."""
        arrived_s = self._listed_at_s
        data = self._fetched(line, segment, listed)
        if self._stop.is_set():
            return
        passed_s = self._clock.now() - self._seen_at_s
        came_late = self._why or ("stalled" if self._is_stalled else None)
        if came_late:
            self._heard.lost(came_late, passed_s)
        self._why, self._is_stalled = None, False
        self._next = segment.sequence + 1
        self._seen_at_s = arrived_s
        self._heard.piece(segment.duration_s)
        if data is None:
            self._lose("missing", segment.duration_s)
            return
        try:
            self._show(data, segment, passed_s, arrived_s)
        except segments.Damaged:
            self._lose("damaged", segment.duration_s)

    def _fetched(self, line: Line, segment: Segment, listed: Playlist) -> bytes | None:
        """A piece's bytes with its header; None when the server does not have it."""
        for n_try in range(TRIES):
            try:
                data = line.get(segment.media.url, segment.media.byte_range)
                if segment.key is not None:
                    data = line.decrypted(data, segment.key.url, segment.key.iv)
                return self._headed(line, segment) + data
            except LineLost as error:
                if not error.is_gone:
                    raise
                if n_try < TRIES - 1:
                    self._clock.wait(self._stop, min(0.3, listed.target_s / 4))
        return None

    def _headed(self, line: Line, segment: Segment) -> bytes:
        if segment.header is None:
            return b""
        if self._header is None or self._header[0] != segment.header:
            data = line.get(segment.header.url, segment.header.byte_range)
            self._header = segment.header, data
        return self._header[1]

    def _show(self, data: bytes, segment: Segment, passed_s: float, arrived_s: float) -> None:
        offset_s: float | None = None
        before_s, end_s, first_s = 0.0, 0.0, 0.0
        for picture in segments.pictures(data):
            if offset_s is None:
                offset_s = self._timeline.place(picture.clock_s, segment.starts_anew, passed_s)
                first_s = picture.clock_s + offset_s
                live_at_s = self._live_at(segment, first_s, arrived_s)
            time_s = picture.clock_s + offset_s
            step_s = time_s - before_s if before_s else 0.0
            before_s, end_s = time_s, time_s + max(step_s, 0.0)
            if time_s <= self._last_time_s:
                continue
            self._last_time_s = time_s
            shown = Picture(self._n_pictures, time_s, picture.raw, picture.aspect)
            self._n_pictures += 1
            self._heard.picture(shown, Arrival(live_at_s + time_s - first_s, arrived_s))
            if self._stop.is_set():
                return
        self._timeline.passed(max(end_s, first_s + segment.duration_s))

    def _live_at(self, segment: Segment, first_s: float, arrived_s: float) -> float:
        """When a piece's first picture was live: by its date if that can be believed.

        Otherwise the present is where the stream ended when a piece was first seen; the most timely
        piece of all counts.
        """
        edge_s = arrived_s - (first_s + segment.duration_s)
        self._edge_s = edge_s if self._edge_s is None else min(edge_s, self._edge_s)
        if segment.wall_s is not None and -2.0 < arrived_s - segment.wall_s < 600.0:
            return segment.wall_s
        return self._edge_s + first_s
