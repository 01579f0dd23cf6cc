"""What is compared and on which clock: the value, where time 0 is, bins, threshold, and a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from facemotion import action_units
from facemotion.errors import FacemotionError
from facemotion.records import ACTION_UNITS
from facemotion.statistics import groups
from facemotion.statistics.groups import Alignment
from facemotion.ui.compare import compared
from facemotion.ui.compare.compared import Known, View

START, FACE = "the video's start", "the first face"
AUTOMATIC = "automatic"
_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


Part = tuple[float | None, float | None]


def view(found: Mapping[str, Known], n_members: int, curves: Mapping[str, Any], part: Part) -> View:
    """The controls; ``curves`` are the settings of the view by name."""
    row = st.columns([3, 3, 2, 2])
    column = row[0].selectbox(
        "Value",
        groups.VALUES,
        groups.VALUES.index("happy"),
        format_func=named,
        key="compare-value",
        help="What is drawn over time: the probability of an emotion, expressiveness (everything "
        "but neutral), valence or arousal, or the intensity of an action unit.",
        **_BOUND,
    )
    alignment, mark = _zero(row[1], found)
    bin_s = _bin(row[2], found, n_members)
    threshold = _threshold(row[3], column)
    return View(column, threshold, alignment, mark, bin_s, *part, tuple(sorted(curves.items())))


def part() -> Part:
    """From when to when on the common clock; a part that ends before it begins is none."""
    left, right = st.columns(2)
    words = (
        "Seconds on the common clock, so they may be below 0 before a mark. Empty: all there is."
    )
    start_s, end_s = (
        place.number_input(
            label, value=None, step=1.0, placeholder="all", key=key, help=words, **_BOUND
        )
        for place, label, key in ((left, "From", "compare-from"), (right, "To", "compare-to"))
    )
    if start_s is not None and end_s is not None and end_s <= start_s:
        st.warning(
            "The part ends before it begins, so all there is counts. Give a later end.",
            icon=":material/timer_off:",
        )
        return None, None
    return start_s, end_s


def named(column: str) -> str:
    """A value as it is called in a list."""
    unit = action_units.TABLE.get(column)
    return f"{column} {unit.name}" if unit else column


def zero_label(view: View) -> str:
    """What happens at second 0, for a chart; "" where that is only the start of the video."""
    return {"start": "", "face": "first face", "mark": view.mark}[view.alignment]


def _zero(
    place: st.delta_generator.DeltaGenerator, found: Mapping[str, Known]
) -> tuple[Alignment, str]:
    options: dict[str, tuple[Alignment, str]] = {START: ("start", ""), FACE: ("face", "")}
    options |= {f"the mark {text}": ("mark", text) for text in _marks(found)}
    chosen = place.selectbox(
        "Time 0 is",
        list(options),
        key="compare-zero",
        help="What the videos have in common at 0:00. Marks are those that you set on the page "
        "Timeline; give the same mark in every video the same name, such as: ad starts.",
        **_BOUND,
    )
    return options[chosen]


def _marks(found: Mapping[str, Known]) -> list[str]:
    """Names of marks, those that most of the videos have first; capitals do not count."""
    count: dict[str, int] = {}
    first: dict[str, str] = {}
    for analysis_id in found:
        try:
            texts = {text.casefold(): text for text in compared.marks_of(analysis_id)}
        except FacemotionError:  # said where the marks are shown, on the page Timeline
            continue
        for folded, text in texts.items():
            count[folded] = count.get(folded, 0) + 1
            first.setdefault(folded, text)
    return [first[folded] for folded in sorted(count, key=lambda name: (-count[name], name))]


def _bin(
    place: st.delta_generator.DeltaGenerator, found: Mapping[str, Known], n_members: int
) -> float:
    every_s = max(known.every_s for known in found.values())
    length_s = max(known.length_s for known in found.values())
    sizes = {f"{bin_s:g} s": bin_s for bin_s in groups.BINS_S}
    chosen = place.selectbox(
        "Mean over",
        [AUTOMATIC, *sizes],
        key="compare-bin",
        help="Each curve is averaged over steps of so many seconds, so that videos of different "
        "frame rates lie on one clock. Nothing is filled in where there is no face.",
        **_BOUND,
    )
    usual_s = groups.usual_bin_s(every_s, length_s)
    return max(sizes.get(chosen, usual_s), groups.least_bin_s(length_s, n_members))


def _threshold(place: st.delta_generator.DeltaGenerator, column: str) -> float:
    low, high, usual, step = 0.0, 1.0, 0.5, 0.05
    if column in ACTION_UNITS:
        high, usual, step = 5.0, action_units.PRESENT_FROM, 0.25
    elif column in ("valence", "arousal"):
        low, usual = -1.0, 0.2
    return place.number_input(
        "Time above",
        low,
        high,
        usual,
        step,
        key=f"compare-above-{column}",  # another value: another scale
        help=f"For the share of time in which {named(column)} is above this; it goes from {low:g} "
        f"to {high:g}.",
        **_BOUND,
    )
