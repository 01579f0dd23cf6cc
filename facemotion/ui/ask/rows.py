"""The rows of a query: a table, and its times as buttons that lead to their moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from facemotion.records import Analysis
from facemotion.statistics.query_rows import Result, Row
from facemotion.ui import look, picking

BUTTONS = 8
"""Times that have a button of their own; the others are reached by their row."""

_PERCENT = st.column_config.NumberColumn(format="percent")
_SECONDS = st.column_config.NumberColumn(format="%.2f s")
_NUMBER = st.column_config.NumberColumn(format="%.2f")
_LAST = ("frame", "face_id")


def show(analysis: Analysis, result: Result, key: str) -> None:
    """The rows and the way to each of them; words where there is none."""
    if not result.rows:
        st.info(
            "**No row fits.** Lower the threshold, or widen the range.",
            icon=":material/filter_alt:",
        )
        return
    buttons(analysis, result.rows, key, BUTTONS)
    event = st.dataframe(
        _table(result.rows),
        hide_index=True,
        width="stretch",
        column_config=_columns(result.rows),
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows-{key}",
    )
    chosen = list(event["selection"]["rows"])
    if chosen and chosen[0] < len(result.rows):
        _leave(analysis, result.rows[chosen[0]])


def buttons(analysis: Analysis, rows: Sequence[Row], key: str, most: int) -> None:
    """One button per time and person, in the order of the rows."""
    places = {(row["frame"], row["face_id"]): row for row in rows if row["frame"] is not None}
    if not places:
        return
    line = st.container(horizontal=True, gap="xsmall", vertical_alignment="center")
    for number, row in enumerate(list(places.values())[:most]):
        person = "" if row["person"] is None else f" · {look.plain(row['person'])}"
        if line.button(
            f"{look.clock(row['time_s'])}{person}",
            key=f"look-{key}-{number}",
            icon=":material/visibility:",
            help="Look at this moment on the page Analyse.",
        ):
            _leave(analysis, row)
    if len(places) > most:
        line.caption("Tick a row to look at any other.")


def _leave(analysis: Analysis, row: Row) -> None:
    if row["frame"] is not None:
        picking.look_at(analysis, row["frame"], row["face_id"])


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    """The rows with the time as people read it first, and the numbers of frame and face last."""
    table = pd.DataFrame(list(rows))
    order = [name for name in table.columns if name not in ("time_s", *_LAST)]
    times = [None if time_s is None else look.clock(time_s) for time_s in table["time_s"]]
    return table.assign(time=times)[["time", *order, *_LAST]]


def _columns(rows: Sequence[Row]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for name in rows[0]:
        if name == "share":
            config[name] = _PERCENT
        elif name.endswith("_s") or name == "seconds":
            config[name] = _SECONDS
        elif any(isinstance(row[name], float) for row in rows):
            config[name] = _NUMBER
    return config
