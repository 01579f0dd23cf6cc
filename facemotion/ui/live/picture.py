"""The newest picture of a stream with a box and a name at each face."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image, ImageDraw

from facemotion import palette, typography
from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from facemotion.records import RGB

MAX_WIDTH = 854
"""Pictures are sent to the browser at most this wide, in pixels: one every second."""

_JPEG_QUALITY = 80


def strongest(row: pd.Series) -> tuple[str, float]:
    """The strongest of the smoothed expressions of a face, and how strong it is, 0..1."""
    best = max(EMOTIONS, key=lambda name: float(row[f"{name}_shown"]))
    return best, float(row[f"{best}_shown"])


def jpeg(frame: RGB, here: pd.DataFrame) -> bytes:
    """The picture, at most ``MAX_WIDTH`` wide, with the faces in ``here`` drawn on it."""
    picture = Image.fromarray(frame)
    scale = min(1.0, MAX_WIDTH / picture.width)
    if scale < 1:
        picture = picture.resize((MAX_WIDTH, round(picture.height * scale)))
    for _, row in here.iterrows():
        _draw(picture, row, scale)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=_JPEG_QUALITY)
    return data.getvalue()


def alt(here: pd.DataFrame, time_s: float) -> str:
    """The same in words."""
    faces = [f"{row['person']}, apparently {strongest(row)[0]}" for _, row in here.iterrows()]
    return f"The newest picture, at {palette.clock(time_s)}: {'; '.join(faces) or 'no face'}"


def _draw(picture: Image.Image, row: pd.Series, scale: float) -> None:
    """A box in the colour of the strongest expression, and name and expression on a dark ground."""
    draw = ImageDraw.Draw(picture, "RGBA")
    line = max(2, round(picture.width / 260))
    left, top = float(row["x"]) * scale, float(row["y"]) * scale
    right, bottom = left + float(row["w"]) * scale, top + float(row["h"]) * scale
    emotion, _ = strongest(row)
    box = (left, top, right, bottom)
    outer = (left - line, top - line, right + line, bottom + line)
    draw.rounded_rectangle(outer, 3 * line, outline="#ffffff", width=2 * line)
    draw.rounded_rectangle(box, 2 * line, outline=palette.color(emotion), width=line)
    letters_px = max(13, round(picture.width / 44))
    words = f"{palette.glyph(emotion)} {row['person']} · {emotion}"
    words, font = typography.fitted(words, picture.width - 10, letters_px, bold=True)
    width, height = font.getlength(words) + 10, letters_px + 8
    x = min(max(left, 0.0), picture.width - width)
    y = top - height - 2 * line if top - height - 2 * line >= 0 else bottom + 2 * line
    y = min(y, picture.height - height)
    draw.rounded_rectangle((x, y, x + width, y + height), 4, fill=(20, 20, 28, 215))
    draw.text((x + 5, y + height / 2), words, font=font, fill=(255, 255, 255, 255), anchor="lm")
