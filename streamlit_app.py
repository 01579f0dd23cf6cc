"""Analyse: the dashboard's first page. ``make run`` opens it."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import look, opening, session_jobs, source, state


def main() -> None:
    """Frame, pick, draw: what is under way, and the ways to a video."""
    if state.ANALYSIS in st.query_params:  # links to an analysis may lead here
        given = {name: st.query_params.get_all(name) for name in st.query_params}
        st.switch_page(look.MOMENTS, query_params=given)
    look.frame("Analyse")
    look.brand(tells_jobs=False)
    state.remember_places(shows_analysis=False)
    state.tidy()
    with st.sidebar:
        measuring = opening.measure()
    if session_jobs.show():  # then the form steps back
        with st.expander("Another video"):
            source.form(measuring)
    else:
        if not state.job_keys():
            source.hero()
        source.form(measuring)
    source.recent()


main()
