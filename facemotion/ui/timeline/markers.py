"""The user's own marks: read, added, renamed, removed, taken along, and brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from facemotion import cache, marker_files, markers, pipeline
from facemotion.errors import InputError
from facemotion.markers import MAX_TEXT, Marker, Markers
from facemotion.records import Analysis
from facemotion.ui import look, state
from facemotion.ui.timeline import sight

PAGE = 12
"""Marks that are listed at first, and that each press on "More" adds."""

_ERROR = "marks-error"
OnGo = Callable[[float], None]
"""Looks at a time of the video, in seconds."""


def known(analysis: Analysis) -> Markers:
    """The marks on the video of an analysis; none, and words about why, if they cannot be read."""
    try:
        return pipeline.markers_of(analysis.analysis_id, state.root())
    except InputError as error:
        st.warning(look.plain(str(error)), icon=":material/flag:")
        return ()


def add(analysis: Analysis, time_s: float, text: str) -> str | None:
    """One more; gives why there is none, or None if there is."""
    _edit(analysis, lambda marks: markers.added(marks, time_s, text))
    refused: str | None = st.session_state.pop(_ERROR, None)
    return refused


def show(analysis: Analysis, marks: Markers, go: OnGo) -> None:
    """The list of marks, with what can be done with each, and with all."""
    error = st.session_state.pop(_ERROR, None)
    if error:
        st.error(look.plain(error), icon=":material/error:")
    if not marks:
        st.caption("No marks yet. Go to a time, name it beside the frame, and press Mark.")
    shown = marks[: st.session_state.get(_pages_key(analysis), PAGE)]
    with st.container(key="marks", gap="xxsmall"):
        for mark in shown:
            _row(analysis, mark, go)
    if len(marks) > len(shown):
        st.button(
            f"More ({len(marks) - len(shown)})",
            key="more-marks",
            help="Lists more of the marks.",
            on_click=partial(_more, analysis, len(shown) + PAGE),
        )
    _files(analysis, marks)


def _row(analysis: Analysis, mark: Marker, go: OnGo) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False)
    at = look.clock(round(mark.time_s, 1))
    row.button(
        at,
        key=f"mark-go-{mark.marker_id}",
        icon=":material/flag:",
        type="tertiary",
        help=f"Look at {at}.",
        on_click=partial(go, mark.time_s),
    )
    # The words are part of the key: what was typed does not outlive a refusal.
    key = f"mark-text-{mark.marker_id}-{mark.text}"
    row.text_input(
        f"Words of the mark at {at}",
        mark.text,
        max_chars=MAX_TEXT,
        key=key,
        label_visibility="collapsed",
        help="Type other words and press Enter to rename it.",
        on_change=partial(_rename, analysis, mark, key),
    )
    row.button(
        "Remove",
        key=f"mark-remove-{mark.marker_id}",
        icon=":material/delete:",
        type="tertiary",
        help=f"Removes the mark at {at}.",
        on_click=partial(_remove, analysis, mark),
    )


def _files(analysis: Analysis, marks: Markers) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.download_button(
        "Marks (CSV)",
        marker_files.to_csv(marks),
        f"{cache.slug(analysis.video.title)}-marks.csv",
        "text/csv",
        key="marks-csv",
        icon=":material/download:",
        disabled=not marks,
        on_click="ignore",
        help="One row per mark: time_s in seconds, and text.",
    )
    with row.popover("Bring in marks", icon=":material/upload:", key="marks-bring"):
        # A new key after each file, so that the same one can be given again.
        key = f"marks-file-{st.session_state.get('marks-files', 0)}"
        st.file_uploader(
            "Table of marks (CSV)",
            "csv",
            key=key,
            help="Two columns: time_s (seconds, or m:ss) and text. Marks that are there already "
            "are not added again.",
            on_change=partial(_bring, analysis, key),
        )


def _bring(analysis: Analysis, key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    content, last_s = file.getvalue(), sight.whole(analysis)[1]
    if analysis.video.duration_s is not None:
        last_s = max(last_s, analysis.video.offset_s + analysis.video.duration_s)
    _edit(analysis, lambda marks: marker_files.with_csv(marks, content, last_s))
    st.session_state["marks-files"] = st.session_state.get("marks-files", 0) + 1


def _rename(analysis: Analysis, mark: Marker, key: str) -> None:
    text = st.session_state[key]
    _edit(analysis, lambda marks: markers.renamed(marks, mark.marker_id, text))


def _remove(analysis: Analysis, mark: Marker) -> None:
    _edit(analysis, lambda marks: markers.removed(marks, mark.marker_id))


def _edit(analysis: Analysis, alter: Callable[[Markers], Markers]) -> None:
    try:
        pipeline.edit_markers(analysis.analysis_id, alter, cache_root=state.root())
    except InputError as error:
        st.session_state[_ERROR] = str(error)


def _more(analysis: Analysis, count: int) -> None:
    st.session_state[_pages_key(analysis)] = count


def _pages_key(analysis: Analysis) -> str:
    return f"n-marks-{analysis.analysis_id}"
