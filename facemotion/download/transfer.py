"""The bytes of one video: the whole of it by yt-dlp, or only a range; both go on after a kill."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any, NamedTuple

from yt_dlp.downloader import get_suitable_downloader
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import parse_http_range

from facemotion import cache
from facemotion.download import limits, local, ranges
from facemotion.download.session import RETRIES, Session
from facemotion.errors import SourceError
from facemotion.records import OnProgress, Progress, Settings


class Received(NamedTuple):
    """A video file, how many bytes were sent for it, where it starts and how long the whole is."""

    path: Path
    n_bytes: int
    offset_s: float = 0.0
    duration_s: float | None = None


class _ChangedOnServer(Exception):
    """What is there of a file belongs to another version of it."""


class Transfer:
    """One video on its way into the folder ``build``; ``info`` is yt-dlp's, its format chosen."""

    def __init__(
        self,
        session: Session,
        info: dict[str, Any],
        settings: Settings,
        build: Path,
        on_progress: OnProgress,
    ) -> None:
        self._session, self._info, self._settings = session, info, settings
        self._build, self._on_progress = build, on_progress
        self._title = str(info.get("title") or "video")
        self._name = f"'{self._title}'"
        extension = re.sub(r"[^a-z0-9]", "", str(info.get("ext")).lower())[:5] or "mp4"
        form = cache.slug(str(info.get("format_id") or 0))
        # The format is in the name, so that a run which gets another one does not go on from it.
        self._target = build / f"video-{form}.{extension}"
        self._checked = False

    def whole(self) -> Received:
        """Fetch the whole file. Raises ``SourceError`` when it is too large or no video."""
        before = self._bytes_here()
        try:
            self._download()
        except _ChangedOnServer:
            self._discard()
            before = 0
            self._download()
        if not self._target.exists() or not self._target.stat().st_size:
            raise SourceError(f"{self._name} is empty. Check the address, or try again later.")
        what = local.looks_like(self._target)
        if what is not None:
            self._discard()
            raise SourceError(f"{self._name} is {what}, not a video. Give the video's own address.")
        n_bytes = max(0, self._target.stat().st_size - before)
        path = ranges.rewrap(self._target)
        with path.open("rb") as file:
            return Received(path, n_bytes, 0.0, ranges.duration_s(file))

    def part(self) -> Received:
        """Fetch only the wanted range; raises ``ranges.CannotCut`` where that cannot be done."""
        remote = ranges.RemoteFile(self._fetch_range, self._build)
        with contextlib.closing(remote):
            duration = self._info.get("duration") or ranges.duration_s(remote)
            if duration:
                limits.require_length(duration, self._settings, self._name)
            cut = ranges.cut(
                remote, self._build / "part", self._settings.start_s or 0.0, self._settings.end_s
            )
            return Received(cut.path, remote.fetched_bytes, cut.offset_s, duration)

    def _download(self) -> None:
        info, params = dict(self._info), self._session.params
        downloader = get_suitable_downloader(info, params)(self._session, params)
        open_file, files = downloader.sanitize_open, list[Any]()

        def remember(*args: Any) -> Any:
            file, name = open_file(*args)
            files.append(file)
            return file, name

        downloader.sanitize_open = remember
        downloader.add_progress_hook(self._hook)
        try:
            downloader.download(str(self._target), info)
        finally:
            for file in files:  # which yt-dlp leaves open when a stream of pieces is stopped
                if not file.closed:
                    file.close()

    def _fetch_range(self, start: int, stop: int, done: int) -> tuple[bytes, int]:
        limits.require_size(done, self._settings.max_bytes, f"The range of {self._name}")
        self._on_progress(Progress("download", done, None, "bytes", self._title, self._title))
        headers = {
            **(self._info.get("http_headers") or {}),
            "Accept-Encoding": "identity",
            "Range": f"bytes={start}-{stop - 1}",
        }
        for tries_left in reversed(range(RETRIES)):
            try:
                return self._answer(Request(self._info["url"], headers=headers), start, stop)
            except HTTPError as error:
                if error.status == 416:
                    raise ranges.CannotCut("the server sends no such range") from error
                raise
            except TransportError:
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _answer(self, request: Request, start: int, stop: int) -> tuple[bytes, int]:
        with contextlib.closing(self._session.urlopen(request)) as response:
            first, _, size = parse_http_range(response.headers.get("Content-Range"))
            if response.status != 206 or first != start or not size:
                raise ranges.CannotCut("the server sends no ranges")
            wanted, data = min(stop, size) - start, b""
            while len(data) < wanted and (piece := response.read(wanted - len(data))):
                data += piece
        if len(data) < wanted:
            raise TransportError("the answer broke off")
        return data, size

    def _hook(self, status: dict[str, Any]) -> None:
        """yt-dlp's progress: checks the size as soon as it is known, passes the rest on."""
        total = status.get("total_bytes")
        done = status.get("downloaded_bytes") or 0
        try:
            limits.require_size(max(done, total or 0), self._settings.max_bytes, self._name)
        except SourceError:
            self._discard()
            raise
        if total and status.get("status") == "downloading" and not self._checked:
            self._checked = True
            self._require_same(total)
            cache.require_space(self._build, total - done)
        total = total or status.get("total_bytes_estimate")
        self._on_progress(Progress("download", done, total, "bytes", self._title, self._title))

    def _require_same(self, total: int) -> None:
        """Compare the file's size with that which an interrupted run saw, if there was one."""
        note = self._target.with_name(f"{self._target.name}.size")
        if note.exists() and note.read_text() != str(total):
            raise _ChangedOnServer
        cache.write_text(note, str(total))

    def _bytes_here(self) -> int:
        return sum(path.stat().st_size for path in self._pieces() if path.suffix != ".size")

    def _discard(self) -> None:
        for path in self._pieces():
            path.unlink(missing_ok=True)

    def _pieces(self) -> list[Path]:
        return list(self._build.glob(f"{self._target.name}*"))
