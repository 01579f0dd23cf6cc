"""From the buffered minutes to a normal analysis: a video of them, measured like any other.

The video is made of the pictures that were measured, at their own times. The very pictures (JPEGs)
are handed to the frames room as its sampled frames, so that the analysis sees the same pixels as
the session did, not what a video codec makes of them.
"""

from __future__ import annotations

import datetime
import io
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from facemotion import cache, download, frames, pipeline
from facemotion.errors import SourceError
from facemotion.frames import kept
from facemotion.live.buffer import Gap
from facemotion.records import OnProgress, Progress

if TYPE_CHECKING:
    from facemotion.live.settings import LiveSettings

_TIME_BASE = Fraction(1, 90_000)
_QUALITY = {"crf": "18", "preset": "veryfast"}

Picture = tuple[int, float, bytes]
"""Number in the stream, stream time, JPEG."""


@dataclass(frozen=True)
class Minutes:
    """What is to be kept, and where it is from; ``began_at`` is the clock at stream time 0."""

    title: str
    source: str
    webpage_url: str | None
    began_at: float
    pictures: list[Picture]
    gaps: tuple[Gap, ...]


def keep(what: Minutes, settings: LiveSettings, root: Path, on_progress: OnProgress) -> str:
    """Analyse the pictures; the ``analysis_id``. Times in the analysis are stream time."""
    if not what.pictures:
        raise SourceError("Nothing has been measured yet. Keep something once pictures have come.")
    first_s = what.pictures[0][1]
    film = _film(what.pictures, on_progress)
    began = datetime.datetime.fromtimestamp(what.began_at + first_s)
    name = f"{cache.slug(what.title)}-live-{began:%Y%m%d-%H%M%S}.mp4"
    measuring = settings.measuring
    path = download.save_upload(name, io.BytesIO(film), root, measuring.max_bytes)
    video = download.describe(
        str(path),
        measuring,
        root,
        title=f"{what.title}, live on {began:%Y-%m-%d %H:%M}",
        webpage_url=what.webpage_url,
        offset_s=first_s,
        notes=tuple(_notes(what)),
    )
    numbered = [(n, time_s, jpeg) for n, (_, time_s, jpeg) in enumerate(what.pictures)]
    frames.adopt(video, numbered, pipeline.frames_folder(video, measuring, root))
    analysis = pipeline.run(path, measuring, cache_root=root, on_progress=on_progress)
    return analysis.analysis_id


def _film(pictures: list[Picture], on_progress: OnProgress) -> bytes:
    """An MP4 of the pictures, each at its own time, the first at 0."""
    on_progress(Progress("download", 0, len(pictures), "frames", "Putting the pictures together"))
    buffer = io.BytesIO()
    first_s = pictures[0][1]
    with av.open(buffer, mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30, options=_QUALITY)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = _TIME_BASE
        for number, (_, time_s, jpeg) in enumerate(pictures):
            rgb = kept.decoded(jpeg)
            if rgb is None:
                continue
            rgb = rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2]  # as the codec wants it
            if number == 0:
                stream.height, stream.width = rgb.shape[:2]
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = round((time_s - first_s) / _TIME_BASE), _TIME_BASE
            container.mux(stream.encode(frame))
            on_progress(Progress("download", number + 1, len(pictures), "frames"))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _notes(what: Minutes) -> list[str]:
    first_s, last_s = what.pictures[0][1], what.pictures[-1][1]
    notes = [f"Kept from a live stream: {what.source}."]
    lost = [gap for gap in what.gaps if gap.end_s > first_s and gap.start_s < last_s]
    lost = [gap for gap in lost if gap.end_s > gap.start_s]
    if lost:
        total_s = math.fsum(gap.end_s - gap.start_s for gap in lost)
        many = "1 gap" if len(lost) == 1 else f"{len(lost)} gaps"
        reasons = ", ".join(sorted({gap.why for gap in lost}))
        notes.append(f"{many} in it, {total_s:.1f} s in all ({reasons}).")
    return notes
