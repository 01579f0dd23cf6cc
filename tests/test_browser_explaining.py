"""Claude's explanations in Chromium: the price, the key, and each answer as it arrives."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from facemotion import pipeline
from facemotion.records import Settings
from tests import browser
from tests.anthropic_server import AnthropicServer, Misbehave

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]
BY_CLAUDE = "explainer=Claude%2C+checked"


@pytest.mark.slow
def test_each_answer_is_shown_as_it_arrives(
    cache_root: Path, portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request is answered at once, the second when the first answers have been seen."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    found = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    assert len(found.moments) > 4
    with (
        AnthropicServer() as server,
        browser.dashboard(cache_root, ANTHROPIC_BASE_URL=server.url) as url,
        browser.chromium() as chromium,
        browser.visit(chromium, f"{url}?analysis={found.analysis_id}&{BY_CLAUDE}") as page,
    ):
        seen = threading.Event()
        server.next = [Misbehave(waits_for=seen, about="moment-5")]
        page.get_by_text("Claude has not been asked about this moment").wait_for()
        page.get_by_text(re.compile(r"\d moments in 2 calls of claude-sonnet-4-6")).wait_for()
        key = page.get_by_role("textbox", name="Anthropic API key")
        key.fill("sk-ant-typed")
        key.press("Enter")
        page.get_by_role("button", name="Moment 1:").click()
        page.get_by_text("Moment 1 of").wait_for()
        page.get_by_role("button", name="Ask Claude").click()
        page.get_by_text("In moment-1 AU12 raises the lip corners").wait_for()
        page.get_by_role("button", name="Cancel").wait_for()  # the others are under way
        seen.set()
        page.get_by_text(re.compile(r"second opinions; the muscles bear out")).wait_for()
        page.get_by_text("nothing is to be asked").wait_for()
        assert "sk-ant-typed" not in page.url and len(server.asked) == 2
