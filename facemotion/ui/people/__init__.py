"""The people of an analysis: seen, named, merged, split, left out, and each of these undone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from facemotion import pipeline
from facemotion.people import edits
from facemotion.records import Analysis
from facemotion.ui import look, state
from facemotion.ui.people import deciding, seen

PAGE = 8
"""People that are shown at first, those seen longest; and that each press on "More" adds."""

N_SUMMARY = 4


def show(analysis: Analysis) -> None:
    """One row per person, those seen longest first, and what can be done about them."""
    st.subheader("People", anchor=False)
    decided = pipeline.edits_of(analysis.analysis_id, state.root())
    people = seen.numbers(str(analysis.folder), analysis)
    shown = people[: st.session_state.get(_pages_key(analysis), PAGE)]
    _tools(analysis, shown, decided)
    error = st.session_state.pop(deciding.ERROR, None)
    if error:
        st.error(look.plain(error), icon=":material/error:")
    ranges = edits.neutral_ranges(analysis.faces, decided)
    views = seen.thumbnails(analysis, shown)
    with st.container(key="people", gap="xsmall"):
        for person in shown:
            _row(analysis, person, views.get(person["face_id"]), ranges)
    if len(people) > len(shown):
        st.button(
            f"More ({len(people) - len(shown)})",
            key="more-people",
            help="Those who were seen for less long.",
            on_click=partial(_more, analysis, len(shown) + PAGE),
        )
    st.caption(
        "Faces are followed, not recognised: after a cut or an absence the same person has a new "
        "number. Tick those that are one person and merge them. Names and merges stay on this "
        "machine; they apply to every chart, table and export."
    )


def summary(analysis: Analysis) -> None:
    """Who is there, those seen longest first, in a few lines; the page People has the rest."""
    st.subheader("People", anchor=False)
    people = seen.numbers(str(analysis.folder), analysis)
    shown = people[:N_SUMMARY]
    views = seen.thumbnails(analysis, shown)
    rows = "".join(
        f'<div class="fm-somebody">{seen.view(views.get(person["face_id"]), person["person"])}'
        f"<div><b>{look.escaped(person['person'])}</b>{seen.facts(person, None)}</div></div>"
        for person in shown
    )
    st.html(rows)
    more = f" (all {len(people)})" if len(people) > len(shown) else ""
    st.page_link(
        look.PEOPLE,
        label=f"Name, merge, leave out{more}",
        icon=":material/group:",
    )


def left_out(analysis: Analysis) -> bool:
    """Say so, and offer the way back, if there is nobody because the user left everybody out."""
    decided = pipeline.edits_of(analysis.analysis_id, state.root())
    if not any(decision.kind == "delete" for decision in decided.decisions):
        return False
    st.info("Everybody was left out. Take that back to see faces again.", icon=":material/undo:")
    _tools(analysis, (), decided)
    return True


def _tools(analysis: Analysis, shown: Sequence[dict[str, Any]], decided: edits.Edits) -> None:
    chosen = [
        person["face_id"]
        for person in shown
        if st.session_state.get(deciding.tick_key(analysis, person["face_id"]))
    ]
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    if len(shown) > 1:
        row.button(
            f"Merge {len(chosen)}" if len(chosen) > 1 else "Merge",
            key="merge",
            icon=":material/merge:",
            disabled=len(chosen) < 2,
            help="Tick two or more rows that are the same person.",
            on_click=partial(deciding.merge, analysis, chosen),
        )
    if not decided.decisions:
        return
    last = decided.decisions[-1]
    row.button(
        "Undo",
        key="undo",
        icon=":material/undo:",
        help=look.plain(last.said),
        on_click=partial(deciding.take_back, analysis, last.decision_id),
    )
    with row.popover("Changes", icon=":material/history:"):
        for decision in reversed(decided.decisions[-20:]):
            one = st.container(horizontal=True, vertical_alignment="center", gap="small")
            one.markdown(look.plain(decision.said), width="stretch")
            one.button(
                "Take back",
                key=f"take-back-{decision.decision_id}",
                help="Undoes this one; what was decided later stays.",
                type="tertiary",
                on_click=partial(deciding.take_back, analysis, decision.decision_id),
            )


def _row(
    analysis: Analysis,
    person: dict[str, Any],
    thumbnail: bytes | None,
    ranges: dict[int, tuple[float, float]],
) -> None:
    face_id, name = person["face_id"], person["person"]
    row = st.container(
        key=f"person-{face_id}",
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        gap="small",
    )
    row.checkbox(
        f"{name} is the same person as the others that are ticked",
        key=deciding.tick_key(analysis, face_id),
        help="Tick two or more that are one person, then merge them.",
        label_visibility="collapsed",
    )
    if thumbnail is not None:
        row.image(thumbnail, width=seen.THUMBNAIL_PX // 2, alt=f"{name}, a clear view")
    words = row.container(gap="xxsmall", width="stretch")
    # The name is part of the key: what was typed does not outlive an undo.
    key = f"name-{analysis.analysis_id}-{face_id}-{name}"
    words.text_input(
        f"Name of {name}",
        name,
        key=key,
        max_chars=40,
        help="Type a name; an empty one is the number again.",
        label_visibility="collapsed",
        on_change=partial(deciding.rename, analysis, face_id, key),
    )
    words.html(seen.facts(person, ranges.get(face_id)))
    with row.popover("More", type="tertiary", key=f"more-{face_id}"):
        _more_about(analysis, person, ranges.get(face_id))


def _more_about(
    analysis: Analysis, person: dict[str, Any], neutral: tuple[float, float] | None
) -> None:
    face_id, first, last = person["face_id"], person["first_s"], person["last_s"]
    if person["tracks"] > 1:
        st.button(
            f"Split into {person['tracks']} again",
            key=f"split-{face_id}",
            help="Each part becomes a person of its own.",
            icon=":material/call_split:",
            width="stretch",
            on_click=partial(deciding.split, analysis, face_id),
        )
    if last > first:
        key = f"neutral-{analysis.analysis_id}-{face_id}"
        st.slider(
            "Neutral face from .. to, in seconds",
            first,
            last,
            neutral or (first, last),
            0.1,
            key=key,
            help="Movements of the face are measured against how it looks here.",
        )
        st.button(
            "Use as neutral",
            key=f"rest-{face_id}",
            help="Counts this person's action units from the stretch above.",
            width="stretch",
            on_click=partial(deciding.set_neutral, analysis, face_id, key),
        )
        if neutral is not None:
            st.button(
                "Forget the neutral range",
                key=f"no-rest-{face_id}",
                help="Counts from the person's most neutral samples again.",
                width="stretch",
                on_click=partial(deciding.forget_neutral, analysis, face_id),
            )
    st.caption(
        "Takes this person out of every table, chart, picture list and export. Undo brings them "
        "back. To have nothing left on this machine, delete the video."
    )
    st.button(
        f"Delete {look.plain(person['person'])} everywhere",
        key=f"leave-out-{face_id}",
        help="Undo brings them back.",
        icon=":material/delete:",
        type="primary",
        width="stretch",
        on_click=partial(deciding.leave_out, analysis, face_id),
    )


def _more(analysis: Analysis, count: int) -> None:
    st.session_state[_pages_key(analysis)] = count


def _pages_key(analysis: Analysis) -> str:
    return f"n-people-{analysis.analysis_id}"
