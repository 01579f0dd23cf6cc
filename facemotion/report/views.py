"""What of a moment a report shows: its pictures, as they may be, or the drawing in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from facemotion import curves
from facemotion.records import Analysis, Moment
from facemotion.report import mesh, pictures
from facemotion.report.mesh import Drawing
from facemotion.report.options import ReportOptions
from facemotion.report.pictures import Picture
from facemotion.report.words import clock

if TYPE_CHECKING:
    from facemotion.records import RGB

MAX_FRAMES = 24
"""The first so many moments have their whole frame; of all there is the face."""


@dataclass(frozen=True)
class Views:
    """The pictures of a moment, or the drawing in place of them."""

    thumbnail: Picture | None = None
    face: Picture | None = None
    frame: Picture | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Sources:
    """Where the pictures come from; ``frame_of`` gives a moment's frame or None.

    ``measured`` has all the faces that were found, also those of people who were left out.
    """

    frame_of: Callable[[Moment], RGB | None]
    options: ReportOptions
    landmarks: Path | None
    measured: pd.DataFrame | None


def of_moment(analysis: Analysis, moment: Moment, sources: Sources, *, with_frame: bool) -> Views:
    """What of a moment is there and may be shown."""
    what = f"{curves.name_of(moment)}, apparently {moment.emotion}"
    at = clock(moment.time_s)
    if sources.options.faces == "mesh":
        path = sources.landmarks
        if path is None or not path.is_file():
            return Views()
        return Views(drawing=mesh.of_moment(path, moment, f"Mesh of {what}, at {at}"))
    rgb = sources.frame_of(moment)
    if rgb is None:
        return Views()
    hidden = sources.options.faces == "blurred"
    small, large = pictures.face(
        rgb, moment.box_xywh, f"{what}, at {at}{', blurred' if hidden else ''}", hidden=hidden
    )
    measured = sources.measured
    if not with_frame or (hidden and measured is None):
        return Views(small, large)
    frame, here = moment.frame_index, analysis.faces[analysis.faces["frame"] == moment.frame_index]
    alt = f"The whole frame at {at}: {what}, in a box"
    if hidden and measured is not None:  # who was left out of the tables is still in the picture
        alt += "; all faces blurred"
        found = _boxes(measured[measured["frame"] == frame])
        rgb = pictures.without_faces(rgb, [*found, *_boxes(here), moment.box_xywh])
    return Views(small, large, pictures.frame(rgb, here, moment.face_id, alt))


def _boxes(rows: pd.DataFrame) -> list[pictures.BoxXYWH]:
    columns = (rows[name].astype("float64").tolist() for name in ("x", "y", "w", "h"))
    return list(zip(*columns, strict=True))
