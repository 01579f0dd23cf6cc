"""The palette, the curves and the figures of the dashboard."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from PIL import ImageColor
from skimage.color import deltaE_ciede2000, rgb2lab

from facemotion import charts, curves, palette
from facemotion.records import EMOTIONS, Analysis
from tests.examples import example_analysis

FACELESS = {5, 6, 7, 8, 20, 21, 22, 24, 25, 39}

# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", severity 1.0, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return example_analysis(tmp_path)


def timeline(analysis: Analysis, **options: Any) -> go.Figure:
    return charts.emotion_timeline(analysis.faces, analysis.samples, analysis.moments, **options)


def trace(figure: go.Figure, name: str) -> Any:
    return next(t for t in figure.data if t.name == name and t.x[0] is not None)


def seconds(trace: Any) -> list[float]:
    return [(t - np.datetime64("1970-01-01")) / np.timedelta64(1, "s") for t in trace.x]


def linear(color: str) -> np.ndarray:
    rgb = np.array(ImageColor.getrgb(color)[:3]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    lights = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (one, other))
    return lights[1] / lights[0]


class TestPalette:
    @pytest.mark.parametrize("vision", VISION)
    def test_any_two_emotions_can_be_told_apart(self, vision: str) -> None:
        seen = np.clip(
            [np.array(VISION[vision]) @ linear(palette.COLORS[name]) for name in EMOTIONS], 0, 1
        )
        encoded = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
        lab = rgb2lab(encoded[None])[0]
        distances = [deltaE_ciede2000(a, b) for a, b in itertools.combinations(lab, 2)]
        assert min(distances) > 16

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_every_colour_stands_out_from_light_and_dark_pages(self, theme: str) -> None:
        config = Path(__file__).parents[1] / ".streamlit" / "config.toml"
        background = tomllib.loads(config.read_text())["theme"][theme]["backgroundColor"]
        assert min(contrast(c, background) for c in palette.COLORS.values()) >= 3

    def test_each_emotion_has_a_colour_and_two_symbols_of_its_own(self) -> None:
        for table in (palette.COLORS, palette.SYMBOLS, palette.GLYPHS):
            assert tuple(table) == EMOTIONS
            assert len(set(table.values())) == len(EMOTIONS)

    def test_an_unknown_label_gets_the_plain_look(self) -> None:
        assert palette.color("awe") == palette.OTHER_COLOR
        assert palette.symbol("awe") == palette.OTHER_SYMBOL
        assert palette.glyph("awe") == palette.OTHER_GLYPH

    @pytest.mark.parametrize(
        ("time_s", "text"),
        [
            (0, "0:00.0"),
            (9.94, "0:09.9"),
            (59.96, "1:00.0"),
            (3599.97, "1:00:00.0"),
            (3725.04, "1:02:05.0"),
            (-1.5, "-0:01.5"),
            (-0.01, "0:00.0"),
        ],
    )
    def test_times_are_minutes_and_seconds(self, time_s: float, text: str) -> None:
        assert palette.clock(time_s) == text


class TestCurves:
    def test_a_frame_with_two_faces_has_their_mean(self, analysis: Analysis) -> None:
        curve = curves.face_curve(analysis.faces, analysis.samples)
        both = analysis.faces[analysis.faces["frame"] == 30 * 25]
        row = curve[curve["frame"] == 30 * 25].iloc[0]
        assert row["n_faces"] == 2
        for name in EMOTIONS:
            assert row[name] == pytest.approx(both[name].astype(float).mean())

    def test_every_sample_has_a_row_and_faceless_ones_have_no_value(
        self, analysis: Analysis
    ) -> None:
        curve = curves.face_curve(analysis.faces, analysis.samples)
        assert len(curve) == len(analysis.samples)
        assert set(curve.index[curve["happy"].isna()]) == FACELESS

    def test_one_face_is_missing_where_only_others_are(self, analysis: Analysis) -> None:
        curve = curves.face_curve(analysis.faces, analysis.samples, face_id=2)
        assert curve.loc[curve["n_faces"] > 0, "timestamp"].min() == 23

    def test_gaps_reach_halfway_to_the_neighbouring_faces(self, analysis: Analysis) -> None:
        curve = curves.face_curve(analysis.faces, analysis.samples)
        assert curves.gaps(curve) == [(4.5, 8.5), (19.5, 22.5), (23.5, 25.5), (38.5, 39.0)]

    def test_no_samples_have_no_gaps(self, analysis: Analysis) -> None:
        curve = curves.face_curve(analysis.faces.head(0), analysis.samples.head(0))
        assert curves.gaps(curve) == []

    def test_short_curves_stay_whole(self, analysis: Analysis) -> None:
        curve = curves.face_curve(analysis.faces, analysis.samples)
        assert curves.thinned(curve, 40) is curve

    def test_thinning_keeps_the_peak_of_every_emotion_and_the_ends(self) -> None:
        curve = _long_curve(50_000)
        curve.loc[12_345, "fear"] = 0.99
        thin = curves.thinned(curve, 700, {777})
        assert len(thin) <= 1500
        assert thin["fear"].max() == 0.99
        assert {0, 777, 12_345, 49_999} <= set(thin["frame"])
        for name in EMOTIONS:
            assert thin[name].max() == curve[name].max()
            assert thin[name].min() == curve[name].min()

    def test_thinning_never_joins_two_sides_of_a_gap(self) -> None:
        curve = _long_curve(20_000)
        faceless = np.zeros(len(curve), bool)
        faceless[np.r_[100, 5000:5003, 9000:14_000]] = True
        curve.loc[faceless, list(EMOTIONS)] = np.nan
        curve.loc[faceless, "n_faces"] = 0
        thin = curves.thinned(curve, 280)
        kept = thin["frame"].to_numpy()
        seen = (thin["n_faces"] > 0).to_numpy()
        for left, right, both in zip(kept, kept[1:], seen[1:] & seen[:-1], strict=False):
            if both:
                assert not faceless[left:right].any()
        assert len(thin) < 600

    def test_shares_add_up_and_an_empty_table_has_none(self, analysis: Analysis) -> None:
        parts = curves.shares(analysis.faces)
        assert sum(p.dominant for p in parts.values()) == pytest.approx(1)
        assert sum(p.mean for p in parts.values()) == pytest.approx(1)
        assert curves.shares(analysis.faces.head(0)) == {}

    def test_the_face_seen_longest_comes_first(self, analysis: Analysis) -> None:
        tracks = curves.face_tracks(analysis.faces)
        assert [(t.face_id, t.samples) for t in tracks] == [(1, 30), (2, 14)]
        assert (tracks[0].first_s, tracks[0].last_s) == (0, 38)


class TestTimeline:
    def test_each_emotion_is_one_line_in_its_colour_broken_at_gaps(
        self, analysis: Analysis
    ) -> None:
        figure = timeline(analysis)
        for name in EMOTIONS:
            line = trace(figure, name)
            assert line.mode == "lines"
            assert line.line.color == palette.color(name)
            assert line.connectgaps is False
            assert set(np.flatnonzero(np.isnan(line.y))) == FACELESS
            assert seconds(line) == list(range(40))

    def test_a_sample_alone_between_two_gaps_has_a_symbol(self, tmp_path: Path) -> None:
        many = example_analysis(tmp_path, n_samples=400)  # too many for a symbol each
        symbols = [t for t in timeline(many).data if t.name.startswith("strongest")]
        assert [seconds(t) for t in symbols] == [[23.0]]

    def test_a_point_for_every_sample_leads_to_its_frame_and_moment(
        self, analysis: Analysis
    ) -> None:
        points = trace(timeline(analysis), "samples")
        numbers = {m.frame_index: m.number for m in analysis.moments}
        assert list(points.customdata) == [
            [25 * i, float(i), numbers.get(25 * i, 0)] for i in range(40)
        ]
        assert len(set(points.y)) == 1  # on one height, so that the nearest in time is found
        assert all(t.hoverinfo == "skip" for t in timeline(analysis).data if t.mode == "lines")

    def test_the_hover_text_has_the_time_and_percentages_strongest_first(
        self, analysis: Analysis
    ) -> None:
        text = trace(timeline(analysis), "samples").text
        assert text[14].startswith("<b>0:14.0</b> · moment 2<br>■ angry 66%<br>⬢ neutral 21%")
        assert text[5] == "<b>0:05.0</b><br>no face"

    def test_moments_are_diamonds_that_know_their_number(self, analysis: Analysis) -> None:
        marks = trace(timeline(analysis), "moments")
        assert list(marks.customdata) == [
            [m.frame_index, m.time_s, m.number] for m in analysis.moments
        ]
        assert list(marks.marker.color) == [palette.color(m.emotion) for m in analysis.moments]

    def test_the_selected_moment_is_larger_and_has_a_line(self, analysis: Analysis) -> None:
        figure = timeline(analysis, selected=3)
        sizes = trace(figure, "moments").marker.size
        assert np.argmax(sizes) == 2
        assert len(set(sizes)) == 2
        assert len(figure.layout.shapes) == 1
        assert len(timeline(analysis).layout.shapes) == 0

    def test_one_face_shows_only_its_own_moments(self, analysis: Analysis) -> None:
        other = replace(analysis.moments[4], face_id=2)
        changed = replace(analysis, moments=(*analysis.moments[:4], other))
        assert [p[2] for p in trace(timeline(changed, face_id=2), "moments").customdata] == [5]

    def test_moments_of_one_frame_stand_one_above_the_other(self, analysis: Analysis) -> None:
        first, second = analysis.moments[:2]
        twin = replace(second, frame_index=first.frame_index, time_s=first.time_s)
        figure = timeline(replace(analysis, moments=(first, twin, analysis.moments[2])))
        low, high, other = trace(figure, "moments").y
        assert low == other < high < figure.layout.yaxis.range[1]

    def test_clicking_does_not_fade_the_rest_and_zoom_survives(self, analysis: Analysis) -> None:
        figure = timeline(analysis)
        for one in (
            t for t in figure.data if t.mode and "markers" in t.mode and t.name != "moments"
        ):
            assert one.unselected.marker.opacity == one.selected.marker.opacity
        assert figure.layout.uirevision == timeline(analysis, selected=2).layout.uirevision

    def test_there_is_a_range_slider_over_the_whole_time(self, analysis: Analysis) -> None:
        axis = timeline(analysis).layout.xaxis
        assert axis.rangeslider.visible
        assert axis.range == axis.rangeslider.range
        assert axis.tickformat == "%-M:%S"

    def test_from_an_hour_on_the_axis_has_hours(self, tmp_path: Path) -> None:
        long = example_analysis(tmp_path, every_s=120.0)
        assert timeline(long).layout.xaxis.tickformat == "%-H:%M:%S"

    def test_thousands_of_samples_are_thinned(self, tmp_path: Path) -> None:
        many = example_analysis(tmp_path, n_samples=9000)
        figure = timeline(many)
        assert len(trace(figure, "samples").x) <= 2 * charts.MAX_POINTS
        assert len(figure.to_json()) < 3_000_000

    def test_why_cannot_inject_markup(self, analysis: Analysis) -> None:
        bad = replace(analysis.moments[0], why="<b>x</b> %{y}")
        figure = timeline(replace(analysis, moments=(bad,)))
        text = trace(figure, "moments").hovertemplate[0]
        assert "&lt;b>x&lt;/b>" in text
        assert "%{" not in text

    def test_the_words_say_what_the_picture_shows(self, analysis: Analysis) -> None:
        words = charts.timeline_alt(analysis.faces, analysis.samples, analysis.moments)
        assert "0:00.0 to 0:39.0" in words
        assert "a face in 30 of 40 analysed frames" in words
        assert "neutral 50%" in words
        assert "1: surprise at 0:10.0" in words


class TestOtherFigures:
    def test_the_donut_has_the_share_of_each_strongest_emotion(self, analysis: Analysis) -> None:
        ring = charts.emotion_distribution(analysis.faces).data[0]
        share = analysis.faces["dominant_emotion"].value_counts(normalize=True)
        assert dict(zip(ring.labels, ring.values, strict=True)) == pytest.approx(share.to_dict())
        assert list(ring.marker.colors) == [palette.color(name) for name in ring.labels]
        assert ring.customdata[0][0] == pytest.approx(analysis.faces["angry"].astype(float).mean())
        assert "neutral 50%" in charts.distribution_alt(analysis.faces)


class TestEveryFigure:
    def figures(self, analysis: Analysis) -> list[go.Figure]:
        return [
            timeline(analysis, selected=1),
            charts.emotion_distribution(analysis.faces),
            charts.emotion_distribution(analysis.faces.head(0)),
        ]

    def test_it_is_transparent_and_its_text_takes_the_colour_of_the_page(
        self, analysis: Analysis
    ) -> None:
        for figure in self.figures(analysis):
            layout = figure.layout
            assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
            drawn = figure.to_plotly_json()
            drawn["layout"].pop("template", None)
            text = json.dumps(drawn, default=str)
            assert not re.search(r"#0{3,6}\b|#f{3,6}\b|\"(black|white)\"", text, re.IGNORECASE)
            assert layout.font.color is None

    def test_it_is_valid_json_without_nan(self, analysis: Analysis) -> None:
        def refuse(name: str) -> None:
            raise AssertionError(name)

        for figure in self.figures(analysis):
            json.loads(figure.to_json(), parse_constant=refuse)

    def test_without_a_face_it_says_so(self, analysis: Analysis) -> None:
        none = analysis.faces.head(0)
        nothing = analysis.samples.head(0)
        for figure in (
            charts.emotion_timeline(none, analysis.samples),
            charts.emotion_timeline(none, nothing),
            charts.emotion_timeline(analysis.faces, analysis.samples, face_id=99),
            charts.emotion_distribution(none),
        ):
            assert not figure.data
            assert "No face was found" in figure.layout.annotations[0].text
        assert "No face was found" in charts.timeline_alt(none, nothing)
        assert "No face was found" in charts.distribution_alt(none)


def _long_curve(n: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    scores = random.dirichlet(np.ones(7), n)
    table = pd.DataFrame(scores, columns=list(EMOTIONS))
    return table.assign(frame=np.arange(n), timestamp=np.arange(n) / 25, n_faces=1)
