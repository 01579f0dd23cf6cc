"""Captions: which of a video's tracks to take, and the formats in which sites hand them out."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from facemotion.records import Caption

Line = tuple[float, float, str]
"""Start and end in seconds, and text that may have several lines."""


class Track(NamedTuple):
    """One track of captions, as the site offers it."""

    language: str
    automatic: bool
    entry: Mapping[str, Any]


FORMATS = ("vtt", "srt", "json3", "srv3", "srv2", "srv1")
"""What can be read, in the order of preference."""

_NOT_CAPTIONS = {"live_chat", "comments", "danmaku", "rechat"}
_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"{_TIME}\s*-->\s*{_TIME}")
_ROLLING_GAP_S = 0.1
"""Cues this close follow each other without a pause, as the lines of a rolling caption do."""


def choose(info: Mapping[str, Any], language: str) -> Track | None:
    """The track to take from yt-dlp's ``info``, or None when there is no readable one.

    People's captions in ``language`` come first, then people's in any language, then the speech
    recognition's in ``language`` or in the language of the video. Machine translations of it,
    which sites list beside them, are taken only when they are in ``language``.
    """
    manual, automatic = info.get("subtitles") or {}, info.get("automatic_captions") or {}
    original = str(info.get("language") or "")
    wanted = [_matching(manual, language), next(iter(_readable(manual)), None)]
    tracks = [Track(name, False, _best(manual[name])) for name in wanted if name]
    for name in (_matching(automatic, language), _matching(automatic, original)):
        if name:
            tracks.append(Track(name, True, _best(automatic[name])))
    if not tracks:
        spoken = [name for name in _readable(automatic) if name.endswith("-orig")]
        spoken = spoken or (list(_readable(automatic)) if len(automatic) == 1 else [])
        tracks = [Track(name, True, _best(automatic[name])) for name in spoken]
    return tracks[0] if tracks else None


def parse(text: str, form: str) -> tuple[Caption, ...]:
    """The captions in a file of one of ``FORMATS``, plain text, rolling duplicates merged.

    Raises ``ValueError`` for a text that is not in that format.
    """
    if form == "json3":
        lines = _from_json3(text)
    elif form in ("srv1", "srv2", "srv3"):
        lines = _from_srv(text)
    else:
        lines = _from_cues(text)
    return _unrolled(lines)


def _readable(tracks: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, entries in tracks.items()
        if name not in _NOT_CAPTIONS and any(entry.get("ext") in FORMATS for entry in entries)
    ]


def _best(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    readable = [entry for entry in entries if entry.get("ext") in FORMATS]
    return min(readable, key=lambda entry: FORMATS.index(entry["ext"]))


def _matching(tracks: Mapping[str, Any], language: str) -> str | None:
    """The name of the track in a language: 'en', else 'en-orig', 'en-GB' and the like."""
    base = language.lower().split("-")[0]
    if not base:
        return None
    names = _readable(tracks)
    same = [name for name in names if name.lower() == language.lower()]
    close = [name for name in names if re.split(r"[-_.]", name.lower())[0] == base]
    close.sort(key=lambda name: (not name.endswith("-orig"), name.lower() != base, len(name), name))
    return next(iter(same + close), None)


def _from_cues(text: str) -> list[Line]:
    """WebVTT and SubRip: a line of times, then text up to an empty line (one with a blank counts
    as text: YouTube sends such); NOTE, STYLE and REGION blocks are no cues."""
    found: list[Line] = []
    in_cue = in_other = False
    for line in text.removeprefix("\ufeff").splitlines():
        times = None if in_other else _TIMES.search(line)
        if times is not None:
            found.append((_seconds(*times.groups()[:4]), _seconds(*times.groups()[4:]), ""))
            in_cue = True
        elif not line:
            in_cue = in_other = False
        elif in_cue:
            start, end, words = found[-1]
            found[-1] = (start, end, f"{words}\n{line}")
        else:
            in_other = in_other or line.startswith(("NOTE", "STYLE", "REGION"))
    if not found and not text.removeprefix("\ufeff").startswith("WEBVTT"):
        raise ValueError("no cues")
    return found


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _from_json3(text: str) -> list[Line]:
    """YouTube's JSON: times in milliseconds, words in pieces; ``aAppend`` only adds a line end."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("no events")
    found = []
    for event in data.get("events", []):
        words = "".join(piece.get("utf8", "") for piece in event.get("segs") or ())
        start = event.get("tStartMs", 0) / 1000
        found.append((start, start + event.get("dDurationMs", 0) / 1000, words))
    return found


def _from_srv(text: str) -> list[Line]:
    """YouTube's XML: ``<p t d>`` in milliseconds, or ``<text start dur>`` in seconds (srv1)."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise ValueError("no well-formed XML") from error
    found = []
    for element in root.iter():
        words = "".join(element.itertext())
        if element.tag == "p" or (element.tag == "text" and "t" in element.attrib):
            start, length = (float(element.get(name, 0)) / 1000 for name in ("t", "d"))
        elif element.tag == "text":
            start, length = (float(element.get(name, 0)) for name in ("start", "dur"))
        else:
            continue
        found.append((start, start + length, words))
    return found


def _unrolled(lines: Iterable[Line]) -> tuple[Caption, ...]:
    """Plain captions in time order.

    Speech recognition shows two lines that roll: each cue repeats the lines of the one before and
    adds one. Lines that a cue repeats without a pause are left out; a cue that adds nothing
    lengthens the caption before it.
    """
    captions: list[Caption] = []
    shown: list[str] = []
    shown_until = float("-inf")
    for start, end, words in sorted(lines, key=lambda line: line[0]):
        rows = [row for row in map(_plain, words.split("\n")) if row]
        if not rows:
            continue
        repeated = _overlap(shown, rows) if start - shown_until <= _ROLLING_GAP_S else 0
        if rows[repeated:]:
            captions.append(Caption(start, max(start, end), " ".join(rows[repeated:])))
        elif captions and end > captions[-1].end_s:
            captions[-1] = Caption(captions[-1].start_s, end, captions[-1].text)
        shown, shown_until = rows, max(end, shown_until)
    return tuple(captions)


def _overlap(before: list[str], now: list[str]) -> int:
    """How many lines at the start of ``now`` are those at the end of ``before``."""
    longest = min(len(before), len(now))
    return next((n for n in range(longest, 0, -1) if before[-n:] == now[:n]), 0)


def _plain(row: str) -> str:
    """Text without tags, entities, line marks and doubled blanks."""
    without_tags = re.sub(r"</?[a-zA-Z0-9][^<>]*>|\{\\[^}]*\}", "", row)
    return " ".join(html.unescape(without_tags).replace("\u200b", "").split())
