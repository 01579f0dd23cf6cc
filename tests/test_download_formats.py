"""Which of a site's formats is taken: pictures of the wanted size, no sound, no outside program."""

from __future__ import annotations

from typing import Any

import pytest
from yt_dlp.utils import ExtractorError

from facemotion.download import limits, session
from facemotion.errors import SourceError
from facemotion.records import Settings

LADDER = [(256, 144), (426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080)]
CODECS = {"h264": "avc1.4d401f", "vp9": "vp09.00.30.08", "av1": "av01.0.04M.08"}


def video_only(codec: str, width: int, height: int, **more: Any) -> dict[str, Any]:
    return {
        "format_id": f"{codec}-{height}",
        "url": "https://media.example/v",
        "ext": "mp4",
        "vcodec": CODECS[codec],
        "acodec": "none",
        "width": width,
        "height": height,
        **more,
    }


WITH_SOUND = {**video_only("h264", 640, 360), "format_id": "both-360", "acodec": "mp4a.40.2"}
SOUND = {**video_only("h264", 0, 0), "format_id": "sound", "vcodec": "none", "acodec": "opus"}
EVERYTHING = [
    SOUND,
    WITH_SOUND,
    *(video_only(codec, width, height) for codec in CODECS for width, height in LADDER),
]


def chosen(formats: list[dict[str, Any]], max_height: int = 480) -> dict[str, Any]:
    """The format that yt-dlp takes for us out of these; nothing is asked of any server."""
    log = session.Log()
    with session.Session(Settings(max_height=max_height), log, lambda: None, True) as ydl:
        info: dict[str, Any] = ydl.process_ie_result(
            {
                "id": "x",
                "title": "A talk",
                "extractor": "example",
                "extractor_key": "Example",
                "webpage_url": "https://example.org/x",
                "duration": 100,
                "formats": [dict(form) for form in formats],
            },
            download=False,
        )
    return info


@pytest.mark.parametrize(
    ("max_height", "format_id"),
    [
        (480, "h264-480"),
        (360, "h264-360"),
        (720, "h264-720"),
        (700, "h264-480"),
        (4320, "h264-1080"),
    ],
)
def test_pictures_without_sound_up_to_the_chosen_height_are_taken(
    max_height: int, format_id: str
) -> None:
    assert chosen(EVERYTHING, max_height)["format_id"] == format_id


def test_the_smaller_side_counts_so_that_portrait_videos_keep_their_faces() -> None:
    upright = [video_only("h264", h, w) for w, h in LADDER]
    assert chosen(upright)["width"] == 480


def test_another_codec_is_taken_where_h264_has_no_such_size() -> None:
    formats = [video_only("h264", 256, 144), video_only("vp9", 854, 480)]
    assert chosen(formats)["format_id"] == "vp9-480"


def test_the_smallest_is_taken_when_all_are_larger() -> None:
    formats = [video_only("h264", *size) for size in LADDER[-2:]]
    assert chosen(formats)["format_id"] == "h264-720"


def test_sound_and_pictures_in_one_are_taken_when_there_is_nothing_else() -> None:
    assert chosen([SOUND, WITH_SOUND])["format_id"] == "both-360"


@pytest.mark.parametrize("url", ["rtmp://media.example/v", "rtsp://media.example/v", "mms://x/v"])
def test_formats_for_outside_programs_are_passed_over(url: str) -> None:
    outside = video_only("h264", 854, 480, url=url, protocol=url.split(":")[0])
    assert chosen([outside, WITH_SOUND])["format_id"] == "both-360"
    with pytest.raises(ExtractorError, match="Requested format is not available"):
        chosen([outside])


def test_copy_protected_formats_are_passed_over() -> None:
    protected = video_only("h264", 854, 480, has_drm=True)
    assert chosen([protected, WITH_SOUND])["format_id"] == "both-360"
    with pytest.raises(ExtractorError, match="DRM protected"):
        chosen([protected])


def test_a_stated_size_over_the_limit_is_refused_unless_the_part_is_small_enough(
    tmp_path: Any,
) -> None:
    info = chosen([video_only("h264", 854, 480, filesize=50_000_000)])
    small = Settings(max_bytes=10_000_000)
    with pytest.raises(SourceError, match=r"'A talk' has 50\.0 MB, over the limit of 10\.0 MB"):
        limits.require_acceptable(info, small, tmp_path)
    limits.require_acceptable(info, small.with_changes(start_s=10.0, end_s=20.0), tmp_path)


@pytest.mark.parametrize("status", ["is_live", "is_upcoming"])
def test_what_is_live_or_about_to_be_is_refused(status: str, tmp_path: Any) -> None:
    info = {**chosen(EVERYTHING), "live_status": status}
    with pytest.raises(SourceError, match=r"'A talk' is a live stream\. Watch it"):
        limits.require_acceptable(info, Settings(), tmp_path)


def test_the_runtime_that_was_found_is_one_that_yt_dlp_accepts() -> None:
    pytest.importorskip("deno", reason="needs the deno package")
    with session.Session(Settings(), session.Log(), lambda: None, True) as ydl:
        runtime = ydl._js_runtimes["deno"].info
    assert runtime is not None and runtime.supported
