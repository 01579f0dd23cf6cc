"""A clock that several videos have in common: it may begin before 0, where a date axis cannot."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from facemotion import palette
from facemotion.charts.style import GREY, dates, plain, time_axis

_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MAX_TICKS = 7


def axis(start_s: float, end_s: float, zero: str = "") -> dict[str, Any]:
    """``time_axis``, with what happens at second 0 written under its tick, unless it is "".

    The ticks are written out then, and where the clock begins before 0, which is 1969 for Plotly.
    """
    found = time_axis(start_s, end_s)
    if start_s >= 0 and not zero:
        return found
    needed = (end_s - start_s) / _MAX_TICKS
    step = next((step for step in _STEPS_S if step >= needed), _STEPS_S[-1])
    ticks = [n * step for n in range(math.ceil(start_s / step), math.floor(end_s / step) + 1)]
    words = [f"{written(at)}<br>{plain(zero)}" if at == 0 else written(at) for at in ticks]
    return found | {"tickvals": dates(ticks).tolist(), "ticktext": words}


def written(time_s: float) -> str:
    """A time on the common clock: ``0:12``, ``−0:03.5``; tenths only where there are some."""
    return palette.clock(time_s).removesuffix(".0").replace("-", "−")


def span(curves: pd.DataFrame) -> tuple[float, float]:
    """From the start of the first bin with a value to the end of the last."""
    known, half_s = curves.dropna(subset=["value"]), width_s(curves) / 2
    return float(known["time_s"].min()) - half_s, float(known["time_s"].max()) + half_s


def width_s(curves: pd.DataFrame) -> float:
    """How long a bin is, by its number and its middle."""
    first = curves.iloc[0]
    return float(first["time_s"] / (first["bin"] + 0.5))


def mark_zero(figure: go.Figure, n_panels: int = 1) -> None:
    """A dotted line at second 0 through each of the panels, which lie one below the other."""
    at = dates([0.0])[0]
    line = {"color": GREY, "width": 1.5, "dash": "dot"}
    shared = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line, "layer": "below"}
    panels = ["y domain", *(f"y{number} domain" for number in range(2, n_panels + 1))]
    figure.update_layout(shapes=[{**shared, "yref": yref} for yref in panels])
