"""The form: which stream, and how it is looked at."""

from __future__ import annotations

import streamlit as st

from facemotion.errors import InputError, SourceError
from facemotion.live import LiveSettings
from facemotion.live.settings import MAX_FPS
from facemotion.statistics import streaming
from facemotion.ui import look, source, state
from facemotion.ui.live import places, rules
from facemotion.ui.live.watched import DEMO

MOST_MINUTES = 30
_SMOOTHING = {
    "none": "none: each look as it is",
    "moving": "moving mean of 0.6 s",
    "exponential": "exponential, 0.3 s",
    "kalman": "Kalman filter (calm, quick)",
}
DEFAULTS = LiveSettings()


def form() -> None:
    """Draw it; begins to watch when it is sent."""
    with st.container(border=True, key="live-form"):
        text = st.text_input(
            "Address of a live stream",
            key="live-url",
            placeholder="https://www.youtube.com/watch?v=... or https://.../live.m3u8",
            icon=":material/sensors:",
            help="A live stream on YouTube or another site that yt-dlp knows, or the address of "
            "an HLS playlist. Private and local addresses are refused, unless whoever runs this "
            "dashboard has set FACEMOTION_ALLOW_PRIVATE_URLS=1.",
            persist_state="session",
        )
        settings = _settings()
        row = st.container(horizontal=True, vertical_alignment="center")
        sent = row.button(
            "Watch",
            key="live-watch",
            type="primary",
            icon=":material/sensors:",
            help="Connects in the background and shows what is live from then on.",
        )
        demo = row.button(
            "Play the demo clip as if it were live",
            key="live-demo",
            icon=":material/movie:",
            help="Needs no network: 20 seconds of a drawn face, at their own speed.",
        )
        if not (sent or demo):
            return
        try:
            if isinstance(settings, InputError):
                raise settings
            places.begin(DEMO if demo else _address(text), settings)
        except InputError as error:
            st.error(look.plain(str(error)), icon=":material/error:")
            return
    st.rerun()


def _address(text: str | None) -> str:
    if not (text or "").strip():
        raise SourceError("No address yet. Paste that of a live stream, or play the demo clip.")
    return source.address(str(text), or_else="")


def _settings() -> LiveSettings | InputError:
    """How the stream is looked at, or what is wrong with that."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="live-settings")
    fps = row.number_input(
        "Looks a second",
        0.5,
        MAX_FPS,
        DEFAULTS.fps,
        0.5,
        format="%g",
        key="live-fps",
        width=150,
        help="How often faces are measured, at most. When this machine is too slow, it looks "
        "less often by itself and says so.",
        persist_state="session",
    )
    smoothing = row.selectbox(
        "Smoothing",
        streaming.METHODS,
        streaming.METHODS.index(streaming.DEFAULT),
        format_func=lambda name: _SMOOTHING.get(name, name),
        key="live-smoothing",
        width=260,
        help="How the scores of each face are calmed while they come in. More calm is more lag: "
        "0.1 to 0.2 seconds here. What is kept is measured again, without it.",
        persist_state="session",
    )
    minutes = row.number_input(
        "Minutes remembered",
        1,
        MOST_MINUTES,
        5,
        key="live-minutes",
        width=170,
        help="As much is in the chart, and can be kept. Pictures take memory: 200 MB at most, "
        "and the oldest go first.",
        persist_state="session",
    )
    with st.expander("Events", icon=":material/notifications:"):
        try:
            wanted = rules.choose()
            return LiveSettings(
                fps=float(fps),
                smoothing=smoothing,
                rules=wanted,
                buffer_s=60.0 * minutes,
                allow_private_urls=state.allows_private_urls(),
            )
        except InputError as error:
            st.error(look.plain(str(error)), icon=":material/error:")
            return error
