"""Moments by muscle: called neutral by the classifier, strong by the muscles."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pandas as pd
import pytest

from facemotion import moments
from facemotion.moments import muscles
from facemotion.records import ACTION_UNITS, EMOTIONS, Moment, Settings
from facemotion.tables import faces_table


def _face(time_s: float, face_id: int = 0, **values: Any) -> dict[str, Any]:
    """A large, sharp, certain face with all muscles at rest unless given by name."""
    scores = {emotion: values.pop(emotion, 0.0) for emotion in EMOTIONS if emotion != "neutral"}
    return {
        "frame": round(time_s * 25),
        "timestamp": time_s,
        "face_id": face_id,
        "confidence": 0.9,
        **{"x": 10.0, "y": 20.0, "w": 100.0, "h": 100.0},
        **{"pitch_deg": 0.0, "yaw_deg": 0.0, "roll_deg": 0.0, "sharpness": 0.8},
        **scores,
        "neutral": 1.0 - sum(scores.values()),
        "source": "local",
        **dict.fromkeys(ACTION_UNITS, 0.0),
        **values,
    }


@pytest.fixture(autouse=True)
def every_action_unit_is_reliable(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about the choice; where an action unit is reliable is told elsewhere."""
    _say(monkeypatch, dict.fromkeys(ACTION_UNITS, "good"))


