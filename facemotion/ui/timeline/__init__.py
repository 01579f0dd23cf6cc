"""The page Timeline: lanes on one clock, the frame that is sought, shares of time, marks."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import partial

import streamlit as st

from facemotion import action_units
from facemotion.charts import lanes, units
from facemotion.charts.lanes import LaneChoice
from facemotion.markers import Markers
from facemotion.records import Analysis
from facemotion.ui import empty, people, state, viewing
from facemotion.ui.timeline import (
    lane_controls,
    listening,
    markers,
    measures,
    sight,
    sought,
    thresholds,
)

_CONFIG = {
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": "autosize",
    "modeBarButtons": [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"]],
}

# The lanes may be higher than the screen: what a click shows stays in sight below them.
_STYLE = """
.fm-cursor {position: absolute; width: 2px; margin-left: -1px; background: #ff5a5a;
  pointer-events: none; z-index: 3}
.fm-sought {font-size: .86rem; line-height: 1.4}
.fm-sought .fm-emotion {font-size: 1.15rem}
.fm-sought .fm-faces {display: flex; flex-wrap: wrap; column-gap: 1.2rem}
.st-key-sought {background: Canvas; padding: .7rem .9rem !important; gap: .5rem}
.st-key-sought [data-testid="stElementToolbar"] {display: none}
.st-key-sought [data-testid="stVerticalBlock"] {gap: .5rem}
.st-key-sought img, .st-key-sought video {max-height: 190px; object-fit: contain;
  object-position: left; border-radius: 8px}
.st-key-marking {flex: 1 1 16rem}
@media (min-height: 700px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-sought-place) {position: sticky; bottom: .5rem;
    z-index: 20}
}
@media (max-width: 640px) {
  .st-key-sought [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {
    flex-wrap: wrap; gap: .5rem}
  .st-key-sought [data-testid="stColumn"]:first-child {flex: 0 0 34%; min-width: 0}
  .st-key-sought [data-testid="stColumn"]:last-child,
  .st-key-sought [data-testid="stColumn"]:last-child > [data-testid="stVerticalBlock"] {
    display: contents}
  .st-key-sought [data-testid="stElementContainer"]:has(.fm-sought) {flex: 1 1 55%; width: auto}
  .st-key-sought [data-testid="stLayoutWrapper"]:has(> .st-key-onwards) {flex: 1 0 100%}
  .st-key-ways button {padding: .2rem .55rem; min-width: 0}
  .st-key-ways kbd, .st-key-sought .fm-said, .st-key-open-in-moments {display: none}
  .st-key-ways .stButton p {position: absolute; clip-path: inset(50%)}
  .st-key-sought img, .st-key-sought video {max-height: 100px}
}
"""


def show(analysis: Analysis) -> None:
    """Draw all of it; the moments are those of the settings it was opened with."""
    if analysis.faces.empty:
        if not people.left_out(analysis):
            empty.no_faces(analysis)
        return
    st.html(f"<style>{_STYLE}</style>")
    viewed = _measurable(state.viewed(analysis))
    marks = markers.known(analysis)
    choice = lane_controls.choose(analysis)
    chart, below = st.container(), st.container()
    with below:
        table_part, marks_part = st.tabs(["Time above a threshold", "Marks"])
    with table_part:
        above = thresholds.choose()
    with chart:
        drawn = _lanes(viewed, marks, replace(choice, threshold=above.line))
        _sight(analysis)
        own = tuple(m for m in analysis.moments if choice.face_id in (None, m.face_id))
        with st.container(key="sought-place"):
            given = (analysis, viewed, own, marks, choice.face_id, drawn)
            sought.show(sought.Seen(sight.chart_key(), *given))
    with table_part:
        thresholds.show(viewed, above, choice, sight.window(analysis))
    with marks_part:
        markers.show(analysis, marks, partial(sought.go, analysis, choice.face_id))

    def to_point(data: list[float]) -> None:
        sought.go(analysis, choice.face_id, data[1])

    measures.show(state.viewed(analysis), analysis.moments, choice.face_id, to_point)


def _measurable(analysis: Analysis) -> Analysis:
    """The same without action units that cannot be measured: gaps in the lanes, not counted."""
    faces = analysis.faces
    return replace(analysis, faces=units.measured(faces, action_units.reliability(faces)))


def _lanes(viewed: Analysis, marks: Markers, choice: LaneChoice) -> lanes.Drawn:
    happening = lanes.Happening(viewed.moments, marks, viewed.video.captions)
    signature = repr((str(viewed.folder), viewing.key(viewed), choice, marks))
    choice = replace(choice, window_s=sight.to_draw(viewed, signature))
    drawn, alt = _figure(signature, choice.window_s, viewed, happening, choice)
    sight.has_drawn(signature, choice.window_s, drawn.most)
    st.plotly_chart(drawn.figure, key=sight.chart_key(), config=_CONFIG, alt=alt)

    def zoomed(start_ms: float, end_ms: float) -> None:
        sight.zoomed(viewed, (lanes.from_axis(start_ms), lanes.from_axis(end_ms)))

    listening.zooms(sight.chart_key(), "lanes-zooms", zoomed)
    if words := viewing.told(viewed):
        st.caption(words)
    return drawn


@st.cache_resource(max_entries=16, show_spinner=False)
def _figure(
    signature: str,
    window_s: lanes.Window | None,
    _viewed: Analysis,
    _happening: lanes.Happening,
    _choice: LaneChoice,
) -> tuple[lanes.Drawn, str]:
    """The lanes and their words; the arguments with a name are the key of Streamlit's cache."""
    given = (_viewed.faces, _viewed.samples, _happening, _choice)
    return lanes.lanes_figure(*given), lanes.lanes_alt(*given)


def _sight(analysis: Analysis) -> None:
    """The part in sight, to see and to set without a mouse."""
    whole, shown = sight.whole(analysis), sight.window(analysis)
    if whole[1] - whole[0] < 1:
        return
    key = f"sight-{analysis.analysis_id}"
    st.session_state[key] = tuple(_moment(time_s) for time_s in shown or whole)

    def slid() -> None:
        start, end = st.session_state[key]
        sight.choose(analysis, (_seconds(start), _seconds(end)))

    row = st.container(horizontal=True, vertical_alignment="bottom", key="sight")
    row.slider(
        "In sight",
        _moment(whole[0]),
        _moment(whole[1]),
        step=datetime.timedelta(seconds=_step(whole[1] - whole[0])),
        format="H:mm:ss" if whole[1] >= 3600 else "m:ss",
        key=key,
        on_change=slid,
        help="The part of the video that the lanes show and that is counted below. In the chart: "
        "drag to zoom in, double-click to see all.",
    )
    row.button(
        "Whole video",
        key="whole",
        icon=":material/zoom_out_map:",
        disabled=shown is None,
        help="Shows all of it again.",
        on_click=partial(sight.choose, analysis, None),
    )


_EPOCH = datetime.datetime(1970, 1, 1)


def _moment(time_s: float) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(seconds=time_s)


def _seconds(moment: datetime.datetime) -> float:
    return (moment - _EPOCH).total_seconds()


def _step(length_s: float) -> float:
    """A step of the slider: as fine as a screen shows it, not finer than a tenth of a second."""
    return max(0.1, round(length_s / 1000, 1))
