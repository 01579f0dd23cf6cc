"""The dashboard's pages, script by script: each state of them, with the core real or failing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from facemotion import moments, pipeline
from facemotion.errors import InputError, SettingsError, SourceError
from facemotion.records import Analysis, Settings
from facemotion.ui import controls, look, source, state
from tests import clips, examples, servers

ROOT = Path(__file__).resolve().parent.parent
RUN_S = 60.0


@pytest.fixture
def root(cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache that the dashboard uses, and no jobs from other tests."""
    monkeypatch.setenv("FACEMOTION_CACHE", str(cache_root))
    monkeypatch.delenv("FACEMOTION_ALLOW_PRIVATE_URLS", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield cache_root


@pytest.fixture
def analysis(root: Path, portrait_clip: Path) -> Analysis:
    """Six seconds of a face and two without, in the cache."""
    return pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=root)


def opened(analysis_id: str | None = None, **params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=RUN_S)
    if analysis_id is not None:
        at.query_params["analysis"] = analysis_id
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def button(at: AppTest, label: str) -> object:
    return next(b for b in at.button if b.label == label)


def press(at: AppTest, label: str) -> AppTest:
    button(at, label).click()  # type: ignore[attr-defined]
    at.run()
    assert not at.exception
    return at


def cards(at: AppTest) -> list[str]:
    return [b.label for b in at.button if (b.key or "").startswith("card-open-")]


def words(at: AppTest) -> str:
    """Everything that is said on the page."""
    said = (at.markdown, at.caption, at.info, at.warning, at.error, at.subheader, at.title)
    texts = [element.value for kind in said for element in kind]
    return "\n".join([*texts, *(element.proto.body for element in at.get("html"))])


def param(at: AppTest, name: str) -> str | None:
    """What the address says; AppTest gives what it was given as a list."""
    value = at.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def finish(at: AppTest) -> AppTest:
    """Wait for the end of the job that the page watches, whatever it is, and look again."""
    key = param(at, "job")
    if key is not None:  # else it was done before the page was drawn
        job = state.jobs().get(key)
        assert job is not None
        servers.wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def analyse(at: AppTest, url: str) -> AppTest:
    at.text_input(key="url").set_value(url)
    return press(at, "Analyse")


def test_an_empty_dashboard_offers_address_file_and_demo(root: Path) -> None:
    at = opened()
    assert at.text_input(key="url").value == ""
    assert len(at.get("file_uploader")) == 1
    assert {b.label for b in at.button} == {"Analyse", "Try the demo clip"}
    assert "Analysed before" not in words(at)
    assert not at.get("download_button")


def test_every_control_in_the_sidebar_explains_itself(root: Path) -> None:
    at = opened()
    controls_ = [
        *at.sidebar.slider,
        *at.sidebar.number_input,
        *at.sidebar.selectbox,
        *at.sidebar.text_input,
    ]
    assert len(controls_) == 11
    assert [c.label for c in controls_ if not c.help] == []


def test_the_about_page_names_models_limits_and_where_data_stays(root: Path) -> None:
    at = opened().switch_page("pages/1_About.py").run()
    said = words(at)
    assert not at.exception
    assert "not what a person feels" in " ".join(said.split())
    assert "Article 5(1)(f)" in said
    assert "FACEMOTION_ALLOW_PRIVATE_URLS" in said
    assert set(at.table[0].value["model"]) == {"blazeface", "haar", "mesh", "mini-xception"}


def test_nothing_given_says_what_to_give(root: Path) -> None:
    at = press(opened(), "Analyse")
    assert at.error[0].value.startswith("Nothing to analyse yet.")
    assert "job" not in at.query_params


def test_a_private_address_is_refused_and_the_form_keeps_it(root: Path) -> None:
    at = analyse(opened(), "http://127.0.0.1:9/clip.mp4")
    assert "private or local address" in at.error[0].value
    assert at.text_input(key="url").value == "http://127.0.0.1:9/clip.mp4"
    assert "job" not in at.query_params


def test_a_path_of_the_server_is_refused(root: Path, portrait_clip: Path) -> None:
    at = analyse(opened(), str(portrait_clip))
    assert "is no address of a video" in at.error[0].value
    assert "job" not in at.query_params


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://example.org/v", "https://example.org/v"),
        ("  HTTP://example.org/v ", "HTTP://example.org/v"),
        ("youtu.be/abc", "https://youtu.be/abc"),
        ("www.example.org", "https://www.example.org"),
    ],
)
def test_addresses_are_taken_with_or_without_their_scheme(given: str, meant: str) -> None:
    assert source.address(given) == meant


