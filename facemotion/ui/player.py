"""The video itself, from the time of the frame that is looked at."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from facemotion import cache
from facemotion.frames import still
from facemotion.records import Video
from facemotion.ui import look

MAX_BYTES = 500 * 1000**2
"""Streamlit hands a file to the browser from memory, so a larger one is not played."""


def show(video: Video, time_s: float) -> None:
    """Play from ``time_s`` of the original on; a video of YouTube in YouTube's own player."""
    said = f"{video.title}, from {look.clock(time_s)} on"
    if video.site.lower() == "youtube" and video.webpage_url:
        st.video(video.webpage_url, start_time=int(time_s))
        st.caption("Played by YouTube, which sees that you watch it.")
        return
    path = Path(video.path)
    if still.is_still(path):
        st.image(str(path), width="stretch", alt=video.title)
        return
    if not path.is_file():
        st.warning(f"{path.name} is not where it was, so it cannot be played.")
        return
    if path.stat().st_size > MAX_BYTES:
        st.info(
            f"{path.name} has {cache.megabytes(path.stat().st_size)}, too much to be played here. "
            f"Open it in a player at {look.clock(time_s)}."
        )
        return
    st.video(str(path), start_time=max(0, int(time_s - video.offset_s)), alt=said)
    st.caption(f"Begins at {look.clock(time_s)}. Nothing plays? Your browser lacks its format.")
