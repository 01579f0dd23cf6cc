"""Streams that run while they are looked at: where one is, and its pieces, through the guard.

Everything is asked for by yt-dlp's networking, as downloads are: no address that the guard refuses
is opened, whatever a playlist names.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from yt_dlp.aes import aes_cbc_decrypt_bytes, unpad_pkcs7
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import YoutubeDLError

from facemotion import cache
from facemotion.download import refusals, sources, wording
from facemotion.download.guard import PrivateAddressError
from facemotion.download.session import Log, Session, find_runtime
from facemotion.errors import SourceError
from facemotion.records import Settings

# Of a live stream, HLS is what every site offers; the others are looked at to say what they are.
# The picture alone will do.
FORMAT = "bv*[protocol^=m3u8]/b[protocol^=m3u8]/bv*/b"
GONE = frozenset({401, 403, 404, 410})
"""What servers answer when an address has expired or was never there."""
_DATE = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d$")  # yt-dlp dates the titles of live streams
_CHUNK_BYTES = 1 << 16
MAX_BYTES = 64 * 1000**2
"""No piece of a stream is larger."""


class NotLive(SourceError):
    """There is a video at the address, but a recorded one."""


class LineLost(Exception):
    """A piece could not be had now; ``status`` is the HTTP status, None without an answer."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status

    @property
    def is_gone(self) -> bool:
        """Whether the server answered that there is nothing at this address."""
        return self.status in GONE


@dataclass(frozen=True)
class Broadcast:
    """A live stream: the address of its playlist, good for some hours."""

    title: str
    site: str
    webpage_url: str
    playlist_url: str


class Line:
    """The connection to one live stream, to be closed; for one thread.

    ``tick`` is called often; what it raises stops the work. A silent server is given up on after
    ``timeout_s``.
    """

    def __init__(
        self, url: str, settings: Settings, timeout_s: float, tick: Callable[[], None]
    ) -> None:
        self._url, self._timeout_s, self._tick = url, timeout_s, tick
        self._log = Log()
        self._headers: dict[str, str] = {}
        self._session = Session(settings, self._log, tick, not settings.allow_private_urls)
        self._session.format_selector = self._session.build_format_selector(FORMAT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def look_up(self) -> Broadcast:
        """Where the stream is now.

        Raises ``NotLive`` for a recording, ``SourceError`` for what is no stream or cannot be had.
        """
        if sources.is_youtube(self._url) and find_runtime() is None:
            raise SourceError(wording.NO_RUNTIME)
        with refusals.translated(self._url, self._log.warnings, Path()):
            info = self._session.look_up(self._url)
        title = _DATE.sub("", str(info.get("title") or "").strip()) or sources.name_of(self._url)
        if info.get("live_status") == "is_upcoming":
            raise SourceError(f"'{title}' has not begun yet. Come back when it is live.")
        if not info.get("is_live"):
            raise NotLive(
                f"'{title}' is a recording, not a live stream. Analyse it as any video: on the "
                "page Analyse, or with 'python -m facemotion analyze'."
            )
        if not str(info.get("protocol") or "").startswith("m3u8"):
            raise SourceError(
                f"'{title}' is live, but not as HLS, which is what can be followed. Give the "
                "address of a playlist that ends in .m3u8."
            )
        self._headers = dict(info.get("http_headers") or {})
        return Broadcast(
            title=title,
            site=sources.host(self._url),
            webpage_url=sources.without_password(info.get("webpage_url") or self._url),
            playlist_url=str(info["url"]),
        )

    def get(
        self,
        url: str,
        byte_range: tuple[int, int] | None = None,
        within_s: float | None = None,
    ) -> bytes:
        """The bytes at an address, ``within_s`` seconds in all.

        Raises ``LineLost`` when they cannot be had now, ``SourceError`` for a private address.
        """
        headers = dict(self._headers)
        if byte_range is not None:
            headers["Range"] = f"bytes={byte_range[0]}-{byte_range[1] - 1}"
        request = Request(url, headers=headers, extensions={"timeout": self._timeout_s})
        until = time.monotonic() + (within_s or self._timeout_s)
        try:
            with contextlib.closing(self._session.urlopen(request)) as response:
                data = self._read(response, until)
                whole = byte_range is not None and response.status == 200
        except (YoutubeDLError, OSError) as error:
            raise _lost(error, url) from error
        return data[slice(*byte_range)] if whole and byte_range is not None else data

    def decrypted(self, data: bytes, key_url: str, iv: bytes) -> bytes:
        """A segment in the clear: AES-128 in CBC mode (RFC 8216, 4.3.2.4)."""
        key = self.get(key_url)
        try:
            return bytes(unpad_pkcs7(aes_cbc_decrypt_bytes(data, key, iv)))
        except (ValueError, IndexError, AssertionError) as error:
            raise LineLost("The key does not fit the piece.") from error

    def _read(self, response: object, until: float) -> bytes:
        """The body, unless it takes too long or has no end."""
        pieces: list[bytes] = []
        size = 0
        while piece := response.read(_CHUNK_BYTES):  # type: ignore[attr-defined]  # yt-dlp's
            self._tick()
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BYTES:
                raise LineLost(f"A piece is larger than {cache.megabytes(MAX_BYTES)}.")
            if time.monotonic() > until:
                raise LineLost("A piece took too long to come.")
        return b"".join(pieces)


def _lost(error: YoutubeDLError | OSError, url: str) -> Exception:
    """What an error of the network means for a stream."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, PrivateAddressError):
            return SourceError(str(inner))
        if isinstance(inner, HTTPError):
            return LineLost(str(refusals.refusal(error, url, (), Path())), inner.status)
        inner = inner.__cause__
    return LineLost(str(refusals.refusal(error, url, (), Path())))
