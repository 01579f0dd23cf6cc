"""Pictures for the screen: frames with what was measured in them, faces, and those around them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from facemotion import overlays, pictures, pipeline
from facemotion.faces import landmarks
from facemotion.records import ACTION_UNITS, Analysis, Moment
from facemotion.ui import state

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

MAX_WIDTH = 1280
"""Frames are sent to the browser at most this wide, in pixels."""

GALLERY_PX, STRIP_PX = 220, 140
"""The longest sides of a picture on a card, and of one beside others of the same face."""

AROUND_S = 2.0
"""How far before and after a moment the same face is shown."""
N_EACH_SIDE = 2

NO_MESH = "its mesh was not kept"
_SAME_BOX_PX = 0.5


@dataclass(frozen=True)
class Around:
    """The same face at another time, as JPEG; ``key`` tells its place in the strip."""

    key: str
    frame: int
    time_s: float
    jpeg: bytes


def time_of(analysis: Analysis, frame: int) -> float:
    """When a frame is, in seconds; 0 for one that was not looked at."""
    times = analysis.samples.loc[analysis.samples["frame"] == frame, "timestamp"]
    return float(times.iloc[0]) if len(times) else 0.0


def said_at(analysis: Analysis, time_s: float) -> str:
    """The captions that are shown at a time."""
    lines = (c.text for c in analysis.video.captions if c.start_s <= time_s < c.end_s)
    return " ".join(lines)


def boxed_frame(
    analysis: Analysis, frame: int, face_id: int | None, overlay: str = "Frame"
) -> tuple[bytes, str]:
    """The frame as JPEG with every face in a box, or with a mesh or muscles on the chosen one.

    The second is "" or why what was asked for could not be drawn.
    """
    return _boxed(str(state.root()), str(analysis.folder), frame, face_id, overlay, analysis)


def face_picture(analysis: Analysis, face: Moment) -> bytes:
    """The face with some room around it, as JPEG."""
    kept = None if face.face_path is None else analysis.folder / face.face_path
    if kept is not None and kept.is_file():
        return kept.read_bytes()
    return jpeg(pictures.face_crop(picture_of(analysis, face.frame_index), face.box_xywh))


def around(analysis: Analysis, face: Moment) -> list[Around]:
    """The face shortly before, now, and shortly after, as far as it was seen then."""
    faces = analysis.faces
    mine = faces[faces["face_id"] == face.face_id].sort_values("timestamp")
    times = mine["timestamp"]
    before = mine[(times < face.time_s) & (times >= face.time_s - AROUND_S)]
    after = mine[(times > face.time_s) & (times <= face.time_s + AROUND_S)]
    now = mine[mine["frame"] == face.frame_index]
    shown = pd.concat([_spread(before[::-1])[::-1], now, _spread(after)])
    rows = tuple((int(r.frame), (r.x, r.y, r.w, r.h)) for r in shown.itertuples())
    cut = _crops(str(state.root()), analysis.analysis_id, rows, analysis)
    times_s = shown["timestamp"].tolist()
    return [
        Around(str(place), frame, float(time_s), file)
        for place, ((frame, _), time_s, file) in enumerate(zip(rows, times_s, cut, strict=True))
        if file is not None
    ]


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Up to ``N_EACH_SIDE`` rows, evenly over what there is, the last one among them."""
    step = max(1, len(rows) // N_EACH_SIDE)
    return rows.iloc[step - 1 :: step].head(N_EACH_SIDE)


def picture_of(analysis: Analysis, frame: int) -> RGB:
    """The pixels of a frame; a black one where it is damaged in the file."""
    # The analysis and its folder are the key of Streamlit's cache.
    found = _frame(str(state.root()), str(analysis.folder), frame, analysis)
    return np.zeros((180, 320, 3), np.uint8) if found is None else found


@st.cache_data(max_entries=256, show_spinner=False)
def _boxed(
    root: str, folder: str, frame: int, face_id: int | None, overlay: str, _analysis: Analysis
) -> tuple[bytes, str]:
    picture = Image.fromarray(picture_of(_analysis, frame))
    scale = min(1.0, MAX_WIDTH / picture.width)
    if scale < 1:
        picture = picture.resize((MAX_WIDTH, round(picture.height * scale)))
    here = _analysis.faces[_analysis.faces["frame"] == frame]
    missing = ""
    if overlay == "Frame":
        overlays.boxes(picture, here, face_id, scale)
    else:
        row = here[here["face_id"] == face_id].iloc[0]
        points = _points(_analysis, row)
        if points is None:
            missing = NO_MESH
            overlays.boxes(picture, here, face_id, scale)
        elif overlay == "Mesh":
            overlays.mesh(picture, points, scale)
        else:
            units = {unit: float(row[unit]) for unit in ACTION_UNITS if pd.notna(row[unit])}
            overlays.muscles(picture, points, units, scale)
    return jpeg(picture), missing


def _points(analysis: Analysis, row: pd.Series) -> Floats | None:
    """The mesh of a face, found again by its frame and box; None if it was not kept."""
    path = pipeline.landmarks_of(analysis)
    if not path.is_file():
        return None
    place = [row["x"], row["y"]]
    for located in landmarks.of_frame(path, int(row["frame"])):
        if np.allclose(located.box_xywh[:2], place, atol=_SAME_BOX_PX):
            return located.points
    return None


@st.cache_data(max_entries=128, show_spinner=False)
def _frame(root: str, folder: str, frame: int, _analysis: Analysis) -> RGB | None:
    """The picture of a frame; None when it is damaged in the file."""
    for moment in _analysis.moments:
        if moment.frame_index == frame and moment.frame_path is not None:
            path = Path(folder) / moment.frame_path
            if path.is_file():
                return np.asarray(Image.open(path))
    return pipeline.sampled_frames(_analysis).grab([frame]).get(frame)


Wanted = tuple[tuple[int, tuple[float, float, float, float]], ...]
"""Frames, and the box of a face in each."""


@st.cache_data(max_entries=64, show_spinner=False)
def _crops(root: str, analysis_id: str, rows: Wanted, _analysis: Analysis) -> list[bytes | None]:
    frames = pipeline.sampled_frames(_analysis).grab({frame for frame, _ in rows})
    return [
        _small(pictures.face_crop(frames[frame], box), STRIP_PX) if frame in frames else None
        for frame, box in rows
    ]


def thumbnail(path: Path) -> bytes:
    """A picture on the disk, small, as JPEG."""
    return _small_file(str(path), path.stat().st_mtime)


@st.cache_data(max_entries=512, show_spinner=False)
def _small_file(path: str, changed_s: float) -> bytes:
    with Image.open(path) as picture:
        return _small(picture.convert("RGB"), GALLERY_PX)


def _small(crop: Image.Image, longest: int) -> bytes:
    crop.thumbnail((longest, longest))
    return jpeg(crop)


def jpeg(picture: Image.Image) -> bytes:
    """A picture as a JPEG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
