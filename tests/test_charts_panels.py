"""Charts over time, one panel below the other: action units, head position, gaze."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from facemotion import charts, curves, palette
from facemotion.charts import panels, units
from facemotion.charts.gaze import CLOSED_FROM
from facemotion.records import ACTION_UNITS, Analysis
from tests.examples import example_analysis

EPOCH = np.datetime64("1970-01-01")


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return example_analysis(tmp_path, measured=True)


def words(faces: pd.DataFrame, word: str = "good") -> pd.DataFrame:
    return pd.DataFrame(word, index=faces.index, columns=list(ACTION_UNITS))


def lines(figure: go.Figure, axis: str = "y") -> list[Any]:
    return [
        t
        for t in figure.data
        if t.mode == "lines" and t.yaxis == axis and len(t.x) and t.x[0] is not None
    ]


def points(figure: go.Figure, axis: str = "y") -> list[Any]:
    return [t for t in figure.data if t.mode == "markers" and t.yaxis == axis]


def seconds(trace: Any) -> list[float]:
    return [float((t - EPOCH) / np.timedelta64(1, "s")) for t in np.asarray(trace.x)]


def drawn(trace: Any) -> dict[float, float]:
    """The points of a line that have a value, by time."""
    values = zip(seconds(trace), trace.y, strict=True)
    return {time: float(value) for time, value in values if not np.isnan(value)}


def titles(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def many(n: int, people: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of ``n`` samples with every column measured, without the cost of an analysis."""
    rng = np.random.default_rng(0)
    frames = np.repeat(np.arange(n), people)
    faces = pd.DataFrame({"frame": frames, "timestamp": frames * 0.04})
    faces["face_id"] = np.tile(np.arange(1, people + 1), n)
    faces["person"] = "Face " + faces["face_id"].astype(str)
    names = [*ACTION_UNITS, "yaw_deg", "pitch_deg", "roll_deg", "gaze_yaw_deg", "gaze_pitch_deg"]
    faces[names] = rng.random((len(faces), len(names)))
    faces[["valence", "arousal"]] = rng.uniform(-0.7, 0.7, (len(faces), 2))
    faces[["w", "h"]] = 100.0
    samples = pd.DataFrame({"frame": np.arange(n), "timestamp": np.arange(n) * 0.04})
    return faces, samples.assign(n_faces=people)


