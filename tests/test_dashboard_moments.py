"""The page Moments: filters and order of the cards, views of the frame, before and after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import pipeline
from facemotion.records import Analysis, Explanation
from facemotion.ui import showing
from tests.pages import cards, opened, opened_at, words


def numbers(at: AppTest) -> list[int]:
    """The cards, as they stand."""
    return [int(label.split()[1].rstrip(":")) for label in cards(at)]


def group(at: AppTest, key: str) -> AppTest:
    return next(c for c in at.get("button_group") if c.key == key)


def test_with_nothing_open_the_page_says_what_to_do(dashboard_cache: Path) -> None:
    for page in ("pages/1_Moments.py", "pages/2_Timeline.py", "pages/3_People.py"):
        at = opened_at(page)
        assert "Nothing is open" in at.info[0].value
        assert "Analyse a video" in [link.proto.label for link in at.get("page_link")]


def test_only_the_chosen_expressions_are_shown(portrait_analysis: Analysis) -> None:
    at = opened(portrait_analysis.analysis_id)
    there = {m.emotion for m in portrait_analysis.moments}
    one = portrait_analysis.moments[0].emotion
    group(at, "only").set_value([one]).run()
    assert not at.exception
    assert numbers(at) == [m.number for m in portrait_analysis.moments if m.emotion == one]
    assert there >= {one}


def test_cards_are_put_in_the_order_that_is_asked_for(portrait_analysis: Analysis) -> None:
    at = opened(portrait_analysis.analysis_id)
    assert numbers(at) == [m.number for m in portrait_analysis.moments]
    at.selectbox(key="order").set_value("score").run()
    by_score = sorted(portrait_analysis.moments, key=lambda m: -max(m.probabilities))
    assert numbers(at) == [m.number for m in by_score]
    # The arrow keys still go through time.
    at.button(key="card-open-1").click().run()
    at.button(key="next").click().run()
    assert f"Moment 2 of {len(portrait_analysis.moments)}" in words(at)


def test_contested_moments_can_be_shown_alone(
    portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    contested = replace(
        portrait_analysis,
        explanations=(Explanation(2, "claude", "It looks sad.", is_contested=True),),
    )
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: contested)
    at = opened(portrait_analysis.analysis_id)
    at.toggle(key="contested").set_value(True).run()
    assert numbers(at) == [2]


def test_moments_of_one_source_can_be_shown_alone(
    portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = portrait_analysis.moments
    mixed = replace(portrait_analysis, moments=(replace(first, source="claude"), *others))
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: mixed)
    at = opened(portrait_analysis.analysis_id)
    group(at, "found-by").set_value("claude").run()
    assert numbers(at) == [1]


def test_filters_that_let_nothing_pass_say_so(
    portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = portrait_analysis.moments
    two = replace(
        portrait_analysis,
        moments=(replace(first, emotion="sad", source="claude"), replace(second, emotion="happy")),
    )
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: two)
    at = opened(portrait_analysis.analysis_id)
    group(at, "only").set_value(["happy"])
    group(at, "found-by").set_value("claude").run()
    assert numbers(at) == []
    assert "No moment passes the filters" in at.info[0].value


@pytest.mark.parametrize("view", ["Mesh", "Muscles"])
def test_the_frame_is_shown_with_what_was_measured_on_it(
    portrait_analysis: Analysis, view: str
) -> None:
    moment = portrait_analysis.moments[0]
    plain, _ = showing.boxed_frame(portrait_analysis, moment.frame_index, moment.face_id)
    drawn, missing = showing.boxed_frame(
        portrait_analysis, moment.frame_index, moment.face_id, view
    )
    assert missing == "" and drawn != plain
    at = opened(portrait_analysis.analysis_id)
    group(at, "view").set_value(view).run()
    assert not at.exception


def test_without_a_kept_mesh_the_box_is_shown_and_the_reason(
    portrait_analysis: Analysis,
) -> None:
    pipeline.landmarks_of(portrait_analysis).unlink()
    at = opened(portrait_analysis.analysis_id)
    group(at, "view").set_value("Mesh").run()
    assert not at.exception
    assert showing.NO_MESH in words(at)


def test_before_and_after_lead_to_their_frames(portrait_analysis: Analysis) -> None:
    best = max(portrait_analysis.moments, key=lambda m: m.expressiveness)
    around = showing.around(portrait_analysis, best)
    assert [seen.frame for seen in around] == sorted(seen.frame for seen in around)
    assert best.frame_index in [seen.frame for seen in around]
    assert all(abs(seen.time_s - best.time_s) <= showing.AROUND_S for seen in around)
    at = opened(portrait_analysis.analysis_id)
    other = next(seen for seen in around if seen.frame != best.frame_index)
    at.button(key=f"card-open-around-{other.key}").click().run()
    assert f"frame {other.frame}" in words(at)


def test_every_control_explains_itself(portrait_analysis: Analysis) -> None:
    at = opened(portrait_analysis.analysis_id)
    main = [*at.main.button, *at.main.selectbox]
    silent = [b.label for b in main if not b.help and not str(b.key).startswith("card-open")]
    assert silent == []
