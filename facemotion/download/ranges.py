"""Only a part of a remote file: read by HTTP ranges, cut at a keyframe, packets copied unchanged.

PyAV is used here for that one purpose and for putting the segments of a stream into a file that
browsers play. Nothing is decoded or encoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import av

from facemotion import cache

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

BLOCK_BYTES = 256 * 1024
_MOST_BLOCKS = 16
"""Blocks asked for at once when reading straight on: 4 MB, so that requests stay few."""

Fetch = Callable[[int, int, int], tuple[bytes, int]]
"""From (start, stop, bytes so far) to the bytes before ``stop``, fewer at the end, and the size."""

# Which of these a file is decides the demuxer. Left to guess, it could take a hostile file for a
# playlist and open what that names.
_MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"sidx", b"moof"}
_MATROSKA = b"\x1a\x45\xdf\xa3"
_MPEG_TS = 0x47
_IN_MP4 = {"h264", "hevc", "av1", "vp9", "mpeg4"}


Source = IO[bytes] | io.RawIOBase


class CannotCut(Exception):
    """The server or the file's format gives no way to read only a part."""


class Cut(NamedTuple):
    """What was written, and at which time of the original it starts."""

    path: Path
    offset_s: float


class RemoteFile(io.RawIOBase):
    """A remote file to seek and read in, fetched by blocks that stay in ``folder``.

    So a run that was killed goes on without asking for a block twice. ``fetched_bytes`` counts
    what this run really asked for.
    """

    def __init__(self, fetch: Fetch, folder: Path) -> None:
        super().__init__()
        self._fetch = fetch
        first, self.size = fetch(0, BLOCK_BYTES, 0)
        self._folder = cache.make_folder(folder / f"blocks-{self.size}")
        self._at = 0
        self._next_missing, self._ahead = 1, 1
        self.fetched_bytes = 0
        self._keep(0, first)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, and not beyond the end of a block."""
        if self._at >= self.size:
            return b""
        index, within = divmod(self._at, BLOCK_BYTES)
        end = None if size is None or size < 0 else within + size
        piece = self._block(index)[within:end]
        self._at += len(piece)
        return piece

    def _block(self, index: int) -> bytes:
        path = self._path(index)
        if not path.exists():
            self._get(index)
        return path.read_bytes()

    def _get(self, index: int) -> None:
        """Ask for a missing block, and for more of the next ones when reading straight on."""
        self._ahead = min(self._ahead * 2, _MOST_BLOCKS) if index == self._next_missing else 1
        count = 1
        while count < self._ahead and not self._path(index + count).exists():
            count += 1
        start = index * BLOCK_BYTES
        stop = min(start + count * BLOCK_BYTES, self.size)
        data, size = self._fetch(start, stop, self.fetched_bytes)
        expected = min(count * BLOCK_BYTES, self.size - start)
        if size != self.size or len(data) != expected:
            raise CannotCut("the file on the server changed")
        self._keep(index, data)
        self._next_missing = index + count

    def _keep(self, index: int, data: bytes) -> None:
        self.fetched_bytes += len(data)
        for i, start in enumerate(range(0, len(data), BLOCK_BYTES)):
            cache.write_bytes(self._path(index + i), data[start : start + BLOCK_BYTES])

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:06d}"


def cut(source: Source, stem: Path, start_s: float, end_s: float | None) -> Cut:
    """Copy the video packets from the keyframe before ``start_s`` up to ``end_s``.

    Writes ``<stem>.mp4``, or ``.mkv`` for codecs that MP4 does not hold; its clock starts at 0,
    which is ``offset_s`` of the original. Raises ``CannotCut`` when the format is not one to seek
    in, or no picture lies in the range.
    """
    begin = source.read(12)
    source.seek(0)
    return _copy(source, _demuxer(begin), stem, start_s, end_s)


def rewrap(path: Path) -> Path:
    """Put an MPEG transport stream, which browsers do not play, into MP4; others are left alone."""
    with path.open("rb") as file:
        begin = file.read(189)
        if len(begin) < 189 or begin[0] != _MPEG_TS or begin[188] != _MPEG_TS:
            return path
        file.seek(0)
        try:
            done = _copy(file, "mpegts", path.with_name("rewrapped"), 0.0, None).path
        except CannotCut:
            return path
    path.unlink()
    return done


def duration_s(file: Source) -> float | None:
    """The length that a file's container states; None when it states none or is another kind."""
    begin = file.read(12)
    file.seek(0)
    try:
        with av.open(file, mode="r", format=_demuxer(begin)) as container:
            return container.duration / av.time_base if container.duration else None
    except (CannotCut, av.FFmpegError):
        return None
    finally:
        file.seek(0)


def _demuxer(begin: bytes) -> str:
    if begin[4:8] in _MP4_BOXES:
        return "mp4"
    if begin.startswith(_MATROSKA):
        return "matroska"
    raise CannotCut("neither MP4 nor Matroska")


def _copy(source: Source, form: str, stem: Path, start_s: float, end_s: float | None) -> Cut:
    try:
        with av.open(source, mode="r", format=form) as container:
            stream = _picture_stream(container)
            target = stem.with_suffix(".mp4" if stream.codec.name in _IN_MP4 else ".mkv")
            with av.open(str(target), mode="w") as output:
                offset_s = _copy_packets(container, stream, output, start_s, end_s)
            return Cut(target, offset_s)
    except av.FFmpegError as error:
        with cache.storage_errors(stem.parent):
            if error.errno in (28, 30, 122):  # disk full, read only, quota
                raise OSError(error.errno, error.strerror) from error
        raise CannotCut(str(error)) from error


def _picture_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    raise CannotCut("no video stream")


def _copy_packets(
    container: InputContainer,
    stream: VideoStream,
    output: OutputContainer,
    start_s: float,
    end_s: float | None,
) -> float:
    """Copy one stream's packets of a time range; returns the time of the first."""
    base = stream.time_base or Fraction(1, av.time_base)
    if start_s > 0:
        container.seek(int(start_s / base), stream=stream)
    copy = output.add_stream_from_template(stream)
    first: int | None = None
    for packet in container.demux(stream):
        if packet.pts is None or packet.dts is None:
            continue
        # Packets come in decoding order, so none that is shown before the end follows this one.
        if end_s is not None and packet.dts * base > end_s:
            break
        if first is None:
            if not packet.is_keyframe:
                continue
            # Pictures before 0 are there to decode the others from; they stay before it, unshown.
            first = max(packet.pts, 0)
        if (
            first > 0 and packet.pts < first
        ):  # shown before the keyframe, made from pictures that are not here
            continue
        packet.pts -= first
        packet.dts -= first
        packet.stream = copy
        output.mux(packet)
    if first is None:
        raise CannotCut("no picture in the range")
    return float(first * base)
