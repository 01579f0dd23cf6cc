"""What is measured beside the seven emotions, in the tables, the JSON and the folder."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

from facemotion import export, moments
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis, Moment
from tests.examples import example_analysis


def measured(folder: Path) -> Analysis:
    """The made-up analysis with a smile at AU12 = 3.25 everywhere, and AU09 nowhere measurable."""
    analysis = example_analysis(folder)
    angles = {"pitch_deg": 4.0, "yaw_deg": -10.125, "gaze_pitch_deg": 1.0, "gaze_yaw_deg": 2.0}
    at_rest = dict.fromkeys(ACTION_UNITS, 0.0) | {"AU12": 3.25, "AU09": np.nan}
    faces = analysis.faces.assign(**at_rest, **angles, valence=0.5, arousal=0.25, baseline="own")
    faces = faces.assign(person=faces["face_id"].map({1: "Person A", 2: "Face 2"}).astype("str"))
    chosen = tuple(_measured_moment(faces, moment) for moment in analysis.moments)
    return replace(analysis, faces=faces, moments=chosen)


def _measured_moment(faces: pd.DataFrame, moment: Moment) -> Moment:
    at = (faces["frame"] == moment.frame_index) & (faces["face_id"] == moment.face_id)
    made = moments.of_row(faces[at].iloc[0], moment.number, moment.why)
    return replace(made, face_path=moment.face_path, frame_path=moment.frame_path)


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return measured(tmp_path / "moments")


class TestDetections:
    def test_the_document_obeys_its_schema(self, analysis: Analysis) -> None:
        document = json.loads(export.detections_json(analysis))
        schema = json.loads(export.SCHEMA_PATH.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema)
        assert document["schema_version"] == 1

    def test_a_detection_tells_each_action_unit_with_its_reliability(
        self, analysis: Analysis
    ) -> None:
        found = export.detections(analysis)["detections"][0]
        assert tuple(found["action_units"]) == ACTION_UNITS
        smile = found["action_units"]["AU12"]
        assert (smile["intensity"], smile["present"]) == (3.25, True)
        assert smile["reliability"] in ("good", "fair", "weak")
        assert found["action_units"]["AU15"]["present"] is False
        nose = found["action_units"]["AU09"]
        assert nose == {"intensity": None, "present": None, "reliability": "not measurable"}

    def test_head_pose_gaze_affect_and_person(self, analysis: Analysis) -> None:
        found = export.detections(analysis)["detections"][0]
        assert found["head_pose"] == {"pitch_deg": 4.0, "yaw_deg": -10.12, "roll_deg": 2.0}
        assert found["gaze"] == {"pitch_deg": 1.0, "yaw_deg": 2.0}
        assert (found["valence"], found["arousal"]) == (0.5, 0.25)
        assert found["person"] in ("Person A", "Face 2")


class TestPeople:
    def test_each_person_has_a_block_the_one_seen_longest_first(self, analysis: Analysis) -> None:
        people = export.detections(analysis)["summary"]["people"]
        assert [(p["face_id"], p["person"]) for p in people] == [(1, "Person A"), (2, "Face 2")]
        first = people[0]
        assert (first["samples"], first["share_of_samples"], first["seen_s"]) == (30, 0.75, 30.0)
        assert (first["first_s"], first["last_s"], first["tracks"]) == (0.0, 38.0, 1)
        assert (first["mean_valence"], first["mean_arousal"]) == (0.5, 0.25)
        assert first["action_units"]["AU12"] == {"mean": 3.25, "max": 3.25}
        assert "AU09" not in first["action_units"]
        shares = [part["dominant_share"] for part in first["emotions"].values()]
        assert sum(shares) == pytest.approx(1, abs=5e-4)

    def test_a_frame_stands_for_the_time_until_the_next(self, tmp_path: Path) -> None:
        analysis = example_analysis(tmp_path, every_s=0.5)
        assert export.people_numbers(analysis)[0]["seen_s"] == 15.0

    def test_how_long_a_single_picture_lasts_is_not_known(self, tmp_path: Path) -> None:
        analysis = example_analysis(tmp_path)
        one = replace(
            analysis,
            samples=analysis.samples.head(1),
            faces=analysis.faces[analysis.faces["frame"] == 0],
        )
        (person,) = export.people_numbers(one)
        assert person["seen_s"] is None and person["share_of_samples"] == 1
        assert person["mean_valence"] is None and person["action_units"] == {}

    def test_merged_tracks_are_one_person(self, analysis: Analysis) -> None:
        faces = analysis.faces.assign(track_id=analysis.faces["frame"] // 500)
        (first, _) = export.people_numbers(replace(analysis, faces=faces))
        assert first["tracks"] == 2

    def test_nobody_gives_no_block(self, tmp_path: Path) -> None:
        assert export.people_numbers(example_analysis(tmp_path, n_faces=0, n_moments=0)) == []


class TestTables:
    def test_presence_is_one_zero_or_empty(self, analysis: Analysis) -> None:
        table = list(csv.DictReader(io.StringIO(export.faces_csv(analysis))))
        faces = [row for row in table if row["success"] == "1"]
        assert {(r["AU12"], r["AU12_c"]) for r in faces} == {("3.25", "1")}
        assert {(r["AU15"], r["AU15_c"]) for r in faces} == {("0.0", "0")}
        assert {(r["AU09"], r["AU09_c"]) for r in faces} == {("", "")}
        empty = [row for row in table if row["success"] == "0"]
        assert len(empty) == 10 and {r["AU12"] + r["AU12_c"] + r["person"] for r in empty} == {""}

    def test_angles_have_two_decimals(self, analysis: Analysis) -> None:
        row = next(csv.DictReader(io.StringIO(export.faces_csv(analysis))))
        assert (row["pitch_deg"], row["yaw_deg"]) == ("4.0", "-10.12")

    def test_parquet_has_everything_with_its_type(self, analysis: Analysis) -> None:
        read = pd.read_parquet(io.BytesIO(export.faces_parquet(analysis)))
        assert {*analysis.faces.columns, "success", "AU01_c", "AU45_c"} <= set(read.columns)
        assert str(read["AU12"].dtype) == "float32" and str(read["AU12_c"].dtype) == "Int8"
        assert read["AU09_c"].isna().all()
        assert set(read["person"].dropna()) == {"Person A", "Face 2"}


class TestFolder:
    def test_landmarks_are_there_when_they_were_kept(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        (tmp_path / "kept.parquet").write_bytes(b"points")
        written = export.write_all(analysis, tmp_path / "out", None, tmp_path / "kept.parquet")
        assert (tmp_path / "out" / "landmarks.parquet").read_bytes() == b"points"
        assert tmp_path / "out" / "landmarks.parquet" in written
        assert not list((tmp_path / "out").glob(".*"))

    def test_landmarks_of_an_earlier_run_do_not_stay(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        (tmp_path / "kept.parquet").write_bytes(b"points")
        export.write_all(analysis, tmp_path / "out", None, tmp_path / "kept.parquet")
        export.write_all(analysis, tmp_path / "out", None, tmp_path / "missing.parquet")
        assert not (tmp_path / "out" / "landmarks.parquet").exists()

    def test_openface_csv_is_there(self, analysis: Analysis, tmp_path: Path) -> None:
        export.write_all(analysis, tmp_path / "out")
        read = pd.read_csv(tmp_path / "out" / "openface.csv")
        assert read.loc[read["success"] == 1, "AU12_r"].unique().tolist() == [3.25]


class TestShown:
    """Smoothing and baseline correction add columns; what was measured stays as it is."""

    def test_without_them_there_are_no_further_columns(self, analysis: Analysis) -> None:
        assert tuple(export.rows(analysis).columns) == export.CSV_COLUMNS

    def test_smoothed_values_stand_beside_the_raw_ones(self, analysis: Analysis) -> None:
        smooth = analysis.settings.with_changes(smoothing="exponential", smoothing_s=3.0)
        table, raw = export.rows(replace(analysis, settings=smooth)), export.rows(analysis)
        assert table[list(export.CSV_COLUMNS)].equals(raw)
        seen = table["success"] == 1
        shown = table.loc[seen, [f"{name}_shown" for name in EMOTIONS]]
        assert shown.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
        assert shown["happy_shown"].std() < raw.loc[seen, "happy"].std()
        assert table.loc[~seen, "happy_shown"].isna().all()
        assert table["AU45_shown"].equals(table["AU45"].rename("AU45_shown"))

    def test_a_range_called_neutral_becomes_the_face_at_rest(self, analysis: Analysis) -> None:
        settings = analysis.settings.with_changes(baseline_corrected=True)
        at_rest = replace(analysis, settings=settings, neutral_ranges={1: (0.0, 0.0), 2: (0, 0)})
        first = export.rows(at_rest).iloc[0]
        assert first["neutral"] < 1
        assert first["neutral_shown"] == pytest.approx(1)
        assert first["dominant_emotion_shown"] == "neutral"

    def test_the_csv_rounds_them_as_the_raw_ones(self, analysis: Analysis) -> None:
        smooth = analysis.settings.with_changes(smoothing="savitzky-golay", smoothing_s=9.0)
        text = export.faces_csv(replace(analysis, settings=smooth))
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {len(r["AU12_shown"].partition(".")[2]) <= 3 for r in rows} == {True}
        assert any(r["happy_shown"] != r["happy"] for r in rows)


class TestWindows:
    def test_one_row_per_window_for_everyone_and_each_person(self, analysis: Analysis) -> None:
        table = export.windows_table(analysis)
        n_windows = 4  # 40 samples, 1 s apart, in windows of 10 s
        assert table["person"].tolist() == [
            *["everyone"] * n_windows,
            *["Person A"] * n_windows,
            *["Face 2"] * n_windows,
        ]
        assert table["start_s"].tolist() == [0.0, 10.0, 20.0, 30.0] * 3
        assert set(table.loc[table["coverage"] > 0, "AU12_mean"]) == {3.25}
        assert set(table.loc[table["coverage"] > 0, "AU12_share"]) == {1.0}
        assert table["AU09_mean"].isna().all()

    def test_their_length_is_a_setting(self, analysis: Analysis) -> None:
        longer = replace(analysis, settings=analysis.settings.with_changes(window_s=20.0))
        assert len(export.windows_table(longer)) == 2 * 3

    def test_the_csv_has_the_same_rows(self, analysis: Analysis) -> None:
        rows = list(csv.DictReader(io.StringIO(export.windows_csv(analysis))))
        assert len(rows) == len(export.windows_table(analysis))
        assert rows[0]["face_id"] == "" and rows[0]["person"] == "everyone"
        assert rows[0]["by_mean"] in EMOTIONS

    def test_a_video_without_faces_has_windows_too(self, tmp_path: Path) -> None:
        none = example_analysis(tmp_path, n_faces=0, n_moments=0)
        table = export.windows_table(none)
        assert (table["coverage"] == 0).all() and set(table["person"]) == {"everyone"}


class TestVerdicts:
    def test_the_summary_and_each_person_have_them(self, analysis: Analysis) -> None:
        summary = export.detections(analysis)["summary"]
        for one in (summary, *summary["people"]):
            assert one["by_mean"] in EMOTIONS and one["by_duration"] == one["dominant_emotion"]
            assert 0 <= one["positive_share"] <= 1
        assert summary["people"][0]["blinks_per_min"] is None
        assert "misses blinks" in summary["people"][0]["blinks_note"]
