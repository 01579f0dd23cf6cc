"""Analyse: the dashboard's first page. ``make run`` opens it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from facemotion.errors import InputError
from facemotion.jobs import Job
from facemotion.records import Analysis, Settings
from facemotion.ui import (
    controls,
    explaining,
    exports,
    look,
    results,
    source,
    state,
    viewing,
    watching,
)


def main() -> None:
    """Frame, pick, guard, draw."""
    look.frame("Analyse")
    look.brand()
    state.remember_places()
    # With nothing open yet, what matters first is how the next video is measured.
    is_open = state.place(state.ANALYSIS) is not None
    export_part, *parts = (st.sidebar.container() for _ in range(3))
    with parts[0 if is_open else 1]:
        selection = {
            **controls.selection(),
            **explaining.choice(),
            **viewing.people(),
            **viewing.curves(),
        }
    with parts[1 if is_open else 0]:
        measuring = _measuring()
    job, analysis = state.current_job(), _open(selection)
    if job is not None:
        watching.job(job)
    elif state.place(state.JOB):
        _forgotten()
    if analysis is None or job is not None:
        _choose(measuring, job)
        return
    with export_part:
        exports.show(analysis)
    with parts[1]:
        source.again(analysis, measuring)
        exports.deletion(analysis)
    results.show(analysis)


def _measuring() -> Settings | InputError:
    st.subheader("Measuring", anchor=False)
    try:
        return controls.measuring()
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return error


def _open(selection: Mapping[str, Any]) -> Analysis | None:
    """The analysis that the address names, or a message about why there is none."""
    analysis_id = state.place(state.ANALYSIS)
    if analysis_id is None:
        return None
    try:
        return state.opened(analysis_id, selection)
    except InputError as error:
        st.warning(look.plain(str(error)), icon=":material/link_off:")
        return None


def _forgotten() -> None:
    st.warning(
        "This run is not known any more: the dashboard was started anew since. Start it again; "
        "what was finished is kept.",
        icon=":material/history:",
    )


def _choose(measuring: Settings | InputError, job: Job[str] | None) -> None:
    """The ways to a video; while a job is under way they step back."""
    if job is not None and not job.is_over:
        with st.expander("Another video"):
            source.form(measuring)
        return
    if job is None:
        source.hero()
    source.form(measuring)
    source.recent()


main()
