"""One job on the screen: its stages, how fast they go, the faces found so far, and Cancel."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from facemotion.cache import megabytes
from facemotion.jobs import Job, StageProgress
from facemotion.records import FoundFace, StageName
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
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Step:
    """A stage of a job as it is told; ``fraction`` 0..1, None while the total is unknown."""

    title: str
    kind: Literal["past", "now", "ahead"]
    words: str = ""
    fraction: float | None = None


@st.fragment(run_every=POLL_S)
def under_way(key: str, stages: Mapping[StageName, str] = STAGES, suffix: str = "") -> None:
    """How far a job is, in the stages that it has; draws the whole page anew when it is over.

    ``suffix`` tells the widgets of several jobs on one page apart.
    """
    current = state.jobs().get(key)
    if current is None or current.is_over:
        st.rerun()  # the whole page: it draws the result, and this fragment no more
    panel(current, stages, suffix)


def panel(job: Job[str], stages: Mapping[StageName, str], suffix: str) -> None:
    """A job that is not over: what it waits for, or how far it is; and Cancel."""
    with st.container(border=True, key=f"progress{suffix}", gap="small"):
        row = headed(job, _turn(job))
        row.button(
            "Stopping..." if job.is_stopping else "Cancel",
            key=f"cancel{suffix}",
            icon=":material/close:",
            disabled=job.is_stopping,
            on_click=job.cancel,
            help="What is finished by then is kept: the next run goes on from there.",
        )
        if job.state != "queued":
            st.html(f'<ol class="fm-steps">{"".join(map(_drawn, steps(job, stages)))}</ol>')
            _faces_so_far(job)


def headed(job: Job[str], said: str) -> DeltaGenerator:
    """A row that begins with the job's title and a word about it, and takes buttons."""
    row = st.container(horizontal=True, vertical_alignment="center", wrap=False)
    below = f'<div class="fm-dim">{look.escaped(said)}</div>' if said else ""
    row.html(f'<div class="fm-job fm-clamp">{look.escaped(job.title)}</div>{below}')
    return row


def steps(job: Job[str], stages: Mapping[StageName, str] = STAGES) -> list[Step]:
    """Where a job is in each of its stages, in their order."""
    progress = job.progress
    # Most jobs do without this one.
    stages = {s: title for s, title in stages.items() if s != "fallback" or s in progress}
    reached = max((list(stages).index(s) for s in progress if s in stages), default=0)
    last = progress.get(list(stages)[reached])
    begins = reached + 1 if last is not None and last.latest.fraction == 1 else None
    told = []
    for number, (stage, title) in enumerate(stages.items()):
        if number < reached and not (stage == "frames" and _frames_go_on(progress)):
            told.append(Step(title, "past"))
        elif number == begins:  # it loads its models, and counts nothing yet
            told.append(Step(title, "now", "begins"))
        elif (known := progress.get(stage)) is not None:
            told.append(Step(title, "now", _words(known, job.title), known.latest.fraction))
        else:
            told.append(Step(title, "ahead"))
    return told


def _turn(job: Job[str]) -> str:
    """When a job that waits will begin."""
    if job.state != "queued":
        return ""
    ahead = state.jobs().ahead_of(job)
    others = "next" if not ahead else f"after {ahead} other{'s' * (ahead > 1)}"
    return f"Waits for its turn: {others}"


def _frames_go_on(progress: dict[StageName, StageProgress]) -> bool:
    """Frames are still being read while the faces in the first ones are measured."""
    frames, faces = progress.get("frames"), progress.get("faces")
    if frames is None:  # they come from the cache
        return False
    if frames.latest.total is None:  # not counted: over as far as can be told once faces come
        return faces is None or faces.latest.done == 0
    return frames.latest.done < frames.latest.total


def _drawn(step: Step) -> str:
    """A stage as HTML; only what is being done has a bar."""
    title = look.escaped(step.title)
    if step.kind != "now":
        done = "<span>done</span>" if step.kind == "past" else ""
        return f'<li class="fm-{step.kind}">{title}{done}</li>'
    words, percent = look.escaped(step.words), round(100 * (step.fraction or 0.0))
    return (
        f'<li class="fm-now"><b>{title}</b><span>{words}</span>'
        f'<div class="fm-bar" role="progressbar" aria-label="{title}" aria-valuenow="{percent}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuetext="{words}">'
        f'<i style="width:{percent}%"></i></div></li>'
    )


def _words(stage: StageProgress, title: str) -> str:
    """'120 of 400 frames, 25 frames/s, 0:11 left'."""
    latest = stage.latest
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
    if latest.text not in ("", title):
        words.append(latest.text)
    return ", ".join(words)


def _amount(done: float, total: float | None, unit: str) -> str:
    if unit == "bytes":
        return megabytes(done) if total is None else f"{megabytes(done)} of {megabytes(total)}"
    return f"{done:.0f} {unit}" if total is None else f"{done:.0f} of {total:.0f} {unit}"


def _faces_so_far(job: Job[str]) -> None:
    """The last faces that were measured, the newest first."""
    if not job.faces:
        return
    shown = "".join(
        f'<figure><img src="{_picture(face)}" '
        f'alt="A face at {look.clock(face.time_s)}, apparently {face.emotion}" '
        f'title="{face.emotion}">'
        f"<figcaption>{look.badge(face.emotion)} {look.clock(face.time_s)}</figcaption></figure>"
        for face in job.faces
    )
    st.html(f'<div class="fm-dim">Faces found so far</div><div class="fm-found">{shown}</div>')


@lru_cache(maxsize=64)
def _picture(face: FoundFace) -> str:
    """The picture as an address that holds it: it is looked at for some seconds, and stored
    nowhere.
    """
    data = io.BytesIO()
    Image.fromarray(face.rgb).save(data, "JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
