"""Reading video files with PyAV: open, list the packets, decode the chosen frames."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from facemotion.errors import MediaError
from facemotion.frames.plan import Packets, Target, groups_of, needed_until
from facemotion.frames.size import require_size
from facemotion.records import Frame

if TYPE_CHECKING:
    from facemotion.records import RGB

MAX_THREADS = 8
"""Threads for decoding: one core is left to the models, and more threads hold more frames."""

MAX_SIDE_PX = 8192

# Only containers that hold a film in themselves: a playlist (m3u8, mpd, concat) may point to any
# file or address, and a text file would be drawn by FFmpeg's terminal "demuxer".
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,gif,apng,ogg,asf,rm,"
    "h264,hevc,m4v,ivf,obu,mxf,nut,dv,mjpeg,yuv4mpegpipe,wtv,swf,mp3,wav,flac,aac,amr,aiff,ac3"
)


# Codecs whose decoders leave out, on request, just the pictures that no other picture refers to.
# (HEVC's "non-reference" pictures may still be referred to from a higher temporal layer.)
EXACT_SKIP = frozenset({"h264", "mpeg4", "mpeg2video", "vp8", "vp9"})


@dataclass(frozen=True)
class Stream:
    """What is known about the video stream before anything is decoded.

    ``packets`` is None when the file has no usable timestamps before decoding (some AVI files).
    """

    width: int
    height: int
    codec: str
    fps: float | None
    duration_s: float | None
    packets: Packets | None
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """What the manifest tells of the stream."""
        return {
            "codec": self.codec,
            "fps": self.fps,
            "duration_s": self.duration_s,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Picture:
    """A picture as it left the decoder; ``time_s`` is seconds since the start of the file.

    A screen shows it with pixels ``aspect`` times as wide as high, turned by ``quarter_turns``
    counterclockwise.
    """

    index: int
    time_s: float
    raw: VideoFrame
    aspect: float

    @property
    def quarter_turns(self) -> int:
        """What the rotation flag asks for, 0..3."""
        return round(self.raw.rotation / 90) % 4


def survey(path: Path) -> Stream:
    """List a file's packets; ``MediaError`` when it holds no usable picture."""
    with _opened(path) as (container, stream):
        origin = _origin(container, stream)
        pts, keys, shown, complete = [], [], [], True
        for packet in _media_packets(container, stream):
            complete = complete and packet.pts is not None
            pts.append(packet.pts or 0)
            keys.append(packet.is_keyframe)
            shown.append(not packet.is_discard)
        if not pts:
            raise MediaError(
                f"{path.name} has a video track with no picture in it. "
                "It may have been cut off; get the file again."
            )
        packets = Packets(
            np.array(pts), np.array(keys), np.array(shown), origin, _time_base(stream)
        )
        claimed = container.duration / av.time_base if container.duration else None
        found = float(packets.times_s.max()) if complete else None
        return Stream(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            codec=stream.codec_context.name,
            fps=float(stream.average_rate) if stream.average_rate else None,
            duration_s=found if claimed is None else claimed,
            packets=packets if complete else None,
            notes=_notes_on_length(path, claimed, found),
        )


def decode(path: Path, packets: Packets | None, targets: list[Target] | None) -> Iterator[Frame]:
    """Decode the targets in time order, or every frame when ``targets`` is None.

    With ``packets`` only what the targets need is decoded. Frames that cannot be decoded are
    left out; times are seconds since the start of the file. Raises ``MediaError``.
    """
    screen = Screen()
    with closing(pictures(path, packets, targets)) as found:
        for picture in found:
            yield Frame(picture.index, picture.time_s, screen(picture))


def pictures(
    path: Path, packets: Packets | None, targets: list[Target] | None
) -> Generator[Picture, None, None]:
    """What ``decode`` gives, before its colours are converted: for those who draw on it."""
    if packets is None or targets is None:
        yield from _decode_all(path)
        return
    yield from _decode_needed(path, packets, targets)


def _decode_all(path: Path) -> Iterator[Picture]:
    with _opened(path) as (container, stream):
        origin, time_base = _origin(container, stream), float(_time_base(stream))
        rate, aspect, index = float(stream.average_rate or 25), aspect_of(stream), -1
        for packet in container.demux(stream):
            for raw in _decoded(stream, packet):
                index += 1
                pts = raw.pts if raw.pts is not None else raw.dts
                time_s = (pts - origin) * time_base if pts is not None else index / rate
                yield Picture(index, time_s, raw, aspect)


