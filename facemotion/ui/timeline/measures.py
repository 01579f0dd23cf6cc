"""What is measured besides the expressions: muscles, head, gaze, windows of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from facemotion import action_units, charts, curves, palette
from facemotion.records import ACTION_UNITS, Analysis, Moment
from facemotion.statistics import blinks, windows
from facemotion.ui import look

OnPoint = Callable[[list[float]], None]
"""Looks at what was clicked: ``[frame, timestamp, moment number or 0]``."""

MUSCLES, HEAD, WINDOWS = "Muscles", "Head and gaze", "Windows"
_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show(
    analysis: Analysis, moments: tuple[Moment, ...], face_id: int | None, on_point: OnPoint
) -> None:
    """The panels to choose from; only the one that is chosen is computed."""
    st.subheader("More of what was measured", anchor=False)
    chosen = st.segmented_control(
        "Panel",
        [MUSCLES, HEAD, WINDOWS],
        key="panel",
        label_visibility="collapsed",
        help="Muscles: all action units, with their reliability. Head and gaze: over time, and as "
        "directions. Windows: verdicts per stretch of time.",
        persist_state="session",
    )
    if chosen == MUSCLES:
        _muscles(analysis, moments, face_id, on_point)
    elif chosen == HEAD:
        _head(analysis, moments, face_id, on_point)
    elif chosen == WINDOWS:
        _windows(analysis, face_id)


def _muscles(
    analysis: Analysis,
    moments: tuple[Moment, ...],
    face_id: int | None,
    on_point: OnPoint,
) -> None:
    faces, samples = analysis.faces, analysis.samples
    words = action_units.reliability(faces)
    chosen = st.multiselect(
        "Action units",
        ACTION_UNITS,
        format_func=lambda unit: f"{unit} {action_units.TABLE[unit].name}",
        placeholder="the strongest five",
        help="Muscle movements of the Facial Action Coding System, 0 (rest) to 5.",
        key="units",
    )
    told: dict[str, Any] = {"face_id": face_id, "reliability": words}
    drawn: dict[str, Any] = {**told, "moments": moments}
    _draw(
        charts.au_timeline(faces, samples, chosen or None, **drawn),
        "au-lines",
        charts.au_timeline_alt(faces, samples, chosen or None, **told),
        on_point,
    )
    _draw(
        charts.au_heatmap(faces, samples, **drawn),
        "au-heat",
        charts.au_heatmap_alt(faces, samples, **told),
        on_point,
    )
    _counted_from(curves.of_face(faces, face_id))
    for person, name in curves.people(curves.of_face(faces, face_id)).items():
        found = blinks.find(faces, person)
        if found.rate_per_min is not None:
            st.caption(f"{look.plain(name)}: {found.rate_per_min:.0f} blinks a minute.")


def _counted_from(rows: pd.DataFrame) -> None:
    """What the intensities are relative to, said where they are shown."""
    kinds = set(rows["baseline"])
    words = {
        "own": "the person's own most neutral samples",
        "range": "the stretch that you called neutral",
        "population": "people at large, because too little of the person's neutral face was seen: "
        "rough, and cheeks and nose cannot be told",
    }
    told = "; ".join(text for kind, text in words.items() if kind in kinds)
    if told:
        st.caption(
            f"Counted from {told}. Faint or dotted parts are weak: the face is turned, small, or "
            "the unit is hard to see. No certified coder has checked these intensities."
        )


def _head(
    analysis: Analysis,
    moments: tuple[Moment, ...],
    face_id: int | None,
    on_point: OnPoint,
) -> None:
    faces, samples = analysis.faces, analysis.samples
    _draw(
        charts.head_pose_timeline(faces, samples, face_id=face_id, moments=moments),
        "head-lines",
        charts.head_pose_timeline_alt(faces, samples, face_id=face_id),
        on_point,
    )
    _draw(
        charts.gaze_timeline(faces, samples, face_id=face_id, moments=moments),
        "gaze-lines",
        charts.gaze_timeline_alt(faces, samples, face_id=face_id),
        on_point,
    )
    left, right = st.columns(2)
    with left:
        _draw(
            charts.head_pose_scatter(faces, face_id=face_id, moments=moments),
            "head-scatter",
            charts.head_pose_scatter_alt(faces, face_id=face_id),
            on_point,
        )
    with right:
        _draw(
            charts.gaze_scatter(faces, face_id=face_id, moments=moments),
            "gaze-scatter",
            charts.gaze_scatter_alt(faces, face_id=face_id),
            on_point,
        )
    st.caption("Degrees: up, to the picture's right and clockwise are positive; 0 is the camera.")


def _windows(analysis: Analysis, face_id: int | None) -> None:
    length_s = st.select_slider(
        "Window",
        (1, 2, 5, 10, 30, 60, 300),
        10,
        format_func=lambda s: f"{s} s",
        key="window",
        help="The length of each stretch that gets its verdicts.",
    )
    found = windows.emotion_windows(analysis.faces, analysis.samples, float(length_s), face_id)
    st.plotly_chart(
        charts.emotion_windows(found, analysis.samples),
        key="windows",
        config=_CONFIG,
        alt=charts.emotion_windows_alt(found),
    )
    st.dataframe(
        pd.DataFrame(
            {
                "from": [look.clock(t) for t in found["start_s"]],
                "to": [look.clock(t) for t in found["end_s"]],
                "by mean": found["by_mean"],
                "by duration": found["by_duration"],
                "by confidence": found["by_confidence"],
                "positive": [_share(v) for v in found["positive_share"]],
                "with a face": [_share(v) for v in found["coverage"]],
            }
        ),
        hide_index=True,
        alt="The strongest emotion of each window in three ways.",
    )
    st.caption(
        "Three verdicts: highest mean probability; longest dominant; longest dominant, clear "
        "samples counting more. Positive: happy and surprise against angry, disgust, fear and sad."
    )


def _share(value: float) -> str:
    return "" if pd.isna(value) else palette.percent(value)


def _draw(figure: Any, key: str, alt: str, on_point: OnPoint) -> None:
    """A chart whose points lead to their time."""

    def clicked() -> None:
        points = st.session_state[key].selection.points
        data = next((p["customdata"] for p in points if p.get("customdata")), None)
        if data is not None:
            on_point(data)

    st.plotly_chart(
        figure, key=key, on_select=clicked, selection_mode="points", config=_CONFIG, alt=alt
    )
