"""Films: every picture at its time with its own boxes, the sound in step, whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from facemotion import film, palette
from facemotion.errors import Cancelled, InputError, MediaError, SettingsError, SourceError
from facemotion.film import FilmOptions
from facemotion.records import Analysis, Progress, Settings
from tests import clips, films

BOXES = FilmOptions(names=False, bars=False, chart=False)
NOTHING = FilmOptions(boxes=False, names=False, bars=False, chart=False)


def _moving(frame: int) -> tuple[float, float, float, float]:
    """A box that goes three pixels to the right from frame to frame."""
    return (20.0 + 3 * frame, 60.0, 50.0, 60.0)


def _numbered(tmp_path: Path, every: int, n_frames: int = 60) -> Analysis:
    """A numbered clip with one moving face, seen in every ``every``-th frame."""
    path = clips.write(tmp_path / "clip.mp4", n_frames, size=(320, 180))
    looks = [(n, n / 25) for n in range(0, n_frames, every)]
    faces = films.rows_of((n, time_s, 1, _moving(n)) for n, time_s in looks)
    return films.analysis_of(path, faces, films.samples_of(looks))


def _sides(rgb: np.ndarray, y: int) -> tuple[int, int]:
    """Where the coloured lines of the only box are in a row: inner edges, left and right."""
    columns = np.flatnonzero(np.ptp(rgb[y - 2 : y + 3].mean(axis=0), axis=1) > 40)
    gap = int(np.argmax(np.diff(columns)))
    return int(columns[gap]) + 1, int(columns[gap + 1])


@pytest.mark.parametrize("every", [1, 5])
def test_each_frame_shows_the_box_of_its_own_number(tmp_path: Path, every: int) -> None:
    pictures = films.seen(film.run(_numbered(tmp_path, every), tmp_path / "film.mp4", BOXES))
    numbers = [clips.number_of(rgb) for _, rgb in pictures]
    assert numbers == list(range(60))
    for number, (_, rgb) in zip(numbers, pictures, strict=True):
        if number > 55 and every == 5:
            continue  # after the last look the box stays where it was
        x, _, w, _ = _moving(number)
        left, right = _sides(rgb, 90)
        assert abs(left - x) <= 2 and abs(right - (x + w)) <= 2  # colour is coded in pairs


def test_boxes_follow_when_the_picture_is_turned_and_made_smaller(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "clip.mp4", 3, size=(800, 1600), rotate=90)
    faces = films.rows_of((n, n / 25, 1, (400.0, 300.0, 200.0, 200.0)) for n in range(3))
    analysis = films.analysis_of(path, faces, films.samples_of((n, n / 25) for n in range(3)))
    ((_, rgb), *_) = films.seen(film.run(analysis, tmp_path / "film.mp4", BOXES))
    assert rgb.shape == (640, 1280, 3)
    assert _sides(rgb, 320) == pytest.approx((320, 480), abs=2)


def test_frames_keep_their_own_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.52, 1.7, 1.74]
    path = clips.write(tmp_path / "clip.mkv", times_s=times)
    looks = list(enumerate(times))
    faces = films.rows_of((n, time_s, 1, (60.0, 20.0, 30.0, 30.0)) for n, time_s in looks)
    made = film.run(films.analysis_of(path, faces, films.samples_of(looks)), tmp_path / "f.mp4")
    pictures = films.seen(made)
    assert [time_s for time_s, _ in pictures] == pytest.approx(times, abs=1e-6)
    assert [clips.number_of(rgb) for _, rgb in pictures] == list(range(6))


def _one_look(path: Path) -> Analysis:
    """Looked at once, in the first frame, where there was nobody."""
    return films.analysis_of(path, films.rows_of([]), films.samples_of([(0, 0.0)]))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "aac"), ("a.mp4", "libmp3lame"), ("a.mkv", "libopus"), ("a.mkv", "flac")],
)
def test_the_sound_stays_in_step(tmp_path: Path, name: str, codec: str) -> None:
    path = films.write_talkie(tmp_path / name, codec)
    made = film.run(_one_look(path), tmp_path / "film.mp4", NOTHING)
    with av.open(str(made)) as container:
        assert [stream.codec_context.name for stream in container.streams.audio] == ["aac"]
    assert films.flash_s(made) == pytest.approx(films.FLASH_S)
    assert films.beep_s(made) == pytest.approx(films.FLASH_S, abs=0.01)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_aac_is_taken_over_as_it_is(tmp_path: Path, name: str) -> None:
    path = films.write_talkie(tmp_path / name, "aac")
    made = film.run(_one_look(path), tmp_path / "film.mp4", NOTHING)
    assert _sounds(made) == _sounds(path)
    assert films.beep_s(made) == pytest.approx(films.flash_s(made), abs=0.01)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "flac")])
def test_a_range_has_its_own_frames_and_sound(tmp_path: Path, name: str, codec: str) -> None:
    path = films.write_talkie(tmp_path / name, codec)
    analysis = replace(_one_look(path), settings=Settings(start_s=0.8, end_s=1.4))
    made = film.run(analysis, tmp_path / "film.mp4", NOTHING)
    pictures = films.seen(made)
    assert [clips.number_of(rgb) for _, rgb in pictures] == list(range(20, 36))
    assert pictures[0][0] == 0.0
    assert films.flash_s(made) == pytest.approx(0.2)
    assert films.beep_s(made) == pytest.approx(0.2, abs=0.01)
    begin_s, sound, rate = films.heard(made)
    assert begin_s + len(sound) / rate == pytest.approx(0.6, abs=0.05)


def test_a_part_of_a_video_has_the_times_of_its_file(tmp_path: Path) -> None:
    analysis = _one_look(films.write_talkie(tmp_path / "a.mkv", "flac"))
    part = replace(analysis, video=replace(analysis.video, offset_s=100.0))
    made = film.run(part, tmp_path / "film.mp4", NOTHING)
    assert films.flash_s(made) == pytest.approx(films.FLASH_S)
    assert films.beep_s(made) == pytest.approx(films.FLASH_S, abs=0.01)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_film_without_sound(tmp_path: Path, wanted: bool) -> None:
    path = films.write_talkie(tmp_path / "a.mp4", "aac")
    if wanted:  # but there is none
        path = clips.write(tmp_path / "b.mp4", 5)
    made = film.run(_one_look(path), tmp_path / "film.mp4", FilmOptions(sound=wanted))
    with av.open(str(made)) as container:
        assert len(container.streams.audio) == 0


def test_with_nothing_drawn_the_pictures_stay_as_they_were(tmp_path: Path) -> None:
    analysis = _numbered(tmp_path, 1, 10)
    before = films.seen(Path(analysis.video.path))
    after = films.seen(film.run(analysis, tmp_path / "film.mp4", NOTHING))
    for (time_s, rgb), (time_then_s, rgb_then) in zip(before, after, strict=True):
        assert time_s == pytest.approx(time_then_s)
        assert rgb.shape == rgb_then.shape
        assert np.abs(rgb.astype(int) - rgb_then).mean() < 2


@pytest.mark.parametrize("size", [(321, 181), (33, 47), (241, 135), (641, 362)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    path = clips.write(tmp_path / "a.mkv", 3, codec="ffv1", pix_fmt="yuv444p", size=size)
    faces = films.rows_of([(0, 0.0, 1, (4.0, 4.0, 20.0, 20.0))])
    analysis = films.analysis_of(path, faces, films.samples_of([(0, 0.0)]))
    pictures = films.seen(film.run(analysis, tmp_path / "f.mp4"))
    assert len(pictures) == 3
    height, width, _ = pictures[0][1].shape
    assert (width, height % 2) == (size[0] // 2 * 2, 0)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "size"),
    [
        ("libx264", "yuv420p", (64, 48)),
        ("ffv1", "bgr0", (64, 48)),
        ("ffv1", "bgr0", (960, 720)),
        ("mjpeg", "yuvj420p", (64, 48)),
        ("ffv1", "yuv420p10le", (64, 48)),
    ],
)
def test_colours_stay_however_they_are_coded(
    tmp_path: Path, codec: str, pix_fmt: str, size: tuple[int, int]
) -> None:
    path = films.write_plain(tmp_path / "a.mkv", (200, 60, 30), codec, pix_fmt, size)
    ((_, rgb), *_) = films.seen(film.run(_one_look(path), tmp_path / "film.mp4", NOTHING))
    assert rgb.reshape(-1, 3).mean(axis=0) == pytest.approx((200, 60, 30), abs=4)


def test_a_film_tells_what_it_is_and_begins_before_it_is_loaded(tmp_path: Path) -> None:
    made = film.run(_numbered(tmp_path, 5, 10), tmp_path / "film.mp4")
    with av.open(str(made)) as container:
        assert palette.APPARENT in container.metadata["comment"]
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    data = made.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_film_replaces_the_one_before_and_leaves_nothing_else(tmp_path: Path) -> None:
    analysis, out = _numbered(tmp_path, 5, 10), tmp_path / "film.mp4"
    out.write_bytes(b"an old one")
    assert film.run(analysis, out) == out
    assert len(films.seen(out)) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "film.mp4"]


def test_progress_counts_every_frame(tmp_path: Path) -> None:
    told: list[Progress] = []
    film.run(_numbered(tmp_path, 5, 20), tmp_path / "film.mp4", on_progress=told.append)
    assert [(p.stage, p.done, p.total, p.unit) for p in told] == [
        ("export", n, 20, "frames") for n in range(1, 21)
    ]


@pytest.mark.parametrize("options", [FilmOptions(), FilmOptions(blur="faces")])
def test_whoever_cancels_finds_nothing_half_written(tmp_path: Path, options: FilmOptions) -> None:
    analysis, out = _numbered(tmp_path, 5, 60), tmp_path / "films" / "film.mp4"
    calls = 0

    def stop(progress: Progress) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        film.run(analysis, out, options, stop)
    assert list(out.parent.iterdir()) == []


def _gone(path: Path, tmp_path: Path) -> Path:
    path.unlink()
    return path


def _picture(path: Path, tmp_path: Path) -> Path:
    Image.new("RGB", (64, 64)).save(path, format="PNG")
    return path


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [(_gone, SourceError, "not there any more"), (_picture, MediaError, "is a picture")],
)
def test_what_cannot_be_filmed_is_told(
    tmp_path: Path, change: Callable[[Path, Path], Path], error: type[InputError], words: str
) -> None:
    analysis = _numbered(tmp_path, 5, 10)
    change(Path(analysis.video.path), tmp_path)
    with pytest.raises(error, match=words):
        film.run(analysis, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_an_analysis_of_nothing_is_refused(tmp_path: Path) -> None:
    path = clips.write(tmp_path / "clip.mp4", 5)
    with pytest.raises(MediaError, match="nothing to draw"):
        film.run(films.analysis_of(path, films.rows_of([]), films.samples_of([])), tmp_path / "f")


def test_a_film_never_replaces_its_own_source(tmp_path: Path) -> None:
    analysis = _numbered(tmp_path, 5, 10)
    before = Path(analysis.video.path).read_bytes()
    with pytest.raises(InputError, match="the video itself"):
        film.run(analysis, Path(analysis.video.path))
    assert Path(analysis.video.path).read_bytes() == before


def test_an_unknown_blur_names_the_choices() -> None:
    with pytest.raises(SettingsError, match="none, faces"):
        FilmOptions(blur="a bit")  # type: ignore[arg-type]


def _sounds(path: Path) -> list[bytes]:
    """The packets of the sound, without the headers that a transport stream puts before each."""
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    return [data[7:] if data[:2] in (b"\xff\xf1", b"\xff\xf9") else data for data in packets]
