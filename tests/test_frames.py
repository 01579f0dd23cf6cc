"""Stage 2: the right pictures at the right times, whatever the file is like."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facemotion import frames
from facemotion.errors import Cancelled, MediaError, StorageError
from facemotion.frames import video
from facemotion.frames.ahead import ahead
from facemotion.frames.plan import Packets, choose
from facemotion.records import Frame, Progress, Settings, Video
from tests import clips

MEDIA = Path(__file__).parents[2] / "shared" / "media"


def _video(path: Path, offset_s: float = 0.0) -> Video:
    return Video("id", str(path), str(path), path.name, offset_s=offset_s)


def _read(path: Path, folder: Path, **settings: float) -> list[Frame]:
    return list(frames.run(_video(path), Settings(**settings), folder / "frames").read())


def _numbers(read: list[Frame]) -> list[int]:
    return [clips.number_of(frame.rgb) for frame in read]


def test_every_frame_is_the_one_its_number_says(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 60)
    read = _read(path, tmp_path, every_s=0)
    assert _numbers(read) == list(range(60)) == [frame.index for frame in read]
    assert [frame.time_s for frame in read] == pytest.approx([i / 25 for i in range(60)])


def test_sampling_takes_the_first_frame_at_or_after_each_grid_point(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 60)
    read = _read(path, tmp_path, every_s=0.5)
    assert _numbers(read) == [0, 13, 25, 38, 50]
    assert [frame.time_s for frame in read] == pytest.approx([0, 0.52, 1.0, 1.52, 2.0])


@pytest.mark.parametrize("keyint", [1, 7, 250])
@pytest.mark.parametrize("open_gop", [0, 1])
def test_leaving_out_packets_changes_no_pixel(tmp_path: Path, keyint: int, open_gop: int) -> None:
    options = {"x264-params": f"keyint={keyint}:open-gop={open_gop}:bframes=3:b-pyramid=normal"}
    path = clips.write(tmp_path / "a.mp4", 100, options=options)
    whole = {frame.index: frame.rgb for frame in video.decode(path, None, None)}
    stream = video.survey(path)
    assert stream.packets is not None
    targets = choose(stream.packets, 0.9, None, None)
    taken = list(video.decode(path, stream.packets, targets))
    assert [frame.index for frame in taken] == [0, 23, 45, 68, 90]
    for frame in taken:
        assert np.array_equal(frame.rgb, whole[frame.index])


def test_variable_frame_rate_keeps_each_frames_own_time(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 2.5, 2.54, 5.0, 5.04, 9.0]
    path = clips.write(tmp_path / "a.mkv", times_s=times)
    read = _read(path, tmp_path, every_s=1)
    assert [frame.time_s for frame in read] == pytest.approx([0.0, 2.5, 5.0, 9.0], abs=0.002)
    assert _numbers(read) == [0, 3, 5, 7]


def test_a_range_is_cut_by_time(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)
    read = _read(path, tmp_path, every_s=0.4, start_s=1.0, end_s=2.0)
    assert [frame.time_s for frame in read] == pytest.approx([1.0, 1.4, 1.8])


def test_a_part_of_a_video_keeps_the_time_of_the_whole(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "part.mp4", 50)
    source = _video(path, offset_s=60.0)
    sampled = frames.run(source, Settings(every_s=0.5, start_s=60.5), tmp_path / "frames")
    assert [frame.time_s for frame in sampled.read()] == pytest.approx([60.52, 61.0, 61.52])


def test_a_range_outside_the_video_is_refused_with_its_length(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    with pytest.raises(MediaError, match=r"no picture between 10 s and its end. It lasts 2.0 s"):
        _read(path, tmp_path, start_s=10.0)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mp4", "libx265", "yuv420p"),
        ("a.mp4", "libx265", "yuv420p10le"),
        ("a.mp4", "libsvtav1", "yuv420p10le"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.webm", "libvpx", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj420p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.flv", "flv1", "yuv420p"),
        ("a.gif", "gif", "rgb8"),
    ],
)
def test_codecs_and_containers(tmp_path: Path, name: str, codec: str, pix_fmt: str) -> None:
    path = clips.write(tmp_path / name, 50, codec=codec, pix_fmt=pix_fmt)
    read = _read(path, tmp_path, every_s=0.4)
    assert _numbers(read) == [0, 10, 20, 30, 40]
    assert [frame.time_s for frame in read] == pytest.approx([0, 0.4, 0.8, 1.2, 1.6], abs=0.011)


@pytest.mark.parametrize("size", [(191, 63), (33, 47), (16, 16)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = clips.write(tmp_path / "a.mkv", 5, codec="ffv1", pix_fmt="yuv444p", size=size)
    (first, *_) = _read(path, tmp_path, every_s=0)
    assert first.rgb.shape == (size[1], size[0], 3)


@pytest.mark.parametrize(("turn", "corner"), [(90, "left"), (-90, "right")])
def test_the_rotation_flag_is_obeyed(tmp_path: Path, turn: int, corner: str) -> None:
    path = clips.write(tmp_path / "a.mp4", 5, rotate=turn)
    (first, *_) = _read(path, tmp_path, every_s=0)
    assert first.rgb.shape == (192, 64, 3)
    black = first.rgb[:, :8] if corner == "left" else first.rgb[:, -8:]
    assert black.mean() < 30  # number 0: the row of cells is black


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 5, aspect=Fraction(4, 3))
    (first, *_) = _read(path, tmp_path, every_s=0)
    assert first.rgb.shape == (64, 256, 3)


def test_a_truncated_file_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    options = {"movflags": "faststart", "x264-params": "keyint=25"}
    whole = clips.write(
        tmp_path / "whole.mkv", 250, options={"x264-params": options["x264-params"]}
    )
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    sampled = frames.run(_video(cut), Settings(every_s=1), tmp_path / "frames")
    read = list(sampled.read())
    assert 3 <= len(read) < 10
    assert _numbers(read) == [25 * i for i in range(len(read))]


def test_a_file_whose_index_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = clips.write(tmp_path / "whole.mp4", 100)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"cut.mp4 is not a video that can be read"):
        _read(cut, tmp_path)


def test_damaged_pictures_in_the_middle_are_left_out(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100, options={"x264-params": "keyint=10"})
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + len(data) // 4
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    read = _read(path, tmp_path, every_s=0.4)
    assert {0, 10, 80, 90} <= set(_numbers(read))


def _text(path: Path) -> Path:
    path.write_text("This is no video.\n" * 100)
    return path


def _playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    return path


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("text.mp4", _text, "is not a video"),
        ("text.txt", _text, "is not a video"),
        ("list.m3u8", _playlist, "is not a video"),
        ("noise.mp4", lambda p: p.write_bytes(bytes(range(256)) * 50) and p, "is not a video"),
        ("sound.m4a", clips.write_sound_only, "has only sound"),
        (
            "dot.mkv",
            lambda p: clips.write(p, 3, codec="ffv1", pix_fmt="yuv444p", size=(1, 1)),
            "too small to show a face",
        ),
    ],
)
def test_what_is_no_video_is_refused(
    tmp_path: Path, name: str, make: Callable[[Path], Path], message: str
) -> None:
    path = make(tmp_path / name)
    with pytest.raises(MediaError, match=message):
        _read(path, tmp_path)
    assert not (tmp_path / "frames").exists()


def test_a_second_run_decodes_nothing(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    first = frames.run(_video(path), Settings(every_s=0.4), tmp_path / "frames")
    assert len(list(first.read())) == first.work.frames_decoded == 5
    path.unlink()  # proof that nothing is read from it
    second = frames.run(_video(path), Settings(every_s=0.4), tmp_path / "frames")
    assert second.work.frames_decoded == 0
    assert _numbers(list(second.read())) == [0, 10, 20, 30, 40]


def test_a_dense_run_writes_no_pictures(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    sampled = frames.run(_video(path), Settings(every_s=0), tmp_path / "frames")
    assert len(list(sampled.read())) == 50
    assert [p.name for p in (tmp_path / "frames").iterdir()] == ["manifest.json"]


def test_grab_decodes_only_what_it_needs(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)
    sampled = frames.run(_video(path), Settings(every_s=0), tmp_path / "frames")
    grabbed = sampled.grab([7, 93])
    assert {index: clips.number_of(rgb) for index, rgb in grabbed.items()} == {7: 7, 93: 93}
    assert sampled.work.frames_decoded == 2


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)
    settings = Settings(every_s=0.2)

    def stop_at_five(progress: Progress) -> None:
        if progress.done == 5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        list(frames.run(_video(path), settings, tmp_path / "frames", stop_at_five).read())
    assert not (tmp_path / "frames").exists()
    resumed = frames.run(_video(path), settings, tmp_path / "frames")
    assert _numbers(list(resumed.read())) == list(range(0, 100, 5))
    assert resumed.work.frames_decoded == 15


@pytest.mark.parametrize("every_s", [0, 0.2])
def test_a_stopped_run_leaves_no_thread_even_while_its_error_is_kept(
    tmp_path: Path, every_s: float
) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)

    def stop(progress: Progress) -> None:
        if progress.done == 5:
            raise Cancelled("stopped")

    sampled = frames.run(_video(path), Settings(every_s=every_s), tmp_path / "frames", stop)
    kept = None
    try:
        with contextlib.closing(sampled.read()) as reader:
            for number, _ in enumerate(reader, start=1):
                if every_s == 0:
                    stop(Progress("faces", number))
    except Cancelled as error:
        kept = error
    assert kept is not None
    assert [t.name for t in threading.enumerate() if t.name == "frames-ahead"] == []


def test_reading_may_begin_in_the_middle_and_still_keeps_all(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    sampled = frames.run(_video(path), Settings(every_s=0.4), tmp_path / "frames")
    assert _numbers(list(sampled.read(3))) == [30, 40]
    assert _numbers(list(sampled.read())) == [0, 10, 20, 30, 40]
    assert sampled.work.frames_decoded == 5


def test_a_reader_who_goes_leaves_what_was_read(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)
    settings = Settings(every_s=0.2)
    reader = frames.run(_video(path), settings, tmp_path / "frames").read()
    assert [clips.number_of(next(reader).rgb) for _ in range(8)] == list(range(0, 40, 5))
    reader.close()
    later = frames.run(_video(path), settings, tmp_path / "frames")
    assert _numbers(list(later.read())) == list(range(0, 100, 5))
    assert later.work.frames_decoded == 12


def test_the_first_frames_come_before_the_last_are_decoded(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 100)
    sampled = frames.run(_video(path), Settings(every_s=0.04), tmp_path / "frames")
    next(sampled.read())
    assert sampled.work.frames_decoded == 1


def test_a_half_written_line_of_a_killed_run_is_forgotten(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    begun = tmp_path / "frames.partial"
    begun.mkdir()
    (begun / "manifest.jsonl").write_text('{"index": 0, "time_s"')
    sampled = frames.run(_video(path), Settings(every_s=0.4), tmp_path / "frames")
    assert _numbers(list(sampled.read())) == [0, 10, 20, 30, 40]


def test_the_manifest_names_files_that_people_can_read(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    _read(path, tmp_path, every_s=1)
    manifest = json.loads((tmp_path / "frames" / "manifest.json").read_text())
    assert [frame["file"] for frame in manifest["frames"]] == [
        "frame_000000_t0.0s.jpg",
        "frame_000025_t1.0s.jpg",
    ]
    assert (manifest["width"], manifest["height"], manifest["codec"]) == (192, 64, "h264")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 5)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="a file is in the way"):
        list(frames.run(_video(path), Settings(), tmp_path / "file" / "frames").read())


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "webp", "tiff"])
def test_a_picture_is_a_video_of_one_frame(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    Image.new("RGB", (64, 48), (200, 30, 30)).save(path)
    (frame,) = _read(path, tmp_path)
    assert (frame.index, frame.time_s, frame.rgb.shape) == (0, 0.0, (48, 64, 3))
    assert np.abs(frame.rgb.reshape(-1, 3).mean(axis=0) - (200, 30, 30)).max() < 4


def test_a_transparent_picture_is_laid_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 48), (0, 0, 0, 0)).save(tmp_path / "p.png")
    (frame,) = _read(tmp_path / "p.png", tmp_path)
    assert frame.rgb.min() == 255


def test_a_pictures_exif_turn_is_obeyed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48)).save(tmp_path / "p.jpg", exif=exif)
    (frame,) = _read(tmp_path / "p.jpg", tmp_path)
    assert frame.rgb.shape == (64, 48, 3)


def test_a_cut_off_picture_is_refused(tmp_path: Path) -> None:
    Image.effect_noise((300, 300), 50).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match=r"cut.jpg is a damaged picture"):
        _read(tmp_path / "cut.jpg", tmp_path)


def test_decoding_ahead_keeps_order_and_stays_within_its_bound() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    reader = ahead(numbers(), 3)
    seen = []
    for number in reader:
        seen.append(number)
        assert len(taken) - len(seen) <= 3 + 1  # the queue, and one in the thread's hand
    assert seen == list(range(20))


def test_decoding_ahead_raises_what_the_decoder_raises_after_the_good_frames() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise MediaError("broken off")

    reader = ahead(broken(), 3)
    assert next(reader) == 1
    with pytest.raises(MediaError, match="broken off"):
        next(reader)


def test_decoding_ahead_ends_its_thread_when_the_reader_goes() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.set()

    reader = ahead(endless(), 2)
    next(reader)
    reader.close()
    assert closed.is_set()


def test_a_grid_point_between_two_frames_takes_the_later_one() -> None:
    packets = Packets(
        pts=np.array([0, 1000, 400, 2000]),
        is_key=np.array([True, False, False, False]),
        is_shown=np.array([True, True, True, False]),
        origin=0,
        time_base=Fraction(1, 1000),
    )
    assert [t.time_s for t in choose(packets, 0.5, None, None)] == [0.0, 1.0]
    assert [t.packet for t in choose(packets, 0, None, None)] == [0, 2, 1]


@pytest.mark.slow
@pytest.mark.skipif(not MEDIA.is_dir(), reason="the real clips are not on this machine")
def test_real_clips_give_the_same_pixels_as_a_full_decode() -> None:
    for path in sorted((MEDIA / "videos").iterdir()):
        if "5min" in path.name or "139s" in path.name:
            continue  # minutes long; their codecs are covered by the others
        stream = video.survey(path)
        assert stream.packets is not None
        targets = choose(stream.packets, 0.7, None, None)
        taken = {frame.index: frame for frame in video.decode(path, stream.packets, targets)}
        assert sorted(taken) == [target.index for target in targets], path.name
        for frame in video.decode(path, None, None):
            if frame.index in taken:
                assert np.array_equal(frame.rgb, taken[frame.index].rgb), path.name
                assert frame.time_s == pytest.approx(taken[frame.index].time_s)


def test_a_kept_frame_that_was_damaged_since_is_told(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "a.mp4", 50)
    _read(path, tmp_path, every_s=1)
    (tmp_path / "frames" / "frame_000025_t1.0s.jpg").write_bytes(b"half a pict")
    with pytest.raises(StorageError, match=r"frame_000025_t1.0s.jpg is damaged. Delete its folder"):
        _read(path, tmp_path, every_s=1)


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="needs a Linux scheduler")
def test_making_a_clip_leaves_the_priority_of_this_process_alone(tmp_path: Path) -> None:
    before = os.sched_getscheduler(0)
    clips.write(tmp_path / "a.mp4", 5, codec="libsvtav1", pix_fmt="yuv420p10le")
    assert os.sched_getscheduler(0) == before
