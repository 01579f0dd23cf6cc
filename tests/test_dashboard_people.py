"""The people of an open analysis in the dashboard: what is decided holds, everywhere, and goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import pipeline
from facemotion.people import edits
from facemotion.records import Analysis, Settings
from tests.pages import cards, finish, opened, opened_at, press, words

PAGE = "pages/3_People.py"


@pytest.fixture
def visits(dashboard_cache: Path, visits_clip: Path) -> Analysis:
    """Two faces, 0 and 1, never seen together."""
    found = pipeline.run(str(visits_clip), Settings(every_s=0.2), cache_root=dashboard_cache)
    assert sorted(found.faces["face_id"].unique()) == [0, 1]
    return found


def on_people(analysis: Analysis) -> AppTest:
    return opened_at(PAGE, analysis.analysis_id)


def names(at: AppTest) -> list[str]:
    """The people that are listed, the one seen longest first."""
    return [field.value for field in at.text_input if str(field.key).startswith("name-")]


def rename(at: AppTest, old: str, new: str) -> AppTest:
    field = next(f for f in at.text_input if str(f.key).startswith("name-") and f.value == old)
    field.set_value(new).run()
    assert not at.exception
    return at


def tick(at: AppTest, *face_ids: int) -> AppTest:
    for face_id in face_ids:
        at.checkbox(key=_tick(at, face_id)).check()
    at.run()
    assert not at.exception
    return at


def _tick(at: AppTest, face_id: int) -> str:
    return next(str(b.key) for b in at.checkbox if str(b.key).endswith(f"-{face_id}"))


def test_people_are_listed_with_picture_time_and_expression(visits: Analysis) -> None:
    at = on_people(visits)
    assert names(at) == ["Face 0", "Face 1"]
    said = words(at)
    assert "<span>0:02 on screen</span>" in said and "<span>0:01 on screen</span>" in said
    assert at.button(key="merge").disabled
    assert "undo" not in [b.key for b in at.button]


def test_a_name_survives_a_reload_and_is_said_everywhere(visits: Analysis) -> None:
    rename(on_people(visits), "Face 1", "Ada <3")
    assert names(on_people(visits)) == ["Face 0", "Ada <3"]
    at = opened(visits.analysis_id)
    choice = next(c for c in at.get("button_group") if (c.key or "").startswith("face-"))
    assert choice.options == ["All faces", "Face 0", "Ada <3"]
    choice.set_value(1).run()
    assert "<dt>Who</dt><dd>Ada &lt;3</dd>" in words(at)


def test_a_name_of_somebody_else_is_refused_with_the_reason(visits: Analysis) -> None:
    at = rename(on_people(visits), "Face 1", "face 0")
    assert "Another person is called face 0 already" in at.error[0].value
    assert names(at) == names(on_people(visits)) == ["Face 0", "Face 1"]


def test_ticked_people_are_merged_and_it_survives_a_reload(visits: Analysis) -> None:
    at = tick(on_people(visits), 0, 1)
    press(at, "Merge 2")
    for page in (at, on_people(visits)):
        assert names(page) == ["Face 0"]
        assert "<span>2 parts</span>" in words(page)
    assert not any(box.value for box in at.checkbox)
    moments = opened(visits.analysis_id)
    assert not any(str(c.key).startswith("face-") for c in moments.get("button_group"))
    assert len(cards(moments)) > 0


def test_the_face_that_was_looked_at_is_still_shown_after_a_merge(visits: Analysis) -> None:
    at = opened(visits.analysis_id)
    choice = next(c for c in at.get("button_group") if (c.key or "").startswith("face-"))
    choice.set_value(1).run()
    number = next(m.number for m in visits.moments if m.face_id == 1)
    at.button(key=f"card-open-{number}").click().run()
    press(tick(at.switch_page(PAGE).run(), 0, 1), "Merge 2")
    at.switch_page("pages/1_Moments.py").run()
    assert "<dt>Who</dt><dd>Face 0</dd>" in words(at)
    assert "No face was found in this frame" not in words(at)


def test_a_merge_can_be_split_and_undone(visits: Analysis) -> None:
    at = press(tick(on_people(visits), 0, 1), "Merge 2")
    press(at, "Split into 2 again")
    assert names(at) == ["Face 0", "Face 1"]
    press(at, "Undo")
    assert names(at) == ["Face 0"]
    press(at, "Undo")
    assert names(at) == ["Face 0", "Face 1"]
    assert "undo" not in [b.key for b in at.button]
    assert names(on_people(visits)) == ["Face 0", "Face 1"]


def test_people_of_one_frame_are_not_merged(
    visits: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = tick(on_people(visits), 0, 1)
    together = visits.faces.assign(frame=0)
    real = edits.merge
    monkeypatch.setattr(edits, "merge", lambda faces, ids: real(together, ids))
    press(at, "Merge 2")
    assert "are in the same frame at 0" in at.error[0].value
    assert names(at) == ["Face 0", "Face 1"]


def test_a_person_left_out_is_gone_after_a_reload_and_can_be_brought_back(
    visits: Analysis,
) -> None:
    press(on_people(visits), r"Delete Face 1 everywhere")
    at = on_people(visits)
    assert names(at) == ["Face 0"]
    assert len(cards(opened(visits.analysis_id))) < len(visits.moments)
    assert [b.label for b in at.button if b.label == "Take back"] == ["Take back"]
    press(at, "Take back")
    assert names(at) == ["Face 0", "Face 1"]
    assert len(cards(opened(visits.analysis_id))) == len(visits.moments)


def test_who_leaves_everybody_out_finds_the_way_back(visits: Analysis) -> None:
    at = press(on_people(visits), r"Delete Face 0 everywhere")
    press(at, r"Delete Face 1 everywhere")
    assert "Everybody was left out" in at.info[0].value
    press(at, "Undo")
    assert names(at) == ["Face 1"]


def test_a_neutral_stretch_is_kept_shown_and_forgotten(visits: Analysis) -> None:
    at = on_people(visits)
    slider = next(s for s in at.slider if str(s.key).endswith("-0") and "neutral" in str(s.key))
    slider.set_value((0.4, 1.2))
    at.button(key="rest-0").click().run()
    assert not at.exception
    again = on_people(visits)
    assert "neutral 0:00.4 - 0:01.2" in words(again)
    stored = pipeline.edits_of(visits.analysis_id)
    assert edits.neutral_ranges(visits.faces, stored) == {0: (0.4, 1.2)}
    press(again, "Forget the neutral range")
    assert "neutral 0:00.4" not in words(again)


def test_what_another_session_decides_shows_with_the_next_look(visits: Analysis) -> None:
    mine, other = on_people(visits), on_people(visits)
    rename(other, "Face 0", "Ada")
    rename(mine, "Face 1", "Bea")
    assert names(mine) == ["Ada", "Bea"]
    other.run()
    assert names(other) == ["Ada", "Bea"]


def test_damaged_decisions_are_told(visits: Analysis, dashboard_cache: Path) -> None:
    rename(on_people(visits), "Face 0", "Ada")
    (path,) = dashboard_cache.glob("*/people-*.json")
    path.write_text("{")
    at = on_people(visits)
    assert "the file is damaged" in at.warning[0].value.replace("\\", "")
    path.unlink()
    assert names(finish(on_people(visits))) == ["Face 0", "Face 1"]