def _say(monkeypatch: pytest.MonkeyPatch, words: dict[str, str]) -> None:
    def reliability(faces: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame([words] * len(faces), index=faces.index, columns=list(ACTION_UNITS))

    monkeypatch.setattr("facemotion.action_units.reliability", reliability)


def _choose(rows: list[dict[str, Any]], **settings: Any) -> list[tuple[float, str]]:
    chosen = moments.choose(faces_table(rows), Settings(**settings))
    return [(moment.time_s, moment.why) for moment in chosen]


def test_a_pout_that_is_called_neutral_is_a_moment_with_its_muscles_as_the_reason() -> None:
    rows = [_face(float(t), happy=0.3) for t in range(0, 20, 2)]
    rows.append(_face(31.0, AU15=3.0, AU17=3.2))
    told = _choose(rows, max_moments=3)
    assert told[-1] == (31.0, "AU15+17 at 3.1 while the classifier says neutral (a pout)")


def test_a_combination_without_an_everyday_name_is_told_by_its_parts() -> None:
    (told,) = _choose([_face(1.0, AU01=2.6, AU04=3.0, AU15=2.8, AU20=2.5)])
    assert told[1] == (
        "AU1+4+15+20 at 2.7 while the classifier says neutral "
        "(inner brows raised, brows lowered, lip corners down), most expressive"
    )


def test_strong_muscles_under_another_label_are_no_moment_of_this_kind() -> None:
    told = _choose([_face(1.0, happy=0.9, AU06=3.0, AU12=4.0)])
    assert told == [(1.0, "strongest happy, most expressive")]


def test_just_below_strong_is_not_offered() -> None:
    assert muscles.strong_neutrals(faces_table([_face(1.0, AU04=2.49)])) == []
    (found,) = muscles.strong_neutrals(faces_table([_face(1.0, AU04=2.5)]))
    assert (found.action_units, found.intensities) == (("AU04",), (2.5,))


@pytest.mark.parametrize(
    "alone",
    [("AU25",), ("AU26",), ("AU45",), ("AU25", "AU26"), ("AU05",), ("AU07",), ("AU05", "AU07")],
    ids="+".join,
)
def test_talking_blinking_and_eye_opening_alone_make_no_moment(alone: tuple[str, ...]) -> None:
    rows = [_face(1.0, **dict.fromkeys(alone, 5.0))]
    assert muscles.strong_neutrals(faces_table(rows)) == []


def test_eyes_count_beside_brows_and_talking_is_never_told() -> None:
    rows = [_face(1.0, AU01=3.0, AU02=3.0, AU05=3.0, AU25=5.0, AU26=5.0, AU45=5.0)]
    (found,) = muscles.strong_neutrals(faces_table(rows))
    assert found.action_units == ("AU01", "AU02", "AU05")


@pytest.mark.parametrize(
    ("word", "counts"),
    [("good", True), ("fair", True), ("weak", False), ("not measurable", False)],
)
def test_only_what_is_reliable_there_counts(
    monkeypatch: pytest.MonkeyPatch, word: str, counts: bool
) -> None:
    _say(monkeypatch, {**dict.fromkeys(ACTION_UNITS, "good"), "AU04": word})
    found = muscles.strong_neutrals(faces_table([_face(1.0, AU04=4.0)]))
    assert len(found) == counts


def test_what_was_not_measured_does_not_count() -> None:
    rows = [_face(1.0, **dict.fromkeys(ACTION_UNITS, float("nan")))]
    assert muscles.strong_neutrals(faces_table(rows)) == []


def test_the_quota_is_kept_and_zero_turns_it_off() -> None:
    rows = [_face(float(t), AU04=3.0 + t / 10) for t in range(0, 20, 2)]

    def count(**settings: Any) -> int:
        return sum("classifier" in why for _, why in _choose(rows, **settings))

    assert [count(max_muscle_moments=n) for n in (0, 1, 2, 5)] == [0, 1, 2, 5]


def test_they_are_part_of_max_moments_after_the_strongest_of_each_emotion() -> None:
    rows = [_face(float(3 * i), **{emotion: 0.8}) for i, emotion in enumerate(EMOTIONS[:3])]
    rows += [_face(float(t), AU04=3.0) for t in (30, 40)]
    rows += [_face(float(t), angry=0.7) for t in (50, 60)]
    assert [t for t, _ in _choose(rows, max_moments=3)] == [0.0, 3.0, 6.0]
    assert [t for t, _ in _choose(rows, max_moments=4)] == [0.0, 3.0, 6.0, 30.0]
    assert [t for t, _ in _choose(rows, max_moments=6)] == [0.0, 3.0, 6.0, 30.0, 40.0, 50.0]


def test_they_keep_their_distance_from_other_moments_of_the_same_face() -> None:
    rows = [_face(1.0, happy=0.9), _face(1.5, AU04=5.0), _face(1.5, face_id=1, AU04=3.0)]
    chosen = moments.choose(faces_table(rows), Settings(min_gap_s=1.0))
    assert [(m.face_id, m.emotion) for m in chosen] == [(0, "happy"), (1, "neutral")]


@pytest.mark.parametrize("flaw", [{"w": 20.0}, {"sharpness": 0.05}, {"confidence": 0.3}])
def test_a_small_blurred_or_doubtful_face_is_not_offered(flaw: dict[str, float]) -> None:
    assert _choose([_face(1.0, AU04=5.0, **flaw)]) == []


def test_different_muscles_come_before_more_of_the_same() -> None:
    rows = [_face(1.0, AU04=4.0), _face(5.0, AU04=3.9), _face(9.0, AU14=2.6)]
    found = muscles.strong_neutrals(faces_table(rows))
    assert [(m.row, m.action_units) for m in found] == [
        (0, ("AU04",)),
        (2, ("AU14",)),
        (1, ("AU04",)),
    ]


def test_a_moment_carries_all_that_was_measured() -> None:
    row = _face(1.0, AU12=3.0, AU06=float("nan"), gaze_yaw_deg=-4.0, gaze_pitch_deg=2.0)
    row |= {"pitch_deg": 5.0, "yaw_deg": 6.0, "roll_deg": 7.0, "valence": 0.5, "arousal": -0.25}
    (moment,) = moments.choose(faces_table([row | {"person": "Person A"}]), Settings())
    assert moment.person == "Person A"
    assert moment.action_units is not None and moment.present is not None
    assert moment.action_units[ACTION_UNITS.index("AU12")] == 3.0
    assert moment.action_units[ACTION_UNITS.index("AU06")] is None
    assert moment.present[ACTION_UNITS.index("AU12")] is True
    assert moment.present[ACTION_UNITS.index("AU04")] is False
    assert moment.present[ACTION_UNITS.index("AU06")] is None
    assert moment.reliability == ("good",) * 17
    assert (moment.pitch_deg, moment.yaw_deg, moment.roll_deg) == (5, 6, 7)
    assert (moment.gaze_pitch_deg, moment.gaze_yaw_deg) == (2, -4)
    assert (moment.valence, moment.arousal) == (0.5, -0.25)
    stored = json.loads(json.dumps(moment.to_dict(), allow_nan=False))
    assert Moment.from_dict(stored) == moment


def test_what_was_not_measured_is_none() -> None:
    nothing = dict.fromkeys((*ACTION_UNITS, "pitch_deg", "yaw_deg", "roll_deg"), float("nan"))
    (moment,) = moments.choose(faces_table([_face(1.0, **nothing)]), Settings())
    assert moment.action_units is moment.present is moment.reliability is None
    assert moment.pitch_deg is moment.gaze_yaw_deg is moment.valence is None


def test_a_moment_stored_by_an_earlier_version_still_loads() -> None:
    (moment,) = moments.choose(faces_table([_face(1.0, happy=0.9)]), Settings())
    later = {f.name for f in dataclasses.fields(Moment)} - {
        *("number", "frame_index", "time_s", "face_id", "emotion", "probabilities"),
        *("expressiveness", "confidence", "box_xywh", "why", "source", "face_path", "frame_path"),
    }
    old = {k: v for k, v in json.loads(json.dumps(moment.to_dict())).items() if k not in later}
    loaded = Moment.from_dict(old)
    assert loaded.probabilities == moment.probabilities
    assert loaded.action_units is None and loaded.person is None
