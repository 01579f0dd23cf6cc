"""The dashboard before there is a result: form, settings, jobs that fail, the About page."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from facemotion import pipeline
from facemotion.errors import InputError, SettingsError, SourceError
from facemotion.records import Analysis, Settings
from facemotion.ui import controls, look, source
from tests import clips
from tests.pages import analyse, button, cards, finish, opened, param, press, words
from tests.servers import VideoServer


def test_an_empty_dashboard_offers_address_file_and_demo(dashboard_cache: Path) -> None:
    at = opened()
    assert at.text_input(key="url").value == ""
    assert len(at.file_uploader) == 1
    assert {b.label for b in at.button} == {"Analyse", "Try the demo clip"}
    assert "Analysed before" not in words(at)
    assert not at.get("download_button")


def test_every_control_in_the_sidebar_explains_itself(dashboard_cache: Path) -> None:
    at = opened()
    controls_ = [
        *at.sidebar.slider,
        *at.sidebar.number_input,
        *at.sidebar.selectbox,
        *at.sidebar.text_input,
        *at.sidebar.toggle,
    ]
    assert len(controls_) == 10
    assert [c.label for c in (*controls_, *at.file_uploader) if not c.help] == []


def test_the_about_page_names_models_limits_and_where_data_stays(dashboard_cache: Path) -> None:
    at = opened().switch_page("pages/9_About.py").run()
    said = words(at)
    assert not at.exception
    assert "not what a person feels" in " ".join(said.split())
    assert "Article 5(1)(f)" in said
    assert "FACEMOTION_ALLOW_PRIVATE_URLS" in said
    assert "All models" in [link.proto.label for link in at.get("page_link")]


def test_nothing_given_says_what_to_give(dashboard_cache: Path) -> None:
    at = press(opened(), "Analyse")
    assert at.error[0].value.startswith(r"Nothing to analyse yet\.")
    assert "job" not in at.query_params


def test_a_private_address_is_refused_and_the_form_keeps_it(dashboard_cache: Path) -> None:
    at = analyse(opened(), "http://127.0.0.1:9/clip.mp4")
    assert "private or local address" in at.error[0].value
    assert at.text_input(key="url").value == "http://127.0.0.1:9/clip.mp4"
    assert "job" not in at.query_params


def test_a_path_of_the_server_is_refused(dashboard_cache: Path, portrait_clip: Path) -> None:
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


@pytest.mark.parametrize("text", ["abc", "1:2:3:4", "-5", "1:-3", "nan", "1e999", ":"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no time"):
        controls.seconds(text)


def test_a_wrong_time_is_told_at_once_and_starts_nothing(dashboard_cache: Path) -> None:
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
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Settings]] = []

    def run(clip: str, settings: Settings, **_: object) -> Analysis:
        asked.append((clip, settings))
        return portrait_analysis

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    at = opened()
    at.number_input(key="every").set_value(1.5)
    at.text_input(key="start").set_value("1:30")
    at = analyse(at, "http://127.0.0.1:9/clip.mp4")
    at = finish(at)
    expected = Settings(every_s=1.5, start_s=90.0, allow_private_urls=True)
    assert asked == [("http://127.0.0.1:9/clip.mp4", expected)]
    assert param(at, "analysis") == portrait_analysis.analysis_id
    assert "job" not in at.query_params
    assert len(cards(at)) == len(portrait_analysis.moments)


def test_an_input_error_is_shown_as_it_is_and_the_form_keeps_its_input(
    dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> Analysis:
        raise InputError("This video is private. Ask its owner, or choose another one.")

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    at = analyse(opened(), "http://127.0.0.1:9/clip.mp4")
    at = finish(at)
    assert at.error[0].value == r"This video is private\. Ask its owner, or choose another one\."
    assert "http://127.0.0.1:9/clip.mp4" in words(at)  # which of several it was
    assert at.text_input(key="url").value == "http://127.0.0.1:9/clip.mp4"


def test_a_failed_job_can_be_tried_again(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Analysis | Exception] = [ZeroDivisionError("inside"), portrait_analysis]

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
    assert len(cards(at)) == len(portrait_analysis.moments)


def test_a_job_from_before_a_restart_says_so(dashboard_cache: Path) -> None:
    at = opened(job="0123456789ab")
    assert "not known any more" in at.warning[0].value
    assert button(at, "Analyse")


def test_the_garbage_collector_leaves_alone_what_was_imported(dashboard_cache: Path) -> None:
    opened()
    assert gc.get_freeze_count() > 10_000


def test_a_download_over_the_chosen_limit_is_refused(
    dashboard_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_ALLOW_PRIVATE_URLS", "1")
    with VideoServer() as server:
        clip = clips.write(tmp_path / "a.mp4", 25)
        url = server.file("/a.mp4", clip, declared_length=200_000_000)
        at = opened()
        at.number_input(key="gigabytes").set_value(0.1)
        finish(analyse(at, url))
    assert r"200\.0 MB, over the limit of 100\.0 MB" in words(at)
    assert pipeline.recent(dashboard_cache) == []
