"""Valence and arousal of a person, or of everybody, on the circumplex."""

from __future__ import annotations

import streamlit as st

from facemotion import charts, curves
from facemotion.records import Analysis
from facemotion.ui import look, seeking, state

_EVERYBODY = -1
_LEAVE = "leave-for-point"


def show(analysis: Analysis) -> None:
    """Choose whose; a click on a point leads to that frame on the page Moments."""
    st.subheader("Valence and arousal", anchor=False)
    names = curves.people(analysis.faces)
    chosen = _EVERYBODY
    if len(names) > 1:
        chosen = st.selectbox(
            "Whose",
            [_EVERYBODY, *names],
            format_func=lambda face_id: names.get(face_id, "Everybody"),
            key=f"affect-{analysis.analysis_id}",
            help="One point for each sample of this person.",
            width=320,
            persist_state="session",
        )
    face_id = None if chosen == _EVERYBODY else chosen

    def clicked() -> None:
        points = st.session_state["circumplex"].selection.points
        data = next((p["customdata"] for p in points if p.get("customdata")), None)
        if data is not None:
            frame = int(data[0])
            state.look_at(analysis, frame, seeking.best_face(analysis, frame, face_id))
            st.session_state[_LEAVE] = True

    st.plotly_chart(
        charts.circumplex(analysis.faces, face_id=face_id, moments=analysis.moments),
        key="circumplex",
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=charts.circumplex_alt(analysis.faces, face_id=face_id),
    )
    st.caption(
        "The words' places are as people rate the words, moved by what the muscles show. A face "
        "says more about valence than about arousal. Click a point to look at that frame."
    )
    if st.session_state.pop(_LEAVE, False):  # a callback cannot leave the page
        state.show(look.MOMENTS)
