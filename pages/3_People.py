"""People: who is seen, when, with which expressions; names, merges, rest, and who is left out."""

from __future__ import annotations

import streamlit as st

from facemotion.records import Analysis
from facemotion.ui import empty, opening, people, state
from facemotion.ui.people import affect, between


def main() -> None:
    """Frame, pick and guard in one; then draw."""
    analysis = opening.page("People")
    if analysis is None:
        return
    if analysis.faces.empty:
        if not people.left_out(analysis):
            empty.no_faces(analysis)
        return
    people.show(analysis)
    # Moments are of what was measured; curves and shares may be smoothed or corrected.
    _together(state.viewed(analysis))


def _together(analysis: Analysis) -> None:
    affect.show(analysis)
    if analysis.faces["face_id"].nunique() > 1:
        st.subheader("Between people", anchor=False)
        between.show(analysis)


main()
