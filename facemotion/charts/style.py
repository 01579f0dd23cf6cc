"""What all the figures have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from facemotion import curves, palette
from facemotion.records import Moment

CLEAR = "rgba(0,0,0,0)"
GREY = "#808080"  # shows on white and on black
FAINT = "rgba(128,128,128,0.22)"

NO_FACE = "No face was found, so there is nothing to draw."

_HOUR_S = 3600.0
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


def clock_format(end_s: float) -> str:
    """How Plotly writes a time of a video that ends at ``end_s``, without parts of a second."""
    return "%-H:%M:%S" if end_s >= _HOUR_S else "%-M:%S"


def time_axis(start_s: float, end_s: float) -> dict[str, Any]:
    """A clock from 0 on: a date axis, because only that one writes ``m:ss`` at every zoom."""
    edge = max((end_s - start_s) * 0.012, 0.2)  # keeps the first and last symbols whole
    clock = clock_format(end_s + edge)  # the last tick may lie beyond the last sample
    return {
        "type": "date",
        "range": dates([start_s - edge, end_s + edge]).tolist(),
        "tickformat": clock,
        "tickformatstops": [
            {"dtickrange": [None, 999], "value": f"{clock}.%1f"},
            {"dtickrange": [1000, None], "value": clock},
        ],
        "showgrid": False,
        "zeroline": False,
        "showspikes": True,
        "spikemode": "across",
        "spikecolor": GREY,
        "spikethickness": 1,
        "spikedash": "solid",
    }


def plain(text: str) -> str:
    """Text that Plotly must not read as markup or as a template."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "% {")


def points_in_time(
    curve: pd.DataFrame, moments: Iterable[Moment] = (), face_id: int | None = None
) -> list[list[float]]:
    """``[frame, timestamp, moment number or 0]`` of each row: the ``customdata`` of every chart
    with a time, so that a click can look at that frame. Plain lists: a typed array would reach
    Streamlit's selection as a dictionary. ``face_id`` takes that face's moments only.
    """
    mine = [m for m in moments if face_id is None or m.face_id == face_id]
    numbers = {m.frame_index: m.number for m in reversed(mine)}
    frames, times = curve["frame"].tolist(), curve["timestamp"].tolist()
    return [
        [frame, time_s, numbers.get(frame, 0)] for frame, time_s in zip(frames, times, strict=True)
    ]


def points_at(times: pd.Series, samples: pd.DataFrame) -> list[list[float]]:
    """``points_in_time`` for times that need not be a sample's: the nearest sample of each."""
    ordered = samples.sort_values("timestamp")
    seconds = ordered["timestamp"].to_numpy(dtype=np.float64)
    wanted = times.to_numpy(dtype=np.float64)
    after = np.clip(np.searchsorted(seconds, wanted), 1, max(len(seconds) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(seconds) - 1)
    nearest = np.where(wanted - seconds[before] <= seconds[after] - wanted, before, after)
    return points_in_time(ordered.iloc[nearest])


def mark_now(figure: go.Figure, at_s: float | None, *, above: bool = False) -> None:
    """A dotted line through all the panels at the time that is being looked at.

    ``above`` draws it over filled areas, in a colour that shows on all of them.
    """
    if at_s is not None:
        line = {"color": "#ff5a5a" if above else GREY, "width": 2, "dash": "dot"}
        at = dates([at_s])[0]
        figure.add_shape(
            type="line",
            x0=at,
            x1=at,
            y0=0,
            y1=1,
            yref="paper",
            line=line,
            layer="above" if above else "below",
        )


def interactive(figure: go.Figure, revision: str) -> None:
    """The cursor finds the nearest point however far away; zoom and legend stay on a redraw."""
    figure.update_layout(
        hovermode="closest",
        hoverdistance=-1,
        clickmode="event+select",
        dragmode="pan",
        uirevision=revision,
        legend={
            "orientation": "h",
            "maxheight": 1,  # of the figure's: no scroll bar in a narrow page
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
        },
    )
