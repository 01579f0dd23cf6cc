"""The page Library in Chromium: opened again, measured again, deleted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from facemotion import cache, pipeline
from facemotion.records import Settings
from tests import browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]


@pytest.mark.slow
def test_a_video_is_opened_measured_again_and_deleted(
    cache_root: Path, portrait_clip: Path
) -> None:
    found = pipeline.run(str(portrait_clip), Settings(every_s=2), cache_root=cache_root)
    with (
        browser.dashboard(cache_root) as url,
        browser.chromium() as chromium,
        browser.visit(chromium, f"{url}Library") as page,
    ):
        page.locator("[class*=st-key-library-open-] button:visible").click()
        page.wait_for_url(re.compile(rf"/Moments\?.*analysis={re.escape(found.analysis_id)}"))
        browser.settled(page)

        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_role("button", name="Measure again").click()
        every = page.get_by_role("dialog").get_by_role("spinbutton", name="Seconds between looks")
        every.fill("4")
        every.press("Enter")
        page.get_by_text("Change one.").wait_for(state="detached")
        page.get_by_role("button", name="Measure", exact=True).click()
        page.wait_for_url(re.compile(r"/Moments\?.*analysis="))
        browser.settled(page)
        assert len(pipeline.recent(cache_root)) == 2

        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_text("Every 4 s").wait_for()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete for good").click()
        page.get_by_text("Nothing is kept yet").wait_for()
        assert cache.entries(cache_root) == []
