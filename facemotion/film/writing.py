"""The film as a file: encoded as it comes, and under its name only when it is whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from facemotion import cache, palette
from facemotion.errors import StorageError
from facemotion.film.sound import Sound

if TYPE_CHECKING:
    from facemotion.film.source import Clock, Plate

PRESET, QUALITY = "veryfast", "21"
"""x264's preset and constant rate factor: small letters stay sharp, and encoding is not what takes
longest."""
KEY_S = 2.0
"""There is a key frame at least this often: players can jump to it."""


@contextlib.contextmanager
def replacing(out: Path, source: Path) -> Iterator[Path]:
    """A file beside ``out`` to write to; it takes its place when the block ends well.

    Whatever happens, nothing half-written stays. Raises ``StorageError`` when ``out`` is the
    ``source`` itself, or cannot be written.
    """
    if out.exists() and out.samefile(source):
        raise StorageError(f"{out} is the video itself. Choose another name for the film.")
    cache.make_folder(out.parent)
    with cache.storage_errors(out):
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.stem}.", suffix=".mp4")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)


class Writer:
    """Encodes the pictures of a film as H.264 into an MP4 file, its sound between them.

    All pictures are as wide as ``like``, and ``height`` pixels high.
    """

    def __init__(self, path: Path, like: Plate, height: int, clock: Clock, fps: float) -> None:
        self._clock = clock
        self._size = like.size[0], height
        self._latest: int | None = None
        self._resources = ExitStack()
        options = {"movflags": "+faststart"}  # a browser can begin before it has the whole file
        self._output = av.open(str(path), "w", format="mp4", options=options)
        self._output.metadata["comment"] = f"Drawn by facemotion. {palette.APPARENT}"
        coding = {"preset": PRESET, "crf": QUALITY}
        rate = Fraction(fps).limit_denominator(1001)
        stream = self._stream = self._output.add_stream("libx264", rate=rate, options=coding)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = clock.time_base
        context.gop_size = max(1, round(KEY_S * fps))
        context.colorspace, context.color_range = like.raw.colorspace, ColorRange.MPEG
        context.color_primaries, context.color_trc = like.raw.color_primaries, like.raw.color_trc
        self._sound: Sound | None = None

    def add_sound(self, path: Path, begin_s: float, end_s: float | None) -> None:
        """Take the sound of a file between two times of its clock; before the first picture."""
        sound = Sound(path, self._output, begin_s, end_s)
        self._sound = self._resources.enter_context(sound)

    def frame(self) -> VideoFrame:
        """An empty picture, to be drawn on and given to ``add``."""
        return VideoFrame(*self._size, "yuv420p")

    def add(self, frame: VideoFrame, plate: Plate) -> None:
        """Encode a picture at the time of the one that it was drawn on."""
        time_s = plate.time_s - self._clock.begin_s
        frame.pts = round(time_s / self._clock.time_base)
        if self._latest is not None and frame.pts <= self._latest:
            return  # some broken files tell a time twice; no film may
        self._latest = frame.pts
        frame.time_base = self._clock.time_base
        frame.duration = round(plate.duration_s / self._clock.time_base)
        self._output.mux(self._stream.encode(frame))
        if self._sound is not None:
            self._sound.write_until(time_s)

    def finish(self) -> None:
        """Write what is still under way, and the index."""
        self._output.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.write_until(None)
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()
        with contextlib.suppress(av.error.FFmpegError):  # after an error, which goes its own way
            self._output.close()
