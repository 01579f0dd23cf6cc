"""A white sheet with panels, and what is drawn on it: text, pictures, boxes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from facemotion import typography

if TYPE_CHECKING:
    from facemotion.records import RGB

PAPER, PANEL, EDGE = "#f4f5f8", "#ffffff", "#dfe3ea"
INK, MUTED, TRACK, BACKDROP = "#1b2230", "#5b6575", "#eceff4", "#e4e8ee"
RADIUS = 14

BoxXYWH = tuple[float, float, float, float]


class Area(NamedTuple):
    """A rectangle on the sheet, in pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def corners(self) -> tuple[int, int, int, int]:
        return (self.x, self.y, self.x + self.w, self.y + self.h)

    def inset(self, by: int) -> Area:
        return Area(self.x + by, self.y + by, self.w - 2 * by, self.h - 2 * by)


class Sheet:
    """A picture being drawn; ``image`` is what there is of it."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def panel(self, area: Area, fill: str = PANEL) -> None:
        self.draw.rounded_rectangle(area.corners, RADIUS, fill=fill, outline=EDGE, width=2)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        width: float,
        size: int,
        *,
        fill: str = INK,
        bold: bool = False,
        anchor: str = "la",
        smallest: int | None = None,
    ) -> float:
        """One line that never gets wider than ``width``; returns how wide it is."""
        line, font = typography.fitted(text, width, size, bold=bold, smallest=smallest)
        self.draw.text(at, line, font=font, fill=fill, anchor=anchor)
        return font.getlength(line)

    def paragraph(
        self, area: Area, text: str, size: int, *, fill: str = INK, max_lines: int | None = None
    ) -> int:
        """As many lines as the area has room for; returns the height that they take."""
        step = round(size * 1.42)
        room = area.h // step if max_lines is None else min(max_lines, area.h // step)
        lines, font = typography.wrapped(text, area.w, room, size)
        for number, line in enumerate(lines):
            self.draw.text((area.x, area.y + number * step), line, font=font, fill=fill)
        return len(lines) * step

    def picture(self, area: Area, picture: Image.Image) -> Area:
        """A picture as large as the area allows, in its middle; returns where it lies."""
        scale = min(area.w / picture.width, area.h / picture.height)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        left, top = (area.w - size[0]) // 2, (area.h - size[1]) // 2
        whole = Image.new("RGB", (area.w, area.h), BACKDROP)
        whole.paste(picture.resize(size, Image.Resampling.LANCZOS), (left, top))
        self.filled(area, whole)
        return Area(area.x + left, area.y + top, *size)

    def filled(self, area: Area, picture: Image.Image) -> None:
        """A picture of the area's own proportions, with the panel's round corners."""
        mask = Image.new("L", (area.w, area.h), 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, area.w - 1, area.h - 1), RADIUS, fill=255)
        self.image.paste(picture.resize((area.w, area.h), Image.Resampling.LANCZOS), area[:2], mask)

    def disc(self, centre: tuple[float, float], radius: int, text: str, color: str) -> None:
        """A smooth disc with a short text in it."""
        side, fine = 2 * radius, 4
        mask = Image.new("L", (side * fine, side * fine), 0)
        ImageDraw.Draw(mask).ellipse((0, 0, side * fine - 1, side * fine - 1), fill=255)
        corner = (round(centre[0]) - radius, round(centre[1]) - radius)
        self.image.paste(color, corner, mask.resize((side, side), Image.Resampling.LANCZOS))
        size = round(radius * 1.15)
        self.text(centre, text, side - 2, size, fill=PANEL, bold=True, anchor="mm", smallest=8)

    def outline(self, corners: tuple[float, float, float, float], color: str) -> None:
        """A frame around a box, on any picture: the colour between two white lines."""
        for grow, width, ink in ((6, 8, "#ffffff"), (4, 4, color)):
            x0, y0, x1, y1 = corners
            spread = (x0 - grow, y0 - grow, max(x1, x0) + grow, max(y1, y0) + grow)
            self.draw.rounded_rectangle(spread, 6, outline=ink, width=width)


def face_view(rgb: RGB, box_xywh: BoxXYWH, aspect: float, margin: float = 0.3) -> Image.Image:
    """The face and what is around it, ``aspect`` times as wide as high.

    ``margin`` is the room above and below, as a share of the face's height; there is less where
    the frame ends. What the frame cannot fill is a backdrop: all of it when the box lies outside.
    """
    height, width = rgb.shape[:2]
    x, y, w, h = box_xywh
    view_h = max(max(h, 1.0) * (1 + 2 * margin), w * (1 + margin) / aspect, 8.0)
    if x < width and y < height and x + w > 0 and y + h > 0:
        view_h = min(view_h, max(h, height))
        left = _within(x + w / 2, view_h * aspect, width)
        top = _within(y + h / 2, view_h, height)
    else:
        left, top = float(width), float(height)
    view_w = view_h * aspect
    size = (max(1, round(view_w)), max(1, round(view_h)))
    view = Image.new("RGB", size, BACKDROP)
    x0, y0 = max(0, round(left)), max(0, round(top))
    x1, y1 = min(width, round(left) + size[0]), min(height, round(top) + size[1])
    if x1 > x0 and y1 > y0:
        view.paste(Image.fromarray(rgb[y0:y1, x0:x1]), (x0 - round(left), y0 - round(top)))
    return view


def _within(middle: float, length: float, limit: int) -> float:
    """Where a stretch around ``middle`` starts, moved so that it leaves 0..limit least."""
    if length >= limit:
        return (limit - length) / 2
    return min(max(middle - length / 2, 0.0), limit - length)


def png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
