"""windows.csv: what each person showed in each window of time."""

from __future__ import annotations

import pandas as pd

from facemotion import action_units, statistics
from facemotion.records import ACTION_UNITS, Analysis
from facemotion.statistics import windows

_DECIMALS = 5
_PLACE = ["start_s", "end_s"]


def windows_table(analysis: Analysis) -> pd.DataFrame:
    """One row per person and window, and for everyone together, in the settings' ``window_s``.

    Columns as ``windows.emotion_windows_by_person``, then mean (``AU12_mean``) and share of the
    measured time in which it is present (``AU12_share``) of every action unit. Of the values as
    shown: smoothed and corrected if the settings say so.
    """
    faces, samples = analysis.faces, analysis.samples
    length_s = analysis.settings.window_s
    shown = statistics.shown(faces, analysis.settings, analysis.neutral_ranges)
    table = windows.emotion_windows_by_person(shown, samples, length_s)
    present = action_units.present(shown) if len(shown) else shown[list(ACTION_UNITS)] > 0
    people: list[int | None] = [None, *sorted(shown["face_id"].unique().tolist())]
    units = [_units(shown, samples, present, length_s, person) for person in people]
    return table.join(pd.concat(units, ignore_index=True))


def windows_csv(analysis: Analysis) -> str:
    """``windows_table`` as CSV; empty cells for what is missing."""
    table = windows_table(analysis).round(_DECIMALS)
    return str(table.to_csv(index=False, lineterminator="\n"))


def _units(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    present: pd.DataFrame,
    length_s: float,
    person: int | None,
) -> pd.DataFrame:
    """One row per window, two columns per action unit."""
    found = windows.measure_windows(faces, samples, ACTION_UNITS, length_s, person, above=present)
    columns = {}
    for name, rows in found.groupby("column", sort=False):
        columns[f"{name}_mean"] = rows["mean"].to_numpy()
        columns[f"{name}_share"] = rows["share_above"].to_numpy()
    return pd.DataFrame(columns)
