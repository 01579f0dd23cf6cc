"""The live sessions of the dashboard: connected in the background, ended when nobody looks.

One for the whole program, whoever watches: browsers that give the same source and settings see the
same session. Streamlit does not tell when a page is closed, so each look is noted, and a thread
lets go of the sessions at which nobody has looked for some time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from facemotion import cache, demo
from facemotion.errors import FacemotionError
from facemotion.live import Live, LiveSettings, Snapshot, watch

DEMO = "demo"
"""The source that is the demo clip."""

CLOSED_S = 60.0
"""A session ends so long after the last page that showed it was closed: time for a reload."""

AWAY_S = 900.0
"""It ends so long after the last look of a browser that is open, but shows something else."""

_log = logging.getLogger(__name__)
_NOW_S = 5.0
_FRESH_S = 0.4
_REAP_S = 5.0


@dataclass
class Watched:
    """A live session, or what will be one; ``problem`` says why there will be none."""

    key: str
    source: str
    settings: LiveSettings
    live: Live | None = None
    problem: str | None = None
    step: str = "Connecting"
    looks: dict[str, float] = field(default_factory=dict)
    is_left: bool = False
    _seen: tuple[float, Snapshot] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_demo(self) -> bool:
        return self.source == DEMO

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.problem is not None or (self.live is not None and self.live.is_over)

    @property
    def n_looking(self) -> int:
        """How many browsers show it at the moment."""
        now_s = time.monotonic()
        return sum(now_s - at_s < _NOW_S for at_s in list(self.looks.values()))

    def connect(self, root: Path) -> None:
        """Begin to watch; takes as long as the names of servers, or the demo clip, take."""
        try:
            place: str | Path = self.source
            if self.is_demo:
                self.step = "Drawing the demo clip, which is done once"
                place = demo.build(root / "demo")
                self.step = "Loading the models"
            live = watch(place, self.settings, root)
        except FacemotionError as error:
            self.problem = str(error)
            return
        except BaseException as error:  # the outermost edge of a thread: somebody waits for it
            self.problem = f"It could not be begun: {type(error).__name__}: {error}"
            _log.exception("Connecting to %s failed", self.source)
            return
        with self._lock:
            self.live = live
            is_left = self.is_left
        if is_left:
            live.leave()

    def leave(self) -> None:
        """Watch no more, whether it is connected by now or not."""
        with self._lock:
            live = None if self.is_left else self.live
            self.is_left = True
        if live is not None:
            live.leave()

    def snapshot(self) -> Snapshot | None:
        """What is known now, made once for all who look at the same time; None before."""
        if self.live is None:
            return None
        with self._lock:
            now_s = time.monotonic()
            if self._seen is None or now_s - self._seen[0] > _FRESH_S or self.live.is_over:
                self._seen = now_s, self.live.snapshot()
            return self._seen[1]


class Shelf:
    """All of them by their keys; ``is_open`` tells whether a browser is still there.

    Times are monotonic seconds, as ``now`` gives them.
    """

    def __init__(
        self,
        is_open: Callable[[str], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_open, self._now = is_open, now
        self._watched: dict[str, Watched] = {}
        self._lock = threading.Lock()

    def begin(self, source: str, settings: LiveSettings, root: Path, viewer: str) -> str:
        """Watch a source, together with those who do so already; the key of what is watched."""
        key = cache.key("live", 1, source, repr(settings), str(root))
        with self._lock:
            known = self._watched.get(key)
            if known is None or known.is_over:
                if known is not None:
                    known.leave()
                known = self._watched[key] = Watched(key, source, settings)
                threading.Thread(
                    target=known.connect, args=(root,), name="live-connect", daemon=True
                ).start()
            known.looks[viewer] = self._now()
        return key

    def look(self, key: str, viewer: str) -> Watched | None:
        """What is watched by that key, with a note of who looks; None when it is not known."""
        with self._lock:
            known = self._watched.get(key)
            if known is not None:
                known.looks[viewer] = self._now()
            return known

    def drop(self, key: str, viewer: str) -> None:
        """Somebody watches this no more, and says so."""
        with self._lock:
            known = self._watched.get(key)
            if known is not None:
                known.looks.pop(viewer, None)
        self.reap()

    def reap(self) -> None:
        """Let go of what nobody watches any more."""
        now_s = self._now()
        with self._lock:
            for key, known in list(self._watched.items()):
                for viewer, at_s in list(known.looks.items()):
                    if now_s - at_s > (AWAY_S if self._is_open(viewer) else CLOSED_S):
                        del known.looks[viewer]
                if not known.looks:
                    del self._watched[key]
                    known.leave()

    def __len__(self) -> int:
        return len(self._watched)


@st.cache_resource
def shelf() -> Shelf:
    """The one of this program, with the thread that tidies it."""
    kept = Shelf(_is_open)

    def tidy() -> None:
        while True:
            time.sleep(_REAP_S)
            kept.reap()

    threading.Thread(target=tidy, name="live-tidy", daemon=True).start()
    return kept


def viewer() -> str:
    """The browser session that runs this script."""
    context = get_script_run_ctx()
    return "" if context is None else context.session_id


def _is_open(viewer: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(viewer)
