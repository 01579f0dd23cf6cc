"""The pieces of a stream, in memory, decoded one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facemotion.frames.video import MAX_SIDE_PX, aspect_of

_MPEG_TS = 0x47
_MP4_BOXES = {b"ftyp", b"moov", b"styp", b"sidx", b"moof", b"emsg", b"prft"}
_ID3 = b"ID3"
MIN_SIDE_PX = 16


class Damaged(Exception):
    """A piece in which there is no picture that can be decoded."""


@dataclass(frozen=True)
class Decoded:
    """A picture by the piece's own clock, in seconds; ``aspect`` as in ``frames.video.Picture``."""

    clock_s: float
    raw: VideoFrame
    aspect: float


def pictures(data: bytes) -> Iterator[Decoded]:
    """The pictures of a piece in the order of time: MPEG-TS, or fragmented MP4 with its header.

    What kind it is decides the demuxer: left to guess, FFmpeg could take a hostile piece for a
    playlist and open what that names. Raises ``Damaged`` when nothing in it can be decoded.
    """
    n_pictures = 0
    try:
        with av.open(io.BytesIO(data), mode="r", format=_demuxer(data)) as container:
            stream = _picture_stream(container)
            stream.thread_type = "SLICE"  # by frames, each thread holds a frame back
            aspect, base = aspect_of(stream), float(stream.time_base or 1 / av.time_base)
            for packet in container.demux(stream):
                try:
                    raws = stream.codec_context.decode(packet)
                except (av.error.InvalidDataError, av.error.EOFError):
                    continue  # the rest may be sound
                for raw in raws:
                    pts = raw.pts if raw.pts is not None else raw.dts
                    if pts is None or raw.is_corrupt or not _is_usable(raw):
                        continue
                    n_pictures += 1
                    yield Decoded(pts * base, raw, aspect)
    except (av.error.FFmpegError, ValueError) as error:
        if not n_pictures:
            raise Damaged(getattr(error, "strerror", None) or str(error)) from error
    if not n_pictures:
        raise Damaged("no picture in it can be decoded")


def _picture_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise Damaged("there is no picture in it")


def _is_usable(raw: VideoFrame) -> bool:
    return min(raw.width, raw.height) >= MIN_SIDE_PX and max(raw.width, raw.height) <= MAX_SIDE_PX


def _demuxer(data: bytes) -> str:
    start = data[:8]
    if start[4:8] in _MP4_BOXES:
        return "mp4"
    if start[:1] == bytes([_MPEG_TS]) or start.startswith(_ID3):
        return "mpegts"
    raise Damaged("it is neither MPEG-TS nor MP4")
