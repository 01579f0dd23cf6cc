"""The page Moments: numbers, gallery, the moment that is looked at, and the whole through time."""

from __future__ import annotations

import streamlit as st

from facemotion import charts, curves, export, palette
from facemotion.records import Analysis, Moment
from facemotion.ui import empty, explaining, look, people, seeking, state, viewing
from facemotion.ui.moments import gallery, picked, viewer

CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show(analysis: Analysis) -> None:
    """Draw all of it; the moments are those of the settings it was opened with."""
    _numbers(analysis)
    for note in analysis.notes:
        st.caption(f":material/info: {look.plain(note)}")
    if analysis.faces.empty:
        if not people.left_out(analysis):
            empty.no_faces(analysis)
        return
    explaining.asking(analysis)
    _looking(analysis)


@st.fragment
def _looking(analysis: Analysis) -> None:
    """What a click changes: only this part runs again, so that it answers at once."""
    choice = picked.choose(analysis)
    if not choice.shown:
        empty.no_moments(analysis, choice.face_id, is_filtered=choice.is_filtered)
    looked = state.looked_at(analysis, choice.shown, choice.face_id)
    gallery.show(analysis, choice.shown, looked)
    before_and_after = None
    if looked is not None:
        before_and_after = viewer.show(analysis, choice.by_time, looked)
    _through_time(analysis, choice)
    _distribution(analysis, choice.face_id)
    if before_and_after is not None:  # last: its frames have to be decoded
        before_and_after()


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


def _through_time(analysis: Analysis, choice: picked.Choice) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.subheader("Through time", anchor=False)
    row.page_link(look.TIMELINE, label="All measures on the Timeline", icon=":material/timeline:")
    # Moments are of what was measured; curves and shares may be smoothed or corrected.
    numbers = tuple(m.number for m in choice.by_time)
    figure, alt = _timeline(
        str(analysis.folder),
        viewing.key(analysis),
        choice.face_id,
        numbers,
        choice.by_time,
        analysis,
    )

    def clicked() -> None:
        seeking.to_point(analysis, choice, st.session_state["timeline"])

    st.plotly_chart(
        figure,
        key="timeline",
        on_select=clicked,
        selection_mode="points",
        config=CHART_CONFIG,
        alt=alt,
    )
    if words := viewing.told(analysis):
        st.caption(words)
    st.caption(
        "Click a number or anywhere on the curves to look at that moment. Drag the handles below "
        "to zoom in, double-click to see all again."
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _timeline(
    folder: str,
    view: tuple[object, ...],
    face_id: int | None,
    numbers: tuple[int, ...],
    _moments: tuple[Moment, ...],
    _analysis: Analysis,
) -> tuple[charts.Figure, str]:
    """The curves and their words: one figure for all the moments that are looked at.

    The arguments with a name are the key of Streamlit's cache.
    """
    viewed = state.viewed(_analysis)
    given = (viewed.faces, viewed.samples, _moments)
    return (
        charts.emotion_timeline(*given, face_id=face_id),
        charts.timeline_alt(*given, face_id=face_id),
    )


def _distribution(analysis: Analysis, face_id: int | None) -> None:
    viewed = state.viewed(analysis)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader("Share of face time", anchor=False)
        st.plotly_chart(
            charts.emotion_distribution(viewed.faces, face_id=face_id),
            key="donut",
            config=CHART_CONFIG,
            alt=charts.distribution_alt(viewed.faces, face_id=face_id),
        )
    with right:
        people.summary(analysis)
