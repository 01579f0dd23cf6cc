"""The bars of the face that is looked at: scores and action units, as HTML with words."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.ui.moments import bars


def face_of(**values: float) -> pd.Series:
    return pd.Series({unit: 0.0 for unit in ACTION_UNITS} | values)


def words_of(**words: str) -> pd.Series:
    return pd.Series({unit: "good" for unit in ACTION_UNITS} | words)


def test_the_bars_are_the_seven_scores_in_percent() -> None:
    probabilities = (0.0, 0.02, 0.1, 0.66, 0.01, 0.0, 0.21)
    drawn = bars.of_emotions(probabilities)
    assert re.findall(r"width:([\d.]+)%", drawn) == [f"{100 * p:.1f}" for p in probabilities]
    assert all(f"<div>{100 * p:.1f}%</div>" in drawn for p in probabilities)
    assert drawn.index("angry") < drawn.index("neutral</div>") and len(EMOTIONS) == 7
    assert 'aria-label="Scores: happy 66%, neutral 21%, fear 10%,' in drawn
    assert "<b>happy</b>" in drawn


def test_units_that_are_there_come_strongest_first_with_their_reliability() -> None:
    drawn = bars.of_units(
        face_of(AU12=3.14, AU15=4.0, AU01=0.9),
        words_of(AU15="weak", AU09="not measurable"),
        "#123456",
    )
    assert re.findall(r'">(AU\d\d) <span', drawn) == ["AU15", "AU12"]
    assert (
        "AU15 lip corner depressor 4.0 of 5, weak, AU12 lip corner puller 3.1 of 5, good." in drawn
    )
    assert drawn.count("opacity:.45") == 1  # the weak one
    assert 'title="zygomaticus major"' in drawn
    assert "Not measurable: AU09." in drawn


@pytest.mark.parametrize(("word", "said"), [("good", "At rest"), ("not measurable", "too small")])
def test_a_face_without_a_unit_says_why(word: str, said: str) -> None:
    value = 0.0 if word == "good" else np.nan
    face = face_of(**dict.fromkeys(ACTION_UNITS, value))
    assert said in bars.of_units(face, words_of(**dict.fromkeys(ACTION_UNITS, word)), "#123456")
