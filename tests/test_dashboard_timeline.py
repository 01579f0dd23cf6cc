"""The page Timeline: what is drawn, sought, counted and marked, and what fails."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from facemotion import markers, pipeline
from facemotion.records import Analysis, Settings
from facemotion.ui.timeline import sought
from tests.pages import button, opened_at, param, words

PAGE = "pages/2_Timeline.py"


@dataclass(frozen=True)
class Made:
    """A cache with one face for six seconds, and one with two people who are never together."""

    root: Path
    portrait: Analysis
    visits: Analysis


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
    models_folder: Path,
    portrait_clip: Path,
    visits_clip: Path,
) -> Made:
    root = tmp_path_factory.mktemp("cache")
    (root / "models").symlink_to(models_folder)
    one = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=root)
    two = pipeline.run(str(visits_clip), Settings(every_s=0.2), cache_root=root)
    return Made(root, one, two)


@pytest.fixture(autouse=True)
def cache(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard has that cache, and nothing is marked."""
    monkeypatch.setenv("FACEMOTION_CACHE", str(made.root))
    st.cache_resource.clear()
    st.cache_data.clear()
    for analysis in (made.portrait, made.visits):
        marks_file(analysis).unlink(missing_ok=True)


def marks_file(analysis: Analysis) -> Path:
    return analysis.folder.parent / markers.FILE


def page(analysis: Analysis, **params: str) -> AppTest:
    at = opened_at(PAGE, analysis.analysis_id, **params)
    assert not at.exception
    return at


