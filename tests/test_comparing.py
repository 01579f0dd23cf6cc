"""Several classifiers on the same faces: what is judged, what is kept, what is told beforehand."""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from facemotion import comparing, models, pipeline
from facemotion.errors import Cancelled, InputError, ModelError, SettingsError
from facemotion.faces import LANDMARKS, Looker, judging, landmarks, verdicts
from facemotion.frames import Frames
from facemotion.models.classifiers.mini_xception import MiniXception
from facemotion.people import edits
from facemotion.records import EMOTIONS, Frame, Progress, Settings, Work
from facemotion.statistics import agreement
from tests import clips

BOTH = ("ferplus-resnet", "mini-xception")
ENSEMBLE = "ensemble:ferplus-resnet+mini-xception"
QUICK = Settings(every_s=0.5)
SEVEN = list(EMOTIONS)

LIKE_MEASURED = 0.06
"""Meshes are kept to a two-thousandth of the box: too little for the eye, not for a network."""


def probabilities(table: pd.DataFrame) -> np.ndarray:
    return table[SEVEN].to_numpy(np.float64)


def kept_files(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("*/faces-*/verdicts-*"))


def test_the_first_classifiers_verdicts_are_those_of_the_faces_table(
    portrait_clip: Path, cache_root: Path
) -> None:
    found = comparing.compare(portrait_clip, BOTH, QUICK, cache_root=cache_root)
    told, faces = found.verdicts["ferplus-resnet"], found.analysis.faces
    assert found.names == BOTH
    assert found.analysis.settings == QUICK.with_changes(classifier="ferplus-resnet")
    assert len(told) == len(faces) == 12
    assert np.abs(probabilities(told) - probabilities(faces)).max() < 0.01
    assert told["dominant_emotion"].tolist() == faces["dominant_emotion"].tolist()
    assert told["contempt"].to_numpy() == pytest.approx(faces["contempt"], abs=0.01)


def test_each_judges_as_if_it_had_measured_the_faces_itself(
    cache_root: Path, demo_clip: Path
) -> None:
    found = comparing.compare(demo_clip, BOTH, QUICK, cache_root=cache_root)
    for name in BOTH:
        own = QUICK.with_changes(classifier=name)
        measured = pipeline.run(demo_clip, own, cache_root=cache_root).faces
        told = found.verdicts[name]
        apart = np.abs(probabilities(told) - probabilities(measured)).max(axis=1)
        assert np.median(apart) < 0.01
        assert np.quantile(apart, 0.9) < LIKE_MEASURED
        assert (told["dominant_emotion"] == measured["dominant_emotion"]).mean() > 0.95
    assert agreement.same(found.verdicts).loc[BOTH] < 0.9


def test_what_the_comparison_says_comes_from_the_verdicts(
    portrait_clip: Path, cache_root: Path
) -> None:
    found = comparing.compare(portrait_clip, BOTH, QUICK, cache_root=cache_root)
    assert found.disagreement.between(0, 1).all()
    assert 0 < len(found.disputes) <= QUICK.max_moments
    strongest = found.disputes[0]
    assert strongest.disagreement == pytest.approx(found.disagreement.max())
    row = found.analysis.faces.index[found.analysis.faces["frame"] == strongest.frame_index][0]
    for name in BOTH:
        assert strongest.verdicts[name] == tuple(found.verdicts[name].loc[row, SEVEN])
    assert all(0 < found.ms_per_face[name] < 1000 for name in BOTH)


