"""Little videos made on the spot, in which every frame shows its own number."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import skimage.data

BITS = 12
CELL = 16


def numbered(number: int, width: int = 192, height: int = 64) -> np.ndarray:
    """A grey picture whose top row of cells spells ``number`` in black and white."""
    rgb = np.full((height, width, 3), 128, dtype=np.uint8)
    for bit in range(BITS):
        value = 255 if number >> bit & 1 else 0
        rgb[0:CELL, bit * width // BITS : (bit + 1) * width // BITS] = value
    return rgb


def number_of(rgb: np.ndarray) -> int:
    """The number that ``numbered`` wrote, read back from a decoded picture."""
    width = rgb.shape[1]
    number = 0
    for bit in range(BITS):
        left, right = bit * width // BITS + 3, (bit + 1) * width // BITS - 3
        if rgb[4 : CELL - 4, left:right].mean() > 128:
            number |= 1 << bit
    return number


def write(
    path: Path,
    n_frames: int = 50,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = (192, 64),
    times_s: list[float] | None = None,
    options: dict[str, str] | None = None,
    rotate: int = 0,
    aspect: Fraction | None = None,
) -> Path:
    """A numbered video at 25 frames a second, or with a frame at each of ``times_s``."""
    times = times_s or [i / 25 for i in range(n_frames)]
    with _same_priority(), av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.time_base = Fraction(1, 1000)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotate:
            stream.set_display_rotation(rotate)
        for number, time_s in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number, *size), format="rgb24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@contextlib.contextmanager
def _same_priority() -> Iterator[None]:
    """SVT-AV1 gives whoever encodes as root real-time priority for good, and the children too."""
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def write_portrait(path: Path, n_frames: int = 50, n_faceless: int = 0) -> Path:
    """A smiling face (scikit-image's public-domain astronaut) that drifts, then an empty wall."""
    portrait = skimage.data.astronaut()[:300, 80:380]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        for number in range(n_frames + n_faceless):
            rgb = np.full((320, 320, 3), 110, dtype=np.uint8)
            if number < n_frames:
                rgb[10:310, number % 20 : number % 20 + 300] = portrait
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_visits(path: Path) -> Path:
    """A smiling face for two seconds at the left, a wall for four, the face mirrored for one."""
    portrait = skimage.data.astronaut()[:300, 80:380]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 320, "yuv420p"
        for number in range(175):
            rgb = np.full((320, 640, 3), 110, dtype=np.uint8)
            if number < 50:
                rgb[10:310, 10:310] = portrait
            elif number >= 150:
                rgb[10:310, 330:630] = portrait[:, ::-1]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def write_sound_only(path: Path) -> Path:
    """One second of silence."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for start in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono"
            )
            frame.rate, frame.pts = 44100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
