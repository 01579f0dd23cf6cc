"""How far classifiers agree: against numbers that were counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from facemotion.moments.disputed import disputed
from facemotion.records import EMOTIONS, Settings
from facemotion.statistics import agreement
from tests.measured import all_of, faces_of


def verdicts_of(*emotions: str) -> pd.DataFrame:
    """One classifier that is certain of one emotion after the other; "" is no verdict."""
    rows = [all_of(name) if name else dict.fromkeys(EMOTIONS, math.nan) for name in emotions]
    return pd.DataFrame(rows, columns=list(EMOTIONS), dtype="float32")


HAPPY_SAD = {
    "one": verdicts_of("happy", "happy", "sad", "sad"),
    "other": verdicts_of("happy", "sad", "sad", "sad"),
}
NONE = {"one": verdicts_of(), "other": verdicts_of()}


def test_the_share_of_agreement_is_counted_over_the_faces() -> None:
    same = agreement.same(HAPPY_SAD)
    assert same.index.tolist() == same.columns.tolist() == ["one", "other"]
    assert same.to_numpy().tolist() == [[1.0, 0.75], [0.75, 1.0]]
    assert agreement.unanimous(HAPPY_SAD) == 0.75


def test_kappa_leaves_out_what_chance_would_give() -> None:
    # 3 of 4 alike; by chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2; (3/4 - 1/2) / (1 - 1/2) = 1/2.
    assert agreement.kappa(HAPPY_SAD).to_numpy() == pytest.approx(np.array([[1, 0.5], [0.5, 1]]))


def test_kappa_can_be_below_chance() -> None:
    opposite = {"one": verdicts_of("happy", "sad"), "other": verdicts_of("sad", "happy")}
    assert agreement.kappa(opposite).loc["one", "other"] == -1.0


def test_kappa_is_undefined_where_both_always_say_the_same_and_0_where_one_does() -> None:
    constant = verdicts_of(*["neutral"] * 4)
    kappa = agreement.kappa({"a": constant, "b": constant, "c": HAPPY_SAD["one"]})
    assert math.isnan(kappa.loc["a", "b"]) and math.isnan(kappa.loc["a", "a"])
    assert kappa.loc["a", "c"] == 0.0
    assert agreement.same({"a": constant, "b": constant}).loc["a", "b"] == 1.0


def test_a_face_that_one_of_two_did_not_judge_does_not_count() -> None:
    gaps = {
        "one": verdicts_of("happy", "", "sad", "sad"),
        "other": verdicts_of("happy", "happy", "", "angry"),
    }
    assert agreement.same(gaps).loc["one", "other"] == 0.5
    assert agreement.unanimous(gaps) == 0.5
    assert (
        agreement.named(gaps)["share"]
        .groupby(agreement.named(gaps)["classifier"])
        .sum()
        .eq(1)
        .all()
    )
    assert agreement.disagreement(gaps).isna().tolist() == [False, True, True, False]


def test_without_a_face_everything_is_undefined_and_nothing_fails() -> None:
    assert agreement.same(NONE).isna().all(axis=None)
    assert agreement.kappa(NONE).isna().all(axis=None)
    assert agreement.correlation(NONE, "happy").isna().all(axis=None)
    assert agreement.named(NONE)[["share", "mean"]].isna().all(axis=None)
    assert len(agreement.disagreement(NONE)) == 0
    assert math.isnan(agreement.unanimous(NONE))


def test_how_often_an_emotion_is_named_and_its_mean_probability() -> None:
    unsure = pd.DataFrame([all_of("happy"), all_of("happy")], dtype="float32")
    unsure.loc[1, ["happy", "sad"]] = [0.6, 0.4]
    named = agreement.named({"one": unsure}).set_index("emotion")
    assert named.loc["happy", "share"] == 1.0
    assert named.loc["happy", "mean"] == pytest.approx(0.8)
    assert named.loc["sad", "share"] == 0.0
    assert named.loc["sad", "mean"] == pytest.approx(0.2)
    assert named.index.tolist() == list(EMOTIONS)


def test_correlation_follows_one_emotion_through_time() -> None:
    one, other = verdicts_of(*["neutral"] * 4), verdicts_of(*["neutral"] * 4)
    one["happy"], other["happy"] = [0.0, 0.2, 0.4, 0.6], [0.6, 0.4, 0.2, 0.0]
    related = agreement.correlation({"one": one, "other": other}, "happy")
    assert related.loc["one", "other"] == pytest.approx(-1.0)
    assert math.isnan(agreement.correlation(HAPPY_SAD, "fear").loc["one", "other"])


def test_two_faces_are_too_few_for_a_correlation() -> None:
    two = {name: table.iloc[1:3] for name, table in HAPPY_SAD.items()}
    assert agreement.correlation(two, "happy").isna().all(axis=None)


def test_disagreement_is_0_for_the_same_and_1_for_disjoint_verdicts() -> None:
    assert agreement.disagreement(HAPPY_SAD).tolist() == [0.0, 1.0, 0.0, 0.0]
    three = HAPPY_SAD | {"third": verdicts_of("happy", "fear", "sad", "fear")}
    found = agreement.disagreement(three)
    assert found[1] == pytest.approx(1.0)
    # Two of three alike: the entropy of (2/3, 1/3) against log2(3) bits.
    bits = -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3))
    assert found[3] == pytest.approx(bits / math.log2(3))


def test_disagreement_of_half_sure_verdicts() -> None:
    half = pd.DataFrame([{**all_of("happy"), "happy": 0.5, "sad": 0.5}], dtype="float32")
    found = agreement.disagreement({"one": half, "other": verdicts_of("happy")})
    # Mean (3/4, 1/4): 0.8113 bits, less the mean of 1 bit and 0 bits.
    assert found[0] == pytest.approx(0.811278 - 0.5, abs=1e-5)


def test_verdicts_can_be_taken_of_some_faces_only() -> None:
    some = agreement.of_rows(HAPPY_SAD, np.array([True, True, False, False]))
    assert agreement.same(some).loc["one", "other"] == 0.5


TIMES = (0.0, 0.4, 2.0, 4.0)
BOX = {"x": 10.0, "y": 20.0, "w": 90.0, "h": 100.0, "sharpness": 0.8}


class TestDisputed:
    def found(self, amounts: list[float], settings: Settings, **columns: object) -> list[float]:
        faces = faces_of(TIMES, **(BOX | columns))
        chosen = disputed(faces, HAPPY_SAD, pd.Series(amounts), settings)
        assert [dispute.number for dispute in chosen] == list(range(1, len(chosen) + 1))
        return [dispute.time_s for dispute in chosen]

    def test_the_strongest_comes_first_and_neighbours_give_way(self) -> None:
        assert self.found([0.5, 0.6, 0.2, 0.9], Settings(min_gap_s=1.0)) == [4.0, 0.4, 2.0]
        assert self.found([0.5, 0.6, 0.2, 0.9], Settings(min_gap_s=0.0)) == [4.0, 0.4, 0.0, 2.0]

    def test_there_are_no_more_than_the_settings_say(self) -> None:
        assert self.found([0.5, 0.6, 0.2, 0.9], Settings(max_moments=1)) == [4.0]

    def test_agreement_and_missing_verdicts_are_no_dispute(self) -> None:
        assert self.found([0.0, math.nan, 0.2, 1e-9], Settings()) == [2.0]

    def test_small_and_blurred_faces_are_left_out(self) -> None:
        assert self.found([0.5] * 4, Settings(), w=[20.0, 90.0, 90.0, 90.0]) == [0.4, 2.0, 4.0]
        assert self.found([0.5] * 4, Settings(), sharpness=[0.1, 0.1, 0.1, 0.8]) == [4.0]

    def test_a_dispute_has_the_face_and_every_verdict(self) -> None:
        faces = faces_of(TIMES, 7, **BOX)
        (first,) = disputed(
            faces, HAPPY_SAD, pd.Series([0.0, 0.9, 0.0, 0.0]), Settings(max_moments=1)
        )
        assert (first.frame_index, first.face_id, first.person) == (1, 7, "Face 7")
        assert first.box_xywh == (10.0, 20.0, 90.0, 100.0)
        assert first.verdicts["one"][EMOTIONS.index("happy")] == 1.0
        assert first.verdicts["other"][EMOTIONS.index("sad")] == 1.0

    def test_rows_are_told_apart_by_the_index_of_the_table(self) -> None:
        labels = [11, 12, 13, 14]
        faces = faces_of(TIMES, **BOX).set_axis(labels)
        tables = {name: table.set_axis(labels) for name, table in HAPPY_SAD.items()}
        amounts = agreement.disagreement(tables)
        (found,) = disputed(faces, tables, amounts, Settings())
        assert found.time_s == 0.4
        assert found.verdicts["one"] != found.verdicts["other"]
