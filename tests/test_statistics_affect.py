"""Valence and arousal, and the correction by a person's own face at rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.statistics import affect, baseline
from tests.measured import all_of, faces_of

AT_REST = dict.fromkeys(ACTION_UNITS, 0.0)


def affect_of(**columns: float) -> tuple[float, float]:
    row = affect.with_affect(faces_of([0.0], **columns)).iloc[0]
    return float(row["valence"]), float(row["arousal"])


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_clear_emotion_without_action_units_lies_at_its_published_place(emotion: str) -> None:
    assert affect_of(**all_of(emotion)) == pytest.approx(affect.PLACES[emotion])


def test_a_mixture_lies_between_the_places_of_its_emotions() -> None:
    mixed = all_of("neutral") | {"happy": 0.5, "neutral": 0.5}
    assert affect_of(**mixed) == pytest.approx((0.405, 0.255))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_action_units_at_rest_change_no_more_than_missing_ones(emotion: str) -> None:
    assert affect_of(**all_of(emotion), **AT_REST) == affect_of(**all_of(emotion))


def test_a_smile_on_a_face_called_neutral_is_pleasant() -> None:
    assert affect_of(**(AT_REST | {"AU12": 5.0}))[0] == pytest.approx(1.0)
    assert affect_of(**(AT_REST | {"AU12": 3.0}))[0] == pytest.approx(0.5)


@pytest.mark.parametrize("unit", affect.DISPLEASED)
def test_a_muscle_of_displeasure_is_unpleasant(unit: str) -> None:
    assert affect_of(**(AT_REST | {unit: 3.0}))[0] == pytest.approx(-0.5)


def test_only_the_strongest_muscle_of_displeasure_counts() -> None:
    units = AT_REST | {"AU04": 3.0, "AU15": 5.0}
    assert affect_of(**units)[0] == pytest.approx(-1.0)


def test_a_trace_of_a_muscle_is_no_evidence() -> None:
    assert affect_of(**(AT_REST | {"AU04": 1.0, "AU12": 0.9})) == (0.0, 0.0)


def test_muscles_move_a_face_through_part_of_what_is_left() -> None:
    valence, _ = affect_of(**all_of("happy"), **(AT_REST | {"AU12": 3.0}))
    assert valence == pytest.approx(0.81 + 0.19 * 0.5)


@pytest.mark.parametrize("missing", [["AU12"], list(affect.DISPLEASED)])
def test_a_balance_with_one_side_unknown_is_not_drawn(missing: list[str]) -> None:
    units = AT_REST | {"AU12": 4.0, "AU04": 4.0, "AU15": 4.0} | dict.fromkeys(missing, np.nan)
    assert affect_of(**units)[0] == 0.0


def test_arousal_is_the_mean_of_the_five_strongest_units_without_blinks() -> None:
    units = AT_REST | {"AU01": 5.0, "AU02": 3.0, "AU45": 5.0}
    assert affect_of(**units)[1] == pytest.approx((1 + 0.5) / 5)


def test_too_few_units_say_nothing_about_arousal() -> None:
    seen = {"AU01": 5.0, "AU02": 5.0, "AU04": 0.0}
    assert affect_of(**seen)[1] == 0.0


def test_all_values_stay_within_one() -> None:
    rng = np.random.default_rng(0)
    emotions = dict(zip(EMOTIONS, rng.dirichlet([0.3] * 7, 500).T, strict=True))
    units = dict(zip(ACTION_UNITS, rng.uniform(0, 5, (17, 500)), strict=True))
    table = affect.with_affect(faces_of(range(500), **emotions, **units))
    assert table[["valence", "arousal"]].abs().max().max() <= 1
    assert table.dtypes["valence"] == "float32"


def test_a_face_that_was_not_classified_has_no_affect() -> None:
    table = affect.with_affect(faces_of([0.0]).assign(**dict.fromkeys(EMOTIONS, np.nan)))
    assert table[["valence", "arousal"]].isna().all(axis=None)


def test_an_empty_table_stays_empty() -> None:
    assert affect.with_affect(faces_of([])).empty
    assert baseline.baseline_corrected(faces_of([])).empty


@pytest.mark.parametrize(
    ("valence", "arousal", "word"),
    [
        (0.8, 0.1, "pleasure"),
        (0.6, 0.6, "excitement"),
        (0.0, 0.6, "arousal"),
        (-0.5, 0.6, "distress"),
        (-0.6, 0.0, "displeasure"),
        (-0.6, -0.5, "depression"),
        (0.1, -0.6, "sleepiness"),
        (0.5, -0.5, "relaxation"),
        (0.05, 0.05, "neutral"),
        (float("nan"), 0.0, ""),
    ],
)
def test_a_place_has_the_word_of_its_eighth(valence: float, arousal: float, word: str) -> None:
    assert affect.word(valence, arousal) == word


# Baseline ------------------------------------------------------------------------------------

RESTING = {"sad": 0.4, "neutral": 0.6}


def sad_at_rest(face_id: int = 1, smiles: int = 5) -> pd.DataFrame:
    """Forty samples of a face that looks a little sad at rest, and some of a smile."""
    sad = [0.4] * 40 + [0.0] * smiles
    happy = [0.0] * 40 + [0.8] * smiles
    neutral = [0.6] * 40 + [0.2] * smiles
    times = range(len(sad))
    return faces_of(times, face_id, sad=sad, happy=happy, neutral=neutral)


def test_the_resting_face_becomes_neutral() -> None:
    corrected = baseline.baseline_corrected(sad_at_rest())
    at_rest = corrected.iloc[:40]
    assert at_rest["neutral"].to_numpy() == pytest.approx(1.0)
    assert set(at_rest["dominant_emotion"]) == {"neutral"}
    assert at_rest["valence"].to_numpy() == pytest.approx(0.0, abs=1e-6)


def test_what_is_not_in_the_resting_face_stays() -> None:
    corrected = baseline.baseline_corrected(sad_at_rest())
    assert corrected.iloc[40:]["happy"].to_numpy() == pytest.approx(0.8)


def test_a_full_emotion_stays_full() -> None:
    faces = pd.concat([sad_at_rest(), faces_of([50.0], **all_of("sad"))], ignore_index=True)
    assert baseline.baseline_corrected(faces).iloc[-1]["sad"] == pytest.approx(1.0)


def test_between_rest_and_full_the_scale_is_stretched() -> None:
    faces = pd.concat([sad_at_rest(), faces_of([50.0], sad=0.7, neutral=0.3)], ignore_index=True)
    assert baseline.baseline_corrected(faces).iloc[-1]["sad"] == pytest.approx(0.3 / 0.6)


def test_corrected_probabilities_sum_to_one_and_none_grows() -> None:
    rng = np.random.default_rng(1)
    emotions = dict(zip(EMOTIONS, rng.dirichlet([0.5] * 7, 200).T, strict=True))
    raw = faces_of(range(200), **emotions)
    corrected = baseline.baseline_corrected(raw)
    assert corrected[list(EMOTIONS)].sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-6)
    shown = [name for name in EMOTIONS if name != "neutral"]
    assert (corrected[shown].to_numpy() <= raw[shown].to_numpy() + 1e-6).all()
    assert raw["sad"].to_numpy() == pytest.approx(emotions["sad"], abs=1e-6)


def test_a_range_that_the_user_picked_is_taken_instead() -> None:
    profiles = baseline.neutral_profiles(sad_at_rest(), {1: (40.0, 44.0)})
    assert profiles.loc[1, "origin"] == "range"
    assert profiles.loc[1, "rows"] == 5
    assert profiles.loc[1, "happy"] == pytest.approx(0.8)


def test_a_range_without_the_person_leaves_their_most_neutral_rows() -> None:
    profiles = baseline.neutral_profiles(sad_at_rest(), {1: (900.0, 901.0)})
    assert profiles.loc[1, "origin"] == "most neutral"
    assert profiles.loc[1, "sad"] == pytest.approx(0.4)


def test_each_person_has_their_own_resting_face() -> None:
    faces = pd.concat([sad_at_rest(1), faces_of(range(20), 2)], ignore_index=True)
    profiles = baseline.neutral_profiles(faces)
    assert profiles["sad"].to_dict() == pytest.approx({1: 0.4, 2: 0.0})


def test_few_rows_are_not_corrected() -> None:
    faces = faces_of(range(9), happy=0.9, neutral=0.1)
    assert baseline.neutral_profiles(faces).loc[1, "origin"] == "none"
    assert baseline.baseline_corrected(faces)["happy"].to_numpy() == pytest.approx(0.9)
