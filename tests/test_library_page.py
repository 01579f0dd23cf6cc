"""The page Library: what it shows of the disk, and what its buttons do to it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import cache, pipeline
from facemotion.cache import rules
from facemotion.records import Analysis, Settings
from facemotion.ui import look, state
from tests.pages import ROOT, RUN_S, param, words
from tests.servers import wait_until
from tests.test_cache import entry


@pytest.fixture(autouse=True)
def no_rules_of_this_machine(dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in rules.ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def kept_analysis(
    tmp_path_factory: pytest.TempPathFactory, portrait_clip: Path, models_folder: Path
) -> tuple[Path, Analysis]:
    """A cache in which one video was measured, to be copied into that of a test."""
    root = tmp_path_factory.mktemp("kept")
    (root / "models").symlink_to(models_folder)
    return root, pipeline.run(str(portrait_clip), Settings(every_s=2), cache_root=root)


@pytest.fixture
def measured(kept_analysis: tuple[Path, Analysis], dashboard_cache: Path) -> Analysis:
    root, analysis = kept_analysis
    video_id = analysis.video.video_id
    shutil.copytree(root / video_id, dashboard_cache / video_id)
    return analysis


def shown(analysis_id: str | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    if analysis_id is not None:
        at.query_params["analysis"] = analysis_id
    at = at.switch_page("pages/7_Library.py").run()
    assert not at.exception
    return at


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def titles(at: AppTest) -> list[str]:
    """The videos that are listed, in the order in which they are."""
    return [box.label.removeprefix("Select ") for box in at.checkbox if "Select" in box.label]


def ids(root: Path) -> set[str]:
    return {found.video_id for found in cache.entries(root)}


def test_an_empty_library_says_what_to_do_next() -> None:
    at = shown()
    assert "Nothing is kept yet" in at.info[0].value
    assert "Whoever can open the dashboard sees all of it" in words(at)
    assert not titles(at)


def test_a_video_is_shown_with_its_analyses_sizes_and_settings(measured: Analysis) -> None:
    at = shown()
    said = words(at)
    assert titles(at) == [look.plain("portrait.mp4")]
    assert "Every 2 s · blazeface · ferplus-resnet" in said
    assert "4 frames · 3 faces · " in said
    assert "file on this machine · 0:08 long · used just now" in said
    assert "<dt>Frames that were looked at</dt>" in said
    for group in ("Frames", "Faces", "People and moments"):
        assert f"</i>{group} " in said
    assert "Videos stay for ever. Above 20.0 GB" in said
    assert all(box.help for kind in (at.checkbox, at.toggle, at.selectbox) for box in kind)


def test_open_leads_to_the_moments(measured: Analysis) -> None:
    at = press(shown(), f"library-open-{measured.analysis_id}")
    assert param(at, "analysis") == measured.analysis_id
    assert "portrait.mp4" in words(at)


def test_a_video_is_deleted_with_what_is_open_of_it(
    measured: Analysis, dashboard_cache: Path
) -> None:
    entry(dashboard_cache, "other", 1000, 1.0)
    at = shown(measured.analysis_id)
    at = press(at, f"library-delete-{measured.video.video_id}")
    assert ids(dashboard_cache) == {"other"} and titles(at) == ["Other"]
    assert "Deleted" in at.success[0].value and "portrait" in at.success[0].value
    assert at.session_state["at-analysis"] is None


def test_an_analysis_is_deleted_and_its_video_stays(
    measured: Analysis, dashboard_cache: Path
) -> None:
    at = press(shown(measured.analysis_id), f"library-drop-{measured.analysis_id}")
    assert ids(dashboard_cache) == {measured.video.video_id}
    assert "Nothing is measured in it." in words(at)
    assert at.session_state["at-analysis"] is None


def test_several_that_are_selected_are_deleted_together(dashboard_cache: Path) -> None:
    for number, name in enumerate("abc", start=1):
        entry(dashboard_cache, name, 1000, number)
    at = shown()
    for name in "ac":
        at.checkbox(key=f"library-pick-{name}").check()
    at = press(at.run(), "library-delete-picked")
    assert ids(dashboard_cache) == {"b"} and titles(at) == ["B"]
    at = press(press(at, "library-pick-all"), "library-delete-picked")
    assert ids(dashboard_cache) == set() and "Nothing is kept yet" in at.info[0].value


def test_titles_are_searched_and_sorted(dashboard_cache: Path) -> None:
    for name, n_bytes, used in (("a-talk", 10, 2.0), ("film", 3000, 1.0), ("b-talk", 20, 3.0)):
        entry(dashboard_cache, name, n_bytes, used)
    at = shown()
    assert titles(at) == ["B\\-Talk", "A\\-Talk", "Film"]
    at.selectbox(key="library-sort").select("Largest").run()
    assert titles(at)[0] == "Film"
    at.selectbox(key="library-sort").select("Title").run()
    assert titles(at) == ["A\\-Talk", "B\\-Talk", "Film"]
    at.text_input(key="library-search").set_value("TALK a").run()
    assert titles(at) == ["A\\-Talk", "B\\-Talk"]
    at.text_input(key="library-search").set_value("<nothing>").run()
    assert titles(at) == [] and "No title has `<nothing>`" in at.info[0].value


def test_many_videos_come_in_pages(dashboard_cache: Path) -> None:
    for number in range(12):
        entry(dashboard_cache, f"v{number:02d}", 10, 100.0 - number)
    at = shown()
    assert titles(at) == [f"V{number:02d}" for number in range(10)]
    assert at.button(key="library-pick-all").label == "Select all 12"


def test_a_video_is_kept_and_let_go_again(dashboard_cache: Path) -> None:
    entry(dashboard_cache, "talk", 10, 1.0)
    at = shown()
    at.toggle(key="library-keep-talk").set_value(True).run()
    assert cache.entries(dashboard_cache)[0].is_kept and "kept for good" in words(at)
    at.toggle(key="library-keep-talk").set_value(False).run()
    assert not cache.entries(dashboard_cache)[0].is_kept


def test_what_the_command_line_keeps_is_shown_as_kept(dashboard_cache: Path) -> None:
    folder = entry(dashboard_cache, "talk", 10, 1.0).folder
    at = shown()
    cache.keep(folder)
    assert at.run().toggle(key="library-keep-talk").value is True


def test_a_new_retention_says_what_would_go_and_then_deletes_it(dashboard_cache: Path) -> None:
    entry(dashboard_cache, "old", 1_000_000, 1.0)
    cache.mark_used(entry(dashboard_cache, "new", 10, 1.0).folder)
    at = shown()
    assert "Nothing would be deleted now." in words(at)
    at.selectbox(key="library-days").select(30.0).run()
    assert "These would be deleted now:\n\n* Old · 1.0 MB" in words(at)
    save = at.button(key="library-save")
    assert save.label == "Save, delete 1 video (1.0 MB)" and ids(dashboard_cache) == {"old", "new"}
    at = press(at, "library-save")
    assert ids(dashboard_cache) == {"new"}
    assert cache.rules_of(dashboard_cache).keep_days == 30
    assert "Videos are deleted 30 days after their last use" in words(at)
    assert at.success[0].value.startswith("The rules were saved")
    assert "stays until" in words(at)


def test_a_smaller_budget_is_saved_and_kept_to(dashboard_cache: Path) -> None:
    for number, name in enumerate("abc", start=1):
        entry(dashboard_cache, name, 60_000_000, number)
    at = shown()
    at.number_input(key="library-budget").set_value(0.13).run()
    at = press(at, "library-save")
    assert ids(dashboard_cache) == {"b", "c"}
    assert cache.rules_of(dashboard_cache).budget_bytes == 130_000_000
    assert "92% of the budget of 130.0 MB" in words(at)


def test_over_the_budget_says_so_and_space_can_be_freed(dashboard_cache: Path) -> None:
    cache.change_rules(dashboard_cache, budget_gb=0.001)
    for number, name in enumerate("ab", start=1):
        entry(dashboard_cache, name, 900_000, number)
    at = shown()
    assert "more than the budget" in at.warning[0].value
    assert at.button(key="library-evict").label == "Free space now, delete 1 video (0.9 MB)"
    at = press(at, "library-evict")
    assert ids(dashboard_cache) == {"b"} and not at.warning
    assert at.button(key="library-evict").disabled


def test_everything_goes_only_after_a_yes(dashboard_cache: Path) -> None:
    entry(dashboard_cache, "talk", 10, 1.0)
    cache.keep(dashboard_cache / "talk")
    at = shown()
    assert at.button(key="library-clear").disabled
    at.checkbox(key="library-sure").check().run()
    at = press(at, "library-clear")
    assert ids(dashboard_cache) == set() and "Nothing is kept yet" in at.info[0].value


def test_what_is_too_old_goes_when_the_page_is_opened_and_is_named(dashboard_cache: Path) -> None:
    cache.change_rules(dashboard_cache, keep_days=1)
    entry(dashboard_cache, "old", 10, 1.0)
    at = shown()
    assert "Not used for too long, and deleted\\: Old" in at.success[0].value
    assert ids(dashboard_cache) == set()


def test_what_the_host_has_set_is_told_and_locked(
    dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "45")
    cache.mark_used(entry(dashboard_cache, "talk", 10, 1.0).folder)
    at = shown()
    assert "`FACEMOTION_KEEP_DAYS`" in at.info[0].value
    days = at.selectbox(key="library-days")
    assert days.disabled and days.value == 45.0
    at.number_input(key="library-budget").set_value(5.0)
    press(at.run(), "library-save")
    assert json.loads((dashboard_cache / "rules.json").read_text()) == {"budget_gb": 5.0}


def test_an_environment_that_means_nothing_is_told(
    dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "soon")
    entry(dashboard_cache, "talk", 10, 1.0)
    at = shown()
    assert any("which is no number" in error.value for error in at.error)
    assert titles(at) == ["Talk"]


def test_damaged_rules_are_told_and_set_anew(dashboard_cache: Path) -> None:
    entry(dashboard_cache, "talk", 10, 1.0)
    (dashboard_cache / "rules.json").write_text("{")
    at = shown()
    assert "cannot be read" in at.warning[0].value and titles(at) == ["Talk"]
    at.selectbox(key="library-days").select(0.0)
    at = press(at.run(), "library-save")
    assert not at.warning and ids(dashboard_cache) == {"talk"}


def test_a_damaged_video_is_listed_with_a_way_to_delete_it(
    measured: Analysis, dashboard_cache: Path
) -> None:
    folder = dashboard_cache / measured.video.video_id
    (folder / "video.json").write_text("{")
    at = shown()
    assert "Damaged: what is known about this video cannot be read" in words(at)
    assert not [b for b in at.button if b.label == "Open"]
    at = press(at, f"library-delete-{folder.name}")
    assert not folder.exists()


def test_a_damaged_analysis_is_listed_with_a_way_to_delete_it(
    measured: Analysis, dashboard_cache: Path
) -> None:
    (recipe,) = dashboard_cache.glob("*/faces-*/recipe.json")
    recipe.write_text("[]")
    at = shown()
    assert "Damaged: this analysis cannot be opened" in words(at)
    press(at, f"library-drop-{measured.analysis_id}")
    assert not recipe.exists()


def test_a_damaged_picture_is_no_reason_to_fail(measured: Analysis, dashboard_cache: Path) -> None:
    for picture in dashboard_cache.glob("*/moments-*/faces/*.jpg"):
        picture.write_bytes(b"no picture")
    assert titles(shown()) == [look.plain("portrait.mp4")]


def test_what_is_being_worked_on_says_so_and_is_not_deleted(dashboard_cache: Path) -> None:
    folder = entry(dashboard_cache, "talk", 10, 1.0).folder
    with cache.lock(folder / "faces-abc"):
        at = press(shown(), "library-delete-talk")
        assert "Being worked on." in words(at)
    assert "is being worked on" in at.error[0].value and ids(dashboard_cache) == {"talk"}


def test_a_disk_that_refuses_is_told(
    dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(dashboard_cache, "talk", 10, 1.0)
    at = shown()

    def refuse(*_: object) -> None:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(Path, "replace", refuse)
    at = press(at, "library-delete-talk")
    assert look.plain("read-only disk") in at.error[0].value and titles(at) == ["Talk"]


def test_a_file_that_is_gone_is_told_and_cannot_be_measured_again(
    measured: Analysis, dashboard_cache: Path
) -> None:
    described = dashboard_cache / measured.video.video_id / "video.json"
    cache.write_text(described, json.dumps({**cache.read_json(described), "path": "/gone.mp4"}))
    at = shown()
    assert "It cannot be measured again." in words(at)
    assert at.button(key=f"measure-again-{measured.analysis_id}").disabled


def test_measuring_again_starts_from_the_settings_there_are(
    measured: Analysis, dashboard_cache: Path
) -> None:
    at = press(shown(), f"measure-again-{measured.analysis_id}")
    assert at.number_input(key="every").value == 2
    assert "Change one." in words(at)
    at.number_input(key="every").set_value(4.0).run()
    assert "Change one." not in words(at)
    at.button(key="measure-now").click().run()
    assert not at.exception
    (key,) = at.session_state["my-jobs"]
    job = state.jobs().get(key)
    assert job is not None
    wait_until(lambda: job.is_over)
    assert pipeline.reopen(job.result(), cache_root=dashboard_cache).settings.every_s == 4
    assert job.result() != measured.analysis_id


def test_titles_are_shown_as_they_are(dashboard_cache: Path) -> None:
    folder = entry(dashboard_cache, "talk", 10, 1.0).folder
    cache.write_text(folder / "video.json", json.dumps({"title": "<b>*One*</b>", "path": "x"}))
    at = shown()
    assert titles(at) == [look.plain("<b>*One*</b>")]
    assert "&lt;b&gt;*One*&lt;/b&gt;" in words(at)
