"""The tables of a comparison as CSV: read back as they were, and harmless in a spreadsheet."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from facemotion import export
from facemotion.statistics import groups, summaries
from tests.measured import faces_of, samples_of

MEMBERS = pd.DataFrame(
    [
        ("one", "one-1.a", "=one.mp4", "", "A"),
        ("two", "two-2.b", "two.mp4", "Anna", "B"),
    ],
    columns=list(export.MEMBER_COLUMNS),
)
TIMES = [0.0, 0.5, 1.0, 1.5]


def faces(happy: float) -> pd.DataFrame:
    return faces_of(TIMES[:2], happy=happy, neutral=1 - happy)


CURVES = groups.together(
    {
        name: groups.curve(faces(happy), samples_of(TIMES), "happy", 1.0)
        for name, happy in (("one", 0.25), ("two", 0.75))
    }
)
TABLE = summaries.summaries(
    {
        name: summaries.summary(faces(happy), samples_of(TIMES), "happy", 0.5)
        for name, happy in (("one", 0.25), ("two", 0.75))
    }
)


def read(text: str) -> pd.DataFrame:
    assert "\r" not in text
    return pd.read_csv(io.StringIO(text), keep_default_na=True)


def test_the_curves_are_long_with_a_row_for_every_bin_also_without_a_face() -> None:
    table = read(export.group_curves_csv(CURVES, MEMBERS, "happy"))
    assert list(table.columns) == [
        *("analysis_id", "title", "person", "group", "measure"),
        *("bin", "time_s", "value", "measured_s", "frame", "timestamp"),
    ]
    nothing = float("nan")
    assert table["value"].tolist() == pytest.approx([0.25, nothing, 0.75, nothing], nan_ok=True)
    assert table["analysis_id"].tolist() == ["one-1.a"] * 2 + ["two-2.b"] * 2
    assert table["person"].tolist()[2:] == ["Anna", "Anna"]
    assert set(table["measure"]) == {"happy"}


def test_a_title_that_looks_like_a_formula_is_only_text() -> None:
    assert read(export.group_curves_csv(CURVES, MEMBERS, "happy"))["title"][0] == "'=one.mp4"


def test_the_means_are_per_group() -> None:
    means = {
        side: groups.aggregated(CURVES[CURVES["member"] == name], 1.0)
        for side, name in (("A", "one"), ("B", "two"))
    }
    table = read(export.group_means_csv(means, "happy"))
    assert table["group"].tolist() == ["A", "B"]
    assert table["mean"].tolist() == [0.25, 0.75]
    assert table["n"].tolist() == [1, 1]


def test_the_summary_says_what_its_values_are_of() -> None:
    table = read(export.group_summary_csv(TABLE, MEMBERS, "happy", 0.5))
    assert table["measure"].tolist() == ["happy", "happy"]
    assert table["threshold"].tolist() == [0.5, 0.5]
    assert table["above_share"].tolist() == [0, 1]
    assert table["happy"].tolist() == [0.25, 0.75]
    assert table["face_share"].tolist() == [0.5, 0.5]


def test_the_differences_name_the_value_and_the_threshold() -> None:
    found = summaries.differences(TABLE, {"one": "A", "two": "B"})
    table = read(export.group_differences_csv(found, "happy", 0.5)).set_index("measure")
    assert table.loc["mean of happy", "difference"] == 0.5
    assert table.loc["share above 0.5 of happy", "difference"] == 1
    assert table["note"].str.startswith("A group with one member").any()
