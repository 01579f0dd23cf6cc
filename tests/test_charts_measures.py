"""Heat map, bars, coverage, circumplex, correlations, synchrony, windows, and people's colours."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from facemotion import charts, curves, palette
from facemotion.charts import coverage, heat
from facemotion.charts.circumplex import WORDS
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis
from tests.examples import example_analysis
from tests.test_charts import VISION, contrast, linear
from tests.test_charts_panels import many, seconds, words


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return example_analysis(tmp_path, measured=True)


def one(figure: go.Figure, kind: str) -> Any:
    return next(t for t in figure.data if t.type == kind)


def row_of(figure: go.Figure, unit: str) -> list[float]:
    return list(one(figure, "heatmap").z[ACTION_UNITS.index(unit)])


class TestHeatMap:
    def test_it_has_a_row_per_unit_with_a_readable_name(self, analysis: Analysis) -> None:
        figure = charts.au_heatmap(analysis.faces, analysis.samples, face_id=1)
        assert figure.layout.yaxis.ticktext[8] == "AU12 lip corner puller"
        assert one(figure, "heatmap").z.shape == (17, len(analysis.samples))
        assert (one(figure, "heatmap").zmin, one(figure, "heatmap").zmax) == (0, 5)

    def test_a_short_clip_shows_every_sample_as_it_is(self, analysis: Analysis) -> None:
        figure = charts.au_heatmap(analysis.faces, analysis.samples, face_id=1)
        mine = analysis.faces[analysis.faces["face_id"] == 1].set_index("timestamp")["AU12"]
        expected = mine.reindex(analysis.samples["timestamp"]).to_numpy(dtype=float)
        np.testing.assert_allclose(row_of(figure, "AU12"), expected)

    def test_a_long_clip_is_binned_by_its_highest_value_and_leads_to_its_frame(self) -> None:
        faces, samples = many(20_000, people=1)
        faces.loc[12_345, "AU12"] = 4.9
        figure = charts.au_heatmap(faces, samples)
        assert one(figure, "heatmap").z.shape == (17, heat.MAX_COLUMNS)
        column = 12_345 * heat.MAX_COLUMNS // 20_000
        assert row_of(figure, "AU12")[column] == 4.9
        (cells,) = (t for t in figure.data if t.name == "AU12")
        assert list(cells.customdata[column]) == [12_345, 12_345 * 0.04, 0]

    def test_what_is_not_measured_is_hatched_and_zero_is_not(self, analysis: Analysis) -> None:
        faces = analysis.faces[analysis.faces["face_id"] == 1].head(4).copy()
        faces[list(ACTION_UNITS)] = 0.0
        faces.loc[faces.index[2], "AU01"] = np.nan
        figure = charts.au_heatmap(faces, analysis.samples.head(4))
        (hatched,) = (t for t in figure.data if t.type == "scatter" and t.fill)
        assert hatched.fillpattern.shape == "/"
        boxes = [s for s in seconds(hatched) if not np.isnan(s)]
        assert (min(boxes), max(boxes)) == (2.0, 3.0)
        assert np.nanmin(hatched.y) == pytest.approx(-0.47)
        assert np.nanmax(hatched.y) == pytest.approx(0.47)

    def test_what_reliability_calls_not_measurable_has_no_value(self, analysis: Analysis) -> None:
        trust = words(analysis.faces)
        trust["AU12"] = "not measurable"
        figure = charts.au_heatmap(analysis.faces, analysis.samples, reliability=trust)
        assert np.isnan(row_of(figure, "AU12")).all()
        said = charts.au_heatmap_alt(analysis.faces, analysis.samples, reliability=trust)
        assert "Not measurable: AU09, AU12." in said

    def test_without_a_choice_the_strongest_face_of_each_frame_counts(
        self, analysis: Analysis
    ) -> None:
        figure = charts.au_heatmap(analysis.faces, analysis.samples)
        both = analysis.faces[analysis.faces["timestamp"] == 30]
        assert len(both) == 2
        assert row_of(figure, "AU12")[30] == pytest.approx(float(both["AU12"].max()))

    def test_the_scale_gets_steadily_lighter_and_leaves_a_dark_page(self) -> None:
        light = [float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in heat.SCALE]
        assert light == sorted(light)
        assert contrast(heat.SCALE[0], "#14151b") > 1.4

    def test_the_words_tell_what_is_present_how_long(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(**dict.fromkeys(ACTION_UNITS, 0.0))
        faces.loc[faces.index[:11], "AU12"] = 1.0
        said = charts.au_heatmap_alt(faces, analysis.samples)
        assert "Present in this share of the measured time: AU12 lip corner puller 25%." in said


@pytest.fixture
def mixed(analysis: Analysis) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ten samples of a face: good, but small at 2-3, turned away at 5 and 6, gone at 8."""
    faces = analysis.faces.query("face_id == 1").head(1)
    faces = pd.concat([faces] * 10, ignore_index=True)
    faces = faces.assign(frame=range(10), timestamp=np.arange(10.0), yaw_deg=0.0, pitch_deg=0.0)
    faces = faces.assign(w=80.0, h=90.0)
    faces.loc[[2, 3], "w"] = 39.0
    faces.loc[5, "yaw_deg"] = -30.5
    faces.loc[6, "pitch_deg"] = 25.5
    samples = pd.DataFrame({"frame": range(10), "timestamp": np.arange(10.0), "n_faces": 1})
    return faces[faces["frame"] != 8], samples


