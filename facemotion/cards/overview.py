"""One picture of a whole analysis: key numbers, the strip of emotions over time, the moments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageColor

from facemotion import curves, palette, typography
from facemotion.cards.canvas import BACKDROP, INK, MUTED, Area, Sheet, face_view
from facemotion.records import EMOTIONS, Analysis, Moment

if TYPE_CHECKING:
    from facemotion.records import RGB

WIDTH = 1600
MAX_SHOWN = 12
"""More moments than this are counted, not shown."""

_LEFT, _INNER, _TILES_TOP = 40, 1520, 574
_GAP = 20
_TILE_H, _PHOTO_H = 330, 240
_STRIP = Area(_LEFT + 24, 298, _INNER - 48, 190)
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 86400)


def summary(analysis: Analysis, frame_pictures: Mapping[int, RGB] | None = None) -> Image.Image:
    """A picture 1600 pixels wide, as high as the moments need.

    ``frame_pictures`` gives the moments' frames by frame number; those that it lacks are read
    from the analysis' folder, and a moment without any picture gets a plain tile.
    """
    shown = analysis.moments[:MAX_SHOWN]
    rows = math.ceil(len(shown) / 5)
    per_row = max(3, math.ceil(len(shown) / max(rows, 1)))  # rows of even length
    sheet = Sheet(WIDTH, _TILES_TOP + rows * (_TILE_H + _GAP) + 50)
    _header(sheet, analysis)
    _key_numbers(sheet, analysis)
    sheet.panel(Area(_LEFT, 236, _INNER, 316))
    _legend(sheet)
    curve = curves.face_curve(analysis.faces, analysis.samples)
    _strip(sheet, curve, shown)
    for number, moment in enumerate(shown):
        row, column = divmod(number, per_row)
        width = (_INNER - _GAP * (per_row - 1)) // per_row
        left, top = _LEFT + column * (width + _GAP), _TILES_TOP + row * (_TILE_H + _GAP)
        rgb = frame_of(analysis, moment, frame_pictures or {})
        _tile(sheet, Area(left, top, width, _TILE_H), moment, rgb)
    bottom = sheet.image.height - 22
    more = len(analysis.moments) - len(shown)
    note = palette.APPARENT + (f" {more} more moments are not shown here." if more else "")
    sheet.text((_LEFT, bottom), note, 1300, 18, fill=MUTED, anchor="ls")
    sheet.text((WIDTH - 40, bottom), "facemotion", 200, 18, fill=MUTED, bold=True, anchor="rs")
    return sheet.image


def _header(sheet: Sheet, analysis: Analysis) -> None:
    video = analysis.video
    title = video.title if typography.drawable(video.title) else video.video_id
    sheet.text((_LEFT, 58), title, _INNER, 38, bold=True, anchor="ls", smallest=28)
    origin = " · ".join(part for part in (video.uploader, video.webpage_url) if part)
    sheet.text((_LEFT, 92), origin or "local file", _INNER, 20, fill=MUTED, anchor="ls")


def _key_numbers(sheet: Sheet, analysis: Analysis) -> None:
    samples, faces = analysis.samples, analysis.faces
    seen = int((samples["n_faces"] > 0).sum())
    coverage = f" ({palette.percent(seen / len(samples))})" if len(samples) else ""
    span = float(samples["timestamp"].max()) if len(samples) else 0.0
    parts = curves.shares(faces)
    top = max(parts, key=lambda name: parts[name].dominant) if parts else "none"
    numbers = (
        (palette.clock(analysis.video.duration_s or span), "duration"),
        (f"{len(samples):,}", "analysed frames"),
        (f"{seen:,}{coverage}", "with a face"),
        (f"{faces['face_id'].nunique():,}", "face tracks"),
        (top, "strongest most often"),
    )
    width = (_INNER - _GAP * (len(numbers) - 1)) // len(numbers)
    for column, (value, label) in enumerate(numbers):
        area = Area(_LEFT + column * (width + _GAP), 116, width, 100)
        sheet.panel(area)
        at = (area.x + 20, area.y + 52)
        sheet.text(at, value, width - 40, 32, bold=True, anchor="ls", smallest=16)
        sheet.text((area.x + 20, area.y + 82), label, width - 40, 18, fill=MUTED, anchor="ls")


def _legend(sheet: Sheet) -> None:
    at = float(_STRIP.x)
    for name in (*EMOTIONS, "no face"):
        color = palette.color(name) if name in EMOTIONS else BACKDROP
        sheet.draw.rounded_rectangle((at, 256, at + 18, 274), 4, fill=color)
        at += 26 + sheet.text((at + 26, 265), name, 200, 17, fill=MUTED, anchor="lm") + 26


def _strip(sheet: Sheet, curve: pd.DataFrame, moments: tuple[Moment, ...]) -> None:
    """The emotions' mean probabilities stacked to a full height, a column of pixels per time."""
    if curve.empty or not curve["n_faces"].any():
        words = "No face was found, so there is no curve to draw."
        sheet.text((_STRIP.x, _STRIP.y + 60), words, _STRIP.w, 24, fill=MUTED)
        return
    edges = _edges(curve["timestamp"].to_numpy(dtype=np.float64))
    columns = column_means(curve, edges, _STRIP.w)
    sheet.image.paste(Image.fromarray(_stacked(columns, _STRIP.h)), _STRIP[:2])
    start, span = edges[0], edges[-1] - edges[0]
    _ticks(sheet, start, span)
    for moment in moments:
        at = _STRIP.x + (moment.time_s - start) / span * _STRIP.w
        sheet.draw.line((at, _STRIP.y, at, _STRIP.y + _STRIP.h), fill="#ffffff", width=4)
        sheet.draw.line((at, _STRIP.y, at, _STRIP.y + _STRIP.h), fill=INK, width=2)
        sheet.disc((at, _STRIP.y), 15, f"{moment.number}", palette.color(moment.emotion))


