"""Which lanes the page Timeline shows, of whom, and how."""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion.action_units import TABLE
from facemotion.charts.lanes import DEFAULT_LANES, LANES, LaneChoice
from facemotion.records import ACTION_UNITS, Analysis
from facemotion.ui.moments import picked

MEAN, EACH = "the mean", "each person"
_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def choose(analysis: Analysis) -> LaneChoice:
    """The controls above the chart; the window and the threshold are chosen elsewhere."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="lane-controls"):
        face_id = picked.whose(analysis)
        with st.popover("Lanes", icon=":material/tune:", key="lane-options"):
            lanes = st.multiselect(
                "Lanes",
                list(LANES),
                DEFAULT_LANES,
                format_func=LANES.__getitem__,
                key="lanes",
                placeholder="Choose what to see",
                wrap=True,
                help="From top to bottom in the order in which you choose them. A lane without "
                "anything in it, such as captions of a video that has none, is left out.",
                **_BOUND,
            )
            options = _options(several=face_id is None and analysis.faces["face_id"].nunique() > 1)
    return LaneChoice(lanes=tuple(lanes), face_id=face_id, **options)


def _options(*, several: bool) -> dict[str, Any]:
    units = st.multiselect(
        "Action units",
        ACTION_UNITS,
        format_func=lambda unit: f"{unit} {TABLE[unit].name}",
        placeholder="the strongest three",
        key="lane-units",
        help="A lane each, from 0 to 5, with gaps where they cannot be measured. None chosen shows "
        "the three that get strongest.",
        **_BOUND,
    )
    emotions_of = MEAN
    if several:
        emotions_of = st.segmented_control(
            "Emotions of",
            (MEAN, EACH),
            default=MEAN,
            required=True,
            key="lane-emotions",
            help="One lane for the mean of all faces in a frame, or a lane for each person.",
            **_BOUND,
        )
    return {
        "units": tuple(units),
        "each_person": emotions_of == EACH,
        "is_stacked": st.toggle(
            "Emotions as areas",
            key="lane-areas",
            help="One upon the other, up to 100%, instead of lines.",
            **_BOUND,
        ),
        "every_sample": st.toggle(
            "Draw every sample",
            key="lane-every",
            help="Lines of long videos are drawn by their peaks, and in full where you zoom in. "
            "This draws all at once with WebGL, which needs a graphics card to be quick.",
            **_BOUND,
        ),
    }
