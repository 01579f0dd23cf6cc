"""The frame at the time that was clicked in the lanes: small, with its facts, and ways on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from facemotion import palette
from facemotion.charts import lanes
from facemotion.markers import MAX_TEXT, Marker, Markers
from facemotion.records import Analysis, Moment
from facemotion.ui import look, picking, player, seeking, showing, state
from facemotion.ui.timeline import listening, markers, sight

_NEAR = 0.015
"""A click in the lane of events means the moment or mark within this part of what is in sight."""

_MAX_FACES = 4
_VIDEO = ".st-key-sought video"
_SAME_S = 0.05


@dataclass(frozen=True)
class Seen:
    """What can be sought: everything that the chart with the key ``chart`` shows.

    ``viewed`` has the values as they are drawn.
    """

    chart: str
    analysis: Analysis
    viewed: Analysis
    moments: tuple[Moment, ...]
    marks: Markers
    face_id: int | None
    drawn: lanes.Drawn


@st.fragment
def show(seen: Seen) -> None:
    """What a click changes: only this part runs again, and the chart stays as it is."""
    if seen.chart != sight.chart_key():  # what is sought is out of sight: there, draw anew
        st.rerun()
    analysis = seen.analysis
    looked = _looked(seen)
    time_s = showing.time_of(analysis, looked.frame)
    at_ms, video_from_ms = lanes.to_axis([time_s, analysis.video.offset_s]).tolist()
    with st.container(key="sought", border=True):
        listening.clicks(
            seen.chart, "lanes-clicks", partial(_clicked, seen), at_ms, _VIDEO, video_from_ms
        )
        left, right = st.columns([2, 5], gap="medium", wrap=False)
        with right:
            st.html(_facts(seen, looked, time_s))
            with st.container(key="onwards", gap="xsmall"):
                _steps(seen, time_s)
                with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                    _marking(analysis, time_s)
                    _opening(analysis, looked)
        with left:
            _picture(analysis, looked, time_s)


def go(analysis: Analysis, face_id: int | None, time_s: float) -> None:
    """Look at the sample nearest to a time, at its most expressive face or that of ``face_id``."""
    samples = analysis.samples
    nearest = int(np.abs(samples["timestamp"].to_numpy() - time_s).argmin())
    frame = int(samples["frame"].iloc[nearest])
    sight.follow(analysis, time_s)
    state.look_at(analysis, frame, seeking.best_face(analysis, frame, face_id))


def _looked(seen: Seen) -> state.Look:
    """What is looked at; at first the most expressive moment, or else the first sample."""
    looked = state.looked_at(seen.analysis, seen.moments, seen.face_id)
    if looked is not None:
        return looked
    frame = int(seen.analysis.samples.sort_values("timestamp")["frame"].iloc[0])
    best = seeking.best_face(seen.analysis, frame, seen.face_id)
    return state.Look(seen.analysis.analysis_id, frame, best)


def _clicked(seen: Seen, at_ms: float, height: float) -> None:
    """Look at the moment or mark that was clicked, or else at the sample nearest in time."""
    time_s = lanes.from_axis(at_ms)
    place = seen.drawn.events_at
    if place is not None and place[0] <= height <= place[1]:
        start_s, end_s = sight.window(seen.analysis) or sight.whole(seen.analysis)
        events: tuple[Moment | Marker, ...] = (*seen.moments, *seen.marks)
        event = min(events, key=lambda one: abs(one.time_s - time_s))
        if abs(event.time_s - time_s) <= _NEAR * (end_s - start_s):
            _step(seen, event)
            return
    _step(seen, time_s)


def _step(seen: Seen, target: Moment | Marker | float) -> None:
    """Look at a moment's own face, at the time of a mark, or at a time."""
    if isinstance(target, Moment):
        sight.follow(seen.analysis, target.time_s)
        state.look_at(seen.analysis, target.frame_index, target.face_id)
    else:
        go(seen.analysis, seen.face_id, target.time_s if isinstance(target, Marker) else target)