class TestCoverage:
    def test_each_sample_has_one_of_four_words(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        found = curves.coverage(*mixed)["coverage"].tolist()
        expected = ["good"] * 2 + ["small"] * 2 + ["good"] + ["turned away"] * 2
        assert found == [*expected, "good", "no face", "good"]

    def test_the_limits_themselves_are_good_and_unknown_angles_too(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        faces, samples = mixed
        at_limit = faces.assign(yaw_deg=30.0, pitch_deg=-25.0, w=40.0)
        unknown = faces.assign(yaw_deg=np.nan, pitch_deg=np.nan, w=40.0)
        for table in (at_limit, unknown):
            assert set(curves.coverage(table, samples)["coverage"]) == {"good", "no face"}

    def test_the_best_face_of_a_frame_counts(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        faces, samples = mixed
        other = faces[faces["frame"].isin([2, 5])].assign(face_id=2, w=30.0, yaw_deg=0.0)
        words = curves.coverage(pd.concat([faces, other], ignore_index=True), samples)["coverage"]
        assert (words[2], words[5]) == ("small", "small")
        alone = curves.coverage(pd.concat([faces, other]), samples, face_id=2)["coverage"]
        assert alone.value_counts()["no face"] == 8

    def test_the_user_decides_what_small_is(self, mixed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        assert "small" not in set(curves.coverage(*mixed, small_px=39)["coverage"])

    def test_the_strip_covers_all_of_the_time_once(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        figure = charts.coverage_strip(*mixed)
        spans = sorted(
            (start, start + length / 1000, bar.marker.color)
            for bar in figure.data
            if bar.type == "bar"
            for start, length in zip(_base(bar), bar.x, strict=True)
        )
        assert spans[0][0] == -0.5
        assert spans[-1][1] == 9.5
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
        order = ["good", "small", "good", "turned away", "good", "no face", "good"]
        assert [color for _, _, color in spans] == [coverage.COLORS[word] for word in order]

    def test_the_legend_and_the_words_tell_the_shares(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        names = [t.name for t in charts.coverage_strip(*mixed).data if t.x[0] is None]
        assert names == ["good 50%", "small 20%", "turned away 20%", "no face 10%"]
        said = charts.coverage_alt(*mixed)
        assert said == (
            "Coverage of 10 analysed frames. "
            "any face: good 50%, small 20%, turned away 20%, no face 10%."
        )

    def test_each_person_can_have_a_strip(self, analysis: Analysis) -> None:
        figure = charts.coverage_strip(analysis.faces, analysis.samples, per_person=True)
        assert figure.layout.yaxis.ticktext == ("Face 1", "Face 2")

    def test_a_click_leads_to_the_frame(self, mixed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        (row,) = (t for t in charts.coverage_strip(*mixed).data if t.customdata is not None)
        assert [list(point) for point in row.customdata] == [[i, float(i), 0] for i in range(10)]

    def test_in_a_long_video_no_short_gap_gets_lost(self) -> None:
        faces, samples = many(20_000, people=1)
        faces = faces[faces["frame"] != 7777]
        figure = charts.coverage_strip(faces, samples)
        gone = [t for t in figure.data if t.type == "bar" and t.legendgroup == "no face"]
        assert len(gone) == 1
        assert len(gone[0].x) == 1
        assert sum(len(t.x) for t in figure.data) < 2500

    def test_no_face_at_all_is_one_grey_strip_and_no_sample_is_said(
        self, mixed: tuple[pd.DataFrame, pd.DataFrame]
    ) -> None:
        faces, samples = mixed
        bars = [t for t in charts.coverage_strip(faces.head(0), samples).data if t.type == "bar"]
        assert [len(bar.x) for bar in bars] == [1]
        empty = charts.coverage_strip(faces.head(0), samples.head(0))
        assert empty.layout.annotations[0].text == coverage.NO_SAMPLES

    def test_a_single_sample_has_a_width(self, mixed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
        faces, samples = mixed
        (bar,) = (
            t for t in charts.coverage_strip(faces.head(1), samples.head(1)).data if t.type == "bar"
        )
        assert bar.x[0] > 0


def _base(bar: Any) -> list[float]:
    epoch = np.datetime64("1970-01-01")
    return [float((np.datetime64(t) - epoch) / np.timedelta64(1, "s")) for t in bar.base]


class TestCircumplex:
    def test_the_words_stand_on_the_circle_in_russells_order(self, analysis: Analysis) -> None:
        figure = charts.circumplex(analysis.faces, face_id=1)
        places = {n.text: np.degrees(np.arctan2(n.y, n.x)) % 360 for n in figure.layout.annotations}
        assert places == pytest.approx(WORDS)
        assert [places[w] for w in ("pleasure", "arousal", "displeasure", "sleepiness")] == (
            pytest.approx([0, 90, 180, 270])
        )

    def test_the_trail_leads_to_the_present_point_and_gets_stronger(
        self, analysis: Analysis
    ) -> None:
        figure = charts.circumplex(analysis.faces, face_id=1, at_s=18.0, trail_s=6.0)
        trail = [t for t in figure.data if t.mode == "lines"]
        mine = analysis.faces.query("face_id == 1 and 12 <= timestamp <= 18")
        assert trail[0].x[0] == mine["valence"].iloc[0]
        assert (trail[-1].x[-1], trail[-1].y[-1]) == tuple(mine[["valence", "arousal"]].iloc[-1])
        assert [t.opacity for t in trail] == sorted(t.opacity for t in trail)
        now = figure.data[-1]
        assert (now.x[0], now.y[0]) == (trail[-1].x[-1], trail[-1].y[-1])

    def test_the_dots_lead_to_their_frames(self, analysis: Analysis) -> None:
        dots = charts.circumplex(analysis.faces, face_id=1).data[0]
        mine = analysis.faces[analysis.faces["face_id"] == 1]
        assert [point[0] for point in dots.customdata] == mine["frame"].tolist()

    def test_the_words_tell_the_mean_and_the_present(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(valence=0.5, arousal=-0.25)
        said = charts.circumplex_alt(faces, face_id=1, at_s=3.2)
        assert "Face 1: mean valence 0.50, arousal -0.25, at 0:03.0 valence 0.50" in said


class TestCorrelations:
    @pytest.fixture
    def matrix(self) -> pd.DataFrame:
        names = ["AU06", "AU12", "<b>"]
        values = [[1, 0.873, np.nan], [0.873, 1, -0.004], [np.nan, -0.004, 1]]
        return pd.DataFrame(values, names, names)

    def test_every_cell_has_its_number_and_unknown_ones_a_dash(self, matrix: pd.DataFrame) -> None:
        numbers = one(charts.correlation_matrix(matrix), "scatter")
        assert list(numbers.text) == ["1.00", ".87", "–", ".87", "1.00", ".00", "–", ".00", "1.00"]
        assert list(zip(numbers.x, numbers.y, strict=True))[1] == (1, 0)

    def test_the_colours_are_centred_at_zero(self, matrix: pd.DataFrame) -> None:
        cells = one(charts.correlation_matrix(matrix), "heatmap")
        assert (cells.zmin, cells.zmax) == (-1, 1)
        assert cells.colorscale[1][0] == 0.5

    def test_a_large_matrix_has_no_numbers(self) -> None:
        figure = charts.correlation_matrix(pd.DataFrame(np.eye(21)))
        assert [t.type for t in figure.data] == ["heatmap"]

    def test_names_are_not_read_as_markup(self, matrix: pd.DataFrame) -> None:
        assert charts.correlation_matrix(matrix).layout.xaxis.ticktext[2] == "&lt;b>"

    def test_the_words_tell_the_strongest_pair_once(self, matrix: pd.DataFrame) -> None:
        assert charts.correlation_alt(matrix) == (
            "Correlation matrix, 3 by 3. Strongest: AU06 and AU12 0.87; AU12 and <b> -0.00."
        )

    def test_two_peoples_values_may_differ_in_number(self) -> None:
        matrix = pd.DataFrame([[0.5, -0.5, 0.1]], ["AU12"], ["AU01", "AU12", "AU25"])
        assert one(charts.correlation_matrix(matrix), "heatmap").z.shape == (1, 3)
        assert "AU12 and AU01 0.50" in charts.correlation_alt(matrix)

    @pytest.mark.parametrize("matrix", [pd.DataFrame(), pd.DataFrame([[np.nan]])])
    def test_nothing_to_correlate_is_said(self, matrix: pd.DataFrame) -> None:
        figure = charts.correlation_matrix(matrix)
        assert figure.layout.annotations[0].text == "There is too little to correlate."
        assert charts.correlation_alt(matrix).endswith("too little to correlate.")


class TestSynchrony:
    @pytest.fixture
    def synchrony(self) -> pd.DataFrame:
        value = [0.1, 0.9, np.nan, -0.8, 0.0]
        table = pd.DataFrame({"time_s": [0.4, 1.6, 2.0, 3.0, 4.0], "value": value})
        return table.assign(low=[-0.3, -0.3, -0.3, np.nan, -0.3], high=[0.3, 0.3, 0.3, np.nan, 0.3])

    def test_values_outside_the_band_have_a_marker(
        self, synchrony: pd.DataFrame, analysis: Analysis
    ) -> None:
        figure = charts.synchrony_timeline(synchrony, analysis.samples)
        (hit,) = (t for t in figure.data if t.customdata is not None)
        assert [c == palette.ACCENT for c in hit.marker.color] == [False, True, False, False]
        assert hit.text[1] == "outside chance (-0.30 to 0.30)"
        assert hit.text[2] == "no band known"

    def test_a_click_leads_to_the_sample_nearest_in_time(
        self, synchrony: pd.DataFrame, analysis: Analysis
    ) -> None:
        figure = charts.synchrony_timeline(synchrony, analysis.samples)
        (hit,) = (t for t in figure.data if t.customdata is not None)
        assert [point[1] for point in hit.customdata] == [0.0, 2.0, 3.0, 4.0]
        assert [point[0] for point in hit.customdata] == [0, 50, 75, 100]

    def test_the_band_is_open_where_it_is_not_known(
        self, synchrony: pd.DataFrame, analysis: Analysis
    ) -> None:
        band = charts.synchrony_timeline(synchrony, analysis.samples).data[0]
        shapes = np.split(np.array(band.y), np.flatnonzero(np.isnan(band.y)))
        assert [int((~np.isnan(part)).sum()) for part in shapes] == [7, 3, 0]

    def test_the_words_tell_how_often_it_is_more_than_chance(self, synchrony: pd.DataFrame) -> None:
        said = charts.synchrony_alt(synchrony, label="AU12")
        assert "strongest 0.90 at 0:01.6; 25% of the values are outside" in said

    def test_nothing_to_compare_is_said(self, analysis: Analysis) -> None:
        empty = pd.DataFrame({"time_s": [], "value": [], "low": [], "high": []})
        figure = charts.synchrony_timeline(empty, analysis.samples)
        assert figure.layout.annotations[0].text == "There is too little to compare over time."
        assert charts.synchrony_alt(empty).endswith("too little to compare over time.")


class TestWindows:
    @pytest.fixture
    def windows(self) -> pd.DataFrame:
        table = pd.DataFrame({"start_s": [0.0, 5.0, 10.0], "end_s": [5.0, 10.0, 12.0]})
        for number, emotion in enumerate(EMOTIONS):
            table[emotion] = [0.4 if number == 3 else 0.1, np.nan, 0.4 if number == 5 else 0.1]
        return table

    def test_each_emotion_is_stacked_in_its_colour_over_the_width_of_the_window(
        self, windows: pd.DataFrame, analysis: Analysis
    ) -> None:
        figure = charts.emotion_windows(windows, analysis.samples)
        assert [t.name for t in figure.data] == list(EMOTIONS)
        assert [t.marker.color for t in figure.data] == [palette.color(e) for e in EMOTIONS]
        assert figure.layout.barmode == "stack"
        assert list(figure.data[3].y) == [0.4, 0.1]
        assert list(figure.data[3].width) == pytest.approx([4850, 1940])

    def test_a_click_leads_to_the_start_of_the_window(
        self, windows: pd.DataFrame, analysis: Analysis
    ) -> None:
        points = charts.emotion_windows(windows, analysis.samples).data[0].customdata
        assert [list(point) for point in points] == [[0, 0.0, 0], [250, 10.0, 0]]

    def test_the_words_tell_the_strongest_of_each_window(self, windows: pd.DataFrame) -> None:
        said = charts.emotion_windows_alt(windows)
        assert "in 3 windows" in said
        assert "0:00.0 to 0:05.0 happy 40%; 0:10.0 to 0:12.0 surprise 40%." in said

    def test_no_face_in_any_window_is_said(self, windows: pd.DataFrame, analysis: Analysis) -> None:
        empty = windows.assign(happy=np.nan)
        figure = charts.emotion_windows(empty, analysis.samples)
        assert figure.layout.annotations[0].text.startswith("No face")
        assert "No face" in charts.emotion_windows_alt(empty)


class TestPeople:
    @pytest.mark.parametrize("vision", VISION)
    def test_any_two_people_can_be_told_apart(self, vision: str) -> None:
        colors = _seen(palette.PEOPLE, vision)
        pairs = itertools.combinations(colors, 2)
        assert min(deltaE_ciede2000(a, b) for a, b in pairs) > 16

    def test_no_person_looks_like_an_emotion(self) -> None:
        people = _seen(palette.PEOPLE, "normal")
        emotions = _seen(palette.COLORS.values(), "normal")
        assert min(deltaE_ciede2000(a, b) for a in people for b in emotions) > 9

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_people_and_the_accent_stand_out_from_both_pages(self, theme: str) -> None:
        config = Path(__file__).parents[1] / ".streamlit" / "config.toml"
        background = tomllib.loads(config.read_text())["theme"][theme]["backgroundColor"]
        colors = (*palette.PEOPLE, palette.ACCENT)
        assert min(contrast(color, background) for color in colors) >= 3

    def test_the_ninth_person_starts_again(self) -> None:
        assert palette.person_color(8) == palette.person_color(0) == palette.PEOPLE[0]


def _seen(colors: Any, vision: str) -> Any:
    light = np.clip([np.array(VISION[vision]) @ linear(c) for c in colors], 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return rgb2lab(encoded[None])[0]
