"""The page Compare: choosing, side by side and aggregated, groups, empty states, what is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from facemotion import markers, pipeline
from facemotion.records import Settings
from tests.pages import ROOT, RUN_S, param, words

PAGE = "pages/4_Compare.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, portrait_clip: Path, visits_clip: Path) -> Path:
    """A cache with four analyses: three of one person, which differ in title, and one of two."""
    root = tmp_path_factory.mktemp("groups")
    settings = Settings(every_s=0.5)
    one = pipeline.run(str(portrait_clip), settings, cache_root=root)
    pipeline.run(str(visits_clip), settings, cache_root=root)
    for name in ("anna", "ben"):
        _copied(root / one.video.video_id, name)
    return root


def _copied(folder: Path, name: str) -> None:
    """The same measurements once more, as those of another video."""
    other = folder.with_name(f"{name}-0123456789ab")
    shutil.copytree(folder, other)
    video = json.loads((other / "video.json").read_text())
    video |= {"video_id": other.name, "title": f"{name}.mp4"}
    (other / "video.json").write_text(json.dumps(video))


@pytest.fixture
def root(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that cache, which the dashboard uses."""
    folder = tmp_path / "cache"
    shutil.copytree(made, folder)
    monkeypatch.setenv("FACEMOTION_CACHE", str(folder))
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


def ids_of(root: Path, *titles: str) -> list[str]:
    known = {item.title: item.analysis_id for item in pipeline.recent(root)}
    return [known[f"{title}.mp4"] for title in titles]


def page(**params: str | list[str]) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    for name, value in params.items():
        at.query_params[name] = value
    at.switch_page(PAGE).run()
    assert not at.exception
    return at


def compared(root: Path, *titles: str, **params: str | list[str]) -> AppTest:
    return page(**{"with": ids_of(root, *titles), **params})


