"""Which analysis in the cache a page is about: the open one, unless another is chosen."""

from __future__ import annotations

import streamlit as st

from facemotion import pipeline
from facemotion.errors import InputError
from facemotion.records import Analysis
from facemotion.ui import look, source, state

ANALYSES = 50


def pick(prefix: str, nothing: str, text: str) -> Analysis | None:
    """The chosen analysis; None, and words about what to do, while there is none.

    ``prefix`` begins the field's key, ``nothing`` is said with an empty cache, and ``text`` is the
    field's help.
    """
    known = {item.analysis_id: item for item in pipeline.recent(state.root(), ANALYSES)}
    if not known:
        st.info(nothing, icon=":material/movie:")
        st.page_link(look.ANALYSE, label="Analyse a video", icon=":material/arrow_forward:")
        return None
    try:
        return state.opened(_chosen(known, prefix, text), {})
    except InputError as error:
        st.warning(look.plain(str(error)), icon=":material/link_off:")
        return None


def look_at(analysis: Analysis, frame: int, face_id: int | None) -> None:
    """Leave for the page Moments, and show that face there."""
    state.look_at(analysis, frame, face_id)
    state.show(look.MOMENTS, analysis.analysis_id)


def said(item: pipeline.Recent) -> str:
    """An analysis in a list: title, day and size."""
    return f"{item.title} · {source.when(item.created)} · {item.n_samples} frames"


def _chosen(known: dict[str, pipeline.Recent], prefix: str, text: str) -> str:
    current = state.open_id()
    ids = sorted(known, key=lambda analysis_id: analysis_id != current)
    key = f"{prefix}-{current}"  # another one is open: a new field, which shows that one

    return st.selectbox(
        "Analysis",
        ids,
        format_func=lambda analysis_id: said(known[analysis_id]),
        key=key,
        on_change=lambda: state.make_open(st.session_state[key]),
        help=text,
    )
