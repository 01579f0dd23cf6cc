"""The panels of what is measured: muscles, head, gaze, windows; two people; how curves look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from facemotion import faces, moments, pipeline
from facemotion.records import Analysis, Settings
from facemotion.ui.timeline import measures
from tests import examples
from tests.pages import cards, opened, opened_at, words

TIMELINE = "pages/2_Timeline.py"


@pytest.mark.parametrize(
    ("panel", "n_charts"),
    [
        (measures.MUSCLES, 2),
        (measures.HEAD, 4),
        (measures.WINDOWS, 1),
    ],
)
def test_every_panel_draws_its_charts(
    dashboard_cache: Path, portrait_analysis: Analysis, panel: str, n_charts: int
) -> None:
    at = opened_at(TIMELINE, portrait_analysis.analysis_id)
    before = len(at.get("plotly_chart"))
    at.segmented_control(key="panel").set_value(panel).run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == before + n_charts


def test_what_intensities_are_counted_from_is_said_where_they_are_shown(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened_at(TIMELINE, portrait_analysis.analysis_id)
    at.segmented_control(key="panel").set_value(measures.MUSCLES).run()
    assert "Counted from people at large" in words(at)
    assert "No certified coder" in words(at)


def test_the_viewer_tells_head_gaze_and_affect(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    said = words(opened(portrait_analysis.analysis_id))
    for fact in ("Head", "Gaze", "Valence, arousal"):
        assert f"<dt>{fact}</dt>" in said


def test_two_people_are_compared_with_chance(
    dashboard_cache: Path,
    portrait_analysis: Analysis,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    made_up = examples.example_analysis(
        tmp_path, n_faces=2, n_samples=400, every_s=0.2, gaps=False, measured=True
    )
    picture = str(tmp_path / str(made_up.moments[0].frame_path))
    two = replace(
        portrait_analysis,
        faces=made_up.faces,
        samples=made_up.samples,
        moments=tuple(
            replace(m, frame_path=picture) for m in moments.choose(made_up.faces, Settings())
        ),
    )
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: two)
    at = opened_at("pages/3_People.py", portrait_analysis.analysis_id)
    assert "Correlation" in words(at) and "chance gives" in words(at)
    at.selectbox(key="dyad-measure").set_value("happy").run()
    assert not at.exception


def test_curves_can_be_smoothed_and_moments_stay(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id)
    before = cards(at)
    at.selectbox(key="smooth").set_value("exponential").run()
    assert not at.exception
    assert "smoothed (exponential, 0.5 s)" in words(at)
    at.toggle(key="rest").set_value(True).run()
    assert not at.exception
    assert "above each person's face at rest and smoothed" in words(at)
    assert cards(at) == before
    assert "as measured" in at.selectbox(key="smooth").options


def test_thresholds_of_following_people_run_no_model(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "run", None)
    at = opened(portrait_analysis.analysis_id)
    at.slider(key="sure").set_value(1.0)
    at.slider(key="stay").set_value(10.0).run()
    assert not at.exception
    assert "1 short track of low confidence" in words(at)
    at.slider(key="stay").set_value(0.0).run()
    assert "short track" not in words(at)


def test_a_link_brings_the_view_along(dashboard_cache: Path, portrait_analysis: Analysis) -> None:
    at = opened(portrait_analysis.analysis_id, smooth="Savitzky-Golay", over="2.0", rest="true")
    assert not at.exception
    assert "smoothed (Savitzky-Golay, 2 s)" in words(at)
