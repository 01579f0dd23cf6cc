"""Words and symbols as small pictures with transparent parts, drawn once and laid many times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw

from facemotion import palette, typography
from facemotion.typography import Font

GROUND, INK, MUTED, TRACK, EDGE = "#14151b", "#eceef4", "#a3a7b8", "#2b2e3a", "#353844"
"""The dashboard's dark colours: those of the emotions stand out from them by 3:1 at least."""

_FINE = 4  # symbols are drawn so many times larger, and made smaller: smooth edges
_PILL_OPACITY = 200
_DISC = 1.35  # diameter of a disc in a line, in the size of its letters


@dataclass(frozen=True)
class Words:
    """A piece of a line: a text, with the symbol of the emotion ``symbol`` before it.

    Where ``number`` is above 0 it is the disc of that moment, in ``color``.
    """

    text: str
    color: str = INK
    bold: bool = False
    symbol: str = ""
    number: int = 0


@lru_cache(maxsize=2048)
def line(pieces: tuple[Words, ...], size: int, max_width: int) -> Image.Image:
    """The pieces on one line, ``size`` pixels high letters; the first text is shortened to fit."""
    gap = max(2, round(0.35 * size))
    fixed = sum(_width(piece, size, gap) for piece in pieces[1:]) + gap * (len(pieces) - 1)
    drawn, x = [], 0.0
    for number, piece in enumerate(pieces):
        room = max_width - fixed if number == 0 else math.inf
        mark = _mark_width(piece, size, gap)
        text, font = fitted(piece.text, room - mark, size, bold=piece.bold)
        drawn.append((x, piece, text, font, mark))
        x += mark + font.getlength(text) + gap
    image = Image.new("RGBA", (max(2, math.ceil(x - gap) + 2), round(1.5 * size)), (20, 21, 27, 0))
    draw = ImageDraw.Draw(image)
    middle = image.height / 2
    for left, piece, text, font, mark in drawn:
        if piece.number:
            found = disc(piece.number, round(_DISC * size), piece.color)
            image.alpha_composite(found, (round(left), round(middle - found.height / 2)))
        elif piece.symbol:
            found = symbol(piece.symbol, size)
            image.alpha_composite(found, (round(left), round(middle - size / 2)))
        at = (left + mark, middle + 0.36 * size)  # 0.36 of the size: half a capital letter
        draw.text(at, text, font=font, fill=piece.color, anchor="ls")
    return image


@lru_cache(maxsize=1024)
def pill(pieces: tuple[Words, ...], size: int, max_width: int) -> Image.Image:
    """A line on a dark, translucent ground with round corners."""
    pad = round(0.5 * size)
    words = line(pieces, size, max_width - 2 * pad)
    image = Image.new("RGBA", (words.width + 2 * pad, words.height), (20, 21, 27, 0))
    shape = Image.new("L", (image.width * _FINE, image.height * _FINE), 0)
    corners = (0, 0, shape.width - 1, shape.height - 1)
    draw = ImageDraw.Draw(shape)
    draw.rounded_rectangle(corners, 0.3 * image.height * _FINE, fill=_PILL_OPACITY)
    image.putalpha(shape.resize(image.size, Image.Resampling.LANCZOS))
    image.alpha_composite(words, (pad, 0))
    return image


@lru_cache(maxsize=256)
def symbol(emotion: str, size: int, color: str = "") -> Image.Image:
    """The emotion's symbol in its colour: as a shape, so that it needs no font that has it."""
    side = size * _FINE
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    points = _SHAPES.get(palette.symbol(emotion))
    if points is None:
        draw.ellipse((0.11 * side, 0.11 * side, 0.89 * side, 0.89 * side), fill=255)
    elif palette.symbol(emotion) == "x":
        for start, end in points:
            ends = [(0.5 + 0.5 * v) * side for v in (*start, *end)]
            draw.line(ends, fill=255, width=round(0.26 * side))
    else:
        draw.polygon([((0.5 + 0.5 * x) * side, (0.5 + 0.5 * y) * side) for x, y in points], 255)
    image = Image.new("RGBA", (size, size), color or palette.color(emotion))
    image.putalpha(mask.resize((size, size), Image.Resampling.LANCZOS))
    return image


@lru_cache(maxsize=256)
def disc(number: int, size: int, color: str) -> Image.Image:
    """The number of a moment on a disc, in a dark ring that parts it from any ground."""
    shape = Image.new("L", (size * _FINE, size * _FINE), 0)
    ImageDraw.Draw(shape).ellipse((0, 0, shape.width - 1, shape.height - 1), fill=255)
    image = Image.new("RGBA", (size, size), GROUND)
    image.putalpha(shape.resize(image.size, Image.Resampling.LANCZOS))
    inner = max(1, size - 2 * max(1, size // 12))
    face = Image.new("RGBA", (inner, inner), color)
    face.putalpha(shape.resize(face.size, Image.Resampling.LANCZOS))
    image.alpha_composite(face, ((size - inner) // 2, (size - inner) // 2))
    text, font = typography.fitted(
        str(number), 0.8 * size, round(0.62 * size), bold=True, smallest=6
    )
    place = (size / 2, size / 2)
    ImageDraw.Draw(image).text(place, text, font=font, fill="#ffffff", anchor="mm")
    return image


def fitted(text: str, width: float, size: int, *, bold: bool = False) -> tuple[str, Font]:
    """``typography.fitted``, without the search for letters where every font has them."""
    if text.isascii():
        font = typography.font(size, bold=bold)
        if text.isprintable() and font.getlength(text) <= width:
            return text, font
    return typography.fitted(text, width, size, bold=bold)


def _width(piece: Words, size: int, gap: int) -> float:
    text, font = fitted(piece.text, math.inf, size, bold=piece.bold)
    return font.getlength(text) + _mark_width(piece, size, gap)


def _mark_width(piece: Words, size: int, gap: int) -> int:
    """What stands before the text, with the gap between; a disc stands alone."""
    if piece.number:
        return round(_DISC * size)
    return size + gap if piece.symbol else 0


def _star() -> tuple[tuple[float, float], ...]:
    turns = [math.pi * (number / 5 - 0.5) for number in range(10)]
    radii = [0.95 if number % 2 == 0 else 0.42 for number in range(10)]
    return tuple((r * math.cos(t), r * math.sin(t)) for r, t in zip(radii, turns, strict=True))


def _hexagon() -> tuple[tuple[float, float], ...]:
    turns = [math.pi * (number / 3 + 1 / 6) for number in range(6)]
    return tuple((0.98 * math.cos(t), 0.98 * math.sin(t)) for t in turns)


# Corners from -1 to 1, by Plotly's names as in ``palette.SYMBOLS``; whatever is missing is a disc.
_SHAPES: dict[str, tuple[Any, ...]] = {
    "square": ((-0.74, -0.74), (0.74, -0.74), (0.74, 0.74), (-0.74, 0.74)),
    "x": (((-0.66, -0.66), (0.66, 0.66)), ((-0.66, 0.66), (0.66, -0.66))),
    "diamond": ((0, -0.95), (0.8, 0), (0, 0.95), (-0.8, 0)),
    "triangle-down": ((-0.88, -0.68), (0.88, -0.68), (0, 0.88)),
    "star": _star(),
    "hexagon": _hexagon(),
}
