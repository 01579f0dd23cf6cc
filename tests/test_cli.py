"""The command line: what other programs rely on, and one clear line for every bad input."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from PIL import Image

from facemotion import __main__ as cli
from facemotion import pipeline
from facemotion.cli import arguments, options
from facemotion.records import Settings
from tests import clips
from tests.servers import VideoServer

REPOSITORY = Path(__file__).parents[1]


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def call(cache_root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run a command in this process, with this test's cache."""

    def run(*words: object) -> Answer:
        argv = [str(word) for word in words]
        if argv[:1] in (["analyze"], ["demo"], ["cache"]):
            argv += ["--cache-dir", str(cache_root)]
        code = cli.main(argv)
        return Answer(code, *capsys.readouterr())

    return run


def test_the_moments_are_explained_on_the_screen(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    told = call("analyze", portrait_clip, "--out", tmp_path / "a", "--every", 1)
    assert "The classifier gives happy" in " ".join(told.out.split())
    assert max(map(len, told.out.splitlines())) <= 100
    silent = call(
        "analyze", portrait_clip, "--out", tmp_path / "b", "--every", 1, "--explainer", "none"
    )
    assert "The classifier gives" not in " ".join(silent.out.split())


def test_analyze_writes_what_the_design_promises(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    answer = call("analyze", portrait_clip, "--out", out, "--every", 0.5, "--max-moments", 3)
    assert answer.code == 0
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    tables = {"faces.csv", "faces.parquet", "openface.csv", "windows.csv"}
    assert {"detections.json", "summary.png", *tables} <= names
    assert {name for name in names if name.startswith("cards/")} == {
        f"cards/card_0{number}_happy.png" for number in (1, 2, 3)
    }
    stored = json.loads((out / "detections.json").read_text())
    assert [d["dominant_emotion"] for d in stored["detections"]] == ["happy"] * 3
    for detection in stored["detections"]:
        assert sum(detection["emotion_scores"].values()) == pytest.approx(100, abs=1e-9)
        assert (out / detection["face_crop_path"]).is_file()
    table = pd.read_csv(out / "faces.csv")
    assert table["success"].tolist() == [1] * 12 + [0] * 4
    assert len(pd.read_parquet(out / "faces.parquet")) == 16


def test_json_goes_to_stdout_and_progress_to_stderr(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--json")
    summary = json.loads(answer.out)
    assert summary["work"] == {"downloaded_bytes": 0, "frames_decoded": 3, "frames_analysed": 3}
    assert "Faces" in answer.err
    assert [person["face_id"] for person in summary["summary"]["people"]] == [0]
    again = call("analyze", portrait_clip, "--out", tmp_path / "out", "--json", "--quiet")
    assert json.loads(again.out)["work"]["frames_analysed"] == 0
    assert again.err == ""


def test_the_table_is_read_by_people(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--max-moments", 1)
    assert re.search(r"time +face +apparent +score +why", answer.out)
    assert re.search(r"0:0\d\.\d +0 +happy +\d+% +strongest happy, most expressive", answer.out)
    assert re.search(r"face +person +seen +most often +expressive", answer.out)
    assert re.search(r"0 +Face \S+ +0:06\S* +happy 100% +\d+%", answer.out)


def test_a_picture_is_a_video_of_one_frame(call: Callable[..., Answer], tmp_path: Path) -> None:
    import skimage.data

    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "portrait.png")
    out = tmp_path / "out"
    assert call("analyze", tmp_path / "portrait.png", "--out", out).code == 0
    with (out / "faces.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["frame"], row["dominant_emotion"]) == ("0", "happy")


def test_start_and_end_take_clock_times(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    call(
        "analyze", portrait_clip, "--out", out, "--start", "0:02", "--end", "0:00:04", "--every", 1
    )
    assert pd.read_csv(out / "faces.csv")["timestamp"].tolist() == [2.0, 3.0, 4.0]


def _settings_of(*words: str) -> Settings:
    parsed = arguments.build().parse_args(["analyze", "a.mp4", "--out", "out", *words])
    return options.settings(parsed)


def test_without_options_the_settings_are_the_defaults() -> None:
    assert _settings_of() == Settings()


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["--max-muscle-moments", "0"], {"max_muscle_moments": 0}),
        (["--min-gap", "2.5"], {"min_gap_s": 2.5}),
        (
            ["--baseline", "0:05-0:08.5"],
            {"baseline_start_s": 5.0, "baseline_end_s": 8.5},
        ),
        (["--no-landmarks"], {"landmarks": False}),
        (
            ["--max-gap", "1", "--min-track", "0", "--min-track-confidence", "0.9"],
            {"max_gap_s": 1.0, "min_track_s": 0.0, "min_track_confidence": 0.9},
        ),
        (["--smoothing-seconds", "1.5"], {"smoothing_s": 1.5}),
        (["--every", "0", "--start", "1:30"], {"every_s": 0.0, "start_s": 90.0}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_option_changes_its_own_setting(words: list[str], changed: dict[str, object]) -> None:
    assert _settings_of(*words) == Settings().with_changes(**changed)


def test_models_tells_what_is_installed(call: Callable[..., Answer]) -> None:
    listing = call("models")
    assert listing.code == 0
    for name in ("blazeface", "haar", "ferplus-resnet", "mini-xception"):
        assert re.search(rf"\b{name}\b", listing.out)
    entries = json.loads(call("models", "--json").out)
    assert {"kind", "name", "origin", "licence", "accuracy", "on_disk"} <= set(entries[0])


def test_cache_list_evict_and_clear(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path, cache_root: Path
) -> None:
    call("analyze", portrait_clip, "--out", tmp_path / "out")
    listing = call("cache", "list")
    assert "portrait.mp4" in listing.out and "1 videos, " in listing.out
    assert "Deleted 0 videos" in call("cache", "evict").out
    assert "Deleted 1 videos" in call("cache", "evict", "--budget-gb", 0).out
    assert "0 videos" in call("cache", "list").out
    call("analyze", portrait_clip, "--out", tmp_path / "out")
    assert "Deleted 1 videos" in call("cache", "clear").out
    assert pipeline.recent(cache_root) == []


def test_help_reads_well() -> None:
    command = [sys.executable, "-m", "facemotion", "--help"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for word in ("analyze", "demo", "models", "cache", "examples:", "apparent expressions"):
        assert word in run.stdout


def test_the_options_of_analyze_are_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["analyze", "--help"])
    text = capsys.readouterr().out
    assert "analyze SOURCE --out DIR [options]" in text
    for group in ("what to look at", "models", "people", "moments", "tables", "limits"):
        assert f"\n{group}" in text


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _half(path: Path, scratch: Path) -> Path:
    whole = clips.write(scratch / f"whole-{path.name}", 100).read_bytes()
    return _write(path, whole[: len(whole) // 2])


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


# What is given, what is said about it. "{tmp}" is a scratch folder, "{site}" a local web server.
BAD_SOURCES: list[tuple[str, str, str]] = [
    ("empty string", "", r"[Ee]mpty|URL or a file"),
    ("blank", "   ", r"[Ee]mpty|URL or a file"),
    ("missing file", "{tmp}/missing.mp4", r"missing.mp4"),
    ("empty file", "{tmp}/empty.mp4", r"empty.mp4 is empty"),
    ("text named .mp4", "{tmp}/text.mp4", r"text.mp4 is not a video"),
    ("truncated file", "{tmp}/half.mp4", r"half.mp4 is not a video"),
    ("audio only", "{tmp}/sound.m4a", r"sound.m4a has only sound"),
    ("1x1 video", "{tmp}/dot.mkv", r"dot.mkv is 1x1 pixels, too small"),
    ("1x1 picture", "{tmp}/dot.png", r"dot.png is 1x1 pixels, too small"),
    ("truncated picture", "{tmp}/half.jpg", r"half.jpg is a damaged picture"),
    ("playlist of local files", "{tmp}/list.m3u8", r"list.m3u8 holds a playlist"),
    ("folder", "{tmp}/folder", r"folder.* is a (folder|directory)"),
    ("file scheme", "file:///etc/hostname", r"file: addresses"),
    ("ftp scheme", "ftp://example.org/a.mp4", r"ftp"),
    ("javascript scheme", "javascript:alert(1)", r"javascript"),
    ("no host", "http://", r"http://"),
    ("bad port", "http://127.0.0.1:99999/a.mp4", r"127.0.0.1"),
    ("nobody listens", "http://127.0.0.1:9/a.mp4", r"127.0.0.1"),
    ("no such host", "http://no-such-host.invalid/a.mp4", r"no-such-host.invalid"),
    ("404", "{site}/missing.mp4", r"404"),
    ("500", "{site}/broken.mp4", r"500"),
    ("endless redirect", "{site}/loop.mp4", r"redirect"),
    ("page without video", "{site}/page.html", r"no video"),
    ("page named .mp4", "{site}/page.mp4", r"no video|not a video"),
    ("empty answer", "{site}/nothing.mp4", r"nothing|empty|not a video"),
]


@pytest.fixture(scope="module")
def bad_things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp = tmp_path_factory.mktemp("bad")
    _write(tmp / "empty.mp4", b"")
    _write(tmp / "text.mp4", b"This is no video.\n" * 99)
    _half(tmp / "half.mp4", tmp)
    clips.write_sound_only(tmp / "sound.m4a")
    clips.write(tmp / "dot.mkv", 3, codec="ffv1", pix_fmt="yuv444p", size=(1, 1))
    Image.new("RGB", (1, 1)).save(tmp / "dot.png")
    Image.effect_noise((300, 300), 50).save(tmp / "noise.jpg")
    _write(tmp / "half.jpg", (tmp / "noise.jpg").read_bytes()[:20_000])
    _write(tmp / "list.m3u8", b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n#EXT-X-ENDLIST\n")
    _folder(tmp / "folder")
    return tmp


@pytest.mark.parametrize(("kind", "source", "said"), BAD_SOURCES, ids=[b[0] for b in BAD_SOURCES])
def test_a_bad_source_is_told_in_one_line_and_leaves_nothing(
    call: Callable[..., Answer],
    bad_things: Path,
    tmp_path: Path,
    cache_root: Path,
    kind: str,
    source: str,
    said: str,
) -> None:
    with VideoServer() as server:
        server.error("/broken.mp4", 500)
        server.redirect("/loop.mp4", "/loop.mp4")
        server.page("/page.html", "<html><body><p>Nothing moves here.</p></body></html>")
        server.page("/page.mp4", "<html><body><p>Nothing moves here.</p></body></html>")
        server.file("/nothing.mp4", b"")
        site = server.url("").rstrip("/")
        out = tmp_path / "out"
        asked = source.format(tmp=bad_things, site=site)
        answer = call("analyze", asked, "--out", out, "--quiet")
    assert (answer.code, answer.out) == (2, "")
    assert re.search(said, answer.err), answer.err
    assert answer.err.count("\n") == 1 and answer.err.rstrip().endswith((".", "'", ")"))
    assert not out.exists()
    assert pipeline.recent(cache_root) == []
    assert list(cache_root.glob("*/*.partial/*.jpg")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--every", "-1"], r"every_s is -1, but must be 0 to 3600 seconds"),
        (["--every", "nan"], r"every_s is nan"),
        (["--every", "often"], r"--every.*'often'"),
        (["--max-moments", "0"], r"max_moments is 0"),
        (["--max-moments", "2.5"], r"--max-moments.*'2.5'"),
        (["--start", "soon"], r"'soon' is no time; give seconds, m:ss or h:mm:ss"),
        (["--start", "9", "--end", "3"], r"ends at 3 s, before it starts at 9 s"),
        (["--start", "500"], r"portrait.mp4 has no picture between 500 s and its end"),
        (["--detector", "nosuch"], r"no detector called 'nosuch'. Choose one of: blazeface, haar"),
        (["--classifier", "nosuch"], r"no classifier called 'nosuch'. Choose one of: "),
        (
            ["--explainer", "nosuch"],
            r"no explainer called 'nosuch'. Choose one of: facs, claude",
        ),
        (["--max-height", "2"], r"max_height is 2"),
        (["--max-hours", "0"], r"max_duration_s is 0"),
        (["--max-gb", "inf"], r"--max-gb is inf"),
        (["--max-muscle-moments", "-1"], r"max_muscle_moments is -1"),
        (["--baseline", "5"], r"'5' is no range of time; give START-END, such as 0:05-0:08"),
        (["--baseline", "8-5"], r"'8-5' ends before it starts"),
        (["--baseline", "a-b"], r"'a' is no time"),
        (["--min-track-confidence", "2"], r"min_track_confidence is 2, but must be 0 to 1"),
        (["--smoothing-seconds", "0"], r"smoothing_s is 0"),
        (["--no-such-option"], r"[Uu]nrecognized arguments: --no-such-option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_option_is_told_in_one_line(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--quiet", *words)
    assert (answer.code, answer.out) == (2, "")
    assert re.search(said, answer.err), answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("argv", [[], ["nosuch"], ["analyze"], ["analyze", "a.mp4"], ["cache"]])
def test_wrong_usage_is_told_in_one_line(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_output_folder_that_is_a_file_is_told_before_any_work(
    call: Callable[..., Answer], portrait_clip: Path, tmp_path: Path, cache_root: Path
) -> None:
    (tmp_path / "out").write_text("in the way")
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--quiet")
    assert answer.code == 2 and "a file is in the way" in answer.err
    assert pipeline.recent(cache_root) == []


def test_a_cache_that_cannot_be_written_is_told(
    portrait_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("in the way")
    words = ["analyze", portrait_clip, "--out", tmp_path / "out", "--quiet"]
    words += ["--cache-dir", tmp_path / "cache"]
    assert cli.main([str(word) for word in words]) == 2
    error = capsys.readouterr().err
    assert "a file is in the way" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_bug_is_called_a_bug(
    call: Callable[..., Answer],
    portrait_clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("one\ntwo")

    monkeypatch.setattr(pipeline, "run", broken)
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--quiet")
    assert answer.code == 1
    assert answer.err.startswith("facemotion failed: ZeroDivisionError: one two. This is a bug")


def test_ctrl_c_says_that_nothing_is_lost(
    call: Callable[..., Answer],
    portrait_clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run", interrupted)
    answer = call("analyze", portrait_clip, "--out", tmp_path / "out", "--quiet")
    assert answer.code == 130 and "What was finished is kept" in answer.err
