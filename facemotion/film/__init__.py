"""Stage 5, to keep: the video itself, with what was measured drawn into every picture.

A film has all pictures of the analysed stretch at their own times, and its sound. What is drawn
between two looks, and how long a value holds, is told in ``scene``; what ``blur`` hides, and what
it cannot, in ``hiding``.
"""

from __future__ import annotations

from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion.errors import MediaError
from facemotion.film.boxes import Boxes
from facemotion.film.hiding import Glances, Hiding, glance_through, with_more
from facemotion.film.layout import MIN_WIDTH, Layout, unit_of
from facemotion.film.options import BLURS, FilmOptions
from facemotion.film.planes import Box, Canvas
from facemotion.film.scene import Scene, Sightings
from facemotion.film.slots import n_rows
from facemotion.film.source import Plate, Source, coding_of
from facemotion.film.strip import Strip
from facemotion.film.writing import Writer, replacing
from facemotion.records import Analysis, OnProgress, Progress, ignore_progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BLURS", "VERSION", "FilmOptions", "run"]

VERSION = 1
"""Goes up when the same analysis gives another film."""

CHART_S = (10.0, 60.0)
"""The chart shows at least and at most so many seconds,"""
CHART_LOOKS = 12
"""and, between them, so many looks."""


def run(
    analysis: Analysis,
    out: Path,
    options: FilmOptions = FilmOptions(),  # noqa: B008  # frozen
    on_progress: OnProgress = ignore_progress,
    *,
    also_hide: pd.DataFrame | None = None,
) -> Path:
    """Write the film of an analysis as the MP4 file ``out``, which is replaced if it is there.

    With ``blur``, all faces are hidden, also those that the analysis left out: for that the video
    is looked through first. ``also_hide`` has more of them (rows with timestamp, x, y, w, h), such
    as all that a better detector found. Raises ``SourceError`` when the video's file is gone,
    ``MediaError`` when it is a picture or nothing of it was analysed, ``StorageError`` when ``out``
    cannot be written, and whatever ``on_progress`` raises, which is called for every picture: then
    no file is left.
    """
    source = Source(analysis)
    with replacing(out, source.path) as temporary:
        glances = None
        if options.blur == "faces":
            glances = with_more(glance_through(analysis, on_progress), also_hide)
        with closing(source.plates()) as plates:
            first = next(plates, None)
            if first is None:
                raise MediaError(
                    f"No picture of {source.path.name} could be decoded. "
                    "The file is damaged: get it again."
                )
            drawing = _Drawing(analysis, options, first, glances)
            clock = source.clock(first)
            with Writer(temporary, first, drawing.height, clock, source.fps) as writer:
                if options.sound:
                    writer.add_sound(source.path, clock.begin_s - source.offset_s, source.end_s)
                for number, plate in enumerate(chain([first], plates), 1):
                    canvas = Canvas(writer.frame())
                    drawing.draw(canvas, plate)
                    writer.add(canvas.frame, plate)
                    on_progress(Progress("export", number, source.n_frames, "frames"))
                writer.finish()
    return out


class _Drawing:
    """All that is drawn on the pictures of one film, which must come in order."""

    def __init__(
        self,
        analysis: Analysis,
        options: FilmOptions,
        first: Plate,
        glances: Glances | None,
    ) -> None:
        sightings = Sightings(analysis.faces, analysis.samples)
        (width, height), coding = first.size, coding_of(first)
        unit = unit_of(width, height)
        self._scene = Scene(sightings, analysis.moments)
        self._boxes = Boxes(sightings, options, coding, first.size, unit)
        self._hiding = None if glances is None else Hiding(sightings, glances)
        self._strip: Strip | None = None
        self.height = height
        """Height of the film in pixels: that of the pictures, and of the strip below them."""
        if (options.bars or options.chart) and width >= MIN_WIDTH:
            window_s = min(max(CHART_LOOKS * sightings.step_s, CHART_S[0]), CHART_S[1])
            layout = Layout(width, unit, n_rows(sightings), options, window_s)
            self._strip = Strip(sightings, analysis.moments, options, layout, coding, height)
            self.height += layout.height

    def draw(self, canvas: Canvas, plate: Plate) -> None:
        """Draw a picture with all that belongs on it."""
        canvas.paste(plate.planes)
        if self._hiding is not None:
            self._hiding.hide(canvas, plate)
        shown = self._scene.at(plate.frame, plate.time_s)
        x, y = plate.scale
        boxes = []
        for face in shown:
            left, top, w, h = face.box_xywh
            edges = x * left, y * top, x * (left + w), y * (top + h)
            boxes.append((face, Box(*(round(edge) for edge in edges))))
        self._boxes.draw(canvas, boxes)
        if self._strip is not None:
            self._strip.draw(canvas, self._scene.sample, plate.time_s)
