"""A small made-up analysis with everything in it that a real one has, the same on every call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from facemotion import tables
from facemotion.records import (
    ACTION_UNITS,
    EMOTIONS,
    Analysis,
    Explanation,
    Moment,
    Settings,
    Video,
)

if TYPE_CHECKING:
    from facemotion.records import RGB

FPS = 25
FRAME_SIZE = (320, 180)


def example_analysis(
    tmp_path: Path,
    *,
    n_samples: int = 40,
    n_faces: int = 2,
    every_s: float = 1.0,
    n_moments: int = 5,
    gaps: bool = True,
    title: str = "A made-up talk",
    explained: bool = True,
    frame_size: tuple[int, int] = FRAME_SIZE,
    measured: bool = False,
) -> Analysis:
    """An analysis whose pictures lie in ``tmp_path``, as stage 3 and the moments leave them.

    Face 1 is there whenever there is a face, face 2 in the second half. With ``gaps``, samples
    5-8 and 20-21 (and the last one) have no face, and sample 23 stands alone between two gaps.
    ``measured`` fills in the columns of the head, the eyes and the muscles.
    """
    faceless = {5, 6, 7, 8, 20, 21, 22, 24, 25, n_samples - 1} if gaps else set()
    rows, samples = [], []
    for i in range(n_samples):
        present = [] if i in faceless else [k for k in range(1, n_faces + 1) if _is_there(k, i)]
        frame, time_s = round(i * every_s * FPS), i * every_s
        samples.append((frame, time_s, len(present)))
        for k in present:
            found = {**_directions(i, k), **_muscles(i, k)} if measured else {}
            rows.append(_face_row(frame, time_s, i, k, frame_size) | found)
    faces = tables.faces_table(rows)
    moments = _moments(faces, n_moments, tmp_path, frame_size)
    words = (
        "The lip corners are pulled up and the cheeks are raised (AU12, AU6), which is what "
        "people call a smile; the brows stay where they are."
    )
    explanations = tuple(Explanation(m.number, "facs", words) for m in moments[::2] if explained)
    video = Video(
        video_id="a-made-up-talk-0123abcd",
        source="https://example.org/talk",
        path=str(tmp_path / "video.mp4"),
        title=title,
        uploader="Example University",
        duration_s=n_samples * every_s,
        webpage_url="https://example.org/talk",
        site="example",
    )
    return Analysis(
        analysis_id="0123456789ab",
        video=video,
        settings=Settings(every_s=every_s, explainer="facs" if explained else "none"),
        faces=faces,
        samples=tables.samples_table(samples),
        moments=moments,
        explanations=explanations,
        provenance={"facemotion": "0.1.0", "detector": "made up", "classifier": "made up"},
        folder=tmp_path,
    )


def example_frame(
    index: int, boxes: list[tuple[float, float, float, float]], size: tuple[int, int] = FRAME_SIZE
) -> RGB:
    """A drawn room with a drawn face in each box: ``(h, w, 3)`` uint8."""
    width, height = size
    shade = np.linspace(70, 150, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
    picture = Image.fromarray(np.broadcast_to(shade, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for n, (x, y, w, h) in enumerate(boxes):
        draw.ellipse((x, y, x + w, y + h), fill=(224 - 40 * n, 180 - 30 * n, 150))
        for eye in (0.32, 0.68):
            cx, cy, r = x + eye * w, y + 0.4 * h, 0.06 * w
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(40, 30, 30))
        bend = 180 if index % 50 else 0
        mouth = (x + 0.3 * w, y + 0.6 * h, x + 0.7 * w, y + 0.8 * h)
        draw.arc(mouth, bend, bend + 180, fill=(150, 40, 40), width=max(1, round(0.04 * w)))
    return np.asarray(picture)


def example_pictures(analysis: Analysis, size: tuple[int, int] = FRAME_SIZE) -> dict[int, RGB]:
    """The full frame of every moment, by frame number."""
    return {
        m.frame_index: example_frame(m.frame_index, _boxes_of(analysis.faces, m.frame_index), size)
        for m in analysis.moments
    }


def _is_there(face: int, i: int) -> bool:
    return face == 1 or i >= 10 * face


def _face_row(
    frame: int, time_s: float, i: int, face: int, size: tuple[int, int]
) -> dict[str, object]:
    strengths = np.full(7, 0.15)
    strengths[EMOTIONS.index("neutral")] = 1.2
    height = (4.0 + 0.02 * (i % 31)) * np.sin(np.pi * (i % 4 + 0.5) / 4) ** 2
    strengths[(i // 4 + 3 * face) % 6] += height
    probabilities = strengths / strengths.sum()
    side = min(size) * (0.4 - 0.08 * face)
    return {
        "frame": frame,
        "timestamp": time_s,
        "face_id": face,
        "confidence": 0.95 - 0.1 * face,
        "x": size[0] * 0.28 * face - side / 2 + i % 3,
        "y": size[1] * 0.3,
        "w": side,
        "h": side * 1.2,
        "mesh_score": 0.9,
        "roll_deg": 2.0 * face,
        "sharpness": 0.7,
        "source": "local",
        **dict(zip(EMOTIONS, probabilities, strict=True)),
    }


def _directions(i: int, face: int) -> dict[str, float]:
    """Degrees: the head swings slowly (beyond 30 at times), the eyes run ahead of it."""
    yaw, pitch = 34.0 * np.sin(0.45 * i + face), 6.0 * np.sin(0.8 * i) - 2.0 * face
    eyes = {"eye0_pitch_deg": 1.0, "eye0_yaw_deg": 5.0, "eye1_pitch_deg": 2.0, "eye1_yaw_deg": 7.0}
    return {
        "pitch_deg": pitch,
        "yaw_deg": yaw,
        "roll_deg": 2.0 * face,
        **eyes,
        "gaze_pitch_deg": pitch + 1.5,
        "gaze_yaw_deg": yaw + 6.0,
    }


def _muscles(i: int, face: int) -> dict[str, object]:
    """Intensities that rise and fall one after the other; every seventh sample is a blink.

    AU09 is never measured, AU23 not while the head is turned to the left.
    """
    units = {
        unit: round(float(3.2 * max(0.0, np.sin(0.5 * i - 0.7 * n + face))), 3)
        for n, unit in enumerate(ACTION_UNITS)
    }
    units |= {"AU45": 4.0 if i % 7 == 3 else 0.1, "AU09": np.nan}
    if np.sin(0.45 * i + face) < -0.8:
        units["AU23"] = np.nan
    return {
        **units,
        "baseline": "own",
        "valence": 0.7 * np.sin(0.3 * i + face),
        "arousal": 0.5 * np.cos(0.2 * i),
    }


def _boxes_of(faces: pd.DataFrame, frame: int) -> list[tuple[float, float, float, float]]:
    here = faces[faces["frame"] == frame]
    return [
        (float(x), float(y), float(w), float(h))
        for x, y, w, h in here[["x", "y", "w", "h"]].itertuples(index=False)
    ]


def _moments(
    faces: pd.DataFrame, count: int, folder: Path, size: tuple[int, int]
) -> tuple[Moment, ...]:
    """The strongest row of each emotion, then the next strongest, in time order."""
    best = faces.sort_values(["expressiveness", "frame"], ascending=[False, True])
    best = best[best["dominant_emotion"] != "neutral"].drop_duplicates("timestamp")
    first = best.drop_duplicates("dominant_emotion")
    best = pd.concat([first, best.drop(first.index)]).head(count).sort_values("timestamp")
    return tuple(
        _moment(number, row, faces, folder, size)
        for number, (_, row) in enumerate(best.iterrows(), start=1)
    )


def _moment(
    number: int, row: pd.Series, faces: pd.DataFrame, folder: Path, size: tuple[int, int]
) -> Moment:
    box = (float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"]))
    picture = Image.fromarray(
        example_frame(int(row["frame"]), _boxes_of(faces, int(row["frame"])), size)
    )
    face_path = f"faces/det_{number:02d}_face.jpg"
    frame_path = f"faces/det_{number:02d}_frame.jpg"
    (folder / "faces").mkdir(parents=True, exist_ok=True)
    picture.save(folder / frame_path, quality=90)
    crop = picture.crop((box[0], box[1], box[0] + box[2], box[1] + box[3]))
    crop.save(folder / face_path, quality=90)
    return Moment(
        number=number,
        frame_index=int(row["frame"]),
        time_s=float(row["timestamp"]),
        face_id=int(row["face_id"]),
        emotion=str(row["dominant_emotion"]),
        probabilities=tuple(float(row[name]) for name in EMOTIONS),
        expressiveness=float(row["expressiveness"]),
        confidence=float(row["confidence"]),
        box_xywh=box,
        why=f"strongest {row['dominant_emotion']}",
        face_path=face_path,
        frame_path=frame_path,
    )
