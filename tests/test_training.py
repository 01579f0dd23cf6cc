"""How the shipped network was made: votes, measures; and, where PyTorch is there, the training."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facemotion.records import EMOTIONS
from training import measure, votes

RANDOM = np.random.default_rng(7)


def _picture(seed: int) -> np.ndarray:
    """Something smooth and unlike the others."""
    rough = np.random.default_rng(seed).integers(0, 255, (6, 6), dtype=np.uint8)
    return cv2.resize(rough, (48, 48), interpolation=cv2.INTER_CUBIC)


# Columns: neutral, happy, surprise, sad, angry, disgust, fear, contempt, unknown, not a face.
@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ([0, 10, 0, 0, 0, 0, 0, 0, 0, 0], {"happy": 1.0}),
        ([6, 0, 0, 2, 0, 0, 0, 2, 0, 0], {"neutral": 0.6, "sad": 0.2, "contempt": 0.2}),
        ([5, 3, 1, 1, 0, 0, 0, 0, 0, 0], {"neutral": 5 / 8, "happy": 3 / 8}),  # single votes go
        ([4, 4, 0, 0, 0, 0, 0, 0, 2, 0], {"neutral": 0.5, "happy": 0.5}),  # and so does "unknown"
        ([2, 0, 0, 0, 0, 0, 0, 0, 8, 0], {}),
        ([3, 0, 0, 0, 0, 0, 0, 0, 0, 7], {}),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], {}),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], {}),
    ],
)
def test_votes_as_shares(counted: list[int], expected: dict[str, float]) -> None:
    found = votes.shares(np.array([counted]))[0]
    named = {name: share for name, share in zip(votes.CLASSES, found, strict=True) if share}
    assert named == pytest.approx(expected)


def test_near_copies_are_found_mirrored_brighter_and_compressed() -> None:
    judged = np.stack([_picture(seed) for seed in range(5)])
    _, packed = cv2.imencode(".jpg", judged[1], [cv2.IMWRITE_JPEG_QUALITY, 40])
    pictures = np.stack(
        [
            judged[0][:, ::-1],
            cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE),
            (judged[2] // 2 + 60).astype(np.uint8),
            _picture(100),
            _picture(101),
        ]
    )
    assert votes.near_copies(pictures, judged).tolist() == [True, True, True, False, False]


def test_unusable_pictures_and_near_copies_are_left_out(tmp_path: Path) -> None:
    pictures = np.stack([_picture(seed) for seed in range(4)])
    counted = np.zeros((4, 10), dtype=np.uint8)
    counted[[0, 1, 3], 1] = 10
    counted[2, 9] = 10
    np.savez(tmp_path / "all.npz", images=pictures, votes=counted)
    assert len(votes.load(tmp_path / "all.npz")) == 3
    apart = votes.load(tmp_path / "all.npz", pictures[3:])
    assert np.array_equal(apart.pictures, pictures[:2])
    assert apart.shares[:, EMOTIONS.index("happy")].tolist() == [1, 1]


def test_the_majority_of_judged_pictures_is_told_only_where_it_is_clear(tmp_path: Path) -> None:
    names = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
    columns = [f"fp_{name}" for name in (*names, "unknown", "not_a_face")]
    table = {
        "a.png": [0, 9, 1, 0, 0, 0, 0, 0, 0, 0],
        "tie.png": [5, 5, 0, 0, 0, 0, 0, 0, 0, 0],
        "contempt.png": [2, 0, 0, 0, 0, 0, 0, 8, 0, 0],
        "unvoted.png": [""] * 10,
    }
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "fer2013_label", *columns])
        for name, counted in table.items():
            cv2.imwrite(str(tmp_path / name), _picture(len(name)))
            writer.writerow([name, "happy", *counted])
    judged = votes.load_judged(tmp_path)
    assert judged.majority.tolist() == ["happy", "", "", ""]
    assert judged.fer2013.tolist() == ["happy"] * 4


def _sure_of(names: list[str], confidence: float) -> np.ndarray:
    found = np.full((len(names), 7), (1 - confidence) / 6)
    found[np.arange(len(names)), [EMOTIONS.index(name) for name in names]] = confidence
    return found


def test_scores_by_hand() -> None:
    labels = np.array(["happy", "happy", "sad", "neutral", ""])
    found = measure.scores(_sure_of(["happy", "sad", "sad", "neutral", "fear"], 0.9), labels)
    assert found.n == 4
    assert found.accuracy == 0.75
    # happy: precision 1, recall 1/2; sad: 1/2, 1; neutral: 1, 1.
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.ece == pytest.approx(0.15)
    assert found.confusion.sum() == 4
    assert found.confusion[EMOTIONS.index("happy"), EMOTIONS.index("sad")] == 1
    low, high = found.interval
    # Wilson's interval of 3 in 4.
    assert (low, high) == pytest.approx((0.301, 0.954), abs=1e-3)


def test_calibration_error_is_nothing_when_confidence_is_right() -> None:
    confidence = RANDOM.uniform(0.2, 1, 40_000)
    right = RANDOM.random(40_000) < confidence
    assert measure.calibration_error(confidence, right) < 0.012
    assert measure.calibration_error(confidence**0.5, right) > 0.1


def test_doubt_follows_the_voters() -> None:
    raters = np.zeros((30, 10), dtype=int)
    for row, others in enumerate(np.arange(30) % 6):
        raters[row, 1], raters[row, 0] = 10 - others, others
    shares = votes.shares(raters)[:, :7]
    assert measure.doubt(shares, raters) == pytest.approx(1)
    assert measure.doubt(shares[::-1], raters) < 0


@pytest.mark.parametrize("name", list(measure.DISTURBANCES))
def test_worse_pictures_keep_their_form(name: str) -> None:
    pictures = np.stack([_picture(seed) for seed in range(3)])
    worse = measure.DISTURBANCES[name](pictures)
    assert worse.shape == pictures.shape and worse.dtype == np.uint8
    assert np.array_equal(worse, pictures) == (name == "as they are")


class TestTraining:
    """PyTorch is not among what facemotion needs."""

    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        pytest.importorskip("torch", reason="needs training/requirements-training.txt")

    def _faces(self, n: int) -> votes.Faces:
        """Bright above means happy, bright below sad."""
        pictures = RANDOM.integers(0, 60, (n, 48, 48), dtype=np.uint8)
        shares = np.zeros((n, 8), dtype=np.float32)
        for i in range(n):
            top = i % 2 == 0
            pictures[i, slice(0, 24) if top else slice(24, 48)] += 150
            shares[i, EMOTIONS.index("happy" if top else "sad")] = 1
        return votes.Faces(pictures, shares)

    def _recipe(self, **changes: Any) -> Any:
        from training import fit

        small = {
            "widths": (8, 16),
            "blocks": (1, 1),
            "batch": 16,
            "rate": 1e-2,
            "sizes": (32, 48),
            "rare": 0.0,
        }
        return fit.Recipe(**{**small, "epochs": 4, "averaged": 0.9, **changes})

    def test_it_learns_and_what_ships_answers_the_same(self, tmp_path: Path) -> None:
        pytest.importorskip("onnx", reason="needs training/requirements-training.txt")
        from facemotion.models.onnxrt import OnnxModel
        from training import export, fit

        learned, held = self._faces(128), self._faces(32)
        network = fit.fit(learned, held, self._recipe(epochs=8), tmp_path / "run")
        assert fit.judge(network, held)["held_out_accuracy"] == 1
        again = fit.load(tmp_path / "run")
        plain = fit.logits(again, held.pictures, mirrored=False)
        export.write(again, {"classes": json.dumps(votes.CLASSES)}, tmp_path / "a.onnx")
        model = OnnxModel(tmp_path / "a.onnx")
        shipped = model(fit.as_input(held.pictures).numpy())
        # float16 weights against bfloat16 arithmetic
        np.testing.assert_allclose(shipped, plain, atol=0.1)
        assert json.loads(model.metadata["classes"]) == list(votes.CLASSES)

    def test_a_run_that_was_cut_off_gives_what_it_would_have_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from training import fit

        learned, held, recipe = self._faces(64), self._faces(16), self._recipe()
        whole = fit.fit(learned, held, recipe, tmp_path / "whole")
        judge, epochs = fit.judge, []

        def interrupted(*arguments: Any) -> dict[str, float]:
            epochs.append(1)
            if len(epochs) == 3:
                raise KeyboardInterrupt
            return judge(*arguments)

        monkeypatch.setattr(fit, "judge", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fit.fit(learned, held, recipe, tmp_path / "cut")
        resumed = fit.fit(learned, held, recipe, tmp_path / "cut")
        for name, value in whole.state_dict().items():
            np.testing.assert_allclose(resumed.state_dict()[name], value, atol=1e-4, err_msg=name)
        assert len((tmp_path / "cut" / "log.jsonl").read_text().splitlines()) == 4

    def test_offsets_and_temperature_make_probabilities_right(self) -> None:
        pytest.importorskip("onnx", reason="needs training/requirements-training.txt")
        from training import export

        true = RANDOM.normal(0, 1.5, (20_000, 8))
        p = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
        answers = np.array([RANDOM.choice(8, p=row) for row in p])
        told = (true - np.arange(8) / 10) * 3
        temperature, offsets = export.calibration(told, np.eye(8)[answers])
        assert temperature == pytest.approx(3, rel=0.05)
        assert offsets == pytest.approx(np.arange(8) / 10 - 0.35, abs=0.08)

    def test_changes_leave_a_picture_a_picture(self) -> None:
        from training import augmentation

        pictures = np.stack([_picture(seed) for seed in range(64)])
        found = augmentation.changed(pictures, np.random.default_rng(1)).numpy()
        assert found.shape == (64, 1, 48, 48)
        assert np.isfinite(found).all() and found.min() >= -1 and found.max() <= 1
        only_mirrored = augmentation.changed(pictures, np.random.default_rng(1), 0).numpy()
        same = np.abs(only_mirrored[:, 0] - (pictures / 127.5 - 1)).max(axis=(1, 2)) < 1e-3
        mirrored = pictures[:, :, ::-1] / 127.5 - 1
        other = np.abs(only_mirrored[:, 0] - mirrored).max(axis=(1, 2)) < 1e-3
        assert (same | other).all() and 16 < same.sum() < 48
