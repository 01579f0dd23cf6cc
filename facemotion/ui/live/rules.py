"""The rules for events as rows of controls: "surprise of anybody above 0.7 for 2 s"."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from facemotion.live import VALUES, Rule
from facemotion.records import ACTION_UNITS, EMOTIONS

MOST_RULES = 8
_ROWS, _NEXT = "live-rules", "live-rules-next"
_WAYS = {"above": "at or above", "below": "at or below"}
_SCALES = {
    **dict.fromkeys((*EMOTIONS, "expressiveness"), (0.0, 1.0, 0.7)),
    **dict.fromkeys(("valence", "arousal"), (-1.0, 1.0, 0.3)),
    **dict.fromkeys(ACTION_UNITS, (0.0, 5.0, 2.0)),
}
"""Lowest, highest and usual threshold of each value."""


@dataclass(frozen=True)
class Alert:
    """A row before anybody changes it."""

    number: int
    value: str
    threshold: float
    min_s: float


def choose() -> tuple[Rule, ...]:
    """Draw the rows, and the button for one more; the rules that they say."""
    rows = _rows()
    st.html(
        '<div class="fm-dim">An event is told when a value stays beyond its threshold for so many '
        "seconds. Expressions go from 0 to 1 and are smoothed, valence and arousal from -1 to 1, "
        "action units (AU) from 0 to 5.</div>"
    )
    rules = [_row(row) for row in rows]
    st.button(
        "Add a rule",
        key="live-rule-add",
        icon=":material/add:",
        type="tertiary",
        disabled=len(rows) >= MOST_RULES,
        on_click=_add,
        help=f"One more row, {MOST_RULES} at most.",
    )
    return tuple(dict.fromkeys(rules))


def _rows() -> list[Alert]:
    rows: list[Alert] = st.session_state.setdefault(_ROWS, [Alert(0, "surprise", 0.6, 0.5)])
    return rows


def _row(row: Alert) -> Rule:
    """One rule; a threshold has a key of its own for each value, as each has its own scale."""
    n = row.number
    line = st.container(horizontal=True, vertical_alignment="bottom", key=f"live-rule-{n}")
    value = line.selectbox(
        "Value",
        VALUES,
        VALUES.index(row.value),
        key=f"live-rule-value-{n}",
        width=150,
        help="What is watched: a smoothed expression, valence, arousal, or a muscle.",
        persist_state="session",
    )
    way = line.selectbox(
        "is",
        list(_WAYS),
        format_func=_WAYS.__getitem__,
        key=f"live-rule-way-{n}",
        width=140,
        help="On which side of the threshold the value has to be.",
        persist_state="session",
    )
    low, high, usual = _SCALES[value]
    threshold = line.number_input(
        "Threshold",
        low,
        high,
        row.threshold if value == row.value else usual,
        0.05,
        format="%g",
        key=f"live-rule-threshold-{n}-{value}",
        width=120,
        help=f"{value} goes from {low:g} to {high:g}.",
        persist_state="session",
    )
    min_s = line.number_input(
        "for, seconds",
        0.0,
        600.0,
        row.min_s,
        0.5,
        format="%g",
        key=f"live-rule-for-{n}",
        width=120,
        help="How long it has to last without a break. 0 tells of a single look.",
        persist_state="session",
    )
    person = line.text_input(
        "Whose",
        key=f"live-rule-who-{n}",
        placeholder="anybody",
        width=130,
        help="What the face is called at its box, such as Face 1. Empty is anybody.",
        persist_state="session",
    )
    line.button(
        "Remove",
        key=f"live-rule-remove-{n}",
        icon=":material/close:",
        type="tertiary",
        on_click=_remove,
        args=(n,),
        help="Takes this rule out.",
    )
    return Rule(value, float(threshold), float(min_s), person.strip() or None, way == "below")


def _add() -> None:
    number = max((row.number for row in _rows()), default=-1) + 1
    number = st.session_state[_NEXT] = max(number, st.session_state.get(_NEXT, 0) + 1)
    st.session_state[_ROWS] = [*_rows(), Alert(number, "happy", 0.7, 1.0)]


def _remove(number: int) -> None:
    st.session_state[_ROWS] = [row for row in _rows() if row.number != number]
