"""Head pose and gaze: turns that are known are found again, with the right signs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from facemotion import demo, models
from facemotion.models.gaze import gaze_of
from facemotion.models.head import Head, head_of, mean_face
from facemotion.models.iris import Eyes, IrisModel
from facemotion.models.mesh import FaceMesh, Mesh
from facemotion.models.normalised import HEIGHT, WIDTH, normalised_face

if TYPE_CHECKING:
    from facemotion.records import RGB

VIDEOS = Path(__file__).parents[2] / "shared/media/videos"
needs_media = pytest.mark.skipif(not VIDEOS.is_dir(), reason="the test media are not here")


def _rotation(pitch_deg: float, yaw_deg: float, roll_deg: float) -> np.ndarray:
    """Yaw first, then pitch, then roll; x right, y down, z away; pitch up is positive."""
    p, y, r = (math.radians(v) for v in (-pitch_deg, yaw_deg, roll_deg))
    about_y = [[math.cos(y), 0, -math.sin(y)], [0, 1, 0], [math.sin(y), 0, math.cos(y)]]
    about_x = [[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]]
    about_z = [[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]]
    return np.array(about_z) @ np.array(about_x) @ np.array(about_y)


def _look(rgb: RGB) -> tuple[Mesh, Head, Eyes]:
    found = models.detector("blazeface").detect(rgb, 0.5)
    assert found.eyes is not None
    mesh = FaceMesh().fit(rgb, found.boxes_xywh[0], found.eyes[0])
    return mesh, head_of(mesh.points), IrisModel().fit(rgb, mesh)


def _frame(name: str, time_s: float) -> RGB:
    with av.open(str(VIDEOS / name)) as container:
        for frame in container.decode(video=0):
            if float(frame.time or 0) >= time_s - 0.01:
                return frame.to_ndarray(format="rgb24").astype(np.uint8)
    raise AssertionError(f"{name} ends before {time_s} s")


@pytest.mark.parametrize("pitch_deg", [-30, -10, 0, 20])
@pytest.mark.parametrize("yaw_deg", [-45, -20, 0, 25, 60])
@pytest.mark.parametrize("roll_deg", [-30, 0, 15])
def test_a_turned_mesh_gives_back_its_turn(pitch_deg: int, yaw_deg: int, roll_deg: int) -> None:
    # A face that is not the mean one: wider, with the mouth open and the brows up.
    face = mean_face().astype(np.float64) * [1.05, 1.0, 1.1]
    face[[17, 152, 148, 377, 14]] += [0, 0.2, 0]
    face[[105, 334, 107, 336]] -= [0, 0.1, 0]
    points = 90 * face @ _rotation(pitch_deg, yaw_deg, roll_deg).T + [320, 240, 0]
    found = head_of(points.astype(np.float32)).angles_deg
    assert found == pytest.approx((pitch_deg, yaw_deg, roll_deg), abs=3)


def test_the_mean_face_looks_straight_ahead_and_is_symmetrical() -> None:
    assert head_of(mean_face()).angles_deg == pytest.approx((0, 0, 0), abs=1e-3)
    eyes = [mean_face()[list(corners)].mean(axis=0) for corners in ((33, 133), (362, 263))]
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(1, abs=1e-5)
    assert eyes[0][0] == pytest.approx(-eyes[1][0], abs=1e-5)


def test_points_go_to_the_picture_and_back() -> None:
    head = Head(80.0, _rotation(10, -20, 5), np.array([100.0, 50.0, 3.0]))
    assert head.from_front(head.in_picture(mean_face())) == pytest.approx(mean_face(), abs=1e-4)


@pytest.mark.parametrize(("turn", "angle"), [("yaw_deg", 1), ("pitch_deg", 0), ("roll_deg", 2)])
def test_a_rendered_head_turns_the_way_it_is_told(turn: str, angle: int) -> None:
    # The demo's own pitch counts downwards.
    sign = -1 if turn == "pitch_deg" else 1
    animator = demo.animator()
    angles = [_look(animator.render_frame({}, **{turn: v}))[1].angles_deg for v in (-15.0, 15.0)]
    assert 10 < sign * (angles[1][angle] - angles[0][angle]) < 40


def test_eyes_that_look_ahead_have_no_angle_however_the_head_is_turned() -> None:
    """An eyeball's centre behind the corners: turned with the head, the gaze turns with it."""
    for turn in ((0, 0, 0), (10, 25, 0), (-15, -20, 0)):
        head = Head(100.0, _rotation(*turn), np.array([300.0, 200.0, 0.0]))
        gaze = gaze_of(_eyes_of(head, 0.0, 0.0), head)
        assert gaze.eyes_deg == pytest.approx(np.zeros((2, 2)), abs=0.5)
        assert gaze.mean_deg == pytest.approx(turn[:2], abs=2)


