"""The page Live: begun, paused, stopped, kept, and what it says to a recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import live, pipeline
from facemotion.live import LiveSettings
from facemotion.ui import look, state
from facemotion.ui.live import watched
from tests.pages import button, opened_at, param, press, words
from tests.servers import VideoServer, hls_playlist, wait_until
from tests.test_dashboard_controls import silent


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    yield
    for session in live.sessions():
        session.stop()
        session.join(10.0)


@pytest.fixture
def with_demo(dashboard_cache: Path, demo_clip: Path) -> Path:
    """A cache that has the demo clip."""
    (dashboard_cache / "demo").symlink_to(demo_clip.parent)
    return dashboard_cache


def running_demo() -> tuple[AppTest, live.Live]:
    """The page with the demo clip playing, once there are some samples."""
    at = press(opened_at(look.LIVE), "Play the demo clip as if it were live")
    wait_until(lambda: any(s.stats.n_samples >= 4 for s in live.sessions()))
    return at.run(), live.sessions()[0]


def chart(at: AppTest) -> str:
    return str(at.get("plotly_chart")[0].proto.alt)


def test_the_demo_as_live_shows_picture_scores_and_chart(with_demo: Path) -> None:
    at, session = running_demo()
    assert not at.exception
    said = words(at)
    assert "Watching demo.mp4" in said and "Looks a second" in said
    assert 'alt="The newest picture, at 0:0' in said and "Face 0, apparently" in said
    assert 'aria-label="Scores:' in said
    assert chart(at).startswith("Running chart of seven smoothed expressions from 0:00.0")
    assert silent(at) == []
    press(at, "Pause")
    assert session.state == "paused"
    assert "Nothing is measured" in words(at.run())
    press(at, "Resume")
    assert session.state != "paused"
    press(at, "Stop")
    assert session.state == "stopped"
    at.run()
    assert [b.label for b in at.button if b.label in ("Pause", "Stop")] == []
    assert "Running chart" in chart(at)
    assert button(at, "Play it again") and silent(at) == []


def test_what_is_kept_opens_as_an_analysis(with_demo: Path) -> None:
    at, session = running_demo()
    press(at, "Stop")
    session.join(10.0)
    press(at, "Keep")
    (key,) = state.jobs()._jobs
    analysis_id = state.jobs().get(key).result(60.0)
    analysis = pipeline.reopen(analysis_id, cache_root=with_demo)
    assert len(analysis.samples) == session.stats.n_samples
    at.run()
    at.button(key=f"live-open-{key}").click().run()
    assert param(at, "analysis") == analysis_id


def test_a_reload_finds_the_session_and_others_share_it(with_demo: Path) -> None:
    at, session = running_demo()
    key = param(at, "live")
    assert key is not None
    other = opened_at(look.LIVE, live=key)
    assert button(other, "Pause")
    assert live.sessions() == (session,)


def test_a_session_that_is_not_known_any_more_leads_to_the_form(dashboard_cache: Path) -> None:
    at = opened_at(look.LIVE, live="0123456789ab")
    assert "over and forgotten" in words(at) and param(at, "live") is None
    assert button(at, "Watch")


def test_private_addresses_and_paths_are_refused(dashboard_cache: Path) -> None:
    at = opened_at(look.LIVE)
    assert "No address yet" in words(press(at, "Watch"))
    at.text_input(key="live-url").set_value("/etc/passwd")
    assert "is no address" in words(press(at, "Watch")).replace("\\", "")
    at.text_input(key="live-url").set_value("http://127.0.0.1:9/live.m3u8")
    press(at, "Watch")
    wait_until(lambda: shown(at).is_over)
    at.run()
    assert "FACEMOTION_ALLOW_PRIVATE_URLS" in words(at).replace("\\", "")
    assert live.sessions() == ()


def test_a_recording_given_by_mistake_offers_the_analysis(
    dashboard_cache: Path, portrait_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    with VideoServer() as server:
        hls_playlist(portrait_clip, tmp_path / "hls")
        for path in (tmp_path / "hls").iterdir():
            url = server.file(f"/{path.name}", path)
        at = opened_at(look.LIVE)
        at.text_input(key="live-url").set_value(url.rsplit("/", 1)[0] + "/index.m3u8")
        press(at, "Watch")
        wait_until(lambda: shown(at).is_over)
        assert "is a recording" in words(at.run()) and silent(at) == []
        press(at, "Analyse it instead")
        (key,) = state.jobs()._jobs
        assert len(state.opened(state.jobs().get(key).result(60.0), {}).faces)


def test_rules_are_added_and_removed(dashboard_cache: Path) -> None:
    at = press(opened_at(look.LIVE), "Add a rule")
    assert len([b for b in at.button if b.label == "Remove"]) == 2
    at.button(key="live-rule-remove-0").click().run()
    assert not at.exception and silent(at) == []
    assert [box.value for box in at.selectbox if box.label == "Value"] == ["happy"]


def shown(at: AppTest) -> watched.Watched:
    key = param(at, "live")
    assert key is not None
    found = watched.shelf().look(key, "test")
    assert found is not None
    return found


def test_a_session_ends_when_its_last_page_is_closed_for_a_while(
    cache_root: Path, portrait_clip: Path
) -> None:
    now_s, open_pages = [0.0], {"a"}
    shelf = watched.Shelf(open_pages.__contains__, lambda: now_s[0])
    key = shelf.begin(str(portrait_clip), LiveSettings(), cache_root, "a")
    assert shelf.begin(str(portrait_clip), LiveSettings(), cache_root, "b") == key
    known = shelf.look(key, "b")
    assert known is not None
    wait_until(lambda: known.live is not None)
    now_s[0] = watched.CLOSED_S + 1  # b was closed, a looks at another page
    shelf.reap()
    assert len(shelf) == 1 and list(known.looks) == ["a"]
    open_pages.clear()
    shelf.reap()
    assert len(shelf) == 0 and known.live is not None and known.live.state == "stopped"
