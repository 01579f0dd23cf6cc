"""What all the figures have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from facemotion import curves, palette

CLEAR = "rgba(0,0,0,0)"
GREY = "#808080"  # shows on white and on black
FAINT = "rgba(128,128,128,0.22)"

NO_FACE = "No face was found, so there is nothing to draw."


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
