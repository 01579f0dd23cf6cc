"""The legend of the lanes: entries of their own, which hide and show all lines of their group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facemotion import palette
from facemotion.charts.people import Person
from facemotion.records import EMOTIONS

Entry = dict[str, Any]


def of_emotions() -> list[Entry]:
    """A short line with its symbol for each."""
    return [
        _entry(
            emotion,
            emotion,
            mode="lines+markers",
            line={"color": palette.color(emotion), "width": 2},
            marker={"symbol": palette.symbol(emotion), "size": 8, "color": palette.color(emotion)},
        )
        for emotion in EMOTIONS
    ]


def of_people(people: Sequence[Person]) -> list[Entry]:
    """A thick line for each."""
    return [
        _entry(p.name, f"face {p.face_id}", mode="lines", line={"color": p.color, "width": 4})
        for p in people
    ]


def _entry(name: str, group: str, **look: Any) -> Entry:
    return {"type": "scatter", "x": [None], "y": [None], "name": name, "legendgroup": group, **look}
