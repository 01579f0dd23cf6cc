"""One frame, large: the face in its box, what was measured there, the way to the next moment."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image, ImageDraw

from facemotion import action_units, charts, curves, moments, palette, pictures, pipeline
from facemotion.records import Analysis, Moment
from facemotion.ui import explaining, look, player, state

if TYPE_CHECKING:
    from facemotion.records import RGB

MAX_WIDTH = 1280
"""Frames are sent to the browser at most this wide, in pixels."""


def moment_at(shown: tuple[Moment, ...], looked: state.Look | None) -> Moment | None:
    """The moment that is looked at, if what is looked at is one."""
    if looked is None:
        return None
    return next(
        (m for m in shown if (m.frame_index, m.face_id) == (looked.frame, looked.face_id)), None
    )


def show(analysis: Analysis, shown: tuple[Moment, ...], looked: state.Look) -> None:
    """Draw the frame that is looked at, with everything known about it."""
    moment = moment_at(shown, looked)
    here = analysis.faces[analysis.faces["frame"] == looked.frame]
    face = moment or _as_moment(here, looked.face_id)
    time_s = _time_of(analysis, looked.frame)
    with st.container(border=True, key="viewer"):
        _steps(analysis, shown, moment, time_s)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _picture(analysis, looked, time_s, face)
        with right:
            if face is None:
                st.info("No face was found in this frame.", icon=":material/face_retouching_off:")
            else:
                _measured(analysis, moment, face, here)


def _picture(analysis: Analysis, looked: state.Look, time_s: float, face: Moment | None) -> None:
    if st.session_state["view"] == "Video":
        player.show(analysis.video, time_s)
        return
    said = "no face" if face is None else f"{curves.name_of(face)}, apparently {face.emotion}"
    with st.container(key="frame"):
        st.image(
            _boxed_frame(str(state.root()), analysis, looked.frame, looked.face_id),
            width="stretch",
            alt=f"Frame {looked.frame} at {look.clock(time_s)}: {said}",
        )
    st.caption(f"{look.clock(time_s)} · frame {looked.frame}")
    said = _said_at(analysis, time_s)
    if said:
        st.html(f'<div class="fm-said">“{look.escaped(said)}”</div>')


def _said_at(analysis: Analysis, time_s: float) -> str:
    """The captions that are shown at a time."""
    lines = (c.text for c in analysis.video.captions if c.start_s <= time_s < c.end_s)
    return " ".join(lines)


def _steps(
    analysis: Analysis, shown: tuple[Moment, ...], moment: Moment | None, time_s: float
) -> None:
    """Where this is among the moments, and the buttons to its neighbours."""
    if moment is not None:
        position = shown.index(moment)
        before, after = shown[:position], shown[position + 1 :]
        where = f"Moment {moment.number} of {len(analysis.moments)}"
    else:
        before = tuple(m for m in shown if m.time_s < time_s)
        after = tuple(m for m in shown if m.time_s >= time_s)
        where = "Not one of the moments"
    row = st.container(horizontal=True, vertical_alignment="center", key="steps", gap="small")
    row.segmented_control(
        "Show",
        ["Frame", "Video"],
        default="Frame",
        required=True,
        key="view",
        label_visibility="collapsed",
        persist_state="session",
    )
    row.html(f'<div class="fm-dim">{where}</div>')
    for label, icon, target, keyboard in (
        ("Previous", ":material/arrow_back:", before[-1:], "Left"),
        ("Next", ":material/arrow_forward:", after[:1], "Right"),
    ):
        row.button(
            label,
            key=label.lower(),
            icon=icon,
            disabled=not target,
            shortcut=keyboard,
            on_click=partial(_go_to, analysis, target),
        )


def _go_to(analysis: Analysis, target: tuple[Moment, ...]) -> None:
    for moment in target:
        state.look_at(analysis, moment.frame_index, moment.face_id)


def _measured(analysis: Analysis, moment: Moment | None, face: Moment, here: pd.DataFrame) -> None:
    crop, words = st.columns([2, 3], vertical_alignment="center", wrap=False)
    with crop:
        st.image(
            _face_picture(str(state.root()), analysis, face),
            width="stretch",
            alt=f"The face alone, apparently {face.emotion}",
        )
    score = palette.percent(max(face.probabilities))
    why = look.escaped(moment.why) if moment else "chosen by you"
    words.html(
        f'<div class="fm-emotion">{look.badge(face.emotion)} {face.emotion} {score}</div>'
        f'<div>at {look.clock(face.time_s)}</div><div class="fm-dim">{why}</div>'
    )
    for words_of in analysis.explanations:
        if moment is not None and words_of.moment_number == moment.number:
            explaining.words(words_of)
    st.plotly_chart(
        charts.moment_bars(face, height=230),
        key="bars",
        config={"displayModeBar": False},
        alt=charts.moment_alt(face),
    )
    row = here[here["face_id"] == face.face_id].iloc[[0]]
    words = action_units.reliability(row).iloc[0]
    with st.expander("Muscles (action units)", expanded=False):
        st.plotly_chart(
            charts.au_bars(row.iloc[0], words),
            key="au-bars",
            config={"displayModeBar": False},
            alt=charts.au_bars_alt(row.iloc[0], words),
        )
    st.html(_facts(face, here))
    if len(here) > 1:
        _others(analysis, face, here)


def _facts(face: Moment, here: pd.DataFrame) -> str:
    row = here[here["face_id"] == face.face_id].iloc[0]
    _, _, width, height = face.box_xywh
    facts = {
        "Detector's confidence": palette.percent(face.confidence),
        "Expressiveness": palette.percent(face.expressiveness),
        "Who": look.escaped(curves.name_of(face)),
        "Size": f"{width:.0f} x {height:.0f} pixels",
        "Sharpness": f"{row['sharpness']:.2f}",
        "Head": _angles(row, {"pitch_deg": "up", "yaw_deg": "right", "roll_deg": "tilt"}),
        "Gaze": _angles(row, {"gaze_pitch_deg": "up", "gaze_yaw_deg": "right"}),
        "Valence, arousal": _pair(row["valence"], row["arousal"]),
    }
    cells = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
    return f'<dl class="fm-facts">{cells}</dl>'


def _angles(row: pd.Series, columns: dict[str, str]) -> str:
    """Degrees with what is positive, such as "3° up, -12° right, 4° tilt"."""
    return ", ".join(
        f"{row[name]:.0f}° {way}" for name, way in columns.items() if pd.notna(row[name])
    )


def _pair(first: float, second: float) -> str:
    return "" if pd.isna(first) else f"{first:+.2f}, {second:+.2f}"


def _others(analysis: Analysis, face: Moment, here: pd.DataFrame) -> None:
    """A way to the other faces of the same frame."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    row.caption("Also in this frame")
    for other, name in curves.people(here).items():
        if other != face.face_id:
            row.button(
                look.plain(name),
                key=f"other-{other}",
                type="tertiary",
                on_click=partial(state.look_at, analysis, face.frame_index, other),
            )


