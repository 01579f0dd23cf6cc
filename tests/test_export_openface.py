"""openface.csv: OpenFace 2's names, units, signs and types, and how py-feat's users read it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from facemotion import export, tables
from facemotion.export import openface
from facemotion.records import ACTION_UNITS, Analysis
from tests.examples import example_analysis

HEAD = ["frame", "face_id", "timestamp", "confidence", "success"]
GAZE = ["gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"]
ANGLES = ["gaze_angle_x", "gaze_angle_y"]
POSE = ["pose_Rx", "pose_Ry", "pose_Rz"]
STRAIGHT = {
    **dict.fromkeys(("pitch_deg", "yaw_deg", "roll_deg"), 0.0),
    **dict.fromkeys(("gaze_pitch_deg", "gaze_yaw_deg"), 0.0),
    **{f"eye{k}_{name}_deg": 0.0 for k in (0, 1) for name in ("pitch", "yaw")},
    **dict.fromkeys(ACTION_UNITS, 0.0),
}


def measured(folder: Path, **values: object) -> Analysis:
    """An analysis in which everything is measured: straight ahead and at rest, unless given."""
    analysis = example_analysis(folder)
    return replace(analysis, faces=analysis.faces.assign(**{**STRAIGHT, **values}))


def first(folder: Path, **values: object) -> pd.Series:
    return export.openface_rows(measured(folder, **values)).iloc[0]


def read_as_py_feat_does(text: str, features: list[str] | None = None) -> pd.DataFrame:
    """What ``feat.utils.io.read_openface`` of py-feat does with a file, by its documentation:

    reads comma-separated values, strips blanks from the names, keeps the features asked for
    (``KeyError`` when one is missing) or, by default, all of OpenFace 1's columns if all are there
    and everything otherwise; then adds the column ``input``.
    """
    table = pd.read_csv(io.StringIO(text), sep=",")
    table.columns = table.columns.str.strip(" ")
    if features is not None:
        table = table[features]
    return table.assign(input="openface.csv")


class TestReading:
    def test_columns_have_openfaces_names_and_order(self, tmp_path: Path) -> None:
        read = read_as_py_feat_does(export.openface_csv(measured(tmp_path)))
        intensities = [f"{name}_r" for name in ACTION_UNITS]
        presences = [f"{name}_c" for name in ACTION_UNITS]
        assert [*read.columns] == [
            *(*HEAD, *GAZE, *ANGLES, *POSE),
            *(*intensities, *presences, "input"),
        ]
        assert intensities == sorted(intensities)

    def test_numbers_read_with_openfaces_types(self, tmp_path: Path) -> None:
        read = read_as_py_feat_does(export.openface_csv(measured(tmp_path))).drop(columns="input")
        whole = {name for name in read if read[name].dtype == np.int64}
        assert whole == {"frame", "face_id", "success"}
        assert {str(read[name].dtype) for name in set(read) - whole} == {"float64"}

    def test_features_can_be_picked_by_name(self, tmp_path: Path) -> None:
        text = export.openface_csv(measured(tmp_path))
        picked = read_as_py_feat_does(text, ["frame", *GAZE, "AU12_r", "AU12_c"])
        assert [*picked.columns] == ["frame", *GAZE, "AU12_r", "AU12_c", "input"]

    @pytest.mark.parametrize("absent", ["AU28_c", "pose_Tx", "x_0", "X_0", "p_scale"])
    def test_what_is_not_measured_is_not_faked(self, tmp_path: Path, absent: str) -> None:
        with pytest.raises(KeyError, match=absent):
            read_as_py_feat_does(export.openface_csv(measured(tmp_path)), [absent])

    def test_groups_that_no_face_has_are_left_out(self, tmp_path: Path) -> None:
        assert [*export.openface_rows(example_analysis(tmp_path)).columns] == HEAD
        no_iris = measured(tmp_path, **{name: np.nan for name in STRAIGHT if "gaze" in name})
        no_iris = replace(
            no_iris,
            faces=no_iris.faces.assign(**{n: np.nan for n in STRAIGHT if n.startswith("eye")}),
        )
        names = set(export.openface_rows(no_iris).columns)
        assert not names & {*GAZE, *ANGLES} and {*POSE, "AU01_r"} < names

    def test_a_video_without_a_face_has_all_columns_and_a_row_per_frame(
        self, tmp_path: Path
    ) -> None:
        none = example_analysis(tmp_path, n_faces=0, n_moments=0)
        read = read_as_py_feat_does(export.openface_csv(none)).drop(columns="input")
        assert tuple(read.columns) == export.OPENFACE_COLUMNS
        assert read["success"].tolist() == [0] * 40
        assert read[HEAD[:4]].iloc[1].tolist() == [26, 0, 1.0, 0.0]


class TestRows:
    def test_frames_count_from_one_and_every_frame_has_a_row(self, tmp_path: Path) -> None:
        analysis = measured(tmp_path)
        table = export.openface_rows(analysis)
        assert table["frame"].iat[0] == 1
        assert set(table["frame"] - 1) == set(analysis.samples["frame"])
        empty = table[table["success"] == 0]
        assert len(empty) == 10
        assert (empty[["face_id", "confidence"]] == 0).all(axis=None)
        assert empty.drop(columns=HEAD).isna().all(axis=None)

    def test_rows_are_sorted_by_frame_then_face(self, tmp_path: Path) -> None:
        table = export.openface_rows(measured(tmp_path))
        pairs = list(zip(table["frame"], table["face_id"], strict=True))
        assert pairs == sorted(pairs)

    def test_intensity_and_presence(self, tmp_path: Path) -> None:
        row = first(tmp_path, AU12=3.456, AU45=0.0)
        assert row["AU12_r"] == pytest.approx(3.456)
        assert (row["AU12_c"], row["AU45_c"]) == (1.0, 0.0)

    def test_what_was_not_measurable_at_one_face_is_an_empty_number(self, tmp_path: Path) -> None:
        analysis = measured(tmp_path)
        turned = analysis.faces["AU06"].where(analysis.faces["frame"] > 0)
        text = export.openface_csv(replace(analysis, faces=analysis.faces.assign(AU06=turned)))
        read = pd.read_csv(io.StringIO(text))
        assert np.isnan(read["AU06_r"].iat[0]) and np.isnan(read["AU06_c"].iat[0])
        assert read["AU06_r"].iat[1] == 0 and read["AU06_c"].iat[1] == 0

    def test_decimals_are_openfaces(self, tmp_path: Path) -> None:
        row = export.openface_csv(measured(tmp_path, AU12=1.23456)).splitlines()[1].split(",")
        assert "1.23" in row and "1.0" in row

    def test_there_are_no_blanks_and_no_negative_zeros(self, tmp_path: Path) -> None:
        text = export.openface_csv(measured(tmp_path))
        assert " " not in text and "-0.0," not in text


class TestDirections:
    def test_looking_into_the_camera(self, tmp_path: Path) -> None:
        row = first(tmp_path)
        assert row[GAZE].tolist() == [0, 0, -1, 0, 0, -1]
        assert row[[*ANGLES, *POSE]].abs().max() == 0

    @pytest.mark.parametrize(
        ("ours", "theirs", "sign"),
        [
            ("pitch_deg", "pose_Rx", -1),  # up is positive here, down in OpenFace
            ("yaw_deg", "pose_Ry", -1),  # the picture's right here, its left in OpenFace
            ("roll_deg", "pose_Rz", 1),  # clockwise in both
            ("gaze_yaw_deg", "gaze_angle_x", 1),  # the picture's right in both
            ("gaze_pitch_deg", "gaze_angle_y", -1),  # up is positive here, down in OpenFace
        ],
    )
    def test_one_angle_keeps_its_size_and_gets_openfaces_sign(
        self, tmp_path: Path, ours: str, theirs: str, sign: int
    ) -> None:
        row = first(tmp_path, **{ours: 20.0})
        others = [name for name in (*POSE, *ANGLES) if name != theirs]
        assert row[theirs] == pytest.approx(sign * np.deg2rad(20.0))
        assert row[others].abs().max() == pytest.approx(0, abs=1e-12)

    def test_a_turned_head_whose_eyes_look_straight_out_of_it_looks_where_it_points(
        self, tmp_path: Path
    ) -> None:
        row = first(tmp_path, yaw_deg=30.0, pitch_deg=-20.0, roll_deg=15.0)
        turn = Rotation.from_euler("yxz", [-30, 20, 15], degrees=True)  # about fixed axes
        np.testing.assert_allclose(row[GAZE[:3]].to_numpy(float), turn.apply([0, 0, -1]), atol=1e-6)
        assert row["gaze_0_x"] > 0 and row["gaze_0_y"] > 0  # to the picture's right and down

    def test_eyes_that_look_back_at_the_camera_undo_the_heads_turn(self, tmp_path: Path) -> None:
        row = first(tmp_path, yaw_deg=25.0, eye0_yaw_deg=-25.0, eye1_yaw_deg=-25.0)
        np.testing.assert_allclose(row[GAZE].to_numpy(float), [0, 0, -1, 0, 0, -1], atol=1e-6)

    def test_eye_0_is_on_the_pictures_left(self, tmp_path: Path) -> None:
        row = first(tmp_path, eye0_yaw_deg=10.0)
        assert row["gaze_0_x"] == pytest.approx(np.sin(np.deg2rad(10)))
        assert row["gaze_1_x"] == 0

    def test_directions_have_length_one(self, tmp_path: Path) -> None:
        row = first(tmp_path, yaw_deg=33.0, pitch_deg=12.0, eye0_yaw_deg=8.0, eye0_pitch_deg=-5.0)
        assert np.linalg.norm(row[GAZE[:3]].to_numpy(float)) == pytest.approx(1)

    def test_head_pose_is_the_same_rotation_in_openfaces_order(self) -> None:
        random = np.random.default_rng(2)
        pitch, yaw, roll = random.uniform(-80, 80, (3, 500))
        angles = openface.euler_xyz(
            openface.head_rotation(np.deg2rad(pitch), np.deg2rad(yaw), np.deg2rad(roll))
        )
        ours = Rotation.from_euler("yxz", np.stack([-yaw, -pitch, roll], 1), degrees=True)
        theirs = Rotation.from_euler("XYZ", angles)  # Rx * Ry * Rz
        assert (ours * theirs.inv()).magnitude().max() < 1e-6

    def test_a_pose_that_is_not_measured_gives_no_gaze_vector_but_gaze_angles(
        self, tmp_path: Path
    ) -> None:
        row = first(tmp_path, yaw_deg=[np.nan, *[0.0] * 43], gaze_yaw_deg=5.0)
        assert row[[*POSE, *GAZE]].isna().all()
        assert row["gaze_angle_x"] == pytest.approx(np.deg2rad(5))


def test_the_table_knows_every_column_that_is_converted() -> None:
    assert set(STRAIGHT) <= set(tables.FACE_COLUMNS)
