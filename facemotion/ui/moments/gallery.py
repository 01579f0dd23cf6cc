"""The moments as a strip of cards; a click anywhere on a card leads to its moment."""

from __future__ import annotations

from functools import partial

import streamlit as st

from facemotion import curves, palette
from facemotion.records import Analysis, Moment
from facemotion.ui import look, showing, state
from facemotion.ui.moments import viewer


def show(analysis: Analysis, shown: tuple[Moment, ...], looked: state.Look | None) -> None:
    """One card per moment, in time order; the one that is looked at stands out."""
    if not shown:
        return
    selected = viewer.moment_at(shown, looked)
    if selected is not None:
        colour = palette.color(selected.emotion)
        st.html(
            f"<style>.st-key-card-box-{selected.number} {{"
            f"box-shadow: 0 0 0 3px {colour} !important; border-color: {colour}}}</style>"
        )
    with st.container(key="gallery", horizontal=True, wrap=False, gap=10):
        for moment in shown:
            _card(analysis, moment, is_selected=moment == selected)


def _card(analysis: Analysis, moment: Moment, *, is_selected: bool) -> None:
    score, time = palette.percent(max(moment.probabilities)), look.clock(moment.time_s)
    with st.container(key=f"card-box-{moment.number}", border=True, gap=None):
        alt = f"{curves.name_of(moment)} at {time}, apparently {moment.emotion}"
        face = None if moment.face_path is None else analysis.folder / moment.face_path
        st.html(
            f"{'' if face is None else look.picture(showing.thumbnail(face), alt)}"
            '<div class="fm-card">'
            f'<span class="fm-number">{moment.number}</span>'
            f"<div>{look.badge(moment.emotion)} <b>{moment.emotion}</b></div>"
            f'<div class="fm-row"><span>{score}</span><span>{time}</span></div>'
            f'<div class="fm-dim fm-clamp">{look.escaped(moment.why)}</div></div>'
        )
        state_of = ", shown below" if is_selected else ""
        st.button(
            f"Moment {moment.number}: {moment.emotion} {score} at {time}{state_of}",
            key=f"card-open-{moment.number}",
            on_click=partial(state.look_at, analysis, moment.frame_index, moment.face_id),
        )
