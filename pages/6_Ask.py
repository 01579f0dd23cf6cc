"""Ask: a question in plain words, or filters; the answer with its rows and their moments."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import look, picking, state
from facemotion.ui.ask import asking

NOTHING = (
    "**Nothing to ask about yet.** Analyse a video first: questions are answered from its faces."
)
HELP = "The faces that were measured in this analysis, and its captions, are asked about."


def main() -> None:
    """Frame, pick, guard, draw."""
    look.frame("Ask")
    look.brand()
    state.remember_places()
    st.title("Ask the video", anchor=False)
    st.markdown(asking.LEAD)
    analysis = picking.pick("asked", NOTHING, HELP)
    if analysis is None:
        return
    asking.show(analysis)


main()
