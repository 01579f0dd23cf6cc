"""Film and report: made once, anew when something changed, by command and on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from facemotion import __main__ as cli
from facemotion import film, markers, outputs, pipeline, report
from facemotion.errors import Cancelled
from facemotion.outputs import FilmOptions, ReportOptions
from facemotion.people import edits
from facemotion.records import Analysis, Progress, Settings
from facemotion.ui import state
from tests import servers
from tests.pages import opened, press, words

Make = Callable[[Analysis], Path]
MAKERS: dict[str, Make] = {
    "film": lambda analysis: outputs.make_film(analysis, FilmOptions()),
    "report": lambda analysis: outputs.make_report(analysis, ReportOptions()),
}
PATHS: dict[str, Make] = {
    "film": lambda analysis: outputs.film_path(analysis, FilmOptions()),
    "report": lambda analysis: outputs.report_path(analysis, ReportOptions()),
}


@pytest.fixture(scope="module")
def analysis(
    tmp_path_factory: pytest.TempPathFactory, models_folder: Path, portrait_clip: Path
) -> Analysis:
    root = tmp_path_factory.mktemp("cache")
    (root / "models").symlink_to(models_folder)
    return pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=root)


def root_of(analysis: Analysis) -> Path:
    return analysis.folder.parent.parent


@pytest.mark.parametrize("kind", ["film", "report"])
def test_the_second_time_nothing_is_made(
    analysis: Analysis, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MAKERS[kind](analysis)
    assert made == PATHS[kind](analysis) and made.is_file()
    monkeypatch.setattr(film, "run", None)
    monkeypatch.setattr(report, "render", None)
    assert MAKERS[kind](analysis) == made


@pytest.mark.parametrize("kind", ["film", "report"])
def test_what_changes_the_file_changes_its_place(analysis: Analysis, kind: str) -> None:
    path_of = PATHS[kind]
    before = path_of(analysis)
    smoothed = analysis.settings.with_changes(smoothing="exponential")
    fewer = pipeline.reopen(analysis.analysis_id, {"max_moments": 1}, cache_root=root_of(analysis))
    told = replace(analysis, explanations=())
    others = {path_of(replace(analysis, settings=smoothed)), path_of(fewer), path_of(told)}
    pipeline.edit_markers(
        analysis.analysis_id,
        lambda known: markers.added(known, 1.0, "begins"),
        cache_root=root_of(analysis),
    )
    others.add(path_of(analysis))
    pipeline.edit_markers(analysis.analysis_id, lambda known: (), cache_root=root_of(analysis))
    assert len(others | {before}) == (5 if kind == "report" else 4)  # a film has no marks
    assert path_of(analysis) == before


def test_a_film_has_every_picture_of_the_video(analysis: Analysis) -> None:
    with av.open(str(MAKERS["film"](analysis))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 200


def test_who_was_deleted_is_hidden_with_the_others(
    tmp_path: Path, models_folder: Path, visits_clip: Path
) -> None:
    """In the frames of people who stay, there may be somebody who does not."""
    root = tmp_path / "cache"
    root.mkdir()
    (root / "models").symlink_to(models_folder)
    found = pipeline.run(str(visits_clip), Settings(every_s=0.2), cache_root=root)
    pipeline.edit_people(
        found.analysis_id,
        lambda known: known.with_decisions(edits.delete(found.faces, 1)),
        cache_root=root,
    )
    without = pipeline.reopen(found.analysis_id, cache_root=root)
    assert set(without.faces["face_id"]) == {0}
    options = FilmOptions(blur="faces", boxes=False, names=False, bars=False, chart=False)
    gone = found.faces[found.faces["face_id"] == 1].iloc[1]
    with av.open(str(outputs.make_film(without, options))) as container:
        picture = next(
            frame
            for number, frame in enumerate(container.decode(video=0))
            if number == int(gone["frame"])
        ).to_ndarray(format="rgb24")
    x, y, w, h = (int(gone[name]) for name in "xywh")
    face = picture[y : y + h, x : x + w].astype(float)
    seen = pipeline.sampled_frames(found).grab([int(gone["frame"])])[int(gone["frame"])]
    before = seen[y : y + h, x : x + w].astype(float)
    detail = [abs(p[:, 1:] - p[:, :-1]).mean() for p in (face, before)]
    assert detail[0] < 0.4 * detail[1]


def test_what_was_stopped_leaves_nothing(analysis: Analysis) -> None:
    def stop(progress: Progress) -> None:
        if progress.done > 20:
            raise Cancelled("enough")

    options = FilmOptions(chart=False)
    with pytest.raises(Cancelled):
        outputs.make_film(analysis, options, stop)
    assert not outputs.film_path(analysis, options).exists()
    assert list(outputs.film_path(analysis, options).parent.iterdir()) == []


def test_the_command_line_writes_both(
    analysis: Analysis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given = ["analyze", analysis.video.source, "--out", str(out), "--every", "0.5", "--report"]
    given += ["--film", "--hide-faces", "--cache-dir", str(root_of(analysis)), "--quiet"]
    assert cli.main(given) == 0
    made = {path.name for path in out.iterdir()}
    assert {"report.html", "annotated.mp4", "detections.json"} <= made
    hidden = outputs.report_path(analysis, ReportOptions("blurred"))
    assert (out / "report.html").read_bytes() == hidden.read_bytes()


def test_the_page_makes_the_report_in_the_background_and_offers_it(
    portrait_analysis: Analysis,
) -> None:
    at = opened(portrait_analysis.analysis_id)
    assert "take-report" not in [b.key for b in at.get("download_button")]
    at.button(key="make-report").click().run()
    assert not at.exception
    job = next(j for j in state.jobs()._jobs.values() if "report.html" in j.title)
    servers.wait_until(lambda: job.is_over)
    at.run()
    assert job.state == "done"
    assert any("Download (" in b.proto.label for b in at.get("download_button"))


def test_a_film_that_cannot_be_made_says_why(
    portrait_analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = replace(
        portrait_analysis, video=replace(portrait_analysis.video, path=str(tmp_path / "gone.mp4"))
    )
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: lost)
    at = opened(portrait_analysis.analysis_id)
    at.button(key="make-film").click().run()
    job = next(j for j in state.jobs()._jobs.values() if "annotated.mp4" in j.title)
    servers.wait_until(lambda: job.is_over)
    at = press(at, "Previous") if not at.button(key="previous").disabled else at.run()
    assert any("gone.mp4" in error.value.replace("\\", "") for error in at.error), words(at)
