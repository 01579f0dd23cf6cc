"""Which part of the video is in sight on the page Timeline: in the session, and in the address."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from facemotion.charts import lanes
from facemotion.charts.lanes import Window
from facemotion.records import Analysis

PARAM = "span"
_SHORTEST_S = 0.05
_IN_SIGHT, _DRAWN, _CHARTS = "in-sight", "lanes-drawn", "n-lanes-charts"


@dataclass(frozen=True)
class _Kept:
    """A window of one analysis; None is all of it."""

    analysis_id: str
    window_s: Window | None


@dataclass(frozen=True)
class _Drawn:
    """What the chart in the browser was drawn for, and of how many samples its lines are."""

    signature: str
    window_s: Window | None
    most: int


def whole(analysis: Analysis) -> Window:
    """From the first sample to the last one."""
    times = analysis.samples["timestamp"]
    return float(times.min()), float(times.max())


def window(analysis: Analysis) -> Window | None:
    """What is in sight, in seconds; None for the whole video.

    The session knows, or else the address, in which it is ``?span=12.5-40``.
    """
    kept: _Kept | None = st.session_state.get(_IN_SIGHT)
    if kept is None:
        kept = _Kept(analysis.analysis_id, _within(analysis, _parsed(st.query_params.get(PARAM))))
    elif kept.analysis_id != analysis.analysis_id:  # another video: its window is not ours
        kept = _Kept(analysis.analysis_id, None)
    _remember(kept)
    return kept.window_s


def choose(analysis: Analysis, wanted_s: Window | None) -> None:
    """Bring a part into sight, with a chart that is drawn for it."""
    zoomed(analysis, wanted_s)
    st.session_state.pop(_DRAWN, None)
    # The figure may be one that the browser has, and has zoomed since: it must begin anew.
    st.session_state[_CHARTS] = st.session_state.get(_CHARTS, 0) + 1


def zoomed(analysis: Analysis, wanted_s: Window | None) -> None:
    """A part has come into sight in the chart that is there."""
    _remember(_Kept(analysis.analysis_id, _within(analysis, wanted_s)))


def follow(analysis: Analysis, time_s: float) -> None:
    """Move what is in sight, as wide as it is, if a time is outside of it."""
    shown = window(analysis)
    if shown is None or shown[0] <= time_s <= shown[1]:
        return
    first, last = whole(analysis)
    width_s = shown[1] - shown[0]
    start_s = min(max(time_s - width_s / 2, first), last - width_s)
    choose(analysis, (start_s, start_s + width_s))


def to_draw(analysis: Analysis, signature: str) -> Window | None:
    """The window that the chart is to be drawn for.

    After zooming that is the one it was drawn for before, so that the browser keeps its chart; as
    long as that one was of the same things (``signature``) and tells all there is to see.
    """
    shown = window(analysis)
    drawn: _Drawn | None = st.session_state.get(_DRAWN)
    if drawn is None or drawn.signature != signature:
        return shown
    times = analysis.samples["timestamp"]
    enough = lanes.is_enough(times, drawn.most, drawn.window_s, shown)
    return drawn.window_s if enough else shown


def chart_key() -> str:
    """The key of the chart: another one whenever it must begin anew."""
    return f"lanes-chart-{st.session_state.get(_CHARTS, 0)}"


def has_drawn(signature: str, window_s: Window | None, most: int) -> None:
    """Remember what the chart in the browser is."""
    st.session_state[_DRAWN] = _Drawn(signature, window_s, most)


def _within(analysis: Analysis, wanted_s: Window | None) -> Window | None:
    """The part of a window that is in the video; None if that is all of it, or nothing."""
    if wanted_s is None:
        return None
    first, last = whole(analysis)
    start, end = max(wanted_s[0], first), min(wanted_s[1], last)
    if end - start < _SHORTEST_S or (start, end) == (first, last):
        return None
    return round(start, 3), round(end, 3)


def _parsed(text: str | None) -> Window | None:
    try:
        start, end = (float(part) for part in (text or "").split("-"))
    except ValueError:
        return None
    return start, end


def _remember(kept: _Kept) -> None:
    st.session_state[_IN_SIGHT] = kept
    if kept.window_s is not None:
        told = "-".join(f"{time_s:g}" for time_s in kept.window_s)
        if st.query_params.get(PARAM) != told:
            st.query_params[PARAM] = told
    elif PARAM in st.query_params:
        del st.query_params[PARAM]
