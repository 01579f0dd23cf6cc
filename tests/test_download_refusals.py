"""What cannot be downloaded is refused in one line that says what to do, and leaves nothing."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    ProxyError,
    RequestError,
    TransportError,
)
from yt_dlp.utils import (
    ContentTooShortError,
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    UnavailableVideoError,
    UnsupportedError,
    UserNotLive,
)

from facemotion import download
from facemotion.cache import disk
from facemotion.download import refusals, session, sites, wording
from facemotion.errors import FacemotionError, SourceError, StorageError
from facemotion.records import Settings
from tests.servers import VideoServer, hls_playlist, moving_squares, padded

YOUTUBE = "https://www.youtube.com/watch?v=abcdefghijk"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "TIMEOUT_S", 0.4)
    monkeypatch.setattr(session, "RETRIES", 1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_squares(tmp_path_factory.mktemp("clip") / "squares.mp4", seconds=4)


@pytest.fixture
def server() -> Iterator[VideoServer]:
    with VideoServer() as started:
        yield started


def refused(source: str, root: Path, settings: Settings | None = None) -> str:
    """The message with which a source is refused; nothing looks complete afterwards."""
    with pytest.raises(SourceError) as caught:
        download.run(source, settings or Settings(), root)
    assert not list(root.glob("*/video.*"))
    text = str(caught.value)
    assert "\n" not in text and "ERROR" not in text and "\x1b" not in text
    assert text.endswith(".")
    return text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "The source is empty. Give the URL of a video or the path of a file."),
        ("   ", "The source is empty. Give the URL of a video or the path of a file."),
        (
            "file:///etc/hostname",
            "file: addresses are not opened. Give the path of the file itself.",
        ),
        (
            "ftp://example.org/a.mp4",
            "'ftp:' is not an address that can be opened. "
            "Give an http:// or https:// URL or the path of a file.",
        ),
        (
            "ytsearch:cats",
            "'ytsearch:' is not an address that can be opened. "
            "Give an http:// or https:// URL or the path of a file.",
        ),
        ("https://", "'https://' names no host. Give a URL like https://example.org/video."),
        (
            "http://exa mple.org/",
            "'http://exa mple.org/' names no host. Give a URL like https://example.org/video.",
        ),
    ],
)
def test_what_is_neither_url_nor_file_is_refused_without_any_work(
    source: str, says: str, tmp_path: Path
) -> None:
    assert refused(source, tmp_path) == says
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "source", ["http://[::1/", "http://a:99999/v", "http://a:x/v", "http://a..b/"]
)
def test_a_malformed_url_is_refused_without_any_work(source: str, tmp_path: Path) -> None:
    assert "is not a well-formed URL" in refused(source, tmp_path)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "127.0.0.1 shows this only after a login (HTTP 401)"),
        (403, "127.0.0.1 refuses to hand this out (HTTP 403)"),
        (404, "There is nothing at this address on 127.0.0.1 (HTTP 404). Check the URL."),
        (410, "This was taken down from 127.0.0.1 (HTTP 410). Check the URL."),
        (418, "127.0.0.1 refused (HTTP 418). Check the URL."),
        (429, "127.0.0.1 says that there were too many requests (HTTP 429)"),
        (500, "127.0.0.1 has a fault of its own (HTTP 500). Try again later."),
        (503, "127.0.0.1 has a fault of its own (HTTP 503). Try again later."),
    ],
)
def test_http_errors_are_told_apart(
    status: int, says: str, server: VideoServer, tmp_path: Path
) -> None:
    assert refused(server.error("/v", status), tmp_path).startswith(says)
    assert list(tmp_path.iterdir()) == []


def test_an_endless_redirect_is_refused(server: VideoServer, tmp_path: Path) -> None:
    server.redirect("/a", "/b")
    says = "127.0.0.1 redirects without end. Give the address of the video itself."
    assert refused(server.redirect("/b", "/a"), tmp_path) == says


def test_pages_that_lead_to_each_other_are_refused(server: VideoServer, tmp_path: Path) -> None:
    for here, there in ("ab", "ba"):
        server.page(
            f"/{here}",
            f'<html><meta http-equiv="refresh" content="0; url={server.url("/" + there)}"></html>',
        )
    assert "leads back to itself" in refused(server.url("/a"), tmp_path)
    assert server.count() < 40


def test_a_page_without_a_video_is_refused(server: VideoServer, tmp_path: Path) -> None:
    says = "There is no video in 127.0.0.1's page. Give the address of the video itself."
    page = server.page("/news", "<html><title>News</title><p>Nothing moves here.</p></html>")
    assert refused(page, tmp_path) == says
    as_mp4 = server.page("/page.mp4", "<!doctype html><html><title>Moved</title></html>")
    assert refused(as_mp4, tmp_path) == says


def test_a_page_with_several_videos_is_refused(server: VideoServer, tmp_path: Path) -> None:
    videos = '<video src="/1.mp4"></video><video src="/2.mp4"></video>'
    page = server.page("/news", f"<html><title>News</title><body>{videos}</body></html>")
    says = "'News' holds several videos. Give the address of one video."
    assert refused(page, tmp_path) == says


def test_a_page_that_never_ends_is_refused(
    server: VideoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PAGE_BYTES", 200_000)
    page = server.page("/long", "<html><p>" + "x" * 2_000_000)
    assert "longer than 0.2 MB" in refused(page, tmp_path)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        (b"\xef\xbb\xbf\n<HTML></HTML>", "a web page"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a playlist"),
    ],
)
def test_text_that_is_sent_as_a_video_is_refused(
    body: bytes, what: str, server: VideoServer, tmp_path: Path
) -> None:
    url = server.file("/clip.mp4", body)
    says = f"'clip' is {what}, not a video. Give the video's own address."
    assert refused(url, tmp_path) == says


def test_an_empty_answer_is_refused(server: VideoServer, tmp_path: Path) -> None:
    says = "127.0.0.1 sent an empty file. Check the address, or try again later."
    assert refused(server.file("/v.mp4", b""), tmp_path) == says


def test_sound_alone_is_refused(server: VideoServer, tmp_path: Path) -> None:
    url = server.file("/song.mp3", b"ID3" + bytes(5000), "audio/mpeg")
    assert "it may hold sound only" in refused(url, tmp_path)


def test_a_live_stream_is_refused(clip: Path, server: VideoServer, tmp_path: Path) -> None:
    hls_playlist(clip, tmp_path / "hls", ended=False)
    server.folder("/hls", tmp_path / "hls")
    text = refused(server.url("/hls/index.m3u8"), tmp_path / "cache")
    assert "is a live stream. Watch it on the page Live or with 'python -m facemotion live'" in text


def test_a_server_that_does_not_answer_is_refused(server: VideoServer, tmp_path: Path) -> None:
    says = "127.0.0.1 did not answer in time. Try again later."
    assert refused(server.page("/slow", "<html>", delay_s=30), tmp_path) == says


def test_a_closed_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        says = "127.0.0.1 refuses connections. Check the address, or try again later."
        assert refused(f"http://127.0.0.1:{port}/v.mp4", tmp_path) == says


@pytest.mark.parametrize("public_only", [True, False])
def test_a_name_that_is_not_found_is_refused(
    public_only: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    says = "nowhere.example was not found. Check the spelling and your connection."
    settings = Settings(allow_private_urls=not public_only)
    assert refused("https://nowhere.example/v.mp4", tmp_path, settings) == says


def test_more_bytes_than_allowed_are_refused_as_soon_as_the_length_is_known(
    server: VideoServer, tmp_path: Path
) -> None:
    url = server.file("/huge.mp4", bytes(300_000), declared_length=9 * 10**9)
    text = refused(url, tmp_path)
    assert text.startswith("'huge' has 9.0 GB, over the limit of 4.0 GB. Choose a lower max_height")
    assert not list(tmp_path.glob("*/download.partial/*huge*"))


def test_a_video_longer_than_allowed_is_refused_unless_a_part_is_asked_for(
    clip: Path, server: VideoServer, tmp_path: Path
) -> None:
    hls_playlist(clip, tmp_path / "hls")
    server.folder("/hls", tmp_path / "hls")
    url, limit = server.url("/hls/index.m3u8"), Settings(max_duration_s=3)
    text = refused(url, tmp_path / "cache", limit)
    assert text == (
        "'index' is 4 s long, over the limit of 3 s. Choose a part with --start and --end, "
        "or raise the limit (--max-hours, or the limits under Measuring)."
    )
    assert server.sent.get("/hls/index0.ts") is None
    part = limit.with_changes(start_s=1.0, end_s=3.0)
    assert download.run(url, part, tmp_path / "cache")[0].duration_s == 4.0


def test_a_file_whose_length_the_site_does_not_say_is_refused_when_it_is_too_long(
    clip: Path, server: VideoServer, tmp_path: Path
) -> None:
    url = server.file("/squares.mp4", clip)
    assert "'squares' is 4 s long" in refused(url, tmp_path, Settings(max_duration_s=3))


def test_a_disk_that_is_too_small_is_found_out_before_the_download(
    clip: Path, server: VideoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "RESERVED_BYTES", 10**16)
    with pytest.raises(StorageError, match="are needed in"):
        download.run(server.file("/v.mp4", padded(clip, 500_000)), Settings(), tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.glob("*/download.partial/*.part")) < 100_000


def test_a_disk_that_fills_up_meanwhile_is_a_storage_error(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    error = DownloadError("ERROR: unable to write data", (OSError, full, None))
    assert isinstance(refusals.refusal(error, YOUTUBE, (), tmp_path), StorageError)
    unavailable = UnavailableVideoError(full)
    unavailable.__cause__ = full
    assert isinstance(refusals.refusal(unavailable, YOUTUBE, (), tmp_path), StorageError)


def test_a_cache_that_cannot_be_written_is_a_storage_error(
    clip: Path, server: VideoServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="a file is in the way"):
        download.run(server.file("/v.mp4", clip), Settings(), tmp_path / "file")
    assert server.count() == 0


def test_youtube_without_a_javascript_runtime_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "find_runtime", lambda: None)
    assert refused(YOUTUBE, tmp_path) == (
        "YouTube needs a JavaScript runtime and none was found. Install one with "
        "'python -m pip install deno' and try again."
    )


def test_the_javascript_runtime_is_found_in_an_environment_that_is_not_activated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("deno", reason="needs the deno package")
    monkeypatch.setenv("PATH", "/nowhere")
    found = session.find_runtime()
    assert found is not None
    assert Path(found).is_relative_to(sys.prefix)


def http_error(status: int, loop: bool = False) -> HTTPError:
    class Body:
        closed = False

        def close(self) -> None:
            self.closed = True

    return HTTPError(Response(Body(), "http://x/", {}, status), redirect_loop=loop)  # type: ignore[arg-type]


def by_class() -> Iterator[tuple[Exception, str]]:
    yield UnsupportedError(YOUTUBE), "There is no video in youtube.com's page"
    yield GeoRestrictedError("no", countries=["DE"]), "does not show this video in your country"
    yield UserNotLive(), "Nobody is live at this address"
    yield http_error(404), "nothing at this address on youtube.com (HTTP 404)"
    yield http_error(302, loop=True), "redirects without end"
    yield http_error(451), "for legal reasons"
    yield IncompleteRead(10, 20), "broke off. Try again: it goes on where it stopped"
    yield ContentTooShortError(1, 2), "broke off"
    yield CertificateVerifyError("self-signed certificate"), "(TLS: self-signed certificate)"
    yield ProxyError("tunnel connection failed"), "The proxy did not let youtube.com through"
    yield TransportError(cause=TimeoutError("timed out")), "did not answer in time"
    yield TransportError(cause=ConnectionRefusedError(111, "refused")), "refuses connections"
    yield TransportError(cause=ConnectionResetError(104, "reset")), "broke off"
    yield TransportError(cause=socket.gaierror(-2, "unknown")), "was not found"
    yield TransportError("odd"), "could not be reached (odd). Check your connection."
    yield RequestError("no handler"), "cannot be asked for this (no handler)"
    yield KeyError("title"), "yt-dlp stumbled over youtube.com (KeyError: 'title'). Update yt-dlp"


@pytest.mark.parametrize(("error", "says"), list(by_class()), ids=lambda x: type(x).__name__)
def test_errors_of_yt_dlp_are_told_apart_by_class(
    error: Exception, says: str, tmp_path: Path
) -> None:
    assert says in str(refusals.refusal(error, YOUTUBE, (), tmp_path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser", "you are no robot"),
        ("Sign in to confirm your age. This video may be inappropriate", "whose age it knows"),
        ("Private video. Sign in if you've been granted access to this video", "is private"),
        ("This video is private", "is private"),
        ("Join this channel to get access to members-only content", "members or buyers"),
        ("This video requires payment to watch", "members or buyers"),
        ("This video is DRM protected", "copy-protected (DRM)"),
        ("Premieres in 3 hours", "has not begun yet"),
        ("This live event will begin in 5 minutes.", "has not begun yet"),
        ("This video is only available for registered users. Use --cookies", "after a login"),
        ("The uploader has not made this video available in your country", "in your country"),
        ("Video unavailable. This video has been removed by the uploader", "not on youtube.com"),
        ("This video is no longer available because the account was closed", "not on youtube.com"),
        ("Video unavailable", "not on youtube.com any more"),
        ("No video formats found!", "no moving pictures"),
        ("Requested format is not available. Use --list-formats", "no moving pictures"),
        ("Unable to extract player version", "(Unable to extract player version). Update yt-dlp"),
        ("A tale of {braces} while blogging", "(A tale of {braces} while blogging). Update"),
    ],
)
def test_errors_without_a_class_are_told_apart_by_their_text(
    text: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught, refusals.translated(YOUTUBE, (), tmp_path):
        try:
            raise ExtractorError(text, video_id="abcdefghijk", ie="youtube")
        except ExtractorError as inner:
            raise DownloadError(f"ERROR: {inner}", sys.exc_info()) from inner
    assert says in str(caught.value)
    assert "please report" not in str(caught.value)


def test_a_sites_own_words_count_more_than_the_status_they_came_with(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"This video on youtube\.com is private"),
        refusals.translated(YOUTUBE, (), tmp_path),
    ):
        raise ExtractorError("This video is private", expected=True) from http_error(403)


def test_missing_formats_are_put_down_to_the_missing_runtime_when_yt_dlp_said_so(
    tmp_path: Path,
) -> None:
    warnings = ("No supported JavaScript runtime could be found. Only deno is enabled",)
    error = ExtractorError("Requested format is not available", expected=True)
    assert str(refusals.refusal(error, "https://blog.example/", warnings, tmp_path)) == (
        wording.NO_RUNTIME
    )


def test_errors_of_ours_come_through_unchanged(tmp_path: Path) -> None:
    mine = FacemotionError("mine")
    error = DownloadError("ERROR: mine", (FacemotionError, mine, None))
    assert refusals.refusal(error, YOUTUBE, (), tmp_path) is mine
