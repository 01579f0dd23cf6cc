"""One picture of the faces on which classifiers disagree most, with what each says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PIL import Image

from facemotion import palette, typography
from facemotion.cards.canvas import BACKDROP, MUTED, Area, Sheet, face_view
from facemotion.cards.moment_card import draw_scores
from facemotion.records import EMOTIONS, Comparison, Dispute

if TYPE_CHECKING:
    from facemotion.records import RGB

WIDTH = 1600
MAX_SHOWN = 12
"""More disputes than this are counted, not shown."""

_LEFT, _INNER, _TOP, _FOOT = 40, 1520, 128, 56
_GAP, _PAD = 20, 22
_PHOTO_W, _VERDICT_H, _PER_LINE = 250, 262, 4
_HEAD_H = 52


def disagreements(comparison: Comparison, frame_pictures: Mapping[int, RGB]) -> Image.Image:
    """A picture 1600 pixels wide, with a panel per dispute: the face, and each verdict.

    ``frame_pictures`` gives the frames by frame number; a face without one gets a plain tile.
    """
    shown = comparison.disputes[:MAX_SHOWN]
    lines = math.ceil(len(comparison.names) / _PER_LINE)
    height = _HEAD_H + lines * _VERDICT_H + _PAD
    sheet = Sheet(WIDTH, _TOP + max(1, len(shown)) * (height + _GAP) + _FOOT)
    _header(sheet, comparison)
    for number, dispute in enumerate(shown):
        area = Area(_LEFT, _TOP + number * (height + _GAP), _INNER, height)
        _panel(sheet, area, dispute, frame_pictures.get(dispute.frame_index))
    if not shown:
        words = "There is no face, large and sharp enough, on which they disagree."
        sheet.text((_LEFT, _TOP + 40), words, _INNER, 24, fill=MUTED)
    bottom = sheet.image.height - 22
    more = len(comparison.disputes) - len(shown)
    note = palette.APPARENT + (f" {more} more faces are not shown here." if more else "")
    sheet.text((_LEFT, bottom), note, 1300, 18, fill=MUTED, anchor="ls")
    sheet.text((WIDTH - 40, bottom), "facemotion", 200, 18, fill=MUTED, bold=True, anchor="rs")
    return sheet.image


def _header(sheet: Sheet, comparison: Comparison) -> None:
    video = comparison.analysis.video
    title = video.title if typography.drawable(video.title) else video.video_id
    sheet.text((_LEFT, 58), title, _INNER, 38, bold=True, anchor="ls", smallest=28)
    listed = " and ".join([", ".join(comparison.names[:-1]), comparison.names[-1]])
    words = f"The faces on which {listed} disagree most"
    sheet.text((_LEFT, 94), words, _INNER, 22, fill=MUTED, anchor="ls", smallest=14)


def _panel(sheet: Sheet, area: Area, dispute: Dispute, rgb: RGB | None) -> None:
    sheet.panel(area)
    photo = Area(area.x + 2, area.y + 2, _PHOTO_W, min(area.h, _HEAD_H + _VERDICT_H + _PAD) - 4)
    if rgb is None:
        sheet.panel(photo, BACKDROP)
    else:
        sheet.filled(photo, face_view(rgb, dispute.box_xywh, photo.w / photo.h))
    left, right = photo.x + photo.w + _PAD, area.x + area.w - _PAD
    middle = area.y + _HEAD_H / 2 + 4
    where = f"{dispute.number} · {palette.clock(dispute.time_s)} · {dispute.person}"
    sheet.text((left, middle), where, 700, 24, bold=True, anchor="lm", smallest=16)
    words = f"disagreement {palette.percent(dispute.disagreement)}"
    sheet.text((right, middle), words, 400, 20, fill=MUTED, anchor="rm")
    per_line = min(_PER_LINE, len(dispute.verdicts))
    width = (right - left - _PAD * (per_line - 1)) // per_line
    for number, (name, probabilities) in enumerate(dispute.verdicts.items()):
        line, column = divmod(number, _PER_LINE)
        at = (left + column * (width + _PAD), area.y + _HEAD_H + line * _VERDICT_H)
        _verdict(sheet, Area(*at, width, _VERDICT_H), name, probabilities)


def _verdict(sheet: Sheet, area: Area, name: str, probabilities: tuple[float, ...]) -> None:
    """A classifier's name, its strongest emotion in words, and all seven as bars."""
    best = max(range(len(EMOTIONS)), key=lambda number: probabilities[number])
    emotion = EMOTIONS[best]
    sheet.text((area.x, area.y + 16), name, area.w, 18, fill=MUTED, anchor="lm", smallest=12)
    score = palette.percent(probabilities[best])
    room = area.w - typography.font(28, bold=True).getlength(score) - 14
    said = f"{palette.glyph(emotion)} {emotion}"
    used = sheet.text(
        (area.x, area.y + 50),
        said,
        room,
        28,
        fill=palette.color(emotion),
        bold=True,
        anchor="lm",
        smallest=14,
    )
    sheet.text((area.x + used + 12, area.y + 50), score, area.w, 28, bold=True, anchor="lm")
    bars = Area(area.x, area.y + 74, area.w, area.h - 84)
    draw_scores(sheet, bars, EMOTIONS, probabilities)
