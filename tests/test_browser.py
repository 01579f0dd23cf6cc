"""The dashboard in Chromium, as people use it. Skipped where there is no Chromium."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import jsonschema
import pandas as pd
import pytest

from facemotion import export, pipeline
from facemotion.records import Analysis, Settings
from tests import browser, servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.why_not() is not None, reason=str(browser.why_not())),
]
SLOW_BYTES, SLOW_BYTES_PER_S = 2_000_000, 100_000.0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, demo_clip: Path) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(models_folder)
    (folder / "demo").symlink_to(demo_clip.parent)  # to build it once is enough
    return folder


@pytest.fixture(scope="module")
def analysis(root: Path, portrait_clip: Path) -> Analysis:
    """Six seconds of a face and two without."""
    return pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=root)


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    """A dashboard as anybody runs it."""
    with browser.dashboard(root) as url:
        yield url


@pytest.fixture(scope="module")
def open_address(root: Path) -> Iterator[str]:
    """A dashboard that may open the addresses of this machine."""
    with browser.dashboard(root, FACEMOTION_ALLOW_PRIVATE_URLS="1") as url:
        yield url


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has been here before: what it loaded then is in its cache."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str, analysis: Analysis) -> Iterator[Page]:
    """The analysis, opened by its link in a session of its own."""
    with browser.visit(context, f"{address}?analysis={analysis.analysis_id}") as visited:
        yield visited


@pytest.fixture
def slow_clip(portrait_clip: Path) -> Iterator[str]:
    """The address of a video that takes long enough to be watched, and to be stopped."""
    with servers.VideoServer() as server:
        yield server.file(
            "/slow.mp4", servers.padded(portrait_clip, SLOW_BYTES), bytes_per_s=SLOW_BYTES_PER_S
        )


def button(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=label)


def address_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Address of a video")


def cards(page: Page) -> Locator:
    return page.locator(".st-key-gallery [class*='st-key-card-box-']")


def see(page: Page, text: str | re.Pattern[str]) -> None:
    page.get_by_text(text).first.wait_for()


def see_moment(page: Page, analysis: Analysis, number: int) -> None:
    moment = analysis.moments[number - 1]
    see(page, f"Moment {number} of {len(analysis.moments)}")
    see(page, re.compile(rf"· frame {moment.frame_index}$"))


def click_chart(page: Page, time_s: float, probability: float) -> None:
    """Click on the timeline where a time and a probability are drawn."""
    chart = page.locator(".st-key-timeline .js-plotly-plot")
    # While the page is drawn anew, the chart of the run before is there for a moment, too.
    servers.wait_until(lambda: chart.count() == 1)
    chart.scroll_into_view_if_needed()
    x, y = chart.evaluate(
        """(chart, [time_s, probability]) => {
          const box = chart.getBoundingClientRect(), {xaxis, yaxis} = chart._fullLayout;
          return [box.x + xaxis._offset + xaxis.c2p(time_s * 1000),
                  box.y + yaxis._offset + yaxis.c2p(probability)];
        }""",
        [time_s, probability],
    )
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def download(page: Page, label: str) -> bytes:
    with page.expect_download() as started:
        button(page, label).click()
    return Path(started.value.path()).read_bytes()


def test_the_demo_button_leads_to_moments(chromium: Browser, address: str) -> None:
    with browser.visit(chromium, address) as page:
        button(page, "Try the demo clip").click()
        page.get_by_role("progressbar").first.wait_for()
        see(page, "Get the video")
        cards(page).first.wait_for(timeout=90_000)
        browser.settled(page)
        assert cards(page).count() == 8
        assert "?analysis=demo-" in page.url
        see(page, "looked at every 0.5 s")


def test_a_private_address_is_refused_and_the_form_keeps_it(
    context: BrowserContext, address: str
) -> None:
    with browser.visit(context, address) as page:
        field = address_field(page)
        field.fill("http://127.0.0.1:9/clip.mp4")
        field.press("Enter")
        see(page, re.compile("private or local address, which is not opened here"))
        assert field.input_value() == "http://127.0.0.1:9/clip.mp4"


@pytest.mark.slow
def test_an_upload_leads_to_moments(
    context: BrowserContext, address: str, portrait_clip: Path
) -> None:
    with browser.visit(context, address) as page:
        page.locator("input[type=file]").set_input_files(portrait_clip)
        see(page, portrait_clip.name)
        button(page, "Analyse").click()
        cards(page).first.wait_for()
        see(page, "looked at every 3 s")


def test_a_job_survives_a_reload_and_a_visit_elsewhere_until_it_is_cancelled(
    context: BrowserContext, open_address: str, slow_clip: str
) -> None:
    with browser.visit(context, open_address) as page:
        address_field(page).fill(slow_clip)
        button(page, "Analyse").click()
        see(page, re.compile(r"MB of .* MB, .*/s, .* left"))
        assert "?job=" in page.url
        page.reload()
        see(page, re.compile(r"MB of .* MB, .*/s, .* left"))
        page.get_by_role("link", name="About").click()
        see(page, "Where the data stays")
        page.get_by_role("link", name=re.compile(r"^Get the video \d+% · ")).wait_for()
        page.get_by_role("link", name="Analyse").click()
        see(page, re.compile(r"MB of .* MB, .*/s, .* left"))
        button(page, "Cancel").click()
        see(page, "What was finished is kept.")
        button(page, "Go on").click()
        see(page, re.compile(r"MB of .* MB"))
        button(page, "Cancel").click()
        see(page, "What was finished is kept.")
        button(page, "Dismiss").click()
        see(page, "See the telling moments of any video")
        assert "job=" not in page.url


def test_a_click_anywhere_on_a_card_leads_to_its_moment(page: Page, analysis: Analysis) -> None:
    for number, where in ((1, (20, 20)), (2, (60, 160))):
        cards(page).nth(number - 1).click(position={"x": where[0], "y": where[1]})
        see_moment(page, analysis, number)


def test_cards_are_reached_and_opened_by_keyboard(page: Page, analysis: Analysis) -> None:
    button(page, "Moment 1:").focus()
    page.keyboard.press("Enter")
    see_moment(page, analysis, 1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    see_moment(page, analysis, 2)


def test_every_picture_and_chart_is_told_in_words(page: Page) -> None:
    assert page.locator("[data-testid=stMain] img:not([alt])").count() == 0
    for words in ("Timeline of seven emotion", "Share of face time"):
        page.get_by_role("figure", name=re.compile(f"^{words}")).wait_for()
    for words in ("Scores: ", "Action units: "):
        page.get_by_role("img", name=re.compile(f"^{words}")).wait_for()


def test_a_click_on_a_moment_in_the_timeline_leads_to_it(page: Page, analysis: Analysis) -> None:
    button(page, "Moment 1:").click()
    see_moment(page, analysis, 1)
    moment = analysis.moments[1]
    click_chart(page, moment.time_s, max(moment.probabilities))
    see_moment(page, analysis, 2)


def test_a_click_on_the_curves_leads_to_that_frame(page: Page, analysis: Analysis) -> None:
    taken = {m.frame_index for m in analysis.moments}
    faces = analysis.faces[~analysis.faces["frame"].isin(taken)]
    row = faces.iloc[len(faces) // 2]
    click_chart(page, float(row["timestamp"]), float(row[row["dominant_emotion"]]))
    see(page, "Not one of the moments")
    see(page, re.compile(rf"· frame {row['frame']}$"))
    see(page, "chosen by you")


def test_a_click_in_a_gap_shows_the_frame_without_a_face(page: Page, analysis: Analysis) -> None:
    empty = analysis.samples[analysis.samples["n_faces"] == 0].iloc[1]
    click_chart(page, float(empty["timestamp"]), 0.5)
    see(page, "No face was found in this frame.")
    see(page, re.compile(rf"· frame {empty['frame']:.0f}$"))


def test_previous_and_next_work_by_mouse_and_by_arrow_keys(page: Page, analysis: Analysis) -> None:
    button(page, "Moment 2:").click()
    see_moment(page, analysis, 2)
    button(page, "Next").click()
    see_moment(page, analysis, 3)
    page.locator("body").press("ArrowLeft")
    see_moment(page, analysis, 2)
    page.locator("body").press("ArrowLeft")
    see_moment(page, analysis, 1)


@pytest.mark.slow
def test_selection_settings_choose_again_and_the_link_keeps_them(
    page: Page, chromium: Browser, analysis: Analysis
) -> None:
    button(page, "Moment 2:").click()
    see_moment(page, analysis, 2)
    before = cards(page).count()
    button(page, "Choice of moments").click()
    slider = page.get_by_role("slider", name="How many at most")
    slider.focus()
    for _ in range(8 - before + 1):
        slider.press("ArrowLeft")
    see(page, f"of {before - 1}")
    browser.settled(page)
    servers.wait_until(lambda: cards(page).count() == before - 1)
    # The arrow keys moved the slider, not the moment.
    see(page, f"· frame {analysis.moments[1].frame_index}")
    assert f"moments={before - 1}" in page.url
    with browser.visit(chromium, page.url) as other:
        servers.wait_until(lambda: cards(other).count() == before - 1)


def test_downloads_hold_what_was_measured(page: Page, analysis: Analysis) -> None:
    button(page, "Data and pictures").click()
    document: dict[str, Any] = json.loads(download(page, "Moments (JSON)"))
    jsonschema.validate(document, json.loads(export.SCHEMA_PATH.read_text()))
    assert [d["timestamp"] for d in document["detections"]] == [
        pytest.approx(m.time_s, abs=1e-6) for m in analysis.moments
    ]
    table = pd.read_csv(io.BytesIO(download(page, "All faces (CSV)")))
    assert (table["success"] == 1).sum() == len(analysis.faces)
    assert table["frame"].nunique() == len(analysis.samples)
    parquet = pd.read_parquet(io.BytesIO(download(page, "All faces (Parquet)")))
    assert len(parquet) == len(table)
    assert "gaze_angle_x" in pd.read_csv(io.BytesIO(download(page, "For OpenFace scripts (CSV)")))
    assert "by_mean" in pd.read_csv(io.BytesIO(download(page, "Windows of time (CSV)")))
    with zipfile.ZipFile(io.BytesIO(download(page, "Everything (ZIP)"))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert {"detections.json", "faces.csv", "faces.parquet", "summary.png"} <= set(names)
    assert sum(name.startswith("cards/") for name in names) == len(analysis.moments)


def test_report_and_film_are_made_and_work(
    page: Page, chromium: Browser, analysis: Analysis, tmp_path: Path
) -> None:
    button(page, "Report (HTML)").click()
    button(page, "Make it").click()
    report = tmp_path / "report.html"
    report.write_bytes(download(page, "Download ("))
    page.keyboard.press("Escape")
    button(page, "Annotated video (MP4)").click()
    button(page, "Make it").click()
    film = download(page, "Download (")
    with av.open(io.BytesIO(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 200
    with chromium.new_context(offline=True) as context:  # test_browser_report looks closer
        shown = context.new_page()
        shown.goto(report.as_uri())
        shown.locator(".js-plotly-plot .main-svg").first.wait_for()
        assert analysis.video.title in shown.title()


def test_the_video_plays_from_the_moment_on(page: Page, analysis: Analysis) -> None:
    number = next(m.number for m in analysis.moments if m.time_s >= 1)
    button(page, f"Moment {number}:").click()
    see_moment(page, analysis, number)
    page.get_by_role("radio", name="Video").click()
    video = page.locator("video")
    video.wait_for()
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    assert video.evaluate("v => v.currentTime") == int(analysis.moments[number - 1].time_s)


def test_a_visit_to_another_page_and_back_keeps_the_analysis(
    page: Page, analysis: Analysis
) -> None:
    page.get_by_role("link", name="About").click()
    see(page, "Where the data stays")
    page.get_by_role("link", name="Moments").click()
    cards(page).first.wait_for()
    assert f"analysis={analysis.analysis_id}" in page.url


@pytest.mark.slow
def test_classifiers_are_compared_and_a_dispute_leads_to_its_moment(
    page: Page, analysis: Analysis
) -> None:
    page.get_by_role("link", name="Compare models").click()
    button(page, "Compare").click()
    page.get_by_text("Where they disagree most").wait_for(timeout=60_000)
    browser.settled(page)
    for words in ("Share of the faces on which two", "Probability of", "Share of the faces by"):
        page.get_by_role("figure", name=re.compile(f"^{words}")).wait_for()
    assert len(pd.read_csv(io.BytesIO(download(page, "Verdicts (CSV)")))) == 2 * len(analysis.faces)
    page.get_by_role("button", name=re.compile("^Look at Face 0 at")).first.click()
    see(page, re.compile(r"· frame \d+$"))
    assert f"analysis={analysis.analysis_id}" in page.url
    page.get_by_role("link", name="Compare models").click()
    see(page, "Where they disagree most")
    page.get_by_role("button", name="Clear all").click()
    see(page, "Choose two or more classifiers")


def test_a_phone_needs_no_sideways_scrolling(
    chromium: Browser, address: str, analysis: Analysis
) -> None:
    link = f"{address}?analysis={analysis.analysis_id}"
    with browser.visit(chromium, link, width=390, height=844) as page:
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
        cards(page).nth(1).click()
        see(page, f"Moment 2 of {len(analysis.moments)}")


@pytest.mark.slow
def test_sessions_do_not_see_each_others_jobs(
    context: BrowserContext, open_address: str, slow_clip: str
) -> None:
    with (
        browser.visit(context, open_address) as one,
        browser.visit(context, open_address) as other,
    ):
        address_field(one).fill(slow_clip)
        button(one, "Analyse").click()
        see(one, "Measure faces")
        other.reload()
        browser.settled(other)
        assert other.get_by_role("progressbar").count() == 0
        button(one, "Cancel").click()
        see(one, "What was finished is kept.")
