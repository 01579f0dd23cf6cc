"""From a click on a chart to the frame that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from facemotion.records import Analysis, Moment
from facemotion.ui import state


class Shown(Protocol):
    """What is shown: the face alone, if one is, and the moments."""

    @property
    def face_id(self) -> int | None: ...
    @property
    def shown(self) -> tuple[Moment, ...]: ...


def to_point(analysis: Analysis, shown: Shown, event: Any) -> None:
    """Look at the point of a chart that was clicked, if one was."""
    points = event.selection.points
    data = next((p["customdata"] for p in points if p.get("customdata")), None)
    if data is not None:
        to_data(analysis, shown, data)


def to_data(analysis: Analysis, shown: Shown, data: Sequence[float]) -> None:
    """Look at ``[frame, timestamp, moment number or 0]``, as every chart with a time has it."""
    frame, number = int(data[0]), int(data[2])
    moment = next((m for m in shown.shown if m.number == number), None)
    if moment is not None:
        state.look_at(analysis, moment.frame_index, moment.face_id)
    else:
        state.look_at(analysis, frame, best_face(analysis, frame, shown.face_id))


def best_face(analysis: Analysis, frame: int, only_face: int | None = None) -> int | None:
    """The most expressive face of a frame; None where there is none."""
    here = analysis.faces[analysis.faces["frame"] == frame]
    if only_face is not None:
        here = here[here["face_id"] == only_face]
    return None if here.empty else int(here.loc[here["expressiveness"].idxmax(), "face_id"])
