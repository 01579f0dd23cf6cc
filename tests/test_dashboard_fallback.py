"""The switch for unsure faces in the dashboard: off, its key, what is sent, and the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import models, pipeline
from facemotion.records import Settings
from facemotion.ui import source
from tests import half_sure
from tests.anthropic_server import AnthropicServer
from tests.pages import finish, opened, press, words

KEY = "sk-ant-typed-88bb"
SWITCH, FIELD = "claude-fallback", "claude-key-unsure"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with AnthropicServer() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
        yield running


@pytest.fixture
def started(dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, str]]:
    """Settings and key of what the page starts, which is not carried out."""
    seen: list[tuple[Settings, str]] = []
    monkeypatch.setattr(
        source.state,
        "start",
        lambda where, title, settings, **more: seen.append((settings, more["claude_key"])),
    )
    return seen


def switched_on() -> AppTest:
    at = opened()
    at.toggle(key=SWITCH).set_value(True).run()
    assert not at.exception
    return at


def test_it_is_off_and_the_key_stays_where_it_is(
    started: list[tuple[Settings, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at = opened()
    assert not at.toggle(key=SWITCH).value
    press(at, "Try the demo clip")
    settings, key = started[0]
    assert not settings.claude_fallback and key is None


def test_without_a_key_nothing_starts_and_the_remedy_is_told(
    started: list[tuple[Settings, str]], server: AnthropicServer
) -> None:
    at = switched_on()
    press(at, "Try the demo clip")
    assert started == [] and "needs a key. Type one, or switch it off" in words(at)


def test_what_is_sent_and_the_limits_are_told_beside_the_switch(
    started: list[tuple[Settings, str]], server: AnthropicServer
) -> None:
    said = words(switched_on()).replace("\\", "")
    assert "Small cuttings around such faces are sent to Anthropic" in said
    assert "at most 40 calls and $1 of claude-sonnet-4-6" in said


def test_a_typed_key_goes_with_the_job_only(
    started: list[tuple[Settings, str]], server: AnthropicServer
) -> None:
    at = switched_on()
    at.text_input(key=FIELD).set_value(KEY).run()
    press(at, "Try the demo clip")
    settings, key = started[0]
    assert settings.claude_fallback and key == KEY and KEY not in str(settings)
    assert KEY not in words(at) and KEY not in str(at.query_params)


def test_a_job_measures_what_claude_confirms(
    dashboard_cache: Path,
    server: AnthropicServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(models.DETECTORS, half_sure.NAME, half_sure.PLACE)
    settings = Settings(every_s=0.5, detector=half_sure.NAME)
    plain = pipeline.run(half_sure.write(tmp_path / "half.mp4"), settings)
    at = press(opened(plain.analysis_id), "Measure again")
    at.toggle(key=SWITCH).set_value(True).run()
    at.text_input(key=FIELD).set_value(KEY).run()
    finish(press(at, "Measure"))
    found = [pipeline.reopen(item.analysis_id) for item in pipeline.recent()]
    assert sorted((a.faces["source"] == "claude").sum() for a in found) == [0, 2]
    assert len(server.asked) == 1 and KEY in str(server.headers)