class TestActionUnitLines:
    def test_each_chosen_unit_has_a_panel_with_a_line_per_person_in_their_colour(
        self, analysis: Analysis
    ) -> None:
        figure = charts.au_timeline(analysis.faces, analysis.samples, ["AU12", "AU04"])
        assert titles(figure) == ["<b>AU12</b> lip corner puller", "<b>AU04</b> brow lowerer"]
        for axis in ("y", "y2"):
            assert [t.line.color for t in lines(figure, axis)] == list(palette.PEOPLE[:2])
            assert [t.name for t in points(figure, axis)] == ["Face 1", "Face 2"]

    def test_a_line_has_the_values_of_the_table_and_gaps_where_the_face_is_gone(
        self, analysis: Analysis
    ) -> None:
        figure = charts.au_timeline(analysis.faces, analysis.samples, ["AU12"], face_id=1)
        (line,) = lines(figure)
        mine = analysis.faces[analysis.faces["face_id"] == 1]
        assert drawn(line) == pytest.approx(
            dict(zip(mine["timestamp"], mine["AU12"].astype(float), strict=True))
        )
        assert len(line.y) == len(analysis.samples)
        assert line.connectgaps is False

    def test_a_sample_alone_between_two_gaps_shows_as_a_dot(self, analysis: Analysis) -> None:
        figure = charts.au_timeline(analysis.faces, analysis.samples, ["AU12"], face_id=1)
        (hit,) = points(figure)
        seen = [t for t, c in zip(seconds(hit), hit.marker.color, strict=True) if c[0] == "#"]
        assert seen == [23.0]

    def test_weak_parts_are_dotted_and_joined_to_the_rest(self, analysis: Analysis) -> None:
        trust = words(analysis.faces)
        trust.loc[analysis.faces["timestamp"].isin([2.0, 3.0]), "AU12"] = "weak"
        figure = charts.au_timeline(
            analysis.faces, analysis.samples, ["AU12"], face_id=1, reliability=trust
        )
        solid, dotted = lines(figure)
        assert (solid.line.dash, dotted.line.dash) == (None, "dot")
        assert sorted(drawn(dotted)) == [1.0, 2.0, 3.0, 4.0]
        assert not {2.0, 3.0} & set(drawn(solid))
        assert {1.0, 4.0} <= set(drawn(solid))
        assert "dotted: not reliable" in [t.name for t in figure.data if t.showlegend is not False]

    def test_two_weak_parts_are_not_joined_across_a_sound_one(self) -> None:
        steps = np.array([True, True, False, False, True])
        assert panels._joined(steps).tolist() == [0, 1, 2, -1, 4, 5]

    def test_what_is_not_measurable_is_a_gap(self, analysis: Analysis) -> None:
        trust = words(analysis.faces)
        trust.loc[analysis.faces["timestamp"] == 2.0, "AU12"] = "not measurable"
        figure = charts.au_timeline(
            analysis.faces, analysis.samples, ["AU12"], face_id=1, reliability=trust
        )
        (line,) = lines(figure)
        assert 2.0 not in drawn(line)
        assert 2.0 in seconds(line)

    def test_the_hover_text_tells_value_name_muscle_and_reliability(
        self, analysis: Analysis
    ) -> None:
        trust = words(analysis.faces, "fair")
        figure = charts.au_timeline(
            analysis.faces, analysis.samples, ["AU12"], face_id=1, reliability=trust
        )
        (hit,) = points(figure)
        for part in ("AU12", "lip corner puller", "%{y:.1f} of 5", "zygomaticus major", "%{text}"):
            assert part in hit.hovertemplate
        assert set(hit.text) == {"fair"}

    def test_a_click_gives_frame_time_and_moment(self, analysis: Analysis) -> None:
        figure = charts.au_timeline(
            analysis.faces, analysis.samples, ["AU12"], moments=analysis.moments, face_id=1
        )
        (hit,) = points(figure)
        numbers = {m.frame_index: m.number for m in analysis.moments if m.face_id == 1}
        assert len(numbers) > 0
        for frame, time_s, number in hit.customdata:
            assert time_s == frame / 25
            assert number == numbers.get(frame, 0)
        # Plain lists: a typed array would reach Streamlit's selection as a dictionary.
        sent = json.loads(figure.to_json())["data"]
        assert all(isinstance(t["customdata"], list) for t in sent if "customdata" in t)

    def test_a_dashed_line_marks_presence(self, analysis: Analysis) -> None:
        figure = charts.au_timeline(analysis.faces, analysis.samples, ["AU12", "AU04"], at_s=3.0)
        heights = [s.y0 for s in figure.layout.shapes if s.line.dash == "dash"]
        assert heights == [units.PRESENT_FROM] * 2
        marks = [s for s in figure.layout.shapes if s.line.dash == "dot"]
        assert [str(s.x0)[:19] for s in marks] == ["1970-01-01T00:00:03"]

    def test_without_a_choice_the_units_that_reach_highest_are_shown(
        self, analysis: Analysis
    ) -> None:
        faces = analysis.faces.assign(**dict.fromkeys(ACTION_UNITS, 0.1))
        faces = faces.assign(AU12=3.0, AU06=2.0, AU25=2.5, AU01=1.0, AU45=5.0)
        assert units.strongest(faces, count=3) == ["AU06", "AU12", "AU25"]

    def test_long_lines_are_thinned_and_keep_their_peaks(self) -> None:
        faces, samples = many(20_000)
        faces.loc[31_337, "AU12"] = 4.9
        figure = charts.au_timeline(faces, samples, ["AU01", "AU12", "AU25"])
        assert sum(len(t.x) for t in figure.data if t.customdata is not None) < 10_000
        assert max(np.nanmax(t.y) for t in points(figure, "y2")) == 4.9

    def test_a_person_keeps_their_colour_when_others_are_hidden(self, analysis: Analysis) -> None:
        figure = charts.au_timeline(analysis.faces, analysis.samples, ["AU12"], face_id=2)
        assert lines(figure)[0].line.color == palette.PEOPLE[1]

    def test_a_name_given_by_a_user_is_not_read_as_markup(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(person="<b>%{x}</b>")
        figure = charts.au_timeline(faces, analysis.samples, ["AU12"])
        assert points(figure)[0].name == "&lt;b>% {x}&lt;/b>"

    def test_a_crowd_is_cut_to_the_people_seen_longest_and_the_text_says_so(self) -> None:
        faces, samples = many(3, people=12)
        figure = charts.au_timeline(faces, samples, ["AU12"])
        assert len(points(figure)) == len(palette.PEOPLE)
        assert "(8 of 12 people)" in charts.au_timeline_alt(faces, samples, ["AU12"])

    def test_the_words_tell_peaks_and_when(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(AU12=0.5)
        faces.loc[faces["timestamp"] == 12.0, "AU12"] = 4.2
        said = charts.au_timeline_alt(faces, analysis.samples, ["AU12"])
        assert "AU12 lip corner puller 4.2 at 0:12.0" in said
        assert "Face 1 and Face 2" in said


class TestDirections:
    def test_the_head_has_three_panels_and_the_zone_in_two(self, analysis: Analysis) -> None:
        figure = charts.head_pose_timeline(analysis.faces, analysis.samples)
        assert len(titles(figure)) == 3
        heights = [s.y0 for s in figure.layout.shapes if s.line.dash == "dash"]
        yaw, pitch = curves.TURNED_YAW_DEG, curves.TURNED_PITCH_DEG
        assert heights == [-yaw, yaw, -pitch, pitch]

    def test_the_axis_holds_the_widest_angle(self, analysis: Analysis) -> None:
        faces = analysis.faces.copy()
        faces.loc[faces.index[3], "yaw_deg"] = -71.0
        figure = charts.head_pose_timeline(faces, analysis.samples)
        assert figure.layout.yaxis.range == (-75, 75)

    def test_blinks_are_gaps_in_the_gaze(self, analysis: Analysis) -> None:
        figure = charts.gaze_timeline(analysis.faces, analysis.samples, face_id=1)
        (line,) = lines(figure)
        mine = analysis.faces[analysis.faces["face_id"] == 1]
        shut = set(mine.loc[mine["AU45"] >= CLOSED_FROM, "timestamp"])
        assert shut
        assert set(drawn(line)) == set(mine["timestamp"]) - shut

    @pytest.mark.parametrize("draw", [charts.head_pose_scatter, charts.gaze_scatter])
    def test_one_person_is_coloured_by_time_two_by_person(
        self, analysis: Analysis, draw: Any
    ) -> None:
        one, two = draw(analysis.faces, face_id=1), draw(analysis.faces)
        frames = [frame for frame, _, _ in one.data[0].customdata]
        assert list(one.data[0].marker.color) == [frame / 25 for frame in frames]
        assert [t.marker.color for t in two.data] == list(palette.PEOPLE[:2])

    def test_the_scatter_is_as_seen_in_the_picture(self, analysis: Analysis) -> None:
        (cloud,) = charts.head_pose_scatter(analysis.faces, face_id=1).data
        mine = analysis.faces[analysis.faces["face_id"] == 1]
        assert list(cloud.x) == mine["yaw_deg"].tolist()
        assert list(cloud.y) == mine["pitch_deg"].tolist()

    def test_the_frontal_zone_is_a_box(self, analysis: Analysis) -> None:
        (box,) = charts.head_pose_scatter(analysis.faces).layout.shapes
        assert (box.x0, box.x1, box.y0, box.y1) == (-30, 30, -25, 25)

    def test_the_ring_is_at_the_time_looked_at(self, analysis: Analysis) -> None:
        figure = charts.head_pose_scatter(analysis.faces, face_id=1, at_s=11.3)
        row = analysis.faces.query("face_id == 1 and timestamp == 11").iloc[0]
        assert figure.data[1].x == (row["yaw_deg"],)
        assert figure.data[1].y == (row["pitch_deg"],)

    def test_the_words_tell_the_share_of_frontal_points(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(yaw_deg=0.0, pitch_deg=0.0)
        faces.loc[faces.index[:11], "yaw_deg"] = 31.0
        assert "44 points, 75% of them frontal" in charts.head_pose_scatter_alt(faces)
        assert "yaw median 7°" in charts.gaze_timeline_alt(
            faces.assign(gaze_yaw_deg=7.0), analysis.samples
        )


OVER_TIME = {
    "units": (charts.au_timeline, charts.au_timeline_alt),
    "head": (charts.head_pose_timeline, charts.head_pose_timeline_alt),
    "gaze": (charts.gaze_timeline, charts.gaze_timeline_alt),
    "heat": (charts.au_heatmap, charts.au_heatmap_alt),
}
SCATTERS = {
    "head": (charts.head_pose_scatter, charts.head_pose_scatter_alt),
    "gaze": (charts.gaze_scatter, charts.gaze_scatter_alt),
    "affect": (charts.circumplex, charts.circumplex_alt),
}


class TestLittleData:
    @pytest.mark.parametrize("name", OVER_TIME)
    def test_nothing_measured_is_said_in_words(self, name: str, tmp_path: Path) -> None:
        analysis = example_analysis(tmp_path, measured=False)
        faces = analysis.faces.assign(roll_deg=np.nan)
        draw, alt = OVER_TIME[name]
        assert draw(faces, analysis.samples).layout.annotations[0].text.endswith("here.")
        assert alt(faces, analysis.samples).endswith("here.")

    @pytest.mark.parametrize("name", SCATTERS)
    def test_a_scatter_of_nothing_is_said_in_words(self, name: str, tmp_path: Path) -> None:
        analysis = example_analysis(tmp_path, measured=False)
        draw, alt = SCATTERS[name]
        assert draw(analysis.faces).layout.annotations[0].text.endswith("here.")
        assert alt(analysis.faces).endswith("here.")

    @pytest.mark.parametrize("name", OVER_TIME)
    def test_no_face_is_said_in_words(self, name: str, analysis: Analysis) -> None:
        draw, alt = OVER_TIME[name]
        for samples in (analysis.samples, analysis.samples.head(0)):
            figure = draw(analysis.faces.head(0), samples)
            assert figure.layout.annotations[0].text.startswith("No face")
            assert "No face" in alt(analysis.faces.head(0), samples)

    @pytest.mark.parametrize("name", SCATTERS)
    def test_a_scatter_without_a_face_says_so(self, name: str, analysis: Analysis) -> None:
        draw, alt = SCATTERS[name]
        assert draw(analysis.faces.head(0)).layout.annotations[0].text.startswith("No face")
        assert "No face" in alt(analysis.faces.head(0))

    @pytest.mark.parametrize("name", OVER_TIME)
    def test_a_single_sample_is_a_point(self, name: str, analysis: Analysis) -> None:
        faces, samples = analysis.faces.head(1), analysis.samples.head(1)
        figure = OVER_TIME[name][0](faces, samples, at_s=0.0)
        clickable = [t for t in figure.data if t.customdata is not None]
        assert clickable
        assert all(list(point) == [0, 0.0, 0] for t in clickable for point in t.customdata)

    @pytest.mark.parametrize("name", SCATTERS)
    def test_a_scatter_of_a_single_sample_is_a_point(self, name: str, analysis: Analysis) -> None:
        figure = SCATTERS[name][0](analysis.faces.head(1), at_s=0.0)
        assert len(figure.data[0].x) == 1
