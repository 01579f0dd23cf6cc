"""The numbers of a comparison: a row for each, how far two groups lie apart, and the exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from facemotion import charts, export
from facemotion.charts.contrasts import points
from facemotion.charts.members import told
from facemotion.records import ACTION_UNITS, EMOTIONS
from facemotion.statistics import effects, summaries
from facemotion.ui.compare.compared import View
from facemotion.ui.compare.group_controls import named

MEAN, SHARE = "mean probability", "share of face time"

_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_PERCENT = st.column_config.NumberColumn(format="%.0f %%")
_NUMBER = st.column_config.NumberColumn(format="%.2f")
_SIGNED = ("valence", "arousal")


def summary(table: pd.DataFrame, grouping: Mapping[str, str], view: View) -> None:
    """One row per member, as from ``statistics.summaries``."""
    st.subheader("In numbers", anchor=False)
    kind = st.segmented_control(
        "Emotions as",
        [MEAN, SHARE],
        default=MEAN,
        required=True,
        key="compare-emotions",
        help="The mean probability of each emotion, or the share of the face time in which it is "
        "the strongest.",
        persist_state="session",
    )
    columns: dict[str, Any] = {"name": table["member"]}
    if grouping:
        columns["group"] = table["member"].map(grouping).fillna("")
    columns["with a face"] = table["face_share"]
    prefix = "" if kind == MEAN else summaries.DOMINANT
    columns |= {emotion: table[f"{prefix}{emotion}"] for emotion in EMOTIONS}
    columns |= {name: table[name] for name in ("expressiveness", *_SIGNED)}
    if view.column in ACTION_UNITS:
        columns[named(view.column)] = table["value_mean"]
    columns[f"{view.column} above {view.threshold:g}"] = table["above_share"]
    formats = _formats(list(columns), view)
    shares = [name for name, kept in formats.items() if kept is _PERCENT]
    shown = pd.DataFrame(columns)
    st.dataframe(
        shown.assign(**{name: 100 * shown[name] for name in shares}),
        hide_index=True,
        width="stretch",
        height="content",
        column_config=formats,
        alt="One row for each, with the numbers of every emotion.",
    )
    st.caption(
        "Weighted by time, over the time with a face; *with a face* is of all the time looked at."
    )


def differences(table: pd.DataFrame, view: View) -> None:
    """How group B differs from group A, drawn and in numbers, with what these can bear."""
    st.subheader("Group B against group A", anchor=False)
    st.plotly_chart(
        charts.group_differences(table),
        key="group-differences",
        config=_CONFIG,
        alt=charts.group_differences_alt(table),
    )
    _small(table)
    is_twice = (table["measure"] == "value_mean") & (view.column in summaries.MEASURES)
    told_once = table[~is_twice]
    st.dataframe(
        pd.DataFrame([_row(row, view) for _, row in told_once.iterrows()]),
        hide_index=True,
        width="stretch",
        height="content",
        alt="Mean of each group, their difference with its interval, and the size of the effect.",
    )
    st.caption(
        "Counted are the videos or persons, not their frames: frames of one video resemble each "
        "other, and counting them would make every difference look sure. The interval is Welch's, "
        "for two independent groups: the same viewers in both would need another test. Hedges' g "
        "is the difference in standard deviations, for small samples. Of so many measures, one or "
        "another leaves out 0 by chance."
    )


def exports(
    curves: pd.DataFrame,
    means: Mapping[str, pd.DataFrame],
    table: pd.DataFrame,
    apart: pd.DataFrame | None,
    members: pd.DataFrame,
    view: View,
) -> None:
    """What can be taken along; ``apart`` None without two groups."""
    column, threshold = view.column, view.threshold
    offers: list[tuple[str, str, Callable[[], str], str]] = [
        (
            "Curves on one clock (CSV)",
            "curves",
            lambda: export.group_curves_csv(curves, members, column),
            "One row per video or person and step of time.",
        ),
        (
            "Means (CSV)",
            "means",
            lambda: export.group_means_csv(means, column),
            "One row per step of time: mean, interval, quartiles, range, and of how many.",
        ),
        (
            "Summary (CSV)",
            "summary",
            lambda: export.group_summary_csv(table, members, column, threshold),
            "One row per video or person: means, shares, and the highest value.",
        ),
    ]
    if apart is not None:
        differing = apart
        offers.append(
            (
                "Differences (CSV)",
                "differences",
                lambda: export.group_differences_csv(differing, column, threshold),
                "One row per measure: both means, difference, interval, and effect size.",
            )
        )
    st.subheader("Export", anchor=False)
    for label, suffix, make, words in offers:
        st.download_button(
            label,
            make,
            f"compared-{column}-{suffix}.csv",
            "text/csv",
            key=f"export-compared-{suffix}",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            help=words,
        )


def _formats(columns: list[str], view: View) -> dict[str, Any]:
    formats: dict[str, Any] = {n: _PERCENT for n in columns if n not in ("name", "group")}
    formats |= dict.fromkeys(_SIGNED, _NUMBER)
    if view.column in ACTION_UNITS:
        formats[named(view.column)] = _NUMBER
    return formats | {"name": st.column_config.TextColumn(pinned=True)}


def _small(table: pd.DataFrame) -> None:
    """Says once what the size of the groups does not allow."""
    for note in dict.fromkeys(table["note"]):
        if note in (effects.NOBODY, effects.TOO_FEW):
            st.info(f"{note} Put more videos or persons into both.", icon=":material/group_add:")
            return


def _row(row: pd.Series, view: View) -> dict[str, str]:
    measure = str(row["measure"])
    column = view.column if measure == "value_mean" else measure
    names = {
        "value_mean": f"{named(view.column)}, mean",
        "above_share": f"{view.column} above {view.threshold:g}",
    }
    is_share = column in (*EMOTIONS, "expressiveness", "above_share")

    def difference(value: float) -> str:
        return points(value) if is_share and not pd.isna(value) else _signed(value)

    limits = f"{difference(row['low'])} to {difference(row['high'])}"
    return {
        "measure": names.get(measure, measure),
        "A": told(column, row["mean_a"]),
        "B": told(column, row["mean_b"]),
        "B − A": difference(row["difference"]) + (" points" if is_share else ""),
        "95 % interval": "-" if pd.isna(row["low"]) else limits,
        "Hedges' g": _signed(row["hedges_g"]),
        "n": f"{row['n_a']} and {row['n_b']}",
    }


def _signed(value: float) -> str:
    return "-" if pd.isna(value) else f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
