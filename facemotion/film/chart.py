"""The running chart of one face: drawn piece by piece as tiles of time, and cut out for each
picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageColor, ImageDraw

from facemotion import palette, typography
from facemotion.film import lettering
from facemotion.film.planes import Tile
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from facemotion.film.planes import Bytes, Coding
    from facemotion.film.scene import Sightings
    from facemotion.records import RGB, Moment

    Floats = NDArray[np.float64]

TILE = 512
"""Width of a tile in pixels: even, and small enough to be drawn between two pictures."""
_KEPT = 24
_FINE = 16  # OpenCV draws to a sixteenth of a pixel: see ``shift``
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_DRAWN = ("neutral", *(name for name in EMOTIONS if name != "neutral"))
"""From the back to the front."""


class Chart:
    """The probabilities of one face as lines that step from one look to the next.

    A value holds from its look to the next one, as everywhere in the film; where a look did not
    find the face there is no line. It is ``height`` pixels high (even), with ``per_s`` to a second.
    """

    def __init__(
        self,
        sightings: Sightings,
        face_id: int,
        moments: tuple[Moment, ...],
        *,
        height: int,
        per_s: float,
        letters: int,
        coding: Coding,
    ) -> None:
        self._all, self._coding = sightings, coding
        self._height, self._per_s, self._letters = height, per_s, letters
        self._moments = [moment for moment in moments if moment.face_id == face_id]
        self._rows = np.full(len(sightings.sample_s), -1, dtype=np.int64)
        mine = np.flatnonzero(sightings.face_id == face_id)
        self._rows[sightings.sample[mine]] = mine
        self._until_s = sightings.sample_s[-1] + max(sightings.step_s, 0.1)
        self._tiles: dict[int, Tile] = {}

    @property
    def head(self) -> int:
        """Height in pixels of the part above the lines, in which the moments are."""
        return round(1.1 * self._letters)

    def level(self, probability: float) -> float:
        """The place of a probability, in pixels from the top."""
        return self._height - 2 - probability * (self._height - 3 - self.head)

    def row_at(self, sample: int) -> int:
        """The row of the face in a sample; -1 where it was not found, or before the first."""
        return int(self._rows[sample]) if sample >= 0 else -1

    def cut(self, time_s: float, width: int) -> list[tuple[int, tuple[Bytes, ...]]]:
        """The last ``width`` pixels (even) before a time: pieces, each with its place from left."""
        end = 2 * int(np.floor(time_s * self._per_s / 2))
        start = end - width
        pieces: list[tuple[int, tuple[Bytes, ...]]] = []
        for number in range(start // TILE, (end - 1) // TILE + 1):
            low, high = max(start, number * TILE), min(end, (number + 1) * TILE)
            a, b = low - number * TILE, high - number * TILE
            y, u, v = self._tile(number).planes
            parts = (y[:, a:b], u[:, a // 2 : b // 2], v[:, a // 2 : b // 2])
            pieces.append((low - start, parts))
        return pieces

    def _tile(self, number: int) -> Tile:
        found = self._tiles.get(number)
        if found is None:
            if len(self._tiles) >= _KEPT:
                del self._tiles[next(iter(self._tiles))]
            found = self._tiles[number] = Tile(self._drawn(number * TILE), self._coding)
        return found

    def _drawn(self, left: int) -> RGB:
        image = Image.new("RGB", (TILE, self._height), lettering.GROUND)
        self._grid(ImageDraw.Draw(image), left)
        rgb: RGB = np.array(image)
        values = self._values(left)
        for emotion in _DRAWN:
            self._curve(rgb, values[:, EMOTIONS.index(emotion)], emotion)
        if not self._moments:
            return rgb
        image = Image.fromarray(rgb)
        for moment in self._moments:
            self._mark(image, moment, round(moment.time_s * self._per_s) - left)
        return np.asarray(image)

    def _values(self, left: int) -> Floats:
        """The probabilities at each column of a tile and one more: ``(TILE + 1, 7)``, with NaN."""
        times = (left + np.arange(TILE + 1)) / self._per_s + 1e-6
        sample = np.searchsorted(self._all.sample_s, times, side="right") - 1
        rows = np.where((sample >= 0) & (times < self._until_s), self._rows[sample], -1)
        values: Floats = np.where((rows >= 0)[:, None], self._all.p[rows], np.nan)
        return values

    def _grid(self, draw: ImageDraw.ImageDraw, left: int) -> None:
        for probability in (0.0, 0.5, 1.0):
            y = round(self.level(probability))
            draw.line((0, y, TILE, y), fill=lettering.TRACK)
        step = next((s for s in _TICKS_S if s * self._per_s >= 7 * self._letters), _TICKS_S[-1])
        font = typography.font(self._letters)
        before = int(8 * self._letters / self._per_s / step) + 1
        first = max(0, int(np.ceil(left / self._per_s / step)) - before)
        last = int((left + TILE) / self._per_s / step)
        for number in range(first, last + 1):
            x = round(number * step * self._per_s) - left
            draw.line((x, 0, x, self._height), fill=lettering.TRACK)
            label = palette.clock(number * step).removesuffix(".0")
            if not self._is_marked(number * step, font.getlength(label) + 3):
                draw.text((x + 3, -1), label, font=font, fill=lettering.MUTED)

    def _is_marked(self, time_s: float, width: float) -> bool:
        """Whether the disc of a moment would lie on a label of that width."""
        reach = self.head / 2 + 1
        places = ((moment.time_s - time_s) * self._per_s for moment in self._moments)
        return any(-reach < place < width + reach for place in places)

    def _curve(self, rgb: RGB, values: Floats, emotion: str) -> None:
        """One line for each stretch without a gap; it steps where the value changes."""
        seen = ~np.isnan(values)
        turns = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(np.int8), [0]])))
        color = ImageColor.getrgb(palette.color(emotion))[:3]
        for begin, end in turns.reshape(-1, 2):
            x = np.repeat(np.arange(begin, end), 2)[1:]
            y = np.repeat(self.level(0) + (self.level(1) - self.level(0)) * values[begin:end], 2)
            points = np.stack([x, y[:-1]], axis=1) * _FINE
            line = np.rint(points).astype(np.int32)[None]
            width = max(1, round(self._letters / 8))
            cv2.polylines(rgb, line, False, color, width, cv2.LINE_AA, shift=4)

    def _mark(self, image: Image.Image, moment: Moment, x: int) -> None:
        size = self.head + 2
        if not -size < x < TILE + size:
            return
        color = palette.color(moment.emotion)
        ImageDraw.Draw(image).line((x, size, x, self._height), fill=color, width=2)
        disc = lettering.disc(moment.number, size, color)
        image.paste(disc, (x - size // 2, 0), disc)
