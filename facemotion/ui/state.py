"""What is on the screen: jobs, an analysis, one frame of it; and where that is remembered.

The address names them (``?job=...&job=...``, ``?analysis=...``), so a reload and a shared link show
the same. The session remembers them too, because the address is emptied by a visit to another page.
Results are read from the disk; nothing else is state.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import script_runner

from facemotion import cache, pipeline, statistics
from facemotion.errors import InputError
from facemotion.jobs import Job, Jobs
from facemotion.records import VIEW_FIELDS, Analysis, Moment, OnProgress, Settings
from facemotion.ui import look

JOB, ANALYSIS = "job", "analysis"
_JOBS, _AT, _TIDIED = "my-jobs", "at-analysis", "is-tidied"
_LOOK = "look"


@dataclass(frozen=True)
class Look:
    """The frame that is looked at, and the face in it; ``face_id`` None where there is none."""

    analysis_id: str
    frame: int
    face_id: int | None


@st.cache_resource
def jobs() -> Jobs[str]:
    """The program's pool of jobs, one for all sessions; the result of a job is an analysis id."""
    # After every run of a page Streamlit clears the session of Keras, which is that of the whole
    # program: a job that is using a Keras model then (fer, deepface) would hang for good.
    script_runner._clean_problem_modules = lambda: None
    return Jobs()


def root() -> Path:
    """The folder of the cache."""
    return cache.default_root()


def allows_private_urls() -> bool:
    """Whether the dashboard may open private addresses: only if whoever runs it says so."""
    return os.environ.get("FACEMOTION_ALLOW_PRIVATE_URLS") == "1"


def remember_places(*, shows_analysis: bool = True) -> None:
    """Bring the address and the session together; the address wins.

    Without ``shows_analysis`` the open analysis stays out of the address: the page shows none.
    """
    remember_jobs()
    if ANALYSIS in st.query_params:
        st.session_state[_AT] = st.query_params[ANALYSIS]
    elif shows_analysis and (analysis_id := open_id()) is not None:
        st.query_params[ANALYSIS] = analysis_id


def tidy() -> None:
    """Delete what the rules call too old, once a session; the Library does so itself, and tells."""
    if not st.session_state.get(_TIDIED):
        st.session_state[_TIDIED] = True
        with contextlib.suppress(InputError):
            cache.expire(root())


def remember_jobs() -> None:
    """The same for the jobs alone, as every page does."""
    in_address = st.query_params.get_all(JOB)
    keys = [*job_keys(), *(key for key in in_address if key not in job_keys())]
    st.session_state[_JOBS] = keys
    if keys != in_address:
        st.query_params[JOB] = keys


def open_id() -> str | None:
    """The analysis that this session has open."""
    value: str | None = st.session_state.get(_AT)
    return value


def job_keys() -> list[str]:
    """The jobs that this session has begun, or was led to by an address; the oldest first."""
    keys: list[str] = st.session_state.get(_JOBS, [])
    return keys


def my_jobs() -> dict[str, Job[str]]:
    """The same by their keys, without those that are not known any more."""
    return {key: job for key in job_keys() if (job := jobs().get(key)) is not None}


def watch(key: str) -> None:
    """Show a job among those of this session."""
    st.session_state[_JOBS] = [*(other for other in job_keys() if other != key), key]
    st.query_params[JOB] = job_keys()


def dismiss(key: str) -> None:
    """Show a job no more; it is not stopped."""
    st.session_state[_JOBS] = [other for other in job_keys() if other != key]
    st.query_params[JOB] = job_keys()


def make_open(analysis_id: str | None) -> None:
    """Make an analysis the one that all pages show; None closes it."""
    st.session_state[_AT] = analysis_id
    if analysis_id is not None:
        st.query_params[ANALYSIS] = analysis_id
    elif ANALYSIS in st.query_params:
        del st.query_params[ANALYSIS]


def show(page: str, analysis_id: str | None = None) -> NoReturn:
    """Leave for another page, with ``analysis_id`` open there, or with what is open now."""
    if analysis_id is not None:
        make_open(analysis_id)
    given: dict[str, str | list[str]] = {}
    if page != look.ANALYSE and (opened_id := open_id()) is not None:
        given[ANALYSIS] = opened_id
    if job_keys():
        given[JOB] = job_keys()
    st.switch_page(page, query_params=given)


