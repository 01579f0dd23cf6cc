"""What yt-dlp and the network say when something cannot be had, turned into one line that helps.

By class first, by text only where yt-dlp has no class for a case.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

from yt_dlp.networking.exceptions import (
    HTTPError,
    IncompleteRead,
    ProxyError,
    RequestError,
    SSLError,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    GeoRestrictedError,
    UnsupportedError,
    UserNotLive,
    YoutubeDLError,
)

from facemotion import cache
from facemotion.download import sources, wording
from facemotion.download.guard import PrivateAddressError
from facemotion.errors import FacemotionError, SourceError

# What extractors raise by mistake when a site has changed; yt-dlp lets these through.
_EXTRACTOR_SLIPS = (ValueError, TypeError, LookupError, AttributeError, AssertionError)


@contextlib.contextmanager
def translated(url: str, warnings: Iterable[str], folder: Path) -> Iterator[None]:
    """Turn what yt-dlp and the network raise inside the block into ``SourceError``.

    ``warnings`` is what yt-dlp has said meanwhile; it holds the reason when YouTube's formats are
    missing for want of a JavaScript runtime. A full disk comes out as ``StorageError``.
    """
    try:
        yield
    except RecursionError as error:
        raise SourceError(
            _fill("{site}'s pages lead on to each other without end. ", url)
            + "Give the address of the video itself."
        ) from error
    except (YoutubeDLError, OSError, *_EXTRACTOR_SLIPS) as error:
        raise refusal(error, url, tuple(warnings), folder) from error


def refusal(
    error: BaseException, url: str, warnings: tuple[str, ...], folder: Path
) -> FacemotionError:
    """The error of ours that says what an error of yt-dlp's means to a user."""
    chain = _chain(error)
    for inner in chain:
        if isinstance(inner, FacemotionError):
            return inner
        if isinstance(inner, OSError) and not isinstance(inner, _NETWORK):
            try:
                with cache.storage_errors(folder):
                    raise inner
            except FacemotionError as storage:
                return storage
            except OSError:
                continue
    text = _by_class(chain) or _by_text(chain, warnings) or _rest(error)
    return SourceError(_fill(text, url))


_NETWORK = (ConnectionError, TimeoutError, socket.gaierror, ssl.SSLError)


def _chain(error: BaseException) -> list[BaseException]:
    """An error and everything that led to it, the nearest first."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop(0)
        if not isinstance(item, BaseException) or item in found:
            continue
        found.append(item)
        info = getattr(item, "exc_info", None) or (None, None, None)
        waiting += [getattr(item, "cause", None), info[1], item.__cause__, item.__context__]
        waiting.append(getattr(item, "reason", None))  # of a urllib.error.URLError
    return found


def _by_class(chain: list[BaseException]) -> str | None:
    for error in chain:
        if isinstance(error, PrivateAddressError):
            return str(error)
        if isinstance(error, GeoRestrictedError):
            return "{site} does not show this video in your country. " + wording.GIVE_FILE
        if isinstance(error, UserNotLive):
            return "Nobody is live at this address on {site}. Give a recorded video."
        if isinstance(error, UnsupportedError):
            return wording.NO_VIDEO
        if isinstance(error, HTTPError):
            return _by_text(chain, ()) or _by_status(error)
        if isinstance(error, (IncompleteRead, ContentTooShortError)):
            return "The connection to {site} broke off. Try again: it goes on where it stopped."
        if isinstance(error, SSLError):
            return "{site} could not prove who it is (TLS: " + _short(error) + "). Check the URL."
        if isinstance(error, ProxyError):
            return "The proxy did not let {site} through. Check the proxy settings."
        if isinstance(error, TransportError):
            return _by_cause(chain)
        if isinstance(error, RequestError):
            return "{site} cannot be asked for this (" + _short(error) + "). Check the URL."
    return None


def _by_status(error: HTTPError) -> str:
    if error.redirect_loop:
        return "{site} redirects without end. Give the address of the video itself."
    if error.status in wording.STATUS:
        return wording.STATUS[error.status]
    if error.status >= 500:
        return f"{{site}} has a fault of its own (HTTP {error.status}). Try again later."
    return f"{{site}} refused (HTTP {error.status}). Check the URL."


def _by_cause(chain: list[BaseException]) -> str:
    """Why there was no connection; the operating system's error is somewhere in the chain."""
    for error in chain:
        if isinstance(error, socket.gaierror) or _says(error, "failed to resolve"):
            return "{site} was not found. Check the spelling and your connection."
        if isinstance(error, ConnectionRefusedError) or _says(error, "connection refused"):
            return "{site} refuses connections. Check the address, or try again later."
        if isinstance(error, TimeoutError) or _says(error, "timed out"):
            return "{site} did not answer in time. Try again later."
        if isinstance(error, ConnectionError):
            return "The connection to {site} broke off. Try again: it goes on where it stopped."
    return "{site} could not be reached (" + _short(chain[0]) + "). Check your connection."


def _by_text(chain: list[BaseException], warnings: tuple[str, ...]) -> str | None:
    words = [_short(error) for error in chain if isinstance(error, YoutubeDLError)]
    said = " ".join(text for text in words if "HTTP Error" not in text)
    for pattern, text in wording.TEXTS:
        if re.search(pattern, said, re.IGNORECASE):
            if text in (wording.BOT, wording.NO_PICTURE) and _lacked_runtime(warnings):
                return wording.NO_RUNTIME
            return text
    return None


def _lacked_runtime(warnings: tuple[str, ...]) -> bool:
    return any("JavaScript runtime" in warning for warning in warnings)


def _rest(error: BaseException) -> str:
    if isinstance(error, YoutubeDLError):
        return "{site}'s video could not be read (" + _short(error) + "). " + wording.OUTDATED
    slip = f"{type(error).__name__}: {_short(error)}"
    return "yt-dlp stumbled over {site} (" + slip + "). " + wording.OUTDATED


def _short(error: BaseException) -> str:
    """yt-dlp's words on one line, without its prefixes, colours and its request for bug reports."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split("; please report this issue")[0]
    text = re.sub(r"^ERROR:\s*", "", text.strip())
    text = re.sub(r"^\[[^\]]+\]\s*(\S+:\s)?", "", text)
    return re.split(r"\s*\(caused by |\n", text)[0].rstrip(". ")[:200]


def _says(error: BaseException, words: str) -> bool:
    return words in str(error).lower()


def _fill(text: str, url: str) -> str:
    return text.replace("{site}", sources.host(url) or url)
