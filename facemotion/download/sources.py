"""What a source names: a file on this machine or a URL, each with one normal form and one name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from facemotion import cache
from facemotion.errors import SourceError

_YOUTUBE_HOSTS = {
    f"{prefix}{site}"
    for site in ("youtube.com", "youtube-nocookie.com")
    for prefix in ("", "www.", "m.", "music.")
} | {"youtu.be", "www.youtu.be"}
_WITHOUT_SCHEME = re.compile(r"(?i)(www\.|(m\.)?youtube\.com/|youtu\.be/|vimeo\.com/)")
_YOUTUBE_PATH = re.compile(r"/(?:shorts|embed|live|v)/([\w-]{11})(?:/|$)")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def locate(source: str) -> Path | str:
    """The absolute path, or the URL in its normal form, that a source names.

    A file that exists is meant as a file, whatever it is called. Raises ``SourceError`` for what
    can be neither.
    """
    text = source.strip()
    if not text:
        raise SourceError("The source is empty. Give the URL of a video or the path of a file.")
    path = os.path.expanduser(text)
    if os.path.exists(path):
        return Path(os.path.abspath(path))
    if _WITHOUT_SCHEME.match(text):
        text = f"https://{text}"
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", text)  # one letter is a Windows drive
    if scheme is None:
        return Path(os.path.abspath(path))
    if scheme[1].lower() == "file":
        raise SourceError("file: addresses are not opened. Give the path of the file itself.")
    if scheme[1].lower() not in _DEFAULT_PORTS:
        raise SourceError(
            f"'{scheme[1]}:' is not an address that can be opened. "
            "Give an http:// or https:// URL or the path of a file."
        )
    return _normal_url(text)


def name_of(url: str) -> str:
    """A readable beginning of the name of a URL's video: host and last piece of the path."""
    name = re.sub(r"[^a-z0-9.-]+", "-", host(url))
    last = youtube_id(url) or urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    piece = cache.slug(last, 40) if last else ""
    return "-".join(filter(None, (name[:48].strip(".-"), piece)))


def host(url: str) -> str:
    """The host of a URL as people write it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def youtube_id(url: str) -> str | None:
    """The eleven characters that name a video on YouTube, when the URL is one of its."""
    parts = urlsplit(url)
    if parts.hostname not in _YOUTUBE_HOSTS:
        return None
    if parts.hostname.endswith("youtu.be"):
        found = re.match(r"/([\w-]{11})(?:/|$)", parts.path)
    elif parts.path.rstrip("/") == "/watch":
        found = re.match(r"([\w-]{11})$", parse_qs(parts.query).get("v", [""])[0])
    else:
        found = _YOUTUBE_PATH.match(parts.path)
    return found[1] if found else None


def is_youtube(url: str) -> bool:
    """Whether a URL is one of YouTube's, a video's or not."""
    return urlsplit(url).hostname in _YOUTUBE_HOSTS


def without_password(url: str) -> str:
    """A URL fit to be shown and stored: a user name and password in it are left out."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _normal_url(text: str) -> str:
    """One spelling for one video: case, default port, time marks and YouTube's many forms."""
    try:
        parts = urlsplit(text)
        name, port = (parts.hostname or "").rstrip("."), parts.port
        name.encode("idna")
    except ValueError as error:
        raise SourceError(f"{text!r} is not a well-formed URL ({error}). Check it.") from error
    if not name or re.search(r"[\s<>\"']", parts.netloc):
        raise SourceError(f"{text!r} names no host. Give a URL like https://example.org/video.")
    identity = youtube_id(text)
    if identity is not None:
        return f"https://www.youtube.com/watch?v={identity}"
    netloc = f"[{name}]" if ":" in name else name
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    user, at, _ = parts.netloc.rpartition("@")
    # "#t=10" only says where to start playing; "#__youtubedl_..." is yt-dlp's inner language.
    fragment = "" if re.match(r"t=|__youtubedl", parts.fragment) else parts.fragment
    return urlunsplit((parts.scheme, user + at + netloc, parts.path or "/", parts.query, fragment))
