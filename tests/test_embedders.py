"""Vectors of faces: the contract of every embedder, its missing weights, and joining tracks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import skimage.data

from facemotion import models, pipeline
from facemotion.errors import ModelError, SettingsError
from facemotion.models import files, store
from facemotion.models.alignment import FIVE_POINTS
from facemotion.models.embedders.deepface_graphs import Facenet, SFace
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.people import edits
from facemotion.people.identity import identify, joined, vectors
from facemotion.people.portraits import portraits
from facemotion.records import EMOTIONS, Settings
from facemotion.tables import faces_table
from tests import onnx_files

BACKENDS = {"sface": SFace, "facenet": Facenet}
MATRICES = {
    "sface": np.random.default_rng(1).normal(size=(147, 128)).astype(np.float32),
    "facenet": np.random.default_rng(2).normal(size=(192, 128)).astype(np.float32),
}
WRITERS = {"sface": onnx_files.write_sface, "facenet": onnx_files.write_facenet}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of deepface; any way to the internet is an error.

    Nobody has published the hashes of what these tests put there.
    """
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    for name in BACKENDS:
        (file,) = files.FILES[name]
        unknown = replace(file, n_bytes=None, sha256=None, git_blob=None)
        monkeypatch.setitem(files.FILES, name, (unknown,))
    from deepface.commons import weight_utils

    def refuse(url: str) -> None:
        raise AssertionError(f"asked for {url}")

    monkeypatch.setattr(weight_utils, "ensure_source_is_reachable", refuse)
    return tmp_path


@pytest.fixture
def weights(home: Path) -> Path:
    """Graphs with the inputs and outputs of the true ones, and known weights."""
    folder = home / ".deepface" / "weights"
    for name, write in WRITERS.items():
        write(home / _path(name), MATRICES[name])
    return folder


def _path(name: str) -> str:
    return files.FILES[name][0].path


@pytest.fixture(scope="module")
def portrait() -> tuple[np.ndarray, Mesh]:
    picture: np.ndarray = skimage.data.astronaut()
    return picture, FaceMesh().fit(picture, np.array([175, 80, 95, 95], np.float32), None)


@pytest.mark.parametrize("name", models.EMBEDDERS)
class TestEveryEmbedder:
    def test_gives_vectors_of_length_one(self, name: str, weights: Path) -> None:
        embedder = models.embedder(name)
        assert embedder is not None
        size = embedder.crop_size
        crops = np.random.default_rng(3).integers(0, 256, (3, size, size, 3), np.uint8)
        found = embedder.embed(crops)
        assert found.shape == (3, 128) and found.dtype == np.float32
        assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
        assert np.concatenate([embedder.embed(c[None]) for c in crops]) == pytest.approx(found)
        assert embedder.embed(crops[:0]).shape == (0, 128)

    def test_cuts_square_crops_with_the_face_in_them(
        self, name: str, weights: Path, portrait: tuple[np.ndarray, Mesh]
    ) -> None:
        embedder = models.embedder(name)
        assert embedder is not None
        crop = embedder.cut(*portrait)
        assert crop.shape == (embedder.crop_size,) * 2 + (3,) and crop.dtype == np.uint8
        (found,) = models.detector("blazeface").detect(crop, 0.5).boxes_xywh
        assert found[2] > 0.5 * embedder.crop_size

    def test_missing_weights_are_told_and_not_fetched(self, name: str, home: Path) -> None:
        with pytest.raises(ModelError, match=f"are not fetched unasked.*models get {name}") as told:
            models.embedder(name)
        assert str(store.folder() / _path(name)) in str(told.value)
        assert "\n" not in str(told.value)
        assert list(home.iterdir()) == []

    def test_broken_weights_are_told(self, name: str, weights: Path) -> None:
        (weights.parents[1] / _path(name)).write_bytes(b"<html>Not found</html>")
        with pytest.raises(ModelError, match=f"that ONNX Runtime can run.*models get {name}"):
            models.embedder(name)

    def test_the_store_comes_before_deepfaces_own_folder(
        self, name: str, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path / "store"))
        WRITERS[name](tmp_path / "store" / _path(name), -MATRICES[name])
        theirs = weights.parents[1] / _path(name)
        theirs.write_bytes(b"not a model")
        embedder = models.embedder(name)
        assert embedder is not None and os.environ["DEEPFACE_HOME"] == str(tmp_path)
        size = embedder.crop_size
        crop = np.random.default_rng(3).integers(0, 256, (1, size, size, 3), np.uint8)
        ours = embedder.embed(crop)
        WRITERS[name](theirs, MATRICES[name])
        (tmp_path / "store" / _path(name)).unlink()
        again = models.embedder(name)
        assert again is not None and again.embed(crop) == pytest.approx(-ours, abs=1e-6)

    def test_the_key_knows_the_weights(self, name: str, weights: Path) -> None:
        assert models.fingerprint("embedder", name).startswith(f"{name}-v1-")


