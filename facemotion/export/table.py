"""faces.csv and faces.parquet: every face of every analysed frame."""

from __future__ import annotations

import io

import pandas as pd

from facemotion.records import EMOTIONS, Analysis
from facemotion.tables import FACE_COLUMNS

_BOX = ("x", "y", "w", "h")
_FIRST = (
    *("frame", "timestamp", "face_id", "confidence", "success"),
    *(*_BOX, *EMOTIONS, "dominant_emotion", "expressiveness"),
)
CSV_COLUMNS: tuple[str, ...] = (*_FIRST, *(name for name in FACE_COLUMNS if name not in _FIRST))
"""The columns of faces.csv: the fixed ones first, then whatever else is measured."""

# Decimals in the CSV: a microsecond, a hundredth of a pixel, and what a float32 can carry.
_DECIMALS = {"timestamp": 6, **dict.fromkeys(_BOX, 2), "roll_deg": 2}
_FURTHER_DECIMALS = 5
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def rows(analysis: Analysis) -> pd.DataFrame:
    """One row per (frame, face), and one with ``success`` 0 per frame without a face.

    Columns as ``CSV_COLUMNS``, sorted by frame, then face.
    """
    found = analysis.faces.assign(success=1)
    samples = analysis.samples
    empty = samples[~samples["frame"].isin(found["frame"])][["frame", "timestamp"]]
    together = pd.concat(
        [found.astype({"face_id": "Int64", "track_id": "Int64"}), empty.assign(success=0)]
    )
    table = together.reindex(columns=list(CSV_COLUMNS)).astype(_types())
    return table.sort_values(["frame", "face_id"], ignore_index=True, kind="stable")


def faces_csv(analysis: Analysis) -> str:
    """``rows`` as CSV: a header, commas, ``\\n``, empty cells for what is missing.

    Text cells that a spreadsheet would run as a formula get an apostrophe in front.
    """
    table = rows(analysis)
    for name, kind in _types().items():
        if kind.startswith("float"):
            decimals = _DECIMALS.get(name, _FURTHER_DECIMALS)
            table[name] = table[name].astype("float64").round(decimals)
        elif kind == "str":
            table[name] = table[name].map(_defused, na_action="ignore")
    return str(table.to_csv(index=False, lineterminator="\n"))


def faces_parquet(analysis: Analysis) -> bytes:
    """``rows`` as a Parquet file, unrounded, with real types and nulls."""
    buffer = io.BytesIO()
    rows(analysis).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _types() -> dict[str, str]:
    known = {**FACE_COLUMNS, "face_id": "Int64", "track_id": "Int64", "success": "int8"}
    return {name: known[name] for name in CSV_COLUMNS}


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_START) else text
