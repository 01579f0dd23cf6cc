"""The lanes of the page Timeline: what is drawn where, and with how many points."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from facemotion import curves, palette
from facemotion.charts import lanes
from facemotion.charts.lanes import LaneChoice, detail
from facemotion.charts.style import NO_FACE
from facemotion.curves import COVERAGE
from facemotion.markers import Marker
from facemotion.records import EMOTIONS, Analysis, Caption
from tests.examples import example_analysis

CAPTIONS = (Caption(2.0, 5.5, "What is\nthis?"), Caption(30.0, 31.0, "<b>no</b> %{x}"))
MARKS = (Marker("one", 7.0, "stimulus"), Marker("two", 33.0, "a flag with far too many letters"))
LINES = ("emotions", "expressiveness", "affect", "units", "head", "gaze")


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return example_analysis(tmp_path_factory.mktemp("lanes"), measured=True)


@pytest.fixture(scope="module")
def long_analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """An hour of three people."""
    folder = tmp_path_factory.mktemp("long")
    return example_analysis(folder, n_samples=3600, n_faces=3, measured=True)


def drawn(analysis: Analysis, **choice: Any) -> lanes.Drawn:
    happening = lanes.Happening(analysis.moments, MARKS, CAPTIONS)
    return lanes.lanes_figure(analysis.faces, analysis.samples, happening, LaneChoice(**choice))


def figure(analysis: Analysis, **choice: Any) -> go.Figure:
    return drawn(analysis, **choice).figure


def titles(found: go.Figure) -> list[str]:
    return [note.text.split("</b>")[0].removeprefix("<b>") for note in found.layout.annotations]


def on_axis(found: go.Figure, lane: str) -> list[Any]:
    """The traces of the lane with this title."""
    number = titles(found).index(lane) + 1
    axis = "y" if number == 1 else f"y{number}"
    return [
        trace for trace in found.data if (trace.yaxis or "y") == axis and trace.x[0] is not None
    ]


def named(traces: list[Any], name: str) -> Any:
    return next(trace for trace in traces if trace.name == name)


class TestLanes:
    def test_they_are_there_from_top_to_bottom_as_chosen(self, analysis: Analysis) -> None:
        found = figure(analysis, lanes=("captions", "emotions", "coverage", "events"))
        assert titles(found) == ["Captions", "Emotions", "Coverage", "Moments"]
        tops = [note.y for note in found.layout.annotations]
        assert tops == sorted(tops, reverse=True)

    def test_all_of_them_share_one_axis_of_time(self, analysis: Analysis) -> None:
        found = figure(analysis, lanes=tuple(lanes.LANES))
        assert {trace.xaxis for trace in found.data} == {None}
        assert not [name for name in found.layout if name.startswith("xaxis") and name != "xaxis"]
        assert found.layout.xaxis.anchor == f"y{len(titles(found))}"

    def test_they_do_not_overlap(self, analysis: Analysis) -> None:
        found = figure(analysis, lanes=tuple(lanes.LANES))
        domains = [axis.domain for axis in found.select_yaxes()]
        for (low, high), (_, next_high) in itertools.pairwise(domains):
            assert 0 <= low < high <= 1
            assert next_high < low

    def test_a_lane_without_anything_in_it_is_left_out(self, analysis: Analysis) -> None:
        given = LaneChoice(("events", "captions", "gaze", "expressiveness"))
        faces = analysis.faces.assign(gaze_yaw_deg=np.nan, gaze_pitch_deg=np.nan)
        found = lanes.lanes_figure(faces, analysis.samples, lanes.Happening(), given)
        assert titles(found.figure) == ["Expressiveness"]
        assert found.events_at is None

    def test_without_a_face_or_a_lane_it_says_so(self, analysis: Analysis) -> None:
        none = analysis.faces.head(0)
        for faces, choice, words in (
            (none, LaneChoice(), NO_FACE),
            (analysis.faces, LaneChoice(lanes=()), "None of these lanes"),
        ):
            given = (faces, analysis.samples, lanes.Happening(), choice)
            found = lanes.lanes_figure(*given).figure
            assert not found.data
            assert words in found.layout.annotations[0].text
        assert NO_FACE in lanes.lanes_alt(none, analysis.samples, lanes.Happening(), LaneChoice())

    def test_a_single_sample_can_be_drawn(self, analysis: Analysis) -> None:
        samples = analysis.samples.head(1)
        faces = analysis.faces[analysis.faces["frame"] == samples["frame"].iloc[0]]
        happening = lanes.Happening((), MARKS, CAPTIONS)
        found = lanes.lanes_figure(faces, samples, happening, LaneChoice(is_stacked=True))
        assert {"Emotions", "Coverage", "Captions"} <= set(titles(found.figure))


class TestLines:
    def test_the_emotions_are_the_mean_of_all_faces_or_those_of_one(
        self, analysis: Analysis
    ) -> None:
        for face_id in (None, 2):
            curve = curves.face_curve(analysis.faces, analysis.samples, face_id)
            traces = on_axis(figure(analysis, face_id=face_id), "Emotions")
            for emotion in EMOTIONS:
                line = named(traces, f"{palette.glyph(emotion)} {emotion}")
                np.testing.assert_allclose(line.y, curve[emotion], rtol=1e-6)
                assert line.line.color == palette.color(emotion)

    def test_each_person_can_have_a_lane_of_emotions(self, analysis: Analysis) -> None:
        found = figure(analysis, lanes=("emotions",), each_person=True)
        assert [note.text for note in found.layout.annotations] == [
            "<b>Emotions</b> of Face 1",
            "<b>Emotions</b> of Face 2",
        ]

    def test_two_people_have_a_line_each_in_every_lane(self, analysis: Analysis) -> None:
        found = figure(analysis, lanes=("expressiveness", "units", "head"), units=("AU12",))
        assert titles(found) == ["Expressiveness", "AU12", "Head yaw", "Head pitch", "Head roll"]
        for title in titles(found):
            assert [trace.name for trace in on_axis(found, title)] == ["Face 1", "Face 2"]

    def test_one_person_has_the_angles_in_one_lane_told_apart_by_dashes(
        self, analysis: Analysis
    ) -> None:
        found = figure(analysis, lanes=("head", "affect"), face_id=1)
        assert titles(found) == ["Head", "Affect"]
        lines = on_axis(found, "Head")
        assert [line.name for line in lines] == ["yaw", "pitch", "roll"]
        assert len({line.line.dash for line in lines}) == 3

    def test_without_a_choice_the_strongest_action_units_are_shown(
        self, analysis: Analysis
    ) -> None:
        assert len(titles(figure(analysis, lanes=("units",)))) == 3

    def test_gaps_stay_gaps(self, analysis: Analysis) -> None:
        line = on_axis(figure(analysis, face_id=1), "Expressiveness")[0]
        without = np.flatnonzero(np.isnan(line.y)).tolist()
        assert without == [5, 6, 7, 8, 20, 21, 22, 24, 25, 39]
        assert line.connectgaps is False

    def test_areas_end_at_gaps_and_reach_the_whole(self, analysis: Analysis) -> None:
        traces = on_axis(figure(analysis, lanes=("emotions",), is_stacked=True), "Emotions")
        areas = [trace for trace in traces if trace.fill == "toself"]
        assert len(areas) == 7
        # Four stretches with a face: 0-4, 9-19, 23 and 26-38; each outline ends with a gap.
        assert [int(np.isnan(area.y).sum()) for area in areas] == [4] * 7
        assert np.nanmax(areas[-1].y) == pytest.approx(1.0)
        edge = named(traces, f"{palette.glyph('neutral')} neutral")
        curve = curves.face_curve(analysis.faces, analysis.samples)
        shown = next(t for t in traces if t.customdata is not None and t.name == edge.name)
        np.testing.assert_allclose(shown.customdata, curve["neutral"], rtol=1e-6)

    def test_symbols_show_the_strongest_emotion_beside_the_colours(
        self, analysis: Analysis
    ) -> None:
        traces = on_axis(figure(analysis, lanes=("emotions",)), "Emotions")
        symbols = {t.legendgroup: t.marker.symbol for t in traces if t.mode == "markers"}
        assert symbols
        assert all(symbol == palette.symbol(emotion) for emotion, symbol in symbols.items())

    def test_the_threshold_is_a_line_in_the_lanes_of_its_scale(self, analysis: Analysis) -> None:
        found = figure(
            analysis, lanes=("expressiveness", "units", "head"), threshold=("share", 0.5)
        )
        assert [(s.yref, s.y0) for s in found.layout.shapes if s.yref != "paper"] == [("y", 0.5)]
        angles = figure(analysis, lanes=("head",), face_id=1, threshold=("angle", 20))
        assert [s.y0 for s in angles.layout.shapes if s.yref != "paper"] == [-20, 20]


class TestEvents:
    def test_moments_are_numbered_and_marks_are_flags(self, analysis: Analysis) -> None:
        found = drawn(analysis)
        traces = on_axis(found.figure, "Moments")
        moments, marks = named(traces, "moment"), named(traces, "mark")
        assert list(moments.text) == [str(m.number) for m in analysis.moments]
        first = analysis.moments[0]
        assert list(moments.customdata[0]) == [first.frame_index, first.time_s, 1]
        assert [lanes.from_axis(float(x)) for x in marks.x] == [7.0, 33.0]
        assert list(marks.text) == ["stimulus", "a flag with far t…"]
        assert found.events_at == tuple(found.figure.layout.yaxis.domain)

    def test_moments_of_one_frame_stand_one_above_the_other_and_over_the_flags(
        self, analysis: Analysis
    ) -> None:
        first, second = analysis.moments[:2]
        twin = replace(second, frame_index=first.frame_index, time_s=first.time_s)
        traces = on_axis(figure(replace(analysis, moments=(first, twin))), "Moments")
        assert list(named(traces, "mark").y) == [0, 0]
        assert list(named(traces, "moment").y) == [1, 2]

    def test_one_face_alone_has_its_own_moments_and_all_marks(self, analysis: Analysis) -> None:
        other = replace(analysis.moments[4], face_id=2)
        changed = replace(analysis, moments=(*analysis.moments[:4], other))
        traces = on_axis(figure(changed, face_id=2), "Moments")
        assert list(named(traces, "moment").text) == ["5"]
        assert len(named(traces, "mark").x) == 2
        assert titles(figure(analysis, face_id=2))[0] == "marks"

    def test_a_mark_is_a_line_through_all_lanes(self, analysis: Analysis) -> None:
        lines = [s for s in figure(analysis).layout.shapes if s.yref == "paper"]
        assert [lanes.from_axis(line.x0) for line in lines] == [7.0, 33.0]
        assert {(line.y0, line.y1) for line in lines} == {(0, 1)}

    def test_captions_last_as_long_as_they_are_shown(self, analysis: Analysis) -> None:
        bars = on_axis(figure(analysis), "Captions")
        spans = [
            (lanes.from_axis(float(start)), float(length))
            for bar in bars
            for start, length in zip(bar.base, bar.x, strict=True)
        ]
        assert spans == [(2.0, 3500.0), (30.0, 1000.0)]
        assert [bar.hovertext[0] for bar in bars] == ["What is this?", "&lt;b>no&lt;/b> % {x}"]

    def test_captions_are_written_as_far_as_there_is_room(self, analysis: Analysis) -> None:
        for window_s, written in (
            (None, "What is th…"),
            ((0.0, 20.0), "What is this?"),
            ((0.0, 2000.0), ""),
        ):
            bars = on_axis(figure(analysis, lanes=("captions",), window_s=window_s), "Captions")
            assert bars[0].text[0] == written

    def test_words_cannot_inject_markup(self, analysis: Analysis) -> None:
        bad = (Marker("bad", 1.0, "<i>x</i> %{y}"),)
        happening = lanes.Happening((), bad, CAPTIONS)
        found = lanes.lanes_figure(analysis.faces, analysis.samples, happening, LaneChoice()).figure
        texts = json.dumps([trace.to_plotly_json() for trace in found.data], default=str)
        assert "<i>" not in texts and "<b>no" not in texts and "%{x}" not in texts
        assert "&lt;i>x" in texts


def test_coverage_has_a_strip_for_each_person(analysis: Analysis) -> None:
    strips = on_axis(figure(analysis), "Coverage")
    assert [strip.name for strip in strips] == ["Face 1", "Face 2"]
    for strip, face_id in zip(strips, (1, 2), strict=True):
        table = curves.coverage(analysis.faces, analysis.samples, face_id)["coverage"]
        words = np.array(strip.text[0])
        assert list(words) == [COVERAGE[code] for code in strip.z[0]]
        edges = np.array([lanes.from_axis(float(x)) for x in strip.x])
        at = np.searchsorted(edges, analysis.samples["timestamp"], side="right") - 1
        assert list(words[at]) == list(table)


class TestTime:
    @pytest.mark.parametrize("time_s", [0.0, 2.012, 9.999, 3725.5])
    def test_places_on_the_axis_lead_back_to_their_times(self, time_s: float) -> None:
        place = lanes.to_axis([time_s])
        assert lanes.from_axis(float(place[0])) == pytest.approx(time_s, abs=1e-3)
        assert len(str(place[0])) > 4  # Plotly takes a number of four digits for a year

    def test_the_window_is_what_is_seen_first_and_zooming_stays_in_the_video(
        self, analysis: Analysis
    ) -> None:
        axis = figure(analysis, window_s=(10.0, 20.0)).layout.xaxis
        assert axis.range == ("1970-01-02T00:00:10.000", "1970-01-02T00:00:20.000")
        assert (axis.minallowed, axis.maxallowed) == (
            "1970-01-01T23:59:59.532",
            "1970-01-02T00:00:39.468",
        )

    def test_the_same_things_make_the_same_figure(self, analysis: Analysis) -> None:
        assert figure(analysis).to_json() == figure(analysis).to_json()


class TestDetail:
    def test_an_hour_of_three_people_is_small_and_keeps_every_peak(
        self, long_analysis: Analysis
    ) -> None:
        found = drawn(long_analysis)
        assert found.most < len(long_analysis.samples)
        assert len(found.figure.to_json()) < 600_000
        for title, column in (("Expressiveness", "expressiveness"), ("AU12", "AU12")):
            lines = on_axis(figure(long_analysis, units=("AU12",)), title)
            for line in lines:
                mine = long_analysis.faces[long_analysis.faces["person"] == line.name]
                assert np.nanmax(line.y) == pytest.approx(mine[column].max())
                assert len(line.x) < 1.1 * found.most

    def test_the_window_is_drawn_in_full(self, long_analysis: Analysis) -> None:
        line = on_axis(figure(long_analysis, window_s=(600.0, 900.0)), "Expressiveness")[0]
        times = np.array([lanes.from_axis(float(x)) for x in line.x])
        assert ((times >= 600) & (times <= 900)).sum() == 301
        assert times[0] == 0 and times[-1] == 3599

    def test_every_sample_is_drawn_with_webgl(self, long_analysis: Analysis) -> None:
        lines = on_axis(figure(long_analysis, every_sample=True), "Expressiveness")
        assert {line.type for line in lines} == {"scattergl"}
        assert {len(line.x) for line in lines} == {3600}
        assert {t.type for t in on_axis(figure(long_analysis), "Expressiveness")} == {"scatter"}

    @pytest.mark.parametrize(
        ("drawn_s", "shown_s", "enough"),
        [
            (None, None, True),
            (None, (0.0, 60.0), True),  # more than half of what was drawn
            (None, (0.0, 40.0), False),
            ((0.0, 9.0), (2.0, 3.0), True),  # drawn in full
            ((0.0, 9.0), (8.0, 20.0), False),
            ((0.0, 9.0), None, True),  # all of it is there, thinned
        ],
    )
    def test_a_chart_is_drawn_anew_only_where_samples_are_missing(
        self,
        drawn_s: tuple[float, float] | None,
        shown_s: tuple[float, float] | None,
        enough: bool,
    ) -> None:
        times = pd.Series(np.arange(100.0))
        assert detail.is_enough(times, 20, drawn_s, shown_s) is enough
        assert detail.is_enough(times, 100, drawn_s, shown_s)


def test_the_words_say_what_the_picture_shows(analysis: Analysis) -> None:
    given = (analysis.faces, analysis.samples, lanes.Happening(analysis.moments, MARKS, CAPTIONS))
    words = lanes.lanes_alt(*given, LaneChoice())
    assert "Face 1 and Face 2, 0:00.0 to 0:39.0" in words
    assert "moments and marks, emotions, expressiveness" in words
    assert "1: surprise at 0:10.0" in words
    assert "stimulus at 0:07.0" in words
    assert "2 captions" in words
    assert "captions" not in lanes.lanes_alt(*given, LaneChoice(lanes=LINES))
