"""yt-dlp set up for this job: quiet, without cookies or an ffmpeg binary, and stoppable."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, IncompleteRead

from facemotion import cache
from facemotion.download.guard import PublicOnlyRH
from facemotion.errors import SourceError
from facemotion.records import Settings

TIMEOUT_S = 20.0
"""How long a server may stay silent."""
RETRIES = 5
PAGE_BYTES = 64 * 1000**2
"""No page, playlist or caption file is longer; a video is read in pieces and not counted here."""

_SAME_PAGE = 12
_MOST_OPEN = 32
_CHUNK_BYTES = 1 << 16

# Only what yt-dlp fetches through its own networking: other downloaders are outside programs,
# which neither the address guard nor Cancel reaches.
FORMAT = "bv*[protocol~='^(https?|m3u8(_native)?|http_dash_segments(_generator)?|ism|f4m)$']"


class Log:
    """Takes yt-dlp's messages: warnings are kept, the rest is dropped."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.skipped_fragments = 0

    def debug(self, message: str) -> None:
        self.skipped_fragments += "Skipping fragment" in message

    def warning(self, message: str, **_: Any) -> None:
        self.warnings.append(message)
        self.skipped_fragments += "Skipping fragment" in message

    def error(self, message: str, **_: Any) -> None:
        """The same text comes as an exception."""


class Session(yt_dlp.YoutubeDL):  # type: ignore[misc]
    """yt-dlp for one source.

    ``tick`` is called on every request and now and then while pages are read; what it raises
    stops the work. With ``public_only`` no connection is made to a private address.
    """

    def __init__(
        self, settings: Settings, log: Log, tick: Callable[[], None], public_only: bool
    ) -> None:
        self._tick = tick
        self._public_only = public_only
        self._looking_up = False
        self._asked: Counter[str] = Counter()
        self._open: list[Any] = []
        super().__init__(_options(settings, log))

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        """The means of making requests: one that checks every address, or all that yt-dlp has."""
        if self._public_only:
            return super().build_request_director([PublicOnlyRH])
        return super().build_request_director(handlers, preferences)

    def urlopen(self, req: Any) -> Any:
        """Make a request; while looking a video up, bound its size and break endless circles."""
        self._tick()
        try:
            response = super().urlopen(req)
        except HTTPError as error:
            self._open.append(error.response)
            raise
        self._open = [other for other in self._open if not other.closed] + [response]
        if len(self._open) > _MOST_OPEN:
            self._open.pop(0).close()
        if self._looking_up:
            self._count(req if isinstance(req, str) else req.url)
            _bound(response, self._tick, getattr(req, "method", "GET") != "HEAD")
        return response

    def close(self) -> None:
        """Hang up, in the middle of an answer too, as after Cancel."""
        self._hang_up()
        super().close()

    def _hang_up(self) -> None:
        while self._open:
            self._open.pop().close()

    def look_up(self, url: str) -> dict[str, Any]:
        """What yt-dlp knows about the one video at ``url``, its format chosen, nothing downloaded.

        Raises ``SourceError`` when the address holds several videos.
        """
        self._looking_up = True
        try:
            info = self.extract_info(url, download=False)
            for _ in range(3):  # a page with one video in it comes as a list of one
                if info is None or info.get("_type", "video") == "video":
                    break
                info = self._only_entry(info)
        finally:
            self._looking_up = False
            self._hang_up()
        if not info or not info.get("url"):
            raise SourceError(f"There is no video at {url}. Give the address of the video itself.")
        return dict(info)

    def _only_entry(self, listing: dict[str, Any]) -> dict[str, Any] | None:
        entries = [entry for entry in listing.get("entries") or () if entry]
        if len(entries) != 1:
            what = f"'{listing.get('title') or 'This address'}'"
            held = "is an empty list" if not entries else "holds several videos"
            raise SourceError(f"{what} {held}. Give the address of one video.")
        entry: dict[str, Any] = entries[0]
        if entry.get("_type", "video") == "video" and "url" in entry:
            return entry
        found: dict[str, Any] | None = self.extract_info(
            entry["url"], download=False, ie_key=entry.get("ie_key")
        )
        return found

    def _count(self, url: str) -> None:
        self._asked[url] += 1
        if self._asked[url] > _SAME_PAGE:
            raise SourceError(f"{url} leads back to itself. Give the address of the video itself.")

    def get(self, url: str, headers: dict[str, str] | None = None) -> bytes:
        """A small file, such as a thumbnail."""
        with contextlib.closing(self.urlopen(Request(url, headers=headers or {}))) as response:
            _bound(response, self._tick)
            return bytes(response.read())


def _options(settings: Settings, log: Log) -> dict[str, Any]:
    runtime = find_runtime()
    return {
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "logger": log,
        "cachedir": False,
        "noplaylist": True,
        "extract_flat": "in_playlist",
        "playlistend": 2,
        "format": FORMAT,
        # "res" is the smaller side, so that portrait videos keep their faces. Pictures matter,
        # sound does not: of equals, take H.264, and the one without sound.
        "format_sort": [f"res:{settings.max_height}", "vcodec:h264", "+hasaud"],
        "js_runtimes": {"deno": {"path": runtime} if runtime else {}},
        "ffmpeg_location": str(Path(__file__).with_name("no-ffmpeg")),
        "hls_prefer_native": True,
        "socket_timeout": TIMEOUT_S,
        "retries": RETRIES,
        "fragment_retries": RETRIES,
        "extractor_retries": 1,
        "file_access_retries": 1,
        "continuedl": True,
        "updatetime": False,
    }


def find_runtime() -> str | None:
    """The deno program: that of this Python's environment, active or not, or one on the path."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        import deno  # type: ignore[import-untyped]

        return str(deno.find_deno_bin())
    return shutil.which("deno")


def _bound(response: Any, tick: Callable[[], None], has_body: bool = True) -> None:
    """Make reading the whole of a response stop at ``PAGE_BYTES``, and listen for Cancel."""
    read = response.read
    headers = response.headers
    plain = has_body and not headers.get("Content-Encoding")
    declared = int(headers.get("Content-Length") or 0) if plain else 0
    total = 0

    def bounded(amount: int | None = None) -> bytes:
        nonlocal total
        if amount is not None:
            data = bytes(read(amount))
            total += len(data)
            return data
        return b"".join(pieces())

    def pieces() -> Iterator[bytes]:
        while piece := bounded(_CHUNK_BYTES):
            tick()
            if total > PAGE_BYTES:
                raise SourceError(
                    f"A page on the way to the video is longer than {cache.megabytes(PAGE_BYTES)}. "
                    "Give the address of the video itself."
                )
            yield piece
        if total < declared:
            raise IncompleteRead(partial=total, expected=declared - total)

    response.read = bounded
