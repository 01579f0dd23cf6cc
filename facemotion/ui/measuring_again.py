"""A video measured anew, with other settings: the button, and the dialog that asks for them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import models
from facemotion.errors import InputError
from facemotion.models.choosing import on_disk
from facemotion.records import STAGE_FIELDS, Settings, StageName, Video
from facemotion.ui import choosing, controls, look, state, unsure

_ASKED = "measured-again"
_MEASURED: tuple[StageName, ...] = ("download", "frames", "faces", "fallback")
_READ = [name for stage in _MEASURED for name in STAGE_FIELDS[stage]]


def is_online(video: Video) -> bool:
    """Whether a video can be fetched again."""
    return video.site != "file"


def button(
    row: DeltaGenerator, video: Video, measured: Settings | None, key: str, **looks: Any
) -> None:
    """The button that opens the dialog, with the settings of an analysis, if any, filled in.

    It is disabled while the video is a file that is not there any more. ``looks`` go to Streamlit.
    """
    can_be = is_online(video) or Path(video.path).is_file()
    row.button(
        "Measure again",
        key=f"measure-again-{key}",
        icon=":material/replay:",
        disabled=not can_be,
        on_click=partial(_ask, video, measured),
        help="With other settings: how often to look, with which models. This analysis stays."
        if can_be
        else "The file of this video is not there any more. Give it anew on the page Analyse.",
        **looks,
    )


def dialog() -> None:
    """The dialog, while one is open; leads to the page Analyse when the work has begun."""
    asked: tuple[Video, Settings | None] | None = st.session_state.get(_ASKED)
    if asked is not None:
        _dialog(*asked)


@st.dialog("Measure with other settings", on_dismiss=lambda: _close())
def _dialog(video: Video, measured: Settings | None) -> None:
    st.markdown(f"**{look.plain(video.title)}**")
    try:
        settings = controls.measuring()
    except InputError as error:
        st.error(look.plain(str(error)), icon=":material/error:")
        return
    is_new = any(getattr(settings, name) != getattr(measured, name, None) for name in _READ)
    if not is_new:
        st.caption("These are the settings of the analysis that is there. Change one.")
    if st.button(
        "Measure",
        key="measure-now",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not is_new,
        help="Goes on in the background. What the settings do not change is not done again.",
    ):
        _close()
        key = unsure.key() if settings.claude_fallback else None
        state.start(video.source, video.title, settings, claude_key=key)
        state.show(look.ANALYSE)


def _ask(video: Video, measured: Settings | None) -> None:
    """Open the dialog, and fill the widgets of ``controls.measuring`` with these settings."""
    st.session_state[_ASKED] = (video, measured)
    settings = measured or Settings()
    filled: dict[str, Any] = {
        "every": settings.every_s,
        "start": "" if settings.start_s is None else look.clock(settings.start_s),
        "end": "" if settings.end_s is None else look.clock(settings.end_s),
        "confidence": min(settings.min_confidence, 0.95),
    }
    if settings.max_height in controls.HEIGHTS:
        filled["height"] = settings.max_height
    if settings.detector in models.registered("detector"):
        filled["detector"] = settings.detector
    st.session_state.update(filled | _classifier(settings.classifier))


def _classifier(name: str) -> dict[str, Any]:
    """The widgets of a classifier; of those of an ensemble that are on this machine."""
    if name in models.registered("classifier"):
        return {"classifier": name}
    kind, _, rest = name.partition(":")
    parts = [part.partition("=") for part in rest.split("+")]
    weights = {member: float(weight or 1) for member, _, weight in parts}
    here = [member for member in on_disk("classifier") if member in weights]
    if kind != choosing.ENSEMBLE or len(here) < 2:
        return {}
    return {
        "classifier": choosing.ENSEMBLE,
        "members": here,
        **{f"weight-{member}": weights[member] for member in here},
    }


def _close() -> None:
    st.session_state.pop(_ASKED, None)
