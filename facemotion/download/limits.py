"""What is too long or too large, or live: refused before it is downloaded where that is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from facemotion import cache
from facemotion.errors import SourceError
from facemotion.records import Settings


def require_acceptable(info: dict[str, Any], settings: Settings, build: Path) -> None:
    """Refuse by what a site says of a video (yt-dlp's ``info``), before anything is sent.

    Raises ``SourceError``, or ``StorageError`` when the disk that holds ``build`` is too small.
    """
    name = f"'{info.get('title') or info['url']}'"
    if info.get("is_live") or info.get("live_status") in ("is_live", "is_upcoming"):
        raise SourceError(
            f"{name} is a live stream. Watch it on the page Live or with "
            "'python -m facemotion live', or come back when the recording is up."
        )
    duration, share = info.get("duration"), 1.0
    if duration:
        require_length(duration, settings, name)
        if sends_ranges(info):
            share = _asked_s(duration, settings, name) / duration
    size = info.get("filesize") or info.get("filesize_approx")
    if size:
        require_size(size * share, settings.max_bytes, name)
        cache.require_space(build, int(size * share))


def require_length(duration_s: float, settings: Settings, name: str) -> None:
    """Raise ``SourceError`` when more is asked of a video that long than the limit allows."""
    asked = _asked_s(duration_s, settings, name)
    if asked > settings.max_duration_s:
        raise SourceError(
            f"{name} is {_clock(asked)} long, over the limit of "
            f"{_clock(settings.max_duration_s)}. Choose a part with --start and --end, "
            "or raise the limit (--max-hours, or the limits under Measuring)."
        )


def require_size(n_bytes: float, max_bytes: int, name: str) -> None:
    """Raise ``SourceError`` when that many bytes are more than the limit."""
    if n_bytes > max_bytes:
        raise SourceError(
            f"{name} has {cache.megabytes(n_bytes)}, over the limit of "
            f"{cache.megabytes(max_bytes)}. Choose a lower max_height or a part with --start and "
            "--end, or raise the limit (--max-gb, or the limits under Measuring)."
        )


def sends_ranges(info: dict[str, Any]) -> bool:
    """Whether a format is one file behind HTTP, of which a part can be asked for."""
    return info.get("protocol") in ("http", "https") and not info.get("fragments")


def _asked_s(duration_s: float, settings: Settings, name: str) -> float:
    """The seconds that the settings ask for, of a video that long."""
    start = settings.start_s or 0.0
    if start >= duration_s:
        raise SourceError(
            f"The range starts at {start:g} s, but {name} is only {duration_s:.1f} s long. "
            "Give an earlier start."
        )
    return min(settings.end_s or duration_s, duration_s) - start


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, rest = divmod(round(seconds), 3600)
    clock = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{clock} h" if hours else f"{clock} min"
