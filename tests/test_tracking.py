"""Faces followed over time, on tables made by hand: exact numbers for every face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from facemotion import appearance, frames
from facemotion.people.shots import shot_numbers
from facemotion.people.spurious import spurious
from facemotion.people.tracking import link, sampling_step_s
from facemotion.records import Settings, Video

if TYPE_CHECKING:
    from facemotion.records import RGB

VIDEOS = Path(__file__).parents[2] / "shared" / "media" / "videos"

STEP_S = 0.04
RED, BLUE = (200, 60, 40), (40, 60, 200)


@dataclass(frozen=True)
class Seen:
    """One face in one sample; its middle is at (x, y)."""

    sample: int
    x: float
    y: float = 200.0
    side: float = 100.0
    colour: tuple[int, int, int] = RED
    confidence: float = 0.9


def _tables(
    seen: list[Seen], n_samples: int, step_s: float = STEP_S, cuts: tuple[int, ...] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The measured tables; a new shot begins with each sample in ``cuts``."""
    ordered = sorted(seen, key=lambda face: face.sample)
    faces = pd.DataFrame(
        {
            "frame": [face.sample for face in ordered],
            "timestamp": [face.sample * step_s for face in ordered],
            "x": [face.x - face.side / 2 for face in ordered],
            "y": [face.y - face.side / 2 for face in ordered],
            "w": [face.side for face in ordered],
            "h": [face.side for face in ordered],
            "confidence": [face.confidence for face in ordered],
            "appearance": [bytes(face.colour) * (appearance.FACE_BYTES // 3) for face in ordered],
        }
    )
    numbers = np.arange(n_samples)
    shot = np.searchsorted(np.array(cuts), numbers, side="right")
    samples = pd.DataFrame({"frame": numbers, "timestamp": numbers * step_s, "shot": shot})
    return faces, samples


def _linked(
    seen: list[Seen],
    n_samples: int,
    *,
    step_s: float = STEP_S,
    cuts: tuple[int, ...] = (),
    max_gap_s: float = 2.0,
) -> list[int]:
    """Track numbers in the order of ``seen``, which is that of the samples."""
    faces, samples = _tables(seen, n_samples, step_s, cuts)
    return [int(number) for number in link(faces, samples, max_gap_s)]


def _left_out(seen: list[Seen], n_samples: int, settings: Settings, step_s: float) -> list[bool]:
    faces, samples = _tables(seen, n_samples, step_s)
    tracks = link(faces, samples, settings.max_gap_s)
    left_out = spurious(faces, tracks, settings, sampling_step_s(samples))
    return [bool(flag) for flag in left_out]


# People who move


def _crossing(other: tuple[int, int, int]) -> list[Seen]:
    """Two people who walk past each other, detected in an order that changes halfway."""
    seen = []
    for t in range(41):
        pair = [Seen(t, 100 + 10 * t), Seen(t, 500 - 10 * t, 230, colour=other)]
        seen += pair if t < 20 else pair[::-1]
    return seen


def test_two_people_who_cross_do_not_swap_numbers() -> None:
    assert _linked(_crossing(BLUE), 41) == [0, 1] * 20 + [1, 0] * 21


def test_two_people_who_look_the_same_cross_by_their_motion() -> None:
    assert _linked(_crossing(RED), 41) == [0, 1] * 20 + [1, 0] * 21


def test_one_who_is_hidden_while_crossing_keeps_the_number() -> None:
    seen = [face for face in _crossing(BLUE) if face.colour == RED or not 16 <= face.sample <= 24]
    numbers = {
        (face.sample, face.colour): n for face, n in zip(seen, _linked(seen, 41), strict=True)
    }
    assert {
        colour: {n for (_, c), n in numbers.items() if c == colour} for colour in (RED, BLUE)
    } == {
        RED: {0},
        BLUE: {1},
    }


def test_a_gap_is_bridged_where_the_motion_leads_and_not_where_the_face_was_last() -> None:
    moving = [Seen(t, 100 + 12 * t) for t in range(20)]
    again = [Seen(26, 100 + 12 * 26)]
    other = [Seen(26, 100 + 12 * 19 - 60)]  # nearer to the last place than the first person is
    assert _linked([*moving, *again, *other], 27) == [0] * 20 + [0, 1]


def test_a_face_twice_as_large_in_the_same_place_is_another_one() -> None:
    seen = [*(Seen(t, 200) for t in range(5)), *(Seen(t, 200, side=210) for t in range(5, 10))]
    assert _linked(seen, 10) == [0] * 5 + [1] * 5


# Gaps


@pytest.mark.parametrize(("gap", "number"), [(10, 0), (50, 0), (51, 1), (60, 1)])
def test_a_gap_is_bridged_up_to_the_setting(gap: int, number: int) -> None:
    seen = [*(Seen(t, 200) for t in range(10)), *(Seen(9 + gap + t, 200) for t in range(10))]
    assert _linked(seen, 30 + gap, max_gap_s=2.0001) == [0] * 10 + [number] * 10


def test_a_gap_of_zero_still_bridges_one_missed_sample() -> None:
    seen = [Seen(0, 200), Seen(1, 200), Seen(3, 200), Seen(4, 200), Seen(7, 200)]
    assert _linked(seen, 8, max_gap_s=0.0) == [0, 0, 0, 0, 1]


def test_somebody_else_near_the_same_place_after_a_gap_is_a_new_face() -> None:
    seen = [
        *(Seen(t, 200, colour=RED) for t in range(10)),
        *(Seen(t, 290, colour=BLUE) for t in range(30, 40)),
    ]
    assert _linked(seen, 40) == [0] * 10 + [1] * 10


# Cuts


def test_no_track_runs_over_a_cut_with_the_same_face_in_the_same_place() -> None:
    assert _linked([Seen(t, 200) for t in range(10)], 10, cuts=(5,)) == [0] * 5 + [1] * 5


def test_no_gap_is_bridged_over_a_cut() -> None:
    seen = [*(Seen(t, 200) for t in range(4)), *(Seen(t, 200) for t in range(8, 12))]
    assert _linked(seen, 12, cuts=(6,)) == [0] * 4 + [1] * 4


# Sampled runs


def test_samples_seconds_apart_link_a_face_that_stays() -> None:
    assert _linked([Seen(t, 200 + 5 * t) for t in range(4)], 4, step_s=3.0) == [0, 0, 0, 0]


def test_samples_far_apart_bridge_one_missed_sample_and_not_two() -> None:
    seen = [Seen(0, 200), Seen(2, 200), Seen(5, 200)]
    assert _linked(seen, 6, step_s=30.0) == [0, 0, 1]


def test_numbers_are_given_by_first_showing() -> None:
    seen = [Seen(0, 900), Seen(0, 100), Seen(1, 500), Seen(1, 900), Seen(1, 100)]
    assert _linked(seen, 2) == [0, 1, 2, 0, 1]


def test_no_faces_no_numbers() -> None:
    assert _linked([], 3) == []


# What is left out


@pytest.mark.parametrize(
    ("n", "confidence", "left_out"),
    [(5, 0.55, True), (5, 0.65, False), (10, 0.55, False), (9, 0.55, True), (1, 0.55, True)],
)
def test_only_a_track_both_short_and_doubtful_is_left_out(
    n: int, confidence: float, left_out: bool
) -> None:
    settings = Settings(min_track_s=0.4, min_track_confidence=0.6)
    seen = [Seen(t, 200, confidence=confidence) for t in range(n)]
    assert _left_out(seen, 40, settings, STEP_S) == [left_out] * n


@pytest.mark.parametrize("settings", [Settings(min_track_s=0), Settings(min_track_confidence=0)])
def test_thresholds_of_zero_keep_everything(settings: Settings) -> None:
    assert _left_out([Seen(3, 200, confidence=0.1)], 40, settings, STEP_S) == [False]


def test_a_lone_sample_lasts_a_sampling_step_so_that_sparse_runs_lose_nobody() -> None:
    settings = Settings(min_track_s=0.4, min_track_confidence=0.6)
    assert _left_out([Seen(3, 200, confidence=0.5)], 8, settings, 3.0) == [False]


def test_a_doubtful_glimpse_is_left_out_beside_a_face_that_stays() -> None:
    stays = [Seen(t, 200) for t in range(20)]
    seen = [*stays[:8], Seen(7, 700, confidence=0.5), *stays[8:]]
    expected = [False] * 8 + [True] + [False] * 12
    assert _left_out(seen, 20, Settings(), STEP_S) == expected


# Shots


def _scene(seed: int, width: int = 320, patch: int = 40) -> RGB:
    """A picture of random patches, the same for the same seed."""
    shape = (240 // patch, width // patch, 3)
    patches = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return np.kron(patches, np.ones((patch, patch, 1), dtype=np.uint8))


def _first_samples(pictures: list[RGB], step_s: float = STEP_S) -> list[int]:
    """The samples with which a new shot begins."""
    samples = pd.DataFrame(
        {
            "timestamp": np.arange(len(pictures)) * step_s,
            "signature": [appearance.of_frame(picture) for picture in pictures],
        }
    )
    return (np.flatnonzero(np.diff(shot_numbers(samples))) + 1).tolist()


def _mixed(one: RGB, other: RGB, n: int) -> list[RGB]:
    return [(one * (1 - share) + other * share).astype(np.uint8) for share in np.linspace(0, 1, n)]


def test_a_hard_cut_begins_a_shot_with_its_first_frame() -> None:
    pictures = [_scene(1)] * 20 + [_scene(2)] * 30 + [_scene(3)] * 20
    assert _first_samples(pictures) == [20, 50]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_flash_is_no_cut(length: int) -> None:
    white = np.full_like(_scene(1), 255)
    assert _first_samples([_scene(1)] * 20 + [white] * length + [_scene(1)] * 20) == []


def test_another_picture_for_a_moment_is_no_cut_either() -> None:
    assert _first_samples([_scene(1)] * 20 + [_scene(2)] * 2 + [_scene(1)] * 20) == []


def _pan(patch: int, speed: int) -> list[RGB]:
    """A camera that stands, moves so many pixels a frame over patches, and stands again."""
    wide = _scene(4, 2400, patch)
    frames = [wide[:, x : x + 300] for x in range(7, min(2080, 150 * speed), speed)]
    return [frames[0]] * 10 + frames + [frames[-1]] * 10


@pytest.mark.parametrize("speed", [2, 4, 8, 16, 40])
@pytest.mark.parametrize("patch", [10, 20])
def test_a_pan_over_details_is_no_cut(patch: int, speed: int) -> None:
    assert _first_samples(_pan(patch, speed)) == []


def test_a_slow_pan_over_broad_plain_areas_is_no_cut() -> None:
    assert _first_samples(_pan(patch=40, speed=4)) == []


def test_a_light_going_on_is_no_cut() -> None:
    dim = (_scene(1) * 0.5).astype(np.uint8)
    assert _first_samples([dim] * 20 + [dim + np.uint8(90)] * 20) == []


def test_a_dissolve_is_one_cut_in_its_middle() -> None:
    pictures = [_scene(1)] * 40 + _mixed(_scene(1), _scene(2), 21) + [_scene(2)] * 40
    (cut,) = _first_samples(pictures)
    assert 45 <= cut <= 56


def test_a_fade_through_black_is_one_cut() -> None:
    black = np.zeros_like(_scene(1))
    pictures = [
        *([_scene(1)] * 40),
        *_mixed(_scene(1), black, 15),
        *_mixed(black, _scene(2), 15),
        *([_scene(2)] * 40),
    ]
    (cut,) = _first_samples(pictures)
    assert 50 <= cut <= 60


def test_samples_seconds_apart_tell_a_cut_where_the_whole_picture_is_another() -> None:
    assert _first_samples([_scene(1)] * 5 + [_scene(2)] * 5, step_s=3.0) == [5]


def test_samples_seconds_apart_of_one_picture_have_no_cut() -> None:
    rng = np.random.default_rng(0)
    pictures = [
        np.clip(_scene(1) + rng.integers(-20, 21, _scene(1).shape), 0, 255).astype(np.uint8)
        for _ in range(8)
    ]
    assert _first_samples(pictures, step_s=3.0) == []


def test_a_single_sample_is_one_shot() -> None:
    assert _first_samples([_scene(1)]) == []


@pytest.mark.parametrize(
    ("clip", "cuts"),
    [
        ("fr_short_hamilton_clip.mp4", [20, 82, 211]),  # by eye, from the frames around them
        ("facenet_video.mp4", []),
        ("intel_three_people.gif", []),
    ],
)
def test_the_cuts_of_a_real_clip_are_found_to_the_frame(
    clip: str, cuts: list[int], tmp_path: Path
) -> None:
    path = VIDEOS / clip
    if not path.exists():
        pytest.skip(f"{clip} is not beside the repository")
    sampled = frames.run(
        Video(clip, str(path), str(path), clip), Settings(every_s=0), tmp_path / "f"
    )
    seen = [(frame.time_s, appearance.of_frame(frame.rgb)) for frame in sampled.read()]
    samples = pd.DataFrame(seen, columns=["timestamp", "signature"])
    assert (np.flatnonzero(np.diff(shot_numbers(samples))) + 1).tolist() == cuts
