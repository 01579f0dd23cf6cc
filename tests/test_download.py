"""The download room against real HTTP on this machine, with the real yt-dlp."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from facemotion import cache, download
from facemotion.errors import Cancelled, SourceError
from facemotion.records import Caption, Progress, Settings, Video, Work
from tests.servers import (
    VideoServer,
    hls_playlist,
    jpeg,
    moving_squares,
    padded,
    wait_until,
)

REPOSITORY = Path(__file__).parents[1]
CLIPS = REPOSITORY.parent / "shared/media/videos"
LONG = CLIPS / "derived_long_5min_h264.mp4"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return moving_squares(tmp_path_factory.mktemp("clip") / "squares.mp4", seconds=4)


def n_frames(path: str) -> int:
    with av.open(path) as container:
        return sum(1 for _ in container.decode(video=0))


def first_time(path: str) -> float | None:
    with av.open(path) as container:
        return next(container.decode(video=0)).time


def run_in_process(url: str, root: Path) -> subprocess.Popen[str]:
    script = (
        "import sys; from pathlib import Path; from facemotion import download;"
        "from facemotion.records import Settings;"
        "video, work = download.run(sys.argv[1], Settings(), Path(sys.argv[2]));"
        "print(work.downloaded_bytes, video.path)"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, url, str(root)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_file_url_gives_the_whole_video_and_says_what_it_took(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/talks/squares.mp4", clip)
        video, work = download.run(url, Settings(), tmp_path)
    folder = tmp_path / video.video_id
    assert video == Video(
        video_id=download.video_id(url, Settings()),
        source=url,
        path=str(folder / "video.mp4"),
        title="squares",
        duration_s=4.0,
        webpage_url=url,
        site="127.0.0.1",
    )
    assert Path(video.path).read_bytes() == clip.read_bytes()
    assert work == Work(downloaded_bytes=clip.stat().st_size)
    assert Video.from_dict(json.loads((folder / "video.json").read_text())) == video
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) == [
        "video.json",
        "video.mp4",
    ]


def test_the_second_identical_run_uses_no_network(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip)
        first, _ = download.run(url, Settings(), tmp_path)
        server.forget()
        second, work = download.run(url, Settings(max_bytes=10**8), tmp_path)
        assert server.count() == 0
    assert second == first
    assert work == Work()


def test_a_cache_that_was_moved_is_still_good(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip)
        video, _ = download.run(url, Settings(), tmp_path / "here")
        (tmp_path / "here").rename(tmp_path / "there")
        moved, work = download.run(url, Settings(), tmp_path / "there")
    assert moved.path == str(tmp_path / "there" / video.video_id / "video.mp4")
    assert work == Work()


def test_a_password_in_the_url_is_used_but_not_stored(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip).replace("//", "//anna:secret@")
        video, _ = download.run(url, Settings(), tmp_path)
        assert {asked.authorized for asked in server.requests} == {True}
    assert video.source == url.replace("anna:secret@", "")
    assert "secret" not in (tmp_path / video.video_id / "video.json").read_text()
    assert "secret" not in video.video_id


def test_a_video_that_was_deleted_from_the_cache_is_fetched_again(
    clip: Path, tmp_path: Path
) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip)
        video, _ = download.run(url, Settings(), tmp_path)
        Path(video.path).unlink()
        _, work = download.run(url, Settings(), tmp_path)
    assert work.downloaded_bytes == clip.stat().st_size


def test_a_killed_run_leaves_what_it_had_and_the_next_asks_only_for_the_rest(
    clip: Path, tmp_path: Path
) -> None:
    body = padded(clip, 1_500_000)
    with VideoServer() as server:
        url = server.file("/squares.mp4", body, bytes_per_s=400_000)
        process = run_in_process(url, tmp_path)
        wait_until(lambda: _partial_bytes(tmp_path) > 200_000)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kept = _partial_bytes(tmp_path)
        assert not list(tmp_path.glob("*/video.json"))
        server.file("/squares.mp4", body)
        server.forget()
        video, work = download.run(url, Settings(), tmp_path)
        # The first request looks the address up, the second fetches.
        assert [asked.range for asked in server.requests] == [None, f"bytes={kept}-"]
    assert Path(video.path).read_bytes() == body
    assert work.downloaded_bytes == len(body) - kept


def _partial_bytes(root: Path) -> int:
    return sum(p.stat().st_size for p in root.glob("*/download.partial/*.part"))


def test_a_file_that_changed_between_two_runs_is_not_mixed_with_the_old_one(
    clip: Path, tmp_path: Path
) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", padded(clip, 900_000))

        def stop(progress: Progress) -> None:
            if progress.done > 100_000:
                raise Cancelled("enough")

        with pytest.raises(Cancelled):
            download.run(url, Settings(), tmp_path, stop)
        assert _partial_bytes(tmp_path) > 100_000
        new = padded(clip, 800_000)
        server.file("/squares.mp4", new)
        video, work = download.run(url, Settings(), tmp_path)
    assert Path(video.path).read_bytes() == new
    assert work.downloaded_bytes == len(new)


def test_cancel_stops_the_download_and_keeps_what_came(clip: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if progress.done > 50_000:
            raise Cancelled("the user pressed Cancel")

    with VideoServer() as server:
        url = server.file("/squares.mp4", padded(clip, 500_000))
        with pytest.raises(Cancelled, match="the user pressed Cancel"):
            download.run(url, Settings(), tmp_path, stop)
    assert _partial_bytes(tmp_path) > 50_000
    assert {(p.stage, p.unit) for p in seen} == {("download", "bytes")}
    assert seen[0].text == "Looking for the video on 127.0.0.1"
    assert seen[-1].text == "squares"
    assert seen[-1].total == len(padded(clip, 500_000))


def test_cancel_is_heard_while_the_address_is_still_being_looked_up(tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        raise Cancelled("no")

    with VideoServer() as server:
        with pytest.raises(Cancelled):
            download.run(server.url("/page"), Settings(), tmp_path, stop)
        assert server.count() == 0


def test_two_processes_asking_at_once_fetch_once(clip: Path, tmp_path: Path) -> None:
    body = padded(clip, 300_000)
    with VideoServer() as server:
        url = server.file("/squares.mp4", body, bytes_per_s=300_000)
        both = [run_in_process(url, tmp_path) for _ in range(2)]
        said = [process.communicate() for process in both]
        fetches = [asked for asked in server.requests if asked.method == "GET"]
    assert [errors for _, errors in said] == ["", ""]
    assert sorted(int(out.split()[0]) for out, _ in said) == [0, len(body)]
    assert len({out.split()[1] for out, _ in said}) == 1
    assert len(fetches) == 2  # one looks the address up, one fetches


def test_a_connection_cut_in_the_middle_is_taken_up_where_it_broke(
    clip: Path, tmp_path: Path
) -> None:
    body = padded(clip, 300_000)
    with VideoServer() as server:
        url = server.file("/squares.mp4", body, cut_after=160_000, cuts=2)
        video, _ = download.run(url, Settings(), tmp_path)
        resumed = [int(asked.range[6:-1]) for asked in server.requests if asked.range]
        assert len(resumed) == 1
        assert 100_000 < resumed[0] <= 160_000
    assert Path(video.path).read_bytes() == body


def test_a_recorded_hls_stream_becomes_one_mp4_that_starts_at_zero(
    clip: Path, tmp_path: Path
) -> None:
    hls_playlist(clip, tmp_path / "hls")
    with VideoServer() as server:
        server.folder("/hls", tmp_path / "hls")
        video, work = download.run(server.url("/hls/index.m3u8"), Settings(), tmp_path / "c")
        server.forget()
        assert download.run(server.url("/hls/index.m3u8"), Settings(), tmp_path / "c")[0] == video
        assert server.count() == 0
    with av.open(video.path) as container:
        assert container.format.name.startswith("mov,mp4")
    assert n_frames(video.path) == 100
    assert first_time(video.path) == 0.0
    assert work.downloaded_bytes > clip.stat().st_size / 2


def test_the_video_in_a_page_is_found_with_its_title_thumbnail_and_captions(
    clip: Path, tmp_path: Path
) -> None:
    with VideoServer() as server:
        server.file("/media/squares.mp4", clip)
        server.file("/preview.jpg", jpeg(), "image/jpeg")
        server.file("/en.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.500\nThey move.\n", "text/vtt")
        url = server.page(
            "/watch/42",
            "<html><head><title>Squares on the move</title>"
            f'<meta property="og:image" content="{server.url("/preview.jpg")}"></head>'
            '<body><video src="/media/squares.mp4" poster="/preview.jpg">'
            '<track kind="captions" srclang="en" src="/en.vtt"></video></body></html>',
        )
        video, _ = download.run(url, Settings(), tmp_path)
    assert video.captions == (Caption(1.0, 2.5, "They move."),)
    assert video.notes == ()
    assert video.title == "Squares on the move"
    assert Path(video.path).read_bytes() == clip.read_bytes()
    assert video.webpage_url == url
    assert video.thumbnail_path == str(tmp_path / video.video_id / "thumbnail.jpg")
    assert Path(video.thumbnail_path).read_bytes().startswith(b"\xff\xd8")


def test_a_thumbnail_that_is_not_there_is_only_noted(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        server.file("/squares.mp4", clip)
        url = server.page(
            "/watch",
            '<html><title>T</title><meta property="og:image" content="/gone.jpg">'
            '<body><video src="/squares.mp4" poster="/gone.jpg"></video></body></html>',
        )
        video, _ = download.run(url, Settings(), tmp_path)
    assert video.thumbnail_path is None
    assert video.notes == ("The thumbnail could not be fetched.",)


@pytest.mark.skipif(not CLIPS.exists(), reason="needs the shared media")
def test_every_kind_of_clip_arrives_as_it_was_sent(tmp_path: Path) -> None:
    with VideoServer() as server:
        server.folder("/clips", CLIPS)
        for clip in sorted(CLIPS.iterdir()):
            url = server.url(f"/clips/{clip.name}")
            video, work = download.run(url, Settings(allow_private_urls=True), tmp_path)
            assert Path(video.path).read_bytes() == clip.read_bytes()
            assert Path(video.path).name == f"video{clip.suffix}"
            assert work.downloaded_bytes == clip.stat().st_size


@pytest.mark.skipif(not LONG.exists(), reason="needs the shared media")
def test_a_short_range_of_a_long_file_moves_few_bytes_and_keeps_its_time(tmp_path: Path) -> None:
    settings = Settings(start_s=150.0, end_s=154.0)
    with VideoServer() as server:
        url = server.file("/long.mp4", LONG)
        video, work = download.run(url, settings, tmp_path)
        sent = server.sent["/long.mp4"]
    with av.open(str(LONG)) as container:
        container.seek(int(150 * av.time_base))
        keyframe = next(container.decode(video=0)).time
    assert video.offset_s == pytest.approx(keyframe, abs=1e-6)
    assert video.duration_s == pytest.approx(295.36)
    assert first_time(video.path) == 0.0
    with av.open(video.path) as container:
        last = [frame.time for frame in container.decode(video=0)][-1]
    assert 154.0 - 0.05 < last + video.offset_s < 154.2
    assert video.notes == ()
    assert work.downloaded_bytes < LONG.stat().st_size / 3
    # The look-up's answer is hung up on, but some of it was on its way.
    assert sent < LONG.stat().st_size / 2


def test_a_killed_range_is_gone_on_with_without_asking_for_a_block_twice(
    clip: Path, tmp_path: Path
) -> None:
    body = _fat_video(tmp_path)
    settings = Settings(start_s=1.0, end_s=9.0)

    def stop(progress: Progress) -> None:
        if progress.done > 600_000:
            raise Cancelled("enough")

    with VideoServer() as server:
        url = server.file("/fat.mp4", body)
        with pytest.raises(Cancelled):
            download.run(url, settings, tmp_path / "c", stop)
        before = {asked.range for asked in server.requests if asked.range}
        server.forget()
        video, _ = download.run(url, settings, tmp_path / "c")
        after = [asked.range for asked in server.requests if asked.range]
    assert video.notes == ()
    assert set(after) & before == {"bytes=0-262143"}  # read anew, to see that the file is the same
    assert len(after) == len(set(after))


def _fat_video(folder: Path) -> Path:
    path = moving_squares(folder / "fat.mp4", seconds=10, size=(640, 360))
    assert path.stat().st_size > 1_500_000
    return path


def test_without_range_requests_the_whole_is_fetched_and_that_is_noted(
    clip: Path, tmp_path: Path
) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip, ranges=False)
        video, _ = download.run(url, Settings(start_s=1.0, end_s=2.0), tmp_path)
    assert Path(video.path).read_bytes() == clip.read_bytes()
    assert video.offset_s == 0.0
    assert video.notes == (
        "The whole video was downloaded, not only the range: the server sends no ranges.",
    )


def test_a_range_that_begins_behind_the_end_is_refused(clip: Path, tmp_path: Path) -> None:
    with VideoServer() as server:
        url = server.file("/squares.mp4", clip)
        with pytest.raises(SourceError, match=r"starts at 60 s, but 'squares' is only 4\.0 s long"):
            download.run(url, Settings(start_s=60.0), tmp_path)


def test_an_entry_is_in_use_while_it_is_downloaded(clip: Path, tmp_path: Path) -> None:
    evicted: list[cache.Entry] = []

    def evict(progress: Progress) -> None:
        evicted.extend(cache.evict(tmp_path, 0))

    with VideoServer() as server:
        video, _ = download.run(server.file("/squares.mp4", clip), Settings(), tmp_path, evict)
    assert evicted == []
    assert Path(video.path).exists()
