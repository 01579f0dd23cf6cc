"""One frame, large: the face in its box, what was measured there, the way to the next moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from facemotion import curves, moments
from facemotion.records import Analysis, Moment
from facemotion.ui import look, player, showing, state
from facemotion.ui.moments import evidence

VIEWS = {
    "Frame": "The frame, with every face in a box.",
    "Mesh": "The 468 points that were fitted to the face.",
    "Muscles": "The action units that are there, each where it shows on the face.",
    "Video": "The video itself, from this second on.",
}


def moment_at(shown: tuple[Moment, ...], looked: state.Look | None) -> Moment | None:
    """The moment that is looked at, if what is looked at is one."""
    if looked is None:
        return None
    return next(
        (m for m in shown if (m.frame_index, m.face_id) == (looked.frame, looked.face_id)), None
    )


def show(
    analysis: Analysis, shown: tuple[Moment, ...], looked: state.Look
) -> Callable[[], None] | None:
    """Draw the frame that is looked at, with everything known about it.

    Gives what draws the strip of before and after, if there is a face: its frames have to be
    decoded, so it had better come last.
    """
    moment = moment_at(shown, looked)
    here = analysis.faces[analysis.faces["frame"] == looked.frame]
    face = moment or _as_moment(here, looked.face_id)
    time_s = showing.time_of(analysis, looked.frame)
    with st.container(border=True, key="viewer"):
        _steps(analysis, shown, moment, time_s)
        left, right = st.columns([3, 2], gap="medium")
        with right:
            if face is None:
                st.info("No face was found in this frame.", icon=":material/face_retouching_off:")
            else:
                evidence.show(analysis, moment, face, here)
                _others(analysis, face, here)
        with left:
            _picture(analysis, looked, time_s, face)
            strip = st.container(key="strip", horizontal=True, gap="xsmall", wrap=False)
    return None if face is None else partial(_before_and_after, strip, analysis, face)


def _picture(analysis: Analysis, looked: state.Look, time_s: float, face: Moment | None) -> None:
    view = st.session_state["view"]
    if view == "Video":
        player.show(analysis.video, time_s)
        return
    overlay = "Frame" if view not in VIEWS or face is None else str(view)
    drawn, missing = showing.boxed_frame(analysis, looked.frame, looked.face_id, overlay)
    said = "no face" if face is None else f"{curves.name_of(face)}, apparently {face.emotion}"
    with st.container(key="frame"):
        # Inside the page: a file beside it may be gone before a quick eye has asked for it.
        st.html(look.picture(drawn, f"Frame {looked.frame} at {look.clock(time_s)}: {said}"))
    st.caption(f"{look.clock(time_s)} · frame {looked.frame}" + (f" · {missing}" * bool(missing)))
    said = showing.said_at(analysis, time_s)
    if said:
        st.html(f'<div class="fm-said">“{look.escaped(said)}”</div>')


def _before_and_after(
    strip: st.delta_generator.DeltaGenerator, analysis: Analysis, face: Moment
) -> None:
    """The same face shortly before and after: an expression is a movement, not a picture."""
    pictures = showing.around(analysis, face)
    if len(pictures) < 2:
        return
    for seen in pictures:
        is_this = seen.frame == face.frame_index
        words = "this one" if is_this else f"{seen.time_s - face.time_s:+.1f} s"
        place = "around-this" if is_this else f"card-box-around-{seen.key}"
        with strip.container(gap=None, key=place):
            picture = look.picture(seen.jpeg, f"The face at {look.clock(seen.time_s)}")
            st.html(f'{picture}<div class="fm-when">{words}</div>')
            if not is_this:
                st.button(
                    f"Look at the frame {words} away",
                    key=f"card-open-around-{seen.key}",
                    on_click=partial(state.look_at, analysis, seen.frame, face.face_id),
                )


def _steps(
    analysis: Analysis, shown: tuple[Moment, ...], moment: Moment | None, time_s: float
) -> None:
    """Where this is among the moments, and the buttons to its neighbours."""
    if moment is not None:
        position = shown.index(moment)
        before, after = shown[:position], shown[position + 1 :]
        where = f"Moment {moment.number} of {len(analysis.moments)}"
    else:
        before = tuple(m for m in shown if m.time_s < time_s)
        after = tuple(m for m in shown if m.time_s >= time_s)
        where = "Not one of the moments"
    row = st.container(horizontal=True, vertical_alignment="center", key="steps", gap="small")
    row.segmented_control(
        "Show",
        list(VIEWS),
        default="Frame",
        required=True,
        key="view",
        label_visibility="collapsed",
        help=" ".join(f"**{name}**: {words}" for name, words in VIEWS.items()),
        persist_state="session",
    )
    row.html(f'<div class="fm-dim">{where}</div>')
    for label, icon, target, keyboard in (
        ("Previous", ":material/arrow_back:", before[-1:], "Left"),
        ("Next", ":material/arrow_forward:", after[:1], "Right"),
    ):
        row.button(
            label,
            key=label.lower(),
            icon=icon,
            disabled=not target,
            shortcut=keyboard,
            help=f"The {label.lower()} moment; the {keyboard.lower()} arrow key does the same.",
            on_click=partial(_go_to, analysis, target),
        )


def _go_to(analysis: Analysis, target: tuple[Moment, ...]) -> None:
    for moment in target:
        state.look_at(analysis, moment.frame_index, moment.face_id)


def _others(analysis: Analysis, face: Moment, here: pd.DataFrame) -> None:
    """A way to the other faces of the same frame."""
    if len(here) < 2:
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    row.caption("Also in this frame")
    for other, name in curves.people(here).items():
        if other != face.face_id:
            row.button(
                look.plain(name),
                key=f"other-{other}",
                type="tertiary",
                help="Look at this face instead.",
                on_click=partial(state.look_at, analysis, face.frame_index, other),
            )


def _as_moment(here: pd.DataFrame, face_id: int | None) -> Moment | None:
    """A face that is no chosen moment, in the shape of one."""
    rows = here[here["face_id"] == face_id]
    if rows.empty:
        return None
    return moments.of_row(rows.iloc[0], number=0, why="")
