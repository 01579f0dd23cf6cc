"""The card of a moment: the frame, the face, the words, the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from facemotion import curves, palette, typography
from facemotion.cards.canvas import BACKDROP, INK, MUTED, TRACK, Area, Sheet, face_view
from facemotion.records import EMOTIONS, Explanation, Moment, Video

if TYPE_CHECKING:
    from facemotion.records import RGB

SIZE = (1600, 900)

_FRAME = Area(40, 104, 826, 414)
_FACE = Area(890, 104, 670, 414)
_WORDS = Area(40, 538, 826, 308)
_SCORES = Area(890, 538, 670, 308)

_TEXT_SIZES = (20, 18, 17, 16, 15, 14)
"""The largest one is taken at which an explanation has room."""

_MARKS = {
    "supported": ("borne out", "#1b7f4b"),
    "contradicted": ("not borne out", "#b3261e"),
    "not measured": ("not measured", MUTED),
}
"""What the measured muscles say of a cited unit, in words and colour."""


def card(
    video: Video,
    moment: Moment,
    frame_rgb: RGB | None,
    explanation: Explanation | None = None,
) -> Image.Image:
    """A 1600x900 picture of one moment.

    ``frame_rgb`` is the whole frame, ``(h, w, 3)`` uint8 RGB, or None when it could not be read.
    """
    sheet = Sheet(*SIZE)
    _header(sheet, video, moment)
    for area in (_FRAME, _FACE, _WORDS, _SCORES):
        sheet.panel(area, BACKDROP if area in (_FRAME, _FACE) else "#ffffff")
    if frame_rgb is None:
        sheet.text((_FRAME.x + 30, _FRAME.y + 30), "The frame is not there any more.", 760, 22)
    else:
        _frame(sheet, moment, frame_rgb)
        view = face_view(frame_rgb, moment.box_xywh, _FACE.w / _FACE.h)
        sheet.filled(_FACE.inset(2), view)
    _words(sheet, _WORDS.inset(26), moment, explanation)
    draw_scores(sheet, _SCORES.inset(24), EMOTIONS, moment.probabilities)
    sheet.text((40, 882), palette.APPARENT, 1200, 18, fill=MUTED, anchor="ls")
    sheet.text((1560, 882), "facemotion", 300, 18, fill=MUTED, bold=True, anchor="rs")
    return sheet.image


def draw_scores(
    sheet: Sheet, area: Area, labels: tuple[str, ...], probabilities: tuple[float, ...]
) -> None:
    """A bar per label, with its percentage; the highest stands out."""
    best = max(probabilities)
    step, size = area.h / len(labels), 21
    font = typography.font(size)
    label_w = min(area.w * 0.45, max(font.getlength(typography.drawable(one)) for one in labels))
    left, right = area.x + label_w + 18, area.x + area.w - 88
    for number, (label, value) in enumerate(zip(labels, probabilities, strict=True)):
        middle, half = area.y + (number + 0.5) * step, step * 0.31
        at = (area.x + label_w, middle)
        strong = value == best
        ink = INK if strong else MUTED
        sheet.text(at, label, label_w, size, fill=ink, anchor="rm", smallest=11)
        bar = (left, middle - half, right, middle + half)
        sheet.draw.rounded_rectangle(bar, half / 2, fill=TRACK)
        end = left + (right - left) * min(max(value, 0.0), 1.0)
        if end - left >= 1:
            filled = (left, middle - half, end, middle + half)
            sheet.draw.rounded_rectangle(filled, half / 2, fill=palette.color(label))
        score = f"{100 * value:.1f}%"
        sheet.text((area.x + area.w, middle), score, 84, size, fill=ink, bold=strong, anchor="rm")


def _header(sheet: Sheet, video: Video, moment: Moment) -> None:
    when = f"moment {moment.number} · {palette.clock(moment.time_s)}"
    used = sheet.text((1560, 64), when, 480, 30, bold=True, anchor="rs")
    room = 1520 - used - 40
    title = video.title if typography.drawable(video.title) else video.video_id
    sheet.text((40, 54), title, room, 34, bold=True, anchor="ls", smallest=28)
    origin = " · ".join(part for part in (video.uploader, video.webpage_url) if part)
    sheet.text((40, 86), origin or "local file", room, 18, fill=MUTED, anchor="ls")


def _frame(sheet: Sheet, moment: Moment, rgb: RGB) -> None:
    """The frame with the face's box, cut to the picture, and a label that stays inside it."""
    area = _FRAME.inset(2)
    place = sheet.picture(area, Image.fromarray(rgb))
    scale = place.w / rgb.shape[1]
    x, y, w, h = (value * scale for value in moment.box_xywh)
    x0, x1 = (min(max(place.x + v, place.x + 2), place.x + place.w - 3) for v in (x, x + w))
    y0, y1 = (min(max(place.y + v, place.y + 2), place.y + place.h - 3) for v in (y, y + h))
    color = palette.color(moment.emotion)
    sheet.outline((x0, y0, x1, y1), color)
    words = f"{moment.emotion} {palette.percent(curves.own_probability(moment))}"
    line, font = typography.fitted(words, area.w - 40, 22, bold=True, smallest=12)
    wide, high = round(font.getlength(line)) + 24, 36
    left = min(max(x0, area.x + 4), area.x + area.w - wide - 4)
    above, below = y0 - high - 6, y1 + 6
    top = above if above >= area.y else below if below + high <= area.y + area.h else y0 + 8
    sheet.draw.rounded_rectangle((left, top, left + wide, top + high), 8, fill=color)
    sheet.draw.text((left + 12, top + high / 2), line, font=font, fill="#ffffff", anchor="lm")


