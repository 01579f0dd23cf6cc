"""What several videos or persons show on one clock: curves, means, summary and differences as CSV.

Tables as ``statistics.groups`` and ``statistics.summaries`` give them. ``members`` has a row for
each member: ``member`` (its name in those tables), ``analysis_id``, ``title`` of the video,
``person`` ("" for the mean of all faces) and ``group`` ("A", "B" or "").
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from facemotion.export.table import defused

MEMBER_COLUMNS = ("member", "analysis_id", "title", "person", "group")
"""The columns of ``members``."""

_DECIMALS, _TIME_DECIMALS = 5, 6
_TIMES = ("time_s", "timestamp", "measured_s", "length_s", "peak_s")


def group_curves_csv(curves: pd.DataFrame, members: pd.DataFrame, column: str) -> str:
    """One row per member and bin, also where there is no face (then ``value`` is empty).

    The columns of ``members`` but its name, ``measure`` (the name of the value), then those of
    ``statistics.groups.curve``: ``time_s`` is on the common clock, ``timestamp`` in the video.
    """
    return _csv(_with_members(curves.assign(measure=column), members))


def group_means_csv(means: Mapping[str, pd.DataFrame], column: str) -> str:
    """One row per group ("" for everyone) and bin, as from ``statistics.groups.aggregated``."""
    parts = [table.assign(group=name, measure=column) for name, table in means.items()]
    table = pd.concat(parts, ignore_index=True)
    first = ["group", "measure"]
    return _csv(table[[*first, *(name for name in table.columns if name not in first)]])


def group_summary_csv(
    table: pd.DataFrame, members: pd.DataFrame, column: str, threshold: float
) -> str:
    """One row per member, as from ``statistics.summaries``.

    ``value_mean``, ``above_share`` and ``peak`` are of the column in ``measure``, above
    ``threshold``.
    """
    return _csv(_with_members(table.assign(measure=column, threshold=threshold), members))


def group_differences_csv(table: pd.DataFrame, column: str, threshold: float) -> str:
    """One row per measure, B minus A, as from ``statistics.summaries.differences``.

    ``value_mean`` and ``above_share`` are written with what they are of: ``mean of AU12``, ``share
    above 1 of AU12``.
    """
    said = {
        "value_mean": f"mean of {column}",
        "above_share": f"share above {threshold:g} of {column}",
    }
    return _csv(table.assign(measure=table["measure"].replace(said)))


def _with_members(table: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The facts about the members in front, in place of their names on the screen."""
    told = members[list(MEMBER_COLUMNS)].merge(table, on="member", how="inner")
    lead = [*MEMBER_COLUMNS[1:], "measure"]
    rest = [name for name in told.columns if name not in (*lead, "member")]
    return told[[*lead, *rest]]


def _csv(table: pd.DataFrame) -> str:
    """Rounded, with empty cells for what is missing, and no text that a spreadsheet runs."""
    changed = {}
    for name in table.columns:
        if pd.api.types.is_float_dtype(table[name]):
            decimals = _TIME_DECIMALS if name in _TIMES else _DECIMALS
            changed[name] = table[name].astype("float64").round(decimals)
        elif pd.api.types.is_string_dtype(table[name]):
            changed[name] = table[name].map(defused, na_action="ignore")
    return str(table.assign(**changed).to_csv(index=False, lineterminator="\n"))
