"""The sound of the analysed stretch: AAC as it is, anything else made into AAC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import av
from av.audio.resampler import AudioResampler

from facemotion.errors import MediaError
from facemotion.frames.video import CONTAINERS

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

    Timed = tuple[float, Packet[AudioStream]]

AHEAD_S = 1.0
"""The sound is written so much before the pictures, as players like it."""

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""The sampling rates of AAC that every player knows (ISO/IEC 14496-3, table 1.18)."""
_BITS_PER_CHANNEL = 80_000
_FRAME = 1024  # samples in a packet of AAC
_NEEDED_PACKETS = 2  # a packet of AAC overlaps the one before: both are needed to hear it


class Sound:
    """Brings the sound of a file into a film; times are seconds of the file's own clock.

    The film's clock shows 0 at ``begin_s``; nothing from ``end_s`` on (None: the end) is taken.
    A file without sound gives a silent film, and damaged stretches stay silent.
    """

    def __init__(
        self, path: Path, output: OutputContainer, begin_s: float, end_s: float | None
    ) -> None:
        self._output, self._name = output, path.name
        self._resources = ExitStack()
        self._packets: Iterator[Timed] = iter(())
        options = {"format_whitelist": CONTAINERS}
        source = self._resources.enter_context(av.open(str(path), options=options))
        stream: Any = source.streams.best("audio")
        context = stream.codec_context if stream is not None else None
        if context is None or context.sample_rate == 0 or context.channels == 0:
            return
        begin_s += (source.start_time or 0) / av.time_base
        length_s = None if end_s is None else end_s - begin_s
        if context.name == "aac":
            track = output.add_stream_from_template(stream)
            self._packets = _copied(source, stream, track, begin_s, length_s)
        else:
            rate = context.sample_rate if context.sample_rate in _RATES else 48000
            layout = "mono" if context.channels == 1 else "stereo"
            track = output.add_stream("aac", rate=rate, layout=layout)
            track.codec_context.bit_rate = _BITS_PER_CHANNEL * track.codec_context.channels
            self._packets = _encoded(source, stream, track, begin_s, length_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    def write_until(self, time_s: float | None) -> None:
        """Write what belongs before a time of the film and a little after; None: all the rest.

        Raises ``MediaError`` when no player could play what the file has for sound.
        """
        try:
            for at_s, packet in self._packets:
                self._output.mux(packet)
                if time_s is not None and at_s > time_s + AHEAD_S:
                    return
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):  # the disk, not the sound
                raise
            raise MediaError(
                f"The sound of {self._name} cannot be brought into a film ({error.strerror}). "
                "Make the film without sound."
            ) from error


def _copied(
    source: InputContainer,
    stream: AudioStream,
    track: AudioStream,
    begin_s: float,
    length_s: float | None,
) -> Iterator[Timed]:
    """The packets that sound between begin and end, as they are.

    The first ones may lie before that: their time is below 0, and players decode them unheard.
    """
    latest: int | None = None
    for packet in _demuxed(source, stream):
        if packet.pts is None or packet.dts is None or packet.time_base is None:
            continue
        at_s = float(packet.pts * packet.time_base) - begin_s
        if at_s + _NEEDED_PACKETS * float((packet.duration or 0) * packet.time_base) <= 0:
            continue
        if length_s is not None and at_s >= length_s:
            return
        if latest is not None and packet.dts <= latest:
            continue  # told twice, or out of order: no file may hold that
        latest = packet.dts
        shift = round(begin_s / packet.time_base)
        packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, track
        yield at_s, packet


def _encoded(
    source: InputContainer,
    stream: AudioStream,
    track: AudioStream,
    begin_s: float,
    length_s: float | None,
) -> Iterator[Timed]:
    """The sound between begin and end, decoded and encoded anew; what is missing is silence."""
    context = track.codec_context
    resampler: AudioResampler | None = None
    form: tuple[object, ...] | None = None
    for frame in _frames(source, stream):
        if frame.pts is None or frame.time_base is None:
            continue
        at_s = float(frame.pts * frame.time_base) - begin_s
        if length_s is not None and at_s >= length_s:
            break
        frame.pts -= round(begin_s / frame.time_base)
        if form != (form := (frame.format.name, frame.layout.name, frame.sample_rate)):
            yield from _made(track, resampler, None)
            # Fills gaps with silence, and cuts off or fills what is missing before 0.
            options = {"async": "1"} if resampler else {"async": "1", "first_pts": "0"}
            resampler = AudioResampler(
                "fltp", context.layout, context.sample_rate, frame_size=_FRAME, options=options
            )
        yield from _made(track, resampler, frame)
    yield from _made(track, resampler, None)
    yield from _timed(track.encode(None))


def _made(
    track: AudioStream, resampler: AudioResampler | None, frame: AudioFrame | None
) -> Iterator[Timed]:
    for resampled in resampler.resample(frame) if resampler else []:
        yield from _timed(track.encode(resampled))


def _timed(packets: list[Packet[AudioStream]]) -> Iterator[Timed]:
    for packet in packets:
        yield float((packet.pts or 0) * (packet.time_base or 0)), packet


def _frames(source: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for packet in _demuxed(source, stream):
        try:
            yield from packet.decode()
        except (av.error.InvalidDataError, av.error.EOFError):
            continue  # the rest may be sound


def _demuxed(source: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    """The packets up to the end of the file, or to where it breaks off."""
    try:
        yield from source.demux(stream)
    except (av.error.InvalidDataError, av.error.EOFError):
        return
