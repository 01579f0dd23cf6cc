"""Live sessions: equal to an analysis of the same frames, and nothing ends them but their end."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from facemotion import live, pipeline
from facemotion.errors import InputError, SourceError
from facemotion.frames import kept
from facemotion.live.clock import Clock
from facemotion.records import EMOTIONS, Settings
from tests import clips, live_server
from tests.live_server import LiveServer, Piece

FAST = 8.0
"""So many times as fast as life: what takes a minute takes eight seconds."""

VALUES = ["x", "y", "w", "h", "confidence", "pitch_deg", "yaw_deg", *EMOTIONS]


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds in which every picture shows its number, 25 a second; no face."""
    return clips.write(tmp_path_factory.mktemp("numbered") / "clip.mp4", 300)


@pytest.fixture(scope="session")
def numbered_pieces(numbered: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Piece]:
    return live_server.pieces(numbered, tmp_path_factory.mktemp("pieces") / "numbered")


@pytest.fixture(scope="session")
def portrait_pieces(portrait_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Piece]:
    return live_server.pieces(portrait_clip, tmp_path_factory.mktemp("pieces") / "portrait")


@pytest.fixture
def watch(cache_root: Path) -> Iterator[Callable[..., live.Live]]:
    """Begin sessions that end with the test."""
    begun: list[live.Live] = []

    def begin(source: object, clock: Clock, **settings: object) -> live.Live:
        chosen = live.LiveSettings(**{"fps": 2.5, "timeout_s": 1.0, **settings})  # type: ignore[arg-type]
        begun.append(live.watch(str(source), chosen, cache_root, clock=clock))
        return begun[-1]

    yield begin
    for session in begun:
        session.stop()
        session.join(10)


def until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def wait_for(session: live.Live, state: str) -> None:
    until(lambda: session.state == state or session.is_over)
    assert session.state == state, session.message


def shown(session: live.Live) -> list[tuple[float, int]]:
    """Stream time and written number of every picture in the buffer."""
    pictures = session._buffer.pictures(1e9)
    found = [(time_s, kept.decoded(jpeg)) for _, time_s, jpeg in pictures]
    return [(time_s, clips.number_of(rgb)) for time_s, rgb in found if rgb is not None]


def assert_on_time(session: live.Live, rate: float = 25.0) -> None:
    """Every picture has the time that it shows: nothing was shifted, and what lacks is said."""
    pictures = shown(session)
    first = pictures[0][1]
    for time_s, number in pictures:
        assert time_s == pytest.approx((number - first) / rate, abs=1e-3)
    snapshot = session.snapshot()
    step_s = live.session.GAP_STEPS / session.settings.fps
    for (before_s, _), (after_s, _) in itertools.pairwise(pictures):
        told = [g for g in snapshot.gaps if g.start_s <= before_s and after_s <= g.end_s]
        assert after_s - before_s <= step_s + 1e-6 or told, (before_s, after_s, snapshot.gaps)


def first_asked(server: LiveServer) -> int:
    """The number of the piece that a session began with."""
    return next(int(path.split("piece-")[1]) for path in server.asked if "piece-" in path)


def reasons(session: live.Live) -> set[str]:
    """Why something was not seen, but for this machine's own slowness."""
    return {gap.why for gap in session.snapshot().gaps} - {"slowed", "dropped"}


def test_a_stream_is_measured_as_a_file_of_the_same_frames(
    portrait_pieces: list[Piece], watch: Callable[..., live.Live], cache_root: Path, tmp_path: Path
) -> None:
    clock = Clock(3)
    with LiveServer(portrait_pieces, clock, n_first=1) as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
    seen = session.snapshot()
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(piece.data for piece in portrait_pieces[first_asked(server) :]))
    offline = pipeline.run(whole, Settings(every_s=0.4), cache_root=cache_root)
    assert len(seen.faces) >= 8
    both = seen.faces.merge(offline.faces, on="frame", suffixes=("", "_offline"))
    assert len(both) == len(seen.faces)
    for name in VALUES:
        np.testing.assert_array_equal(both[name], both[f"{name}_offline"], err_msg=name)
    np.testing.assert_allclose(both["timestamp"], both["timestamp_offline"], atol=1e-9)
    assert set(seen.samples["frame"]) <= set(offline.samples["frame"])
    assert set(seen.faces["face_id"]) == {0}


def test_kept_minutes_are_an_analysis_with_the_same_values(
    portrait_clip: Path, watch: Callable[..., live.Live], cache_root: Path
) -> None:
    session = watch(portrait_clip, Clock(4))
    wait_for(session, "ended")
    seen = session.snapshot()
    analysis = pipeline.reopen(session.keep(5), cache_root=cache_root)
    assert len(analysis.faces) == len(seen.faces) >= 8
    for name in VALUES:
        np.testing.assert_array_equal(analysis.faces[name], seen.faces[name], err_msg=name)
    assert analysis.moments and analysis.explanations
    assert (analysis.folder / str(analysis.moments[0].face_path)).is_file()
    assert analysis.video.title.startswith("portrait.mp4, live on 20")
    assert analysis.notes[0] == "Kept from a live stream: portrait.mp4."
    again = pipeline.run(analysis.video.path, Settings(every_s=1), cache_root=cache_root)
    assert len(again.faces) > 3, "it can be measured again like any other video"


