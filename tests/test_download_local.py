"""Files on this machine, uploads, and the names that sources get."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from facemotion import cache, download
from facemotion.errors import SourceError, StorageError
from facemotion.records import Settings, Video, Work

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "my talk.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(5000))
    return path


def test_a_file_stays_where_it_is_and_is_described(clip: Path, tmp_path: Path) -> None:
    video, work = download.run(str(clip), Settings(), tmp_path / "cache")
    folder = tmp_path / "cache" / video.video_id
    assert video == Video(video.video_id, str(clip), str(clip), title="my talk.mp4", site="file")
    assert video.video_id.startswith("my-talk-")
    assert work == Work()
    assert Video.from_dict(json.loads((folder / "video.json").read_text())) == video
    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == [
        "video.json"
    ]
    assert download.run(str(clip), Settings(), tmp_path / "cache") == (video, Work())


def test_a_files_name_depends_on_its_content_alone(clip: Path, tmp_path: Path) -> None:
    name = download.video_id(str(clip), Settings())
    other = Settings(start_s=1.0, end_s=2.0, max_height=720, caption_language="de")
    assert download.video_id(str(clip), other) == name
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = elsewhere / clip.name
    copy.write_bytes(clip.read_bytes())
    assert download.video_id(str(copy), Settings()) == name
    clip.write_bytes(clip.read_bytes()[:-1] + b"!")
    assert download.video_id(str(clip), Settings()) != name


def test_the_same_content_elsewhere_is_read_from_there(clip: Path, tmp_path: Path) -> None:
    root = tmp_path / "cache"
    download.run(str(clip), Settings(), root)
    moved = tmp_path / "moved" / clip.name
    moved.parent.mkdir()
    clip.rename(moved)
    assert download.run(str(moved), Settings(), root)[0].path == str(moved)
    with pytest.raises(SourceError, match=r"There is no file .*my talk\.mp4\. Check the path\."):
        download.run(str(clip), Settings(), root)


def test_a_file_is_read_once_for_its_name(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = hashlib.file_digest

    def counted(file: io.BufferedReader, name: str) -> object:
        read.append(file.name)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    for _ in range(3):
        download.video_id(str(clip), Settings())
    assert len(read) == 1
    os.utime(clip, (1, 1))
    download.video_id(str(clip), Settings())
    assert len(read) == 2


def test_a_home_folder_and_a_relative_path_are_understood(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for source in ("~/my talk.mp4", "my talk.mp4", "./my talk.mp4", f"  {clip}\n"):
        assert download.run(source, Settings(), tmp_path / "cache")[0].path == str(clip)


def test_a_file_that_is_called_like_a_url_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("http:clip.mp4").write_bytes(bytes(100))
    assert download.run("http:clip.mp4", Settings(), tmp_path / "cache")[0].site == "file"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty. Give a file that holds a video."),
        (b"#EXTM3U\n#EXTINF:1\nhttp://10.0.0.1/secret\n", "holds a playlist, not a video"),
        (b"\n <!DOCTYPE html><html></html>", "holds a web page, not a video"),
        (b'<?xml version="1.0"?><MPD></MPD>', "holds a text in XML, not a video"),
        (b"v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\n", "holds a session description, not a video"),
    ],
)
def test_files_that_hold_no_video_are_refused(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=says):
        download.run(str(path), Settings(), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is a folder\. Give one of the video files in it"):
        download.run(str(tmp_path), Settings(), tmp_path / "cache")
    with pytest.raises(SourceError, match=r"is a device or a pipe\. Give an ordinary file"):
        download.run("/dev/zero", Settings(), tmp_path / "cache")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SourceError, match="There is no file"):
        download.run(str(tmp_path / "loop"), Settings(), tmp_path / "cache")


def test_a_file_that_may_not_be_read_is_refused(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match="cannot be read: permission denied"):
        download.run(str(clip), Settings(), tmp_path / "cache")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.mp4"
    with path.open("wb") as file:
        file.truncate(2_000_001)  # sparse
    with pytest.raises(SourceError, match=r"big\.mp4 has 2\.0 MB, over the limit of 2\.0 MB"):
        download.run(str(path), Settings(max_bytes=2_000_000), tmp_path / "cache")


@pytest.mark.parametrize(
    "url",
    [
        "https://youtube.com/watch?v=dQw4w9WgXcQ&t=42s&list=PL123&si=abc",
        "http://www.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ",
        "https://m.youtube.com/watch?v=dQw4w9WgXcQ#t=3",
        "https://youtu.be/dQw4w9WgXcQ?si=xyz",
        "youtu.be/dQw4w9WgXcQ",
        "www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1",
        f"  {YOUTUBE}\n",
    ],
)
def test_every_spelling_of_a_youtube_address_is_one_video(url: str) -> None:
    name = download.video_id(url, Settings())
    assert name == download.video_id(YOUTUBE, Settings())
    assert name.startswith("youtube.com-dQw4w9WgXcQ-")


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://vimeo.com/channels/staffpicks/123456", "vimeo.com-123456-"),
        ("HTTPS://Video.Example.ORG:443/a/B%20c.mp4?x=1#t=5", "video.example.org-B-20c-"),
        ("https://example.org", "example.org-"),
        ("http://[2001:db8::1]:8080/v.mp4", "2001-db8-1-v-"),
        ("https://user:secret@example.org/v.mp4", "example.org-v-"),
    ],
)
def test_names_can_be_read_and_are_safe_folders(url: str, start: str) -> None:
    name = download.video_id(url, Settings())
    assert name.startswith(start)
    assert len(name) == len(start) + 12
    assert not set(name) & set(' /\\:?*"<>|%@')


def test_a_urls_name_depends_on_what_the_download_reads() -> None:
    url = "https://example.org/v.mp4"
    names = {
        download.video_id(url, Settings(**change))
        for change in (
            {},
            {"max_height": 720},
            {"start_s": 1.0},
            {"end_s": 9.0},
            {"caption_language": "de"},
        )
    }
    assert len(names) == 5
    same = Settings(every_s=0.5, max_bytes=10**7, allow_private_urls=False, max_moments=3)
    assert download.video_id(url, same) == download.video_id(url, Settings())
    assert download.video_id("https://EXAMPLE.org:443/v.mp4#t=9", same) in names
    assert download.video_id("https://example.org/w.mp4", Settings()) not in names


def test_an_upload_is_stored_by_its_content_once(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    first = download.save_upload("My talk (1).MP4", io.BytesIO(data), tmp_path, 10**7)
    digest = hashlib.sha256(data).hexdigest()
    assert first == tmp_path / "uploads" / digest[:12] / "My-talk-1.mp4"
    assert first.read_bytes() == data
    pieces: Iterator[bytes] = iter([data[:1000], data[1000:]])
    assert download.save_upload("other name.mp4", pieces, tmp_path, 10**7) == first
    assert len(list((tmp_path / "uploads").rglob("*"))) == 2
    video, _ = download.run(str(first), Settings(allow_private_urls=False), tmp_path)
    assert (video.title, video.path) == ("My-talk-1.mp4", str(first))


def test_deleting_an_uploaded_video_from_the_cache_deletes_the_upload(tmp_path: Path) -> None:
    path = download.save_upload("a.mp4", io.BytesIO(bytes(100)), tmp_path, 10**7)
    download.run(str(path), Settings(), tmp_path)
    (entry,) = cache.entries(tmp_path)
    assert entry.bytes_by_stage["upload"] == 100
    cache.delete(entry)
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\clip.AVI", "clip.avi"),
        (".hidden", "video.hidde"),
        ("Füße – 2.webm", "Füße-2.webm"),
        ("", "video"),
        ("x" * 300 + ".mp4", "x" * 80 + ".mp4"),
        ("a.m/p4;rm -rf", "p4-rm--rf"),
    ],
)
def test_an_uploads_name_is_made_safe(name: str, stored: str, tmp_path: Path) -> None:
    path = download.save_upload(name, [b"data"], tmp_path, 10)
    assert path.name == stored
    assert path.parent.parent == tmp_path / "uploads"


@pytest.mark.parametrize(
    ("chunks", "says"),
    [
        ([bytes(60), bytes(41)], "clip.mp4 is over the limit of 0.0 MB. Cut it, or raise"),
        ([], "clip.mp4 is empty. Give a file that holds a video."),
    ],
)
def test_an_upload_that_is_refused_leaves_nothing(
    chunks: list[bytes], says: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=says):
        download.save_upload("clip.mp4", chunks, tmp_path, 100)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_to_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"begin"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="is full"):
        download.save_upload("clip.mp4", chunks(), tmp_path, 100)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_the_room_loads_yt_dlp_only_for_urls() -> None:
    import subprocess
    import sys

    code = "import sys; from facemotion import download; assert 'yt_dlp' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