def test_sface_gets_red_first_and_whole_numbers(weights: Path) -> None:
    crop = np.random.default_rng(4).integers(0, 256, (112, 112, 3), np.uint8)
    small = crop.astype(np.float64).reshape(7, 16, 7, 16, 3).mean(axis=(1, 3))
    expected = small.transpose(2, 0, 1).reshape(-1) @ MATRICES["sface"]
    (found,) = SFace().embed(crop[None])
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_facenet_gets_blue_first_and_0_to_1(weights: Path) -> None:
    crop = np.random.default_rng(5).integers(0, 256, (160, 160, 3), np.uint8)
    blue_first = (crop[..., ::-1].astype(np.float64) + 0.5) / 255
    small = blue_first.reshape(8, 20, 8, 20, 3).mean(axis=(1, 3))
    expected = small.transpose(2, 0, 1).reshape(-1) @ MATRICES["facenet"]
    (found,) = Facenet().embed(crop[None])
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_sface_crops_have_eyes_nose_and_mouth_in_their_places(
    weights: Path, portrait: tuple[np.ndarray, Mesh]
) -> None:
    picture, mesh = portrait
    turn = cv2.getRotationMatrix2D((220, 130), 30, 1.5)
    turned = cv2.warpAffine(picture, turn, (512, 512))
    places = np.concatenate(
        [mesh.points[:, :2] @ turn[:, :2].T + turn[:, 2], mesh.points[:, 2:]], 1
    )
    crop = SFace().cut(turned, Mesh(places.astype(np.float32), 1.0))
    found = FaceMesh().fit(crop, np.array([16, 20, 80, 90], np.float32), None)
    # A smile lifts the corners of the mouth above the places of a face at rest.
    nose_and_mouth = found.points[[1, 61, 291], :2]
    assert np.concatenate([found.eyes, nose_and_mouth]) == pytest.approx(FIVE_POINTS, abs=8)