def test_times_of_kept_minutes_are_those_of_the_stream(
    numbered: Path, watch: Callable[..., live.Live], cache_root: Path
) -> None:
    session = watch(numbered, Clock(FAST), fps=5.0)
    wait_for(session, "ended")
    seen = session.snapshot()
    analysis = pipeline.reopen(session.keep(0.1), cache_root=cache_root)
    kept_times = analysis.samples["timestamp"]
    times = seen.samples["timestamp"]
    assert kept_times.tolist() == times[times >= times.iloc[-1] - 6].tolist()
    pixels = pipeline.sampled_frames(analysis).grab(analysis.samples["frame"])
    for frame, time_s in zip(analysis.samples["frame"], kept_times, strict=True):
        assert clips.number_of(pixels[frame]) == round(25 * time_s)
    elsewhere = pipeline.run(
        analysis.video.path, Settings(every_s=1, start_s=8, end_s=11), cache_root=cache_root
    )
    assert elsewhere.samples["timestamp"].between(8, 11.2).all()


def test_a_session_that_nobody_looks_at_ends(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock, loops=True) as server:
        session = watch(server.url, clock, idle_s=3.0)
        wait_for(session, "stopped")


def test_an_encrypted_stream_is_read(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock, key=b"sixteen letters!") as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
    assert_on_time(session)
    assert reasons(session) == set()


def test_a_file_plays_at_its_own_speed_with_its_own_times(
    numbered: Path, watch: Callable[..., live.Live]
) -> None:
    session = watch(numbered, Clock(FAST))
    wait_for(session, "ended")
    assert_on_time(session)
    seen = session.snapshot()
    assert seen.samples["timestamp"].iloc[0] == 0
    assert seen.message == "The file has been played to its end."


@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
def test_a_stream_runs_from_the_newest_piece_to_its_end(
    kind: str, numbered: Path, watch: Callable[..., live.Live], tmp_path: Path
) -> None:
    clock = Clock(FAST)
    pieces = live_server.pieces(numbered, tmp_path / "pieces", kind=kind)
    with LiveServer(pieces, clock) as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
        assert session.message == "The stream has ended."
    assert_on_time(session)
    assert shown(session)[0][1] == 25 * first_asked(server) > 0, "the newest piece comes first"
    assert reasons(session) == set()


def test_a_server_that_is_killed_and_set_up_again_ends_nothing(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock, window=2, loops=True) as server:
        session = watch(server.url, clock)
        until(lambda: session.stats.n_samples >= 3)
        server.stop()
        wait_for(session, "reconnecting")
        assert "Trying again in" in session.message
        clock.wait(threading.Event(), 4)
        n_samples = session.stats.n_samples
        server.start()
        until(lambda: session.stats.n_samples >= n_samples + 3)
        wait_for(session, "live")
    gap = next(g for g in session.snapshot().gaps if g.why == "disconnected")
    assert gap.end_s > gap.start_s and gap.lasted_s > 2
    assert session.stats.n_reconnects >= 1


