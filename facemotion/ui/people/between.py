"""Two people and one measure: do they go together, who follows whom, and is it more than chance?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from facemotion import action_units, charts, curves
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis
from facemotion.statistics import dyads, pairs, phases
from facemotion.statistics.null import Strength
from facemotion.ui import look, viewing

_IN_MATRIX = ("valence", "arousal", *EMOTIONS)
_WHO = "Two people who are seen at the same time."
_MEASURES = ("valence", "arousal", *EMOTIONS, *ACTION_UNITS)


def show(analysis: Analysis) -> None:
    """Choose two people and a measure; every number stands beside what chance gives."""
    names = curves.people(analysis.faces)
    first, second, measure = st.columns(3)
    name: dict[str, Any] = {"format_func": names.__getitem__, "help": _WHO}
    a = first.selectbox("One", list(names), 0, key="dyad-a", **name)
    others = [face_id for face_id in names if face_id != a]
    b = second.selectbox("The other", others, 0, key="dyad-b", **name)
    column = measure.selectbox(
        "Measure",
        _MEASURES,
        3,
        format_func=_named,
        key="dyad-measure",
        help="What is followed in both.",
    )
    # The folder's name changes with what is decided about the people.
    rows, over_time = _found(
        str(analysis.folder), viewing.key(analysis), a, b, column, analysis.faces
    )
    for title, more, strength in rows:
        st.markdown(f"**{title}**: {_told(strength)}{more}")
    if len(over_time):
        st.plotly_chart(
            charts.synchrony_timeline(over_time, analysis.samples, label="correlation"),
            key="dyad-windows",
            config={"displayModeBar": False},
            alt=charts.synchrony_alt(over_time, label="correlation"),
        )
    _matrix(analysis, a, b, names)
    st.caption(
        "Chance is found by shuffling stretches of one person's series, so that smooth series do "
        "not look related merely for being smooth. Related in time does not mean that one moves "
        "the other: both may answer to the same thing."
    )


def _matrix(analysis: Analysis, a: int, b: int, names: dict[int, str]) -> None:
    """Every emotion of one with every emotion of the other, and the measures of affect."""
    found = dyads.correlation_matrix(analysis.faces, _IN_MATRIX, a, b)
    st.markdown(f"**{look.plain(names[a])}** (rows) and **{look.plain(names[b])}** (columns)")
    told = found.set_axis([f"{names[a]} {c}" for c in found.index])
    st.plotly_chart(
        charts.correlation_matrix(found),
        key="dyad-matrix",
        config={"displayModeBar": False},
        alt=charts.correlation_alt(told.set_axis([f"{names[b]} {c}" for c in found], axis=1)),
    )
    st.caption("At the same time, without a test: of so many numbers some are high by chance.")


def _named(column: str) -> str:
    unit = action_units.TABLE.get(column)
    return f"{column} {unit.name}" if unit else column


@st.cache_data(max_entries=32, show_spinner="Comparing with chance")
def _found(
    folder: str, view: tuple[object, ...], a: int, b: int, column: str, _faces: pd.DataFrame
) -> tuple[list[tuple[str, str, Strength]], pd.DataFrame]:
    """Rows of title, remark and strength; and the correlation in a moving window."""
    pair = pairs.paired(_faces, a, b, column)
    lag, windowed = dyads.lag(pair), dyads.windowed_correlation(pair)
    after = "" if lag.lag_s is None else f", the other {_seconds(lag.lag_s)}"
    return [
        ("Correlation", "", dyads.correlation(pair)),
        ("Correlation at the best lag", after, lag.strength),
        ("Phase synchrony", "", phases.phase_synchrony(pair).strength),
    ], windowed.over_time


def _seconds(lag_s: float) -> str:
    if abs(lag_s) < 0.05:
        return "at the same time"
    return f"{abs(lag_s):.1f} s {'later' if lag_s > 0 else 'earlier'}"


def _told(strength: Strength) -> str:
    if strength.value is None:
        return look.plain(strength.note or "too little to tell")
    if strength.low is None or strength.high is None or strength.p_value is None:
        return f"{strength.value:.2f}"
    return (
        f"{strength.value:.2f}, where chance gives {strength.low:.2f} to {strength.high:.2f} "
        f"(p = {strength.p_value:.3f})"
    )
