"""Library: the videos on the disk and their analyses, the space they take, how long they stay."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import library, look, state


def main() -> None:
    """Frame and draw; what is picked leads to another page."""
    look.frame("Library")
    look.brand()
    state.remember_places(shows_analysis=False)
    st.title("Library", anchor=False)
    st.markdown(library.LEAD)
    library.show()


main()