def _decode_needed(path: Path, packets: Packets, targets: list[Target]) -> Iterator[Picture]:
    """The targets, decoding only the groups of pictures that hold one, and those only as far as
    the last one in them.
    """
    needed = needed_until(packets, targets)
    groups = groups_of(packets)
    by_pts = {target.pts: target for target in targets}
    target_packets = {target.packet for target in targets}
    last = max(needed.values(), default=-1)
    with _opened(path) as (container, stream):
        context, aspect = stream.codec_context, aspect_of(stream)
        skippable = context.name in EXACT_SKIP
        left_out = False
        for position, packet in enumerate(_media_packets(container, stream)):
            if position > last:
                break
            if position > needed.get(int(groups[position]), -1):
                left_out = True
                continue
            if left_out:
                yield from _wanted(_decoded(stream, None), by_pts, aspect)
                context.flush_buffers()
                left_out = False
            if skippable:
                context.skip_frame = "DEFAULT" if position in target_packets else "NONREF"
            yield from _wanted(_decoded(stream, packet), by_pts, aspect)
        yield from _wanted(_decoded(stream, None), by_pts, aspect)


def _wanted(
    decoded: list[VideoFrame], by_pts: dict[int, Target], aspect: float
) -> Iterator[Picture]:
    for raw in decoded:
        # A file may hold one timestamp twice: the first picture counts.
        target = None if raw.pts is None else by_pts.pop(raw.pts, None)
        if target is not None:
            yield Picture(target.index, target.time_s, raw, aspect)


def _media_packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """The packets up to the end of the file, or to where it breaks off."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except (av.error.InvalidDataError, av.error.EOFError):
        return  # what came before is good


def _decoded(stream: VideoStream, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
    """Pictures out of the decoder, with None for ``packet`` those that it still holds back.

    None come of a damaged packet: the rest of the file may be sound.
    """
    try:
        return list(stream.codec_context.decode(packet))
    except (av.error.InvalidDataError, av.error.EOFError):
        return []


class Screen:
    """Shows pictures of one stream as a screen does: square pixels, turned by the rotation flag."""

    def __init__(self) -> None:
        # One converter for all pictures: a picture's own would be set up anew each time.
        self._converter = VideoReformatter()

    def __call__(self, picture: Picture) -> RGB:
        rgb: RGB = self._converter.reformat(picture.raw, format="rgb24").to_ndarray()  # type: ignore[assignment]  # rgb24 is uint8
        if picture.aspect != 1:
            size = (max(1, round(rgb.shape[1] * picture.aspect)), rgb.shape[0])
            rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
        turns = picture.quarter_turns
        return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb


def aspect_of(stream: VideoStream) -> float:
    """Width of a pixel in its height; 1 where the file says nothing, or nothing to believe."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if abs(aspect - 1) > 0.01 and 0.25 <= aspect <= 4 else 1.0


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its first real video stream."""
    try:
        container = av.open(str(path), options={"format_whitelist": CONTAINERS})
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(
            f"{path.name} is not a video that can be read ({getattr(error, 'strerror', error)}). "
            "It may be damaged, cut off or no video at all: play it elsewhere, or get it again."
        ) from error
    with container:
        stream = next(
            (s for s in container.streams.video if not s.disposition & Disposition.attached_pic),
            None,
        )
        if stream is None:
            kind = "only sound" if container.streams.audio else "no video track"
            raise MediaError(
                f"{path.name} has {kind}, so there is no face to see. Give a file with a picture."
            )
        size = stream.codec_context.width, stream.codec_context.height
        require_size(path.name, *size, MAX_SIDE_PX)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = min(MAX_THREADS, max(1, (os.cpu_count() or 1) - 1))
        yield container, stream


def _origin(container: InputContainer, stream: VideoStream) -> int:
    """The timestamp at which a player's clock shows 0, in the stream's units."""
    if container.start_time is None:
        return stream.start_time or 0
    return round(container.start_time / av.time_base / _time_base(stream))


def _time_base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, av.time_base)


def _notes_on_length(path: Path, claimed: float | None, found: float | None) -> tuple[str, ...]:
    if claimed is None or found is None or found >= claimed - max(2.0, 0.05 * claimed):
        return ()
    return (
        f"{path.name} says it lasts {claimed:.1f} s, but its pictures end at {found:.1f} s: "
        "it may have been cut off. What is there was analysed.",
    )
