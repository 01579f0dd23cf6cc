"""A video of the library measured anew, with other settings: the dialog that asks for them."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import cache, library, models
from facemotion.errors import InputError
from facemotion.library import Shelved
from facemotion.models.choosing import on_disk
from facemotion.records import STAGE_FIELDS, Settings
from facemotion.ui import choosing, controls, look, state, unsure

DEFAULTS = Settings()
_ASKED = "library-measure"


def is_online(shelved: Shelved) -> bool:
    """Whether the video can be fetched again."""
    return shelved.video is not None and shelved.video.site != "file"


def button(row: DeltaGenerator, shelved: Shelved, settings: Settings, key: str) -> None:
    """The button that opens the dialog, with the settings of an analysis filled in."""
    can_be = shelved.has_file or is_online(shelved)
    row.button(
        "Measure again",
        key=f"library-measure-{key}",
        icon=":material/replay:",
        disabled=not can_be,
        on_click=partial(_ask, shelved.entry.video_id, settings),
        help="With other settings: how often to look, with which models. This analysis stays."
        if can_be
        else "The file of this video is not there any more. Give it anew on the page Analyse.",
    )


def dialog() -> None:
    """The dialog, while one is open; leads to the page Analyse when the work has begun."""
    asked: tuple[str, Settings] | None = st.session_state.get(_ASKED)
    if asked is None:
        return
    video_id, settings = asked
    found = [entry for entry in cache.entries(state.root()) if entry.video_id == video_id]
    shelved = library.look_into(found[0]) if found else None
    if shelved is None or shelved.video is None:
        _close()
        return
    _dialog(shelved, settings)


@st.dialog("Measure with other settings", on_dismiss=lambda: _close())
def _dialog(shelved: Shelved, before: Settings) -> None:
    assert shelved.video is not None
    video = shelved.video
    st.markdown(f"**{look.plain(video.title)}**")
    try:
        settings = controls.measuring()
    except InputError as error:
        st.error(look.plain(str(error)), icon=":material/error:")
        return
    read = [name for stage in ("frames", "faces") for name in STAGE_FIELDS[stage]]
    is_same = all(getattr(settings, name) == getattr(before, name) for name in read)
    if is_same and shelved.analyses:
        st.caption("These are the settings of the analysis that is there. Change one.")
    if st.button(
        "Measure",
        key="library-measure-now",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        help="Goes on in the background. What the settings do not change is not done again.",
    ):
        _close()
        key = unsure.key() if settings.claude_fallback else None
        state.start(video.source, video.title, settings, claude_key=key)
        state.show(look.ANALYSE)


def _ask(video_id: str, settings: Settings) -> None:
    """Open the dialog, and fill the widgets of ``controls.measuring`` with these settings."""
    st.session_state[_ASKED] = (video_id, settings)
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
