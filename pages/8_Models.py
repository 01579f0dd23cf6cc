"""Models: what there is, how good, under which licence; what can be downloaded."""

from __future__ import annotations

import streamlit as st

from facemotion.models import store
from facemotion.models.catalogue import catalogue
from facemotion.ui import look, model_shelf

WHAT = """
The defaults come with facemotion. The others can be compared with them, or taken instead: choose
them under *Measuring* on the first page. Nothing is downloaded before you press its button.

*Measured here* is of the same pictures for all of a kind, so it compares. *Published* is what the
authors state, of other pictures. Where commercial use is *unclear*, find out before you sell
anything.
"""


def main() -> None:
    """Frame and draw; what is picked is a button of the shelf."""
    look.frame("Models")
    look.brand()
    st.title("Models", anchor=False)
    st.markdown(WHAT)
    entries = catalogue()
    model_shelf.without_network(entries)
    model_shelf.show(entries)
    st.caption(f"Downloads are kept in {look.code(str(store.folder()))}.")


main()
