"""What is particular to single detectors; for what all of them promise see ``test_detectors``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from facemotion import models
from facemotion.errors import ModelError
from facemotion.models.detectors import mtcnn, proposals, yunet
from facemotion.models.detectors.blazeface import tiles
from tests.detector_scenes import RED, use_store, with_squares

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def weights(red_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights set by hand in use; nobody has published their hashes."""
    use_store(red_weights, monkeypatch)
    return red_weights


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    picture: np.ndarray = skimage.data.astronaut()
    return picture


class TestMtcnn:
    def test_answers_what_its_package_answers_to_red_first(self, portrait: np.ndarray) -> None:
        detector = models.detector("mtcnn")
        from mtcnn import MTCNN

        (theirs,) = MTCNN().detect_faces(portrait)
        ours = detector.detect(portrait, 0.8)  # the threshold that the package has
        assert ours.boxes_xywh[0].tolist() == theirs["box"]
        assert ours.scores == pytest.approx([theirs["confidence"]])
        assert ours.eyes is not None
        points = theirs["keypoints"]
        assert ours.eyes[0].tolist() == [list(points["left_eye"]), list(points["right_eye"])]
        swapped = detector.detect(portrait[..., ::-1].copy(), 0.8)
        assert abs(float(swapped.scores[0]) - float(ours.scores[0])) > 1e-4

    def test_without_its_package_it_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def none_there(*_: str) -> Path:
            raise ModelError("missing")

        monkeypatch.setattr(mtcnn, "package_file", none_there)
        with pytest.raises(ModelError, match=r"pip install mtcnn==1\.0\.0"):
            models.detector("mtcnn")

    def test_without_tensorflow_it_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in [name for name in sys.modules if name.split(".")[0] == "mtcnn"]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, "tensorflow", None)
        with pytest.raises(ModelError, match=r"cannot be loaded \(.*\)\. Run 'pip install .*'"):
            models.detector("mtcnn")

    def test_tells_nothing_on_the_terminal(self) -> None:
        code = (
            "import numpy; from facemotion import models\n"
            "models.detector('mtcnn').detect(numpy.zeros((64, 64, 3), numpy.uint8), 0.5)"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("", "")

    @pytest.mark.parametrize("seed", range(3))
    def test_endures_noise_of_any_size(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        detector = models.detector("mtcnn")
        for shape in ((20, 20), (21, 300), (25, 25), (37, 900)):
            picture = rng.integers(0, 256, (*shape, 3), np.uint8)
            assert detector.detect(picture, 0.05).boxes_xywh.shape[1] == 4


class TestYunet:
    @pytest.mark.parametrize(("side", "place"), [(40, 200), (80, 208), (160, 224)])
    def test_finds_on_every_grid(self, side: int, place: int) -> None:
        picture = with_squares((512, 640), side, (place, 96, RED))
        (found,) = models.detector("yunet").detect(picture, 0.5).boxes_xywh
        assert found == pytest.approx([place, 96 - side / 8, side, 1.25 * side], abs=1)

    def test_finds_small_faces_in_a_large_picture_at_a_second_look(self) -> None:
        picture = with_squares((1080, 1920), 40, (800, 400, RED))
        (found,) = models.detector("yunet").detect(picture, 0.5).boxes_xywh
        assert found == pytest.approx([800, 395, 40, 50], abs=1)

    def test_large_faces_count_only_where_the_picture_is_small(self) -> None:
        # 160 pixels at full size, where it is found as well: but once.
        picture = with_squares((960, 1280), 80, (400, 160, RED))
        assert len(models.detector("yunet").detect(picture, 0.5)) == 1
        # 160 pixels at full size, and 107 in the first look, on no grid of these weights.
        picture = with_squares((640, 960), 160, (320, 160, RED))
        assert len(models.detector("yunet").detect(picture, 0.5)) == 0

    def test_never_looks_at_less_than_two_cells_of_the_coarsest_grid(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shapes = []
        at_least = yunet.at_least

        def padded(picture: np.ndarray, side: int) -> np.ndarray:
            shapes.append(at_least(picture, side).shape[:2])
            return at_least(picture, side)

        monkeypatch.setattr(yunet, "at_least", padded)
        detector = models.detector("yunet")
        for shape in ((16, 900), (900, 16), (1, 1), (60, 2000)):
            detector.detect(np.zeros((*shape, 3), np.uint8), 0.5)
        assert min(min(shape) for shape in shapes) == 64


class TestProposals:
    def test_boxes_are_cut_off_at_the_edges_of_the_picture(self) -> None:
        boxes = [[-10, -20, 30, 40], [90, 40, 30, 40], [200, 200, 5, 5], [10, 10, np.inf, 10]]
        scores = np.array([0.6, 0.9, 0.99, 1], np.float32)
        eyes = np.arange(16, dtype=np.float32).reshape(4, 2, 2)
        picture = np.zeros((50, 100, 3), np.uint8)
        found = proposals.inside(picture, np.array(boxes, np.float32), scores, eyes, 0.5)
        assert found.boxes_xywh.tolist() == [[90, 40, 10, 10], [0, 0, 20, 20]]
        assert found.scores == pytest.approx([0.9, 0.6])
        assert found.eyes is not None and np.array_equal(found.eyes, eyes[[1, 0]])

    def test_small_pictures_are_padded_and_places_stay(self) -> None:
        picture = np.full((10, 80, 3), 7, np.uint8)
        padded = proposals.at_least(picture, 64)
        assert padded.shape == (64, 80, 3)
        assert (padded[:10] == 7).all() and (padded[10:] == 0).all()
        assert proposals.at_least(padded, 64) is padded


@pytest.mark.parametrize("share", [0.5, 0.4, 0.3])
def test_small_faces_in_a_wide_picture_are_found_in_tiles(
    portrait: np.ndarray, share: float
) -> None:
    wide = np.full((480, 854, 3), 70, np.uint8)
    small = cv2.resize(portrait[:256, 96:352], None, fx=share, fy=share)
    for x, y in ((20, 30), (700, 340), (400, 200)):
        wide[y : y + len(small), x : x + len(small)] = small
    assert len(models.detector("blazeface").detect(wide, 0.5)) == 3


@pytest.mark.parametrize("size", [(640, 360), (854, 480), (480, 854), (1920, 1080), (3840, 2160)])
def test_tiles_cover_the_picture_and_stay_inside_it(size: tuple[int, int]) -> None:
    covered = np.zeros((size[1], size[0]), bool)
    for x, y, w, h in tiles(*size):
        assert 0 <= x <= x + w <= size[0] and 0 <= y <= y + h <= size[1]
        covered[y : y + h, x : x + w] = True
    assert covered.all()


def test_a_small_picture_is_not_blown_up_in_tiles() -> None:
    assert tiles(192, 192) == []
