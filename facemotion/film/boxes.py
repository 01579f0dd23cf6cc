"""Boxes around faces, and what is said of each face, at a place where it hides no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facemotion import palette
from facemotion.film import lettering
from facemotion.film.lettering import Words
from facemotion.film.planes import Box, Coding, Ink, Sprite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facemotion.film.options import FilmOptions
    from facemotion.film.planes import Canvas
    from facemotion.film.scene import Shown, Sightings

_CORNER = 0.22
"""Where a face was not seen by the latest look, only so much of each side is drawn."""
_STAYS = 0.15
"""A label moves to a better place when it would hide so much less, as a part of its own area."""

Place = tuple[int, int]


class Boxes:
    """Draws the boxes and labels of a film on the upper part of a canvas, ``size`` pixels large.

    ``unit`` is how much larger letters are than at 640x360.
    """

    def __init__(
        self,
        sightings: Sightings,
        options: FilmOptions,
        coding: Coding,
        size: tuple[int, int],
        unit: float,
    ) -> None:
        self._all, self._options, self._coding = sightings, options, coding
        self._width, self._height = size
        self._line = max(2, round(2 * unit))
        self._letters = max(10, round(12 * unit))
        self._sprites: dict[tuple[Words, ...], Sprite] = {}
        self._places: dict[int, int] = {}

    def draw(self, canvas: Canvas, shown: Iterable[tuple[Shown, Box]]) -> None:
        """Draw the faces of one picture; each box is in pixels of the canvas."""
        faces = list(shown)
        if self._options.boxes:
            for face, box in faces:
                self._outline(canvas, face, box)
        taken = [box for _, box in faces]
        for face, box in faces:
            pieces = self._pieces(face)
            if pieces:
                sprite = self._sprite(pieces)
                x, y = self._place(face.face_id, box, sprite, taken)
                canvas.lay(sprite, x, y)
                taken.append(Box(x, y, x + sprite.width, y + sprite.height))

    def _outline(self, canvas: Canvas, face: Shown, box: Box) -> None:
        """The colour lies outside of the box, between two dark lines that part it from anything."""
        ink = self._coding.ink(palette.color(self._all.emotion[face.row]))
        dark = self._coding.ink(lettering.GROUND)
        width = round(self._line * (1.5 if face.moment else 1))
        corner = None
        if not face.is_seen:
            corner = max(4, round(_CORNER * min(box.x1 - box.x0, box.y1 - box.y0)))
        box = Box(*(min(max(v, -10_000), 10_000) for v in box))
        _frame(canvas, box, -1, width + 2, dark, corner)
        _frame(canvas, box, 0, width, ink, corner)

    def _pieces(self, face: Shown) -> tuple[Words, ...]:
        name, row = self._all.name[face.face_id], face.row
        pieces = []
        if self._options.names:
            pieces.append(Words(name, bold=True))
        if self._options.boxes and face.is_seen:
            pieces.append(Words(self._all.verdict(row), symbol=self._all.emotion[row]))
        if self._options.boxes and face.moment:
            color = palette.color(face.moment.emotion)
            pieces.append(Words("", color, number=face.moment.number))
        return tuple(pieces)

    def _sprite(self, pieces: tuple[Words, ...]) -> Sprite:
        found = self._sprites.get(pieces)
        if found is None:
            if len(self._sprites) >= 1024:
                self._sprites.clear()
            width = max(40, self._width - 8)
            image = lettering.pill(pieces, self._letters, width)
            found = self._sprites[pieces] = Sprite(image, self._coding)
        return found

    def _place(self, face_id: int, box: Box, sprite: Sprite, taken: list[Box]) -> Place:
        """Above the box, below or beside it: where it hides least of the faces and other labels."""
        places = self._candidates(box, sprite)
        hidden = [_hidden(x, y, sprite, taken) for x, y in places]
        if face_id in self._places:
            hidden[self._places[face_id]] -= round(_STAYS * sprite.width * sprite.height)
        best = min(range(len(places)), key=lambda number: (hidden[number], number))
        self._places[face_id] = best
        return places[best]

    def _candidates(self, box: Box, sprite: Sprite) -> list[Place]:
        gap = self._line + 3
        right, bottom = self._width - sprite.width - 2, self._height - sprite.height - 2

        def inside(x: int, y: int) -> Place:
            return min(max(x, 2), max(right, 2)), min(max(y, 2), max(bottom, 2))

        return [
            inside(box.x0 - self._line, box.y0 - gap - sprite.height),
            inside(box.x0 - self._line, box.y1 + gap),
            inside(box.x1 + gap, box.y0),
            inside(box.x0 - gap - sprite.width, box.y0),
        ]


def _hidden(x: int, y: int, sprite: Sprite, taken: list[Box]) -> int:
    """How many pixels of what is there a label at this place would cover."""
    return sum(
        max(0, min(x + sprite.width, box.x1) - max(x, box.x0))
        * max(0, min(y + sprite.height, box.y1) - max(y, box.y0))
        for box in taken
    )


def _frame(canvas: Canvas, box: Box, inset: int, width: int, ink: Ink, corner: int | None) -> None:
    """Four lines around a box, or, with ``corner``, only that much of their ends.

    The lines begin ``inset`` pixels outside of the box (-1: inside) and go outwards.
    """
    x0, y0, x1, y1 = box.x0 - inset, box.y0 - inset, box.x1 + inset, box.y1 + inset
    left, top, right, bottom = x0 - width, y0 - width, x1 + width, y1 + width
    for y in ((top, y0), (y1, bottom)):
        for x in _ends(left, right, corner):
            canvas.fill(Box(x[0], y[0], x[1], y[1]), ink)
    for x in ((left, x0), (x1, right)):
        for y in _ends(top, bottom, corner):
            canvas.fill(Box(x[0], y[0], x[1], y[1]), ink)


def _ends(low: int, high: int, corner: int | None) -> tuple[tuple[int, int], ...]:
    if corner is None or 2 * corner >= high - low:
        return ((low, high),)
    return ((low, low + corner), (high - corner, high))
