"""The times that a text cites, and which of them no row bears out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from facemotion import palette

NEAR_S = 1.0
"""How far a cited time may lie from a row: who writes m:ss drops up to a second."""

_CLOCK = re.compile(r"(?<![\d:.])(?:(\d+):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)(?![\d:])")
_NUMBER = r"\d+(?:\.\d+)?"
_SECONDS = re.compile(
    rf"(?<![\d:.])({_NUMBER})(?:\s*(?:-|–|—|to|and)\s*({_NUMBER}))?"
    r"\s?(?:s|secs?|seconds?)(?![A-Za-z])"
)


def times(text: str) -> tuple[float, ...]:
    """Every time in a text as ``m:ss``, ``h:mm:ss`` or in seconds, once each, in its order.

    >>> times("From 1:05.5 to 1:10, and for 12 s")
    (65.5, 70.0, 12.0)
    """
    found: list[tuple[int, float]] = []
    for match in _CLOCK.finditer(text):
        hours, minutes, seconds = match.groups()
        found.append(
            (match.start(), int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)),
        )
    for match in _SECONDS.finditer(_CLOCK.sub(lambda clock: "." * len(clock.group()), text)):
        found += [(match.start(part), float(match[part])) for part in (1, 2) if match[part]]
    return tuple(dict.fromkeys(time_s for _, time_s in sorted(found)))


def unsupported(
    text: str, rows: Iterable[Mapping[str, Any]], points_s: Iterable[float] = ()
) -> tuple[float, ...]:
    """The times in a text that lie near no row: near no value in seconds, and in no stretch.

    ``points_s`` are further times that may be cited.
    """
    points = list(points_s)
    stretches: list[tuple[float, float]] = []
    for row in rows:
        points += [
            float(value) for name, value in row.items() if _is_time(name) and value is not None
        ]
        if row.get("start_s") is not None and row.get("end_s") is not None:
            stretches.append((float(row["start_s"]), float(row["end_s"])))
    return tuple(
        time_s
        for time_s in times(text)
        if not any(abs(time_s - point) <= NEAR_S for point in points)
        and not any(low - NEAR_S <= time_s <= high + NEAR_S for low, high in stretches)
    )


def note(text: str, rows: Iterable[Mapping[str, Any]], points_s: Iterable[float] = ()) -> str:
    """A sentence about the times that no row bears out; "" when there are none."""
    strange = unsupported(text, rows, points_s)
    if not strange:
        return ""
    told = ", ".join(palette.clock(time_s).removesuffix(".0") for time_s in strange)
    if len(strange) == 1:
        return f"The time {told} in the answer is not in the rows: do not rely on it."
    return f"The times {told} in the answer are not in the rows: do not rely on them."


def _is_time(name: str) -> bool:
    return name.endswith("_s") or name == "seconds"
