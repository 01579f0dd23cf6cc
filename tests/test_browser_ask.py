"""The page Ask in Chromium: a question, its answer, and the way to a moment and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from facemotion import pipeline
from facemotion.records import Settings
from tests import browser
from tests.anthropic_server import AnthropicServer, message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]
QUERY = {"type": "tool_use", "id": "toolu_1", "name": "find_faces", "input": {"start_s": 1}}
ANSWER = {"type": "text", "text": "There is a face at 0:01.5."}


@pytest.mark.slow
def test_a_question_leads_to_an_answer_and_its_times_to_moments(
    cache_root: Path, portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    found = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    with (
        AnthropicServer() as server,
        browser.dashboard(cache_root, ANTHROPIC_BASE_URL=server.url) as url,
        browser.chromium() as chromium,
        browser.visit(chromium, f"{url}?analysis={found.analysis_id}") as page,
    ):
        server.script = [message([QUERY], "tool_use"), message([ANSWER])]
        page.get_by_role("link", name="Ask", exact=True).click()
        page.get_by_role("tab", name="In plain words").click()
        key = page.get_by_role("textbox", name="Anthropic API key")
        key.fill("sk-ant-typed")
        key.press("Enter")
        page.get_by_role("button", name="When is there a smile").click()
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_text("What the answer rests on").wait_for()
        browser.settled(page)
        page.get_by_role("button", name="0:01.5 · Face 0").first.click()
        page.get_by_text(re.compile(r"0:01\.5 · frame \d+$")).first.wait_for()
        assert f"analysis={found.analysis_id}" in page.url and "question=" not in page.url
        page.get_by_role("link", name="Ask", exact=True).click()
        page.get_by_text(ANSWER["text"]).wait_for()
        assert "question=" in page.url and "sk-ant-typed" not in page.url
        assert len(server.asked) == 2
