"""A live session on the screen: its buttons, and what is drawn anew every second."""

from __future__ import annotations

import streamlit as st

from facemotion import charts
from facemotion.charts.live import Mark
from facemotion.charts.live_lines import Lost
from facemotion.live import Live, Snapshot
from facemotion.records import EMOTIONS, Settings
from facemotion.ui import look, state
from facemotion.ui.live import drawn, keeping, places
from facemotion.ui.live.watched import Watched, shelf, viewer

EVERY_S = 1.0
FIRST_SPAN_S = 30.0
_RECORDING = "is a recording, not a live stream"
"""How the core tells of a video that is no stream."""


def show(watched: Watched) -> None:
    """Buttons, what was kept, and the part that runs by itself."""
    _heading(watched)
    keeping.results()
    over = watched.is_over
    drawn_as = watched.live is not None, over, _is_paused(watched.live)
    part = st.fragment(_picture, run_every=None if over else EVERY_S)
    part(watched.key, drawn_as)


def _heading(watched: Watched) -> None:
    live = watched.live
    title = "The demo clip" if watched.is_demo else live.title if live else watched.source
    row = st.container(horizontal=True, vertical_alignment="center", key="live-heading")
    row.html(
        f'<div class="fm-title fm-clamp" role="heading" aria-level="1">{look.escaped(title)}</div>'
    )
    with row:
        if watched.is_over:
            _after_the_end(watched)
        elif live is not None:
            _buttons(live)
        if live is not None and (live.stats.n_samples or not live.is_over):
            keeping.button(watched, live)
        st.button(
            "Another stream",
            key="live-another",
            icon=":material/add:",
            on_click=places.close,
            help="Shows the form again. The session ends, unless somebody else watches it.",
        )


def _is_paused(live: Live | None) -> bool:
    return live is not None and live.state == "paused"


def _buttons(live: Live) -> None:
    if _is_paused(live):
        st.button(
            "Resume",
            key="live-resume",
            icon=":material/play_arrow:",
            on_click=live.resume,
            help="Goes on with what is live now. What was missed is marked as a gap.",
        )
    else:
        st.button(
            "Pause",
            key="live-pause",
            icon=":material/pause:",
            on_click=live.pause,
            help="Measures nothing for a while, for everybody who watches this. The connection "
            "stays.",
        )
    st.button(
        "Stop",
        key="live-stop",
        icon=":material/stop:",
        on_click=live.stop,
        help="Ends the session for everybody who watches it. What is remembered can still be "
        "kept while this page is open.",
    )


def _picture(key: str, drawn_as: tuple[bool, bool, bool]) -> None:
    """All that changes; the whole page is drawn anew when its buttons must be others."""
    watched = shelf().look(key, viewer())
    if watched is None:
        st.rerun()
    now = watched.live is not None, watched.is_over, _is_paused(watched.live)
    if now != drawn_as:
        st.rerun()
    live, seen = watched.live, watched.snapshot()
    if live is None or seen is None:
        if watched.problem is None:
            st.html(drawn.status("connecting", f"{watched.step} ..."))
        else:
            st.html(drawn.status("failed", watched.problem))
        return
    st.html(drawn.status(live.state, live.message) + drawn.alerts(seen.events, seen.stats.time_s))
    if seen.stats.n_samples or not watched.is_over:
        _measured(watched, seen)


def _measured(watched: Watched, seen: Snapshot) -> None:
    left, right = st.columns(2, gap="medium")
    left.html(drawn.newest(seen))
    right.html(drawn.faces_now(seen))
    right.html(drawn.numbers(seen, watched.n_looking))
    minutes = _minutes(watched)
    lost = [Lost(gap.start_s, gap.end_s, gap.why) for gap in seen.gaps]
    marks = [Mark(e.face_id, e.start_s, e.end_s, drawn.words(e)) for e in seen.events]
    given = seen.faces, seen.samples, lost, marks
    span_s = _span(seen, 60 * minutes)
    st.plotly_chart(
        charts.live_timeline(*given, span_s=span_s, thresholds=_thresholds(watched)),
        key="live-chart",
        config={"displayModeBar": False},
        alt=charts.live_timeline_alt(*given, span_s=span_s),
    )
    st.html(drawn.happenings(seen.events, seen.gaps, watched.settings.rules))


def _thresholds(watched: Watched) -> list[tuple[str, float]]:
    """Those of the rules that are about what the chart shows."""
    rules = watched.settings.rules
    return [(rule.value, rule.threshold) for rule in rules if rule.value in EMOTIONS]


def _minutes(watched: Watched) -> float:
    """How much the chart shows, of what is remembered."""
    most = round(watched.settings.buffer_s / 60)
    if most <= 1:
        return watched.settings.buffer_s / 60
    return float(
        st.slider(
            "Minutes in the chart",
            1,
            most,
            min(2, most),
            key=f"live-shown-{most}",
            width=260,
            help="How far back the running chart goes. Change it at any time.",
            persist_state="session",
        )
    )


def _span(seen: Snapshot, most_s: float) -> float:
    """What the chart shows: at first little, doubled whenever it is full, up to ``most_s``."""
    times = seen.samples["timestamp"]
    has_s = float(times.iloc[-1] - times.iloc[0]) if len(times) else 0.0
    span_s = FIRST_SPAN_S
    while span_s < min(has_s, most_s):
        span_s *= 2
    return min(span_s, most_s)


def _after_the_end(watched: Watched) -> None:
    """What can be done when nothing more comes."""
    live = watched.live
    if live is not None and not watched.is_demo and live.state in ("ended", "failed"):
        _offer_analysis(watched.source, live)
    st.button(
        "Play it again" if watched.is_demo else "Try again",
        key="live-again",
        icon=":material/refresh:",
        on_click=places.begin,
        args=(watched.source, watched.settings),
        help="A new session of the same source, with the same settings.",
    )


def _offer_analysis(source: str, live: Live) -> None:
    """The way to the normal analysis, where the address may lead to a recording."""
    has_ended = live.state == "ended"
    if live.state == "failed" and live.stats.n_samples:
        return
    if st.button(
        "Analyse the recording" if has_ended else "Analyse it instead",
        key="live-analyse",
        type="primary" if _RECORDING in live.message else "secondary",
        icon=":material/movie:",
        help="Many sites keep a stream as a recording at the same address. "
        if has_ended
        else "As a video that is recorded: more is found in a whole than live. "
        "Runs in the background.",
    ):
        settings = Settings(allow_private_urls=state.allows_private_urls())
        state.start(source, source, settings)
        places.close()
        state.show(look.ANALYSE)
