"""Expressions of a stream while it runs.

    live = watch("https://...", LiveSettings(fps=5), root)   # or a file, played at its own speed
    seen = live.snapshot()     # faces, samples, gaps, events, newest frame with its rows, stats
    live.pause(); live.resume()
    analysis_id = live.keep(minutes=2)                       # for pipeline.reopen(analysis_id)
    live.leave()               # the session ends with its last watcher; stop() ends it for all

Three threads, at most, per session: the reader (``reading``: connection, playlist, decoding, one
per URL however many watch), the measurer (``measuring``: models, people, muscles, smoothing), and
whoever asks for a snapshot. Between the first two is a bounded queue of the newest pictures
(``intake``); the measurer fills the ring buffer (``buffer``) from which snapshots are made.

``faces`` has the columns of the faces table and the smoothed expressions ``angry_shown`` ...
(``LIVE_COLUMNS``); ``samples`` those of the samples table, ``latency_s`` and ``added_s``
(``LIVE_SAMPLES``). Times are stream time: seconds since the session's first picture. What was not
seen is a ``Gap`` with its reason, never a shift. ``face_id`` is stable while somebody is seen and
for ``max_gap_s`` after. Action units are provisional: counted from what was shown so far.

``state`` is "connecting", "live", "stalled", "reconnecting", "paused", "ended", "stopped" or
"failed"; ``message`` says it in words. After the last three nothing more comes, and what is
buffered can still be kept.
"""

from __future__ import annotations

from facemotion.live.buffer import LIVE_SAMPLES, Gap
from facemotion.live.clock import Clock
from facemotion.live.events import VALUES, Event, Rule
from facemotion.live.measuring import LIVE_COLUMNS, SHOWN_COLUMNS, Sample
from facemotion.live.session import Live
from facemotion.live.settings import LiveSettings
from facemotion.live.sharing import sessions, watch
from facemotion.live.snapshot import Snapshot, Stats

__all__ = [
    "LIVE_COLUMNS",
    "LIVE_SAMPLES",
    "SHOWN_COLUMNS",
    "VALUES",
    "Clock",
    "Event",
    "Gap",
    "Live",
    "LiveSettings",
    "Rule",
    "Sample",
    "Snapshot",
    "Stats",
    "sessions",
    "watch",
]
