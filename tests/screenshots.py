"""Pictures of every page in every state, light, dark and on a phone, for looking at.

    python -m tests.screenshots [FOLDER]      (or: make screenshots)

They show the demo clip and nothing else, so they may be shown to anybody.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion import comparing, demo, pipeline
from facemotion.records import Settings
from tests import browser, clips, servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOOKS: dict[str, tuple[int, int, bool]] = {
    "light": (1360, 900, False),
    "dark": (1360, 900, True),
    "phone": (390, 844, False),
}
MAX_HEIGHT = 5000
_SLOW_BYTES, _SLOW_BYTES_PER_S = 8_000_000, 400_000.0


def main() -> None:
    """Take all the pictures."""
    why_not = browser.why_not()
    if why_not:
        sys.exit(f"No screenshots: {why_not}.")
    out = Path(sys.argv[1] if len(sys.argv) > 1 else browser.ROOT / "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        clip = demo.build(root / "demo")
        wall = clips.write(root / "wall.mp4", 50)
        shown = pipeline.run(str(clip), Settings(every_s=0.5), cache_root=root).analysis_id
        denser = pipeline.run(str(clip), Settings(every_s=0.2), cache_root=root).analysis_id
        both = ("ferplus-resnet", "mini-xception")
        classifiers = "&".join(f"classifiers={name}" for name in both)
        comparing.reopen(shown, both, cache_root=root)
        faceless = pipeline.run(str(wall), Settings(every_s=0.5), cache_root=root).analysis_id
        with (
            servers.VideoServer() as server,
            browser.dashboard(root, FACEMOTION_ALLOW_PRIVATE_URLS="1") as url,
            browser.chromium() as chromium,
        ):
            slow = server.file(
                "/a-talk.mp4",
                servers.padded(clip, _SLOW_BYTES),
                bytes_per_s=_SLOW_BYTES_PER_S,
            )
            at = f"analysis={shown}"
            states: dict[str, tuple[str, Callable[[Page], None]]] = {
                "analyse": ("", _nothing),
                "progress": ("", lambda page: _watch(page, slow)),
                "error": ("", _fail),
                "moments": (f"?{at}", _nothing),
                "moments-muscles": (f"?{at}", lambda page: _view(page, "Muscles")),
                "moments-video": (f"?{at}", _play),
                "no-moments": (f"?{at}&sharp=1", _nothing),
                "no-faces": (f"?analysis={faceless}", _nothing),
                "stale-link": ("?analysis=gone.0123456789ab", _nothing),
                "timeline": (f"Timeline?{at}", _lanes),
                "smoothed": (f"Timeline?{at}&smooth=exponential&over=2&rest=true", _curves),
                "people": (f"People?{at}", _nothing),
                "compare": (f"Compare?with={shown}&with={denser}", _nothing),
                "compare-models": (f"Compare_models?{at}&{classifiers}", _disputes),
                "ask": (f"Ask?{at}", _nothing),
                "library": ("Library", _nothing),
                "models": ("Models", _nothing),
                "about": ("About", _nothing),
            }
            for state, (query, act) in states.items():
                for look in LOOKS:
                    path = out / f"{state}-{look}.png"
                    _take(chromium, url + query, path, look, act)
                    print(path)


def _take(
    chromium: Browser, address: str, path: Path, look: str, act: Callable[[Page], None]
) -> None:
    width, height, dark = LOOKS[look]
    with browser.visit(chromium, address, width=width, height=height, dark=dark) as page:
        act(page)
        browser.settled(page)
        page.wait_for_timeout(600)  # pictures and charts come after the page
        whole = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": max(height, min(whole, MAX_HEIGHT))})
        page.wait_for_timeout(600)
        page.screenshot(path=path)
        cancel = page.get_by_role("button", name="Cancel")
        if cancel.count():
            cancel.click()
            page.get_by_text("What was finished is kept.").wait_for()


def _nothing(page: Page) -> None:
    """The state is the address itself."""


def _play(page: Page) -> None:
    page.get_by_role("radio", name="Video").click()
    page.locator("video").wait_for()


def _view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    browser.settled(page)


def _lanes(page: Page) -> None:
    page.locator(".js-plotly-plot").first.wait_for()


def _disputes(page: Page) -> None:
    page.get_by_text("Where they disagree most").wait_for()


def _curves(page: Page) -> None:
    """The settings of the curves, where there is room for them."""
    if page.get_by_test_id("stExpandSidebarButton").count() == 0:
        page.get_by_role("button", name="Curves").click()


def _fail(page: Page) -> None:
    field = page.get_by_role("textbox", name="Address of a video")
    field.fill("http://127.0.0.1:9/gone.mp4")
    field.press("Enter")
    page.get_by_role("button", name="Try again").wait_for()


def _watch(page: Page, url: str) -> None:
    field = page.get_by_role("textbox", name="Address of a video")
    field.fill(url)
    field.press("Enter")
    page.get_by_text(re.compile(r"/s, .* left")).wait_for()


if __name__ == "__main__":
    main()
