"""Analyse: the dashboard's first page. ``make run`` opens it."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import look, opening, source, state, watching


def main() -> None:
    """Frame, pick, draw: what is under way, and the ways to a video."""
    if state.ANALYSIS in st.query_params:  # links to an analysis may lead here
        st.switch_page(look.MOMENTS, query_params=st.query_params.to_dict())
    look.frame("Analyse")
    look.brand()
    state.remember_places(shows_analysis=False)
    with st.sidebar:
        measuring = opening.measure()
    if watching.jobs():  # then the form steps back
        with st.expander("Another video"):
            source.form(measuring)
    else:
        if not state.job_keys():
            source.hero()
        source.form(measuring)
    source.recent()


main()
