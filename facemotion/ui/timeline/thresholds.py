"""For how much of the time in sight a value reaches a threshold: the choice of both, the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from facemotion import palette
from facemotion.action_units import TABLE
from facemotion.charts.lanes import LaneChoice, Window
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis
from facemotion.statistics import thresholds
from facemotion.ui import look
from facemotion.ui.timeline import sought

_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


@dataclass(frozen=True)
class Kind:
    """Values that one threshold is for: their columns, their scale in the lanes, its range."""

    label: str
    columns: tuple[str, ...]
    scale: str
    usual: float
    low: float
    high: float
    step: float
    unit: str
    per_unit: float = 1.0


KINDS = {
    "emotions": Kind("Emotions", (*EMOTIONS, "expressiveness"), "share", 50, 1, 100, 5, "%", 0.01),
    "units": Kind("Action units", ACTION_UNITS, "intensity", 1, 0.1, 5, 0.5, "of 5"),
    "affect": Kind("Valence and arousal", ("valence", "arousal"), "signed", 0.2, -1, 1, 0.1, ""),
    "angles": Kind(
        "Head and gaze",
        ("yaw_deg", "pitch_deg", "roll_deg", "gaze_yaw_deg", "gaze_pitch_deg"),
        "angle",
        *(20, 1, 90, 5, "°"),
    ),
}
_NAMES = {
    "yaw_deg": "head to a side",
    "pitch_deg": "head up or down",
    "roll_deg": "head tilted",
    "gaze_yaw_deg": "gaze to a side",
    "gaze_pitch_deg": "gaze up or down",
}


@dataclass(frozen=True)
class Chosen:
    """Which values, the threshold in the values' own unit, and the shortest episode."""

    kind: Kind
    threshold: float
    min_episode_s: float

    @property
    def line(self) -> tuple[str, float]:
        """The dashed line in the lanes."""
        return self.kind.scale, self.threshold


def choose() -> Chosen:
    """The controls above the table."""
    row = st.container(horizontal=True, vertical_alignment="bottom", key="above-controls")
    kind = KINDS[
        row.segmented_control(
            "Values",
            list(KINDS),
            default="emotions",
            required=True,
            format_func=lambda name: KINDS[name].label,
            key="above",
            help="Each kind of value has its own scale, and so its own threshold.",
            **_BOUND,
        )
    ]
    name = next(name for name, known in KINDS.items() if known is kind)
    given = row.number_input(
        f"At least, {kind.unit}" if kind.unit else "At least",
        float(kind.low),
        float(kind.high),
        float(kind.usual),
        float(kind.step),
        format="%g",
        key=f"above-{name}",  # another kind: another scale
        width=150,
        help="The time at this value or above it is counted; it is the dashed line in the lanes. "
        "Angles count to both sides. 1 is where an action unit counts as present.",
        **_BOUND,
    )
    shortest_s = row.number_input(
        "Episodes from, seconds",
        0.0,
        600.0,
        0.0,
        0.5,
        format="%g",
        key="above-for",
        width=190,
        help="Stretches above the threshold that are shorter are not counted as episodes. They "
        "still count in the share of time.",
        **_BOUND,
    )
    return Chosen(kind, float(given) * kind.per_unit, float(shortest_s))


def show(analysis: Analysis, chosen: Chosen, choice: LaneChoice, window_s: Window | None) -> None:
    """The table of the part in sight; ``analysis`` has the values as they are drawn."""
    table = _table(analysis, chosen, choice, window_s)
    if table.empty:
        st.info(
            "None of these values was measured in the part in sight. Choose another part.",
            icon=":material/filter_alt:",
        )
        return
    key = f"above-rows-{analysis.analysis_id}"

    def ticked() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(table):
            _to_longest(analysis, table.iloc[rows[0]])

    st.dataframe(
        _shown(table),
        hide_index=True,
        width="stretch",
        height=min(35 * len(table) + 38, 320),
        column_config=_columns(),
        on_select=ticked,
        selection_mode="single-row",
        key=key,
        alt="Share of time at or above the threshold, per person and value.",
    )
    st.caption(_told(table, chosen, window_s))


def _table(
    analysis: Analysis, chosen: Chosen, choice: LaneChoice, window_s: Window | None
) -> pd.DataFrame:
    """Only what reaches the threshold at all, the largest share first, or all if nothing does."""
    faces = analysis.faces
    if choice.face_id is not None:
        faces = faces[faces["face_id"] == choice.face_id]
    start_s, end_s = window_s or (None, None)
    table = thresholds.time_above(
        faces,
        analysis.samples,
        chosen.kind.columns,
        chosen.threshold,
        start_s=start_s,
        end_s=end_s,
        in_both_directions=chosen.kind.scale == "angle",
        min_episode_s=chosen.min_episode_s,
    )
    table = table[table["measured_s"] > 0]
    reached = table[table["above_s"] > 0]
    return (reached if len(reached) else table).reset_index(drop=True)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    has_one = table["episodes"] > 0
    begins = table["longest_start_s"].where(has_one)
    return pd.DataFrame(
        {
            "person": table["person"],
            "value": [_name(column) for column in table["column"]],
            "of its time": 100 * table["share_above"],
            "time": [look.clock(round(s, 1)) for s in table["above_s"]],
            "episodes": table["episodes"],
            "longest": [look.clock(round(s, 1)) if s else "" for s in table["longest_s"]],
            "begins at": ["" if pd.isna(s) else look.clock(round(s, 1)) for s in begins],
            "measured": 100 * table["coverage"],
        }
    )


def _name(column: str) -> str:
    if column in EMOTIONS:
        return f"{palette.glyph(column)} {column}"
    if column in TABLE:
        return f"{column} {TABLE[column].name}"
    return _NAMES.get(column, column)


def _columns() -> dict[str, Any]:
    return {
        "of its time": st.column_config.ProgressColumn(
            format="%.1f%%",
            min_value=0,
            max_value=100,
            help="Of the time in which this value could be measured on this person, the part at "
            "the threshold or above.",
        ),
        "time": st.column_config.TextColumn(help="The same as minutes and seconds."),
        "episodes": st.column_config.NumberColumn(
            help="Stretches at or above the threshold without a break."
        ),
        "longest": st.column_config.TextColumn(help="How long the longest episode lasts."),
        "begins at": st.column_config.TextColumn(
            help="When the longest episode begins. Tick its row to see that."
        ),
        "measured": st.column_config.NumberColumn(
            format="%.0f%%",
            help="Of the time in sight, the part in which this value could be measured.",
        ),
    }


def _told(table: pd.DataFrame, chosen: Chosen, window_s: Window | None) -> str:
    seconds = float(table["window_s"].iloc[0])
    where = "the whole video"
    if window_s is not None:
        where = f"{look.clock(window_s[0])} to {look.clock(window_s[1])}"
    nothing = "" if (table["above_s"] > 0).any() else " Nothing reaches the threshold here."
    return (
        f"Of {where} ({look.clock(round(seconds, 1))}). Zoom in the chart to count another part. "
        f"Values that never reach the threshold are left out.{nothing}"
    )


def _to_longest(analysis: Analysis, row: pd.Series) -> None:
    """Look at the beginning of the longest episode."""
    if row["episodes"]:
        sought.go(analysis, int(row["face_id"]), float(row["longest_start_s"]))
