"""How the report writes times, numbers and addresses."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

from facemotion import palette


def clock(time_s: float) -> str:
    """``m:ss``, with tenths only where there are some.

    >>> clock(83.0), clock(83.4)
    ('1:23', '1:23.4')
    """
    return palette.clock(time_s).removesuffix(".0")


def signed(value: float | None) -> str:
    """``+0.31`` or ``−0.20``; "" for what was not measured."""
    return "" if value is None else f"{value:+.2f}".replace("-", "−")


def percent(value: float | None) -> str:
    """Whole percent, or a dash."""
    return "–" if value is None else palette.percent(value)


def moment_of(iso: str) -> str:
    """A time of day as ``2026-11-21 15:37 UTC``; as it stands when it is no ISO 8601.

    >>> moment_of("2026-11-21T15:37:59+00:00")
    '2026-11-21 15:37 UTC'
    """
    try:
        at = datetime.datetime.fromisoformat(iso).astimezone(datetime.UTC)
    except ValueError:
        return iso
    return f"{at:%Y-%m-%d %H:%M} UTC"


def web_link(url: str | None) -> str | None:
    """The address if it leads to the web and holds no password; None for any other.

    >>> web_link("javascript:alert(1)") is web_link("https://me:secret@example.org/") is None
    True
    """
    try:
        parts = urlsplit(url or "")
        is_web = parts.scheme in ("http", "https") and parts.hostname and not parts.username
    except ValueError:
        return None
    return url if is_web else None
