"""The dashboard's jobs: faces found so far, several at once, and what other pages say of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from facemotion import pipeline
from facemotion.errors import SourceError
from facemotion.jobs import Job
from facemotion.records import Analysis, FoundFace, OnProgress, Progress, Settings
from facemotion.ui import look, session_jobs, state
from tests.pages import analyse, cards, opened, param, press, words
from tests.servers import wait_until

HOST = "http://127.0.0.1:9"
ABOUT = "pages/9_About.py"


class Runs:
    """In the pipeline's place: each run tells a progress, and ends when it is let go."""

    def __init__(self) -> None:
        self.result: object = SimpleNamespace(analysis_id="none.0")
        self.begun: list[str] = []
        self.told = Progress("faces", 45, 100, "frames")
        self.gates: dict[str, threading.Event] = {}

    def __call__(
        self, clip: str, settings: Settings, *, on_progress: OnProgress, **_: object
    ) -> object:
        name = Path(clip).name
        gate = self.gates.setdefault(name, threading.Event())
        on_progress(self.told)
        self.begun.append(name)
        while not gate.wait(0.01):
            on_progress(self.told)
        if name == "gone.mp4":
            raise SourceError("There is nothing at this address. Check it.")
        return self.result

    def finish(self, *names: str) -> None:
        for name in names:
            self.gates.setdefault(name, threading.Event()).set()
        wait_until(lambda: all(job.is_over for job in self.jobs(*names)))

    def jobs(self, *names: str) -> list[Job[str]]:
        return [job for job in state.jobs()._jobs.values() if Path(job.title).name in names]


