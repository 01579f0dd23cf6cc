"""What happens to a Plotly chart in the browser, told to Python; and a cursor on it.

Streamlit tells of selected points and of nothing else. A small component, which shows nothing,
listens to the chart itself: to clicks anywhere in it, and to the part of it that is in sight after
zooming. It also draws the line at the time that is looked at, so that this needs no new figure.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_listen = st.components.v2.component(
    "facemotion_lanes", js=Path(__file__).with_name("lanes.js").read_text(), isolate_styles=False
)

OnClick = Callable[[float, float], None]
"""Gets the place on the axis of time in milliseconds, and the height in the chart, 0..1."""

OnZoom = Callable[[float, float], None]
"""Gets both ends of what is in sight, in milliseconds on the axis."""


def clicks(
    chart: str, key: str, on_click: OnClick, at_ms: float, video: str, video_from_ms: float
) -> None:
    """Tell of clicks anywhere in the chart with the key ``chart``, and draw a line at ``at_ms``.

    While the video that the selector ``video`` finds is playing, the line follows it;
    ``video_from_ms`` is where its clock begins on the axis.
    """

    def sought() -> None:
        told = st.session_state[key].seek
        if told is not None:
            on_click(float(told["at_ms"]), float(told["height"]))

    data = {"chart": f".st-key-{chart}", "clicks": True, "at_ms": at_ms}
    data |= {"video": video, "video_from_ms": video_from_ms}
    _listen(key=key, data=data, on_seek_change=sought)


def zooms(chart: str, key: str, on_zoom: OnZoom) -> None:
    """Tell which part of the chart with the key ``chart`` is in sight whenever that changes."""

    def zoomed() -> None:
        told = st.session_state[key].zoom
        if told is not None:
            on_zoom(float(told[0]), float(told[1]))

    _listen(key=key, data={"chart": f".st-key-{chart}", "zooms": True}, on_zoom_change=zoomed)
