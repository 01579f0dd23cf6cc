"""How long a person waits in the dashboard, in a real browser, for an hour with three people.

    python -m bench.dashboard [--hours 1] [--clicks 12] [--cache DIR]

The clip is made of the demo's face three times, out of step, looked at once a second: 3,600 samples
and 10,800 faces an hour. It is analysed once (a minute or two; with ``--cache`` it is kept), then
the dashboard is started on that cache, and Chromium measures from the inside: "first paint" from
the call of the address until gallery, frame and face are complete on the screen; a click from the
press of the button until the other frame is complete. Medians, and the slowest in brackets.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from facemotion import demo, pipeline
from facemotion.records import Analysis, Settings
from tests import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE = (640, 240)
PEOPLE = 3

_WHEN_SHOWN = """
([text, container]) => new Promise((done) => {
  const ready = () => {
    const box = document.querySelector(container);
    if (!box || !box.innerText.includes(text)) return false;
    const img = box.querySelector('.st-key-frame img, [data-testid=stImage] img');
    return Boolean(img && img.complete && img.naturalWidth);
  };
  const poll = () => ready() ? done(performance.now() - window.began) : requestAnimationFrame(poll);
  poll();
})
"""
_BEGIN_ON_PRESS = """
() => {
  window.addEventListener('pointerdown', () => { window.began = performance.now(); }, true);
}
"""


def write_clip(path: Path, folder: Path, n_frames: int) -> Path:
    """A clip of one picture a second: the demo's face, three times side by side, out of step."""
    faces = list(_pictures(demo.build(folder)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1, options={"preset": "veryfast", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for i in range(n_frames):
            rgb = np.hstack([faces[(13 * i + 170 * k) % len(faces)] for k in range(PEOPLE)])
            rgb = np.pad(rgb, ((0, 0), (0, SIZE[0] - rgb.shape[1]), (0, 0)))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
            frame.pts, frame.time_base = 1000 * i, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _pictures(clip: Path) -> Iterator[np.ndarray]:
    width = SIZE[0] // PEOPLE // 2 * 2
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            square = frame.to_ndarray(format="rgb24")
            side = min(square.shape[:2])
            left = (square.shape[1] - side) // 2
            cut = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(square[:side, left : left + side]), "rgb24"
            )
            small = cut.reformat(width=width, height=width).to_ndarray()
            yield np.pad(small, ((0, SIZE[1] - width), (0, 0), (0, 0)), mode="edge")


def prepared(root: Path, hours: float) -> Analysis:
    """The analysis of the clip, from the cache if it is there."""
    n_frames = round(3600 * hours)
    clip = root / f"hour-{n_frames}.mp4"
    if not clip.is_file():
        write_clip(clip, root / "demo", n_frames)
    return pipeline.run(str(clip), Settings(every_s=1.0, max_moments=24), cache_root=root)


def first_paint(chromium: Browser, address: str, analysis: Analysis) -> float:
    """Milliseconds from calling the address until the moment is there, in a new browser session."""
    best = max(analysis.moments, key=lambda moment: moment.expressiveness)
    with chromium.new_context(viewport={"width": 1360, "height": 1000}) as context:
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(address)
        page.evaluate("window.began = 0")
        page.evaluate(_WHEN_SHOWN, [f"frame {best.frame_index}", ".st-key-viewer"])
        return 1000 * (time.perf_counter() - begun)


def clicked(page: Page, press: Callable[[], Any], text: str, container: str) -> float:
    """Milliseconds from pressing until ``text`` and its picture are in ``container``."""
    press()
    waited: float = page.evaluate(_WHEN_SHOWN, [text, container])
    browser.settled(page)
    return waited


def moment_clicks(page: Page, analysis: Analysis, n_clicks: int) -> list[float]:
    """Each click on a card of the gallery that shows another moment."""
    found = []
    for moment in analysis.moments[:n_clicks]:
        card = page.get_by_role("button", name=f"Moment {moment.number}:")
        card.scroll_into_view_if_needed()
        found.append(clicked(page, card.click, f"frame {moment.frame_index}", ".st-key-viewer"))
    return found


def chart_clicks(page: Page, n_clicks: int) -> list[float]:
    """Each click somewhere on the curves of the page Moments."""
    chart = page.locator(".st-key-timeline .nsewdrag").first
    chart.scroll_into_view_if_needed()
    browser.settled(page)
    found = []
    for number in range(n_clicks):
        box = chart.bounding_box()
        assert box is not None
        x = box["x"] + box["width"] * (0.07 + 0.86 * number / n_clicks)
        y = box["y"] + box["height"] * 0.5
        page.mouse.move(x, y)
        page.wait_for_timeout(300)  # the hand is on the chart before it presses
        before = page.locator(".st-key-viewer").text_content()
        page.mouse.click(x, y)
        found.append(page.evaluate(_WHEN_CHANGED, before))
        browser.settled(page)
    return found


_WHEN_CHANGED = """
(before) => new Promise((done) => {
  const frame = (text) => (text.match(/frame (\\d+)/) || [])[1];
  const poll = () => {
    const box = document.querySelector('.st-key-viewer');
    const img = box && box.querySelector('.st-key-frame img');
    const changed = box && frame(box.textContent) && frame(box.textContent) !== frame(before);
    if (changed && img && img.complete && img.naturalWidth) done(performance.now() - window.began);
    else requestAnimationFrame(poll);
  };
  poll();
})
"""


def told(name: str, values: list[float], limit: str) -> str:
    """A line of the table."""
    return f"{name:<44}{statistics.median(values):>8.0f}{max(values):>8.0f}{limit:>9}"


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--clicks", type=int, default=12)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.cache or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        analysis = prepared(root, options.hours)
        other = pipeline.run(
            str(demo.build(root / "demo")), Settings(every_s=0.5), cache_root=root
        ).analysis_id
        n_people = analysis.faces["face_id"].nunique()
        print(f"{len(analysis.samples)} samples, {len(analysis.faces)} faces, {n_people} people")
        print(f"{'milliseconds':<44}{'median':>8}{'worst':>8}{'limit':>9}")
        with browser.dashboard(root) as url, browser.chromium() as chromium:
            address = f"{url}?analysis={analysis.analysis_id}&moments=24"
            # A server that has shown something else before: its modules are loaded, not this.
            with browser.visit(chromium, f"{url}?analysis={other}"):
                pass
            cold = [first_paint(chromium, address, analysis)]
            warm = [first_paint(chromium, address, analysis) for _ in range(4)]
            print(told("first paint, from the disk", cold, "1500"))
            print(told("first paint, again", warm, "1500"))
            with browser.visit(chromium, address) as page:
                page.evaluate(_BEGIN_ON_PRESS)
                first = moment_clicks(page, analysis, options.clicks)
                again = moment_clicks(page, analysis, options.clicks)
                curves = chart_clicks(page, options.clicks)
            print(told("click on a moment, first time", first, "300"))
            print(told("click on a moment, again", again, "300"))
            print(told("click on the curves", curves, "300"))


if __name__ == "__main__":
    main()
