"""faces.csv and faces.parquet: every face of every analysed frame."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pandas as pd

from facemotion import action_units, statistics
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis
from facemotion.tables import FACE_COLUMNS


def presence(names: Iterable[str]) -> tuple[str, ...]:
    """The presence columns of action units: ``AU01_c``, ..., named as OpenFace does."""
    return tuple(f"{name}_c" for name in names)


_BOX = ("x", "y", "w", "h")
_SHOWN = "_shown"
_PRESENCE = presence(ACTION_UNITS)
_ANGLES = tuple(name for name in FACE_COLUMNS if name.endswith("_deg"))
_ORDER = (
    *("frame", "timestamp", "face_id", "confidence", "success"),
    *(*_BOX, *EMOTIONS, "dominant_emotion", "expressiveness"),
    *("valence", "arousal", "person", "track_id"),
    *(*ACTION_UNITS, *_PRESENCE, "baseline", *_ANGLES),
)
CSV_COLUMNS: tuple[str, ...] = (*_ORDER, *(name for name in FACE_COLUMNS if name not in _ORDER))
"""The columns of faces.csv: the fixed ones first, then whatever else is measured."""

# Decimals in the CSV: a microsecond, a hundredth of a pixel, a hundredth of a degree, a thousandth
# of an intensity (far below what can be measured), and what a float32 can carry.
_DECIMALS = {
    "timestamp": 6,
    **dict.fromkeys((*_BOX, *_ANGLES), 2),
    **dict.fromkeys(ACTION_UNITS, 3),
}
_FURTHER_DECIMALS = 5
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = {"face_id": "Int64", "track_id": "Int64", "success": "int8"}


def rows(analysis: Analysis) -> pd.DataFrame:
    """One row per (frame, face), and one with ``success`` 0 per frame without a face.

    Columns as ``CSV_COLUMNS``, sorted by frame, then face. ``AU01_c`` ... are 1 where the action
    unit is present, 0 where it is not and missing where it was not measured. If the settings ask
    for smoothing or baseline correction, the values so shown follow as ``happy_shown`` ...
    """
    return rows_of(_with_shown(analysis.faces, analysis), analysis.samples)


def rows_of(faces: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The same for a faces table, columns ``..._shown`` and all, and its samples."""
    found = _with_presence(faces).assign(success=1)
    empty = samples[~samples["frame"].isin(found["frame"])][["frame", "timestamp"]]
    together = pd.concat(
        [found.astype({"face_id": "Int64", "track_id": "Int64"}), empty.assign(success=0)]
    )
    further = [name for name in found.columns if name.endswith(_SHOWN)]
    types = _types() | {name: FACE_COLUMNS[name.removesuffix(_SHOWN)] for name in further}
    table = together.reindex(columns=[*CSV_COLUMNS, *further]).astype(types)
    return table.sort_values(["frame", "face_id"], ignore_index=True, kind="stable")


def faces_csv(analysis: Analysis) -> str:
    """``rows`` as CSV: a header, commas, ``\\n``, empty cells for what is missing.

    Text cells that a spreadsheet would run as a formula get an apostrophe in front.
    """
    return as_csv(rows(analysis))


def as_csv(table: pd.DataFrame, *, header: bool = True) -> str:
    """Such rows as CSV; without ``header`` only the rows, to be put behind others."""
    table = table.copy()
    for name in table.columns:
        if pd.api.types.is_float_dtype(table[name]):
            decimals = _DECIMALS.get(name.removesuffix(_SHOWN), _FURTHER_DECIMALS)
            table[name] = table[name].astype("float64").round(decimals)
        elif pd.api.types.is_string_dtype(table[name]):
            table[name] = table[name].map(defused, na_action="ignore")
    return str(table.to_csv(index=False, header=header, lineterminator="\n"))


def faces_parquet(analysis: Analysis) -> bytes:
    """``rows`` as a Parquet file, unrounded, with real types and nulls."""
    buffer = io.BytesIO()
    rows(analysis).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _with_presence(faces: pd.DataFrame) -> pd.DataFrame:
    measured = faces[list(ACTION_UNITS)].notna()
    flags = action_units.present(faces)[list(ACTION_UNITS)].astype("Int8").where(measured)
    return faces.join(flags.set_axis(list(_PRESENCE), axis=1))


def _with_shown(faces: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    settings = analysis.settings
    if settings.smoothing == "none" and not settings.baseline_corrected:
        return faces
    shown = statistics.shown(analysis.faces, settings, analysis.neutral_ranges)
    return faces.join(shown[list(statistics.SHOWN_COLUMNS)].add_suffix(_SHOWN))


def _types() -> dict[str, str]:
    known = {**FACE_COLUMNS, **dict.fromkeys(_PRESENCE, "Int8"), **_WHOLE}
    return {name: known[name] for name in CSV_COLUMNS}


def defused(text: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_START) else text
