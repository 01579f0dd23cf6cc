"""An open analysis: numbers, gallery, viewer, timeline, donut."""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion import charts, curves, export, palette
from facemotion.records import Analysis, Moment
from facemotion.ui import empty, explaining, gallery, look, measures, people, state, viewer, viewing

_CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_MAX_PILLS = 8
_ALL = -1


def show(analysis: Analysis) -> None:
    """Draw all of it; the moments are those of the settings it was opened with."""
    _heading(analysis)
    _numbers(analysis)
    for note in analysis.notes:
        st.caption(f":material/info: {look.plain(note)}")
    if analysis.faces.empty:
        if not people.left_out(analysis):
            empty.no_faces(analysis)
        return
    face_id = _face_choice(analysis)
    shown = tuple(m for m in analysis.moments if face_id is None or m.face_id == face_id)
    if not shown:
        empty.no_moments(analysis, face_id)
    looked = state.looked_at(analysis, shown, face_id)
    gallery.show(analysis, shown, looked)
    explaining.asking(analysis)
    if looked is not None:
        viewer.show(analysis, shown, looked)
    # Moments are of what was measured; curves and shares may be smoothed or corrected.
    viewed = state.viewed(analysis)
    _timeline(viewed, shown, face_id, looked)
    _distribution(viewed, face_id)

    def on_point(data: list[float]) -> None:
        _look_at_point(analysis, shown, face_id, data)

    measures.show(viewed, shown, face_id, _time_of(analysis, looked), on_point)


def _heading(analysis: Analysis) -> None:
    video, settings = analysis.video, analysis.settings
    parts = [look.escaped(video.uploader)] if video.uploader else []
    if video.webpage_url:
        url = look.escaped(video.webpage_url)
        parts.append(
            f'<a href="{url}" target="_blank" rel="noopener">{look.escaped(video.site)}</a>'
        )
    every = "every frame" if settings.every_s == 0 else f"every {settings.every_s:g} s"
    parts.append(f"looked at {every}")
    parts.append(look.escaped(f"{settings.detector} and {settings.classifier}"))
    row = st.container(horizontal=True, vertical_alignment="center")
    row.html(
        f'<div class="fm-title" role="heading" aria-level="1">{look.escaped(video.title)}</div>'
        f'<div class="fm-dim">{" · ".join(parts)}</div>'
    )
    row.button("Another video", key="another", icon=":material/add:", on_click=state.go)


def _numbers(analysis: Analysis) -> None:
    numbers = export.summary_numbers(analysis)
    times = analysis.samples["timestamp"]
    seen, total = numbers["samples_with_face"], numbers["samples"]
    facts = [
        _duration(analysis),
        (
            "With a face",
            palette.percent(seen / total) if total else "-",
            f"{seen} of {total} frames",
        ),
        ("Faces", f"{analysis.faces['face_id'].nunique()}", f"{len(analysis.faces)} detections"),
    ]
    parts = curves.shares(analysis.faces)
    if parts and len(times):
        top = max(parts, key=lambda name: parts[name].dominant)
        share = palette.percent(parts[top].dominant)
        facts.append(("Most often", f"{look.badge(top)} {top}", f"{share} of face time"))
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{more}</small></dd></div>"
        for name, value, more in facts
    )
    st.html(f'<dl class="fm-numbers">{cells}</dl>')


def _duration(analysis: Analysis) -> tuple[str, str, str]:
    settings, whole_s = analysis.settings, analysis.video.duration_s
    times = analysis.samples["timestamp"]
    last_s = float(times.max()) if len(times) else 0.0
    if settings.start_s is not None or settings.end_s is not None:
        first = look.clock(settings.start_s or 0.0)
        return (
            "Part",
            f"{first} - {look.clock(settings.end_s or last_s)}",
            f"{len(times)} frames looked at",
        )
    return "Length", look.clock(round(whole_s or last_s)), f"{len(times)} frames looked at"


def _face_choice(analysis: Analysis) -> int | None:
    """The face to show alone, None for all of them; asked only when there are several."""
    tracks = sorted(curves.face_tracks(analysis.faces), key=lambda track: track.face_id)
    if len(tracks) < 2:
        return None
    few = len(tracks) < _MAX_PILLS
    names_of = curves.people(analysis.faces)
    names = {_ALL: "All faces"} | {
        track.face_id: names_of[track.face_id] if few else _with_times(names_of, track)
        for track in tracks
    }
    common: dict[str, Any] = {
        "label": "Whose expressions",
        "options": list(names),
        "format_func": names.__getitem__,
        "key": f"face-{analysis.analysis_id}",
        "help": "Name people, and merge the numbers of one person, under People.",
        "persist_state": "session",
    }
    if few:
        chosen = st.segmented_control(default=_ALL, required=True, **common)
    else:
        chosen = st.selectbox(width=420, **common)
    return None if chosen == _ALL else chosen


def _with_times(names: dict[int, str], track: curves.FaceTrack) -> str:
    first, last = look.clock(round(track.first_s)), look.clock(round(track.last_s))
    return f"{names[track.face_id]} ({first} - {last})"


def _timeline(
    analysis: Analysis,
    shown: tuple[Moment, ...],
    face_id: int | None,
    looked: state.Look | None,
) -> None:
    st.subheader("Through time", anchor=False)
    selected = viewer.moment_at(shown, looked)
    figure = charts.emotion_timeline(
        analysis.faces,
        analysis.samples,
        shown,
        face_id=face_id,
        selected=selected.number if selected else None,
    )

    def clicked() -> None:
        points = st.session_state["timeline"].selection.points
        data = next((p["customdata"] for p in points if p.get("customdata")), None)
        if data is not None:
            _look_at_point(analysis, shown, face_id, data)

    st.plotly_chart(
        figure,
        key="timeline",
        on_select=clicked,
        selection_mode="points",
        config=_CHART_CONFIG,
        alt=charts.timeline_alt(analysis.faces, analysis.samples, shown, face_id=face_id),
    )
    if words := viewing.told(analysis):
        st.caption(words)
    st.caption(
        "Click a number or anywhere on the curves to look at that moment. Drag the handles below "
        "to zoom in, double-click to see all again."
    )


def _look_at_point(
    analysis: Analysis, shown: tuple[Moment, ...], face_id: int | None, data: list[float]
) -> None:
    """Look at what was clicked: ``[frame, timestamp, moment number or 0]``."""
    frame, number = int(data[0]), int(data[2])
    moment = next((m for m in shown if m.number == number), None)
    if moment is not None:
        state.look_at(analysis, moment.frame_index, moment.face_id)
        return
    here = analysis.faces[analysis.faces["frame"] == frame]
    if face_id is not None:
        here = here[here["face_id"] == face_id]
    best = None if here.empty else int(here.loc[here["expressiveness"].idxmax(), "face_id"])
    state.look_at(analysis, frame, best)


def _time_of(analysis: Analysis, looked: state.Look | None) -> float | None:
    if looked is None:
        return None
    times = analysis.samples.loc[analysis.samples["frame"] == looked.frame, "timestamp"]
    return float(times.iloc[0]) if len(times) else None


def _distribution(analysis: Analysis, face_id: int | None) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader("Share of face time", anchor=False)
        st.plotly_chart(
            charts.emotion_distribution(analysis.faces, face_id=face_id),
            key="donut",
            config=_CHART_CONFIG,
            alt=charts.distribution_alt(analysis.faces, face_id=face_id),
        )
    with right:
        people.show(analysis)
