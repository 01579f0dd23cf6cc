"""Which of the moments are shown, and in which order: the filters above the gallery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from facemotion import curves, palette
from facemotion.records import EMOTIONS, Analysis, Moment
from facemotion.ui import look

_MAX_PILLS = 8
_ALL = -1
_ORDERS = {
    "time": "time",
    "expressiveness": "expressiveness",
    "score": "score",
    "size": "size of the face",
}
_KEPT: dict[str, Any] = {"persist_state": "session"}
_Passes = Callable[[Moment], bool]


@dataclass(frozen=True)
class Choice:
    """The face that is shown alone (None: all), and the moments that are shown, in their order.

    ``is_filtered`` tells whether more than the face was chosen.
    """

    face_id: int | None
    shown: tuple[Moment, ...]
    is_filtered: bool

    @property
    def by_time(self) -> tuple[Moment, ...]:
        """The moments that are shown, in the order of time."""
        return tuple(sorted(self.shown, key=lambda moment: moment.number))


def choose(analysis: Analysis) -> Choice:
    """The filters, and what passes them."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
    with row:
        face_id = whose(analysis)
        mine = [m for m in analysis.moments if face_id is None or m.face_id == face_id]
        if len(mine) < 2:
            return Choice(face_id, tuple(mine), is_filtered=False)
        with st.popover("Filter and sort", icon=":material/filter_list:", key="filtering"):
            asked = (_of_emotion(mine), _of_source(mine), _contested(analysis, mine))
            order = st.selectbox(
                "Sort by",
                _ORDERS,
                format_func=_ORDERS.__getitem__,
                key="order",
                help="The order of the cards. Arrow keys always go through time.",
                **_KEPT,
            )
    found = sorted((m for m in mine if all(passes(m) for passes in asked)), key=_RANKS[order])
    return Choice(face_id, tuple(found), is_filtered=len(found) < len(mine))


def _score(moment: Moment) -> float:
    return -max(moment.probabilities)


_RANKS: dict[str, Any] = {
    "time": lambda m: m.number,
    "expressiveness": lambda m: -m.expressiveness,
    "score": _score,
    "size": lambda m: -m.box_xywh[2] * m.box_xywh[3],
}


def _of_emotion(moments: list[Moment]) -> _Passes:
    there = [name for name in EMOTIONS if any(m.emotion == name for m in moments)]
    chosen = st.pills(
        "Only",
        there,
        format_func=lambda name: f"{palette.glyph(name)} {name}",
        selection_mode="multi",
        key="only",
        help="Moments of these expressions; none chosen shows all.",
        **_KEPT,
    )
    wanted = set(chosen) & set(there)  # kept from another video, a name may not be there
    return lambda moment: not wanted or moment.emotion in wanted


def _of_source(moments: list[Moment]) -> _Passes:
    sources = sorted({m.source for m in moments})
    if len(sources) < 2:
        return lambda moment: True
    chosen = st.segmented_control(
        "Found by",
        ["all", *sources],
        default="all",
        required=True,
        key="found-by",
        help="local: the detector on this machine. claude: a face that only Claude was sure of.",
        **_KEPT,
    )
    return lambda moment: chosen in ("all", moment.source)


def _contested(analysis: Analysis, moments: list[Moment]) -> _Passes:
    there = {moment.number for moment in moments}
    numbers = there & {e.moment_number for e in analysis.explanations if e.is_contested}
    if not numbers:
        return lambda moment: True
    only = st.toggle(
        f"Only contested ones ({len(numbers)})",
        key="contested",
        help="Claude and the classifier name different expressions, and both are sure.",
        **_KEPT,
    )
    return lambda moment: moment.number in numbers or not only


def whose(analysis: Analysis) -> int | None:
    """The face to show alone, None for all of them; asked only when there are several."""
    tracks = sorted(curves.face_tracks(analysis.faces), key=lambda track: track.face_id)
    if len(tracks) < 2:
        return None
    few = len(tracks) < _MAX_PILLS
    names_of = curves.people(analysis.faces)
    names = {_ALL: "All faces"} | {
        track.face_id: names_of[track.face_id] if few else _with_times(names_of, track)
        for track in tracks
    }
    common: dict[str, Any] = {
        "label": "Whose expressions",
        "options": list(names),
        "format_func": names.__getitem__,
        "key": f"face-{analysis.analysis_id}",
        "help": "Name people, and merge the numbers of one person, on the page People.",
        "persist_state": "session",
    }
    if few:
        chosen = st.segmented_control(default=_ALL, required=True, **common)
    else:
        chosen = st.selectbox(width=420, **common)
    return None if chosen == _ALL else chosen


def _with_times(names: dict[int, str], track: curves.FaceTrack) -> str:
    first, last = look.clock(round(track.first_s)), look.clock(round(track.last_s))
    return f"{names[track.face_id]} ({first} - {last})"
