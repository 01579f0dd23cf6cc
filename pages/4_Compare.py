"""Compare: several analyses side by side, or as one curve with what they have in common."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import look, state
from facemotion.ui.compare import groups


def main() -> None:
    """Frame, then pick, guard and draw."""
    look.frame("Compare")
    look.brand()
    state.remember_places()
    st.title("Compare", anchor=False)
    groups.show()


main()
