"""Stage 3: the table of measured faces, and its order whatever the threads do."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data

from facemotion import appearance, faces
from facemotion.errors import ModelError
from facemotion.faces import chunks, glimpses, looker
from facemotion.faces.chunks import MARKS
from facemotion.models.classifiers import mini_xception
from facemotion.models.classifiers.ferplus_resnet import FerPlusResNet
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.records import EMOTIONS, FoundFace, Frame, Progress, Settings
from facemotion.tables import FACE_COLUMNS, SAMPLE_COLUMNS

PORTRAIT: np.ndarray = skimage.data.astronaut()


def _frames(n: int, first: int = 0) -> Generator[Frame, None, None]:
    """A face that moves to the right by two pixels a frame, absent from every fifth frame."""
    for index in range(first, n):
        rgb = np.full((300, 400, 3), 100, np.uint8)
        if index % 5 != 4:
            left = 2 * (index % 50)
            rgb[:, left : left + 300] = PORTRAIT[:300, 80:380]
        yield Frame(index, index / 10, rgb)


def _run(n: int, tmp_path: Path, models_folder: Path, **settings: Any) -> faces.Faces:
    return faces.run(
        lambda first: _frames(n, first), n, Settings(**settings), models_folder, tmp_path / "faces"
    )


def test_one_row_a_face_and_one_sample_a_frame(tmp_path: Path, models_folder: Path) -> None:
    found = _run(20, tmp_path, models_folder)
    assert found.samples["n_faces"].tolist() == [1, 1, 1, 1, 0] * 4
    assert found.faces["frame"].tolist() == [i for i in range(20) if i % 5 != 4]
    assert found.faces.dtypes.astype(str).to_dict() == {
        **FACE_COLUMNS,
        **dict.fromkeys(MARKS["faces"], "object"),
    }
    assert found.samples.dtypes.astype(str).to_dict() == {**SAMPLE_COLUMNS, "signature": "object"}
    slope = np.polyfit(found.faces["frame"], found.faces["x"], 1)[0]
    assert slope == pytest.approx(2, abs=0.2)
    assert (found.faces["expressiveness"] == 1 - found.faces["neutral"]).all()


def test_nobody_has_been_followed_yet(tmp_path: Path, models_folder: Path) -> None:
    assert set(_run(4, tmp_path, models_folder).faces["face_id"]) == {-1}


def test_what_was_measured_comes_back_from_the_disk(tmp_path: Path, models_folder: Path) -> None:
    first = _run(6, tmp_path, models_folder)
    again = _run(6, tmp_path, models_folder)
    assert again.faces.equals(first.faces) and again.samples.equals(first.samples)
    assert {len(mark) for mark in again.faces["appearance"]} == {appearance.FACE_BYTES}
    assert {len(mark) for mark in again.samples["signature"]} == {appearance.FRAME_BYTES}


def test_the_order_of_frames_survives_the_threads(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = faces.Looker.look
    threads = set()

    def uneven(self: faces.Looker, frame: Frame) -> looker.Seen:
        threads.add(threading.get_ident())
        time.sleep(0.02 * (frame.index % 3))
        return look(self, frame)

    monkeypatch.setattr(faces.Looker, "look", uneven)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    found = _run(20, tmp_path, models_folder)
    assert found.samples["frame"].tolist() == list(range(20))
    assert len(threads) == 3


def test_frames_are_not_piled_up(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    held, most = 0, 0

    def dropped() -> None:
        nonlocal held
        held -= 1

    def counted(first: int) -> Generator[Frame, None, None]:
        nonlocal held, most
        for frame in _frames(90, first):
            held += 1
            most = max(most, held)
            weakref.finalize(frame.rgb, dropped)
            yield frame

    faces.run(counted, 90, Settings(), models_folder, tmp_path / "faces")
    assert held == 0
    assert most <= 8


def test_the_faces_of_many_frames_are_classified_in_one_call(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict, calls = FerPlusResNet.predict, []

    def counted(self: FerPlusResNet, crops: np.ndarray) -> np.ndarray:
        calls.append(len(crops))
        return predict(self, crops)

    monkeypatch.setattr(FerPlusResNet, "predict", counted)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(faces, "JUDGED_WITHIN_S", 60)
    together = _run(40, tmp_path / "a", models_folder).faces
    # 8 of 10 frames show a face: 32 frames hold 26 of them.
    assert calls == [26, 6]
    monkeypatch.setattr(faces, "JUDGED_TOGETHER", 1)
    alone = _run(40, tmp_path / "b", models_folder).faces
    # The last frames are looked at when no more come, and are judged together in any case.
    assert calls[2:20] == [1] * 18 and sum(calls[2:]) == 32
    np.testing.assert_allclose(together[list(EMOTIONS)], alone[list(EMOTIONS)], atol=1e-6)
    assert together["frame"].equals(alone["frame"])


def test_a_slow_detector_does_not_keep_the_progress_waiting(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "JUDGED_WITHIN_S", 0.0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    given, told = 0, []

    def counted(first: int) -> Generator[Frame, None, None]:
        nonlocal given
        for frame in _frames(30, first):
            given += 1
            yield frame

    def heard(progress: Progress) -> None:
        if progress.done:
            told.append(given - progress.done)

    faces.run(counted, 30, Settings(), models_folder, tmp_path / "faces", heard)
    assert max(told) < 16


def test_the_chunks_do_not_show_in_the_result(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _run(20, tmp_path / "a", models_folder)
    for size in (1, 7, 20):
        monkeypatch.setattr(chunks, "CHUNK", size)
        assert _run(20, tmp_path / str(size), models_folder).faces.equals(whole.faces)
    assert sorted(p.name for p in (tmp_path / "1" / "faces").iterdir()) == [
        "faces.parquet",
        "landmarks.parquet",
        "samples.parquet",
    ]


def test_the_threshold_of_the_detector_is_a_setting(tmp_path: Path, models_folder: Path) -> None:
    loose = _run(4, tmp_path / "a", models_folder, min_confidence=0.5)
    strict = _run(4, tmp_path / "b", models_folder, min_confidence=0.98)
    assert len(loose.faces) == 4 and len(strict.faces) == 0


def test_broken_weights_are_told_before_any_frame_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source,) = mini_xception.MiniXception.weights()
    broken = tmp_path / f"mini-xception-{mini_xception.file_sha256(source)[:12]}.tflite"
    broken.write_bytes(b"half a model")

    def never(first: int) -> Generator[Frame, None, None]:
        raise AssertionError("a frame was asked for")
        yield

    with pytest.raises(ModelError, match="is not a model that LiteRT can run"):
        settings = Settings(classifier="mini-xception")
        faces.run(never, 1, settings, tmp_path, tmp_path / "faces")


def test_what_the_mesh_does_not_believe_is_dropped(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = FaceMesh.fit

    def doubtful(self: FaceMesh, *args: Any) -> Any:
        mesh = fit(self, *args)
        return type(mesh)(mesh.points, looker.MIN_MESH_SCORE / 2)

    monkeypatch.setattr(FaceMesh, "fit", doubtful)
    assert _run(4, tmp_path, models_folder).samples["n_faces"].sum() == 0


def test_the_answer_is_the_same_every_time(tmp_path: Path, models_folder: Path) -> None:
    first = _run(8, tmp_path / "a", models_folder)
    second = _run(8, tmp_path / "b", models_folder)
    assert first.faces.equals(second.faces)


def _shown(n: int, folder: Path, models_folder: Path, **asked: bool) -> list[FoundFace]:
    """The faces that come with the progress."""
    shown: list[FoundFace] = []
    faces.run(
        *(lambda first: _frames(n, first), n, Settings(), models_folder, folder),
        lambda progress: shown.extend(progress.faces),
        **asked,
    )
    return shown


def test_faces_come_with_the_progress_and_change_nothing_that_is_measured(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpses, "EVERY_S", 0)
    shown = _shown(10, tmp_path / "a", models_folder, shows_faces=True)
    table = faces.load(tmp_path / "a").faces
    assert [face.time_s for face in shown] == table["timestamp"].tolist()
    assert [face.emotion for face in shown] == table["dominant_emotion"].tolist()
    assert {face.rgb.shape for face in shown} == {(glimpses.SIDE, glimpses.SIDE, 3)}
    assert table.equals(_run(10, tmp_path / "b", models_folder).faces)


def test_faces_come_now_and_then_and_only_for_who_asks(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glimpses, "EVERY_S", 3600)
    assert len(_shown(10, tmp_path / "a", models_folder, shows_faces=True)) == 1
    assert _shown(10, tmp_path / "b", models_folder) == []


def test_faces_that_are_seen_together_take_turns_and_tiny_ones_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(glimpses, "EVERY_S", 0)
    taker = glimpses.Glimpses()
    around = np.random.default_rng(0).uniform(0, 1, (468, 3)).astype(np.float32)
    together = [Mesh(20 + side * around, 1.0) for side in (100, 20, 80)]
    assert [taker.take(PORTRAIT, together)[0] for _ in range(4)] == [0, 2, 0, 2]
    assert taker.take(PORTRAIT, []) is None
