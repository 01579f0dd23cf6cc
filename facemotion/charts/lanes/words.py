"""The lanes in words, for people who do not see them."""

from __future__ import annotations

import pandas as pd

from facemotion import curves, palette
from facemotion.charts import people as who
from facemotion.charts.lanes.choice import CAPTIONS, EMOTION, EVENTS, LANES, LaneChoice
from facemotion.charts.lanes.figure import Happening
from facemotion.charts.style import NO_FACE, leaders

_TOLD = 12


def lanes_alt(
    faces: pd.DataFrame, samples: pd.DataFrame, happening: Happening, choice: LaneChoice
) -> str:
    """Which lanes there are, of whom, when, and what happens in them."""
    people = who.shown(faces, choice.face_id)
    if samples.empty or not people:
        return f"Lanes over time. {NO_FACE}"
    first, last = choice.window_s or (samples["timestamp"].min(), samples["timestamp"].max())
    listed = ", ".join(LANES[kind].lower() for kind in choice.lanes)
    parts = [
        f"Lanes over time for {who.said(people, faces)}, {palette.clock(first)} to "
        f"{palette.clock(last)}: {listed}."
    ]
    if EVENTS in choice.lanes:
        parts += _events(happening, choice)
    if EMOTION in choice.lanes:
        parts.append(leaders(curves.shares(curves.of_face(faces, choice.face_id))))
    if CAPTIONS in choice.lanes and happening.captions:
        parts.append(f"{len(happening.captions)} captions.")
    return " ".join(parts)


def _events(happening: Happening, choice: LaneChoice) -> list[str]:
    own = [m for m in happening.moments if choice.face_id in (None, m.face_id)]
    said = [f"{m.number}: {m.emotion} at {palette.clock(m.time_s)}" for m in own[:_TOLD]]
    marked = [f"{mark.text} at {palette.clock(mark.time_s)}" for mark in happening.marks[:_TOLD]]
    return [
        f"{name}: {'; '.join(items)}."
        for name, items in (("Moments", said), ("Marks", marked))
        if items
    ]
