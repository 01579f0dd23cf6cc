"""Where the eyes look: over time, and as a scatter of directions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from facemotion import curves
from facemotion.charts import directions, panels, people
from facemotion.charts.style import NO_FACE, message
from facemotion.records import Moment

NO_GAZE = "The direction of the gaze could not be measured here."

CLOSED_FROM = 2.5
"""From this intensity of AU45 on (half of the way to closed) the eyes count as closed: a direction
measured behind a lid is none."""

_COLUMNS = ("gaze_yaw_deg", "gaze_pitch_deg")
_AT_LEAST_DEG = 30


def gaze_timeline(
    faces: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    face_id: int | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
) -> go.Figure:
    """Yaw and pitch of the gaze in degrees over time, around the line to the camera.

    Blinks and whatever could not be measured are gaps.
    """
    shown = people.shown(faces, face_id)
    if not shown or samples.empty:
        return message(NO_FACE, 200)
    mine = curves.of_face(open_eyed(faces), face_id)
    if mine[list(_COLUMNS)].isna().all(axis=None):
        return message(NO_GAZE, 200)
    reach = directions.reach(mine, _COLUMNS, _AT_LEAST_DEG)
    rows = [
        directions.panel("gaze_yaw_deg", "<b>Gaze</b> to the picture's right", reach, 0),
        directions.panel("gaze_pitch_deg", "<b>Gaze</b> upwards", reach, 0),
    ]
    return panels.over_time(
        open_eyed(faces),
        samples,
        rows,
        shown,
        moments=moments,
        at_s=at_s,
        guide="into the camera",
        panel_px=110,
    )


def gaze_timeline_alt(
    faces: pd.DataFrame, samples: pd.DataFrame, *, face_id: int | None = None
) -> str:
    """The lines in words."""
    return _said("Gaze over time", faces, face_id, nothing=samples.empty)


def gaze_scatter(
    faces: pd.DataFrame,
    *,
    face_id: int | None = None,
    moments: Sequence[Moment] = (),
    at_s: float | None = None,
    height: int = 420,
) -> go.Figure:
    """Directions of the gaze as seen in the picture; 0, 0 is into the camera.

    One person's points are coloured by time, several people's by person.
    """
    shown = people.shown(faces, face_id)
    if not shown:
        return message(NO_FACE, height)
    seen = open_eyed(faces)
    if curves.of_face(seen, face_id)[list(_COLUMNS)].isna().any(axis=1).all():
        return message(NO_GAZE, height)
    return directions.scatter(
        seen,
        shown,
        _COLUMNS,
        at_least=_AT_LEAST_DEG,
        moments=moments,
        at_s=at_s,
        height=height,
    )


def gaze_scatter_alt(faces: pd.DataFrame, *, face_id: int | None = None) -> str:
    """The scatter in words."""
    return _said("Directions of the gaze, yaw against pitch", faces, face_id)


def open_eyed(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces table with NaN for the gaze of closed eyes."""
    closed = faces["AU45"] >= CLOSED_FROM
    return faces.assign(**{column: faces[column].mask(closed) for column in _COLUMNS})


def _said(what: str, faces: pd.DataFrame, face_id: int | None, nothing: bool = False) -> str:
    shown = people.shown(faces, face_id)
    if not shown or nothing:
        return f"{what}. {NO_FACE}"
    mine = open_eyed(faces)[faces["face_id"].isin([person.face_id for person in shown])]
    if mine[list(_COLUMNS)].isna().all(axis=None):
        return f"{what}. {NO_GAZE}"
    ranges = "; ".join(
        directions.range_said(mine, column, name)
        for column, name in zip(_COLUMNS, ("yaw", "pitch"), strict=True)
    )
    return f"{what} for {people.said(shown, faces)}, relative to the camera: {ranges}."
