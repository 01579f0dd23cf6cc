"""The page Live in Chromium, on a stream of this machine: it moves, alerts, pauses, and is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from facemotion.live import Clock
from tests import browser, live_server
from tests.live_server import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]
POINTS = """() => {
  const plot = document.querySelector('.js-plotly-plot');
  return plot ? plot.data[0].x.length : 0;
}"""


@pytest.mark.slow
def test_a_stream_is_watched_and_kept(
    cache_root: Path, portrait_clip: Path, tmp_path: Path
) -> None:
    pieces = live_server.pieces(portrait_clip, tmp_path / "pieces")
    with (
        LiveServer(pieces, Clock(), loops=True) as server,
        browser.dashboard(cache_root, FACEMOTION_ALLOW_PRIVATE_URLS="1") as url,
        browser.chromium() as chromium,
        browser.visit(chromium, f"{url}Live") as page,
    ):
        address = page.get_by_role("textbox", name="Address of a live stream")
        address.fill(server.url)
        address.press("Tab")
        browser.settled(page)
        page.get_by_role("button", name="Watch").click()
        page.get_by_alt_text("The newest picture").wait_for()
        page.get_by_text("Face 0").first.wait_for()
        page.wait_for_function(f"({POINTS})() > 0")
        first = page.evaluate(POINTS)
        page.wait_for_function(f"({POINTS})() > {first} + 4")
        where = page.url
        page.get_by_role("button", name="Pause").click()
        page.get_by_text("Nothing is measured").wait_for()
        page.get_by_role("button", name="Resume").click()
        page.locator(".fm-state-live").wait_for()
        page.reload()  # which finds it again
        page.get_by_alt_text("The newest picture").wait_for()
        assert page.url == where and "live=" in where
        page.get_by_role("button", name="Keep this").click()
        page.get_by_role("button", name="Keep", exact=True).click()
        page.get_by_role("button", name="Open", exact=True).click()
        page.wait_for_url("**/Moments?*analysis=*")
        page.get_by_text("looked at every frame").wait_for()
        assert page.get_by_test_id("stException").count() == 0
