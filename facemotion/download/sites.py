"""Videos on sites: look one up, decide whether it is acceptable, fetch it or a part of it."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facemotion.download import extras, limits, ranges, refusals, sources, wording
from facemotion.download.session import Log, Session, find_runtime
from facemotion.download.transfer import Received, Transfer
from facemotion.errors import SourceError
from facemotion.records import Caption, OnProgress, Progress, Settings


@dataclass(frozen=True)
class Fetched:
    """A video as it was got, its files in the folder where it is built."""

    received: Received
    title: str
    uploader: str | None
    duration_s: float | None
    webpage_url: str
    site: str
    thumbnail: Path | None
    captions: tuple[Caption, ...]
    notes: tuple[str, ...]


def fetch(url: str, settings: Settings, build: Path, on_progress: OnProgress) -> Fetched:
    """Fetch the one video at ``url`` into the folder ``build``, going on from what is there.

    Raises ``SourceError`` or ``StorageError`` with what to do, or what ``on_progress`` raises.
    """
    if sources.is_youtube(url) and find_runtime() is None:
        raise SourceError(wording.NO_RUNTIME)
    log, notes = Log(), list[str]()
    tick = _listener(on_progress, f"Looking for the video on {sources.host(url)}")
    with (
        refusals.translated(url, log.warnings, build),
        Session(settings, log, tick, not settings.allow_private_urls) as session,
    ):
        info = session.look_up(url)
        limits.require_acceptable(info, settings, build)
        received = _receive(
            Transfer(session, info, settings, build, on_progress), info, settings, notes
        )
        thumbnail = extras.thumbnail(session, info, build, notes)
        lines = extras.read_captions(session, info, settings.caption_language, build, notes)
    if log.skipped_fragments:
        notes.append(f"{log.skipped_fragments} pieces of the video could not be fetched.")
    duration = info.get("duration") or received.duration_s
    if duration:  # a site may not say how long a video is; the file does
        limits.require_length(duration, settings, f"'{info.get('title')}'")
    return Fetched(
        received=received,
        title=_title(info) or sources.name_of(url),
        uploader=info.get("uploader") or info.get("channel"),
        duration_s=duration,
        webpage_url=sources.without_password(info.get("webpage_url") or url),
        site=_site(info, url),
        thumbnail=thumbnail,
        captions=lines,
        notes=tuple(notes),
    )


def _title(info: dict[str, Any]) -> str:
    title = str(info.get("title") or "").strip()
    if info.get("extractor_key") == "HTML5MediaEmbed":
        title = title.removesuffix(" (1)")  # yt-dlp numbers the videos of a page, a single one too
    return title


def _site(info: dict[str, Any], url: str) -> str:
    """yt-dlp's name of a site that it knows, or the host."""
    if info.get("extractor_key") in (None, "Generic", "HTML5MediaEmbed"):
        return sources.host(url)
    return re.sub(r"[: ].*", "", str(info["extractor"])).lower()


def _receive(
    transfer: Transfer, info: dict[str, Any], settings: Settings, notes: list[str]
) -> Received:
    """The wanted part where that can be had, otherwise the whole."""
    if not settings.start_s and settings.end_s is None:
        return transfer.whole()
    try:
        if not limits.sends_ranges(info):
            raise ranges.CannotCut("the site sends it in pieces")
        return transfer.part()
    except ranges.CannotCut as reason:
        notes.append(f"The whole video was downloaded, not only the range: {reason}.")
        return transfer.whole()


def _listener(on_progress: OnProgress, text: str) -> Any:
    """Lets the caller stop the work while nothing can be counted yet, ten times a second."""
    last = -math.inf

    def tick() -> None:
        nonlocal last
        if time.monotonic() - last > 0.1:
            last = time.monotonic()
            on_progress(Progress("download", unit="bytes", text=text))

    return tick
