"""The page Compare models: choosing, the work in the background, what is drawn, empty states."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import comparing, models, pipeline
from facemotion.errors import ModelError
from facemotion.models import choosing
from facemotion.models.classifiers.mini_xception import MiniXception
from facemotion.records import Analysis, Comparison, OnProgress, Progress, Settings
from facemotion.ui import state
from facemotion.ui.compare_models.comparing import Choice
from tests import clips, servers
from tests.pages import ROOT, RUN_S, param, press, words

BOTH = ("ferplus-resnet", "mini-xception")
PAGE = "pages/5_Compare_models.py"


def page(analysis_id: str | None = None, **params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    for name, value in {**({"analysis": analysis_id} if analysis_id else {}), **params}.items():
        at.query_params[name] = value
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def chosen(at: AppTest, *names: str) -> AppTest:
    at.multiselect(key="classifiers").set_value(list(names)).run()
    assert not at.exception
    return at


def finish(at: AppTest, analysis: Analysis, names: Sequence[str] = BOTH) -> AppTest:
    """Wait for the end of the comparison, whatever it is, and look again."""
    job = state.jobs().get(Choice(analysis, tuple(names)).key)
    assert job is not None
    servers.wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def cards(at: AppTest) -> list[str]:
    return [b.label for b in at.button if (b.key or "").startswith("card-open-dispute-")]


@pytest.fixture
def compared(dashboard_cache: Path, portrait_analysis: Analysis) -> Comparison:
    return comparing.reopen(portrait_analysis.analysis_id, BOTH, cache_root=dashboard_cache)


def test_without_an_analysis_the_page_says_what_to_do_first(dashboard_cache: Path) -> None:
    at = page()
    assert "Analyse a video first" in at.info[0].value
    assert not at.multiselect


def test_the_button_compares_in_the_background_and_the_result_is_drawn(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = chosen(page(portrait_analysis.analysis_id), *BOTH)
    assert "12 faces, to be judged by 2 classifiers" in words(at)
    assert not at.get("plotly_chart")
    at = finish(press(at, "Compare"), portrait_analysis)
    assert len(at.get("plotly_chart")) == 3
    assert comparing.is_kept(portrait_analysis, BOTH)
    assert param(at, "analysis") == portrait_analysis.analysis_id


def test_a_kept_comparison_is_shown_at_once(
    dashboard_cache: Path, compared: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "classifier", None)
    at = chosen(page(compared.analysis.analysis_id), *BOTH)
    assert len(at.get("plotly_chart")) == 3
    said = words(at)
    assert "All say the same" in said and "100%" in said
    assert r"ferplus\-resnet and mini\-xception \-" in said  # kappa: they always say the same
    assert [b.proto.label for b in at.get("download_button")] == [
        "Verdicts (CSV)",
        "Agreement (JSON)",
    ]
    assert at.table[0].value["classifier"].tolist() == list(BOTH)
    assert len(cards(at)) == len(compared.disputes) > 2
    assert cards(at)[0].startswith("Look at Face 0 at")


def test_every_control_explains_itself(dashboard_cache: Path, compared: Comparison) -> None:
    at = chosen(page(compared.analysis.analysis_id), *BOTH)
    controls = [*at.main.selectbox, *at.main.multiselect, *at.main.get("button_group")]
    assert len(controls) == 3
    assert [control.label for control in controls if not control.help] == []
    assert all(b.proto.help for b in at.get("download_button"))


def test_fewer_than_two_classifiers_say_so(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = chosen(page(portrait_analysis.analysis_id), "mini-xception")
    assert "Choose two or more classifiers" in at.info[0].value
    assert "Compare" not in [b.label for b in at.button]


def test_where_there_is_one_classifier_the_page_says_how_to_get_another(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "on_disk", lambda kind: ["ferplus-resnet"])
    at = page(portrait_analysis.analysis_id)
    assert "this machine has one" in at.info[0].value
    assert "requirements-models.txt" in at.info[0].value


def test_a_link_brings_the_classifiers_along(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = page(portrait_analysis.analysis_id, classifiers="mini-xception")
    assert at.multiselect(key="classifiers").value == ["mini-xception"]


def test_the_emotion_that_is_drawn_can_be_changed(
    dashboard_cache: Path, compared: Comparison
) -> None:
    at = chosen(page(compared.analysis.analysis_id), *BOTH)
    assert at.segmented_control(key="compared-emotion").value == "happy"
    before = words(at)
    at.segmented_control(key="compared-emotion").set_value("sad").run()
    assert not at.exception
    assert words(at) != before


def test_a_card_leads_to_its_moment_on_the_first_page(
    dashboard_cache: Path, compared: Comparison
) -> None:
    at = chosen(page(compared.analysis.analysis_id), *BOTH)
    dispute = compared.disputes[1]
    at.button(key=f"card-open-dispute-{dispute.number}").click().run()
    assert not at.exception
    assert f"frame {dispute.frame_index}" in words(at)


def test_the_open_analysis_is_the_one_that_is_compared_and_another_can_be_chosen(
    dashboard_cache: Path, portrait_analysis: Analysis, visits_clip: Path
) -> None:
    other = pipeline.run(str(visits_clip), Settings(every_s=0.5), cache_root=dashboard_cache)
    at = page(portrait_analysis.analysis_id)
    (choice,) = at.main.selectbox
    assert choice.value == portrait_analysis.analysis_id
    assert [label.split(" · ")[0] for label in choice.options] == ["portrait.mp4", "visits.mp4"]
    choice.set_value(other.analysis_id).run()
    assert not at.exception
    assert at.main.selectbox[0].value == other.analysis_id
    assert param(at, "analysis") == other.analysis_id


def test_of_several_people_one_can_be_drawn_alone(dashboard_cache: Path, visits_clip: Path) -> None:
    two = pipeline.run(str(visits_clip), Settings(every_s=0.5), cache_root=dashboard_cache)
    comparing.reopen(two.analysis_id, BOTH, cache_root=dashboard_cache)
    at = chosen(page(two.analysis_id), *BOTH)
    person = at.selectbox(key=f"compared-person-{two.analysis_id}")
    assert person.options == ["All faces", "Face 0", "Face 1"]
    person.set_value(1).run()
    assert not at.exception


def test_no_face_says_what_to_do(dashboard_cache: Path, tmp_path: Path) -> None:
    wall = clips.write(tmp_path / "wall.mp4", 50)
    none = pipeline.run(str(wall), Settings(every_s=0.5), cache_root=dashboard_cache)
    at = finish(press(chosen(page(none.analysis_id), *BOTH), "Compare"), none)
    assert "No face was found" in at.info[0].value


def test_a_failure_is_told_in_plain_words_and_can_be_tried_again(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Comparison:
        raise ModelError("mini-xception is broken. Delete it.")

    at = chosen(page(portrait_analysis.analysis_id), *BOTH)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "reopen", broken)
        at = finish(press(at, "Compare"), portrait_analysis)
    assert at.error[0].value == r"mini\-xception is broken\. Delete it\."
    at = finish(press(at, "Try again"), portrait_analysis)
    assert len(at.get("plotly_chart")) == 3


def test_a_comparison_under_way_shows_how_far_it_is_and_can_be_stopped(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object, on_progress: OnProgress, **__: object) -> Comparison:
        while True:
            on_progress(Progress("faces", 10, 24, "verdicts", "mini-xception: 4 faces"))
            time.sleep(0.01)

    at = chosen(page(portrait_analysis.analysis_id), *BOTH)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "reopen", endless)
        at = press(at, "Compare")
        at.run()
        assert "Compare ferplus-resnet, mini-xception" in words(at)
        assert "<b>Ask the classifiers</b><span>10 of 24 verdicts" in words(at)
        at.button(key="cancel").click()
        at = finish(at.run(), portrait_analysis)
    assert "It was stopped. What was finished is kept." in at.info[0].value
    at = finish(press(at, "Go on"), portrait_analysis)
    assert len(at.get("plotly_chart")) == 3


def test_streamlit_leaves_keras_alone_since_a_job_may_be_using_it(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[str] = []
    backend = SimpleNamespace(clear_session=lambda: cleared.append("session"))
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(backend=backend))
    page(portrait_analysis.analysis_id)
    assert cleared == []


def test_an_analysis_without_landmarks_leads_to_one_with_them(
    dashboard_cache: Path, portrait_clip: Path
) -> None:
    settings = Settings(every_s=0.5, landmarks=False)
    bare = pipeline.run(str(portrait_clip), settings, cache_root=dashboard_cache)
    at = finish(press(chosen(page(bare.analysis_id), *BOTH), "Compare"), bare)
    assert len(at.get("plotly_chart")) == 3
    assert param(at, "analysis") not in (None, bare.analysis_id)


def test_classifiers_whose_weights_are_missing_are_named_with_a_way_to_get_them(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> list[Path]:
        raise ModelError("not here")

    monkeypatch.setattr(MiniXception, "weights", staticmethod(missing))
    at = page(portrait_analysis.analysis_id)
    assert "mini-xception" not in choosing.on_disk("classifier")
    assert "mini-xception" not in at.multiselect(key="classifiers").options
    assert "Not on this machine: " in words(at) and r"mini\-xception" in words(at)
    assert "Get more models" in [link.proto.label for link in at.get("page_link")]
