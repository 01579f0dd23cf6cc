"""A session put down while it runs: rows for a CSV, and facts for JSON lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from facemotion import export
from facemotion.live.buffer import Gap
from facemotion.live.events import Event
from facemotion.live.measuring import SHOWN_COLUMNS, Sample
from facemotion.records import EMOTIONS

LIVE_ONLY = ("latency_s", "gap_why", "gap_end_s", "gap_lasted_s")
CSV_COLUMNS = (*export.CSV_COLUMNS, *SHOWN_COLUMNS, *LIVE_ONLY)
"""The columns of faces.csv, the smoothed expressions, and what only a live session has.

A gap is a row of its own with ``success`` 0: it begins at its ``timestamp``, ends at ``gap_end_s``
of the stream, and nothing came for ``gap_lasted_s`` seconds by the clock.
"""


def header() -> str:
    """The first line of the CSV."""
    return ",".join(CSV_COLUMNS) + "\n"


def csv_of(item: Sample | Gap) -> str:
    """A row per face of a sample, one row for a sample without a face or a gap."""
    if isinstance(item, Gap):
        cells = {
            "timestamp": f"{item.start_s:.6f}",
            "success": "0",
            "gap_why": item.why,
            "gap_end_s": f"{item.end_s:.6f}",
            "gap_lasted_s": f"{item.lasted_s:.3f}",
        }
        return ",".join(cells.get(name, "") for name in CSV_COLUMNS) + "\n"
    samples = pd.DataFrame({"frame": [item.frame], "timestamp": [item.time_s]})
    table = export.rows_of(item.table, samples).assign(latency_s=round(item.latency_s, 3))
    return export.as_csv(table.reindex(columns=list(CSV_COLUMNS)), header=False)


def facts_of(item: Sample | Gap | Event) -> dict[str, Any]:
    """What a JSON line says of a sample, a gap or an event."""
    if isinstance(item, Gap):
        return {"type": "gap", **_rounded(vars(item))}
    if isinstance(item, Event):
        told = {name: value for name, value in vars(item).items() if name != "rule"}
        return {"type": "event", "rule": str(item.rule), **_rounded(told)}
    return {
        "type": "sample",
        "frame": item.frame,
        "time_s": round(item.time_s, 6),
        "latency_s": round(item.latency_s, 3),
        "faces": [_face(row) for row in item.faces],
    }


def _face(row: Mapping[Any, Any]) -> dict[str, Any]:
    plain = ("face_id", "person", "dominant_emotion", "baseline")
    values = ("confidence", "valence", "arousal", "pitch_deg", "yaw_deg", "roll_deg")
    return {
        **{name: row[name] for name in plain},
        "box_xywh": [round(float(row[side]), 1) for side in "xywh"],
        "probabilities": {name: _number(row[name]) for name in EMOTIONS},
        "smoothed": {name: _number(row[f"{name}_shown"]) for name in EMOTIONS},
        **{name: _number(row[name]) for name in values},
    }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _number(value) if isinstance(value, float) else value
        for name, value in values.items()
    }


def _number(value: float) -> float | None:
    """For JSON, which has no NaN."""
    return None if math.isnan(value) else round(float(value), 5)
