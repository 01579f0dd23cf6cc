"""The lane of coverage: a strip per person, where the face could be measured well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from facemotion.charts import coverage
from facemotion.charts.lanes.axis import to_axis
from facemotion.charts.people import Person
from facemotion.curves import COVERAGE

STRIP_PX = 15
_GAP = 0.12
Trace = dict[str, Any]
_N = len(COVERAGE)

_STEPS = [
    (edge / _N, coverage.COLORS[word])
    for code, word in enumerate(COVERAGE)
    for edge in (code, code + 1)
]


def traces(tables: Sequence[pd.DataFrame], people: Sequence[Person], y_axis: str) -> list[Trace]:
    """One strip of coloured spans for each person, the first at the top.

    ``tables`` are those of ``curves.coverage``.
    """
    return [
        _strip(table, person, row, y_axis)
        for row, (table, person) in enumerate(zip(tables, people, strict=True))
    ]


def title(tables: Sequence[pd.DataFrame]) -> str:
    """What the lane is, and what its colours are."""
    there = {word for table in tables for word in table["coverage"].unique()}
    told = [
        f'<span style="color:{coverage.COLORS[word]}">■</span> {word}'
        for word in COVERAGE
        if word in there
    ]
    return f"<b>Coverage</b> {'  '.join(told)}"


def _strip(table: pd.DataFrame, person: Person, row: int, y_axis: str) -> Trace:
    codes = coverage.without_slivers(table["coverage"].cat.codes.to_numpy(), coverage.MAX_POINTS)
    starts, ends, kinds = coverage.runs(codes, table["timestamp"].to_numpy(dtype=np.float64))
    return {
        "type": "heatmap",
        "x": to_axis([*starts, ends[-1]]),
        "y": [row - 0.5 + _GAP, row + 0.5 - _GAP],
        "z": kinds[None, :].astype(np.uint8),
        "yaxis": y_axis,
        "zmin": -0.5,
        "zmax": _N - 0.5,
        "colorscale": _STEPS,
        "showscale": False,
        "name": person.name,
        "text": [[COVERAGE[code] for code in kinds]],
        "hovertemplate": f"{person.name}: %{{text}}<extra></extra>",
        "showlegend": False,
    }