def _facts(seen: Seen, looked: state.Look, time_s: float) -> str:
    """The time, what every face shows most, and what is said."""
    faces = seen.viewed.faces
    here = faces[faces["frame"] == looked.frame].sort_values("expressiveness", ascending=False)
    shown = here.head(_MAX_FACES)
    rows = [_face(row, row.face_id == looked.face_id) for row in shown.itertuples()]
    if len(here) > len(shown):
        rows.append(f'<div class="fm-dim">and {len(here) - len(shown)} more</div>')
    if not rows:
        rows.append('<div class="fm-dim">No face was found in this frame.</div>')
    moments = [f"moment {m.number}" for m in seen.moments if m.frame_index == looked.frame]
    marked = [mark.text for mark in seen.marks if abs(mark.time_s - time_s) < _SAME_S]
    where = " · ".join([f"frame {looked.frame}", *moments, *marked])
    said = showing.said_at(seen.analysis, time_s)
    quoted = f'<div class="fm-said fm-clamp">“{look.escaped(said)}”</div>' if said else ""
    return (
        f'<div class="fm-sought"><div><b class="fm-emotion">{look.clock(time_s)}</b> '
        f'<span class="fm-dim">{look.escaped(where)}</span></div>'
        f'<div class="fm-faces">{"".join(rows)}</div>{quoted}</div>'
    )


def _face(row: Any, is_chosen: bool) -> str:
    emotion = str(row.dominant_emotion)
    told = f"{emotion} {palette.percent(float(getattr(row, emotion)))}"
    return (
        f"<div>{look.badge(emotion)} {f'<b>{told}</b>' if is_chosen else told} "
        f'<span class="fm-dim">{look.escaped(str(row.person))}, expressiveness '
        f"{palette.percent(float(row.expressiveness))}</span></div>"
    )


def _picture(analysis: Analysis, looked: state.Look, time_s: float) -> None:
    if st.session_state["sought-as"] == "Video":
        player.show(analysis.video, time_s)
        return
    drawn, _ = showing.boxed_frame(analysis, looked.frame, looked.face_id)
    alt = f"Frame {looked.frame} at {look.clock(time_s)}"
    st.html(f'<div class="fm-frame">{look.picture(drawn, alt)}</div>')


def _steps(seen: Seen, time_s: float) -> None:
    """The ways to the neighbours, and to the video."""
    times = np.sort(seen.analysis.samples["timestamp"].to_numpy())
    row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="ways")
    for key, icon, target, keyboard, what in (
        ("moment-before", "skip_previous", _last(seen.moments, time_s), None, "Moment"),
        ("sample-before", "chevron_left", times[times < time_s][-1:], "Left", "Sample"),
        ("sample-after", "chevron_right", times[times > time_s][:1], "Right", "Sample"),
        ("moment-after", "skip_next", _next(seen.moments, time_s), None, "Moment"),
    ):
        row.button(
            what,
            key=key,
            icon=f":material/{icon}:",
            disabled=not len(target),
            shortcut=keyboard,
            help=f"The {what.lower()} {'before' if 'before' in key else 'after'} this one.",
            on_click=partial(_step, seen, target[0]) if len(target) else None,
        )
    row.segmented_control(
        "Show",
        ["Frame", "Video"],
        default="Frame",
        required=True,
        key="sought-as",
        label_visibility="collapsed",
        help="The frame with its faces in boxes, or the video from this second on: the line in "
        "the lanes follows it.",
        persist_state="session",
    )


def _opening(analysis: Analysis, looked: state.Look) -> None:
    if st.button(
        "Open in Moments",
        key="open-in-moments",
        icon=":material/grid_view:",
        type="tertiary",
        help="All that was measured in this frame.",
    ):
        picking.look_at(analysis, looked.frame, looked.face_id)


def _last(moments: tuple[Moment, ...], time_s: float) -> list[Moment]:
    return [m for m in moments if m.time_s < time_s][-1:]


def _next(moments: tuple[Moment, ...], time_s: float) -> list[Moment]:
    return [m for m in moments if m.time_s > time_s][:1]


def _marking(analysis: Analysis, time_s: float) -> None:
    """A field and a button for a mark at this time."""
    with st.form("marking", border=False, clear_on_submit=True):
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall")
        text = row.text_input(
            "Mark this time",
            key="mark-text",
            max_chars=MAX_TEXT,
            placeholder="Mark this time: what is it?",
            label_visibility="collapsed",
            help="A few words for this time. They show as a flag in the lanes.",
        )
        if row.form_submit_button(
            "Mark", icon=":material/flag:", help="Puts a flag at this time, into the lanes."
        ):
            refused = markers.add(analysis, time_s, text)
            if refused is None:
                st.rerun()  # the flag is in the lanes, which are no part of this
            st.error(look.plain(refused), icon=":material/error:")