def column_means(
    curve: pd.DataFrame, edges: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """The curve in ``width`` equal stretches of time: ``(width, 7)``, NaN without a face.

    A stretch has the mean of the samples with a face that lie in it, or, when samples are farther
    apart than that, the nearest sample as it is: nothing is made up between them.
    """
    scores = curve[list(EMOTIONS)].to_numpy(dtype=np.float64)
    borders = np.linspace(edges[0], edges[-1], width + 1)
    middles = (borders[1:] + borders[:-1]) / 2
    nearest = np.clip(np.searchsorted(edges, middles, side="right") - 1, 0, len(curve) - 1)
    columns: NDArray[np.float64] = scores[nearest]
    inside = np.searchsorted(borders, curve["timestamp"].to_numpy(), side="right") - 1
    means = curve[list(EMOTIONS)].astype("float64").groupby(np.clip(inside, 0, width - 1)).mean()
    means = means.dropna()
    columns[means.index.to_numpy(dtype=np.int64)] = means.to_numpy()
    return columns


def _edges(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The borders between samples, half-way, and half a step beyond the first and the last."""
    steps = np.diff(times) if len(times) > 1 else np.ones(1)
    first, last = times[0] - steps[0] / 2, times[-1] + steps[-1] / 2
    return np.concatenate([[first], (times[1:] + times[:-1]) / 2, [max(last, first + 1e-3)]])


def _stacked(columns: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
    tops = np.cumsum(columns, axis=1)
    tops /= np.where(tops[:, -1:] > 0, tops[:, -1:], 1.0)
    levels = (np.arange(height)[:, None] + 0.5) / height
    colors = [ImageColor.getrgb(palette.color(name))[:3] for name in EMOTIONS]
    picture = np.empty((height, len(columns), 3), np.uint8)
    picture[:] = ImageColor.getrgb(BACKDROP)[:3]
    for number in reversed(range(len(EMOTIONS))):
        picture[levels <= tops[:, number]] = colors[number]
    return picture


def _ticks(sheet: Sheet, start: float, span: float) -> None:
    step = next((s for s in _TICK_STEPS_S if span / s <= 12), _TICK_STEPS_S[-1])
    for number in range(math.ceil(start / step), math.floor((start + span) / step) + 1):
        at = _STRIP.x + (number * step - start) / span * _STRIP.w
        foot = _STRIP.y + _STRIP.h
        sheet.draw.line((at, foot + 2, at, foot + 10), fill=MUTED, width=2)
        label = palette.clock(number * step).removesuffix(".0")
        sheet.text((at, foot + 16), label, 120, 17, fill=MUTED, anchor="ma")


def _tile(sheet: Sheet, area: Area, moment: Moment, rgb: RGB | None) -> None:
    sheet.panel(area)
    photo = Area(area.x + 2, area.y + 2, area.w - 4, _PHOTO_H)
    if rgb is None:
        sheet.panel(photo, BACKDROP)
    else:
        sheet.filled(photo, face_view(rgb, moment.box_xywh, photo.w / photo.h))
    middle = area.y + 272
    sheet.disc((area.x + 34, middle), 18, f"{moment.number}", palette.color(moment.emotion))
    score = palette.percent(curves.own_probability(moment))
    used = sheet.text((area.x + area.w - 18, middle), score, 100, 22, bold=True, anchor="rm")
    room = area.w - 64 - 18 - used - 10
    at = (area.x + 64, middle)
    sheet.text(at, moment.emotion, room, 22, bold=True, anchor="lm", smallest=12)
    what = f"{palette.clock(moment.time_s)} · {moment.why}"
    sheet.text((area.x + 18, area.y + 308), what, area.w - 36, 18, fill=MUTED, anchor="lm")


def frame_of(analysis: Analysis, moment: Moment, frame_pictures: Mapping[int, RGB]) -> RGB | None:
    """The moment's whole frame: the given one, else the stored one, else None."""
    if moment.frame_index in frame_pictures or not moment.frame_path:
        return frame_pictures.get(moment.frame_index)
    try:
        with Image.open(analysis.folder / moment.frame_path) as stored:
            return np.asarray(stored.convert("RGB"))
    except OSError:  # deleted or damaged: the place stays empty
        return None
