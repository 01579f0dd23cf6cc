"""What the tests of films share: clips to see and hear, made-up tables, and films read back."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd

from facemotion import tables
from facemotion.film.planes import Canvas, planes_of
from facemotion.records import EMOTIONS, Analysis, Moment, Settings, Video
from tests import clips

Row = tuple[int, float, int, tuple[float, float, float, float]]
"""Frame, time in seconds, face, and x, y, w, h of its box."""

HAPPY = dict.fromkeys(EMOTIONS, 0.0) | {"happy": 0.75, "neutral": 0.25}
FLASH_S, FLASH_LENGTH_S = 1.0, 0.2
RATE = 48000


def rows_of(rows: Iterable[Row], **columns: object) -> pd.DataFrame:
    """The faces table of some rows, all of them happy unless ``columns`` say otherwise."""
    return tables.faces_table(
        {
            "frame": frame,
            "timestamp": time_s,
            "face_id": face_id,
            **dict(zip("xywh", box, strict=True)),
            **HAPPY,
            **columns,
        }
        for frame, time_s, face_id, box in rows
    )


def samples_of(looks: Iterable[tuple[int, float]]) -> pd.DataFrame:
    """The samples table of looks at (frame, time)."""
    return tables.samples_table((frame, time_s, 0) for frame, time_s in looks)


def analysis_of(
    path: Path,
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    moments: tuple[Moment, ...] = (),
    **settings: float,
) -> Analysis:
    """An analysis of a file with these tables."""
    return Analysis(
        analysis_id="a.0",
        video=Video(video_id="a", source=str(path), path=str(path), title="A clip"),
        settings=Settings(every_s=0.0).with_changes(**settings),
        faces=faces,
        samples=samples,
        moments=moments,
        explanations=(),
        provenance={},
        folder=path.parent,
    )


def moment_of(number: int, frame: int, time_s: float, face_id: int = 1) -> Moment:
    """A happy moment of a face."""
    return Moment(
        number, frame, time_s, face_id, "happy", tuple(HAPPY.values()), 0.75, 0.9, (0, 0, 1, 1), ""
    )


def seen(path: Path) -> list[tuple[float, np.ndarray]]:
    """All pictures of a film as (time in seconds, RGB)."""
    with av.open(str(path)) as container:
        return [
            (float(picture.time or 0.0), picture.to_ndarray(format="rgb24"))
            for picture in container.decode(video=0)
        ]


def heard(path: Path) -> tuple[float, np.ndarray, int]:
    """When the sound of a film begins in seconds, one channel of it, and its rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    sound = np.concatenate([frame.to_ndarray().astype(np.float64)[0] for frame in frames])
    return float(frames[0].time or 0.0), sound, frames[0].sample_rate


def flash_s(path: Path) -> float:
    """When the first bright picture is shown."""
    return next(time_s for time_s, rgb in seen(path) if rgb[:64].mean() > 150)


def beep_s(path: Path) -> float:
    """When the first loud sound is heard."""
    begin_s, sound, rate = heard(path)
    return begin_s + int(np.argmax(np.abs(sound) > 0.2)) / rate


def write_talkie(path: Path, codec: str, length_s: float = 2.0) -> Path:
    """A dark numbered clip at 25 frames a second that flashes and beeps once, at ``FLASH_S``."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 192, 64, "yuv420p"
        audio = container.add_stream(codec, rate=RATE, layout="mono")
        times = np.arange(round(length_s * RATE)) / RATE
        is_loud = (times >= FLASH_S) & (times < FLASH_S + FLASH_LENGTH_S)
        wave = np.where(is_loud, 0.6 * np.sin(2 * np.pi * 1000 * times), 0.0).astype(np.float32)
        for number in range(round(length_s * 25)):
            rgb = clips.numbered(number)
            is_bright = FLASH_S - 1e-9 <= number / 25 < FLASH_S + FLASH_LENGTH_S
            rgb[clips.CELL :] = 255 if is_bright else 0
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(video.encode(picture))
            start, end = number * RATE // 25, (number + 1) * RATE // 25
            sound = av.AudioFrame.from_ndarray(wave[None, start:end], format="fltp", layout="mono")
            sound.rate, sound.pts, sound.time_base = RATE, start, Fraction(1, RATE)
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def write_checks(path: Path, places: list[tuple[int, int]], side: int = 48) -> Path:
    """A grey clip of 320x180 in which a finely checked square is at each of ``places`` in turn."""
    check = np.indices((side, side)).sum(axis=0) // 2 % 2 * 255
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "5"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for x, y in places:
            rgb = np.full((180, 320, 3), 90, dtype=np.uint8)
            rgb[y : y + side, x : x + side] = check[..., None]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_plain(
    path: Path, color: tuple[int, int, int], codec: str, pix_fmt: str, size: tuple[int, int]
) -> Path:
    """Two frames of a single colour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        (stream.width, stream.height), stream.pix_fmt = size, pix_fmt
        for _ in range(2):
            rgb = np.full((size[1], size[0], 3), color, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def detail(rgb: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """How much neighbouring pixels of a part differ on average, 0..255."""
    x, y, w, h = box
    part = rgb[y : y + h, x : x + w].astype(np.float64).mean(axis=2)
    return float(np.abs(np.diff(part, axis=1)).mean())


def blank(width: int, height: int) -> Canvas:
    """A black canvas."""
    canvas = Canvas(av.VideoFrame(width, height, "yuv420p"))
    for plane, value in zip(canvas.planes, (16, 128, 128), strict=True):
        plane[:] = value
    return canvas


def pixels(canvas: Canvas) -> list[np.ndarray]:
    """A copy of what is on a canvas."""
    return [plane.copy() for plane in planes_of(canvas.frame)]
