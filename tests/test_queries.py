"""Queries of the tables, on tables made by hand, with exact numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from facemotion import tables
from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS, Caption, Moment
from facemotion.statistics.queries import QUERIES, ask
from facemotion.statistics.query_forms import LIMITS, MAX_ROWS
from facemotion.statistics.query_rows import Measured, Result

NOTHING = Measured(tables.faces_table([]), tables.samples_table([(0, 0.0, 0), (25, 1.0, 0)]))

ADA = (0.9, 0.8, 0.1, 0.7, 0.2)
"""How happy Ada is at 0, 1, 2, 3 and 5 seconds; at 4 nobody is there."""
BO = (0.2, 0.4)
"""The same of face 2 at 3 and 5 seconds."""


def face(time_s: float, face_id: int, happy: float, **more: Any) -> dict[str, Any]:
    rest = dict.fromkeys(EMOTIONS, 0.0) | {"happy": happy, "neutral": 1.0 - happy}
    where = {"frame": int(time_s * 25), "timestamp": time_s, "face_id": face_id, "source": "local"}
    return {**where, **rest, "valence": happy, "arousal": -0.5, "AU12": 5 * happy, **more}


@pytest.fixture
def data() -> Measured:
    times = (0.0, 1.0, 2.0, 3.0, 5.0)
    rows = [face(time_s, 1, happy, person="Ada") for time_s, happy in zip(times, ADA, strict=True)]
    rows[4]["AU12"] = float("nan")
    rows += [face(3.0, 2, BO[0]), face(5.0, 2, BO[1])]
    counts = {0.0: 1, 1.0: 1, 2.0: 1, 3.0: 2, 4.0: 0, 5.0: 2}
    samples = tables.samples_table([(int(t * 25), t, n) for t, n in counts.items()])
    captions = (Caption(0.5, 1.5, "Good morning"), Caption(3.9, 4.5, "The MORNING after, good"))
    moment = Moment(1, 0, 0.0, 1, "happy", tuple(ADA[0] * (e == "happy") for e in EMOTIONS), 0.9,
                    0.9, (0, 0, 9, 9), "strongest happy", person="Ada")  # fmt: skip
    return Measured(tables.faces_table(rows), samples, captions, (moment,))


def values(result: Result, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in result.rows]


def happy(side: str, threshold: float) -> dict[str, Any]:
    return {"measure": "happy", "side": side, "threshold": threshold}


def test_faces_meet_all_conditions_and_come_sorted(data: Measured) -> None:
    conditions = [happy("at least", 0.2), {**happy("at most", 4), "measure": "AU12"}]
    asked = {"conditions": conditions, "sort_by": "happy", "descending": True}
    result = ask("find_faces", asked, data)
    assert values(result, "time_s", "person", "happy", "AU12") == [
        (1.0, "Ada", 0.8, 4.0),
        (3.0, "Ada", 0.7, 3.5),
        (5.0, "Face 2", 0.4, 2.0),
        (3.0, "Face 2", 0.2, 1.0),
    ]
    assert list(result.rows[0])[:4] == ["time_s", "frame", "face_id", "person"]


def test_the_first_rows_are_given_and_all_are_counted(data: Measured) -> None:
    result = ask("find_faces", {"person": "ada", "limit": 2, "columns": ["valence"]}, data)
    assert values(result, "frame", "valence") == [(0, 0.9), (25, 0.8)]
    assert result.n_total == 5 and "2 of 5 rows" in result.said


def test_a_value_that_is_not_known_meets_no_condition(data: Measured) -> None:
    for side in ("at least", "at most"):
        condition = {"measure": "AU12", "side": side, "threshold": 2.0}
        asked = {"conditions": [condition], "person": "1", "start_s": 4}
        assert ask("find_faces", asked, data).rows == ()
    (row,) = ask("find_faces", {"columns": ["AU12"], "person": "1", "start_s": 4}, data).rows
    assert row["AU12"] is None


def test_stretches_break_where_nobody_is_or_the_value_falls(data: Measured) -> None:
    result = ask("find_stretches", {**happy("at least", 0.4), "at_least_s": 1}, data)
    columns = ("person", "start_s", "end_s", "seconds", "time_s", "peak_happy", "mean_happy")
    assert values(result, *columns) == [
        ("Ada", 0.0, 2.0, 2.0, 0.0, 0.9, 0.85),
        ("Ada", 3.0, 4.0, 1.0, 3.0, 0.7, 0.7),
        ("Face 2", 5.0, 6.0, 1.0, 5.0, 0.4, 0.4),
    ]
    longer = ask("find_stretches", {**happy("at least", 0.4), "at_least_s": 2}, data)
    assert longer.n_total == 1


def test_the_peak_of_a_low_stretch_is_its_lowest_point(data: Measured) -> None:
    asked = {**happy("at most", 0.4), "person": "Face 2", "at_least_s": 0}
    assert values(ask("find_stretches", asked, data), "time_s", "peak_happy") == [
        (3.0, 0.2),
        (5.0, 0.4),
    ]


def test_a_summary_weighs_by_time_and_names_the_strongest_moment(data: Measured) -> None:
    result = ask("summarise", {}, data)
    assert result.n_total == 14 and [row["person"] for row in result.rows[::7]] == ["Ada", "Face 2"]
    of_ada = next(row for row in result.rows if row["emotion"] == "happy")
    assert (of_ada["seen_s"], of_ada["share"], of_ada["mean"]) == (5.0, 0.6, 0.54)
    assert (of_ada["time_s"], of_ada["highest"]) == (0.0, 0.9)
    assert (of_ada["mean_valence"], of_ada["mean_arousal"]) == (0.54, -0.5)


def test_two_people_are_compared_by_their_means(data: Measured) -> None:
    sides = {"first": {"person": "Ada"}, "second": {"person": "2"}}
    (row,) = ask("compare", {**sides, "measures": ["happy"]}, data).rows
    assert (row["first"], row["second"], row["difference"]) == (0.54, 0.3, 0.24)
    assert (row["time_s"], row["person"]) == (0.0, "Ada")


def test_two_ranges_are_compared_and_the_evidence_is_on_the_side_that_has_more(
    data: Measured,
) -> None:
    sides = {"first": {"start_s": 5.0}, "second": {"end_s": 1.0}}
    (row,) = ask("compare", {**sides, "measures": ["happy"]}, data).rows
    assert (row["first"], row["second"], row["difference"]) == (0.3, 0.85, -0.55)
    assert row["time_s"] == 0.0


def test_captions_are_found_by_all_their_words_with_the_faces_meanwhile(data: Measured) -> None:
    result = ask("find_captions", {"words": "morning GOOD"}, data)
    columns = ("time_s", "person", "emotion", "probability", "caption")
    assert values(result, *columns) == [
        (1.0, "Ada", "happy", 0.8, "Good morning"),
        (3.9, None, None, None, "The MORNING after, good"),
    ]
    assert result.rows[1]["frame"] == 100
    assert ask("find_captions", {"words": "evening"}, data).rows == ()


def test_captions_are_found_by_time(data: Measured) -> None:
    assert ask("find_captions", {"start_s": 4.0, "end_s": 4.0}, data).n_total == 1


def test_captions_between_two_samples_have_the_frame_on_the_screen(data: Measured) -> None:
    short = Measured(data.faces, data.samples, (Caption(3.2, 3.4, "Yes"),))
    result = ask("find_captions", {}, short)
    assert values(result, "time_s", "person") == [(3.0, "Ada"), (3.0, "Face 2")]


def test_moments_come_with_why_they_were_chosen(data: Measured) -> None:
    (row,) = ask("list_moments", {"person": "Ada"}, data).rows
    assert (row["number"], row["probability"], row["why"]) == (1, 0.9, "strongest happy")
    assert ask("list_moments", {"person": "2"}, data).rows == ()


@pytest.mark.parametrize(
    ("query", "parameters", "said"),
    [
        ("drop_table", {}, "Choose one of: find_faces"),
        ("summarise", {"person": "Eve"}, "Choose one of: Ada (1), Face 2 (2)."),
        ("summarise", {"person": "7"}, "nobody called '7'"),
        ("summarise", {"start_s": 5, "end_s": 2}, "before it starts"),
        ("summarise", {"start_s": float("nan")}, "start_s"),
        ("summarise", {"sql": "x"}, "sql"),
        ("find_faces", {"limit": MAX_ROWS + 1}, "limit"),
        ("find_faces", {"columns": ["path"]}, "columns"),
        ("find_faces", {"columns": ["sad"] * 13}, "columns"),
        ("find_faces", {"conditions": [happy("at least", 60)]}, "goes from 0 to 1"),
        ("find_faces", {"conditions": [happy("about", 0.5)]}, "side"),
        ("find_faces", {"columns": ["AU04"]}, "AU04 was not measured"),
        ("find_stretches", {"measure": "happy"}, "threshold"),
        ("compare", {"first": {}, "second": {"start_s": 90}}, "No face is there from 1:30.0 on"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(
    data: Measured, query: str, parameters: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        ask(query, parameters, data)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_two_people_of_one_name_must_be_told_apart(data: Measured) -> None:
    same = Measured(data.faces.assign(person="Ada"), data.samples)
    with pytest.raises(SettingsError, match=r"2 people are called 'Ada'. Give a face_id: 1 or 2"):
        ask("summarise", {"person": "Ada"}, same)


@pytest.mark.parametrize("query", ["find_faces", "find_stretches", "summarise", "compare"])
def test_a_video_without_faces_is_told(query: str) -> None:
    parameters = {"find_stretches": happy("at least", 0.5), "compare": {"first": {}, "second": {}}}
    with pytest.raises(SettingsError, match="No face was found"):
        ask(query, parameters.get(query, {}), NOTHING)


def test_without_captions_and_moments_there_is_a_word_or_nothing() -> None:
    with pytest.raises(SettingsError, match="no captions"):
        ask("find_captions", {}, NOTHING)
    assert ask("list_moments", {}, NOTHING).rows == ()


def test_queries_change_nothing(data: Measured) -> None:
    faces, samples = data.faces.copy(), data.samples.copy()
    for name in QUERIES:
        parameters = {
            "find_stretches": happy("at least", 0),
            "compare": {"first": {}, "second": {}},
        }
        ask(name, parameters.get(name, {}), data)
    pd.testing.assert_frame_equal(data.faces, faces)
    pd.testing.assert_frame_equal(data.samples, samples)


def test_every_measure_is_a_column_of_numbers() -> None:
    assert set(LIMITS) <= {n for n, kind in tables.FACE_COLUMNS.items() if kind == "float32"}
