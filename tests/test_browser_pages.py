"""Every page in Chromium: with nothing, with the demo, with two people, with damaged files.

Each visit fails on an error in the browser's console, and on one that Streamlit shows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facemotion import pipeline
from facemotion.records import Settings
from facemotion.ui import look
from tests import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]

PATHS = {label: path for path, label, _ in look.PAGES}
OF_AN_ANALYSIS = ("Moments", "Timeline", "People", "Compare models", "Ask")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with which nobody has done anything."""
    with browser.dashboard(tmp_path_factory.mktemp("empty")) as url:
        yield url


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(models_folder)
    return folder


@pytest.fixture(scope="module")
def known(root: Path, demo_clip: Path, visits_clip: Path, portrait_clip: Path) -> dict[str, str]:
    """Analyses by what they are: the demo, two people, one whose files are damaged."""
    clips = {"demo": demo_clip, "two people": visits_clip, "damaged": portrait_clip}
    found = {
        name: pipeline.run(str(clip), Settings(every_s=0.5), cache_root=root)
        for name, clip in clips.items()
    }
    folder = found["damaged"].folder.parent
    for path in folder.glob("people-*/*.parquet"):
        path.write_bytes(b"no table")
    shutil.rmtree(found["damaged"].folder)
    return {name: analysis.analysis_id for name, analysis in found.items()}


@pytest.fixture(scope="module")
def full(root: Path, known: dict[str, str]) -> Iterator[str]:
    with browser.dashboard(root) as url:
        yield url


def no_failure(page: Page) -> None:
    browser.settled(page)
    assert page.get_by_test_id("stException").count() == 0
    assert page.locator("[data-testid=stMain] img:not([alt])").count() == 0


def go(page: Page, label: str) -> None:
    page.get_by_role("link", name=label, exact=True).first.click()
    page.wait_for_url(f"**/{label.replace(' ', '_')}*" if label != "Analyse" else "**/*")
    no_failure(page)


def test_with_nothing_every_page_says_what_to_do_next(context: BrowserContext, empty: str) -> None:
    with browser.visit(context, empty) as page:
        for label in PATHS:
            go(page, label)
            if label in OF_AN_ANALYSIS or label == "Compare":
                page.get_by_role("link", name="Analyse a video").wait_for()


@pytest.mark.parametrize("what", [pytest.param("demo", marks=pytest.mark.slow), "two people"])
def test_every_page_shows_an_analysis(
    context: BrowserContext, full: str, known: dict[str, str], what: str
) -> None:
    with browser.visit(context, f"{full}?analysis={known[what]}") as page:
        title = page.locator(".fm-title").inner_text()
        assert title == {"demo": "demo.mp4", "two people": "visits.mp4"}[what]
        for label in PATHS:
            go(page, label)
            if label in ("Moments", "Timeline", "People"):
                assert page.locator(".fm-title").inner_text() == title
            if label == "Timeline":
                page.locator(".js-plotly-plot").first.wait_for()


def test_damaged_files_are_told_on_every_page(
    context: BrowserContext, full: str, known: dict[str, str]
) -> None:
    with browser.visit(context, f"{full}?analysis={known['damaged']}") as page:
        for label in OF_AN_ANALYSIS:
            go(page, label)
            page.get_by_text("are damaged").first.wait_for()
        for label in ("Compare", "Library", "Models", "About", "Analyse"):
            go(page, label)
