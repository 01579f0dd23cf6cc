"""Where the head points: over time, and as a scatter of yaw against pitch."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves
from facemotion.charts import directions, panels, people
from facemotion.charts.style import NO_FACE, message
from facemotion.curves import TURNED_PITCH_DEG, TURNED_YAW_DEG
from facemotion.records import Moment

NO_POSE = "The position of the head could not be measured here."

_COLUMNS = ("yaw_deg", "pitch_deg", "roll_deg")


def head_pose_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
) -> go.Figure:
    """Yaw, pitch and roll in degrees over time; dashed lines bound the frontal zone."""
    shown = people.shown(faces, face_id)
    if not shown or samples.empty:
        return message(NO_FACE, 200)
    mine = curves.of_face(faces, face_id)
    if mine[list(_COLUMNS)].isna().all(axis=None):
        return message(NO_POSE, 200)
    reach = directions.reach(mine, _COLUMNS, at_least=35)
    rows = [
        directions.panel("yaw_deg", "<b>Yaw</b> to the picture's right", reach, TURNED_YAW_DEG),
        directions.panel("pitch_deg", "<b>Pitch</b> upwards", reach, TURNED_PITCH_DEG),
        directions.panel("roll_deg", "<b>Roll</b> clockwise", reach),
    ]
    return panels.over_time(
        faces, samples, rows, shown, moments=moments, at_s=at_s, guide="edge of the frontal zone"
    )


def head_pose_timeline_alt(
    faces: pd.DataFrame, samples: pd.DataFrame, *, face_id: int | None = None
) -> str:
    """The lines in words: the middle and the range of each angle."""
    shown = people.shown(faces, face_id)
    if not shown or samples.empty:
        return f"Head position over time. {NO_FACE}"
    mine = faces[faces["face_id"].isin([person.face_id for person in shown])]
    if mine[list(_COLUMNS)].isna().all(axis=None):
        return f"Head position over time. {NO_POSE}"
    ranges = "; ".join(directions.range_said(mine, c, c.removesuffix("_deg")) for c in _COLUMNS)
    return f"Head position over time for {people.said(shown, faces)}: {ranges}."


def head_pose_scatter(
    faces: pd.DataFrame,
    *,
    face_id: int | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
    height: int = 420,
) -> go.Figure:
    """Yaw against pitch as seen in the picture; the box is the frontal zone.

    One person's points are coloured by time, several people's by person.
    """
    shown = people.shown(faces, face_id)
    if not shown:
        return message(NO_FACE, height)
    if curves.of_face(faces, face_id)[["yaw_deg", "pitch_deg"]].isna().any(axis=1).all():
        return message(NO_POSE, height)
    figure = directions.scatter(
        faces,
        shown,
        ("yaw_deg", "pitch_deg"),
        at_least=35,
        moments=moments,
        at_s=at_s,
        height=height,
    )
    directions.add_zone(figure, TURNED_YAW_DEG, TURNED_PITCH_DEG, "frontal")
    return figure


def head_pose_scatter_alt(faces: pd.DataFrame, *, face_id: int | None = None) -> str:
    """The scatter in words: the share of the points inside the frontal zone."""
    shown = people.shown(faces, face_id)
    mine = faces[faces["face_id"].isin([person.face_id for person in shown])]
    mine = mine.dropna(subset=["yaw_deg", "pitch_deg"])
    if mine.empty:
        return f"Head position, yaw against pitch. {NO_POSE if shown else NO_FACE}"
    frontal = (mine["yaw_deg"].abs() <= TURNED_YAW_DEG) & (
        mine["pitch_deg"].abs() <= TURNED_PITCH_DEG
    )
    return (
        f"Head position, yaw against pitch, for {people.said(shown, faces)}: {len(mine)} points, "
        f"{100 * frontal.mean():.0f}% of them frontal (within {TURNED_YAW_DEG:g} degrees sideways "
        f"and {TURNED_PITCH_DEG:g} degrees up or down)."
    )
