"""Jobs on the screen: their stages, how fast they go, how long they take, and Cancel."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion.cache import megabytes
from facemotion.jobs import Job, StageProgress
from facemotion.records import StageName
from facemotion.ui import look, state

POLL_S = 0.5
STAGES: dict[StageName, str] = {
    "download": "Get the video",
    "frames": "Read frames",
    "faces": "Measure faces",
    "fallback": "Ask Claude about unsure faces",
    "people": "Follow people",
    "moments": "Choose moments",
}


def jobs() -> bool:
    """Draw the jobs of this session; whether one of them is under way.

    A job that is done leads to its result, unless there are others to watch.
    """
    known = {key: job for key in state.job_keys() if (job := state.jobs().get(key)) is not None}
    if len(known) < len(state.job_keys()):
        _forgotten(known)
    for number, (key, job) in enumerate(known.items()):
        suffix = f"-{number}" if number else ""
        if not job.is_over:
            under_way(key, suffix=suffix)
        elif job.state != "done":
            _ended(job, suffix)
        elif len(known) == 1:
            state.dismiss(key)
            state.show(look.MOMENTS, job.result())
        else:
            _done(job, suffix)
    if is_any := any(not job.is_over for job in known.values()):
        st.caption("You can leave this page or reload it; the work goes on.")
    return is_any


@st.fragment(run_every=POLL_S)
def under_way(key: str, stages: Mapping[StageName, str] = STAGES, suffix: str = "") -> None:
    """How far a job is, in the stages that it has; draws the whole page anew when it is over.

    ``suffix`` tells the widgets of several jobs on one page apart.
    """
    current = state.jobs().get(key)
    if current is None or current.is_over:
        st.rerun()  # the whole page: it draws the result, and this fragment no more
    with st.container(border=True, key=f"progress{suffix}"):
        st.html(f'<div class="fm-title">{look.escaped(current.title)}</div>')
        if current.state == "queued":
            ahead = state.jobs().ahead_of(current)
            st.caption(f"Waiting for other work to finish ({ahead} before this one).")
        progress = current.progress
        # Most jobs do without this one.
        stages = {s: title for s, title in stages.items() if s != "fallback" or s in progress}
        reached = max((list(stages).index(s) for s in progress if s in stages), default=0)
        last = progress.get(list(stages)[reached])
        begins = reached + 1 if last is not None and last.latest.fraction == 1 else None
        for number, (stage, title) in enumerate(stages.items()):
            is_past = number < reached and not (stage == "frames" and _frames_go_on(progress))
            if number == begins:  # it loads its models, and counts nothing yet
                st.progress(0.0, text=f"**{title}** · begins")
            else:
                _bar(title, progress.get(stage), is_past=is_past)
        st.button(
            "Stopping..." if current.is_stopping else "Cancel",
            key=f"cancel{suffix}",
            icon=":material/close:",
            disabled=current.is_stopping,
            on_click=current.cancel,
            help="What is finished by then is kept: the next run goes on from there.",
        )


def _frames_go_on(progress: dict[StageName, StageProgress]) -> bool:
    """Frames are still being read while the faces in the first ones are measured."""
    frames, faces = progress.get("frames"), progress.get("faces")
    if frames is None:  # they come from the cache
        return False
    if frames.latest.total is None:  # not counted: over as far as can be told once faces come
        return faces is None or faces.latest.done == 0
    return frames.latest.done < frames.latest.total


def _bar(title: str, stage: StageProgress | None, *, is_past: bool) -> None:
    if stage is None:
        st.progress(1.0 if is_past else 0.0, text=f"{title}{' · done' if is_past else ''}")
        return
    fraction = 1.0 if is_past else stage.latest.fraction or 0.0
    st.progress(fraction, text=f"**{title}** · {look.plain(_words(stage, is_past=is_past))}")


def _words(stage: StageProgress, *, is_past: bool) -> str:
    """'120 of 400 frames, 25 frames/s, 0:11 left'."""
    latest = stage.latest
    if is_past:
        return "done"
    if latest.fraction is None and not latest.done:
        return latest.text or "begins"
    words = [_amount(latest.done, latest.total, latest.unit)]
    if stage.rate is not None and latest.fraction != 1.0:
        words.append(
            f"{megabytes(stage.rate)}/s"
            if latest.unit == "bytes"
            else f"{stage.rate:.3g} {latest.unit}/s"
        )
    if stage.left_s is not None and latest.fraction != 1.0:
        words.append(f"{look.clock(round(stage.left_s))} left")
    if latest.text:
        words.append(latest.text)
    return ", ".join(words)


def _amount(done: float, total: float | None, unit: str) -> str:
    if unit == "bytes":
        return megabytes(done) if total is None else f"{megabytes(done)} of {megabytes(total)}"
    return f"{done:.0f} {unit}" if total is None else f"{done:.0f} of {total:.0f} {unit}"


def _ended(current: Job[str], suffix: str) -> None:
    """A job that failed or was stopped: what became of it, and how to go on."""
    title = look.code(current.title)  # plain, an address would become a link
    if current.state == "cancelled":
        st.info(f"{title} was stopped. What was finished is kept.", icon=":material/pause_circle:")
        label = "Go on"
    else:
        st.error(f"{title} {look.plain(current.error or '')}", icon=":material/error:")
        label = "Try again"
    row = st.container(horizontal=True)
    if row.button(
        label,
        key=f"again{suffix}",
        icon=":material/refresh:",
        help="What was finished is not done again.",
    ):
        state.jobs().submit(current.key, current.title, current.work)
        st.rerun()
    _dismissal(current, suffix, row)


def _done(current: Job[str], suffix: str) -> None:
    row = st.container(border=True, horizontal=True, vertical_alignment="center")
    row.markdown(f":material/check_circle: {look.code(current.title)} is analysed.")
    if row.button("Open", key=f"open{suffix}", type="primary", help="Shows its moments."):
        state.dismiss(current.key)
        state.show(look.MOMENTS, current.result())
    _dismissal(current, suffix, row)


def _dismissal(current: Job[str], suffix: str, row: DeltaGenerator) -> None:
    row.button(
        "Dismiss",
        key=f"dismiss{suffix}",
        type="tertiary",
        help="Shows this no more. Nothing is deleted.",
        on_click=state.dismiss,
        args=(current.key,),
    )


def _forgotten(known: Mapping[str, Job[str]]) -> None:
    for key in set(state.job_keys()) - set(known):
        state.dismiss(key)
    st.warning(
        "This run is not known any more: the dashboard was started anew since. Start it again; "
        "what was finished is kept.",
        icon=":material/history:",
    )
