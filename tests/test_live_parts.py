"""The parts of a live session, each alone: playlists, stream time, rules, people, rows."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from facemotion import export
from facemotion.cli import live_commands
from facemotion.download.live import Line, NotLive
from facemotion.errors import SettingsError
from facemotion.frames.video import Picture
from facemotion.live import Event, Gap, LiveSettings, Rule, Sample, playlist, record
from facemotion.live.buffer import Buffer
from facemotion.live.events import Watch
from facemotion.live.intake import COSTS, Arrival, Intake
from facemotion.live.measuring import LIVE_COLUMNS
from facemotion.live.playlist import NotAPlaylist, Part
from facemotion.live.timeline import Timeline
from facemotion.live.tracks import Shots, Tracker
from facemotion.records import EMOTIONS, Settings
from tests import clips
from tests.servers import VideoServer

REPOSITORY = Path(__file__).parents[1]
LISTING = """#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-MAP:URI="init.mp4",BYTERANGE="720@0"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00Z
#EXTINF:5.5,
#EXT-X-BYTERANGE:1000@720
all.mp4
#EXTINF:6,
#EXT-X-BYTERANGE:500
all.mp4
#EXT-X-DISCONTINUITY
#EXT-X-KEY:METHOD=AES-128,URI="/key",IV=0x10
#EXTINF:4,
https://other.example/b.ts?a=1
"""


def test_a_playlist_names_pieces_with_ranges_headers_keys_and_dates() -> None:
    listed = playlist.parse(LISTING, "https://example.org/live/list.m3u8")
    one, two, three = listed.segments
    assert (listed.target_s, listed.is_ended) == (6, False)
    assert [s.sequence for s in listed.segments] == [41, 42, 43]
    assert one.media == Part("https://example.org/live/all.mp4", (720, 1720))
    assert two.media.byte_range == (1720, 2220), "it goes on behind the one before"
    assert one.header == Part("https://example.org/live/init.mp4", (0, 720))
    assert one.wall_s is not None and two.wall_s == one.wall_s + 5.5
    assert (two.starts_anew, three.starts_anew) == (False, True)
    assert three.key is not None and three.key.url == "https://example.org/key"
    assert three.key.iv == bytes(15) + b"\x10"
    assert playlist.parse("#EXTM3U\n#EXT-X-ENDLIST\n", "").is_ended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8",
        "#EXTM3U\n#EXTINF:many,\na.ts",
        '#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"\n#EXTINF:1,\na.ts',
    ],
)
def test_what_is_no_media_playlist_is_refused(text: str) -> None:
    with pytest.raises(NotAPlaylist):
        playlist.parse(text, "https://example.org/")


def test_stream_time_goes_on_as_the_timestamps_do() -> None:
    timeline = Timeline()
    assert timeline.place(1000.0, False, 0) == -1000.0
    timeline.passed(2.0)
    timeline.skip(2.3)  # the playlist says about 2 s are lost; the timestamps say just when
    assert timeline.place(1004.0, False, 3) + 1004.0 == 4.0


@pytest.mark.parametrize("first_s", [0.0, 1002.0, 95_443.7])
def test_a_new_clock_begins_where_the_old_one_ended(first_s: float) -> None:
    timeline = Timeline()
    timeline.place(1000.0, False, 0)
    timeline.passed(2.0)
    timeline.skip(3.0)
    assert timeline.place(first_s, True, 3) + first_s == pytest.approx(5.0)


def test_timestamps_that_jump_without_a_word_are_a_new_clock() -> None:
    timeline = Timeline()
    timeline.place(1000.0, False, 0)
    timeline.passed(2.0)
    assert timeline.place(0.0, False, 1) == 2.0
    timeline.passed(4.0)
    assert timeline.place(9e4, False, 1) + 9e4 == pytest.approx(4.0)


def pictures(n: int, step_s: float = 0.1) -> list[Picture]:
    raw = av.VideoFrame.from_ndarray(clips.numbered(1), format="rgb24")
    return [Picture(i, i * step_s, raw, 1.0) for i in range(n)]


def test_a_full_queue_drops_the_oldest_and_says_so() -> None:
    intake = Intake(10.0, 0.5)
    for picture in pictures(12):
        intake.offer(picture, Arrival(0, 0))
    left = [intake.take(0) for _ in range(intake.n_taken - intake.n_dropped)]
    assert intake.n_dropped == 12 - len(left) == 7
    assert [w.index for w in left if w] == [7, 8, 9, 10, 11]
    assert [w.why for w in left if w] == ["dropped", None, None, None, None]


def test_pictures_are_taken_on_the_grid_and_fewer_when_they_cost_too_much() -> None:
    intake = Intake(5.0, 100.0)
    for picture in pictures(20):
        intake.offer(picture, Arrival(0, 0))
    assert intake.n_taken == 10
    for _ in range(COSTS):
        intake.took(0.5)
    assert intake.rate == pytest.approx(5 / 3)
    for _ in range(2 * COSTS):
        intake.took(0.01)
    assert intake.rate == 5.0


def values(happy: float) -> dict[int, tuple[str, dict[str, float]]]:
    return {3: ("Ann", {"happy": happy})}


def seen_by(watch: Watch, series: list[tuple[float, float]]) -> list[Event]:
    found = [event for time_s, happy in series for event in watch.update(time_s, values(happy))]
    return [event for event in [*found, *watch.finish()] if event.is_over]


def test_an_event_has_a_start_an_end_and_a_peak() -> None:
    watch = Watch((Rule("happy", 0.7, 2.0, "Ann"), Rule("happy", 0.7, 2.0, "Bob")), 0.5)
    series = [(0.0, 0.2), (0.5, 0.8), (1.0, 0.95), (2.0, 0.7), (2.5, 0.75), (3.0, 0.1)]
    event = Event(Rule("happy", 0.7, 2.0, "Ann"), 3, "Ann", 0.5, 2.5, 0.95, 1.0, True)
    assert seen_by(watch, series) == [event]


def test_what_is_too_short_or_interrupted_is_no_event() -> None:
    series = [(0.0, 0.9), (1.0, 0.9), (1.5, 0.1), (2.0, 0.9), (3.0, 0.9), (6.0, 0.9)]
    assert seen_by(Watch((Rule("happy", 0.7, 2.0),), 0.5), series) == []
    assert len(seen_by(Watch((Rule("happy", 0.7, 1.0),), 0.5), series)) == 2


def test_an_event_can_be_below_and_nan_is_none() -> None:
    series = [(0.0, 0.1), (0.5, 0.05), (1.0, float("nan")), (1.5, 0.9)]
    (event,) = seen_by(Watch((Rule("happy", 0.2, 0.5, is_below=True),), 0.5), series)
    assert (event.start_s, event.end_s, event.peak, event.peak_s) == (0.0, 0.5, 0.05, 0.5)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("surprise > 0.7", Rule("surprise", 0.7)),
        ("surprise of Face 1 > .7 for 2", Rule("surprise", 0.7, 2.0, "Face 1")),
        ("valence<-0.5 for 1.5 s", Rule("valence", -0.5, 1.5, None, True)),
    ],
)
def test_rules_are_written_as_people_say_them(text: str, rule: Rule) -> None:
    assert live_commands.rule(text) == rule


@pytest.mark.parametrize("text", ["surprise", "joy > 0.5", "happy > . for 2", "happy > 1 for 1e9"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        live_commands.rule(text)


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"fps": 0.0}, {"smoothing": "magic"}, {"buffer_s": 1.0}, {"detector": "none"}):
        with pytest.raises(SettingsError):
            LiveSettings(**wrong)  # type: ignore[arg-type]


def look(grey: int) -> bytes:
    return bytes([grey]) * (8 * 6 * 3)


def test_a_face_keeps_its_number_while_it_is_seen_and_over_a_short_gap() -> None:
    tracker = Tracker(2.0, 0.2)
    left, right = [10.0, 10, 50, 50], [300.0, 10, 50, 50]
    numbers = [
        tracker.update(0.0, np.array([left, right]), [look(40), look(200)], 0),
        tracker.update(0.2, np.array([right]), [look(200)], 0),
        tracker.update(1.2, np.array([left, right]), [look(40), look(200)], 0),
        tracker.update(1.4, np.array([left]), [look(40)], 1),
        tracker.update(5.0, np.array([left]), [look(40)], 1),
    ]
    assert numbers == [[0, 1], [1], [0, 1], [2], [3]], "neither over a cut nor over a long gap"


def test_a_cut_stands_out_and_a_flash_is_none() -> None:
    rng = np.random.default_rng(0)
    one, other = (
        rng.integers(0, 256, 8 * 8 * 3, dtype=np.uint8).tobytes() + bytes(64) for _ in range(2)
    )
    shots = Shots()
    scenes = [one] * 8 + [other] + [one] * 8 + [other] * 8
    assert [shots.update(i * 0.2, mark) for i, mark in enumerate(scenes)][8:] == [1] + [0] * 8 + [
        2
    ] * 8


def sample(number: int, n_faces: int = 1, n_bytes: int = 1000) -> Sample:
    probabilities = dict.fromkeys(EMOTIONS, 1 / 7)
    row = {"frame": number, "timestamp": number / 5, "face_id": 0, "source": "local"}
    box = {"x": 1.0, "y": 2.0, "w": 30.0, "h": 40.0, "confidence": 0.9}
    shown = {f"{name}_shown": 1 / 7 for name in EMOTIONS}
    face = dict.fromkeys(LIVE_COLUMNS, float("nan")) | row | box | probabilities | shown
    face |= {"track_id": 0, "person": "Face 0", "dominant_emotion": "happy", "baseline": ""}
    return Sample(number, number / 5, 0, (face,) * n_faces, bytes(n_bytes), 1.5, 0.1)


def test_the_buffer_keeps_the_last_seconds_and_a_bounded_number_of_bytes() -> None:
    buffer = Buffer(20.0, 30_000)
    for number in range(500):
        buffer.add(sample(number, n_faces=number % 3))
    held = buffer.held()
    assert len(buffer.pictures(1e9)) == 30
    assert len(buffer.pictures(1.0)) == 6
    assert held.samples["timestamp"].iloc[-1] == pytest.approx(99.8)
    assert 20 <= 99.8 - held.samples["timestamp"].iloc[0] <= 31
    assert held.samples["timestamp"].is_monotonic_increasing
    assert len(held.faces) == held.samples["n_faces"].sum()
    assert held.last is not None and held.last.frame == 499


def test_slow_stretches_that_touch_are_one_gap() -> None:
    buffer = Buffer(20.0, 10**6)
    for gap in (Gap(0, 1, "slowed"), Gap(1, 2, "slowed"), Gap(3, 4, "slowed"), Gap(4, 5, "paused")):
        buffer.gap(gap)
    assert [(g.start_s, g.end_s) for g in buffer.held().gaps] == [(0, 2), (3, 4), (4, 5)]


def test_rows_are_those_of_faces_csv_and_gaps_are_rows_of_their_own() -> None:
    items = (sample(5, 2), sample(6, 0), Gap(1.2, 4.0, "disconnected", 2.5))
    text = record.header() + "".join(map(record.csv_of, items))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0])[: len(export.CSV_COLUMNS)] == export.CSV_COLUMNS
    assert [row["success"] for row in rows] == ["1", "1", "0", "0"]
    assert [row["latency_s"] for row in rows] == ["1.5", "1.5", "1.5", ""]
    gap = rows[3]
    assert (gap["timestamp"], gap["gap_end_s"], gap["gap_why"]) == (
        *("1.200000", "4.000000"),
        "disconnected",
    )
    assert pd.read_csv(io.StringIO(text))["frame"].notna().tolist() == [True, True, True, False]


def test_facts_are_json_without_nan() -> None:
    event = Event(Rule("happy", 0.7), 0, "Face 0", 1.0, 2.0, float("nan"), 1.5)
    for item in (sample(5), Gap(1.2, 4.0, "paused"), event):
        json.dumps(record.facts_of(item), allow_nan=False)
    assert record.facts_of(event)["rule"] == "happy of anybody above 0.7"


def test_the_command_line_says_each_sample_and_appends_rows(
    portrait_clip: Path, cache_root: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "facemotion", "live", str(portrait_clip), "--fps", "5"]
    command += ["--seconds", "2", "--out", str(tmp_path), "--rule", "happy > 0.5 for 0.5"]
    command += ["--cache-dir", str(cache_root)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in run.stdout.splitlines()]
    samples = [item for item in told if item["type"] == "sample"]
    assert samples and samples[0]["time_s"] == 0
    assert samples[0]["faces"][0]["dominant_emotion"] == "happy"
    events = [item for item in told if item["type"] == "event"]
    assert [item["is_over"] for item in events] in ([False], [False, True])
    rows = pd.read_csv(tmp_path / "live.csv")
    assert len(rows) == sum(len(item["faces"]) for item in samples)
    assert rows["happy"].iloc[0] == samples[0]["faces"][0]["probabilities"]["happy"]
    assert "Watching portrait.mp4" in run.stderr and "samples" in run.stderr


def test_what_cannot_be_watched_is_one_line_and_code_2(cache_root: Path) -> None:
    command = [sys.executable, "-m", "facemotion", "live", "http://127.0.0.1:9/live.m3u8"]
    command += ["--cache-dir", str(cache_root)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert "127.0.0.1 refuses connections" in run.stderr.splitlines()[-1]


def test_importing_the_command_line_needs_no_models() -> None:
    code = "import facemotion.cli.arguments, sys; print('av' in sys.modules, 'cv2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert run.stdout.decode().split()[0] == "False"


def test_the_address_of_a_video_file_is_a_recording(tmp_path: Path) -> None:
    clip = clips.write(tmp_path / "a-talk.mp4", 10)
    with (
        VideoServer() as server,
        Line(server.file("/a-talk.mp4", clip), Settings(), 5.0, lambda: None) as line,
        pytest.raises(NotLive, match="is a recording, not a live stream"),
    ):
        line.look_up()
