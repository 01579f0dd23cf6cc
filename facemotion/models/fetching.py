"""One file of weights from the internet to the disk: resumed, verified, complete or not at all.

pooch decides, verifies and renames; the bytes are fetched here, so that a broken transfer goes on
where it stopped, in this run or in a later one.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pooch
import requests

from facemotion import __version__, cache
from facemotion.models import hashes
from facemotion.models.files import File
from facemotion.models.litert import file_sha256
from facemotion.models.parts import Part
from facemotion.records import OnProgress, Progress

CONNECT_S, SILENCE_S = 15.0, 30.0
PAUSES_S = (0.5, 1.0, 2.0)
"""Before each further attempt when a transfer has broken off."""

_BLOCK_BYTES = 8 * 1024
"""Small: the last block of a transfer that breaks off is lost, and a slow one can be stopped."""
_WEB_PAGE = (b"<!doctype", b"<html")


class Failed(Exception):
    """No address gives the file: what each of them said; ``differs`` if one sent another file."""

    def __init__(self, said: list[str], differs: bool) -> None:
        super().__init__("; ".join(said))
        self.differs = differs


class _Refused(Exception):
    """An address does not give the file; the text says why, after the name of the host."""


class _Differs(_Refused):
    """What came is not the file that is known."""


class _Dropped(Exception):
    """The transfer broke off, and may be taken up again."""


def fetch(file: File, target: Path, on_progress: OnProgress) -> None:
    """Download one file to ``target``, from the first of its addresses that has it.

    What has come stays in ``<target>.part`` when the transfer breaks off or ``on_progress`` raises.
    Raises ``Failed`` with what every address said.
    """
    part = Part(target)
    said, differs = [], False
    for url in sorted(file.urls, key=lambda url: url != part.url):  # the one to go on with first
        try:
            _retrieve(url, file, target, Transfer(url, file, target, part, on_progress))
            return
        except _Refused as refused:
            said.append(f"{urlsplit(url).hostname}: {refused}")
            differs = differs or isinstance(refused, _Differs)
    raise Failed(said, differs)


def _retrieve(url: str, file: File, target: Path, transfer: Transfer) -> None:
    known = file.sha256 or hashes.pinned(target)
    if known is None:  # pooch would have nothing to compare, and keep what is there
        target.unlink(missing_ok=True)
    pooch.get_logger().setLevel(logging.WARNING)
    pooch.retrieve(
        url,
        None if known is None else f"sha256:{known}",
        target.name,
        target.parent,
        downloader=transfer,
    )


class Transfer:
    """One file on its way from one address, as pooch calls its downloaders."""

    def __init__(
        self, url: str, file: File, target: Path, part: Part, on_progress: OnProgress
    ) -> None:
        self._url, self._file, self._target, self._part = url, file, target, part
        self._on_progress = on_progress
        self._has_begun = False

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Bring the whole, verified file to ``output_file``; ``_Refused`` when that cannot be."""
        resumed = self._part.is_of(self._url)
        self._complete()
        wrong = self._wrong()
        if wrong and resumed:  # what an earlier run left may have been of another file
            self._part.discard()
            self._complete()
            wrong = self._wrong()
        if wrong:
            self._part.discard()
            raise _Differs(f"{wrong}; nothing of it was kept")
        if self._file.sha256 is None and self._file.git_blob is None:
            hashes.pin(self._target, file_sha256(self._part.path))
        self._part.become(Path(output_file))

    def _wrong(self) -> str | None:
        with self._part.path.open("rb") as file:
            first = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if not first:
            return "an empty file"
        if first.startswith(_WEB_PAGE):
            return "a web page instead of the file"
        return hashes.difference(self._part.path, self._file, hashes.pinned(self._target))

    def _complete(self) -> None:
        """Ask, and ask again from where it broke off, until everything is there."""
        for pause_s in (*PAUSES_S, None):
            self._tell()
            if self._part.is_whole(self._url):
                return
            try:
                return self._ask()
            except _Dropped as dropped:
                if pause_s is None:
                    raise _Refused(str(dropped)) from dropped
                time.sleep(pause_s)

    def _ask(self) -> None:
        headers = {"Accept-Encoding": "identity", "User-Agent": f"facemotion/{__version__}"}
        if self._part.is_of(self._url):
            headers["Range"] = f"bytes={self._part.n_bytes}-"
            if self._part.version:
                headers["If-Range"] = self._part.version
        try:
            with requests.get(
                self._url, headers=headers, stream=True, timeout=(CONNECT_S, SILENCE_S)
            ) as answer:
                self._take(answer)
        except requests.RequestException as error:
            kind = _Dropped if self._has_begun else _Refused
            raise kind(_reason(error)) from error

    def _take(self, answer: requests.Response) -> None:
        """Write the body of an answer behind what is there, or anew."""
        status, headers = answer.status_code, answer.headers
        if status == 416 or (status == 206 and not self._goes_on(headers)):
            self._part.discard()
            raise _Dropped("the file has changed there")
        if status not in (200, 206):
            raise _Refused(f"HTTP {status}")
        if headers.get("Content-Type", "").startswith("text/html"):
            raise _Refused("a web page instead of the file")
        begun = self._part.n_bytes if status == 206 else 0
        total = self._part.total if status == 206 else self._stated(headers)
        if total is not None:
            cache.require_space(self._target.parent, total - begun)
        self._has_begun = True
        with self._part.go_on() if begun else self._part.begin(self._url, headers, total) as file:
            done = begun
            for block in answer.iter_content(_BLOCK_BYTES):
                file.write(block)
                done += len(block)
                self._on_progress(Progress("download", done, total, "bytes", self._target.name))
                if total is not None and done > total:
                    return  # whatever it is, it is not the file
        if total is not None and done < total:
            raise _Dropped(f"{cache.megabytes(done)} of {cache.megabytes(total)} came")

    def _goes_on(self, headers: Mapping[str, str]) -> bool:
        """Whether an answer begins where the part ends."""
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        here = (str(self._part.n_bytes), str(self._part.total))
        return self._part.is_of(self._url) and found is not None and found.groups() == here

    def _stated(self, headers: Mapping[str, str]) -> int | None:
        """The size that the server or the publisher states; ``_Refused`` where they contradict.

        Without any, a file that broke off could not be told from a whole one.
        """
        length = headers.get("Content-Length", "")
        if not length and "chunked" not in headers.get("Transfer-Encoding", ""):
            raise _Refused("it does not say how large the file is")
        is_plain = headers.get("Content-Encoding", "identity") == "identity"
        total = int(length) if is_plain and length.isdecimal() else None
        expected = self._file.n_bytes
        if expected is not None and total not in (None, expected):
            raise _Differs(f"{total:,} bytes, expected {expected:,}; nothing of it was kept")
        return expected if total is None else total

    def _tell(self) -> None:
        here = self._part.is_of(self._url)
        done, total = (self._part.n_bytes, self._part.total) if here else (0, self._file.n_bytes)
        self._on_progress(Progress("download", done, total, "bytes", self._target.name))


def _reason(error: requests.RequestException) -> str:
    """What happened, in words; the library's own text is long, and names its classes."""
    text = str(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {CONNECT_S:g} s"
    if isinstance(error, requests.exceptions.Timeout) or "Read timed out" in text:
        return f"silent for {SILENCE_S:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached"
    if "NameResolutionError" in text:
        return "its name is not known here, is there a network?"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the transfer broke off"
    return "it cannot be reached, is there a network?"
