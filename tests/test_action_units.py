"""Action units: a muscle that is known to move is seen to move, and doubts are said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from facemotion import demo, models, pipeline
from facemotion.action_units import TABLE, WORDS, present, reliability, with_intensities
from facemotion.action_units.geometry import LENGTHS
from facemotion.action_units.motion import SITES, displacements
from facemotion.action_units.neutral import neutral_rows
from facemotion.action_units.population import NEUTRAL, SPREAD
from facemotion.faces import LANDMARKS
from facemotion.faces.evidence import evidence
from facemotion.models.iris import IrisModel
from facemotion.models.mesh import FaceMesh
from facemotion.models.normalised import HEIGHT, PER_UNIT, WIDTH
from facemotion.people import edits
from facemotion.records import ACTION_UNITS, EMOTIONS, Settings
from facemotion.tables import faces_table

FOLLOWED = ("AU01", "AU02", "AU04", "AU05", "AU12", "AU15", "AU20", "AU25", "AU26", "AU45")
N_NEUTRAL = 6


def _row(time_s: float, **values: object) -> dict[str, object]:
    return {
        "frame": round(time_s * 25),
        "timestamp": time_s,
        "face_id": 0,
        "confidence": 0.9,
        **{"x": 10.0, "y": 10.0, "w": 150.0, "h": 150.0, "mesh_score": 1.0},
        **{"pitch_deg": 0.0, "yaw_deg": 0.0, "roll_deg": 0.0, "sharpness": 0.8},
        **{e: float(e == "neutral") for e in EMOTIONS},
        "source": "local",
        **values,
    }


@pytest.fixture(scope="module")
def played() -> pd.DataFrame:
    """The portrait: six neutral pictures, then every followed unit at half and at full."""
    animator, detector = demo.animator(), models.detector("blazeface")
    mesh_model, iris = FaceMesh(), IrisModel()
    rows, labels = [], []
    # Slightly different neutral pictures, so that the neutral face is a mean as in a video.
    plays = [("neutral", 0.0)] * N_NEUTRAL + [(u, a) for u in FOLLOWED for a in (0.5, 1.0)]
    for number, (unit, amount) in enumerate(plays):
        sway = {"yaw_deg": (number % 3) - 1.0} if unit == "neutral" else {}
        rgb = animator.render_frame({unit: amount} if amount else {}, **sway)
        found = detector.detect(rgb, 0.5)
        assert found.eyes is not None
        mesh = mesh_model.fit(rgb, found.boxes_xywh[0], found.eyes[0])
        told = evidence(rgb, found.boxes_xywh[0], mesh, iris)
        box = dict(zip("xywh", map(float, found.boxes_xywh[0]), strict=True))
        rows.append(_row(number / 25, **box, **told))
        labels.append(f"{unit} {amount}")
    marks = pd.DataFrame({name: [row[name] for row in rows] for name in ("lengths", "front")})
    faces = faces_table(rows)
    told_s = (0.0, (N_NEUTRAL - 1) / 25)
    return with_intensities(faces, marks, lambda _: told_s).assign(label=labels)


def test_the_table_has_the_seventeen_in_order_and_every_row_is_complete() -> None:
    assert tuple(TABLE) == ACTION_UNITS
    for unit in TABLE.values():
        assert unit.name and unit.muscle and unit.formula and unit.source.startswith("FACS")
        assert unit.full > 0 and unit.reliability in WORDS[:3]


@pytest.mark.parametrize("unit", FOLLOWED)
def test_a_unit_rises_with_its_muscle(played: pd.DataFrame, unit: str) -> None:
    half, full = (played.loc[played["label"] == f"{unit} {a}", unit].item() for a in (0.5, 1.0))
    assert 0 <= half < full
    assert full > 0.7


@pytest.mark.parametrize("unit", FOLLOWED)
def test_the_muscle_that_moves_is_the_one_that_is_told(played: pd.DataFrame, unit: str) -> None:
    row = played[played["label"] == f"{unit} 1.0"].iloc[0]
    # A jaw cannot drop with the lips closed, and raised lids narrow nothing.
    allowed = {"AU26": ("AU25",)}.get(unit, ())
    others = row[[u for u in FOLLOWED if u != unit and u not in allowed]].astype(float)
    assert row[unit] > others.max()


def test_a_neutral_face_shows_next_to_nothing(played: pd.DataFrame) -> None:
    neutral = played[played["label"] == "neutral 0.0"]
    assert neutral[list(ACTION_UNITS)].to_numpy().mean() < 0.1
    assert not present(neutral).to_numpy().any()
    assert set(played["baseline"]) == {"range"}


def test_a_patch_that_was_moved_is_found_where_it_went() -> None:
    rng = np.random.default_rng(3)
    import cv2

    neutral = cv2.GaussianBlur(rng.integers(0, 256, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 2)
    neutral = 128 + 6 * (neutral - neutral.mean())
    moved = [np.roll(neutral, shift, axis=(0, 1)) for shift in ((0, 0), (-2, 1), (1, -1))]
    crops = np.clip(np.stack(moved), 0, 255).astype(np.uint8)
    for name, found in displacements(crops, np.clip(neutral, 0, 255)).items():
        expected = np.array([[0, 0], [1, -2], [-1, 1]]) / PER_UNIT
        assert found[:, :2] == pytest.approx(expected, abs=0.5 / PER_UNIT), name
        assert (found[:, 2] > 0.8).all(), name


def test_skin_without_texture_has_not_moved() -> None:
    flat = np.full((4, HEIGHT, WIDTH), 90, np.uint8)
    found = displacements(flat, flat[0].astype(np.float32))
    assert set(found) == set(SITES)
    assert not any(shift.any() for shift in found.values())


def test_the_most_neutral_samples_are_a_persons_neutral_face() -> None:
    neutral = [0.2, 0.9, 0.1, 0.8, 0.3, 0.2, 0.95, 0.1, 0.85, 0.2]
    rows = [_row(i, neutral=p, happy=1 - p) for i, p in enumerate(neutral)]
    found = neutral_rows(faces_table(rows), np.zeros((10, 3), np.float32))
    assert found is not None
    assert found.tolist() == [1, 3, 6, 8]


def test_a_raised_brow_that_passes_for_neutral_is_no_neutral_face() -> None:
    rows = [_row(i, neutral=0.95 if i % 5 == 0 else 0.85, happy=0.05) for i in range(40)]
    lengths = np.random.default_rng(1).normal(0, 0.01, (40, 3)).astype(np.float32)
    lengths[::5, 0] += 0.3
    found = neutral_rows(faces_table(rows), lengths)
    assert found is not None
    assert len(found) == 8 and not (found % 5 == 0).any()


def test_who_smiles_throughout_or_is_seen_briefly_has_shown_no_neutral_face() -> None:
    smiling = [_row(i, neutral=0.1, happy=0.9) for i in range(30)]
    assert neutral_rows(faces_table(smiling), np.zeros((30, 3), np.float32)) is None
    brief = faces_table([_row(i) for i in range(7)])
    assert neutral_rows(brief, np.zeros((7, 3), np.float32)) is None


def _with_units(**values: object) -> pd.DataFrame:
    units = dict.fromkeys(ACTION_UNITS, 2.0)
    return faces_table([_row(0, baseline="own", **units, **values)])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "good"),
        ({"yaw_deg": -25.0}, "fair"),
        ({"baseline": "population"}, "fair"),
        ({"w": 60.0}, "fair"),
        ({"w": 60.0, "yaw_deg": 25.0}, "weak"),
        ({"w": 60.0, "yaw_deg": 25.0, "mesh_score": 0.2, "baseline": ""}, "weak"),
        ({"AU12": np.nan}, "not measurable"),
    ],
)
def test_reliability_falls_with_every_reason_to_doubt(change: dict[str, object], word: str) -> None:
    row = {**_row(0), **dict.fromkeys(ACTION_UNITS, 2.0), "baseline": "own", **change}
    assert reliability(faces_table([row]))["AU12"].item() == word


@pytest.mark.parametrize("change", [{"yaw_deg": 50.0}, {"pitch_deg": -45.0}, {"w": 30.0}])
def test_a_face_turned_away_or_tiny_has_no_intensities(change: dict[str, object]) -> None:
    row = _row(0, **change)
    marks = pd.DataFrame({"lengths": [NEUTRAL.tobytes()], "front": [bytes(HEIGHT * WIDTH)]})
    measured = with_intensities(faces_table([row]), marks)
    assert measured[list(ACTION_UNITS)].isna().all(axis=None)
    assert (reliability(measured) == "not measurable").all(axis=None)


def test_against_people_at_large_a_smile_is_a_smile_and_skin_cannot_tell() -> None:
    smiling = NEUTRAL.copy()
    for name in ("corner_up0", "corner_up1", "corner_out0", "corner_out1"):
        smiling[LENGTHS.index(name)] += 0.12
    marks = pd.DataFrame(
        {"lengths": [v.tobytes() for v in (NEUTRAL, smiling)], "front": [bytes(HEIGHT * WIDTH)] * 2}
    )
    measured = with_intensities(faces_table([_row(0), _row(1)]), marks)
    assert measured["baseline"].tolist() == ["population"] * 2
    units = measured[list(ACTION_UNITS)].iloc[1]
    assert units.idxmax() == "AU12" and units["AU12"] > 3
    assert measured["AU12"].iloc[0] == 0
    assert set(units[units.isna()].index) == set(ACTION_UNITS) - set(SPREAD)


def test_a_face_without_evidence_is_not_measured() -> None:
    marks = pd.DataFrame({"lengths": [None], "front": [None]})
    measured = with_intensities(faces_table([_row(0)]), marks)
    assert measured[list(ACTION_UNITS)].isna().all(axis=None)
    assert measured["baseline"].tolist() == [""]


def test_landmarks_lie_beside_the_faces_and_lead_back_to_the_picture(
    portrait_clip: Path, cache_root: Path
) -> None:
    analysis = pipeline.run(portrait_clip, Settings(every_s=1), cache_root=cache_root)
    (path,) = analysis.folder.parent.glob(f"faces-*/{LANDMARKS}")
    table = pq.read_table(path)
    assert table.num_rows == len(analysis.faces)
    row = table.slice(0, 1).to_pydict()
    points = np.array(row["points"][0], dtype=np.float64).reshape(468, 3)
    eyes = row["x"][0] + row["w"][0] * points[[33, 263], 0]
    face = analysis.faces.iloc[0]
    assert face["x"] < eyes[0] < eyes[1] < face["x"] + face["w"]
    assert np.shape(row["iris"][0]) == (20,)


def test_landmarks_can_be_left_out(portrait_clip: Path, cache_root: Path) -> None:
    analysis = pipeline.run(
        portrait_clip, Settings(every_s=2, landmarks=False), cache_root=cache_root
    )
    assert not list(analysis.folder.parent.glob(f"faces-*/{LANDMARKS}"))
    assert analysis.faces["yaw_deg"].notna().all()


def test_a_stretch_called_neutral_for_one_person_counts_and_can_be_taken_back(
    portrait_clip: Path, cache_root: Path
) -> None:
    analysis = pipeline.run(portrait_clip, Settings(every_s=0.25), cache_root=cache_root)
    before = analysis.faces
    said = edits.neutral(before, 0, 0.0, 2.0)
    pipeline.edit_people(
        analysis.analysis_id, lambda made: made.with_decisions(said), cache_root=cache_root
    )
    told = pipeline.reopen(analysis.analysis_id, cache_root=cache_root).faces
    assert set(before["baseline"]) == {"population"}, "the portrait smiles throughout"
    assert set(told["baseline"]) == {"range"}
    assert told["AU12"].max() < before["AU12"].min(), "a smile that is called neutral is none"
    assert not np.allclose(told["valence"], before["valence"])
    pipeline.edit_people(analysis.analysis_id, lambda _: edits.Edits(), cache_root=cache_root)
    again = pipeline.reopen(analysis.analysis_id, cache_root=cache_root).faces
    pd.testing.assert_frame_equal(again, before)


def test_a_stretch_called_neutral_for_everybody_counts(
    portrait_clip: Path, cache_root: Path
) -> None:
    settings = Settings(every_s=0.5, baseline_start_s=0.0, baseline_end_s=3.0)
    analysis = pipeline.run(portrait_clip, settings, cache_root=cache_root)
    assert set(analysis.faces["baseline"]) == {"range"}
