"""Explanations in the dashboard: the narrator's words, asking Claude, its key, and its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion.records import Analysis
from facemotion.ui import explaining, state
from tests import servers
from tests.anthropic_server import AnthropicServer, Misbehave, smiling
from tests.pages import button, opened, press, words

KEY = "sk-ant-typed-77aa"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with AnthropicServer() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
        yield running


def by_claude(analysis: Analysis) -> AppTest:
    at = opened(analysis.analysis_id)
    at.selectbox(key="explainer").select("claude").run()
    assert not at.exception
    return at


def asked(at: AppTest, analysis: Analysis) -> AppTest:
    """Type a key, press the button, wait for the job, and look again."""
    at.text_input(key="claude-key").set_value(KEY).run()
    press(at, "Ask Claude")
    shown = state.opened(analysis.analysis_id, {"explainer": "claude"})
    job = state.jobs().get(explaining._job_key(shown))
    assert job is not None
    servers.wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def test_the_narrator_speaks_by_default(portrait_analysis: Analysis) -> None:
    said = words(opened(portrait_analysis.analysis_id))
    assert "The classifier gives happy" in said and "asked" not in said.lower().split("claude")[0]


def test_none_leaves_the_words_out(portrait_analysis: Analysis) -> None:
    at = opened(portrait_analysis.analysis_id)
    at.selectbox(key="explainer").select("none").run()
    assert "The classifier gives" not in words(at)


def test_nothing_is_sent_before_the_button(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    at = by_claude(portrait_analysis)
    said = words(at).replace("\\", "")
    n = len(portrait_analysis.moments)
    assert f"{n} moments in" in said and "tokens in" in said and "$0." in said
    assert "are sent to Anthropic" in said and "has not been asked" in said
    assert button(at, "Ask Claude").disabled  # type: ignore[attr-defined]
    assert server.asked == []


def test_with_a_key_all_moments_are_asked_once_and_marked(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    server.judge = lambda name: {**smiling(name), "expression": "sad"}
    at = asked(by_claude(portrait_analysis), portrait_analysis)
    said = words(at).replace("\\", "")
    assert "nothing is to be asked" in said and "calls so far" in said
    assert "AU12 raises the lip corners" in said and "contested" in said
    n_asked = len(server.asked)
    again = by_claude(portrait_analysis)
    assert "AU12 raises the lip corners" in words(again).replace("\\", "")
    assert len(server.asked) == n_asked


def test_a_refused_key_is_told_and_the_page_stays_usable(
    portrait_analysis: Analysis, server: AnthropicServer
) -> None:
    server.next = [Misbehave(401, "authentication_error")] * 9
    at = asked(by_claude(portrait_analysis), portrait_analysis)
    said = words(at).replace("\\", "")
    assert "The classifier gives happy" in said
    assert "the key was refused" in at.error[0].value.replace("\\", "")
    server.next = []
    at = asked(at, portrait_analysis)
    assert "AU12 raises the lip corners" in words(at).replace("\\", "") and not at.error


def test_the_key_of_the_program_is_used_and_never_shown(
    portrait_analysis: Analysis, server: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    at = by_claude(portrait_analysis)
    assert not [box for box in at.text_input if box.key == "claude-key"]
    assert not button(at, "Ask Claude").disabled  # type: ignore[attr-defined]
    assert KEY not in words(at)


def test_a_typed_key_is_nowhere_on_the_disk(
    portrait_analysis: Analysis, server: AnthropicServer, dashboard_cache: Path
) -> None:
    at = asked(by_claude(portrait_analysis), portrait_analysis)
    files = [path for path in dashboard_cache.rglob("*") if path.is_file()]
    assert len(files) > 5 and not any(KEY.encode() in path.read_bytes() for path in files)
    assert not any(KEY in str(value) for value in at.query_params.values())


def test_a_batch_is_handed_in_and_collected_later(
    portrait_analysis: Analysis, server: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job ends while the service goes on; asking again brings the answers."""
    monkeypatch.setattr("facemotion.ui.batch.PATIENCE_S", 0.1)
    server.looks_needed = 10**6
    at = by_claude(portrait_analysis)
    at.toggle(key="claude-batch").set_value(True).run()
    at = asked(at, portrait_analysis)
    assert "A batch is under way" in at.info[0].value and len(server.batches) == 1
    for batch in server.batches.values():
        batch["looks_needed"] = 0
    at = asked(at, portrait_analysis)
    assert "AU12 raises the lip corners" in words(at).replace("\\", "")
    assert len(server.batches) == 1
    assert not [box for box in at.info if "A batch is under way" in box.value]
