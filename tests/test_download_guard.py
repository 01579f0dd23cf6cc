"""Where private addresses are refused, no request reaches one, by whatever way it is tried."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facemotion import download
from facemotion.download import guard
from facemotion.errors import SourceError
from facemotion.records import Settings
from tests.servers import VideoServer, hls_playlist, moving_squares

DASHBOARD = Settings(allow_private_urls=False)
REFUSAL = "is a private or local address, which is not opened here"


@pytest.fixture
def inner() -> Iterator[VideoServer]:
    """The server that must not be reached."""
    with VideoServer() as server:
        server.file("/secret.mp4", b"secret" * 100)
        yield server


@pytest.fixture
def outer(monkeypatch: pytest.MonkeyPatch) -> Iterator[VideoServer]:
    """A server whose port stands for the public internet."""
    real = guard.is_public
    with VideoServer() as server:
        monkeypatch.setattr(
            guard, "is_public", lambda host, port: port == server.port or real(host, port)
        )
        yield server


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_squares(tmp_path_factory.mktemp("clip") / "squares.mp4")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_addresses_that_not_everybody_reaches_are_not_public(address: str) -> None:
    assert not guard.is_public(address, 80)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_addresses_that_everybody_reaches_are_public(address: str) -> None:
    assert guard.is_public(address, 443)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"]
)
def test_every_spelling_of_this_machine_is_refused(
    host: str, inner: VideoServer, tmp_path: Path
) -> None:
    url = inner.url("/secret.mp4", host)
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD, tmp_path)
    with pytest.raises(SourceError, match=REFUSAL):
        download.check_public(url)
    assert inner.count() == 0
    assert not list(tmp_path.glob("*/video.json"))


@pytest.mark.parametrize("host", ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"])
def test_this_machine_in_ipv6_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(f"http://{host}:9/secret.mp4", DASHBOARD, tmp_path)
    with pytest.raises(SourceError, match=REFUSAL):
        download.check_public(f"http://{host}:9/secret.mp4")


def test_the_command_line_may_open_this_machine(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/clip.mp4", clip)
        video, _ = download.run(url, Settings(), tmp_path)
    assert Path(video.path).read_bytes() == clip.read_bytes()


def test_an_allowed_address_is_downloaded_through_the_guard(
    clip: Path, outer: VideoServer, tmp_path: Path
) -> None:
    url = outer.file("/clip.mp4", clip)
    download.check_public(url)
    video, _ = download.run(url, DASHBOARD, tmp_path)
    assert Path(video.path).read_bytes() == clip.read_bytes()


def test_a_public_name_that_resolves_to_this_machine_is_refused(
    inner: VideoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _resolve(monkeypatch, ["127.0.0.1"])
    url = inner.url("/secret.mp4", "videos.example")
    with pytest.raises(SourceError, match=REFUSAL):
        download.check_public(url)
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD, tmp_path)
    assert inner.count() == 0


def test_a_name_that_changes_its_address_after_the_check_is_refused(
    inner: VideoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _resolve(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    url = inner.url("/secret.mp4", "videos.example")
    download.check_public(url)  # now it still is a public one
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD, tmp_path)
    assert inner.count() == 0


def _resolve(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    """Make every name resolve to each of these in turn, then always to the last."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_not_followed(
    status: int, outer: VideoServer, inner: VideoServer, tmp_path: Path
) -> None:
    url = outer.redirect("/v.mp4", inner.url("/secret.mp4"), status)
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD, tmp_path)
    assert (outer.count(), inner.count()) == (1, 0)


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/v.mp4", "file:///etc/passwd"])
def test_a_redirect_to_another_protocol_is_not_followed(
    target: str, outer: VideoServer, tmp_path: Path
) -> None:
    with pytest.raises(SourceError):
        download.run(outer.redirect("/v.mp4", target), DASHBOARD, tmp_path)
    assert outer.count() == 1


def test_a_page_that_embeds_a_private_video_is_refused(
    outer: VideoServer, inner: VideoServer, tmp_path: Path
) -> None:
    url = outer.page("/w", f'<html><video src="{inner.url("/secret.mp4")}"></video></html>')
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD, tmp_path)
    assert inner.count() == 0


@pytest.mark.parametrize("part", [{}, {"start_s": 1.0, "end_s": 2.0}])
def test_a_playlist_of_private_segments_is_refused(
    part: dict[str, float], clip: Path, outer: VideoServer, inner: VideoServer, tmp_path: Path
) -> None:
    hls_playlist(clip, tmp_path / "hls")
    inner.folder("/hls", tmp_path / "hls")
    text = (tmp_path / "hls/index.m3u8").read_text()
    text = text.replace("index0.ts", inner.url("/hls/index0.ts"))
    kind = "application/vnd.apple.mpegurl"
    url = outer.file("/index.m3u8", text.encode(), kind)
    with pytest.raises(SourceError, match=REFUSAL):
        download.run(url, DASHBOARD.with_changes(**part), tmp_path / "cache")
    assert inner.count() == 0
    assert not list((tmp_path / "cache").glob("*/video.json"))


def test_a_private_thumbnail_and_private_captions_are_left_out(
    clip: Path, outer: VideoServer, inner: VideoServer, tmp_path: Path
) -> None:
    outer.file("/clip.mp4", clip)
    secret = inner.url("/secret.mp4")
    url = outer.page(
        "/w",
        f'<html><video src="/clip.mp4" poster="{secret}">'
        f'<track kind="captions" srclang="en" src="{inner.url("/en.vtt")}"></video></html>',
    )
    video, _ = download.run(url, DASHBOARD, tmp_path)
    assert (video.thumbnail_path, video.captions) == (None, ())
    assert video.notes == (
        "The thumbnail could not be fetched.",
        "The captions (en) could not be fetched.",
    )
    assert inner.count() == 0


def test_behind_a_proxy_the_name_itself_is_checked(
    inner: VideoServer, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy makes the connection, and it may well stand at a private address itself."""
    with VideoServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url(""))
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(SourceError, match=REFUSAL):
            download.run(inner.url("/secret.mp4"), DASHBOARD, tmp_path)
        assert (proxy.count(), inner.count()) == (0, 0)
        proxy.file("http://videos.example/clip.mp4", clip)
        video, _ = _resolving_proxy(monkeypatch, tmp_path)
    assert Path(video.path).read_bytes() == clip.read_bytes()


def _resolving_proxy(monkeypatch: pytest.MonkeyPatch, root: Path) -> Any:
    """Resolve the proxy's own literal address truly, every name to a public address."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        address = host if host == "127.0.0.1" else "93.184.216.34"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return download.run("http://videos.example/clip.mp4", DASHBOARD, root)