def test_a_second_comparison_computes_nothing(
    portrait_clip: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = comparing.compare(portrait_clip, BOTH, QUICK, cache_root=cache_root)
    assert first.n_judged == 24
    monkeypatch.setattr(models, "classifier", None)
    monkeypatch.setattr(Frames, "read", None)
    again = comparing.compare(portrait_clip, BOTH, QUICK, cache_root=cache_root)
    assert (again.n_judged, again.analysis.work) == (0, Work())
    assert again.ms_per_face == first.ms_per_face
    assert all(again.verdicts[name].equals(first.verdicts[name]) for name in BOTH)


def test_one_more_classifier_judges_alone(portrait_clip: Path, cache_root: Path) -> None:
    comparing.compare(portrait_clip, BOTH, QUICK, cache_root=cache_root)
    more = comparing.compare(portrait_clip, (*BOTH, ENSEMBLE), QUICK, cache_root=cache_root)
    assert more.n_judged == 12
    mean = (probabilities(more.verdicts[BOTH[0]]) + probabilities(more.verdicts[BOTH[1]])) / 2
    assert probabilities(more.verdicts[ENSEMBLE]) == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("every_s", [0.5, 0.0])
def test_frames_are_read_once_for_all_classifiers(
    portrait_clip: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch, every_s: float
) -> None:
    settings = Settings(every_s=every_s, end_s=2.0)
    analysis = pipeline.run(portrait_clip, settings, cache_root=cache_root)
    read, seen = Frames.read, []

    def counted(self: Frames, first: int = 0) -> Generator[Frame, None, None]:
        for frame in read(self, first):
            seen.append(frame.index)
            yield frame

    monkeypatch.setattr(Frames, "read", counted)
    found = comparing.reopen(analysis.analysis_id, (*BOTH, ENSEMBLE), cache_root=cache_root)
    assert found.n_judged == 3 * len(analysis.faces)
    assert seen == analysis.samples["frame"].tolist()


def test_progress_tells_who_has_judged_how_many(portrait_clip: Path, cache_root: Path) -> None:
    said: list[Progress] = []
    analysis = pipeline.run(portrait_clip, Settings(every_s=0.1), cache_root=cache_root)
    comparing.reopen(analysis.analysis_id, BOTH, cache_root=cache_root, on_progress=said.append)
    assert {progress.stage for progress in said} == {"faces"}
    assert "mini-xception: 16 faces" in [progress.text for progress in said]
    counted = [progress for progress in said if progress.total]
    assert [progress.done for progress in counted] == sorted(progress.done for progress in counted)
    assert counted[-1].fraction == 1.0
    assert {progress.unit for progress in counted} == {"verdicts"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["ferplus-resnet", "nosuch"], r"no classifier called 'nosuch'. Choose one of: ferplus"),
        (["ferplus-resnet"], r"only ferplus-resnet to compare. Name two or more"),
        (["ferplus-resnet", " ferplus-resnet "], r"only ferplus-resnet to compare"),
        ([], r"no classifier to compare. Name two or more"),
        (["ensemble:ferplus-resnet", "ferplus-resnet"], r"not two or more different"),
    ],
)
def test_bad_names_are_told_before_any_work(cache_root: Path, names: list[str], said: str) -> None:
    never = "http://127.0.0.1:1/never-asked.mp4"
    with pytest.raises(SettingsError, match=said):
        comparing.compare(never, names, cache_root=cache_root)
    with pytest.raises(SettingsError, match=said):
        comparing.reopen("never.opened", names, cache_root=cache_root)