def rerun(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def cards(at: AppTest) -> list[str]:
    return [b.label for b in at.button if (b.key or "").startswith("card-open-compared-")]


def charts_of(at: AppTest) -> list[str]:
    return [chart.proto.id.rpartition("-")[2] for chart in at.get("plotly_chart")]


def downloads(at: AppTest) -> list[str]:
    return [b.proto.label for b in at.get("download_button")]


def names(at: AppTest) -> list[str]:
    return at.dataframe[0].value["name"].tolist()


# Nothing, one, several -------------------------------------------------------------------------


def test_without_an_analysis_the_page_leads_to_the_first_page(dashboard_cache: Path) -> None:
    at = page()
    assert "Nothing to compare yet" in at.info[0].value
    assert [link.proto.label for link in at.main.get("page_link")] == ["Analyse a video"]
    assert not at.multiselect


def test_one_analysis_alone_is_shown_and_another_asked_for(root: Path) -> None:
    for folder in [*root.glob("anna-*"), *root.glob("ben-*"), *root.glob("visits-*")]:
        shutil.rmtree(folder)
    at = page()
    assert "the only analysis here" in at.info[0].value
    assert [link.proto.label for link in at.main.get("page_link")] == ["Analyse another video"]
    assert len(cards(at)) == 1 and len(at.get("plotly_chart")) == 1


def test_at_first_the_open_analysis_is_compared_with_another(root: Path) -> None:
    (anna,) = ids_of(root, "anna")
    at = page(analysis=anna)
    chosen = at.multiselect(key="compared-with").value
    assert chosen[0] == anna and len(chosen) == 2
    assert at.query_params["with"] == chosen


def test_nothing_chosen_says_what_to_choose(root: Path) -> None:
    at = compared(root, "anna", "ben")
    at.multiselect(key="compared-with").set_value([])
    assert "Choose what to compare" in rerun(at).info[0].value


def test_side_by_side_has_a_card_and_a_row_of_numbers_for_each(root: Path) -> None:
    at = compared(root, "anna", "ben", "portrait")
    assert names(at) == ["anna.mp4", "ben.mp4", "portrait.mp4"]
    assert [label.split(": ")[0] for label in cards(at)] == [
        r"Look at anna\.mp4",
        r"Look at ben\.mp4",
        r"Look at portrait\.mp4",
    ]
    (chart,) = at.get("plotly_chart")
    assert len(json.loads(chart.proto.spec)["layout"]["annotations"]) == 3
    assert downloads(at) == ["Curves on one clock (CSV)", "Means (CSV)", "Summary (CSV)"]
    numbers = at.dataframe[0].value.iloc[0]
    assert numbers["with a face"] == pytest.approx(75, abs=1)
    assert numbers["happy"] > 50 and numbers["happy above 0.5"] == pytest.approx(100)


def test_aggregated_has_the_mean_its_band_and_n(root: Path) -> None:
    at = compared(root, "anna", "ben", "portrait", **{"compare-show": "Aggregated"})
    assert not cards(at)
    (chart,) = at.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert {"mean", "95 % confidence interval of the mean", "anna.mp4"} <= {
        t["name"] for t in traces
    }
    assert "n = 3 at a time" in words(at)
    at.toggle(key="compare-each").set_value(False)
    (chart,) = rerun(at).get("plotly_chart")
    assert "anna.mp4" not in {t["name"] for t in json.loads(chart.proto.spec)["data"]}


def test_every_control_explains_itself_and_every_chart_is_told(root: Path) -> None:
    at = compared(root, "anna", "visits", **{"compare-show": "Aggregated"})
    kinds = (at.selectbox, at.multiselect, at.number_input, at.toggle, at.get("button_group"))
    controls = [control for kind in kinds for control in kind]
    assert len(controls) > 10
    assert [control.label for control in controls if not control.help] == []
    assert all(b.proto.help for b in at.get("download_button"))
    assert all(chart.proto.alt for chart in at.get("plotly_chart"))


# People and groups -----------------------------------------------------------------------------


def test_each_person_of_a_video_can_be_one_of_their_own(root: Path) -> None:
    at = compared(root, "anna", "visits")
    (visits,) = ids_of(root, "visits")
    who = at.selectbox(key=f"who-{visits}")
    assert who.options == ["All faces, their mean", "Each person by themselves", "Face 0", "Face 1"]
    who.set_value("each")
    assert names(rerun(at)) == ["anna.mp4", "Face 0 · visits.mp4", "Face 1 · visits.mp4"]
    at.selectbox(key=f"who-{visits}").set_value("1")
    assert names(rerun(at)) == ["anna.mp4", "Face 1 · visits.mp4"]
    assert param(at, "who") == f"{visits}~1"


def test_two_of_one_title_keep_apart(root: Path) -> None:
    for folder in root.glob("ben-*"):
        video = json.loads((folder / "video.json").read_text())
        (folder / "video.json").write_text(json.dumps({**video, "title": "anna.mp4"}))
    ids = [item.analysis_id for item in pipeline.recent(root) if item.title == "anna.mp4"]
    assert names(page(**{"with": ids})) == ["anna.mp4", "anna.mp4 (2)"]


def test_two_groups_have_means_of_their_own_and_their_difference_is_told(root: Path) -> None:
    at = compared(root, "anna", "ben", "portrait", "visits")
    a, b = ids_of(root, "anna", "portrait"), ids_of(root, "ben", "visits")
    at.multiselect(key="compared-a").set_value(a)
    at.multiselect(key="compared-b").set_value(b)
    rerun(at)
    assert (at.query_params["a"], at.query_params["b"]) == (a, b)
    assert len(at.get("plotly_chart")) == 2
    assert downloads(at)[-1] == "Differences (CSV)"
    table = at.dataframe[1].value.set_index("measure")
    assert table.loc["happy", "n"] == "2 and 2"
    assert table.loc["happy", "B − A"].endswith(" points")
    assert "frames of one video resemble each other" in words(at)
    at.segmented_control(key="compare-show").set_value("Aggregated")
    traces = json.loads(rerun(at).get("plotly_chart")[0].proto.spec)["data"]
    assert {"mean of group A", "mean of group B"} <= {t["name"] for t in traces}


def test_a_group_of_one_says_that_there_is_no_interval(root: Path) -> None:
    a, b = ids_of(root, "anna"), ids_of(root, "ben")
    at = compared(root, "anna", "ben", a=a, b=b)
    assert "no interval and no effect size" in at.info[0].value
    assert at.dataframe[1].value["95 % interval"].unique().tolist() == ["-"]


def test_who_is_in_both_groups_counts_in_one(root: Path) -> None:
    a = ids_of(root, "anna", "ben")
    at = compared(root, "anna", "ben", a=a, b=a[:1])
    assert "in both groups" in at.warning[0].value
    assert len(at.dataframe) == 1


# The clock -------------------------------------------------------------------------------------


def test_videos_are_aligned_at_a_mark_and_those_without_it_are_named(root: Path) -> None:
    for title, time_s in (("anna", 1.0), ("ben", 2.0)):
        (analysis_id,) = ids_of(root, title)
        pipeline.edit_markers(
            analysis_id, lambda m, at=time_s: markers.added(m, at, "Ad starts"), cache_root=root
        )
    at = compared(root, "anna", "ben", "portrait")
    zero = at.selectbox(key="compare-zero")
    assert zero.options == ["the video's start", "the first face", "the mark Ad starts"]
    zero.set_value("the mark Ad starts")
    rerun(at)
    assert names(at) == ["anna.mp4", "ben.mp4"]
    assert "no mark called Ad starts: portrait" in at.warning[0].value
    ticks = json.loads(at.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"]["ticktext"]
    assert "0:00<br>Ad starts" in ticks and ticks[0].startswith("−")


def test_only_a_part_of_the_common_clock_is_compared(root: Path) -> None:
    at = compared(root, "anna", "ben")
    assert at.dataframe[0].value["with a face"][0] == pytest.approx(75, abs=1)
    at.number_input(key="compare-from").set_value(6.5)
    rerun(at)
    assert at.dataframe[0].value["with a face"][0] == 0
    at.number_input(key="compare-to").set_value(2.0)
    assert "ends before it begins" in rerun(at).warning[0].value
    assert at.dataframe[0].value["with a face"][0] == pytest.approx(75, abs=1)


def test_another_value_has_its_own_scale(root: Path) -> None:
    at = compared(root, "anna", "ben")
    at.selectbox(key="compare-value").set_value("AU12")
    rerun(at)
    assert at.number_input(key="compare-above-AU12").value == 1
    assert "AU12 lip corner puller" in at.dataframe[0].value.columns


# What is kept, what leads where, what fails ----------------------------------------------------


def test_a_link_shows_the_same(root: Path) -> None:
    given = {
        "with": ids_of(root, "ben", "visits", "anna"),
        "who": [f"{ids_of(root, 'visits')[0]}~each"],
        "a": [f"{ids_of(root, 'visits')[0]}~1"],
        "compare-value": "sad",
        "compare-show": "Aggregated",
        "compare-bin": "2 s",
    }
    at = page(**given)
    assert names(at) == ["ben.mp4", "Face 0 · visits.mp4", "Face 1 · visits.mp4", "anna.mp4"]
    assert at.dataframe[0].value["group"].tolist() == ["", "", "A", ""]
    assert at.selectbox(key="compare-value").value == "sad"
    assert "Means over 2 s" in words(at)


def test_a_visit_to_another_page_keeps_the_choices(root: Path) -> None:
    at = compared(root, "anna", "ben", "portrait")
    at.multiselect(key="compared-a").set_value(ids_of(root, "ben"))
    rerun(at)
    at.switch_page("pages/9_About.py").run()
    at.switch_page(PAGE).run()
    assert not at.exception
    assert names(at) == ["anna.mp4", "ben.mp4", "portrait.mp4"]
    assert at.dataframe[0].value["group"].tolist() == ["", "A", ""]


def test_a_card_leads_to_the_highest_value_of_its_video(root: Path) -> None:
    at = compared(root, "anna", "ben")
    at.button(key="card-open-compared-1").click()
    rerun(at)
    assert [param(at, "analysis")] == ids_of(root, "ben")
    assert "ben.mp4" in words(at)


def test_an_analysis_that_was_deleted_is_missed_in_the_link_and_the_others_stay(
    root: Path,
) -> None:
    gone = ids_of(root, "ben", "anna", "portrait")
    shutil.rmtree(next(root.glob("ben-*")))
    at = page(**{"with": gone})
    assert "1 of this link are not here any more" in words(at)
    assert names(at) == ["anna.mp4", "portrait.mp4"]


@pytest.mark.parametrize("what", ["people-*/faces.parquet", "people-*/counts.json"])
def test_a_damaged_analysis_is_named_and_the_others_stay(root: Path, what: str) -> None:
    chosen = ids_of(root, "ben", "anna", "portrait")
    (damaged,) = root.glob(f"ben-*/{what}")
    damaged.write_bytes(damaged.read_bytes()[:40])
    at = page(**{"with": chosen})
    assert r"**ben\.mp4** is left out" in at.warning[0].value
    assert "are damaged" in at.warning[0].value
    assert names(at) == ["anna.mp4", "portrait.mp4"]


def test_damaged_marks_keep_only_that_clock_from_being_used(root: Path) -> None:
    (anna,) = ids_of(root, "anna")
    pipeline.edit_markers(anna, lambda m: markers.added(m, 1.0, "ad"), cache_root=root)
    (next(root.glob("ben-*")) / markers.FILE).write_text("{")
    at = compared(root, "anna", "ben")
    assert names(at) == ["anna.mp4", "ben.mp4"]
    at.selectbox(key="compare-zero").set_value("the mark ad")
    rerun(at)
    assert names(at) == ["anna.mp4"]
    assert r"**ben\.mp4** is left out" in at.warning[0].value
