"""The dashboard with an open analysis: cards, viewer, charts, exports, links, empty states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from facemotion import moments, pipeline
from facemotion.records import Analysis, Caption, Settings
from tests import clips, examples
from tests.pages import button, cards, finish, opened, param, press, words


def test_an_open_analysis_shows_numbers_cards_charts_and_exports(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id)
    assert len(cards(at)) == len(portrait_analysis.moments) > 2
    assert len(at.get("plotly_chart")) == 2
    assert [b.proto.label for b in at.get("download_button")] == [
        "Moments (JSON)",
        "All faces (CSV)",
        "All faces (Parquet)",
        "For OpenFace scripts (CSV)",
        "Windows of time (CSV)",
        "Everything (ZIP)",
    ]
    seen = int((portrait_analysis.samples["n_faces"] > 0).sum())
    assert f"{seen} of {len(portrait_analysis.samples)} frames" in words(at)
    assert f"?analysis={portrait_analysis.analysis_id}" in at.code[0].value


def test_the_most_expressive_moment_is_shown_first_and_a_card_leads_to_its_own(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id)
    best = max(portrait_analysis.moments, key=lambda m: m.expressiveness)
    total = len(portrait_analysis.moments)
    assert f"Moment {best.number} of {total}" in words(at)
    other = next(m for m in portrait_analysis.moments if m is not best)
    at.button(key=f"card-open-{other.number}").click().run()
    assert f"Moment {other.number} of {total}" in words(at)
    assert f"frame {other.frame_index}" in words(at)


def test_of_several_faces_one_can_be_shown_alone(
    dashboard_cache: Path,
    portrait_analysis: Analysis,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    made_up = examples.example_analysis(tmp_path, n_faces=3)
    picture = str(tmp_path / str(made_up.moments[0].frame_path))
    chosen = moments.choose(made_up.faces, Settings())
    several = replace(
        portrait_analysis,
        faces=made_up.faces,
        samples=made_up.samples,
        moments=tuple(replace(m, frame_path=picture) for m in chosen),
    )
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
    assert f"<dt>Who</dt><dd>Face {other}</dd>" in words(at)


def test_previous_and_next_end_at_the_first_and_the_last(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id)
    at.button(key="card-open-1").click().run()
    assert at.button(key="previous").disabled
    for _ in portrait_analysis.moments[1:]:
        at.button(key="next").click().run()
    assert f"Moment {len(portrait_analysis.moments)} of {len(portrait_analysis.moments)}" in words(
        at
    )
    assert at.button(key="next").disabled


def test_selection_settings_choose_again_and_keep_the_page(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id)
    at.button(key="card-open-1").click().run()
    at.slider(key="moments").set_value(2).run()
    assert not at.exception
    expected = pipeline.reopen(
        portrait_analysis.analysis_id, {"max_moments": 2}, cache_root=dashboard_cache
    )
    assert len(cards(at)) == len(expected.moments) == 2
    assert f"frame {portrait_analysis.moments[0].frame_index}" in words(at)


def test_a_link_brings_its_selection_settings_along(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    assert len(cards(opened(portrait_analysis.analysis_id, moments="1"))) == 1


def test_no_moment_names_the_slider_in_the_way(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened(portrait_analysis.analysis_id, size="200")
    largest = int(portrait_analysis.faces[["w", "h"]].min(axis=1).max())
    assert largest < 200
    assert cards(at) == []
    assert f"lower **Smallest face** to {largest} or less (now 200)" in at.info[0].value


def test_a_video_without_faces_says_what_to_try(dashboard_cache: Path, tmp_path: Path) -> None:
    wall = clips.write(tmp_path / "wall.mp4", 50)
    found = pipeline.run(str(wall), Settings(every_s=1.0), cache_root=dashboard_cache)
    at = opened(found.analysis_id)
    assert "No face was found" in at.info[0].value
    assert "look more often than every 1 s" in at.info[0].value
    assert cards(at) == []
    assert len(at.get("download_button")) == 6


def test_a_stale_link_gives_a_clear_message_and_a_way_on(dashboard_cache: Path) -> None:
    at = opened("gone-123456789abc.0123456789ab")
    assert "is not in the cache any more" in at.warning[0].value
    assert "Analyse a video" in [link.proto.label for link in at.get("page_link")]


@pytest.mark.parametrize("analysis_id", ["../../etc.passwd", "..", "a.b/../c", "%00.1"])
def test_a_forged_link_opens_nothing(dashboard_cache: Path, analysis_id: str) -> None:
    at = opened(analysis_id)
    assert "is not in the cache any more" in at.warning[0].value


def test_recent_analyses_are_listed_and_open(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = opened()
    assert "Analysed before" in words(at)
    at.button(key="card-open-recent-1").click().run()
    assert param(at, "analysis") == portrait_analysis.analysis_id
    assert len(cards(at)) == len(portrait_analysis.moments)
    at.button(key="another").click().run()
    assert "analysis" not in at.query_params
    assert button(at, "Analyse")


def test_measuring_again_with_other_settings_keeps_the_video(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = press(opened(portrait_analysis.analysis_id), "Measure again")
    assert at.number_input(key="every").value == 0.5
    assert at.button(key="measure-now").disabled
    at.number_input(key="every").set_value(2.0).run()
    at = finish(press(at, "Measure"))
    assert param(at, "analysis") not in (None, portrait_analysis.analysis_id)
    assert "portrait.mp4" in words(at)
    assert "looked at every 2 s" in words(at)


def test_a_deleted_video_leaves_nothing_behind(
    dashboard_cache: Path, portrait_analysis: Analysis
) -> None:
    at = press(opened(portrait_analysis.analysis_id), "Delete for good")
    assert "analysis" not in at.query_params
    assert "Analysed before" not in words(at)
    assert not (dashboard_cache / portrait_analysis.video.video_id).exists()
    assert Path(portrait_analysis.video.path).exists()  # it was no upload


def test_notes_about_the_video_are_shown(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = replace(portrait_analysis, notes=("3 damaged frames were left out.",))
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: noted)
    assert r"3 damaged frames were left out\." in words(opened(portrait_analysis.analysis_id))


def test_what_is_said_at_the_moment_is_shown_as_text(
    dashboard_cache: Path, portrait_analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = max(portrait_analysis.moments, key=lambda m: m.expressiveness)
    lines = (
        Caption(best.time_s - 1, best.time_s, "too early"),
        Caption(best.time_s, best.time_s + 1, "Look at <b>that</b>!"),
    )
    captioned = replace(portrait_analysis, video=replace(portrait_analysis.video, captions=lines))
    monkeypatch.setattr(pipeline, "reopen", lambda *_, **__: captioned)
    said = words(opened(portrait_analysis.analysis_id))
    assert "“Look at &lt;b&gt;that&lt;/b&gt;!”" in said
    assert "too early" not in said