@pytest.mark.parametrize("pitch_deg", [-15, 0, 12])
@pytest.mark.parametrize("yaw_deg", [-25, 0, 30])
def test_a_turned_eyeball_gives_back_its_turn(pitch_deg: int, yaw_deg: int) -> None:
    head = Head(100.0, _rotation(5, 15, -10), np.array([300.0, 200.0, 0.0]))
    gaze = gaze_of(_eyes_of(head, pitch_deg, yaw_deg), head)
    for eye in gaze.eyes_deg:
        assert eye == pytest.approx((pitch_deg, yaw_deg), abs=0.5)


def _eyes_of(head: Head, pitch_deg: float, yaw_deg: float) -> Eyes:
    """The outlines and irises of eyeballs in a head that look there, relative to the head."""
    from facemotion.models.gaze import CENTRE, IRIS_RADIUS

    outline, iris = np.zeros((2, 71, 2), np.float32), np.zeros((2, 5, 2), np.float32)
    p, y = math.radians(pitch_deg), math.radians(yaw_deg)
    direction = np.array([math.cos(p) * math.sin(y), -math.sin(p), -math.cos(p) * math.cos(y)])
    for k, x in enumerate((-0.5, 0.5)):
        middle = np.array([x, 0.0, 0.0])
        side = -1 if k == 0 else 1
        half = np.array([0.22 * side, 0, 0])
        corners = np.stack([middle + half, middle - half])
        outline[k, [0, 8]] = head.in_picture(corners.astype(np.float32))[:, :2]
        centre = middle + np.array([side * CENTRE[0], CENTRE[1], CENTRE[2]])
        place = (centre + IRIS_RADIUS * direction).astype(np.float32)
        iris[k] = head.in_picture(place[None])[0, :2]
    return Eyes(outline, iris)


@needs_media
def test_real_eyes_to_the_right_and_to_the_left_have_the_right_signs() -> None:
    to_right, to_left = (_look(_frame("lp_driving_d0.mp4", t)) for t in (1.0, 1.4))
    assert gaze_of(to_right[2], to_right[1]).mean_deg[1] > 15
    assert gaze_of(to_left[2], to_left[1]).mean_deg[1] < -15
    ahead = _look(_frame("lp_driving_d0.mp4", 0.2))
    assert abs(gaze_of(ahead[2], ahead[1]).mean_deg[1]) < 8


@needs_media
def test_real_heads_that_turn_have_the_right_signs() -> None:
    _, to_left, _ = _look(_frame("nku_vlog.mp4", 0.5))
    _, to_right, _ = _look(_frame("nku_vlog.mp4", 3.0))
    assert to_left.angles_deg[1] < -8 and to_right.angles_deg[1] > 12
    assert to_left.angles_deg[2] > 8, "her head is tilted clockwise"


def test_the_face_from_its_front_stays_where_it_is_when_the_head_turns() -> None:
    animator = demo.animator()
    crops = []
    for yaw_deg in (0.0, 12.0):
        rgb = animator.render_frame({}, yaw_deg=yaw_deg)
        _, head, eyes = _look(rgb)
        crops.append(normalised_face(rgb, head, eyes).astype(np.float64))
    assert crops[0].shape == (HEIGHT, WIDTH)
    assert np.corrcoef(crops[0][8:50, 8:42].ravel(), crops[1][8:50, 8:42].ravel())[0, 1] > 0.85


def test_a_face_outside_of_the_picture_is_black_not_an_error() -> None:
    head = Head(100.0, np.eye(3), np.array([-900.0, -900.0, 0.0]))
    eyes = Eyes(np.full((2, 71, 2), -900, np.float32), np.full((2, 5, 2), -900, np.float32))
    assert not normalised_face(np.full((50, 50, 3), 200, np.uint8), head, eyes).any()
