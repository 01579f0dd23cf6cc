"""What was measured on the face that is looked at, and what is made of it in words."""

from __future__ import annotations

import base64

import pandas as pd
import streamlit as st

from facemotion import action_units, charts, curves, palette
from facemotion.records import Analysis, Moment
from facemotion.ui import explaining, look, showing
from facemotion.ui.moments import bars


def show(analysis: Analysis, moment: Moment | None, face: Moment, here: pd.DataFrame) -> None:
    """The face, its scores, its muscles, where it is turned; ``moment`` if it was chosen as one."""
    row = here[here["face_id"] == face.face_id].iloc[[0]]
    score = palette.percent(max(face.probabilities))
    why = look.escaped(moment.why) if moment else "chosen by you"
    alone = showing.face_picture(analysis, face)
    st.html(
        f'<div class="fm-face">{look.picture(alone, f"The face, apparently {face.emotion}")}<div>'
        f'<div class="fm-emotion">{look.badge(face.emotion)} {face.emotion} {score}</div>'
        f'<div>at {look.clock(face.time_s)}</div><div class="fm-dim">{why}</div></div></div>'
    )
    for words_of in analysis.explanations:
        if moment is not None and words_of.moment_number == moment.number:
            explaining.words(words_of)
    reliability = action_units.reliability(row).iloc[0]
    st.html(
        bars.of_emotions(face.probabilities)
        + '<div class="fm-over">Muscles (action units, 0 to 5)</div>'
        + bars.of_units(row.iloc[0], reliability, palette.color(face.emotion))
        + _facts(face, row.iloc[0])
    )


def _facts(face: Moment, row: pd.Series) -> str:
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
    return f'<div class="fm-measured">{_glyph(row)}<dl class="fm-facts">{cells}</dl></div>'


def _glyph(row: pd.Series) -> str:
    names = ("pitch_deg", "yaw_deg", "roll_deg", "gaze_pitch_deg", "gaze_yaw_deg")
    pitch, yaw, roll, up, right = (float(row[n]) if pd.notna(row[n]) else None for n in names)
    if pitch is None or yaw is None or roll is None:
        return ""
    svg = charts.head_glyph(pitch, yaw, roll, up, right)
    words = charts.head_glyph_alt(pitch, yaw, roll, up, right)
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="fm-head" src="data:image/svg+xml;base64,{data}" alt="{words}">'


def _angles(row: pd.Series, columns: dict[str, str]) -> str:
    """Degrees with what is positive, such as "3° up, -12° right, 4° tilt"."""
    return ", ".join(
        f"{row[name]:.0f}° {way}" for name, way in columns.items() if pd.notna(row[name])
    )


def _pair(first: float, second: float) -> str:
    return "" if pd.isna(first) else f"{first:+.2f}, {second:+.2f}"