def spec(at: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return found


def lanes_of(at: AppTest) -> list[str]:
    titles = [note["text"] for note in spec(at)["layout"]["annotations"]]
    return [title.split("</b>")[0].removeprefix("<b>") for title in titles]


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def mark(at: AppTest, text: str) -> AppTest:
    at.text_input(key="mark-text").set_value(text)
    button(at, "Mark").click()  # type: ignore[attr-defined]
    at.run()
    assert not at.exception
    return at


def marks_in(analysis: Analysis, made: Made) -> list[tuple[float, str]]:
    known = pipeline.markers_of(analysis.analysis_id, made.root)
    return [(one.time_s, one.text) for one in known]


def shares(at: AppTest) -> dict[tuple[str, str], float]:
    table = at.dataframe[0].value
    value = table["value"].str.split().str[-1]
    return dict(zip(zip(table["person"], value, strict=True), table["of its time"], strict=True))


def test_without_an_analysis_the_page_says_what_to_do_first() -> None:
    at = opened_at(PAGE)
    assert "Nothing is open" in at.info[0].value and not at.get("plotly_chart")


def test_an_analysis_that_is_gone_is_said_to_be_so() -> None:
    at = opened_at(PAGE, "gone.0123")
    assert "not in the cache any more" in at.warning[0].value.replace("\\", "")


def test_all_lanes_with_something_in_them_are_there(made: Made) -> None:
    at = page(made.portrait)
    assert lanes_of(at) == [
        *("Moments", "Emotions", "Expressiveness"),
        *(title for title in lanes_of(at) if title.startswith("AU")),
        *("Head", "Coverage"),
    ]
    at.multiselect(key="lanes").set_value(["coverage", "expressiveness"]).run()
    assert lanes_of(at) == ["Coverage", "Expressiveness"]
    at.multiselect(key="lanes").set_value([]).run()
    assert lanes_of(at) == ["None of these lanes has anything to show. Choose others."]


def test_people_have_a_line_each_or_the_lanes_to_themselves(made: Made) -> None:
    at = page(made.visits)
    assert "Head yaw" in lanes_of(at)
    at.get("button_group")[0].set_value(1).run()
    assert "Head yaw" not in lanes_of(at) and "Head" in lanes_of(at)
    assert {person for person, _ in shares(at)} == {"Face 1"}


def test_each_person_can_have_emotions_of_their_own_as_areas(made: Made) -> None:
    at = page(made.visits)
    next(b for b in at.get("button_group") if b.key == "lane-emotions").set_value("each person")
    at.toggle(key="lane-areas").set_value(True).run()
    assert lanes_of(at).count("Emotions") == 2
    assert any(trace.get("fill") == "toself" for trace in spec(at)["data"])


def test_samples_and_moments_are_gone_through_one_by_one(made: Made) -> None:
    analysis = made.portrait
    at = page(analysis)
    sought_at = max(analysis.moments, key=lambda m: m.expressiveness)
    assert f"frame {sought_at.frame_index} · moment {sought_at.number}" in words(at)
    while not at.button(key="sample-before").disabled:
        press(at, "sample-before")
    assert '<b class="fm-emotion">0:00</b>' in words(at)
    press(at, "sample-after")
    assert '<b class="fm-emotion">0:00.5</b>' in words(at)
    at.session_state["look"] = sought.state.Look(analysis.analysis_id, 0, None)
    later = next(m for m in analysis.moments if m.time_s > 0)
    press(at, "moment-after")
    assert f"moment {later.number}" in words(at)


def test_what_is_in_sight_follows_to_what_is_sought(made: Made) -> None:
    at = page(made.visits, span="0-1")
    at.session_state["look"] = sought.state.Look(made.visits.analysis_id, 25, None)
    press(at.run(), "sample-after")
    start, end = (float(part) for part in (param(at, "span") or "").split("-"))
    assert end - start == pytest.approx(1.0) and start < 1.2 < end
    assert "1970-01-02T00:00:00.7" in spec(at)["layout"]["xaxis"]["range"][0]


def test_a_frame_without_a_face_is_shown_and_said(made: Made) -> None:
    at = page(made.portrait)
    at.session_state["look"] = sought.state.Look(made.portrait.analysis_id, 175, None)
    at.run()
    assert "No face was found in this frame." in words(at)
    assert "frame 175" in words(at)


def test_open_in_moments_leads_to_the_frame_that_is_sought(made: Made) -> None:
    at = press(page(made.portrait), "sample-before")
    frame = at.session_state["look"].frame
    press(at, "open-in-moments")
    assert at.session_state["look"].frame == frame
    assert param(at, "analysis") == made.portrait.analysis_id
    assert "lanes" not in [field.key for field in at.multiselect]


def test_the_window_of_the_address_decides_what_is_drawn_and_counted(made: Made) -> None:
    whole, part = page(made.visits), page(made.visits, span="0-1")
    ends = spec(part)["layout"]["xaxis"]["range"]
    assert ends == ["1970-01-02T00:00:00.000", "1970-01-02T00:00:01.000"]
    assert {person for person, _ in shares(whole)} == {"Face 0", "Face 1"}
    assert {person for person, _ in shares(part)} == {"Face 0"}
    assert "0:00 to 0:01" in words(part) and "Of the whole video" in words(whole)
    press(part, "whole")
    assert "Of the whole video" in words(part) and param(part, "span") is None


@pytest.mark.parametrize("span", ["x", "5-2", "900-999", ""])
def test_a_window_that_is_none_shows_the_whole_video(made: Made, span: str) -> None:
    at = page(made.visits, span=span)
    assert "Of the whole video" in words(at) and param(at, "span") is None


def test_the_slider_sets_the_window(made: Made) -> None:
    at = page(made.visits)
    slider = next(s for s in at.slider if str(s.key).startswith("sight-"))
    low, high = slider.value
    slider.set_value((low, low + (high - low) / 2)).run()
    assert (param(at, "span") or "").startswith("0-3")
    assert "Of 0:00 to 0:03" in words(at)


def test_the_threshold_and_the_shortest_episode_are_chosen(made: Made) -> None:
    at = page(made.portrait)
    count = at.dataframe[0].value["episodes"].sum()
    assert count > 0
    at.number_input(key="above-for").set_value(600.0).run()
    assert at.dataframe[0].value["episodes"].sum() == 0
    at.number_input(key="above-emotions").set_value(100.0).run()
    assert "Nothing reaches the threshold" in words(at)
    next(b for b in at.get("button_group") if b.key == "above").set_value("angles").run()
    assert at.number_input(key="above-angles").value == 20
    assert "head to a side" in set(at.dataframe[0].value["value"])


def test_marks_are_added_renamed_visited_and_removed(made: Made) -> None:
    at = mark(press(page(made.portrait), "sample-before"), "the joke")
    ((time_s, text),) = marks_in(made.portrait, made)
    assert (time_s, text) == (
        sought.showing.time_of(made.portrait, at.session_state["look"].frame),
        "the joke",
    )
    assert "<b>marks</b>" in spec(at)["layout"]["annotations"][0]["text"]
    assert "the joke" in words(at)
    field = next(f for f in at.text_input if str(f.key).startswith("mark-text-"))
    field.set_value("the *real* joke").run()
    assert marks_in(made.portrait, made) == [(time_s, "the *real* joke")]
    press(at, "sample-after")
    press(at, next(str(b.key) for b in at.button if str(b.key).startswith("mark-go-")))
    assert "the *real* joke" in words(at)
    press(at, next(str(b.key) for b in at.button if str(b.key).startswith("mark-remove-")))
    assert marks_in(made.portrait, made) == [] and "No marks yet" in words(at)


def test_marks_without_words_are_refused_with_the_reason(made: Made) -> None:
    at = mark(page(made.portrait), " ")
    assert "needs a word" in at.error[0].value
    assert marks_in(made.portrait, made) == []


def test_marks_come_from_a_table_and_a_bad_one_changes_nothing(made: Made) -> None:
    at = page(made.portrait)
    at.file_uploader[0].upload("marks.csv", b"time_s,text\n1,start\n0:02.5,end\n", "text/csv")
    at.run()
    assert marks_in(made.portrait, made) == [(1.0, "start"), (2.5, "end")]
    at.file_uploader[0].upload("bad.csv", b"time_s,text\n3,more\n4000,late\n", "text/csv")
    at.run()
    assert "Line 3 marks 4000 s" in at.error[0].value.replace("\\", "")
    assert len(marks_in(made.portrait, made)) == 2
    assert not at.exception


def test_damaged_marks_are_said_to_be_so_and_the_rest_works(made: Made) -> None:
    marks_file(made.portrait).write_text("{")
    at = page(made.portrait)
    assert "is damaged" in at.warning[0].value and "Emotions" in lanes_of(at)
    at = mark(at, "new")
    assert "is damaged" in at.error[0].value
    assert marks_file(made.portrait).read_text() == "{"


def test_every_control_explains_itself_and_every_picture_has_words(made: Made) -> None:
    at = mark(page(made.portrait), "one")
    kinds: tuple[Any, ...] = (at.main.selectbox, at.main.number_input, at.main.text_input)
    kinds += (at.main.slider, at.main.toggle, at.main.multiselect, at.main.file_uploader)
    assert [c.label for kind in kinds for c in kind if not c.help] == []
    assert [b.label for b in at.main.button if not b.proto.help] == []
    assert at.get("plotly_chart")[0].proto.alt.startswith("Lanes over time for Face 0")
