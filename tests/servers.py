"""Local stand-ins for the sites that videos come from: they serve, misbehave and count.

with VideoServer() as server:
    url = server.file("/clip.mp4", Path("clip.mp4"))
    ...
    assert server.count("/clip.mp4") == 1
"""

from __future__ import annotations

import contextlib
import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np

_BLOCK_BYTES = 16 * 1024


@dataclass(frozen=True)
class Asked:
    """One request that reached the server."""

    method: str
    path: str
    range: str | None = None
    authorized: bool = False


@dataclass
class Answer:
    """What a path answers with; see ``VideoServer.file`` for the ways to misbehave."""

    body: bytes = b""
    content_type: str = "application/octet-stream"
    status: int = 200
    location: str | None = None
    ranges: bool = True
    bytes_per_s: float | None = None
    cut_after: int | None = None
    cuts: int = 0
    declared_length: int | None = None
    delay_s: float = 0.0
    etag: str | None = None
    says_length: bool = True


class VideoServer:
    """A web server on a free port of this machine, for as long as the ``with`` block lasts.

    ``requests`` lists what was asked; ``sent`` counts body bytes by path.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[Asked] = []
        self.sent: dict[str, int] = {}
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Server((host, 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def count(self, path: str | None = None) -> int:
        """How many requests reached the server, or reached one path of it."""
        return sum(path in (None, asked.path) for asked in self.requests)

    def forget(self) -> None:
        """Start the counts anew."""
        with self.lock:
            self.requests.clear()
            self.sent.clear()

    def file(
        self,
        path: str,
        body: bytes | Path,
        content_type: str = "video/mp4",
        *,
        ranges: bool = True,
        bytes_per_s: float | None = None,
        cut_after: int | None = None,
        cuts: int = 1,
        declared_length: int | None = None,
        delay_s: float = 0.0,
        etag: str | None = None,
        says_length: bool = True,
    ) -> str:
        """Serve bytes or a file, and return its URL.

        ``bytes_per_s`` slows it down; the first ``cuts`` answers end after ``cut_after`` bytes;
        ``declared_length`` lies about the length; ``delay_s`` waits before the answer; ``etag``
        names the version, which ``If-Range`` asks for.
        """
        data = body.read_bytes() if isinstance(body, Path) else body
        self.answers[path] = Answer(
            data,
            content_type,
            ranges=ranges,
            bytes_per_s=bytes_per_s,
            cut_after=cut_after,
            cuts=cuts if cut_after is not None else 0,
            declared_length=declared_length,
            delay_s=delay_s,
            etag=etag,
            says_length=says_length,
        )
        return self.url(path)

    def page(self, path: str, html: str, delay_s: float = 0.0) -> str:
        """Serve a web page, and return its URL."""
        self.answers[path] = Answer(html.encode(), "text/html; charset=utf-8", delay_s=delay_s)
        return self.url(path)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Answer with a redirect to a path or a URL, and return the URL of the redirect."""
        self.answers[path] = Answer(status=status, location=location)
        return self.url(path)

    def error(self, path: str, status: int) -> str:
        """Answer with an HTTP error, and return the URL."""
        self.answers[path] = Answer(b"no", "text/plain", status=status)
        return self.url(path)

    def folder(self, prefix: str, folder: Path, **options: float) -> None:
        """Serve every file of a folder below ``prefix``; options as in ``file``."""
        for item in sorted(folder.iterdir()):
            kind = _CONTENT_TYPES.get(item.suffix, "application/octet-stream")
            self.file(f"{prefix}/{item.name}", item, kind, **options)  # type: ignore[arg-type]


_CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".gif": "image/gif",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
    ".html": "text/html",
}


