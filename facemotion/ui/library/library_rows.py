"""One video in the library: what it is, how large, how long it stays, and its analyses."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import cache, library
from facemotion.cache import Entry, Rules
from facemotion.library import Held, Shelved
from facemotion.ui import look, measuring_again, source, state
from facemotion.ui.library import library_acts as acts
from facemotion.ui.library import library_parts

N_SHOWN = 4
"""Analyses of a video that are shown at once."""

STYLE = """
[class*="st-key-library-row-"] {padding: .8rem 1rem .7rem}
[class*="st-key-library-row-"] img {width: 72px; height: 72px; object-fit: cover;
  border-radius: 10px}
[class*="st-key-library-row-"] [data-testid="stElementToolbar"] {display: none}
[class*="st-key-library-head-"] > :has(.fm-shelf),
[class*="st-key-library-held-"] > :has(.fm-shelf) {
  flex: 1 1 9rem; min-width: 9rem}
[class*="st-key-library-held-"] {border-top: 1px solid rgba(128,128,128,.22); padding-top: .45rem}
.fm-shelf b {font-size: 1.02rem; font-weight: 650; overflow-wrap: anywhere}
.fm-shelf {line-height: 1.4}
.fm-shelf .fm-dim {font-size: .84rem}
dl.fm-parts {margin: 0; padding: 0; min-width: 15rem}
.fm-parts dd {text-align: right}
.fm-shelf .fm-notice {font-size: .84rem; border-left: 3px solid #b06f12; padding-left: .5rem;
  display: inline-block; margin-top: .2rem}
