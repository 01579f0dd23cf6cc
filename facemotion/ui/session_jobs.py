"""The jobs of this session: closely on the page Analyse, in a line each on every other page."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion.jobs import Job, State
from facemotion.ui import look, state, watching

BRIEF_POLL_S = 2.0
MOST_IN_BRIEF = 3
"""Jobs that get a line of their own; the others are counted."""
_TOLD = "told-jobs"
_ICONS: dict[State, str] = {
    "running": ":material/pending:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "queued": ":material/hourglass_empty:",
}
"""What is told of in brief, in this order; who has cancelled a job knows that."""


def show() -> bool:
    """Draw how they ended and how far they are; whether one of them is under way.

    A single one that is done leads to its result, unless another page has told of it already:
    whoever comes here then wants something else.
    """
    known = state.my_jobs()
    if len(known) < len(state.job_keys()):
        _forgotten(known)
    ended = [job for job in known.values() if job.is_over]
    if len(known) == 1 and ended and ended[0].state == "done" and ended[0] not in _told():
        _open(ended[0])
    for job in ended:
        with st.container(border=True, key=f"ended-{job.key}", gap="small"):
            (_done if job.state == "done" else _stopped)(job)
    if len(ended) > 2:
        st.button(
            "Dismiss all that have ended",
            key="dismiss-all",
            type="tertiary",
            help="Shows them no more. Nothing is deleted.",
            on_click=_dismiss,
            args=(ended,),
        )
    waiting = tuple(key for key, job in known.items() if job not in ended)
    if waiting:
        _under_way(waiting)
        st.caption("You can leave this page or reload it; the work goes on.")
    return bool(waiting)


def in_brief() -> None:
    """A line for each of them in the sidebar; nothing at all when there are none."""
    state.remember_jobs()
    if not state.job_keys():
        return
    is_any = any(not job.is_over for job in state.my_jobs().values())
    with st.sidebar:
        st.fragment(_lines, run_every=BRIEF_POLL_S if is_any else None)()


def _lines() -> None:
    states = {job: job.state for job in state.my_jobs().values()}  # which may change meanwhile
    jobs = [job for wanted in _ICONS for job in states if states[job] == wanted]
    st.session_state[_TOLD] = {job for job in jobs if states[job] == "done"}
    if not jobs:
        return
    with st.container(key="in-brief", gap="xxsmall"):
        for job in jobs[:MOST_IN_BRIEF]:
            if states[job] == "done":
                _ready(job)
            else:
                _so_far(job, states[job])
        if len(jobs) > MOST_IN_BRIEF:
            more = f"and {len(jobs) - MOST_IN_BRIEF} more"
            st.page_link(look.ANALYSE, label=more, icon=":material/more_horiz:")


def _ready(job: Job[str]) -> None:
    if st.button(
        f"Open {look.plain(job.title)}",
        key=f"brief-{job.key}",
        icon=_ICONS["done"],
        type="tertiary",
        help="It is analysed; this shows its moments.",
    ):
        _open(job)


def _so_far(job: Job[str], current: State) -> None:
    """A job that is not done, as a link to more; what changes comes first, as the line is short."""
    said = current.capitalize()
    now = [step for step in watching.steps(job) if step.kind == "now"]
    if current == "running" and now:
        fraction = now[-1].fraction
        said = now[-1].title if fraction is None else f"{now[-1].title} {fraction:.0%}"
    title = look.plain(job.title)
    st.page_link(
        look.ANALYSE,
        label=f"{said} · {title}",
        icon=_ICONS[current],
        help=f"{title}: the page Analyse shows more.",
    )


@st.fragment(run_every=watching.POLL_S)
def _under_way(keys: tuple[str, ...]) -> None:
    """All of them in one fragment, so that a long queue costs little more than one job."""
    jobs = [job for key in keys if (job := state.jobs().get(key)) is not None and not job.is_over]
    if len(jobs) < len(keys):
        st.rerun()  # the whole page: it draws what has ended
    for job in jobs:
        watching.panel(job, watching.STAGES, f"-{job.key}")
    if len(jobs) > 1:
        st.button(
            "Cancel all",
            key="cancel-all",
            type="tertiary",
            help="What is finished by then is kept.",
            on_click=_cancel,
            args=(jobs,),
        )


def _stopped(job: Job[str]) -> None:
    """A job that failed or was cancelled: which, what became of it, and how to go on."""
    is_failure = job.state == "failed"
    row = watching.headed(job, "" if is_failure else "Stopped. What was finished is kept.")
    if is_failure:
        st.error(look.plain(job.error or ""), icon=":material/error:")
    if row.button(
        "Try again" if is_failure else "Go on",
        key=f"again-{job.key}",
        icon=":material/refresh:",
        help="What was finished is not done again.",
    ):
        state.jobs().submit(job.key, job.title, job.work)
        st.rerun()
    _dismissal(job, row)


def _done(job: Job[str]) -> None:
    row = watching.headed(job, "Analysed")
    if row.button("Open", key=f"open-{job.key}", type="primary", help="Shows its moments."):
        _open(job)
    _dismissal(job, row)


def _open(job: Job[str]) -> NoReturn:
    """Leave for the moments of a job that is done, and show the job no more."""
    state.dismiss(job.key)
    state.show(look.MOMENTS, job.result())


def _told() -> set[Job[str]]:
    """Jobs that are done, and of which another page has said so."""
    told: set[Job[str]] = st.session_state.get(_TOLD, set())
    return told


def _dismissal(job: Job[str], row: DeltaGenerator) -> None:
    row.button(
        "Dismiss",
        key=f"dismiss-{job.key}",
        type="tertiary",
        help="Shows this no more. Nothing is deleted.",
        on_click=_dismiss,
        args=([job],),
    )


def _dismiss(jobs: list[Job[str]]) -> None:
    for job in jobs:
        state.dismiss(job.key)


def _cancel(jobs: list[Job[str]]) -> None:
    for job in jobs:
        job.cancel()


def _forgotten(known: dict[str, Job[str]]) -> None:
    for key in set(state.job_keys()) - set(known):
        state.dismiss(key)
    st.warning(
        "This run is not known any more: the dashboard was started anew since. Start it again; "
        "what was finished is kept.",
        icon=":material/history:",
    )
