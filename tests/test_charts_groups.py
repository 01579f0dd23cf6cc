"""Charts of several videos: means with bands, a row for each, and differences; clicks and words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from facemotion import charts, palette
from facemotion.charts import common_clock, contrasts, members
from facemotion.charts.groups import BANDS, MAX_NAMED
from facemotion.statistics import groups, summaries
from tests.measured import faces_of, samples_of

NAMES = ("first <b>", "second", "third")


def curves_of(
    values: dict[str, list[float]], column: str = "happy", zero_s: float = 0.0
) -> pd.DataFrame:
    found = {}
    for name, given in values.items():
        times = np.arange(len(given), dtype=float)
        faces = faces_of(times, **{column: given}).dropna(subset=[column])
        found[name] = groups.curve(faces, samples_of(times), column, 1.0, zero_s=zero_s)
    return groups.together(found)


CURVES = curves_of(
    {
        NAMES[0]: [0.2, 0.4, 0.6, 0.8],
        NAMES[1]: [0.4, math.nan, math.nan, 0.2],
        NAMES[2]: [0.0, 0.1, math.nan, math.nan],
    }
)
ALL = {"": groups.aggregated(CURVES, 1.0)}


def trace(figure: Any, **wanted: object) -> Any:
    """The one trace with these properties."""
    (found,) = (t for t in figure.data if all(getattr(t, n) == v for n, v in wanted.items()))
    return found


# The aggregated chart --------------------------------------------------------------------------


def test_the_mean_stands_out_over_thin_lines_of_each_kind() -> None:
    figure = charts.group_curves(CURVES, ALL, "happy")
    mean = trace(figure, name="mean", mode="lines")
    assert mean.y.tolist() == pytest.approx([0.2, 0.25, 0.6, 0.5])
    lines = [t for t in figure.data if t.mode == "lines" and t.line.width == 1.2]
    assert [line.name for line in lines] == ["first &lt;b>", "second", "third"]
    assert len({(line.line.color, line.line.dash) for line in lines}) == 3
    assert len({line.line.dash for line in lines}) == 3  # told apart without colours, too
    assert not any(line.connectgaps for line in lines)


def test_every_point_of_a_member_leads_to_its_frame() -> None:
    figure = charts.group_curves(CURVES, ALL, "happy")
    points = [t for t in figure.data if t.mode == "markers" and t.customdata is not None]
    assert [list(t.customdata) for t in points] == [
        [[0, 0.0, 0], [1, 1.0, 0], [2, 2.0, 0], [3, 3.0, 0]],
        [[0, 0.0, 1], [3, 3.0, 1]],
        [[0, 0.0, 2], [1, 1.0, 2]],
    ]
    assert "second" in points[1].text[0] and "40%" in points[1].text[0]


def test_the_band_is_as_wide_as_the_table_says_and_none_where_n_is_1() -> None:
    figure = charts.group_curves(CURVES, ALL, "happy", band="range", with_members=False)
    band = trace(figure, fill="toself")
    assert np.nanmax(band.y) == pytest.approx(0.8) and np.nanmin(band.y) == 0
    interval = trace(charts.group_curves(CURVES, ALL, "happy"), fill="toself")
    assert common_clock.dates([2.5])[0] not in interval.x.astype("datetime64[us]")
    assert "95 %" in interval.name
    bare = charts.group_curves(CURVES, ALL, "happy", band="none")
    assert [t for t in bare.data if t.fill == "toself"] == []


def test_the_hover_of_a_mean_tells_its_interval_and_of_how_many() -> None:
    mean = trace(charts.group_curves(CURVES, ALL, "happy"), name="mean", mode="markers")
    assert "n = 3" in mean.text[0] and "95 %" in mean.text[0]
    assert "n = 1" in mean.text[2] and "95 %" not in mean.text[2]
    assert mean.customdata is None  # it is of all, and leads nowhere


def test_two_groups_have_means_that_differ_in_colour_and_dash() -> None:
    sides = {NAMES[0]: "A", NAMES[1]: "B"}
    means = {
        side: groups.aggregated(CURVES[CURVES["member"].map(sides) == side], 1.0) for side in "AB"
    }
    figure = charts.group_curves(CURVES, means, "happy", groups=sides)
    a, b = (trace(figure, name=f"mean of group {side}", mode="lines") for side in "AB")
    assert a.line.color != b.line.color and a.line.dash != b.line.dash
    assert trace(figure, name="A · first &lt;b>").line.color == a.line.color
    said = charts.group_curves_alt(means, "happy")
    assert "Group A, 1 at a time: highest mean 80% at 0:03.5" in said


def test_of_many_members_the_names_are_only_in_the_hover() -> None:
    many = curves_of({f"m{n}": [0.1, 0.2] for n in range(MAX_NAMED + 1)})
    figure = charts.group_curves(many, {"": groups.aggregated(many, 1.0)}, "happy")
    shown = [t.name for t in figure.data if t.showlegend is not False]
    assert shown == ["95 % confidence interval of the mean", "mean"]


def test_a_clock_that_begins_before_0_is_written_as_people_read_it() -> None:
    early = curves_of({"a": [0.1] * 12}, zero_s=5)
    figure = charts.group_curves(early, {"": groups.aggregated(early, 1.0)}, "happy", zero="ad <1>")
    axis = figure.layout.xaxis
    assert axis.ticktext[:3] == ("−0:04", "−0:02", "0:00<br>ad &lt;1>")
    assert len(figure.layout.shapes) == 1
    assert common_clock.axis(0, 60).get("ticktext") is None
    assert common_clock.written(-3.5) == "−0:03.5"


@pytest.mark.parametrize(
    ("column", "ticks"),
    [
        ("happy", ("0%", "25%", "50%", "75%", "100%")),
        ("valence", ("−1.00", "−0.50", "0.00", "0.50", "1.00")),
        ("AU12", ("0", "1", "2", "3", "4", "5")),
    ],
)
def test_each_value_has_its_scale(column: str, ticks: tuple[str, ...]) -> None:
    one = curves_of({"a": [0.1, 0.2]}, column)
    figure = charts.group_curves(one, {"": groups.aggregated(one, 1.0)}, column)
    assert figure.layout.yaxis.ticktext == ticks
    assert column in figure.layout.yaxis.title.text


def test_every_band_is_of_columns_that_there_are() -> None:
    for low, high, meaning in BANDS.values():
        assert not meaning or {low, high} <= set(ALL[""].columns)


# A row for each --------------------------------------------------------------------------------


def test_each_member_has_a_row_on_the_same_axes_with_the_mean_behind() -> None:
    figure = charts.group_rows(CURVES, ALL[""], "happy", groups={NAMES[1]: "B"})
    titles = [a.text for a in figure.layout.annotations]
    assert titles[0] == "<b>first &lt;b></b> · mean 50%"
    assert titles[1] == "B · <b>second</b> · mean 30%"
    axes = [figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3]
    assert len({axis.range for axis in axes}) == 1
    assert sum(t.name == "mean of all" for t in figure.data) == 3
    assert (
        figure.layout.height
        > charts.group_rows(CURVES[CURVES["member"] == "second"], ALL[""], "happy").layout.height
    )


def test_an_area_is_cut_where_there_is_no_face_and_a_bin_alone_is_seen() -> None:
    rows = CURVES[CURVES["member"] == "second"]
    drawn = members.area(rows, 0.0, "value")
    assert int(np.isnan(drawn["y"]).sum()) == 2  # the ends of two shapes
    assert members.seen_alone(rows["value"], "red") == ["red", "red"]
    assert members.seen_alone(CURVES["value"].head(4), "red") == members.CLEAR


def test_the_rows_are_told_in_words() -> None:
    said = charts.group_rows_alt(CURVES, "happy")
    assert "second: 30% on average, at most 40% at 0:00.5" in said


def test_a_member_without_a_value_is_told_and_drawn_as_nothing() -> None:
    both = curves_of({"somebody": [0.5], "nobody": [math.nan]})
    figure = charts.group_rows(both, groups.aggregated(both, 1.0), "happy")
    assert "no value" in figure.layout.annotations[1].text
    assert "nobody: no value" in charts.group_rows_alt(both, "happy")


def test_without_any_value_the_charts_say_so() -> None:
    none = curves_of({"nobody": [math.nan]})
    mean = groups.aggregated(none, 1.0)
    for figure in (
        charts.group_curves(none, {"": mean}, "happy"),
        charts.group_rows(none, mean, "happy"),
    ):
        assert figure.layout.annotations[0].text == members.NOTHING
    assert members.NOTHING in charts.group_curves_alt({"": mean}, "happy")


def test_long_names_keep_the_end_in_which_they_differ() -> None:
    cut = members.short("an interview with participant number 12 of 48.mp4")
    assert len(cut) <= 34 and cut.endswith("12 of 48.mp4") and "…" in cut


# Differences -----------------------------------------------------------------------------------


def differences(a: list[float], b: list[float]) -> pd.DataFrame:
    rows = {
        f"{side}{n}": summaries.summary(
            faces_of([0.0], happy=value, neutral=1 - value), samples_of([0.0]), "happy", 0.5
        )
        for side, values in (("A", a), ("B", b))
        for n, value in enumerate(values)
    }
    return summaries.differences(summaries.summaries(rows), {name: name[0] for name in rows})


def test_a_difference_has_whiskers_and_is_filled_where_they_leave_out_0() -> None:
    (dots,) = charts.group_differences(differences([0.1, 0.2, 0.3], [0.7, 0.8, 0.9])).data
    happy, angry = dots.y.index("● happy"), dots.y.index("■ angry")
    assert dots.x[happy] == pytest.approx(60)
    assert dots.error_x.array[happy] == pytest.approx(dots.error_x.arrayminus[happy])
    assert 20 < dots.error_x.array[happy] < 25  # 2.776 standard errors of 8.16 points
    assert dots.marker.symbol[happy] == palette.symbol("happy")
    assert dots.marker.symbol[angry] == palette.symbol("angry") + "-open"
    assert "Hedges' g" in dots.text[happy]


def test_of_one_video_each_there_is_a_dot_without_whiskers() -> None:
    table = differences([0.2], [0.6])
    (dots,) = charts.group_differences(table).data
    at = dots.y.index("● happy")
    assert dots.x[at] == pytest.approx(40) and math.isnan(dots.error_x.array[at])
    assert dots.marker.symbol[at].endswith("-open")
    assert "happy +40.0 (no interval)" in charts.group_differences_alt(table)


def test_without_two_groups_the_chart_says_so() -> None:
    table = differences([0.2], [])
    assert charts.group_differences(table).layout.annotations[0].text == contrasts.NO_GROUPS
    assert contrasts.NO_GROUPS in charts.group_differences_alt(table)


def test_the_largest_difference_is_told_first() -> None:
    said = charts.group_differences_alt(differences([0.1, 0.2, 0.3], [0.7, 0.8, 0.9]))
    assert said.startswith(
        "Mean of group B minus that of group A, in percentage points: happy +60.0 (+"
    )
