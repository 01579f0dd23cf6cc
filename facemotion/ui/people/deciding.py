"""What the buttons of the people do: make a decision from what is on the screen, and keep it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from facemotion import curves, pipeline
from facemotion.errors import InputError
from facemotion.people import edits
from facemotion.records import Analysis
from facemotion.ui import state

ERROR = "people-error"
"""Where a refusal waits in the session until it has been shown."""


def tick_key(analysis: Analysis, face_id: int) -> str:
    """The key of the tick by which a person is chosen for a merge."""
    return f"same-{analysis.analysis_id}-{face_id}"


def split(analysis: Analysis, face_id: int) -> None:
    _decide(analysis, edits.split, face_id)


def leave_out(analysis: Analysis, face_id: int) -> None:
    _decide(analysis, edits.delete, face_id)


def merge(analysis: Analysis, face_ids: list[int]) -> None:
    if _decide(analysis, edits.merge, face_ids):
        for face_id in face_ids:
            st.session_state[tick_key(analysis, face_id)] = False


def rename(analysis: Analysis, face_id: int, key: str) -> None:
    if not _decide(analysis, edits.rename, face_id, st.session_state[key]):
        st.session_state[key] = curves.people(analysis.faces)[face_id]


def set_neutral(analysis: Analysis, face_id: int, key: str) -> None:
    _decide(analysis, edits.neutral, face_id, *st.session_state[key])


def forget_neutral(analysis: Analysis, face_id: int) -> None:
    _decide(analysis, edits.neutral, face_id, None, None)


def _decide(analysis: Analysis, make: Callable[..., edits.Decision], *about: Any) -> bool:
    """Make a decision from what is on the screen, and keep it; a refusal is shown."""
    try:
        made = make(analysis.faces, *about)
        pipeline.edit_people(
            analysis.analysis_id, lambda old: old.with_decisions(made), cache_root=state.root()
        )
    except InputError as error:
        st.session_state[ERROR] = str(error)
        return False
    return True


def take_back(analysis: Analysis, decision_id: str) -> None:
    try:
        pipeline.edit_people(
            analysis.analysis_id,
            lambda old: old.without({decision_id}),
            cache_root=state.root(),
        )
    except InputError as error:
        st.session_state[ERROR] = str(error)
