"""The pages of an open analysis: their frame, the sidebar that they share, and what is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from facemotion.errors import InputError
from facemotion.records import Analysis, Settings
from facemotion.ui import (
    controls,
    explaining,
    exports,
    look,
    measuring_again,
    source,
    state,
    viewing,
)


def page(title: str) -> Analysis | None:
    """Begin a page about the open analysis, which is given with the moments that are chosen.

    None when nothing is open, or it is gone; then the page says what to do, and is complete.
    """
    look.frame(title)
    look.brand()
    state.remember_places()
    state.tidy()
    if state.open_id() is None:
        _nothing_open(title)
        return None
    export_part, selection_part, measuring_part = (st.sidebar.container() for _ in range(3))
    with selection_part:
        st.subheader("Settings", anchor=False)
        selection = {
            **controls.selection(),
            **explaining.choice(),
            **viewing.people(),
            **viewing.curves(),
        }
    analysis = _opened(selection)
    if analysis is None:
        return None
    with export_part:
        exports.show(analysis)
    with measuring_part:
        st.subheader("This video", anchor=False)
        measuring_again.button(
            measuring_part, analysis.video, analysis.settings, "open", width="stretch"
        )
        exports.deletion(analysis)
    measuring_again.dialog()
    _heading(analysis)
    return analysis


def measure() -> Settings | InputError:
    """The settings of the next measurement, or what is wrong with them, which is said."""
    st.subheader("Measuring", anchor=False)
    try:
        return controls.measuring()
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return error


def _opened(selection: Mapping[str, Any]) -> Analysis | None:
    try:
        return state.opened(str(state.open_id()), selection)
    except InputError as error:
        st.warning(look.plain(str(error)), icon=":material/link_off:")
        _ways()
        return None


def _nothing_open(title: str) -> None:
    st.title(title, anchor=False)
    st.info("**Nothing is open.** Analyse a video, or open one of before.", icon=":material/movie:")
    _ways()


def _ways() -> None:
    st.page_link(look.ANALYSE, label="Analyse a video", icon=":material/arrow_forward:")
    source.recent()


def _heading(analysis: Analysis) -> None:
    """What is open, where it is from, and how it was looked at."""
    video, settings = analysis.video, analysis.settings
    parts = [look.escaped(video.uploader)] if video.uploader else []
    if video.webpage_url:
        url = look.escaped(video.webpage_url)
        parts.append(
            f'<a href="{url}" target="_blank" rel="noopener">{look.escaped(video.site)}</a>'
        )
    every = "every frame" if settings.every_s == 0 else f"every {settings.every_s:g} s"
    parts.append(f"looked at {every}")
    parts.append(look.escaped(f"{settings.detector} and {settings.classifier}"))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.html(
        f'<div class="fm-title" role="heading" aria-level="1">{look.escaped(video.title)}</div>'
        f'<div class="fm-dim">{" · ".join(parts)}</div>'
    )
    if row.button(
        "Another video",
        key="another",
        icon=":material/add:",
        help="Leads to the page Analyse. This one stays in the Library.",
    ):
        st.switch_page(look.ANALYSE)
