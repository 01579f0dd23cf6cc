"""What all the figures have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from facemotion import curves, palette

CLEAR = "rgba(0,0,0,0)"
GREY = "#808080"  # shows on white and on black
FAINT = "rgba(128,128,128,0.22)"

NO_FACE = "No face was found, so there is nothing to draw."

_EPOCH = np.datetime64("1970-01-01T00:00:00", "us")


def layout(height: int) -> dict[str, Any]:
    """Transparent, with narrow margins; the colour of the text is the page's."""
    return {
        "height": height,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hoverlabel": {"font": {"size": 12}},
    }


def message(text: str, height: int) -> go.Figure:
    """A figure that only says something."""
    figure = go.Figure(layout=layout(height))
    figure.add_annotation(text=text, showarrow=False, font={"size": 15}, xref="paper", yref="paper")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def leaders(parts: Mapping[str, curves.Share], count: int = 3) -> str:
    """The emotions with the largest shares, as a sentence."""
    ordered = sorted(parts.items(), key=lambda item: -item[1].dominant)[:count]
    said = ", ".join(
        f"{name} {palette.percent(part.dominant)}" for name, part in ordered if part.dominant > 0
    )
    return f"Strongest emotion by share of face time: {said}."


def unchanged_by_selection(opacity: float) -> dict[str, Any]:
    """Plotly fades what is not selected unless told otherwise."""
    state = {"marker": {"opacity": opacity}, "textfont": {"color": GREY}}
    return {"selected": state, "unselected": state}


def dates(seconds: Iterable[float]) -> NDArray[np.datetime64]:
    """Seconds as dates from 1970 on, NaN as a gap."""
    micros = np.round(np.fromiter(seconds, dtype=np.float64) * 1e6)
    known = ~np.isnan(micros)
    dates = np.full(len(micros), np.datetime64("NaT", "us"))
    dates[known] = _EPOCH + micros[known].astype("timedelta64[us]")
    return dates
