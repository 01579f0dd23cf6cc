"""detections.json, faces.csv, faces.parquet and the folder of results."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from facemotion import export
from facemotion.errors import StorageError
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis
from tests.examples import example_analysis, example_pictures

FIXED_COLUMNS = (
    "frame,timestamp,face_id,confidence,success,x,y,w,h,"
    "angry,disgust,fear,happy,sad,surprise,neutral,dominant_emotion"
)


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return example_analysis(tmp_path / "moments")


def table(analysis: Analysis) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export.faces_csv(analysis))))


def schema() -> Any:
    return json.loads(export.SCHEMA_PATH.read_text(encoding="utf-8"))


class TestPercentages:
    def test_they_add_up_to_a_hundred_as_printed(self) -> None:
        random = np.random.default_rng(1)
        for row in random.dirichlet(np.full(7, 0.3), 2000):
            scores = export.percentages([float(p) for p in row.astype(np.float32)])
            assert sum(Decimal(str(value)) for value in scores) == 100
            assert np.abs(np.array(scores) - 100 * row).max() <= 0.011

    def test_a_third_each_gives_the_rest_to_the_first(self) -> None:
        assert export.percentages([1 / 3, 1 / 3, 1 / 3]) == [33.34, 33.33, 33.33]

    def test_all_zero_stays_zero(self) -> None:
        assert export.percentages([0.0, 0.0]) == [0.0, 0.0]


class TestDetections:
    def test_the_document_obeys_its_schema(self, analysis: Analysis) -> None:
        jsonschema.Draft202012Validator.check_schema(schema())
        jsonschema.validate(json.loads(export.detections_json(analysis)), schema())

    def test_an_analysis_without_a_face_obeys_it_too(self, tmp_path: Path) -> None:
        none = example_analysis(tmp_path, n_faces=0, n_moments=0)
        document = json.loads(export.detections_json(none))
        jsonschema.validate(document, schema())
        assert document["detections"] == []
        assert document["summary"]["mean_expressiveness"] is None
        assert document["summary"]["coverage"] == 0

    def test_a_detection_has_what_the_moment_has(self, analysis: Analysis) -> None:
        moment, found = analysis.moments[0], export.detections(analysis)["detections"][0]
        assert found["timestamp"] == moment.time_s
        assert found["frame_index"] == moment.frame_index
        assert found["face_id"] == moment.face_id
        assert found["dominant_emotion"] == moment.emotion
        assert tuple(found["emotion_scores"]) == EMOTIONS
        assert found["emotion_scores"][moment.emotion] == max(found["emotion_scores"].values())
        assert found["bbox"] == pytest.approx(moment.box_xywh, abs=0.005)
        assert found["why"] == moment.why
        assert found["explanation"] == analysis.explanations[0].text
        assert export.detections(analysis)["detections"][1]["explanation"] is None

    def test_what_is_not_measured_is_null(self, analysis: Analysis) -> None:
        for found in export.detections(analysis)["detections"]:
            assert found["action_units"] is found["head_pose"] is found["gaze"] is None

    def test_numpy_paths_and_nan_become_plain_json(self, analysis: Analysis) -> None:
        odd = {
            "a": np.float32("nan"),
            "b": np.int64(3),
            "c": Path("x"),
            "d": (1, np.array([1.0, np.inf])),
            5: True,
        }
        document = json.loads(export.detections_json(replace(analysis, provenance=odd)))
        assert document["provenance"] == {
            "a": None,
            "b": 3,
            "c": "x",
            "d": [1, [1.0, None]],
            "5": True,
        }

    def test_it_does_not_tell_where_files_lie_on_this_machine(self, analysis: Analysis) -> None:
        assert str(analysis.folder) not in export.detections_json(analysis)

    def test_letters_stay_letters(self, analysis: Analysis) -> None:
        video = replace(analysis.video, title="Привет 日本")
        assert "Привет 日本" in export.detections_json(replace(analysis, video=video))


class TestSummaryNumbers:
    def test_they_are_counted_from_the_tables(self, analysis: Analysis) -> None:
        numbers = export.summary_numbers(analysis)
        assert numbers["duration_s"] == 40
        assert (numbers["samples"], numbers["samples_with_face"]) == (40, 30)
        assert numbers["coverage"] == 0.75
        assert (numbers["face_rows"], numbers["face_tracks"]) == (44, 2)
        assert numbers["dominant_emotion"] == "neutral"
        assert numbers["emotions"]["neutral"]["dominant_share"] == 0.5
        mean = analysis.faces["expressiveness"].astype(float).mean()
        assert numbers["mean_expressiveness"] == pytest.approx(mean, abs=5e-5)

    def test_nothing_analysed_gives_none_not_a_crash(self, analysis: Analysis) -> None:
        empty = replace(
            analysis, samples=analysis.samples.head(0), faces=analysis.faces.head(0), moments=()
        )
        numbers = export.summary_numbers(empty)
        assert numbers["coverage"] is numbers["dominant_emotion"] is None
        assert numbers["emotions"] == {}


class TestTables:
    def test_the_fixed_columns_come_first_in_their_order(self, analysis: Analysis) -> None:
        header = export.faces_csv(analysis).splitlines()[0]
        assert header.startswith(FIXED_COLUMNS + ",expressiveness,")
        presence = {f"{name}_c" for name in ACTION_UNITS}
        assert set(header.split(",")) == {*analysis.faces.columns, "success", *presence}

    def test_every_face_has_a_row_and_every_frame_without_one_too(self, analysis: Analysis) -> None:
        found = table(analysis)
        assert len(found) == 44 + 10
        empty = next(row for row in found if row["frame"] == "125")
        assert (empty["timestamp"], empty["success"]) == ("5.0", "0")
        rest = {k: v for k, v in empty.items() if k not in ("frame", "timestamp", "success")}
        assert set(rest.values()) == {""}

    def test_rows_are_sorted_by_frame_then_face(self, analysis: Analysis) -> None:
        shuffled = replace(analysis, faces=analysis.faces.sample(frac=1, random_state=0))
        order = [(int(r["frame"]), int(r["face_id"] or 0)) for r in table(shuffled)]
        assert order == sorted(order)
        assert export.faces_csv(shuffled) == export.faces_csv(analysis)

    def test_whole_numbers_have_no_decimals(self, analysis: Analysis) -> None:
        row = table(analysis)[0]
        assert (row["frame"], row["face_id"], row["success"]) == ("0", "1", "1")

    def test_probabilities_are_shares_of_one(self, analysis: Analysis) -> None:
        for row in table(analysis):
            if row["success"] == "1":
                assert sum(float(row[name]) for name in EMOTIONS) == pytest.approx(1, abs=5e-5)

    def test_timestamps_keep_microseconds(self, tmp_path: Path) -> None:
        odd = example_analysis(tmp_path, every_s=1001 / 30000)
        times = sorted({float(row["timestamp"]) for row in table(odd)})
        assert times == [round(i * 1001 / 30000, 6) for i in range(40)]

    def test_text_that_a_spreadsheet_would_run_is_defused(self, analysis: Analysis) -> None:
        evil = replace(analysis, faces=analysis.faces.assign(source="=cmd()"))
        assert {row["source"] for row in table(evil)} == {"'=cmd()", ""}

    def test_parquet_has_the_same_rows_with_real_types(self, analysis: Analysis) -> None:
        read = pd.read_parquet(io.BytesIO(export.faces_parquet(analysis)))
        assert tuple(read.columns) == export.CSV_COLUMNS
        assert len(read) == len(table(analysis))
        assert read["frame"].dtype == np.int64
        assert read["happy"].dtype == np.float32
        assert read["success"].tolist() == [int(row["success"]) for row in table(analysis)]
        assert read.loc[read["success"] == 0, "face_id"].isna().all()
        assert read.loc[read["success"] == 0, "dominant_emotion"].isna().all()
        faces = read[read["success"] == 1].reset_index(drop=True)
        pd.testing.assert_series_equal(faces["happy"], analysis.faces["happy"])

    def test_no_face_at_all_gives_one_row_per_frame(self, tmp_path: Path) -> None:
        none = example_analysis(tmp_path, n_faces=0, n_moments=0)
        assert [row["success"] for row in table(none)] == ["0"] * 40
        assert len(pd.read_parquet(io.BytesIO(export.faces_parquet(none)))) == 40


class TestFolder:
    def test_everything_is_there_and_paths_in_the_json_are_valid(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        out = tmp_path / "new" / "out"
        written = export.write_all(analysis, out, example_pictures(analysis))
        assert sorted(written) == sorted(p for p in out.rglob("*") if p.is_file())
        names = {str(path.relative_to(out)) for path in written}
        tables = {"faces.csv", "faces.parquet", "openface.csv", "windows.csv"}
        assert {"detections.json", "summary.png", *tables} < names
        assert "cards/card_01_surprise.png" in names
        assert written[-1].name == "detections.json"
        document = json.loads((out / "detections.json").read_text(encoding="utf-8"))
        for found in document["detections"]:
            assert (out / found["face_crop_path"]).is_file()
            assert (out / found["frame_path"]).is_file()

    def test_cards_of_an_earlier_run_go_and_other_files_stay(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        export.write_all(analysis, out)
        (out / "cards" / "mine.png").write_bytes(b"mine")
        (out / "cards" / "card_x.png").write_bytes(b"mine")
        (out / "notes.txt").write_text("mine")
        fewer = replace(analysis, moments=analysis.moments[:1])
        written = export.write_all(fewer, out)
        left = {path for path in out.rglob("*") if path.is_file()} - set(written)
        assert {path.name for path in left} == {"mine.png", "card_x.png", "notes.txt"}
        assert [p.name for p in (out / "faces").iterdir()] != []
        assert not (out / "faces" / "det_02_face.jpg").exists()

    def test_a_second_run_writes_the_same_bytes(self, analysis: Analysis, tmp_path: Path) -> None:
        first = export.write_all(analysis, tmp_path / "a")
        second = export.write_all(analysis, tmp_path / "b")
        for one, two in zip(first, second, strict=True):
            assert one.read_bytes() == two.read_bytes(), one.name

    def test_a_picture_that_is_gone_is_null_and_its_card_is_still_drawn(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        (analysis.folder / "faces" / "det_01_face.jpg").unlink()
        (analysis.folder / "faces" / "det_01_frame.jpg").unlink()
        export.write_all(analysis, tmp_path / "out")
        found = json.loads((tmp_path / "out" / "detections.json").read_text())["detections"]
        assert found[0]["face_crop_path"] is found[0]["frame_path"] is None
        assert found[1]["face_crop_path"] == "faces/det_02_face.jpg"
        assert (tmp_path / "out" / "cards" / "card_01_surprise.png").is_file()

    def test_no_moment_at_all_still_gives_tables_and_summary(self, tmp_path: Path) -> None:
        none = example_analysis(tmp_path / "moments", n_faces=0, n_moments=0)
        names = {path.name for path in export.write_all(none, tmp_path / "out")}
        tables = {"faces.csv", "faces.parquet", "openface.csv", "windows.csv"}
        assert names == {"detections.json", "summary.png", *tables}

    def test_a_folder_that_cannot_be_made_is_a_storage_error(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StorageError, match="file"):
            export.write_all(analysis, tmp_path / "file" / "out")

    def test_a_read_only_folder_is_a_storage_error(
        self, analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("tempfile.mkstemp", refuse)
        with pytest.raises(StorageError, match="permission denied"):
            export.write_all(analysis, tmp_path / "out")
        assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]

    def test_a_strange_emotion_gives_a_portable_file_name(self, analysis: Analysis) -> None:
        odd = replace(analysis.moments[2], emotion="../weird name?")
        assert re.fullmatch(r"card_03_[A-Za-z0-9_-]+\.png", export.card_name(odd))
