"""The page Compare in Chromium: pick, see the chart, click through to a video, take the CSV."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from facemotion import pipeline
from facemotion.records import Analysis, Settings
from tests import browser, servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]


def click(page: Page, key: str, time_s: float, height: float) -> None:
    """Click on the first panel of a chart where a time and a value are drawn."""
    chart = page.locator(f".st-key-{key} .js-plotly-plot")
    servers.wait_until(lambda: chart.count() == 1)
    # Pictures that are still on their way would move it.
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    chart.scroll_into_view_if_needed()
    x, y = chart.evaluate(
        """(chart, [time_s, height]) => {
          const box = chart.getBoundingClientRect(), {xaxis, yaxis} = chart._fullLayout;
          return [box.x + xaxis._offset + xaxis.c2p(time_s * 1000),
                  box.y + yaxis._offset + yaxis.c2p(height)];
        }""",
        [time_s, height],
    )
    page.mouse.move(x, y)
    page.mouse.click(x, y)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def analyses(root: Path, portrait_clip: Path, visits_clip: Path) -> list[Analysis]:
    settings = Settings(every_s=0.5)
    clips = (portrait_clip, visits_clip)
    return [pipeline.run(str(clip), settings, cache_root=root) for clip in clips]


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    with browser.dashboard(root) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as running:
        yield running


def test_two_videos_are_compared_and_a_click_leads_into_one_of_them(
    address: str, chromium: Browser, analyses: list[Analysis]
) -> None:
    first, other = analyses
    with browser.visit(chromium, f"{address}?analysis={first.analysis_id}") as page:
        page.get_by_role("link", name="Compare", exact=True).click()
        page.get_by_role("figure", name=re.compile("happy over time, a row for each")).wait_for()
        page.get_by_role("radio", name="Aggregated").click()
        page.get_by_role("figure", name=re.compile("^Mean of")).wait_for()
        browser.settled(page)
        with page.expect_download() as started:
            page.get_by_role("button", name="Curves on one clock (CSV)").click()
        table = pd.read_csv(io.BytesIO(Path(started.value.path()).read_bytes()))
        assert set(table["analysis_id"]) == {first.analysis_id, other.analysis_id}
        chosen = f"with={first.analysis_id}&with={other.analysis_id}"
        assert chosen in page.url and "compare-show=Aggregated" in page.url
        page.reload()  # the address is all that is left of the session
        page.get_by_role("figure", name=re.compile("^Mean of")).wait_for()
        page.get_by_role("radio", name="Side by side").click()
        page.get_by_role("figure", name=re.compile("happy over time, a row for each")).wait_for()
        browser.settled(page)
        row = table.dropna(subset=["value"]).iloc[2]
        click(page, "group-rows", float(row["time_s"]), float(row["value"]))
        page.wait_for_url(re.compile("/Moments"))
        page.get_by_text(re.compile(rf"· frame {row['frame']:.0f}$")).first.wait_for()
        assert f"analysis={row['analysis_id']}" in page.url
        page.get_by_role("link", name="Compare", exact=True).click()
        page.get_by_role("figure", name=re.compile("happy over time, a row for each")).wait_for()
        browser.settled(page)
        assert "/Compare" in page.url and chosen in page.url  # the click is not made again


@pytest.mark.slow
def test_a_phone_needs_no_sideways_scrolling(
    address: str, chromium: Browser, analyses: list[Analysis]
) -> None:
    with browser.visit(chromium, f"{address}Compare", width=390, height=844) as page:
        page.get_by_text("In numbers").wait_for()
        browser.settled(page)
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
