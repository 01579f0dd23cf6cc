"""The one-file report in Chromium, from the disk and without a network: it draws, it obeys."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facemotion import report
from facemotion.markers import Marker
from tests import browser
from tests.examples import example_analysis, example_pictures

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]
N_CHARTS = 12
EVIL = """</script><script>window.ran = 1</script><img src=x onerror="window.ran = 1">"""
TEXT = "getComputedStyle(document.querySelector('#timeline .xtick text')).fill"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two people, one of them with a name that is an attack."""
    folder = tmp_path_factory.mktemp("report")
    made = example_analysis(folder, measured=True, title=EVIL)
    named = made.faces["person"].where(made.faces["face_id"] == 1, EVIL)
    evil = replace(made, faces=made.faces.assign(person=named))
    path = folder / "report.html"
    mark = Marker("a", 3.0, EVIL)
    path.write_text(report.render(evil, example_pictures(made), markers=(mark,)))
    return path


@contextlib.contextmanager
def opened(
    chromium: Browser, file: Path, *, width: int = 1360, dark: bool = False
) -> Iterator[Page]:
    """The drawn report in a context that is offline; fails when its console reports an error."""
    context = chromium.new_context(
        offline=True,
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(browser.WAIT_MS)
    errors, asked = list[str](), list[str]()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-drawn=yes]", state="attached")
    yield page
    loaded = [url for url in asked if not url.startswith(("data:", "blob:"))]
    context.close()
    assert errors == [], f"the console reported {errors}"
    assert loaded == [file.as_uri()]


def until(page: Page, expression: str) -> None:
    """Wait until it is true. The page's policy forbids the eval of Playwright's own way."""
    deadline = time.monotonic() + browser.WAIT_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def test_the_report_works_without_a_network(file: Path) -> None:
    with browser.chromium() as chromium, opened(chromium, file) as page:
        assert page.locator(".js-plotly-plot").count() == N_CHARTS
        assert page.evaluate("window.ran") is None
        assert page.evaluate("document.documentElement.scrollWidth") == 1360
        assert page.get_by_role("heading", level=1).inner_text() == EVIL

        angry = page.locator("#timeline .legendtoggle").first
        angry.click()
        hidden = "Plotly && document.getElementById('timeline').data[0].visible === 'legendonly'"
        until(page, hidden)
        angry.focus()
        page.keyboard.press("Enter")
        until(page, f"!({hidden})")
        focused = "document.activeElement.getAttribute('aria-label')"
        until(page, f"{focused} === 'Show or hide angry'")

        number = page.locator("#timeline .textpoint text", has_text="3").first
        box = number.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] + 12)
        until(page, "document.activeElement.id === 'moment-3'")


@pytest.mark.slow
def test_the_report_follows_the_theme_the_width_and_the_paper(file: Path) -> None:
    with browser.chromium() as chromium, opened(chromium, file, width=390, dark=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        in_the_dark = page.evaluate(TEXT)
        page.emulate_media(color_scheme="light")
        until(page, f"{TEXT} !== '{in_the_dark}'")
        in_the_light = page.evaluate(TEXT)
        page.emulate_media(color_scheme="dark")
        until(page, f"{TEXT} === '{in_the_dark}'")

        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        until(page, f"{TEXT} === '{in_the_light}'")
        width = "document.querySelector('#timeline .main-svg').getBoundingClientRect().width"
        until(page, f"Math.abs({width} - 180 / 25.4 * 96) < 2")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        until(page, f"{TEXT} === '{in_the_dark}' && {width} < 390")