def test_what_a_network_cut_took_is_a_gap_and_no_shift(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(6)
    with LiveServer(numbered_pieces, clock, window=2) as server:
        session = watch(server.url, clock)
        until(lambda: session.stats.n_samples >= 3)
        server.cut = True
        clock.wait(threading.Event(), 4)
        server.cut = False
        wait_for(session, "ended")
    assert_on_time(session)
    assert reasons(session) == {"disconnected"}


def test_a_missing_and_a_damaged_piece_are_gaps(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock, missing={4}, damaged={7}) as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
    assert_on_time(session)
    assert reasons(session) == {"missing", "damaged"}
    missing = next(g for g in session.snapshot().gaps if g.why == "missing")
    begins_s = 4.0 - first_asked(server)
    assert missing.start_s < begins_s and missing.end_s >= begins_s + 1.0


def test_a_piece_that_hangs_is_asked_for_again(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(6)
    with LiveServer(numbered_pieces, clock, slow={4: 12.0}, window=20) as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
        assert sum(path.endswith("piece-4") for path in server.asked) == 2
    assert_on_time(session)
    gap = next(g for g in session.snapshot().gaps if g.why == "disconnected")
    assert gap.lasted_s >= 2


def test_a_stream_that_stands_still_is_waited_for(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock) as server:
        session = watch(server.url, clock)
        until(lambda: session.stats.n_samples >= 3)
        server.freeze()
        wait_for(session, "stalled")
        assert "standing still for" in session.message
        server.thaw()
        wait_for(session, "ended")
    assert_on_time(session)
    gap = next(g for g in session.snapshot().gaps if g.why == "stalled")
    assert gap.start_s == gap.end_s and gap.lasted_s > 3, "nothing of the stream is lost"


def test_an_address_that_expires_is_resolved_again(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(6)
    with LiveServer(numbered_pieces, clock) as server:
        server.token = "first"
        session = watch(server.url, clock)
        until(lambda: session.stats.n_samples >= 3)
        server.token = "second"
        wait_for(session, "ended")
        assert any(path.startswith("/second/piece") for path in server.asked)
    assert_on_time(session)


def test_numbers_that_begin_anew_are_another_piece_of_the_same_session(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(FAST)
    with LiveServer(numbered_pieces, clock, n_first=6, loops=True) as server:
        session = watch(server.url, clock)
        until(lambda: session.stats.n_samples >= 3)
        server.renumber()
        n_samples = session.stats.n_samples
        until(lambda: session.stats.n_samples >= n_samples + 8)
    times = session.snapshot().samples["timestamp"]
    assert times.is_monotonic_increasing and times.iloc[-1] < 60


def test_another_resolution_in_mid_stream_changes_no_box_and_no_time(
    portrait_clip: Path, watch: Callable[..., live.Live], tmp_path: Path
) -> None:
    clock = Clock(3)
    large = live_server.pieces(portrait_clip, tmp_path / "large")[:3]
    small = live_server.pieces(
        portrait_clip, tmp_path / "small", size=(160, 160), from_s=100.0, starts_anew=True
    )[:3]
    with LiveServer([*large, *small], clock, n_first=1) as server:
        session = watch(server.url, clock)
        wait_for(session, "ended")
    seen = session.snapshot()
    assert seen.frame is not None and seen.frame.shape == (320, 320, 3)
    assert seen.faces["w"].max() < 1.25 * seen.faces["w"].min()
    assert set(seen.faces["face_id"]) == {0}
    left_s = 6 - first_asked(server)
    assert left_s - 1 < seen.samples["timestamp"].iloc[-1] < left_s
    assert reasons(session) == set()


def test_a_recording_is_refused_with_the_way_to_analyse_it(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock()
    with LiveServer(numbered_pieces, clock, n_first=12) as server:
        session = watch(server.url, clock)
        wait_for(session, "failed")
    assert "is a recording, not a live stream. Analyse it" in session.message


def test_what_is_not_there_is_told(watch: Callable[..., live.Live], tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        watch(tmp_path / "nothing.mp4", Clock())
    with LiveServer([Piece(b"", 1.0)] * 2, Clock()) as server:
        url = server.url.replace("live.m3u8", "other")
        session = watch(url, Clock())
        wait_for(session, "failed")
    assert "HTTP 404" in session.message
    with pytest.raises(InputError, match="Nothing has been measured yet"):
        session.keep(1)


def test_private_addresses_are_refused_where_they_are_not_allowed(
    watch: Callable[..., live.Live],
) -> None:
    with pytest.raises(SourceError, match="private or local address"):
        watch("http://127.0.0.1:9/live.m3u8", Clock(), allow_private_urls=False)


def test_many_watchers_share_one_reader(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(6)
    with LiveServer(numbered_pieces, clock, loops=True) as server:
        one = watch(server.url, clock)
        same = watch(server.url, clock)
        other = watch(server.url, clock, fps=1.0)
        assert same is one and other is not one
        until(lambda: one.stats.n_samples >= 3 and other.stats.n_samples >= 3)
        asked = [path for path in server.asked if "/piece-" in path]
        assert len(asked) == len(set(asked)), "each piece is fetched once"
        one.leave()
        assert not one.is_over, "somebody is still looking"
        one.leave()
        assert one.state == "stopped"
        n_samples = other.stats.n_samples
        until(lambda: other.stats.n_samples > n_samples)


def test_a_pause_is_a_gap(numbered: Path, watch: Callable[..., live.Live]) -> None:
    clock = Clock(6)
    session = watch(numbered, clock)
    until(lambda: session.stats.n_samples >= 3)
    session.pause()
    assert session.state == "paused"
    clock.wait(threading.Event(), 2)
    session.resume()
    wait_for(session, "ended")
    assert_on_time(session)
    assert reasons(session) == {"paused"}


def test_memory_and_buffer_stay_small_however_long_it_runs(
    numbered_pieces: list[Piece], watch: Callable[..., live.Live]
) -> None:
    clock = Clock(30)
    with LiveServer(numbered_pieces, clock, loops=True) as server:
        session = watch(server.url, clock, buffer_s=10.0, fps=1.0)
        until(lambda: session.stats.time_s > 60)
    seen = session.snapshot()
    assert seen.samples["timestamp"].iloc[-1] - seen.samples["timestamp"].iloc[0] < 80
    pictures = session._buffer.pictures(1e9)
    assert pictures[-1][1] - pictures[0][1] <= 10
    for before_s, after_s in itertools.pairwise(seen.samples["timestamp"]):
        told = any(g.start_s <= before_s and after_s <= g.end_s for g in seen.gaps)
        assert after_s - before_s <= 1.5 or told