@pytest.fixture
def runs(dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    made = Runs()
    monkeypatch.setattr(pipeline, "run", made)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    yield made
    for job in state.jobs()._jobs.values():
        job.cancel()


@pytest.fixture
def measured(portrait_analysis: Analysis, runs: Runs) -> Analysis:
    """What every run gives."""
    runs.result = portrait_analysis
    return portrait_analysis


def send(*names: str) -> AppTest:
    return analyse(opened(), "  ".join(f"{HOST}/{name}" for name in names))


def labels(at: AppTest) -> list[str]:
    return [b.label for b in at.button if not (b.key or "").startswith("card-open-")]


def links(at: AppTest) -> list[str]:
    """The lines of the sidebar below the navigation."""
    return [link.proto.label for link in at.sidebar.get("page_link")[len(look.PAGES) :]]


def elsewhere(at: AppTest) -> AppTest:
    at = at.switch_page(ABOUT).run()
    assert not at.exception
    return at


def begun(runs: Runs, at: AppTest, n: int = 1) -> AppTest:
    wait_until(lambda: len(runs.begun) == n)
    at.run()
    assert not at.exception
    return at


def test_faces_found_so_far_are_shown_with_symbol_and_time(runs: Runs) -> None:
    face = FoundFace(72.0, "happy", np.full((96, 96, 3), 200, np.uint8))
    runs.told = Progress("faces", 45, 100, "frames", "60 faces so far", faces=(face,))
    said = words(begun(runs, send("talk.mp4")))
    assert "Faces found so far" in said
    assert 'alt="A face at 1:12, apparently happy"' in said
    assert 'src="data:image/jpeg;base64,' in said and "●</span> 1:12" in said
    assert 'aria-valuenow="45"' in said and "45 of 100 frames" in said


def test_a_list_of_addresses_becomes_jobs_that_wait_for_their_turn(runs: Runs) -> None:
    at = begun(runs, send("a.mp4", "b.mp4", "c.mp4", "d.mp4"), 2)
    assert len(at.query_params["job"]) == 4
    assert labels(at).count("Cancel") == 4
    said = words(at)
    assert "Waits for its turn: next" in said and "Waits for its turn: after 1 other" in said
    assert sorted(runs.begun) == ["a.mp4", "b.mp4"]
    assert at.text_input(key="url").value == ""


def test_each_of_several_jobs_has_its_own_end(runs: Runs) -> None:
    at = begun(runs, send("a.mp4", "gone.mp4", "c.mp4"), 2)
    cancelled = runs.jobs("c.mp4")[0]
    at.button(key=f"cancel-{cancelled.key}").click().run()
    runs.finish("gone.mp4")
    at.run()
    assert labels(at)[:5] == ["Try again", "Dismiss", "Go on", "Dismiss", "Cancel"]
    assert at.error[0].value == r"There is nothing at this address\. Check it\."
    assert at.text_input(key="url").value == f"{HOST}/gone.mp4"  # to be corrected
    runs.finish("a.mp4")
    at.run()
    assert labels(at)[:2] == ["Open", "Dismiss"]
    at = press(at, "Dismiss all that have ended")
    assert "job" not in at.query_params or at.query_params["job"] == []
    assert "See the telling moments" in words(at)


def test_several_files_become_several_jobs_and_leave_the_field(
    measured: Analysis, runs: Runs
) -> None:
    at = opened()
    files = [(name, name.encode(), "video/mp4") for name in ("a.mp4", "b.mp4")]
    at.file_uploader[0].set_value(files)
    at = begun(runs, press(at, "Analyse"), 2)
    assert sorted(runs.begun) == ["a.mp4", "b.mp4"]
    assert at.file_uploader[0].value == []
    runs.finish("a.mp4")
    at = press(at.run(), "Open")
    assert len(cards(at)) == len(measured.moments)
    assert links(at) == [r"Measure faces 45% · b\.mp4"]


def test_a_list_with_a_mistake_in_it_starts_nothing(runs: Runs) -> None:
    at = analyse(opened(), f"{HOST}/a.mp4 nonsense")
    assert "'nonsense' is no address" in at.error[0].value
    assert "job" not in at.query_params and runs.begun == []
    at = analyse(at, " ".join(f"{HOST}/{number}.mp4" for number in range(51)))
    assert at.error[0].value == r"These are 51 videos\. Give 50 at most at a time\."


def test_a_reload_brings_all_jobs_back_and_no_other_session_sees_them(runs: Runs) -> None:
    at = begun(runs, send("a.mp4", "b.mp4"), 2)
    assert "Cancel" not in labels(opened())
    again = opened(job=at.query_params["job"])
    assert labels(again).count("Cancel") == 2


def test_another_page_tells_how_far_it_is_and_leads_to_the_result(
    measured: Analysis, runs: Runs
) -> None:
    at = elsewhere(begun(runs, send("talk.mp4")))
    assert links(at) == ["Measure faces 45% · " + look.plain(f"{HOST}/talk.mp4")]
    runs.finish("talk.mp4")
    at.run()
    at = press(at, "Open " + look.plain(f"{HOST}/talk.mp4"))
    assert param(at, "analysis") == measured.analysis_id
    assert len(cards(at)) == len(measured.moments)
    assert not [label for label in labels(at) if label.startswith("Open ")]


def test_a_result_that_another_page_has_told_does_not_take_the_form_away(runs: Runs) -> None:
    at = elsewhere(begun(runs, send("talk.mp4")))
    runs.finish("talk.mp4")
    at = at.run().switch_page("streamlit_app.py").run()
    assert {"Open", "Dismiss", "Analyse"} <= set(labels(at))
    assert at.text_input(key="url").value == ""


def test_a_single_result_leads_to_its_moments_by_itself(measured: Analysis, runs: Runs) -> None:
    at = begun(runs, send("talk.mp4"))
    runs.finish("talk.mp4")
    at.run()
    assert len(cards(at)) == len(measured.moments)
    assert param(at, "analysis") == measured.analysis_id


def test_many_jobs_take_three_lines_elsewhere_and_none_takes_none(runs: Runs) -> None:
    assert links(elsewhere(opened())) == []
    at = begun(runs, send(*(f"{letter}.mp4" for letter in "abcdef")), 2)
    at = elsewhere(at)
    assert len(links(at)) == session_jobs.MOST_IN_BRIEF + 1
    assert links(at)[-1] == "and 3 more"


def test_recent_analyses_tell_faces_frames_and_time(portrait_analysis: Analysis) -> None:
    at = opened()
    card = at.button(key="card-open-recent-1").label
    n_faces, n_frames = len(portrait_analysis.faces), len(portrait_analysis.samples)
    assert card.startswith(rf"Open portrait\.mp4, {n_faces} faces in {n_frames} frames, ")
    at = at.button(key="card-open-recent-1").click().run()
    assert len(cards(at)) == len(portrait_analysis.moments)
