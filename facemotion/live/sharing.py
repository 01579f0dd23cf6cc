"""Who watches what: one session per source and settings, one reader per URL."""

from __future__ import annotations

import threading
from pathlib import Path
from weakref import WeakValueDictionary

from facemotion import cache
from facemotion.live.clock import REAL, Clock
from facemotion.live.intake import Intake
from facemotion.live.reading import Reader
from facemotion.live.session import QUEUE_S, Live
from facemotion.live.settings import LiveSettings
from facemotion.live.snapshot import Listener
from facemotion.live.source import Source, locate

_registry = threading.RLock()
# Weak: their threads hold those under way; one that is over lives as long as somebody looks at it.
_sessions: WeakValueDictionary[tuple[Source, LiveSettings, Path, int], Live]
_sessions = WeakValueDictionary()
_readers: WeakValueDictionary[tuple[Source, tuple[int, float, bool], int], Reader]
_readers = WeakValueDictionary()


def watch(
    source: str | Path,
    settings: LiveSettings | None = None,
    root: Path | None = None,
    *,
    listener: Listener | None = None,
    clock: Clock = REAL,
) -> Live:
    """The session of a source, begun now or under way; ``leave`` it when nobody looks any more.

    ``source`` is the URL of a live stream, or a file to be played at its own speed. ``listener`` is
    as in ``Live.listen``, from the first sample on if the session begins with this. Raises
    ``InputError`` for what cannot be one at all; what only the network tells comes as the state.
    """
    settings = settings or LiveSettings()
    root = root or cache.default_root()
    found = locate(source, settings.measuring.max_bytes, settings.allow_private_urls)
    key = (found, settings, root, id(clock))
    with _registry:
        live = _sessions.get(key)
        is_new = live is None or not live.join_in()
        if live is None or is_new:
            intake = Intake(settings.fps, QUEUE_S)
            live = Live(settings, root, clock, _reader_of(found, settings, clock, intake), intake)
            live.join_in()
            _sessions[key] = live
        if listener is not None:
            live.listen(listener)
        if is_new:
            live.start()
    return live


def sessions() -> tuple[Live, ...]:
    """The sessions under way."""
    with _registry:
        return tuple(live for live in _sessions.values() if not live.is_over)


def _reader_of(source: Source, settings: LiveSettings, clock: Clock, intake: Intake) -> Reader:
    """The reader of a URL, shared by all sessions that read it alike; files have one each."""
    key = (source, settings.reading, id(clock))
    shared = None if source.is_file else _readers.get(key)
    if shared is not None and shared.add(intake):
        return shared
    reader = Reader(source, settings.measuring, settings.timeout_s, clock)
    reader.add(intake)
    if not source.is_file:
        _readers[key] = reader
    return reader
