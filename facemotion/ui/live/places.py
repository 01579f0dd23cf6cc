"""Which live session a browser shows: in its session, and in the address for a reload."""

from __future__ import annotations

import streamlit as st

from facemotion.live import LiveSettings
from facemotion.ui import state
from facemotion.ui.live.watched import Watched, shelf, viewer

LIVE = "live"
"""The name in the address."""

_AT, _SENT = "at-live", "live-sent"


def begin(source: str, settings: LiveSettings) -> None:
    """Watch something, and show it."""
    key = shelf().begin(source, settings, state.root(), viewer())
    st.session_state[_AT] = st.query_params[LIVE] = key


def current() -> tuple[str | None, Watched | None]:
    """The key that is to be shown, if any, and what it leads to, if that is known."""
    key = st.query_params.get(LIVE) or st.session_state.get(_AT)
    if key is None:
        return None, None
    st.session_state[_AT] = key
    if st.query_params.get(LIVE) != key:
        st.query_params[LIVE] = key
    return key, shelf().look(key, viewer())


def close() -> None:
    """Show none any more; who was the last to watch ends it."""
    key = st.session_state.pop(_AT, None)
    if LIVE in st.query_params:
        del st.query_params[LIVE]
    if key is not None:
        shelf().drop(key, viewer())