def test_missing_weights_are_told_before_any_work(
    cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> list[Path]:
        raise ModelError("mini-xception is not here.")

    monkeypatch.setattr(MiniXception, "weights", staticmethod(missing))
    with pytest.raises(ModelError, match="is not here"):
        comparing.compare("http://127.0.0.1:1/never-asked.mp4", BOTH, cache_root=cache_root)


def test_auto_is_the_best_on_the_disk() -> None:
    assert comparing.checked(["auto", "mini-xception"])[1] == "mini-xception"
    assert comparing.checked(["auto", "mini-xception"])[0] != "auto"


def test_an_analysis_that_is_gone_is_told(cache_root: Path) -> None:
    with pytest.raises(InputError, match="is not in the cache any more"):
        comparing.reopen("gone.0123456789ab", BOTH, cache_root=cache_root)


def test_an_analysis_without_landmarks_is_measured_again_with_them(
    portrait_clip: Path, cache_root: Path
) -> None:
    bare = pipeline.run(portrait_clip, QUICK.with_changes(landmarks=False), cache_root=cache_root)
    found = comparing.reopen(bare.analysis_id, BOTH, cache_root=cache_root)
    assert found.analysis.analysis_id != bare.analysis_id
    assert found.analysis.work == Work(frames_analysed=16)
    assert found.n_judged == 24
    forced = comparing.compare(
        portrait_clip, BOTH, QUICK.with_changes(landmarks=False), cache_root=cache_root
    )
    assert (forced.analysis.analysis_id, forced.n_judged) == (found.analysis.analysis_id, 0)


def test_nothing_is_sent_to_claude(
    portrait_clip: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)  # and so it would be refused
    paid = QUICK.with_changes(explainer="claude")
    found = comparing.compare(portrait_clip, BOTH, paid, cache_root=cache_root)
    assert found.analysis.settings.explainer == Settings().explainer


def test_a_stopped_comparison_leaves_nothing_half_and_goes_on_where_it_was(
    portrait_clip: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "TOGETHER", 4)
    monkeypatch.setattr(judging, "PART", 8)
    settings = Settings(every_s=0.2)
    analysis = pipeline.run(portrait_clip, settings, cache_root=cache_root)
    n_faces = len(analysis.faces)

    def stop(progress: Progress) -> None:
        if progress.text == "mini-xception: 20 faces":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        comparing.reopen(analysis.analysis_id, BOTH, cache_root=cache_root, on_progress=stop)
    assert [name.endswith(".partial") for name in kept_files(cache_root)] == [True, True]
    assert not comparing.is_kept(analysis, BOTH)
    resumed = comparing.reopen(analysis.analysis_id, BOTH, cache_root=cache_root)
    assert resumed.n_judged == 2 * (n_faces - 16)
    assert [name.endswith(".parquet") for name in kept_files(cache_root)] == [True, True]
    assert comparing.is_kept(analysis, BOTH)
    told = {name: resumed.verdicts[name].copy() for name in BOTH}
    for path in cache_root.glob("*/faces-*/verdicts-*"):
        path.unlink()
    fresh = comparing.reopen(analysis.analysis_id, BOTH, cache_root=cache_root)
    assert fresh.n_judged == 2 * n_faces
    for name in BOTH:
        assert probabilities(told[name]) == pytest.approx(
            probabilities(fresh.verdicts[name]), abs=1e-6
        )


def test_a_video_without_faces_is_a_result(cache_root: Path, tmp_path: Path) -> None:
    wall = clips.write(tmp_path / "wall.mp4", 50)
    for _ in range(2):
        found = comparing.compare(wall, BOTH, QUICK, cache_root=cache_root)
        assert (found.n_judged, found.disputes, len(found.disagreement)) == (0, (), 0)
        assert {"contempt", "dominant_emotion", *EMOTIONS} <= set(found.verdicts[BOTH[0]].columns)
        assert all(math.isnan(ms) for ms in found.ms_per_face.values())


def test_a_single_face_can_be_compared(portrait_clip: Path, cache_root: Path) -> None:
    one = Settings(every_s=3.0, end_s=1.0)
    found = comparing.compare(portrait_clip, BOTH, one, cache_root=cache_root)
    assert len(found.analysis.faces) == len(found.disputes) == 1


def test_people_who_were_left_out_or_renamed_are_so_here_too(
    visits_clip: Path, cache_root: Path
) -> None:
    analysis = pipeline.run(visits_clip, QUICK, cache_root=cache_root)
    first, second = sorted(analysis.faces["face_id"].unique())
    made = [
        edits.delete(analysis.faces, first),
        edits.rename(analysis.faces, second, "Anna"),
    ]
    pipeline.edit_people(
        analysis.analysis_id,
        lambda old: old.with_decisions(made[0]).with_decisions(made[1]),
        cache_root=cache_root,
    )
    found = comparing.reopen(analysis.analysis_id, BOTH, cache_root=cache_root)
    left = analysis.faces[analysis.faces["face_id"] == second]
    assert found.n_judged == 2 * len(analysis.faces)
    assert found.analysis.faces["frame"].tolist() == left["frame"].tolist()
    assert {dispute.person for dispute in found.disputes} == {"Anna"}
    for name in BOTH:
        assert len(found.verdicts[name]) == len(left)
    told = probabilities(found.verdicts["ferplus-resnet"])
    assert np.abs(told - probabilities(left)).max() < LIKE_MEASURED


def test_verdicts_are_put_beside_their_faces_by_frame_and_box() -> None:
    place = pd.DataFrame({"frame": [3, 3, 5], "x": [9.5, 1, 2], "y": 4.0, "w": 8.0, "h": 8.0})
    told = place.assign(**dict.fromkeys(EMOTIONS, 0.0)).assign(happy=[0.9, 0.2, 0.3], fear=0.25)
    faces = pd.concat([place.iloc[[2, 0]], place.iloc[[1]].assign(frame=4)]).set_axis([7, 8, 9])
    found = verdicts.aligned(faces, told)
    assert found.index.tolist() == [7, 8, 9]
    assert found["happy"].tolist()[:2] == [0.3, 0.9] and math.isnan(found["happy"][9])
    assert found["dominant_emotion"].tolist() == ["happy", "happy", ""]
    assert verdicts.aligned(faces.iloc[:0], told)["dominant_emotion"].tolist() == []


def test_landmarks_are_read_as_they_were_fitted(portrait_clip: Path, cache_root: Path) -> None:
    analysis = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    (path,) = cache_root.glob(f"*/faces-*/{LANDMARKS}")
    located = list(landmarks.read(path))
    assert landmarks.count(path) == len(located) == len(analysis.faces)
    assert [face.frame for face in located] == analysis.faces["frame"].tolist()
    look = Looker(QUICK, cache_root / "models")
    frame = next(pipeline.sampled_frames(analysis).read())
    with look._models() as own:
        found = own.detector.detect(frame.rgb, QUICK.min_confidence)
        eyes = None if found.eyes is None else found.eyes[0]
        mesh = own.mesh.fit(frame.rgb, found.boxes_xywh[0], eyes)
    assert located[0].box_xywh == pytest.approx(found.boxes_xywh[0])
    assert located[0].points.dtype == np.float32
    apart = np.abs(located[0].points - mesh.points).max()
    assert apart < 0.001 * max(found.boxes_xywh[0][2:])