class _Server(ThreadingHTTPServer):
    owner: VideoServer
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        # As on a real network: what a client does not want is mostly not on its way yet.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _BLOCK_BYTES)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at ``requests``."""

    def _answer(self, with_body: bool) -> None:
        owner = self.server.owner
        self.close_connection = True
        path = self.path.split("?")[0]
        asked = self.headers.get("Range")
        with owner.lock:
            owner.requests.append(Asked(self.command, path, asked, "Authorization" in self.headers))
            answer = owner.answers.get(path) or owner.answers.get(self.path) or Answer(status=404)
            cut_after = answer.cut_after if answer.cuts > 0 else None
            answer.cuts -= with_body
        if answer.delay_s:
            owner.stopping.wait(answer.delay_s)
        start, stop = self._head(answer, asked)
        if with_body:
            body = answer.body[start:stop]
            self._send(path, answer, body if cut_after is None else body[:cut_after])

    def _head(self, answer: Answer, asked: str | None) -> tuple[int, int]:
        size = len(answer.body)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked or "")
        start, stop, status = 0, size, answer.status
        is_same = self.headers.get("If-Range") in (None, answer.etag)
        if wanted and answer.ranges and status == 200 and is_same:
            start = int(wanted[1])
            stop = min(size, int(wanted[2]) + 1) if wanted[2] else size
            status = 206 if start < size else 416
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        if answer.location is not None:
            self.send_header("Location", answer.location)
        length = stop - start if status != 416 else 0
        self.send_header("Content-Type", answer.content_type)
        if answer.says_length:
            self.send_header("Content-Length", str(answer.declared_length or length))
        if answer.etag is not None:
            self.send_header("ETag", answer.etag)
        self.send_header("Accept-Ranges", "bytes" if answer.ranges else "none")
        self.send_header("Connection", "close")
        self.end_headers()
        return start, stop

    def _send(self, path: str, answer: Answer, body: bytes) -> None:
        owner = self.server.owner
        for start in range(0, len(body), _BLOCK_BYTES):
            block = body[start : start + _BLOCK_BYTES]
            with owner.lock:
                owner.sent[path] = owner.sent.get(path, 0) + len(block)
            self.wfile.write(block)
            pause = len(block) / answer.bytes_per_s if answer.bytes_per_s else 0.0
            if pause and owner.stopping.wait(pause):
                return


def moving_squares(
    path: Path, *, seconds: float = 2.0, fps: int = 25, size: tuple[int, int] = (160, 96)
) -> Path:
    """Write a small H.264 video with one keyframe a second, of noise that does not compress."""
    width, height = size
    noise = np.random.default_rng(7).integers(0, 255, (height, width, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "30"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = fps
        for i in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(np.roll(noise, 3 * i, axis=1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def hls_playlist(video: Path, folder: Path, *, ended: bool = True) -> Path:
    """Cut a video into ``folder/index.m3u8`` and its segments of a second, without re-encoding."""
    folder.mkdir(parents=True, exist_ok=True)
    playlist = folder / "index.m3u8"
    options = {"hls_time": "1", "hls_list_size": "0", "hls_playlist_type": "vod" if ended else ""}
    options = {name: value for name, value in options.items() if value}
    if not ended:
        options["hls_flags"] = "omit_endlist"
    with (
        av.open(str(video)) as source,
        av.open(str(playlist), "w", format="hls", options=options) as output,
    ):
        picture = source.streams.video[0]
        copy = output.add_stream_from_template(picture)
        for packet in source.demux(picture):
            if packet.dts is not None:
                packet.stream = copy
                output.mux(packet)
    return playlist


def jpeg(size: tuple[int, int] = (64, 36)) -> bytes:
    """A small picture, as a thumbnail."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, (200, 80, 40)).save(out, "JPEG")
    return out.getvalue()


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Return as soon as a condition holds; fail when it never does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@contextlib.contextmanager
def serving(path: str, body: bytes | Path, content_type: str = "video/mp4") -> Iterator[str]:
    """The URL of a single file, while the block lasts."""
    with VideoServer() as server:
        yield server.file(path, body, content_type)


def padded(video: Path, n_bytes: int) -> bytes:
    """A video of at least that many bytes: the given MP4 with a ``free`` box behind it."""
    data = video.read_bytes()
    return data + (8 + n_bytes).to_bytes(4, "big") + b"free" + bytes(n_bytes)
