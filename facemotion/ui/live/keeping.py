"""Keep this: the last minutes of a stream become a normal analysis, in the background."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import cache
from facemotion.jobs import Job
from facemotion.live import Live
from facemotion.records import OnProgress, StageName
from facemotion.ui import look, state, watching
from facemotion.ui.live.watched import Watched

_KEPT, _TIMES = "live-kept", "live-kept-times"
_STAGES: dict[StageName, str] = {
    name: title for name, title in watching.STAGES.items() if name != "fallback"
}


def button(watched: Watched, live: Live) -> None:
    """How many minutes, and the button that begins it."""
    most = max(1, round(watched.settings.buffer_s / 60))
    with st.popover(
        "Keep this",
        icon=":material/bookmark_add:",
        type="primary",
        key=f"live-keep-{st.session_state.get(_TIMES, 0)}",  # another one, thus closed, once used
        help="Makes an analysis of what is remembered.",
    ):
        st.markdown(
            "The pictures that were looked at are analysed as a video: moments, timeline, people, "
            "explanations, exports, all as usual. The stream goes on meanwhile."
        )
        minutes = st.number_input(
            "Minutes, counted back from now",
            *(0.1, float(most), float(most), 0.5),
            format="%g",
            key=f"live-keep-minutes-{most}",
            help="No more than is remembered. What came before it is not kept.",
        )
        st.button(
            "Keep",
            key="live-keep-now",
            type="primary",
            icon=":material/bookmark_add:",
            on_click=_begin,
            args=(live, float(minutes)),
            help="Runs in the background; you can leave this page.",
        )


def results() -> None:
    """What has been kept of this stream: how far it is, or the way to it."""
    jobs = [job for key in _kept() if (job := state.jobs().get(key)) is not None]
    for job in jobs:
        if not job.is_over:
            watching.under_way(job.key, _STAGES, f"-{job.key}")
        elif job.state == "done":
            _done(job)
        else:
            _failed(job)


def _done(job: Job[str]) -> None:
    with st.container(border=True, key=f"live-kept-{job.key}"):
        row = watching.headed(job, "Kept as an analysis")
        if row.button(
            "Open",
            key=f"live-open-{job.key}",
            type="primary",
            icon=":material/grid_view:",
            help="Shows its moments. The stream goes on meanwhile.",
        ):
            _forget(job.key)
            state.show(look.MOMENTS, job.result())
        _dismissal(job, row)


def _failed(job: Job[str]) -> None:
    with st.container(border=True, key=f"live-kept-{job.key}"):
        row = watching.headed(job, "" if job.state == "failed" else "Stopped. Nothing was kept.")
        if job.state == "failed":
            st.error(look.plain(job.error or ""), icon=":material/error:")
        _dismissal(job, row)


def _dismissal(job: Job[str], row: DeltaGenerator) -> None:
    row.button(
        "Dismiss",
        key=f"live-dismiss-{job.key}",
        type="tertiary",
        on_click=_forget,
        args=(job.key,),
        help="Shows this no more. Nothing is deleted.",
    )


def _begin(live: Live, minutes: float) -> None:
    folder = state.root()

    def work(on_progress: OnProgress) -> str:
        return live.keep(minutes, folder, on_progress)

    at_s = live.stats.time_s
    key = cache.key("keep", 1, live.source.name, live.began_at, round(at_s, 1), minutes)
    state.jobs().submit(key, f"{live.title}, live", work)
    state.watch(key)
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    st.session_state[_KEPT] = [*(k for k in _kept() if k != key), key]


def _kept() -> list[str]:
    kept: list[str] = st.session_state.get(_KEPT, [])
    return kept


def _forget(key: str) -> None:
    state.dismiss(key)
    st.session_state[_KEPT] = [other for other in _kept() if other != key]
