"""Compare models: several classifiers on the same faces."""

from __future__ import annotations

import streamlit as st

from facemotion.ui import look, state
from facemotion.ui.compare_models import comparing


def main() -> None:
    """Frame, pick, guard, draw."""
    look.frame("Compare models")
    look.brand()
    state.remember_places()
    st.title("Compare models", anchor=False)
    choice = comparing.pick()
    if choice is None:
        return
    comparison = comparing.found(choice)
    if comparison is None:
        return
    comparing.show(comparison)


main()
