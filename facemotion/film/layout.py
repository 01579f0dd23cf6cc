"""Where everything is in the strip below the picture."""

from __future__ import annotations

from typing import NamedTuple

from facemotion import palette
from facemotion.film import lettering
from facemotion.film.lettering import Words
from facemotion.film.options import FilmOptions
from facemotion.records import EMOTIONS

MIN_WIDTH = 240
"""Narrower films have no strip: nothing in it could be read."""
SMALLEST = 9
"""Height of the smallest letters, in pixels."""
_ROW = (84, 62, 52)
"""Height of a row when there are one, two or three, at 640x360."""
_AHEAD = 0.95
"""The cursor stands here in the chart's width; on its right are the symbols of the lines."""


class Span(NamedTuple):
    """A column of the strip, in pixels."""

    left: int
    width: int


def unit_of(width: int, height: int) -> float:
    """How much larger letters are than at 640x360: not in proportion, since larger pictures are
    seen on larger screens, and never so small that they cannot be read.
    """
    size: float = max(min(width / 640, height / 360), 0.85)
    return float(min(size**0.8, 2.0))


class Layout:
    """The places of one film's strip, in pixels from its upper left corner; all even."""

    def __init__(
        self, width: int, unit: float, n_rows: int, options: FilmOptions, window_s: float
    ) -> None:
        self.width, self.n_rows, self.window_s = width, n_rows, window_s
        self.letters, self.small = round(12 * unit), round(10.5 * unit)
        self.scale_letters = max(SMALLEST, round(8.5 * unit))
        self.line_height = round(1.32 * self.letters)
        pad = _even(8 * unit)
        self.row_height = _even(_ROW[n_rows - 1] * unit)
        self.text = Span(pad, _even(min(104 * unit, width * 0.3)))
        left = self.text.left + self.text.width + pad
        self.bar_symbol = _even(8 * unit)
        step = _even(12 * unit) if options.chart else _even((width - left - pad) / len(EMOTIONS))
        self._bars_left, self._bar_step = left, step
        self.bar_width = max(4, _even(step * 0.8 if options.chart else min(step * 0.7, 40 * unit)))
        self.bars_foot = self.row_height - self.bar_symbol - _even(5 * unit)
        self.bars_full = self.bars_foot - _even(6 * unit)
        if options.bars:
            left += len(EMOTIONS) * step + pad
        self.chart = Span(left, width - left - 2)
        self.past = _even(min(self.chart.width * _AHEAD, self.chart.width - 1.5 * self.small - 8))
        self.chart_top, self.chart_height = 2, self.row_height - 4
        self.footer_top = n_rows * self.row_height + 2
        self.footer, bottom = self._footer(pad)
        self.height = _even(bottom + 1)

    def row_top(self, number: int) -> int:
        return number * self.row_height + 2

    def bar_left(self, number: int) -> int:
        return self._bars_left + number * self._bar_step

    def _footer(self, pad: int) -> tuple[list[tuple[int, int, Words]], int]:
        """The legend and the sentence that goes with every result, on as many lines as it takes."""
        legend = [Words(emotion, lettering.INK, symbol=emotion) for emotion in EMOTIONS]
        entries = [*legend, Words(palette.APPARENT, lettering.MUTED)]
        self.footer_letters = self._footer_letters(entries, pad)
        found, x, y = [], pad, self.footer_top
        step = round(1.5 * self.footer_letters)
        for words in entries:
            length = self._length(words, self.footer_letters)
            if x > pad and x + length > self.width - pad:
                x, y = pad, y + step
            if words.symbol == "":  # the sentence stands at the right
                x = max(x, self.width - pad - length)
            found.append((x, y, words))
            x += length + round(0.8 * self.footer_letters)
        return found, y + step

    def _footer_letters(self, entries: list[Words], pad: int) -> int:
        """The largest letters with which the footer is a single line, if there are any."""
        for size in range(self.small, SMALLEST - 1, -1):
            lengths = [self._length(words, size) + round(0.8 * size) for words in entries]
            if sum(lengths) <= self.width - 2 * pad:
                return size
        return self.small

    def _length(self, words: Words, size: int) -> int:
        return lettering.line((words,), size, self.width).width


def _even(value: float) -> int:
    return 2 * round(value / 2)
