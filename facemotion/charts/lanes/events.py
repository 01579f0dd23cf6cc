"""What happens at a time: the moments, the user's marks, and the captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from facemotion import curves, palette
from facemotion.charts import lane
from facemotion.charts.lanes.axis import to_axis
from facemotion.charts.lanes.choice import Window
from facemotion.charts.style import GREY, plain
from facemotion.markers import Marker
from facemotion.records import Caption, Moment

ROW_PX, CAPTIONS_PX = 24, 24
MARK_COLOR = "#d2452d"
"""Of a mark's flag and of its line through all lanes: on no emotion and no person."""

_FLAG_LETTERS, _FEWEST_LETTERS = 18, 4
_LETTERS_ACROSS = 130  # of the small captions, in a lane as wide as on a laptop
_SHADES = ("rgba(128,128,128,0.22)", "rgba(128,128,128,0.1)")


def moments_rows(moments: Sequence[Moment]) -> int:
    """How many rows the moments take: those of one frame stand one above the other."""
    return max(lane.storeys(moments), default=-1) + 1


def moments_trace(
    moments: Sequence[Moment], y_axis: str, first_row: int, *, name_faces: bool
) -> dict[str, Any]:
    """A numbered diamond for each; their rows begin at ``first_row``, from below."""
    colors = [palette.color(m.emotion) for m in moments]
    return {
        "type": "scatter",
        "x": to_axis(m.time_s for m in moments),
        "y": [first_row + storey for storey in lane.storeys(moments)],
        "yaxis": y_axis,
        "mode": "markers+text",
        "name": "moment",
        "customdata": [[m.frame_index, m.time_s, m.number] for m in moments],
        "text": [str(m.number) for m in moments],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": GREY},
        "hovertemplate": [_moment_text(m, name_faces) for m in moments],
        "marker": {
            "symbol": "diamond",
            "size": 13,
            "color": colors,
            "line": {"width": 1, "color": GREY},
        },
        "cliponaxis": False,
        "showlegend": False,
    }


def _moment_text(moment: Moment, name_face: bool) -> str:
    face = f" · {plain(curves.name_of(moment))}" if name_face else ""
    score = palette.percent(curves.own_probability(moment))
    return (
        f"{moment.number}{face}: {palette.glyph(moment.emotion)} {moment.emotion} {score}<br>"
        f"{plain(moment.why)}<extra></extra>"
    )


def marks_trace(marks: Sequence[Marker], y_axis: str) -> dict[str, Any]:
    """A flag with its first letters for each, in row 0."""
    return {
        "type": "scatter",
        "x": to_axis(mark.time_s for mark in marks),
        "y": [0] * len(marks),
        "yaxis": y_axis,
        "mode": "markers+text",
        "name": "mark",
        "text": [plain(_short(mark.text, _FLAG_LETTERS)) for mark in marks],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": MARK_COLOR},
        "hovertemplate": [f"{plain(mark.text)}<extra></extra>" for mark in marks],
        "marker": {"symbol": "triangle-right", "size": 12, "color": MARK_COLOR},
        "showlegend": False,
    }


def mark_lines(marks: Sequence[Marker]) -> list[dict[str, Any]]:
    """A line through all lanes at each mark."""
    line = {"color": MARK_COLOR, "width": 1, "dash": "dot"}
    return [
        {
            "type": "line",
            "x0": at,
            "x1": at,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": line,
            "layer": "below",
            "opacity": 0.75,
        }
        for at in to_axis(mark.time_s for mark in marks).tolist()
    ]


def captions_traces(
    captions: Sequence[Caption], y_axis: str, sight_s: Window
) -> list[dict[str, Any]]:
    """A bar for each, as long as it is shown, with as much of its words as it has room for.

    Every other one is darker. ``sight_s`` is the part of the video that is seen.
    """
    return [
        _bars(captions[first::2], y_axis, shade, sight_s)
        for first, shade in enumerate(_SHADES)
        if captions[first::2]
    ]


def _bars(captions: Sequence[Caption], y_axis: str, shade: str, sight_s: Window) -> dict[str, Any]:
    starts = to_axis(line.start_s for line in captions)
    ends = to_axis(line.end_s for line in captions)
    texts = [" ".join(line.text.split()) for line in captions]
    across_ms = 1000 * max(sight_s[1] - sight_s[0], 1e-3)
    room = (ends - starts) * _LETTERS_ACROSS / across_ms
    return {
        "type": "bar",
        "orientation": "h",
        "base": starts,
        "x": ends - starts,
        "y": np.zeros(len(captions), np.int8),
        "yaxis": y_axis,
        "width": 1,
        "name": "caption",
        "text": [plain(_short(t, int(n))) for t, n in zip(texts, room, strict=True)],
        "textposition": "inside",
        "insidetextanchor": "start",
        "textangle": 0,
        "constraintext": "inside",
        "insidetextfont": {"size": 11, "color": GREY},
        "hovertext": [plain(text) for text in texts],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": shade, "line": {"width": 0}},
        "showlegend": False,
    }


def _short(text: str, most: int) -> str:
    """At most so many letters; none where too few would be left to be read."""
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rstrip()}…" if most >= _FEWEST_LETTERS else ""