def _words(sheet: Sheet, area: Area, moment: Moment, explanation: Explanation | None) -> None:
    color = palette.color(moment.emotion)
    sheet.text((area.x, area.y), "APPARENT EXPRESSION", area.w, 15, fill=MUTED, bold=True)
    score = palette.percent(curves.own_probability(moment))
    name = f"{palette.glyph(moment.emotion)} {moment.emotion}"
    score_w = typography.font(40, bold=True).getlength(score)
    used = sheet.text(
        (area.x, area.y + 62),
        name,
        area.w - score_w - 22,
        40,
        fill=color,
        bold=True,
        anchor="ls",
        smallest=22,
    )
    sheet.text((area.x + used + 22, area.y + 62), score, score_w + 1, 40, bold=True, anchor="ls")
    facts = (
        f"Chosen as {moment.why}. {curves.name_of(moment)}, found with "
        f"{palette.percent(moment.confidence)} confidence ({moment.source})."
    )
    top = area.y + 80
    top += sheet.paragraph(Area(area.x, top, area.w, 58), facts, 19, fill=MUTED, max_lines=2) + 6
    bottom = area.y + area.h + 6
    if explanation is not None and explanation.claims:
        bottom -= 28
        _evidence(sheet, Area(area.x, bottom, area.w, 22), explanation)
    rest = Area(area.x, top, area.w, bottom - top)
    text = explanation.text if explanation else _runners_up(moment)
    fitting = (size for size in _TEXT_SIZES if _has_room(text, rest, size))
    sheet.paragraph(rest, text, next(fitting, _TEXT_SIZES[-1]))


def _has_room(text: str, area: Area, size: int) -> bool:
    lines, _ = typography.wrapped(text, area.w, 99, size)
    return len(lines) * round(size * 1.42) <= area.h


def _evidence(sheet: Sheet, area: Area, explanation: Explanation) -> None:
    """The cited units by what was measured of them, on one line; "contested" before them."""
    x = float(area.x)
    if explanation.is_contested:
        x += sheet.text((x, area.y + 18), "contested", 120, 16, bold=True, anchor="ls") + 18
    for mark, (words, ink) in _MARKS.items():
        units = [claim.action_unit for claim in explanation.claims if claim.mark == mark]
        if units and x < area.x + area.w - 60:
            room = round(area.x + area.w - x)
            line = f"{', '.join(units)} {words}"
            x += sheet.text((x, area.y + 18), line, room, 16, fill=ink, anchor="ls") + 18


def _runners_up(moment: Moment) -> str:
    pairs = sorted(zip(EMOTIONS, moment.probabilities, strict=True), key=lambda pair: -pair[1])
    others = [f"{name} {palette.percent(p)}" for name, p in pairs if name != moment.emotion]
    return f"Next: {', '.join(others[:2])}."