def test_loading_an_embedder_leaves_tensorflow_alone(weights: Path) -> None:
    code = (
        "import sys\nfrom facemotion import models\nassert models.embedder('facenet')\n"
        "print({'tensorflow', 'tf_keras', 'torch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_none_is_no_embedder_and_auto_takes_what_is_there(home: Path) -> None:
    assert models.embedder("none") is None
    assert models.embedder("auto") is None
    path = home / _path("facenet")
    onnx_files.write_facenet(path, MATRICES["facenet"])
    assert models.embedder_name("auto") == "facenet"
    assert isinstance(models.embedder("auto"), Facenet)


def test_an_unknown_embedder_answers_with_the_choices() -> None:
    with pytest.raises(SettingsError, match="Choose one of: none, auto, sface, facenet"):
        models.embedder("arcface")


class ByColour:
    """An embedder for tests: the mean colour of the picture, whatever is in it."""

    version = 1
    crop_size = 8
    min_similarity = 0.9
    runs = 0

    def __init__(self) -> None:
        ByColour.runs += 1

    @staticmethod
    def weights() -> list[Path]:
        return []

    def cut(self, rgb: np.ndarray, mesh: Mesh) -> np.ndarray:
        return cv2.resize(rgb, (8, 8), interpolation=cv2.INTER_AREA)

    def embed(self, crops: np.ndarray) -> np.ndarray:
        mean = crops.astype(np.float32).mean(axis=(1, 2)) + 1e-3
        unit: np.ndarray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit


def table(tracks: dict[int, Iterable[int]]) -> pd.DataFrame:
    """Faces where the portrait's face is; a track is its number and its frames."""
    rows = [
        {
            "frame": frame,
            "timestamp": frame / 10,
            "face_id": track,
            "confidence": 0.9,
            **{"x": 175.0, "y": 80.0, "w": 95.0, "h": 95.0},
            "sharpness": 0.5,
            **dict.fromkeys(EMOTIONS, 1 / 7),
            "source": "local",
        }
        for track, frames in tracks.items()
        for frame in frames
    ]
    return faces_table(rows)


def turned(degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def people(faces: pd.DataFrame) -> dict[int, int]:
    pairs = faces[["track_id", "face_id"]].drop_duplicates()
    return {int(track): int(face) for track, face in pairs.itertuples(index=False)}


def test_alike_tracks_are_one_person_and_others_are_not() -> None:
    faces = table({0: [0, 1], 1: [2], 2: [3], 3: [4]})
    found = joined(faces, {0: turned(0), 1: turned(90), 2: turned(10), 3: turned(95)}, 0.9)
    assert people(found) == {0: 0, 1: 1, 2: 0, 3: 1}
    assert found["person"].tolist() == ["Face 0", "Face 0", "Face 1", "Face 0", "Face 1"]
    assert found.dtypes.equals(faces.dtypes)


def test_two_of_one_frame_are_never_one_person() -> None:
    faces = table({0: [0, 1, 2], 1: [2, 3], 2: [5]})
    found = joined(faces, {0: turned(0), 1: turned(0), 2: turned(1)}, 0.9)
    # 2 joins one of the twins; the other is kept from both by the frame that the twins share.
    assert people(found) == {0: 0, 1: 1, 2: 0}


def test_a_group_is_compared_by_its_mean_and_not_by_its_outermost() -> None:
    # Each is 20 degrees from the next: a chain would join all four although the ends are 60 apart.
    faces = table({0: [0], 1: [1], 2: [2], 3: [3]})
    by_track = {0: turned(0), 1: turned(20), 2: turned(40), 3: turned(60)}
    found = joined(faces, by_track, float(np.cos(np.deg2rad(25))))
    assert people(found) == {0: 0, 1: 0, 2: 2, 3: 2}


def test_a_track_without_a_vector_stays_by_itself() -> None:
    faces = table({0: [0], 1: [1], 2: [2]})
    assert people(joined(faces, {0: turned(0), 2: turned(0)}, 0.9)) == {0: 0, 1: 1, 2: 0}
    assert people(joined(faces, {}, 0.9)) == {0: 0, 1: 1, 2: 2}


def test_frames_are_looked_at_three_times_a_track_and_a_few_at_once(
    portrait: tuple[np.ndarray, Mesh],
) -> None:
    red, blue = portrait[0] * np.uint8([1, 0, 0]), portrait[0] * np.uint8([0, 0, 1])
    faces = table({0: range(30), 1: range(30, 60), 2: range(60, 90), 3: [95]})
    asked: list[list[int]] = []

    def grab(frames: Iterable[int]) -> dict[int, np.ndarray]:
        asked.append(list(frames))
        return {f: blue if 30 <= f < 60 else red for f in asked[-1] if f != 95}

    told: list[tuple[int, int]] = []
    found = identify(faces, grab, ByColour(), lambda done, total: told.append((done, total)))
    assert people(found) == {0: 0, 1: 1, 2: 0, 3: 3}  # 3 was in a damaged frame only
    assert sum(len(frames) for frames in asked) == 10
    assert max(len(frames) for frames in asked) <= 24
    assert told[-1] == (10, 10)


def test_nothing_that_is_no_face_is_compared() -> None:
    faces = table({0: [0]})
    grey = np.full((512, 512, 3), 128, np.uint8)
    assert vectors(faces, lambda frames: dict.fromkeys(frames, grey), ByColour()) == {}


def test_a_portrait_is_sharp_frontal_and_large() -> None:
    faces = table({0: range(6), 1: [9]})
    faces["yaw_deg"] = np.float32([0, 0, 40, 0, 0, 0, 0])
    faces["sharpness"] = np.float32([0.2, 0.5, 0.9, 0.6, 0.9, 0.3, 0.1])
    faces["w"] = np.float32([95, 95, 95, 95, 20, 95, 95])
    assert portraits(faces, "track_id")["frame"].tolist() == [2, 9]
    faces.loc[2, "yaw_deg"] = 70.0
    assert portraits(faces, "track_id")["frame"].tolist() == [3, 9]
    assert portraits(faces, "track_id", 3)["frame"].tolist() == [1, 3, 4, 9]


def test_the_pipeline_joins_tracks_once_and_edits_come_on_top(
    cache_root: Path, visits_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(models.EMBEDDERS, "colour", f"{__name__}:ByColour")
    apart = pipeline.run(str(visits_clip), Settings(every_s=0.2), cache_root=cache_root)
    assert sorted(apart.faces["face_id"].unique()) == [0, 1]
    before = ByColour.runs
    settings = Settings(every_s=0.2, embedder="colour")
    for again in (
        pipeline.run(str(visits_clip), settings, cache_root=cache_root),
        pipeline.run(str(visits_clip), settings, cache_root=cache_root),
    ):
        assert people(again.faces) == {0: 0, 1: 0}
        assert {moment.person for moment in again.moments} == {"Face 0"}
    assert ByColour.runs == before + 1
    split = edits.split(again.faces, 0)
    pipeline.edit_people(
        again.analysis_id, lambda old: old.with_decisions(split), cache_root=cache_root
    )
    monkeypatch.delitem(models.EMBEDDERS, "colour")
    with pytest.raises(SettingsError):
        pipeline.run(str(visits_clip), settings, cache_root=cache_root)


def test_what_was_joined_stays_when_the_weights_are_gone(
    home: Path, cache_root: Path, visits_clip: Path
) -> None:
    path = home / _path("sface")
    onnx_files.write_sface(path, np.abs(MATRICES["sface"]))  # all faces are alike
    settings = Settings(every_s=0.2, embedder="sface")
    found = pipeline.run(str(visits_clip), settings, cache_root=cache_root)
    assert people(found.faces) == {0: 0, 1: 0}
    path.unlink()
    assert people(pipeline.reopen(found.analysis_id, cache_root=cache_root).faces) == {0: 0, 1: 0}
    with pytest.raises(ModelError, match="not fetched unasked"):
        pipeline.run(str(visits_clip), settings, cache_root=cache_root)


def test_missing_weights_are_told_before_anything_is_done(
    home: Path, cache_root: Path, visits_clip: Path
) -> None:
    with pytest.raises(ModelError, match="not fetched unasked"):
        pipeline.run(str(visits_clip), Settings(embedder="facenet"), cache_root=cache_root)
    assert [path.name for path in cache_root.iterdir()] == ["models"]