.fm-nothing {width: 72px; height: 72px; border-radius: 10px; background: rgba(128,128,128,.16)}
"""


def show(entry: Entry, rules: Rules | None) -> None:
    """Draw a video, its analyses, and what can be done with them."""
    shelved = library.look_into(entry)
    is_busy = cache.is_in_use(entry.folder)
    with st.container(border=True, key=f"library-row-{entry.video_id}", gap="small"):
        row = st.container(
            horizontal=True,
            vertical_alignment="center",
            gap="small",
            key=f"library-head-{entry.video_id}",
        )
        row.checkbox(
            f"Select {look.plain(entry.title)}",
            key=acts.PICKED + entry.video_id,
            label_visibility="collapsed",
            help="Several that are selected can be deleted together.",
        )
        _picture(row.container(width=72), entry)
        row.html(_facts(shelved, rules, is_busy=is_busy))
        controls = row.container(
            horizontal=True, vertical_alignment="center", width="content", gap="xsmall"
        )
        library_parts.show(controls, shelved)
        for held in shelved.analyses[:N_SHOWN]:
            _analysis(shelved, held)
        more = shelved.analyses[N_SHOWN:]
        if more:
            with st.expander(f"{len(more)} older analyses"):
                for held in more:
                    _analysis(shelved, held)
        if not shelved.analyses and shelved.video is not None and not is_busy:
            _unmeasured(shelved)


def _picture(place: DeltaGenerator, entry: Entry) -> None:
    path = library.picture_of(entry.folder)
    try:
        if path is not None:
            place.image(str(path), width=72, alt=f"Picture of {entry.title}")
            return
    except OSError:  # a damaged picture: of Pillow's errors, the one that it has for these
        pass
    place.html('<div class="fm-nothing"></div>')


def _facts(shelved: Shelved, rules: Rules | None, *, is_busy: bool) -> str:
    """Title, and what is known, as HTML."""
    entry, video = shelved.entry, shelved.video
    facts = []
    if video is not None:
        facts.append(look.escaped(_origin(shelved)))
    if shelved.duration_s:
        facts.append(f"{look.clock(round(shelved.duration_s))} long")
    facts.append(f"used {acts.ago(entry.last_used)}")
    if entry.is_kept:
        facts.append("kept for good")
    elif rules is not None and not rules.problem:
        at = cache.goes_at(entry, rules.keep_days)
        facts += [f"stays until {acts.day(at)}"] if at is not None else []
    told = [f'<span class="fm-dim">{" · ".join(facts)}</span>']
    told += [f'<span class="fm-notice">{words}</span>' for words in _notices(shelved, is_busy)]
    return f'<div class="fm-shelf"><b>{look.escaped(entry.title)}</b><br>{"<br>".join(told)}</div>'


def _origin(shelved: Shelved) -> str:
    assert shelved.video is not None
    if shelved.video.site != "file":
        return shelved.video.site
    if "upload" in shelved.entry.bytes_by_stage:
        return "uploaded"
    folder = Path(shelved.video.path).parent
    return "demo clip" if folder == state.root() / "demo" else "file on this machine"


def _notices(shelved: Shelved, is_busy: bool) -> list[str]:
    """What is out of the ordinary."""
    if is_busy:
        return ["Being worked on."]
    if shelved.video is None:
        if (shelved.entry.folder / "download.partial").exists():
            return ["Its download was begun and not finished. Analyse it again to go on."]
        return ["Damaged: what is known about this video cannot be read. Delete it."]
    if shelved.has_file or not shelved.analyses:
        return []
    kept = library.keeps_frames(shelved)
    frames = "the frames that were looked at" if kept else "the pictures of its moments"
    again = (
        "To be measured again it is fetched again."
        if measuring_again.is_online(shelved.video)
        else "It cannot be measured again."
    )
    return [f"The file is not there any more. What was measured stays, with {frames}. {again}"]


def _analysis(shelved: Shelved, held: Held) -> None:
    """One line: how and when it was measured, and the buttons."""
    row = st.container(
        horizontal=True,
        vertical_alignment="center",
        gap="small",
        key=f"library-held-{held.analysis_id}",
    )
    row.html(f'<div class="fm-shelf">{_in_words(held)}</div>')
    video, settings = shelved.video, held.settings
    if (
        video is not None
        and settings is not None
        and row.button(
            "Open",
            key=f"library-open-{held.analysis_id}",
            icon=":material/grid_view:",
            help="Shows its moments, and makes it the one that all pages are about.",
        )
    ):
        state.show(look.MOMENTS, held.analysis_id)
    if video is not None and settings is not None:
        measuring_again.button(row, video, settings, held.analysis_id)
    with row.popover("Delete analysis", icon=":material/delete:", type="tertiary"):
        st.markdown(
            "Deletes this analysis: its faces, people, moments and what was made of them. The "
            "video and its other analyses stay."
        )
        st.button(
            "Delete the analysis",
            key=f"library-drop-{held.analysis_id}",
            help="There is no way back.",
            type="primary",
            width="stretch",
            on_click=partial(acts.delete_analysis, held.analysis_id),
        )


def _in_words(held: Held) -> str:
    if held.settings is None:
        return "Damaged: this analysis cannot be opened. Delete it, and measure again."
    settings = held.settings
    every = "every frame" if settings.every_s == 0 else f"every {settings.every_s:g} s"
    parts = [every.capitalize(), settings.detector, settings.classifier]
    if settings.start_s is not None or settings.end_s is not None:
        end = "the end" if settings.end_s is None else look.clock(settings.end_s)
        parts.append(f"from {look.clock(settings.start_s or 0)} to {end}")
    if settings.claude_fallback:
        parts.append("with unsure faces by Claude")
    counts = [f"{held.n_frames} frames"]
    counts += [f"{held.n_faces} faces"] if held.n_faces is not None else []
    return (
        f"<span>{look.escaped(' · '.join(parts))}</span><br>"
        f'<span class="fm-dim">{" · ".join(counts)} · {source.when(held.created)}</span>'
    )


def _unmeasured(shelved: Shelved) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.html('<div class="fm-shelf"><span class="fm-dim">Nothing is measured in it.</span></div>')
    if shelved.video is not None:
        measuring_again.button(row, shelved.video, None, shelved.entry.video_id)