@pytest.mark.parametrize("given", ["/etc/passwd", "file:///etc/passwd", "hello", "ftp://a.org/v"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(SourceError, match="is no address of a video"):
        source.address(given)


@pytest.mark.parametrize(("text", "s"), [("", None), ("90", 90.0), ("1:30", 90.0), ("1:0:1", 3601)])
def test_times_are_read_as_people_write_them(text: str, s: float | None) -> None:
    assert controls.seconds(text) == s


@pytest.mark.parametrize("text", ["abc", "1:2:3:4", "-5", "1:-3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no time"):
        controls.seconds(text)


def test_a_wrong_time_is_told_at_once_and_starts_nothing(root: Path) -> None:
    at = opened()
    at.text_input(key="start").set_value("half past").run()
    assert "is no time" in at.error[0].value
    at = press(at, "Try the demo clip")
    assert "is no time" in at.error[-1].value
    assert "job" not in at.query_params


def test_titles_of_videos_are_not_read_as_markup() -> None:
    assert look.plain("*a* [b](c) :red[d] $e$") == r"\*a\* \[b\]\(c\) \:red\[d\] \$e\$"
    assert look.escaped("<b>&") == "&lt;b&gt;&amp;"
    assert look.code("https://a.org/`x`") == "`https://a.org/'x'`"


def test_a_url_is_analysed_in_the_background_with_the_settings_of_the_sidebar(
    root: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Settings]] = []

    def run(clip: str, settings: Settings, **_: object) -> Analysis:
        asked.append((clip, settings))
        return analysis

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    at = opened()
    at.number_input(key="every").set_value(1.5)
    at.text_input(key="start").set_value("1:30")
    at = analyse(at, "http://127.0.0.1:9/clip.mp4")
    at = finish(at)
    expected = Settings(every_s=1.5, start_s=90.0, allow_private_urls=True)
    assert asked == [("http://127.0.0.1:9/clip.mp4", expected)]
    assert param(at, "analysis") == analysis.analysis_id
    assert "job" not in at.query_params
    assert len(cards(at)) == len(analysis.moments)


def test_an_input_error_is_shown_as_it_is_and_the_form_keeps_its_input(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> Analysis:
        raise InputError("This video is private. Ask its owner, or choose another one.")

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    at = analyse(opened(), "http://127.0.0.1:9/clip.mp4")
    at = finish(at)
    assert r"This video is private\. Ask its owner, or choose another one\." in at.error[0].value
    assert at.text_input(key="url").value == "http://127.0.0.1:9/clip.mp4"


def test_a_failed_job_can_be_tried_again(
    root: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Analysis | Exception] = [ZeroDivisionError("inside"), analysis]

    def run(*_: object, **__: object) -> Analysis:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    at = analyse(opened(), "http://127.0.0.1:9/clip.mp4")
    at = finish(at)
    assert "Something went wrong inside facemotion" in at.error[0].value
    assert "inside)" not in at.error[0].value
    at = finish(press(at, "Try again"))
    assert len(cards(at)) == len(analysis.moments)


def test_an_open_analysis_shows_numbers_cards_charts_and_exports(
    root: Path, analysis: Analysis
) -> None:
    at = opened(analysis.analysis_id)
    assert len(cards(at)) == len(analysis.moments) > 2
    assert len(at.get("plotly_chart")) == 3
    assert [b.proto.label for b in at.get("download_button")] == [
        "Moments (JSON)",
        "All faces (CSV)",
        "All faces (Parquet)",
        "Everything (ZIP)",
    ]
    seen = int((analysis.samples["n_faces"] > 0).sum())
    assert f"{seen} of {len(analysis.samples)} frames" in words(at)
    assert f"?analysis={analysis.analysis_id}" in at.code[0].value


def test_the_most_expressive_moment_is_shown_first_and_a_card_leads_to_its_own(
    root: Path, analysis: Analysis
) -> None:
    at = opened(analysis.analysis_id)
    best = max(analysis.moments, key=lambda m: m.expressiveness)
    total = len(analysis.moments)
    assert f"Moment {best.number} of {total}" in words(at)
    other = next(m for m in analysis.moments if m is not best)
    at.button(key=f"card-open-{other.number}").click().run()
    assert f"Moment {other.number} of {total}" in words(at)
    assert f"frame {other.frame_index}" in words(at)


def test_of_several_faces_one_can_be_shown_alone(
    root: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made_up = examples.example_analysis(tmp_path, n_faces=3)
    picture = made_up.moments[0].frame_path
    chosen = moments.choose(made_up.faces, Settings())
    several = replace(made_up, moments=tuple(replace(m, frame_path=picture) for m in chosen))
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: several)
    at = opened(several.analysis_id)
    assert len(cards(at)) == len(several.moments)
    face = several.moments[0].face_id
    choice = next(c for c in at.get("button_group") if (c.key or "").startswith("face-"))
    assert choice.options == ["All faces", "Face 1", "Face 2", "Face 3"]
    choice.set_value(face).run()
    assert not at.exception
    expected = [m.number for m in several.moments if m.face_id == face]
    assert 0 < len(expected) < len(several.moments)
    assert [int(label.split()[1].rstrip(":")) for label in cards(at)] == expected
    other = next(i for i in (1, 2, 3) if i != face)
    choice = next(c for c in at.get("button_group") if (c.key or "").startswith("face-"))
    choice.set_value(other).run()
    assert f"<dt>Face number</dt><dd>{other}</dd>" in words(at)


def test_previous_and_next_end_at_the_first_and_the_last(root: Path, analysis: Analysis) -> None:
    at = opened(analysis.analysis_id)
    at.button(key="card-open-1").click().run()
    assert at.button(key="previous").disabled
    for _ in analysis.moments[1:]:
        at.button(key="next").click().run()
    assert f"Moment {len(analysis.moments)} of {len(analysis.moments)}" in words(at)
    assert at.button(key="next").disabled


def test_selection_settings_choose_again_and_keep_the_page(root: Path, analysis: Analysis) -> None:
    at = opened(analysis.analysis_id)
    at.button(key="card-open-1").click().run()
    at.slider(key="moments").set_value(2).run()
    assert not at.exception
    expected = pipeline.reopen(analysis.analysis_id, Settings(max_moments=2), cache_root=root)
    assert len(cards(at)) == len(expected.moments) == 2
    assert f"frame {analysis.moments[0].frame_index}" in words(at)


def test_a_link_brings_its_selection_settings_along(root: Path, analysis: Analysis) -> None:
    assert len(cards(opened(analysis.analysis_id, moments="1"))) == 1


def test_no_moment_names_the_slider_in_the_way(root: Path, analysis: Analysis) -> None:
    at = opened(analysis.analysis_id, size="200")
    largest = int(analysis.faces[["w", "h"]].min(axis=1).max())
    assert largest < 200
    assert cards(at) == []
    assert f"lower **Smallest face** to {largest} or less (now 200)" in at.info[0].value


def test_a_video_without_faces_says_what_to_try(root: Path, tmp_path: Path) -> None:
    wall = clips.write(tmp_path / "wall.mp4", 50)
    found = pipeline.run(str(wall), Settings(every_s=1.0), cache_root=root)
    at = opened(found.analysis_id)
    assert "No face was found" in at.info[0].value
    assert "look more often than every 1 s" in at.info[0].value
    assert cards(at) == []
    assert len(at.get("download_button")) == 4


def test_a_stale_link_gives_a_clear_message_and_the_form(root: Path) -> None:
    at = opened("gone-123456789abc.0123456789ab")
    assert "is not in the cache any more" in at.warning[0].value
    assert button(at, "Analyse")


@pytest.mark.parametrize("analysis_id", ["../../etc.passwd", "..", "a.b/../c", "%00.1"])
def test_a_forged_link_opens_nothing(root: Path, analysis_id: str) -> None:
    at = opened(analysis_id)
    assert "is not in the cache any more" in at.warning[0].value


def test_a_job_from_before_a_restart_says_so(root: Path) -> None:
    at = opened(job="0123456789ab")
    assert "not known any more" in at.warning[0].value
    assert button(at, "Analyse")


def test_recent_analyses_are_listed_and_open(root: Path, analysis: Analysis) -> None:
    at = opened()
    assert "Analysed before" in words(at)
    at.button(key="card-open-recent-1").click().run()
    assert param(at, "analysis") == analysis.analysis_id
    assert len(cards(at)) == len(analysis.moments)
    at.button(key="another").click().run()
    assert "analysis" not in at.query_params
    assert button(at, "Analyse")


def test_measuring_again_with_other_settings_keeps_the_video(
    root: Path, analysis: Analysis
) -> None:
    at = opened(analysis.analysis_id)
    at.number_input(key="every").set_value(0.5).run()
    assert at.button(key="measure-again").disabled
    at.number_input(key="every").set_value(2.0).run()
    at = finish(press(at, "Measure again"))
    assert param(at, "analysis") not in (None, analysis.analysis_id)
    assert "portrait.mp4" in words(at)
    assert "looked at every 2 s" in words(at)


def test_a_deleted_video_leaves_nothing_behind(root: Path, analysis: Analysis) -> None:
    at = press(opened(analysis.analysis_id), "Delete for good")
    assert "analysis" not in at.query_params
    assert "Analysed before" not in words(at)
    assert not (root / analysis.video.video_id).exists()
    assert Path(analysis.video.path).exists()  # it was no upload


def test_notes_about_the_video_are_shown(
    root: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = replace(analysis, notes=("3 damaged frames were left out.",))
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: noted)
    assert r"3 damaged frames were left out\." in words(opened(analysis.analysis_id))
