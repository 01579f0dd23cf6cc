"""The page Timeline in Chromium: clicks and zooming, of which only the browser can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facemotion import pipeline
from facemotion.records import Analysis, Settings
from tests import browser, servers

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]

CURSOR = ".fm-cursor"

# Where a time and a lane are on the screen; the lane by its number from the top.
PLACE = """(chart, [time_s, lane]) => {
  const box = chart.getBoundingClientRect(), layout = chart._fullLayout, {xaxis} = layout;
  const domain = layout[lane ? `yaxis${lane + 1}` : "yaxis"].domain, {t, h} = layout._size;
  return [box.x + xaxis._offset + xaxis.c2p(86400000 + 1000 * time_s),
          box.y + t + h * (1 - (domain[0] + domain[1]) / 2)];
}"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(models_folder)
    return folder


@pytest.fixture(scope="module")
def analysis(root: Path, portrait_clip: Path) -> Analysis:
    """Six seconds of a face and two without."""
    return pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=root)


@pytest.fixture(scope="module")
def page(root: Path, analysis: Analysis) -> Iterator[Page]:
    """The Timeline of the analysis, reached from its Moments: one visit for all tests."""
    with (
        browser.dashboard(root) as url,
        browser.chromium() as chromium,
        browser.visit(chromium, f"{url}?analysis={analysis.analysis_id}") as visited,
    ):
        visited.get_by_role("link", name="Timeline", exact=True).click()
        chart(visited).wait_for()
        browser.settled(visited)
        yield visited


def chart(page: Page) -> Locator:
    return page.locator("[class*=st-key-lanes-chart] .js-plotly-plot")


def place(page: Page, time_s: float, lane: int) -> tuple[float, float]:
    # A new chart is listened to when it has its line.
    servers.wait_until(lambda: chart(page).count() == 1 == chart(page).locator(CURSOR).count())
    chart(page).evaluate("chart => chart.scrollIntoView()")
    x, y = chart(page).evaluate(PLACE, [time_s, lane])
    return x, y


def see(page: Page, text: str | re.Pattern[str]) -> None:
    page.get_by_text(text).first.wait_for()


def in_sight(page: Page) -> list[float]:
    """Both ends of the axis of time, in seconds."""
    ends: list[float] = chart(page).evaluate(
        "c => [0, c._fullLayout.xaxis._length].map(x => c._fullLayout.xaxis.p2c(x) / 1000 - 86400)"
    )
    return ends


def test_a_click_anywhere_leads_to_its_frame_and_the_chart_stays(
    page: Page, analysis: Analysis
) -> None:
    chart(page).evaluate("chart => { chart.isTheSame = true }")
    for time_s, lane in ((1.55, 1), (7.1, 2), (3.9, 4)):
        page.mouse.click(*place(page, time_s, lane))
        nearest = (analysis.samples["timestamp"] - time_s).abs().idxmin()
        see(page, re.compile(rf"^frame {analysis.samples['frame'][nearest]}\b"))
    moment = analysis.moments[0]
    page.mouse.click(*place(page, moment.time_s + 0.03, 0))
    see(page, re.compile(rf"^frame {moment.frame_index} · moment 1"))
    assert chart(page).evaluate("chart => chart.isTheSame") is True
    cursor = page.locator(CURSOR).bounding_box()
    assert cursor is not None
    assert cursor["x"] + 1 == pytest.approx(place(page, moment.time_s, 0)[0], abs=1.5)


def test_arrow_keys_move_the_line_from_sample_to_sample(page: Page, analysis: Analysis) -> None:
    page.mouse.click(*place(page, 2.0, 1))
    see(page, re.compile(r"^frame 50\b"))
    page.locator("body").press("ArrowRight")
    see(page, re.compile(r"^frame 62\b|^frame 63\b"))
    time_s = float(analysis.samples["timestamp"].iloc[5])
    x = place(page, time_s, 0)[0]
    servers.wait_until(
        lambda: abs((page.locator(CURSOR).bounding_box() or {"x": 0})["x"] + 1 - x) < 1.5
    )


def zoom(page: Page, start_s: float, end_s: float) -> None:
    """Drag over a part of the chart."""
    x, y = place(page, start_s, 1)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(place(page, end_s, 1)[0], y, steps=4)
    page.mouse.up()


def test_dragging_zooms_all_lanes_and_the_table_counts_what_is_in_sight(page: Page) -> None:
    see(page, re.compile("^Of the whole video"))
    zoom(page, 1.0, 3.0)
    see(page, re.compile(r"^Of 0:01(\.0)? to 0:03"))
    assert "span=" in page.url
    assert in_sight(page) == pytest.approx([1, 3], abs=0.05)
    page.mouse.dblclick(*place(page, 2.0, 1))
    see(page, re.compile("^Of the whole video"))
    assert "span=" not in page.url


def test_the_button_shows_all_again_after_zooming(page: Page) -> None:
    zoom(page, 1.0, 3.0)
    see(page, re.compile(r"^Of 0:01"))
    page.get_by_role("button", name="Whole video").click()
    see(page, re.compile("^Of the whole video"))
    servers.wait_until(lambda: chart(page).count() == 1 and in_sight(page)[1] > 7.5)


def test_a_mark_shows_as_a_flag_and_leads_back_to_its_time(page: Page) -> None:
    page.mouse.click(*place(page, 4.0, 1))
    see(page, re.compile(r"^frame 100\b"))
    page.get_by_role("textbox", name="Mark this time").fill("the joke")
    page.get_by_role("button", name="Mark", exact=True).click()
    chart(page).get_by_text("the joke").wait_for()
    browser.settled(page)
    page.mouse.click(*place(page, 1.0, 1))
    see(page, re.compile(r"^frame 25\b"))
    page.get_by_role("tab", name="Marks").click()
    page.get_by_role("button", name="0:04").click()
    see(page, re.compile(r"^frame 100 .*the joke$"))


def test_a_phone_needs_no_sideways_scrolling_and_sees_the_frame_below_the_lanes(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    main = page.locator("[data-testid=stMain]")
    servers.wait_until(lambda: main.evaluate("main => main.scrollWidth <= main.clientWidth"))
    main.evaluate("main => main.scrollTo(0, 0)")
    frame = page.locator(".st-key-sought img").bounding_box()
    assert frame is not None
    assert frame["y"] + frame["height"] < 844
