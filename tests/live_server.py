"""A live HLS stream on a free port of this machine, made of a clip, published by time, with faults.

    pieces = live_server.pieces(clip, folder)
    with LiveServer(pieces, Clock(speed=10)) as server:
        live = watch(server.url, ...)

A piece is published when its last picture would have been taken: number n at the sum of all
durations up to it. Everything that goes wrong with streams can be asked for: see ``LiveServer``.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from yt_dlp.aes import aes_cbc_encrypt_bytes

from facemotion.live import playlist
from facemotion.live.clock import Clock


@dataclass(frozen=True)
class Piece:
    """One segment; ``header`` is that of fragmented MP4. ``starts_anew`` marks a new clock."""

    data: bytes
    duration_s: float
    header: bytes | None = None
    starts_anew: bool = False


def pieces(
    clip: Path,
    folder: Path,
    *,
    piece_s: float = 1.0,
    kind: str = "mpegts",
    size: tuple[int, int] | None = None,
    from_s: float = 0.0,
    starts_anew: bool = False,
) -> list[Piece]:
    """A clip cut into segments by FFmpeg's own HLS muxer: "mpegts" or "fmp4".

    Pictures keep their times, later by ``from_s``, and are drawn in ``size`` if that is given.
    """
    folder.mkdir(parents=True)
    listing = folder / "list.m3u8"
    options = {"hls_time": f"{piece_s}", "hls_list_size": "0", "hls_segment_type": kind}
    base = Fraction(1, 90_000)
    with av.open(str(clip)) as source, av.open(str(listing), "w", "hls", options) as sink:
        taken = source.streams.video[0]
        rate = taken.average_rate or Fraction(25)
        step = max(1, round(piece_s * rate))
        stream = sink.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height = size or (taken.width, taken.height)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = step
        stream.codec_context.time_base = stream.time_base = base
        for number, frame in enumerate(source.decode(taken)):
            drawn = frame.reformat(stream.width, stream.height, "yuv420p")
            drawn.pts, drawn.time_base = round((number / rate + Fraction(from_s)) / base), base
            drawn.pict_type = 1 if number % step == 0 else 0
            sink.mux(stream.encode(drawn))
        sink.mux(stream.encode(None))
    listed = playlist.parse(listing.read_text(), f"{folder}/")
    made = [
        Piece(
            Path(segment.media.url).read_bytes(),
            segment.duration_s,
            Path(segment.header.url).read_bytes() if segment.header else None,
            starts_anew and number == 0,
        )
        for number, segment in enumerate(listed.segments)
    ]
    assert len(made) > 1
    return made


@dataclass
class LiveServer:
    """The stream, for as long as the ``with`` block lasts.

    It begins when it is first asked for anything, with ``n_first`` pieces; ``window`` are listed.
    With ``loops`` it begins anew when the pieces are used up, with another clock; otherwise it
    ends, with ``says_end``.

    Faults: numbers in ``missing`` are answered with 404, those in ``damaged`` with rubbish, those
    in ``slow`` only after so many seconds, once. ``cut`` hangs up on everybody. ``frozen`` stops
    the playlist from growing. ``renumbered`` numbers all that comes from 0. ``token`` is a part of
    every address but the first; whoever uses an old one is answered with 403. ``stop`` and
    ``start`` kill it and set it up again, on the same port. With ``key`` (16 bytes), pieces are
    encrypted (AES-128).
    """

    pieces: list[Piece]
    clock: Clock
    window: int = 5
    n_first: int = 2
    loops: bool = False
    says_end: bool = True
    dates: bool = False
    missing: set[int] = field(default_factory=set)
    damaged: set[int] = field(default_factory=set)
    slow: dict[int, float] = field(default_factory=dict)
    cut: bool = False
    token: str = "t0"
    key: bytes | None = None
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began_s: float | None = None
        self._frozen_at: int | None = None
        self._first_number = 0
        self._port = 0
        self._server: _Server | None = None
        self.stopping = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self.stop()

    @property
    def began_s(self) -> float:
        """When the first piece began, by the clock."""
        if self._began_s is None:
            first_s = sum(piece.duration_s for piece in self.pieces[: self.n_first])
            self._began_s = self.clock.now() - first_s
        return self._began_s

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/live.m3u8"

    def start(self) -> None:
        """Answer, on the port of before if there was one."""
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.owner = self
        self._port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    @property
    def n_published(self) -> int:
        """How many pieces there have been."""
        if self._frozen_at is not None:
            return self._frozen_at
        passed_s, number = self.clock.now() - self.began_s, 0
        round_s = sum(piece.duration_s for piece in self.pieces)
        if self.loops:
            number = int(passed_s // round_s) * len(self.pieces)
            passed_s %= round_s
        for piece in self.pieces:
            passed_s -= piece.duration_s
            if passed_s < -1e-9:
                break
            number += 1
        return number

    def freeze(self) -> None:
        """Publish nothing more for now."""
        self._frozen_at = self.n_published

    def thaw(self) -> None:
        """Go on where it stood still, as an encoder does that was stuck."""
        assert self._frozen_at is not None
        held_at, self._frozen_at = self._frozen_at, None
        round_s = sum(piece.duration_s for piece in self.pieces)
        rounds, rest = divmod(held_at, len(self.pieces))
        at_s = rounds * round_s + sum(piece.duration_s for piece in self.pieces[:rest])
        self._began_s = self.clock.now() - at_s

    def renumber(self) -> None:
        """Number from 0 what comes from now on, as a server does that was set up anew."""
        self._first_number = self.n_published

    def published_at(self, number: int) -> float:
        """When a piece was published, by the clock."""
        rounds, rest = divmod(number + 1, len(self.pieces))
        round_s = sum(piece.duration_s for piece in self.pieces)
        return self.began_s + rounds * round_s + sum(p.duration_s for p in self.pieces[:rest])

    def listing(self) -> str:
        """The playlist as it is now."""
        n = self.n_published
        is_over = not self.loops and n >= len(self.pieces)
        first = max(self._first_number, n - self.window)
        longest = max(piece.duration_s for piece in self.pieces)
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{longest:.0f}"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first - self._first_number}")
        if self.key is not None:
            lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{self.token}/key-0"')
        for number in range(first, n):
            piece = self.pieces[number % len(self.pieces)]
            if piece.starts_anew or (number and number % len(self.pieces) == 0):
                lines.append("#EXT-X-DISCONTINUITY")
            if piece.header is not None:
                lines.append(f'#EXT-X-MAP:URI="{self.token}/header-{number}"')
            lines += [f"#EXTINF:{piece.duration_s:.6f},", f"{self.token}/piece-{number}"]
        if is_over and self.says_end:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"

    def sealed(self, piece: Piece, number: int) -> bytes:
        """A piece as it is sent: encrypted if there is a key, by its number."""
        if self.key is None:
            return piece.data
        return bytes(aes_cbc_encrypt_bytes(piece.data, self.key, number.to_bytes(16, "big")))


class _Server(ThreadingHTTPServer):
    owner: LiveServer
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.0"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.asked.append(self.path)
        if owner.cut:
            self.request.shutdown(socket.SHUT_RDWR)
            return
        *_, token, name = self.path.rsplit("/", 2)
        kind, _, number = name.partition("-")
        if name == "live.m3u8":
            if not token and owner.token != "t0":
                self._send(302, b"", location=f"/{owner.token}/live.m3u8")
            elif token and token != owner.token:
                self._send(403, b"expired")
            else:
                body = owner.listing().replace(f"{owner.token}/", f"/{owner.token}/")
                self._send(200, body.encode(), "application/vnd.apple.mpegurl")
        elif kind == "key" and owner.key is not None:
            self._send(200, owner.key)
        elif kind in ("piece", "header"):
            self._piece(kind, int(number))
        else:
            self._send(404, b"no")

    def _piece(self, kind: str, number: int) -> None:
        owner = self.server.owner
        piece = owner.pieces[number % len(owner.pieces)]
        if kind == "piece" and number in owner.slow:
            owner.clock.wait(owner.stopping, owner.slow.pop(number))
        if kind == "piece" and number in owner.missing:
            self._send(404, b"no")
        elif kind == "piece" and number in owner.damaged:
            self._send(200, b"\x47 rubbish" * 100)
        else:
            self._send(200, owner.sealed(piece, number) if kind == "piece" else piece.header or b"")

    def _send(self, status: int, body: bytes, kind: str = "video/mp2t", location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests look at ``asked``."""
