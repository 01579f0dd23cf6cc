"""Following people: numbers for faces over time, what is left out, and what is kept on the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from facemotion import appearance, cache, pipeline
from facemotion.errors import Cancelled
from facemotion.people import tracking
from facemotion.people.spurious import spurious
from facemotion.records import EMOTIONS, Progress, Settings
from facemotion.tables import faces_table, samples_table


def _mark(who: int) -> bytes:
    """What somebody looks like; numbers that differ give people who look nothing alike."""
    colours = np.random.default_rng(who).integers(0, 256, (2, 2, 3), np.uint8)
    grid = cv2.resize(colours, appearance.FACE_GRID[::-1], interpolation=cv2.INTER_LINEAR)
    return bytes(grid.tobytes())


@dataclass
class Scene:
    """Tables as the faces room leaves them, made by hand: who is where, and what is found."""

    step_s: float = 0.04
    rows: list[dict[str, Any]] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    shots: dict[int, int] = field(default_factory=dict)

    def add(
        self,
        number: int,
        x: float,
        y: float = 50,
        side: float = 100,
        who: int = 0,
        confidence: float = 0.9,
    ) -> None:
        """A face in the sample with that number."""
        row = {
            **{"frame": number, "timestamp": number * self.step_s, "face_id": -1},
            **{"confidence": confidence, "x": x, "y": y, "w": side, "h": side},
            **dict.fromkeys(EMOTIONS, 1 / 7),
            **{"source": "local", "appearance": _mark(who), "who": who},
        }
        self.rows.append(row)

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows = sorted(self.rows, key=lambda row: (row["frame"], row["x"]))
        self.people = [row["who"] for row in rows]
        marks = pd.Series([row["appearance"] for row in rows], dtype=object)
        n = max((row["frame"] for row in rows), default=0) + 1
        samples = samples_table([(i, i * self.step_s, 0) for i in range(n)])
        shots = [self.shots.get(i, 0) for i in range(n)]
        return faces_table(rows).assign(appearance=marks), samples.assign(shot=shots)

    def linked(self, max_gap_s: float = 2.0) -> list[int]:
        return [int(i) for i in tracking.link(*self.tables(), max_gap_s)]

    def tracks_of(self, max_gap_s: float = 2.0) -> dict[int, set[int]]:
        """The numbers that each person got."""
        found: dict[int, set[int]] = {}
        for number, who in zip(self.linked(max_gap_s), self.people, strict=True):
            found.setdefault(who, set()).add(number)
        return found


def _scene(places: list[tuple[int, float, float, float]], step_s: float = 1.0) -> Scene:
    """From (sample number, x, y, side), everybody looking the same."""
    scene = Scene(step_s)
    for number, x, y, side in places:
        scene.add(number, x, y, side)
    return scene


def test_two_faces_side_by_side_keep_their_numbers() -> None:
    places = [(t, x + 5.0 * t, 50.0, 100.0) for t in range(4) for x in (0, 200)]
    assert _scene(places).linked() == [0, 1] * 4


def test_a_face_far_from_all_others_is_a_new_one() -> None:
    assert _scene([(0, 0, 0, 100), (1, 500, 0, 100), (2, 510, 0, 100)]).linked() == [0, 1, 1]


def test_a_face_of_another_size_is_a_new_one() -> None:
    assert _scene([(0, 100, 100, 40), (1, 60, 60, 120)]).linked() == [0, 1]


def test_a_face_away_for_long_is_a_new_one() -> None:
    places = [(0, 0, 0, 100), (1, 0, 0, 100), (2, 0, 0, 100), (9, 0, 0, 100)]
    assert _scene(places).linked() == [0, 0, 0, 1]  # type: ignore[arg-type]


def test_how_long_a_face_is_looked_for_is_a_setting() -> None:
    scene = _scene([(t, 0, 0, 100) for t in (0, 1, 5, 6)])
    assert scene.linked(max_gap_s=2.0) == [0, 0, 1, 1]
    assert scene.linked(max_gap_s=4.0) == [0, 0, 0, 0]


def test_coarse_sampling_still_links_the_next_sample_and_the_one_after() -> None:
    scene = _scene([(0, 0, 0, 100), (1, 10, 0, 100), (3, 10, 0, 100)], step_s=30)
    assert scene.linked(max_gap_s=0.0) == [0, 0, 0]


def test_no_faces_no_numbers() -> None:
    assert Scene().linked() == []
    assert tracking.stays(*Scene().tables()).tolist() == []


@pytest.mark.parametrize("alike", [False, True], ids=["unlike", "alike"])
@pytest.mark.parametrize("hidden", [0, 4, 9], ids=["both seen", "behind", "long behind"])
def test_two_people_who_cross_do_not_swap(alike: bool, hidden: int) -> None:
    scene = Scene()
    for t in range(50):
        scene.add(t, 20.0 * t, who=0 if alike else 1)
        if abs(t - 25) >= hidden / 2:
            scene.add(t, 1000 - 20.0 * t, y=58, who=0 if alike else 2)
    numbers = scene.linked()
    faces, _ = scene.tables()
    goes_right = faces["y"].to_numpy() == 50
    assert {n for n, right in zip(numbers, goes_right, strict=True) if right} == {0}
    assert {n for n, right in zip(numbers, goes_right, strict=True) if not right} == {1}


def test_somebody_else_beside_the_place_is_a_new_one() -> None:
    scene = Scene()
    for t in range(20):
        scene.add(t, 100 if t < 10 else 165, who=1 if t < 10 else 2)
    assert scene.tracks_of() == {1: {0}, 2: {1}}


def test_a_motion_goes_on_through_a_gap() -> None:
    scene = Scene()
    for t in [*range(12), *range(20, 32)]:
        scene.add(t, 15.0 * t)
    assert set(scene.linked()) == {0}


def test_pieces_are_joined_by_where_they_come_from_and_go_to() -> None:
    scene = Scene()
    for t in [*range(20), *range(45, 60)]:  # away for a second, and two sides further on
        scene.add(t, 8.0 * t, who=1)
    for t in range(60):
        scene.add(t, 900, who=2)
    assert scene.tracks_of() == {1: {0}, 2: {1}}


def test_no_piece_is_joined_to_one_that_looks_different() -> None:
    scene = Scene()
    for t in [*range(20), *range(45, 60)]:
        scene.add(t, 100 if t < 20 else 190, who=1 if t < 20 else 2)
    assert scene.tracks_of() == {1: {0}, 2: {1}}


def test_no_number_runs_over_a_cut() -> None:
    scene = Scene(shots=dict.fromkeys(range(10, 20), 1))
    for t in range(20):
        scene.add(t, 100)
        scene.add(t, 400)
    assert scene.linked() == [0, 1] * 10 + [2, 3] * 10


def test_a_person_in_every_frame_is_never_twice_in_one() -> None:
    random = np.random.default_rng(5)
    scene = Scene()
    for t in range(60):
        for who in range(5):
            if random.random() < 0.7:
                scene.add(t, 60.0 * who + random.normal(0, 15), who=who)
    faces, _ = scene.tables()
    numbers = pd.DataFrame({"frame": faces["frame"], "track": scene.linked()})
    assert not numbers.duplicated().any()


def test_numbers_are_given_by_first_showing() -> None:
    scene = Scene()
    for t in range(5, 10):
        scene.add(t, 0, who=1)
    for t in range(10):
        scene.add(t, 500, who=2)
    assert scene.tracks_of() == {1: {1}, 2: {0}}


# What is left out.


def _left_out(scene: Scene, **settings: Any) -> list[bool]:
    faces, samples = scene.tables()
    tracks = tracking.link(faces, samples, 2.0)
    step_s = tracking.sampling_step_s(samples)
    return [bool(i) for i in spurious(faces, tracks, Settings(**settings), step_s)]


def test_only_what_is_both_short_and_uncertain_is_left_out() -> None:
    scene = Scene()
    for t in range(20):
        scene.add(t, 0, confidence=0.51)  # long
    for t in range(3):
        scene.add(t, 300, confidence=0.95)  # certain
        scene.add(t, 600, confidence=0.55)  # neither
    assert _left_out(scene) == [False, False, True] * 3 + [False] * 17
    assert not any(_left_out(scene, min_track_s=0.12))
    assert not any(_left_out(scene, min_track_confidence=0.5))
    assert sum(_left_out(scene, min_track_confidence=1.0)) == 6


def test_a_single_face_stays_where_frames_are_far_apart() -> None:
    scene = Scene(step_s=3.0)
    scene.add(0, 0, confidence=0.51)
    scene.add(2, 900, confidence=0.51)
    assert _left_out(scene) == [False, False]


def test_nothing_is_left_out_of_nothing() -> None:
    assert _left_out(Scene()) == []


# The stage: on the disk under its own key.

QUICK = Settings(every_s=0.5)
STRICT = {"min_track_s": 60.0, "min_track_confidence": 1.0}


def _tracks(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*/people-*") if path.is_dir())


def test_a_threshold_of_the_people_measures_nothing_again(
    portrait_clip: Path, cache_root: Path
) -> None:
    first = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    strict = QUICK.with_changes(**STRICT)
    none = pipeline.run(portrait_clip, strict, cache_root=cache_root)
    assert none.work.frames_analysed == none.work.frames_decoded == 0
    assert none.analysis_id == first.analysis_id and none.folder != first.folder
    assert none.faces.empty and none.samples["n_faces"].sum() == 0 and none.moments == ()
    assert none.provenance["people"] == {
        **{"shots": 2, "tracks": 0, "dropped_tracks": 1, "dropped_faces": len(first.faces)}
    }
    assert "1 short track of low confidence (12 faces in all) left out" in none.notes[-1]
    assert len(_tracks(cache_root)) == 2
    again = pipeline.reopen(first.analysis_id, STRICT, cache_root=cache_root)
    assert again.faces.empty and again.settings.min_track_s == 60.0
    back = pipeline.reopen(first.analysis_id, cache_root=cache_root)
    assert back.faces.equals(first.faces) and back.moments == first.moments


def test_a_stop_while_people_are_followed_leaves_nothing_half_done(
    portrait_clip: Path, cache_root: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "people":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pipeline.run(portrait_clip, QUICK, cache_root=cache_root, on_progress=stop)
    assert _tracks(cache_root) == []
    resumed = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    assert resumed.work.frames_analysed == 0
    assert resumed.faces["face_id"].tolist() == [0] * 12


def test_the_shelf_counts_what_is_kept_of_the_people(portrait_clip: Path, cache_root: Path) -> None:
    pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    (entry,) = cache.entries(cache_root)
    (folder,) = _tracks(cache_root)
    sizes = sum(path.stat().st_size for path in folder.iterdir())
    assert entry.bytes_by_stage["people"] == sizes > 0
