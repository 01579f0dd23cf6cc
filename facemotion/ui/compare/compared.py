"""What is read of each video or person that is compared: little tables, kept as long as they fit.

Each is keyed by the analysis, by what was decided about its people, and by the choices that count,
so that a change of the screen reads nothing again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from facemotion import action_units, curves, pictures, pipeline
from facemotion.errors import FacemotionError
from facemotion.records import ACTION_UNITS, Analysis
from facemotion.statistics import groups, summaries
from facemotion.statistics.groups import Alignment
from facemotion.ui import showing, state

MAX_PEOPLE = 8
"""So many people of one video are compared by themselves, those seen longest."""

_NOT_MEASURABLE = "not measurable"


@dataclass(frozen=True)
class Known:
    """What must be known of an analysis before anything is chosen.

    ``people`` are the names by ``face_id``, who is seen longest first; ``every_s`` is the usual
    distance of its samples, ``length_s`` the time that they cover.
    """

    people: dict[int, str]
    every_s: float
    length_s: float


@dataclass(frozen=True)
class Member:
    """One that is compared: a video with the mean of its faces, or one person of it.

    ``name`` is what it is called on the screen; no two have the same.
    """

    analysis_id: str
    face_id: int | None
    title: str
    person: str
    name: str

    @property
    def key(self) -> str:
        """For addresses."""
        return self.analysis_id if self.face_id is None else f"{self.analysis_id}~{self.face_id}"


@dataclass(frozen=True)
class View:
    """What is compared, and on which clock.

    ``start_s`` and ``end_s`` limit the common clock. ``curves`` are the settings of the view
    (smoothing, face at rest) by name.
    """

    column: str
    threshold: float
    alignment: Alignment
    mark: str
    bin_s: float
    start_s: float | None
    end_s: float | None
    curves: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Measured:
    """One member as it is shown: its curve and summary, as from ``statistics``."""

    curve: pd.DataFrame
    summary: Mapping[str, Any]


def known(analysis_id: str) -> Known:
    """Raises ``InputError`` when the analysis is gone or damaged."""
    return _known(str(state.root()), analysis_id, _decided(analysis_id))


def measured(member: Member, view: View) -> Measured | None:
    """None where the video has no such time as second 0; raises as ``known`` does."""
    mark_s: float | None = None
    if view.alignment == "mark":
        marks = pipeline.markers_of(member.analysis_id, state.root())
        mark_s = groups.zero_of(pd.DataFrame(), "mark", markers=marks, mark=view.mark)
        if mark_s is None:
            return None
    decided = _decided(member.analysis_id)
    root = str(state.root())
    return _measured(root, member.analysis_id, decided, member.face_id, view, mark_s)


def face(member: Member) -> bytes | None:
    """Its most expressive face, as JPEG; None without one, or without its video."""
    decided = _decided(member.analysis_id)
    try:
        return _face(str(state.root()), member.analysis_id, decided, member.face_id)
    except FacemotionError:
        return None


def analysis_of(member: Member, view: View) -> Analysis:
    """The whole analysis, as it is viewed; raises as ``known`` does."""
    return _opened(member.analysis_id, dict(view.curves))


def marks_of(analysis_id: str) -> list[str]:
    """What the user's marks on a video are called; raises as ``known`` does."""
    return [marker.text for marker in pipeline.markers_of(analysis_id, state.root())]


def _decided(analysis_id: str) -> str:
    return json.dumps(pipeline.edits_of(analysis_id, state.root()).key)


def _opened(analysis_id: str, selection: Mapping[str, Any]) -> Analysis:
    return state.viewed(state.opened(analysis_id, selection))


@st.cache_data(max_entries=256, show_spinner=False)
def _known(root: str, analysis_id: str, decided: str) -> Known:
    analysis = _opened(analysis_id, {})
    names = curves.people(analysis.faces)
    longest = [track.face_id for track in curves.face_tracks(analysis.faces)]
    times = np.sort(analysis.samples["timestamp"].to_numpy(dtype=np.float64))
    every_s = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    length_s = float(times[-1] - times[0]) + every_s if len(times) else 0.0
    return Known({face_id: names[face_id] for face_id in longest}, every_s, length_s)


@st.cache_data(max_entries=512, show_spinner="Reading the analyses")
def _measured(
    root: str,
    analysis_id: str,
    decided: str,
    face_id: int | None,
    view: View,
    mark_s: float | None,
) -> Measured | None:
    analysis = _opened(analysis_id, dict(view.curves))
    faces, samples = _measurable(analysis.faces, view.column), analysis.samples
    zero_s = mark_s
    if zero_s is None:
        zero_s = groups.zero_of(faces, view.alignment, face_id=face_id)
    if zero_s is None:
        return None
    start_s, end_s = (None if at is None else at + zero_s for at in (view.start_s, view.end_s))
    faces, samples = groups.within(faces, samples, start_s, end_s)
    return Measured(
        groups.curve(faces, samples, view.column, view.bin_s, zero_s=zero_s, face_id=face_id),
        summaries.summary(faces, samples, view.column, view.threshold, face_id=face_id),
    )


def _measurable(faces: pd.DataFrame, column: str) -> pd.DataFrame:
    """Without the values of an action unit that could not be seen, as in its own chart."""
    if column not in ACTION_UNITS or faces.empty:
        return faces
    words = action_units.reliability(faces)[column]
    return faces.assign(**{column: faces[column].mask(words == _NOT_MEASURABLE)})


@st.cache_data(max_entries=256, show_spinner="Looking for the faces")
def _face(root: str, analysis_id: str, decided: str, face_id: int | None) -> bytes | None:
    analysis = _opened(analysis_id, {})
    mine = [m for m in analysis.moments if face_id is None or m.face_id == face_id]
    if mine:
        best = max(mine, key=lambda moment: moment.expressiveness)
        return showing.face_picture(analysis, best)
    faces = curves.of_face(analysis.faces, face_id)
    if faces.empty:
        return None
    row = faces.loc[faces["expressiveness"].idxmax()]
    box_xywh = (float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"]))
    picture = showing.picture_of(analysis, int(row["frame"]))
    return showing.jpeg(pictures.face_crop(picture, box_xywh))