def _as_moment(here: pd.DataFrame, face_id: int | None) -> Moment | None:
    """A face that is no chosen moment, in the shape of one."""
    rows = here[here["face_id"] == face_id]
    if rows.empty:
        return None
    return moments.of_row(rows.iloc[0], number=0, why="")


def _time_of(analysis: Analysis, frame: int) -> float:
    times = analysis.samples.loc[analysis.samples["frame"] == frame, "timestamp"]
    return float(times.iloc[0]) if len(times) else 0.0


@st.cache_data(max_entries=128, show_spinner=False)
def _frame(root: str, analysis_id: str, folder: str, frame: int, _analysis: Analysis) -> RGB | None:
    """The picture of a frame; None when it is damaged in the file.

    ``root``, ``analysis_id`` and ``folder`` are there as the key of Streamlit's cache.
    """
    for moment in _analysis.moments:
        if moment.frame_index == frame and moment.frame_path is not None:
            path = Path(folder) / moment.frame_path
            if path.is_file():
                return np.asarray(Image.open(path))
    return pipeline.sampled_frames(_analysis).grab([frame]).get(frame)


def _picture_of(root: str, analysis: Analysis, frame: int) -> RGB:
    rgb = _frame(root, analysis.analysis_id, str(analysis.folder), frame, analysis)
    return np.zeros((180, 320, 3), np.uint8) if rgb is None else rgb


def _boxed_frame(root: str, analysis: Analysis, frame: int, face_id: int | None) -> bytes:
    """The frame as JPEG, every face in a box; that of ``face_id`` in its emotion's colour."""
    picture = Image.fromarray(_picture_of(root, analysis, frame))
    scale = min(1.0, MAX_WIDTH / picture.width)
    if scale < 1:
        picture = picture.resize((MAX_WIDTH, round(picture.height * scale)))
    draw = ImageDraw.Draw(picture)
    line = max(2, round(picture.width / 220))
    here = analysis.faces[analysis.faces["frame"] == frame]
    for row in here.sort_values("face_id", key=lambda ids: ids == face_id).itertuples():
        box = [row.x * scale, row.y * scale, (row.x + row.w) * scale, (row.y + row.h) * scale]
        chosen = row.face_id == face_id
        colour = palette.color(row.dominant_emotion) if chosen else "#d0d0d0"
        outer = [box[0] - line, box[1] - line, box[2] + line, box[3] + line]
        draw.rounded_rectangle(outer, 3 * line, outline="#ffffff", width=2 * line if chosen else 1)
        draw.rounded_rectangle(box, 2 * line, outline=colour, width=line if chosen else line // 2)
    return _jpeg(picture)


def _face_picture(root: str, analysis: Analysis, face: Moment) -> bytes:
    rgb = _picture_of(root, analysis, face.frame_index)
    return _jpeg(pictures.face_crop(rgb, face.box_xywh))


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
