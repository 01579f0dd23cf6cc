"""A video of the library as a whole: kept for good, its size by stage, deleted or parts of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import library
from facemotion.library import Shelved
from facemotion.ui import look, measuring_again
from facemotion.ui.library import library_acts as acts

STAGES = {
    "download": "Download",
    "upload": "Uploaded file",
    "frames": "Frames that were looked at",
    "faces": "Measured faces",
    "people": "People that were followed",
    "moments": "Moments with their pictures",
    "outputs": "Reports and films",
    "unsure": "Faces shown to Claude",
    "answers": "Claude's answers",
    "markers": "Your marks",
}
"""What the stages are called; others are notes of the program."""


def show(place: DeltaGenerator, shelved: Shelved) -> None:
    """Keep, what takes the space, and delete."""
    entry = shelved.entry
    key = f"library-keep-{entry.video_id}"
    st.session_state[key] = entry.is_kept  # the disk is the truth: others switch it too
    place.toggle(
        "Keep",
        key=key,
        on_change=partial(acts.keep, entry.video_id, key),
        help="For good: it is deleted neither by its age nor to make room, only by hand.",
    )
    with place.popover(acts.size(entry.total_bytes), icon=":material/database:"):
        _stages(shelved)
    with place.popover("Delete", icon=":material/delete:"):
        st.markdown(
            f"Deletes **{look.plain(entry.title)}** with all that was measured in it, for "
            "everybody. A file that was analysed where it lies stays there."
        )
        st.button(
            "Delete for good",
            key=f"library-delete-{entry.video_id}",
            help="There is no way back.",
            type="primary",
            width="stretch",
            on_click=partial(acts.delete_videos, [entry.video_id]),
        )


def _stages(shelved: Shelved) -> None:
    """The size of each stage; the parts that can go alone."""
    entry = shelved.entry
    is_online = shelved.video is not None and measuring_again.is_online(shelved.video)
    stages = STAGES if is_online else STAGES | {"download": "What is known about it"}
    named = {words: entry.bytes_by_stage.get(stage, 0) for stage, words in stages.items()}
    named["Notes of the program"] = entry.total_bytes - sum(named.values())
    lines = "".join(
        f"<dt>{words}</dt><dd>{acts.size(n_bytes)}</dd>"
        for words, n_bytes in named.items()
        if n_bytes
    )
    st.html(f'<dl class="fm-facts fm-parts">{lines}</dl>')
    again = "is fetched again" if is_online else "must be given anew"
    _alone(
        "Delete the file only",
        f"library-file-{entry.video_id}",
        library.why_file_stays(shelved),
        partial(acts.delete_file, entry.video_id),
        "What was measured stays, and the frames that were looked at. To be measured anew, the "
        f"video {again}.",
    )
    _alone(
        "Delete the frames only",
        f"library-frames-{entry.video_id}",
        library.why_frames_stay(shelved),
        partial(acts.delete_frames, entry.video_id),
        "What was measured stays. The frames are read from the video again when you look at one, "
        "which takes a while.",
    )


def _alone(label: str, key: str, why_not: str, act: Callable[[], None], text: str) -> None:
    """A part that can go alone, with what that means, or the reason why it cannot."""
    words = why_not or text
    st.button(label, key=key, width="stretch", disabled=bool(why_not), on_click=act, help=words)
    st.caption(words)
