"""What the page Library does when it is told to: deletes, keeps, and says what became of it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from facemotion import cache, library
from facemotion.cache import Entry
from facemotion.errors import InputError
from facemotion.ui import look, source, state

_SAID, _PROBLEM = "library-said", "library-problem"
PICKED = "library-pick-"
"""Begins the keys of the checkboxes; the video's id follows."""


def tell() -> None:
    """What was done since the page was drawn last, or why it was not."""
    said, problem = st.session_state.pop(_SAID, None), st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(look.plain(problem), icon=":material/error:")
    if said:
        st.success(look.plain(said), icon=":material/check:")


def tidy() -> None:
    """Delete what the rules call too old, and say so: whoever comes here should not see it."""
    try:
        gone = cache.expire(state.root())
    except (InputError, OSError) as error:
        st.session_state[_PROBLEM] = str(error)
        return
    if gone:
        _forget()
        st.session_state[_SAID] = f"Not used for too long, and deleted: {titles(gone)}."


def delete_videos(video_ids: Iterable[str]) -> None:
    """Delete some videos and all that was measured in them."""
    wanted = set(video_ids)
    doomed = [entry for entry in cache.entries(state.root()) if entry.video_id in wanted]
    for video_id in wanted:
        if not _done(partial(library.delete_video, state.root(), video_id)):
            break
        st.session_state.pop(PICKED + video_id, None)
    _told(doomed)


def delete_analysis(analysis_id: str) -> None:
    """Delete one analysis."""
    if _done(partial(library.delete_analysis, state.root(), analysis_id)):
        st.session_state[_SAID] = "The analysis was deleted."


def delete_file(video_id: str) -> None:
    """Delete the file of a video, and keep its measurements."""
    if _done(partial(library.delete_file, state.root(), video_id)):
        st.session_state[_SAID] = "The file was deleted. What was measured is kept."


def delete_frames(video_id: str) -> None:
    """Delete the kept frames of a video."""
    if _done(partial(library.delete_frames, state.root(), video_id)):
        st.session_state[_SAID] = "The frames were deleted. They are read again when needed."


def delete_everything() -> None:
    """Delete all that the cache holds but the rules, and what is being worked on."""
    before = cache.entries(state.root())
    if _done(partial(cache.clear, state.root())):
        _told(before)
        left = cache.entries(state.root())
        if left:
            st.session_state[_PROBLEM] = f"Being worked on, so it was not deleted: {titles(left)}."


def make_room(budget_bytes: int) -> None:
    """Delete the videos used longest ago until the others fit."""
    before = cache.entries(state.root())
    if _done(partial(cache.evict, state.root(), budget_bytes)):
        _told(before)


def change_rules(keep_days: float | None, budget_gb: float | None) -> None:
    """Set the rules, and apply them at once; None is for those that stay as they are."""
    root, before = state.root(), cache.entries(state.root())

    def work() -> None:
        cache.change_rules(root, keep_days=keep_days, budget_gb=budget_gb)
        cache.expire(root)
        cache.make_room(root)

    if _done(work):
        st.session_state[_SAID] = "The rules were saved."
        _told(before)


def keep(video_id: str, key: str) -> None:
    """Keep a video or let it go by itself again, as its switch ``key`` says."""
    folder = state.root() / video_id
    _done(partial(cache.keep, folder, bool(st.session_state[key])))


def pick(video_ids: Iterable[str], *, is_picked: bool) -> None:
    """Tick the boxes of some videos, or untick them."""
    for video_id in video_ids:
        st.session_state[PICKED + video_id] = is_picked


def titles(entries: Iterable[Entry], most: int = 5) -> str:
    """The titles of some videos, as many as can be read at once, and how many more there are."""
    named = [entry.title for entry in entries]
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def size(n_bytes: float) -> str:
    """A size as people read it, however small."""
    return "under 0.1 MB" if 0 < n_bytes < 50_000 else cache.megabytes(n_bytes)


def day(at: float) -> str:
    """A time in seconds since 1970, as a day on the visitor's clock."""
    return _when(at).rpartition(",")[0]


def ago(at: float) -> str:
    """A time in seconds since 1970, as people speak of it."""
    passed = time.time() - at
    for unit_s, most, unit in ((60, 60, "minute"), (3600, 24, "hour"), (86400, 14, "day")):
        n = int(max(passed, 0) // unit_s)
        if n < 1:
            return "just now"
        if n < most:
            return f"{n} {unit}{'s' * (n > 1)} ago"
    return f"on {day(at)}"


def _when(at: float) -> str:
    return source.when(datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat())


def _done(act: Callable[[], object]) -> bool:
    """Do it; False, with the reason kept for the page, when that is not possible."""
    try:
        act()
    except (InputError, OSError) as error:
        st.session_state[_PROBLEM] = str(error)
        return False
    finally:
        _forget()
    return True


def _told(before: list[Entry]) -> None:
    """Say which of these videos are gone now."""
    left = {entry.video_id for entry in cache.entries(state.root())}
    gone = [entry for entry in before if entry.video_id not in left]
    if gone:
        total = size(sum(entry.total_bytes for entry in gone))
        said = st.session_state.get(_SAID, "")
        st.session_state[_SAID] = f"{said} Deleted ({total}): {titles(gone)}.".strip()


def _forget() -> None:
    """Drop what is remembered of what is on the disk, and close what is not there any more."""
    st.cache_data.clear()
    open_id = state.open_id()
    if open_id is not None:
        video_id, _, key = open_id.rpartition(".")
        if not (state.root() / video_id / f"faces-{key}").is_dir():
            state.make_open(None)
