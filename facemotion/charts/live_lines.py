"""The lines in the chart of a live stream: few points, and breaks where nothing was seen.

Each line is thinned to its lowest and highest value in stretches that lie fixed in stream time, so
that what was drawn once keeps its shape while it moves to the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from facemotion import palette
from facemotion.charts.style import dates
from facemotion.records import EMOTIONS

MAX_POINTS = 600
"""Points of a line, at most about."""

_SYMBOLS = 30
"""Stretches of which each shows the symbol of its strongest expression."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lost:
    """A stretch in which nothing was seen, and why; it may have no length."""

    start_s: float
    end_s: float
    why: str


def lines(
    rows: pd.DataFrame, samples: pd.DataFrame, lost: Sequence[Lost], panel: int, span_s: float
) -> list[dict[str, Any]]:
    """A line per expression, and the symbol of the strongest now and then and at its end."""
    times, values = _curve(rows, samples, lost)
    step_s = span_s / (MAX_POINTS / 2)
    parts = []
    symbols = _symbol_rows(times, values, span_s / _SYMBOLS)
    for number, name in enumerate(EMOTIONS):
        kept = thin(times, values[:, number], step_s)
        colour = palette.color(name)
        parts.append(
            {
                **axes(panel),
                "type": "scatter",
                "mode": "lines",
                "name": f"{palette.glyph(name)} {name}",
                "legendgroup": name,
                "showlegend": panel == 0,
                "x": dates(times[kept]),
                "y": np.round(values[kept, number], 3),
                "line": {"color": colour, "width": 1.5 if name == "neutral" else 2.5},
                "hovertemplate": f"{name} %{{y:.0%}} at %{{x|%-H:%M:%S}}<extra></extra>",
            }
        )
        at = symbols[number]
        if len(at):
            parts.append(
                {
                    **axes(panel),
                    "type": "scatter",
                    "mode": "markers",
                    "name": f"strongest: {name}",
                    "legendgroup": name,
                    "showlegend": False,
                    "x": dates(times[at]),
                    "y": np.round(values[at, number], 3),
                    "marker": {"color": colour, "symbol": palette.symbol(name), "size": 8},
                    "hoverinfo": "skip",
                }
            )
    return parts


def thin(times: Floats, values: Floats, step_s: float) -> NDArray[np.intp]:
    """Which samples to draw: the lowest and the highest of each ``step_s``, and a blank if any.

    Stretches are counted from time 0, so that they stay where they are.
    """
    stretch = np.floor(times / step_s)
    known = np.flatnonzero(~np.isnan(values))
    blank = np.flatnonzero(np.isnan(values))
    order = known[np.lexsort((values[known], stretch[known]))]
    edge = np.diff(stretch[order], prepend=np.nan, append=np.nan) != 0
    _, first_blank = np.unique(stretch[blank], return_index=True)
    return np.unique(
        np.concatenate([order[edge[:-1]], order[edge[1:]], blank[first_blank], known[-1:]])
    )


def _curve(
    rows: pd.DataFrame, samples: pd.DataFrame, lost: Sequence[Lost]
) -> tuple[Floats, Floats]:
    """Times ``(n,)`` and values ``(n, 7)`` of a face; blank where it, or anything, was not seen."""
    columns = [f"{name}_shown" for name in EMOTIONS]
    seen = rows.drop_duplicates("frame").set_index("frame")[columns]
    times = samples["timestamp"].to_numpy(dtype=np.float64)
    values = seen.reindex(samples["frame"]).to_numpy(dtype=np.float64)
    # While the machine is slow, looks are few but regular: a line through them is right.
    breaks = np.array([gap.start_s for gap in lost if gap.why != "slowed"])
    at = np.searchsorted(times, breaks, side="right")
    return np.insert(times, at, breaks), np.insert(values, at, np.nan, axis=0)


def _symbol_rows(times: Floats, values: Floats, step_s: float) -> list[NDArray[np.intp]]:
    """Per expression, the samples that carry its symbol: one per stretch, and the last."""
    known = np.flatnonzero(~np.isnan(values[:, 0]))
    if not len(known):
        return [known] * len(EMOTIONS)
    _, first = np.unique(np.floor(times[known] / step_s), return_index=True)
    at = np.unique(np.append(known[first], known[-1]))
    best = values[at].argmax(axis=1)
    return [at[best == number] for number in range(len(EMOTIONS))]


def axes(panel: int) -> dict[str, str]:
    """Where a trace is drawn: all panels share the time, each has its own height."""
    return {"xaxis": "x", "yaxis": "y" if panel == 0 else f"y{panel + 1}"}