def start(
    source: str,
    title: str,
    settings: Settings,
    *,
    demo: bool = False,
    claude_key: str | None = None,
) -> str:
    """Analyse in the background, and show how far it is; gives the job's key.

    The job alone keeps ``claude_key``.
    """
    folder = root()

    def work(on_progress: OnProgress) -> str:
        clip = source
        if demo:
            from facemotion import demo as demo_clip

            clip = str(demo_clip.build(folder / "demo", on_progress))
        found = pipeline.run(
            *(clip, settings),
            cache_root=folder,
            on_progress=on_progress,
            claude_key=claude_key,
            shows_faces=True,
        )
        return found.analysis_id

    key = cache.key("job", 1, source, settings.to_dict(), str(folder))
    jobs().submit(key, title, work)
    watch(key)
    return key


def opened(analysis_id: str, selection: Mapping[str, Any]) -> Analysis:
    """An analysis from the cache with the settings in ``selection`` instead of its own.

    Raises ``InputError`` when it is not there any more.
    """
    chosen = tuple(selection.items())
    # What another session decides about the people shows here with the next run.
    decided = json.dumps([pipeline.edits_of(analysis_id, root()).key, n_answers(analysis_id)])
    analysis = _opened(str(root()), analysis_id, chosen, decided)
    if not analysis.folder.is_dir():  # evicted meanwhile
        _opened.clear()
        analysis = _opened(str(root()), analysis_id, chosen, decided)
    return analysis


def n_answers(analysis_id: str) -> int:
    """How many answers of Claude about a video are on the disk."""
    return pipeline.n_answers(analysis_id, root())


def viewed(analysis: Analysis) -> Analysis:
    """The same with its faces as the user wants to see them: corrected or smoothed, if so."""
    settings = analysis.settings
    if settings.smoothing == "none" and not settings.baseline_corrected:
        return analysis
    given = tuple(getattr(settings, name) for name in VIEW_FIELDS)
    return replace(analysis, faces=_viewed(str(analysis.folder), given, analysis))


@st.cache_data(max_entries=8, show_spinner=False)
def _viewed(folder: str, given: tuple[Any, ...], _analysis: Analysis) -> pd.DataFrame:
    return statistics.shown(_analysis.faces, _analysis.settings, _analysis.neutral_ranges)


@st.cache_data(max_entries=32, show_spinner=False)
def _opened(
    root: str, analysis_id: str, chosen: tuple[tuple[str, Any], ...], decided: str
) -> Analysis:
    return pipeline.reopen(analysis_id, dict(chosen), cache_root=Path(root))


def forget(analysis: Analysis) -> None:
    """Delete a video, and everything measured in it, from this machine."""
    for entry in cache.entries(root()):
        if entry.video_id == analysis.video.video_id:
            cache.delete(entry)
    st.cache_data.clear()
    make_open(None)


def look_at(analysis: Analysis, frame: int, face_id: int | None) -> None:
    """Choose the frame and the face to show large."""
    st.session_state[_LOOK] = Look(analysis.analysis_id, frame, face_id)


def looked_at(
    analysis: Analysis, shown: tuple[Moment, ...], only_face: int | None = None
) -> Look | None:
    """The chosen frame and face of this analysis; at first, those of its most expressive moment.

    With ``only_face``, another face that was chosen before does not count.
    """
    look: Look | None = st.session_state.get(_LOOK)
    if (
        look is not None
        and look.analysis_id == analysis.analysis_id
        and (only_face is None or look.face_id in (None, only_face))
    ):
        return _as_decided(analysis, look)
    if not shown:
        return None
    best = max(shown, key=lambda moment: moment.expressiveness)
    return Look(analysis.analysis_id, best.frame_index, best.face_id)


def _as_decided(analysis: Analysis, look: Look) -> Look:
    """The same frame; a face that has another number by now, or none, gives way to one there is."""
    here = analysis.faces[analysis.faces["frame"] == look.frame]
    if look.face_id is None or (here["face_id"] == look.face_id).any():
        return look
    best = None if here.empty else int(here.loc[here["expressiveness"].idxmax(), "face_id"])
    return replace(look, face_id=best)
