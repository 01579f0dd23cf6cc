"""The strip below the picture: a row per person, with bars of now and the chart of just before.

It lies below the picture and not on it, so it never covers a face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from facemotion import palette
from facemotion.film import lettering
from facemotion.film.chart import Chart
from facemotion.film.layout import Layout
from facemotion.film.lettering import Words
from facemotion.film.planes import Box, Sprite, Tile
from facemotion.film.slots import Slots
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.film.options import FilmOptions
    from facemotion.film.planes import Canvas, Coding
    from facemotion.film.scene import Sightings
    from facemotion.records import Moment

_SHOWN_FROM = 0.12
"""Lines below this have no symbol at their end: it would say nothing, and hide the next one."""


class Strip:
    """Draws the rows of a film below its picture, from the row ``top`` of the canvas on."""

    def __init__(
        self,
        sightings: Sightings,
        moments: tuple[Moment, ...],
        options: FilmOptions,
        layout: Layout,
        coding: Coding,
        top: int,
    ) -> None:
        self._all, self._moments, self._options = sightings, moments, options
        self._layout, self._coding, self._top = layout, coding, top
        self._slots = Slots(sightings, layout.n_rows)
        self._charts: dict[int, Chart] = {}
        self._sprites: dict[object, Sprite] = {}
        self._base = Tile(np.asarray(self._ground()), coding)
        self._inks = {emotion: coding.ink(palette.color(emotion)) for emotion in EMOTIONS}

    def draw(self, canvas: Canvas, sample: int, time_s: float) -> None:
        """Draw the strip of one picture, with what the look number ``sample`` saw."""
        canvas.paste(self._base.planes, 0, self._top)
        for number, face_id in enumerate(self._slots.go_to(sample)):
            top = self._top + self._layout.row_top(number)
            row = -1
            if face_id is not None:
                chart = self._chart_of(face_id)
                row = chart.row_at(sample)
                if self._options.chart:
                    self._draw_chart(canvas, chart, row, top, time_s)
            self._write(canvas, face_id, row, sample, top)
            if self._options.bars and row >= 0:
                self._draw_bars(canvas, row, top)

    def _write(self, canvas: Canvas, face_id: int | None, row: int, sample: int, top: int) -> None:
        """Who it is, what is strongest, and when that was looked at."""
        lines = []
        if face_id is not None and self._options.names:
            lines.append(Words(self._all.name[face_id], bold=True))
        if row >= 0:
            lines.append(Words(self._all.verdict(row), symbol=self._all.emotion[row]))
        else:
            lines.append(Words("no face" if face_id is None else "not seen", lettering.MUTED))
        if sample >= 0:
            looked = palette.clock(self._all.sample_s[sample])
            lines.append(Words(f"at {looked}", lettering.MUTED))
        step = self._layout.line_height
        y = top + (self._layout.row_height - step * len(lines)) // 2
        for number, words in enumerate(lines):
            size = self._layout.letters if number == 0 else self._layout.small
            sprite = self._line(words, size)
            canvas.lay(sprite, self._layout.text.left, y + number * step)

    def _draw_bars(self, canvas: Canvas, row: int, top: int) -> None:
        foot, full = top + self._layout.bars_foot, self._layout.bars_full
        shares = np.nan_to_num(self._all.p[row])
        for number, emotion in enumerate(EMOTIONS):
            left = self._layout.bar_left(number)
            height = round(full * min(max(float(shares[number]), 0.0), 1.0))
            box = Box(left, foot - height, left + self._layout.bar_width, foot)
            canvas.fill(box, self._inks[emotion])

    def _draw_chart(self, canvas: Canvas, chart: Chart, row: int, top: int, time_s: float) -> None:
        area, y = self._layout.chart, top + self._layout.chart_top
        for x, planes in chart.cut(time_s, self._layout.past):
            canvas.paste(planes, area.left + x, y)
        for probability in (1.0, 0.5):
            words = Words(palette.percent(probability), lettering.MUTED)
            sprite = self._line(words, self._layout.scale_letters)
            canvas.lay(sprite, area.left, round(y + chart.level(probability)))
        cursor = area.left + self._layout.past
        box = Box(cursor, y, cursor + 2, y + self._layout.chart_height)
        canvas.fill(box, self._coding.ink(lettering.INK))
        if row < 0:
            return
        size, taken = self._layout.small, list[float]()
        shares = np.nan_to_num(self._all.p[row])
        for at in np.argsort(-shares, kind="stable"):
            level = chart.level(float(shares[at]))
            if shares[at] < _SHOWN_FROM:
                return
            if all(abs(level - other) >= size for other in taken):
                taken.append(level)
                sprite = self._symbol(EMOTIONS[at], size)
                canvas.lay(sprite, cursor + 5, round(y + level - size / 2))

    def _chart_of(self, face_id: int) -> Chart:
        """The chart of somebody who has a row; those of others are forgotten."""
        if face_id not in self._charts:
            self._charts = {f: c for f, c in self._charts.items() if f in self._slots.faces}
            self._charts[face_id] = Chart(
                self._all,
                face_id,
                self._moments,
                height=self._layout.chart_height,
                per_s=self._layout.past / self._layout.window_s,
                letters=self._layout.small,
                coding=self._coding,
            )
        return self._charts[face_id]

    def _line(self, words: Words, size: int) -> Sprite:
        key = words, size
        if key not in self._sprites:
            if len(self._sprites) >= 1024:
                self._sprites.clear()
            image = lettering.line((words,), size, self._layout.text.width)
            self._sprites[key] = Sprite(image, self._coding)
        return self._sprites[key]

    def _symbol(self, emotion: str, size: int) -> Sprite:
        if emotion not in self._sprites:
            self._sprites[emotion] = Sprite(lettering.symbol(emotion, size), self._coding)
        return self._sprites[emotion]

    def _ground(self) -> Image.Image:
        """All that never changes: the legend, the tracks of the bars, lines between the rows."""
        layout = self._layout
        image = Image.new("RGB", (layout.width, layout.height), lettering.GROUND)
        draw = ImageDraw.Draw(image)
        for number in range(layout.n_rows):
            top = layout.row_top(number)
            draw.line((0, top - 1, layout.width, top - 1), fill=lettering.EDGE)
            if self._options.bars:
                for at, emotion in enumerate(EMOTIONS):
                    left, foot = layout.bar_left(at), top + layout.bars_foot
                    right = left + layout.bar_width - 1
                    draw.rectangle(
                        (left, foot - layout.bars_full, right, foot - 1), lettering.TRACK
                    )
                    symbol = lettering.symbol(emotion, layout.bar_symbol)
                    middle = left + (layout.bar_width - layout.bar_symbol) // 2
                    image.paste(symbol, (middle, foot + 2), symbol)
        draw.line((0, layout.footer_top - 1, layout.width, layout.footer_top - 1), lettering.EDGE)
        for x, y, words in layout.footer:
            line = lettering.line((words,), layout.footer_letters, layout.width)
            image.paste(line, (x, y), line)
        return image
