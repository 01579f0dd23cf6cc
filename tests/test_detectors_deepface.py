"""deepface's detectors: its own names, its words, its weights, and that it fetches none."""

from __future__ import annotations

import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from facemotion import models
from facemotion.errors import ModelError, SettingsError
from facemotion.models import files
from tests import red_finders
from tests.detector_scenes import RED, refuse_the_internet, same, scene_of, use_store, with_squares


@pytest.fixture(autouse=True)
def weights(red_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights set by hand in use; nobody has published their hashes."""
    use_store(red_weights, monkeypatch)
    return red_weights


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    picture: np.ndarray = skimage.data.astronaut()
    return picture


class TestRetinaface:
    @pytest.mark.parametrize(("side", "place"), [(40, 80), (80, 96), (160, 128)])
    def test_reads_the_outputs_of_every_stride(self, side: int, place: int) -> None:
        picture = with_squares((1024, 1024), side, (place, 96, RED))
        (found,) = models.detector("retinaface").detect(picture, 0.5).boxes_xywh
        assert found == pytest.approx([place, 96 - side / 8, side, 1.25 * side], abs=2)

    def test_weights_that_have_changed_are_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = scene_of("retinaface").picture
        assert len(models.detector("retinaface").detect(picture, 0.5)) == 1
        use_store(tmp_path, monkeypatch)
        red_finders.write_retinaface(tmp_path / files.FILES["retinaface"][0].path, red_first=False)
        assert len(models.detector("retinaface").detect(picture, 0.5)) == 0
        assert len(models.detector("retinaface").detect(picture[..., ::-1].copy(), 0.5)) == 1

    def test_running_on_tensorflow_already_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from retinaface.commons import backend_utils

        monkeypatch.setattr(backend_utils, "_backend_engine", "tensorflow")
        with pytest.raises(ModelError, match="runs on tensorflow in this process already"):
            models.detector("retinaface")


@pytest.mark.parametrize(("side", "place"), [(80, 192), (160, 192)])
def test_ssd_reads_both_of_its_levels(side: int, place: int) -> None:
    picture = with_squares((600, 600), side, (place, 96, RED))
    (found,) = models.detector("ssd").detect(picture, 0.5).boxes_xywh
    assert found == pytest.approx([place, 96 - side / 8, side, 1.25 * side], abs=3)


def test_centerface_answers_alike_whatever_it_saw_before() -> None:
    detector = models.detector("centerface")
    scene = scene_of("centerface")
    first = detector.detect(scene.picture, 0.5)
    detector.detect(cv2.resize(scene.pair, (320, 256)), 0.5)
    same(detector.detect(scene.picture, 0.5), first)


class TestDeepfaceByName:
    def test_knows_the_three_by_their_names_as_well(self) -> None:
        for name in ("retinaface", "ssd", "centerface"):
            picture = scene_of(name).picture
            same(
                models.detector(f"deepface:{name}").detect(picture, 0.5),
                models.detector(name).detect(picture, 0.5),
            )

    def test_its_yunet_and_ours_find_the_same(self) -> None:
        picture = scene_of("yunet").picture
        theirs = models.detector("deepface:yunet").detect(picture, 0.5)
        ours = models.detector("yunet").detect(picture, 0.5)
        assert theirs.boxes_xywh == pytest.approx(ours.boxes_xywh, abs=1)
        assert theirs.eyes == pytest.approx(ours.eyes, abs=1)

    def test_its_mtcnn_and_ours_find_the_same(self, portrait: np.ndarray) -> None:
        theirs = models.detector("deepface:mtcnn").detect(portrait, 0.8)
        ours = models.detector("mtcnn").detect(portrait, 0.8)
        same(theirs, ours)

    def test_an_unknown_name_answers_with_those_of_deepface(self) -> None:
        with pytest.raises(SettingsError, match=r"'nosuch'\. Choose one of: centerface, dlib"):
            models.detector("deepface:nosuch")

    @pytest.mark.parametrize(
        ("name", "package"),
        [("dlib", "dlib"), ("mediapipe", "mediapipe"), ("yolov8n", "ultralytics")],
    )
    def test_a_missing_package_is_told_in_deepfaces_words(
        self, name: str, package: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        for ask in (models.detector, lambda name: models.fingerprint("detector", name)):
            with pytest.raises(ModelError, match=f"'pip install {package}'") as caught:
                ask(f"deepface:{name}")
            assert "\n" not in str(caught.value)

    def test_nothing_is_fetched_unasked(
        self, weights: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refuse_the_internet(monkeypatch)
        monkeypatch.setitem(sys.modules, "dlib", types.ModuleType("dlib"))
        with pytest.raises(ModelError) as caught:
            models.detector("deepface:dlib")
        told = str(caught.value)
        assert "needs shape_predictor_5_face_landmarks.dat, which is not on this machine" in told
        assert "https://dlib.net/files/" in told and "unpack it" in told
        assert f"put it into {weights / '.deepface/weights'}." in told

    def test_its_own_downloader_is_back_afterwards(self) -> None:
        from deepface.commons import weight_utils

        before = weight_utils.download_weights_if_necessary
        models.detector("deepface:ssd")
        assert weight_utils.download_weights_if_necessary is before

    def test_weights_that_somebody_has_put_there_are_named_and_used(
        self, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = types.ModuleType("ultralytics")
        package.__version__ = "8.4.0"
        package.YOLO = FakeYolo
        monkeypatch.setitem(sys.modules, "ultralytics", package)
        use_store(tmp_path, monkeypatch)
        path = tmp_path / ".deepface/weights/yolov8n-face.pt"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"weights")
        assert models.backend("detector", "deepface:yolov8n").weights() == [path]
        with pytest.raises(ModelError, match=f"read {path}"):
            models.detector("deepface:yolov8n")

    def test_mediapipe_gets_red_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[np.ndarray] = []

        def process(picture: np.ndarray) -> types.SimpleNamespace:
            seen.append(picture)
            return types.SimpleNamespace(detections=None)

        network = types.SimpleNamespace(process=process)
        detection = types.SimpleNamespace(FaceDetection=lambda **_: network)
        package = types.ModuleType("mediapipe")
        package.__spec__ = ModuleSpec("mediapipe", None)
        package.solutions = types.SimpleNamespace(face_detection=detection)
        monkeypatch.setitem(sys.modules, "mediapipe", package)
        picture = scene_of("yunet").picture
        assert len(models.detector("deepface:mediapipe").detect(picture, 0.5)) == 0
        assert np.array_equal(seen[-1], picture)


class FakeYolo:
    def __init__(self, path: str) -> None:
        raise RuntimeError(f"read {path}")
