"""Stage 3: the table of faces, its numbers for faces, and its order whatever the threads do."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skimage.data

from facemotion import faces
from facemotion.errors import ModelError
from facemotion.faces import chunks, looker
from facemotion.faces.linking import link
from facemotion.models.classifiers import mini_xception
from facemotion.models.mesh import FaceMesh
from facemotion.records import EMOTIONS, Frame, Settings
from facemotion.tables import FACE_COLUMNS, faces_table, samples_table

PORTRAIT: np.ndarray = skimage.data.astronaut()


def _frames(n: int, first: int = 0) -> Generator[Frame, None, None]:
    """A face that moves to the right by two pixels a frame, absent from every fifth frame."""
    for index in range(first, n):
        rgb = np.full((300, 400, 3), 100, np.uint8)
        if index % 5 != 4:
            rgb[:, 2 * index : 2 * index + 300] = PORTRAIT[:300, 80:380]
        yield Frame(index, index / 10, rgb)


def _run(n: int, tmp_path: Path, models_folder: Path, **settings: Any) -> faces.Faces:
    return faces.run(
        lambda first: _frames(n, first), n, Settings(**settings), models_folder, tmp_path / "faces"
    )


def test_one_row_a_face_and_one_sample_a_frame(tmp_path: Path, models_folder: Path) -> None:
    found = _run(20, tmp_path, models_folder)
    assert found.samples["n_faces"].tolist() == [1, 1, 1, 1, 0] * 4
    assert found.faces["frame"].tolist() == [i for i in range(20) if i % 5 != 4]
    assert found.faces.dtypes.astype(str).to_dict() == FACE_COLUMNS
    slope = np.polyfit(found.faces["frame"], found.faces["x"], 1)[0]
    assert slope == pytest.approx(2, abs=0.2)
    assert (found.faces["expressiveness"] == 1 - found.faces["neutral"]).all()


def test_a_face_lost_for_a_frame_keeps_its_number(tmp_path: Path, models_folder: Path) -> None:
    assert set(_run(20, tmp_path, models_folder).faces["face_id"]) == {0}


def test_the_order_of_frames_survives_the_threads(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = faces.Looker.__call__
    threads = set()

    def uneven(self: faces.Looker, frame: Frame) -> list[faces.Row]:
        threads.add(threading.get_ident())
        time.sleep(0.02 * (frame.index % 3))
        return look(self, frame)

    monkeypatch.setattr(faces.Looker, "__call__", uneven)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    found = _run(20, tmp_path, models_folder)
    assert found.samples["frame"].tolist() == list(range(20))
    assert len(threads) == 3


def test_frames_are_not_piled_up(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    taken, most = 0, 0
    finished: list[int] = []

    def counted(first: int) -> Generator[Frame, None, None]:
        nonlocal taken, most
        for frame in _frames(45, first):
            taken += 1
            most = max(most, taken - len(finished))
            yield frame

    faces.run(
        counted,
        45,
        Settings(),
        models_folder,
        tmp_path / "faces",
        lambda progress: finished.append(1) if progress.done else None,
    )
    assert most <= 6


def test_the_chunks_do_not_show_in_the_result(
    tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _run(20, tmp_path / "a", models_folder)
    for size in (1, 7, 20):
        monkeypatch.setattr(chunks, "CHUNK", size)
        assert _run(20, tmp_path / str(size), models_folder).faces.equals(whole.faces)
    assert sorted(p.name for p in (tmp_path / "1" / "faces").iterdir()) == [
        "faces.parquet",
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
        faces.run(never, 1, Settings(), tmp_path, tmp_path / "faces")


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


# Numbers for faces: boxes only, so the tables are made by hand.


def _linked(places: list[tuple[float, float, float, float]], step_s: float = 1.0) -> list[int]:
    """Face numbers for (sample number, x, y, side) in sample order."""
    rows = [
        {
            "frame": int(number),
            "timestamp": number * step_s,
            "face_id": -1,
            "confidence": 0.9,
            **{"x": x, "y": y, "w": side, "h": side},
            "mesh_score": 1.0,
            "roll_deg": 0.0,
            "sharpness": 0.5,
            **dict.fromkeys(EMOTIONS, 1 / 7),
            "source": "local",
        }
        for number, x, y, side in places
    ]
    n_samples = int(max(place[0] for place in places)) + 1
    samples = samples_table([(i, i * step_s, 1) for i in range(n_samples)])
    linked: pd.DataFrame = link(faces_table(rows), samples)
    return [int(i) for i in linked["face_id"]]


def test_two_faces_side_by_side_keep_their_numbers() -> None:
    places = [(t, x + 5 * t, 50, 100) for t in range(4) for x in (0, 200)]
    assert _linked(places) == [0, 1] * 4


def test_two_faces_that_swap_rows_do_not_swap_numbers() -> None:
    assert _linked([(0, 0, 0, 100), (0, 300, 0, 100), (1, 290, 0, 100), (1, 10, 0, 100)]) == [
        0,
        1,
        1,
        0,
    ]


def test_a_face_far_from_all_others_is_a_new_one() -> None:
    assert _linked([(0, 0, 0, 100), (1, 500, 0, 100), (2, 510, 0, 100)]) == [0, 1, 1]


def test_a_face_of_another_size_is_a_new_one() -> None:
    assert _linked([(0, 100, 100, 40), (1, 60, 60, 120)]) == [0, 1]


def test_a_face_away_for_long_is_a_new_one() -> None:
    assert _linked([(0, 0, 0, 100), (1, 0, 0, 100), (2, 0, 0, 100), (9, 0, 0, 100)]) == [0, 0, 0, 1]


def test_coarse_sampling_still_links_the_next_sample() -> None:
    assert _linked([(0, 0, 0, 100), (1, 10, 0, 100), (3, 10, 0, 100)], step_s=30) == [0, 0, 0]


def test_no_faces_no_numbers() -> None:
    table = link(faces_table([]), samples_table([(0, 0.0, 0)]))
    assert len(table) == 0 and list(table.columns) == list(FACE_COLUMNS)
