"""The marks of faces and frames, and people followed through real clips from cut to cut."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from bench import tracks
from facemotion import appearance

MEDIA = Path(__file__).parents[2] / "shared" / "media"
PORTRAIT: np.ndarray = skimage.data.astronaut()
BOX = np.array([175.0, 80.0, 95.0, 95.0])


def test_marks_of_frames_are_the_same_at_every_size() -> None:
    sizes = [(640, 480), (160, 120), (1920, 1080)]
    marks = [appearance.of_frame(cv2.resize(PORTRAIT, size)) for size in sizes]
    assert {len(mark) for mark in marks} == {appearance.FRAME_BYTES}
    grids, shares = appearance.frame_parts(marks)
    assert grids.shape == (3, 8, 8, 3) and shares.shape == (3, 64)
    assert np.abs(grids - grids[0]).mean() < 4
    assert shares.sum(axis=1) == pytest.approx(1, abs=0.05)


def test_the_mark_of_a_face_shows_hair_above_and_clothes_below() -> None:
    rgb = np.zeros((300, 300, 3), np.uint8)
    rgb[:100] = (90, 60, 30)  # hair; the box of the face is from 100 to 200
    rgb[100:200] = (220, 180, 150)
    rgb[200:] = (20, 40, 160)
    box = np.array([100.0, 100.0, 100.0, 100.0])
    (grid,) = appearance.face_grids([appearance.of_face(rgb, box)])
    assert grid.shape == (*appearance.FACE_GRID, 3)
    assert grid[0].tolist() == [[90, 60, 30]] * 6
    assert grid[3].tolist() == [[220, 180, 150]] * 6
    assert grid[-1].tolist() == [[20, 40, 160]] * 6


def test_the_mark_of_a_face_is_the_same_at_half_the_size() -> None:
    half = appearance.of_face(cv2.resize(PORTRAIT, (256, 256)), BOX / 2)
    whole, smaller = appearance.face_grids([appearance.of_face(PORTRAIT, BOX), half])
    assert np.abs(whole - smaller).mean() < 6


@pytest.mark.parametrize("box", [(-40, -40, 95, 95), (470, 470, 95, 95), (0, 0, 3000, 3000)])
def test_a_face_at_the_border_has_a_mark_too(box: tuple[float, ...]) -> None:
    assert len(appearance.of_face(PORTRAIT, np.array(box, float))) == appearance.FACE_BYTES


TRUTH = {clip["file"]: clip for clip in json.loads(tracks.TRUTH.read_text())}


@pytest.mark.skipif(not MEDIA.is_dir(), reason="the real clips are not on this machine")
@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=Path(file).stem, marks=[] if quick else pytest.mark.slow)
        for file in TRUTH
        for quick in ["face_noface" in file or "three_people" in file]
    ],
)
def test_people_in_real_clips_are_not_mixed_up(
    file: str, tmp_path: Path, models_folder: Path
) -> None:
    found = tracks.measured(MEDIA / file, 0.0, models_folder, tmp_path)
    result = tracks.judged(file, found, TRUTH[file], [])
    assert (result.cuts_wrong, result.switches, result.over_cuts) == (0, 0, 0)
    # One woman is away for longer than a face is looked for, and comes back as somebody else.
    assert result.fragments == (1 if "facenet" in file else 0)


@pytest.mark.skipif(not MEDIA.is_dir(), reason="the real clips are not on this machine")
@pytest.mark.parametrize("name", ["lp_driving_d12", "pyfeat_WolfgangLanger_Pexels", "nku_vlog"])
@pytest.mark.parametrize("every_s", [pytest.param(0.0, marks=pytest.mark.slow), 0.5])
def test_one_person_is_one_track_in_one_shot(
    name: str, every_s: float, tmp_path: Path, models_folder: Path
) -> None:
    path = MEDIA / "videos" / f"{name}.mp4"
    found = tracks.measured(path, every_s, models_folder, tmp_path)
    assert (found.counts.shots, found.counts.tracks) == (1, 1)
