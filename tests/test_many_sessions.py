"""Twenty visitors at once: no error, nobody sees another's things, work is done once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from facemotion import pipeline
from facemotion.records import Analysis, Settings
from tests import browser, sessions
from tests.sessions import Session

N = 20
PAGES = ("Timeline", "People", "Compare", "Library", "About")
GROWTH_MB = 150
"""What a second round of twenty visitors may add; a leak of one analysis each would add more."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(models_folder)
    return folder


@pytest.fixture(scope="module")
def analyses(root: Path, portrait_clip: Path, visits_clip: Path) -> list[Analysis]:
    """Four that differ in title or in how often they look."""
    return [
        pipeline.run(str(clip), Settings(every_s=every_s), cache_root=root)
        for clip in (portrait_clip, visits_clip)
        for every_s in (0.5, 1.0)
    ]


@pytest.fixture(scope="module")
def address(root: Path, demo_clip: Path) -> Iterator[str]:
    (root / "demo").symlink_to(demo_clip.parent)
    with browser.dashboard(root) as url:
        yield url


def at_once(url: str, visit: Callable[[Session, int], None]) -> list[Session]:
    """Twenty sessions that do the same at the same time."""

    def one(number: int) -> Session:
        with sessions.session(url) as session:
            visit(session, number)
        return session

    with ThreadPoolExecutor(N) as pool:
        return list(pool.map(one, range(N)))


def look_around(analyses: list[Analysis]) -> Callable[[Session, int], None]:
    def visit(session: Session, number: int) -> None:
        mine = analyses[number % len(analyses)]
        for page in ("Moments", PAGES[number % len(PAGES)]):
            session.open(page, f"analysis={mine.analysis_id}")
            assert session.exceptions == [], page
            if page in ("Moments", "Timeline", "People"):
                assert _said(mine) in session.text, page
                others = {_said(other) for other in analyses} - {_said(mine)}
                assert not any(other in session.text for other in others), page

    return visit


def _said(analysis: Analysis) -> str:
    """The heading of an analysis."""
    return (
        f'{analysis.video.title}</div><div class="fm-dim">'
        f"looked at every {analysis.settings.every_s:g} s"
    )


def test_everybody_sees_their_own_and_memory_stays(address: str, analyses: list[Analysis]) -> None:
    at_once(address, look_around(analyses))
    first_mb = browser.memory_mb(address)
    at_once(address, look_around(analyses))
    assert browser.memory_mb(address) < first_mb + GROWTH_MB


def test_the_same_work_is_done_once(address: str, root: Path) -> None:
    def visit(session: Session, number: int) -> None:
        session.open()
        session.press("Try the demo clip")
        deadline = time.monotonic() + 60
        while "demo.mp4" not in session.text or "<dl class" not in session.text:
            assert time.monotonic() < deadline, session.text[-500:]
            assert session.exceptions == []
            time.sleep(0.5)
            session.again()

    seen = at_once(address, visit)
    shown = {tuple(sorted(re.findall(r"Moment \d+: \w+ \d+%", s.text))) for s in seen}
    assert len(shown) == 1 and len(shown.pop()) > 3
    video = next(folder for folder in root.iterdir() if folder.name.startswith("demo-"))
    assert len(list(video.glob("faces-*/recipe.json"))) == 1
