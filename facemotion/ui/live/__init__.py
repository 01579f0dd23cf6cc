"""The page Live: a form, or the session that runs, or what has become of it."""

from __future__ import annotations

import streamlit as st

from facemotion.ui.live import places, running, starting

LEAD = (
    "Faces of a live stream, measured while it runs, on this machine. Nothing is stored unless "
    "you keep it: then the last minutes become an analysis like any other."
)


def show() -> None:
    """Draw what there is."""
    key, watched = places.current()
    if watched is not None:
        running.show(watched)
        return
    st.title("Live", anchor=False)
    st.markdown(LEAD)
    if key is not None:
        places.close()
        st.warning(
            "That live session is over and forgotten: it ends a while after its last page was "
            "closed. Begin it again; what you kept of it is in the Library.",
            icon=":material/history:",
        )
    starting.form()


__all__ = ["show"]
