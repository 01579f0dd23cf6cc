"""What is nice to have beside a video: its thumbnail and captions; a failure is only noted."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from yt_dlp.utils import YoutubeDLError

from facemotion import cache
from facemotion.download import captions
from facemotion.download.session import Session
from facemotion.errors import SourceError
from facemotion.records import Caption

_THUMBNAIL_PX = 640
_BROKEN_PICTURE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def thumbnail(session: Session, info: dict[str, Any], build: Path, notes: list[str]) -> Path | None:
    """The site's preview picture as a JPEG of at most 640 pixels; None when there is none."""
    if not info.get("thumbnail"):
        return None
    path = build / "thumbnail.jpg"
    try:
        data = session.get(info["thumbnail"], dict(info.get("http_headers") or {}))
        picture = _small_jpeg(data)
    except (YoutubeDLError, SourceError, *_BROKEN_PICTURE):
        notes.append("The thumbnail could not be fetched.")
        return None
    cache.write_bytes(path, picture)
    return path


def read_captions(
    session: Session, info: dict[str, Any], language: str, build: Path, notes: list[str]
) -> tuple[Caption, ...]:
    """The captions of a video, on the clock of the whole video; empty when there are none."""
    track = captions.choose(info, language)
    if track is None:
        return ()
    try:
        text = _caption_text(session, info, track.entry, build)
        lines = captions.parse(text, track.entry["ext"])
    except (YoutubeDLError, SourceError, OSError, ValueError, TypeError, AttributeError):
        notes.append(f"The captions ({track.language}) could not be fetched.")
        return ()
    if lines and track.automatic:
        notes.append(f"The captions ({track.language}) are the site's speech recognition.")
    return lines


def _small_jpeg(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
    small.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


def _caption_text(
    session: Session, info: dict[str, Any], entry: Mapping[str, Any], build: Path
) -> str:
    if entry.get("data") is not None:
        return str(entry["data"])
    headers = dict(entry.get("http_headers") or info.get("http_headers") or {})
    if not str(entry.get("protocol") or "").startswith("m3u8"):
        return session.get(entry["url"], headers).decode("utf-8", errors="replace")
    path = build / f"captions.{entry['ext']}"  # a playlist of small files, put together by yt-dlp
    session.dl(str(path), {**entry, "id": info["id"], "http_headers": headers}, subtitle=True)
    return path.read_text(encoding="utf-8", errors="replace")
