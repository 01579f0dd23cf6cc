"""HLS playlists (RFC 8216): which pieces of a stream there are at the moment."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from urllib.parse import urljoin

MAX_SEGMENTS = 20_000

Range = tuple[int, int]
"""First byte, and the byte behind the last."""

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')


class NotAPlaylist(Exception):
    """What was sent is no media playlist."""


@dataclass(frozen=True)
class Part:
    """A file, or some bytes of one."""

    url: str
    byte_range: Range | None = None


@dataclass(frozen=True)
class Key:
    """How a segment is encrypted: AES-128 in CBC mode, with the key at ``url``."""

    url: str
    iv: bytes


@dataclass(frozen=True)
class Segment:
    """One piece of the stream; ``starts_anew`` when its timestamps have nothing to do with the
    ones before. ``wall_s`` is the date that the stream gives it, in seconds since the epoch.
    """

    sequence: int
    media: Part
    duration_s: float
    starts_anew: bool = False
    wall_s: float | None = None
    header: Part | None = None
    key: Key | None = None


@dataclass(frozen=True)
class Playlist:
    """The pieces in order; ``target_s`` is the longest that one may last."""

    segments: tuple[Segment, ...]
    target_s: float
    is_ended: bool


def parse(text: str, base_url: str) -> Playlist:
    """Read a media playlist. Raises ``NotAPlaylist``, also for encryption other than AES-128."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    if not lines or lines[0] != "#EXTM3U":
        raise NotAPlaylist("it does not begin with #EXTM3U")
    state = _State(base_url)
    for line in lines[1:]:
        if line.startswith("#EXT"):
            name, _, value = line.partition(":")
            state.tag(name, value)
        elif line and not line.startswith("#"):
            state.segment(line)
    if len(state.segments) > MAX_SEGMENTS:
        raise NotAPlaylist(f"it lists {len(state.segments)} pieces")
    return Playlist(tuple(state.segments), max(state.target_s, 0.1), state.is_ended)


class _State:
    """What the tags so far say of the segments that follow."""

    def __init__(self, base_url: str) -> None:
        self.segments: list[Segment] = []
        self.target_s = 0.0
        self.is_ended = False
        self._base = base_url
        self._sequence = 0
        self._duration_s = 0.0
        self._anew = False
        self._wall_s: float | None = None
        self._range: str | None = None
        self._last_end: dict[str, int] = {}
        self._header: Part | None = None
        self._key: tuple[str, bytes | None] | None = None

    def tag(self, name: str, value: str) -> None:
        try:
            self._tag(name, value)
        except (ValueError, KeyError) as error:
            raise NotAPlaylist(f"{name} says {value[:80]!r}") from error

    def _tag(self, name: str, value: str) -> None:
        if name == "#EXT-X-STREAM-INF":
            raise NotAPlaylist("it lists other playlists")
        if name == "#EXT-X-MEDIA-SEQUENCE":
            self._sequence = int(value)
        elif name == "#EXT-X-TARGETDURATION":
            self.target_s = float(value)
        elif name == "#EXTINF":
            self._duration_s = float(value.partition(",")[0])
        elif name == "#EXT-X-DISCONTINUITY":
            self._anew = True
        elif name == "#EXT-X-ENDLIST":
            self.is_ended = True
        elif name == "#EXT-X-BYTERANGE":
            self._range = value
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            self._wall_s = _epoch(value)
        elif name == "#EXT-X-MAP":
            told = _attributes(value)
            self._header = self._part(told["URI"], told.get("BYTERANGE"))
        elif name == "#EXT-X-KEY":
            self._key = self._encryption(_attributes(value))

    def segment(self, address: str) -> None:
        try:
            media = self._part(address, self._range)
        except ValueError as error:
            raise NotAPlaylist(f"#EXT-X-BYTERANGE says {str(self._range)[:80]!r}") from error
        key = None
        if self._key is not None:
            url, iv = self._key
            key = Key(url, iv or self._sequence.to_bytes(16, "big"))
        self.segments.append(
            Segment(
                *(self._sequence, media, self._duration_s, self._anew, self._wall_s),
                *(self._header, key),
            )
        )
        self._sequence += 1
        self._anew, self._range = False, None
        if self._wall_s is not None:
            self._wall_s += self._duration_s

    def _part(self, address: str, byte_range: str | None) -> Part:
        url = urljoin(self._base, address)
        if byte_range is None:
            return Part(url)
        length, at, start = byte_range.partition("@")
        first = int(start) if at else self._last_end.get(url, 0)
        self._last_end[url] = first + int(length)
        return Part(url, (first, first + int(length)))

    def _encryption(self, told: dict[str, str]) -> tuple[str, bytes | None] | None:
        if told["METHOD"] == "NONE":
            return None
        if told["METHOD"] != "AES-128" or told.get("KEYFORMAT", "identity") != "identity":
            raise NotAPlaylist("the stream is copy-protected")
        iv = told.get("IV")
        return urljoin(self._base, told["URI"]), None if iv is None else _sixteen(iv)


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _sixteen(text: str) -> bytes:
    return int(text, 16).to_bytes(16, "big")


def _epoch(text: str) -> float | None:
    """Seconds since the epoch; None for a date that cannot be read."""
    try:
        date = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp()
