"""Text that fits: fonts that have the letters, lines that end where they must."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Regular and bold, looked for by file name in the system's font folders; earlier ones win when
# they have as many of a text's letters. Pillow's own font, which has Latin letters only, is last.
_FAMILIES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("msyh.ttc", "msyhbd.ttc"),
)
_MISSING = "\U0010ffff"  # a code point that no font draws
_ELLIPSIS = "…"


@lru_cache(maxsize=512)
def font(size: int, *, bold: bool = False, text: str = "") -> Font:
    """The font on this machine that has the most letters of ``text``, ``size`` pixels high."""
    letters = set(text)
    fonts = (_load(*family, size, bold) for family in _FAMILIES)
    found = [one for one in fonts if one is not None]
    found.append(ImageFont.load_default(size))
    return max(found, key=lambda one: sum(_has(one, letter) for letter in letters))


def drawable(text: str, bold: bool = False) -> str:
    """One line of ``text`` without the characters that no font on this machine has."""
    line = " ".join("".join(_printable(c) for c in text).split())
    chosen = font(20, bold=bold, text=line)
    return " ".join("".join(c for c in line if c == " " or _has(chosen, c)).split())


def fitted(
    text: str, width: float, size: int, *, bold: bool = False, smallest: int | None = None
) -> tuple[str, Font]:
    """``text`` on one line of ``width`` pixels and its font.

    The letters shrink to ``smallest`` before any is left out for an ellipsis.
    """
    line = drawable(text, bold)
    for pixels in range(size, (smallest or size) - 1, -1):
        chosen = font(pixels, bold=bold, text=line)
        if chosen.getlength(line) <= width:
            return line, chosen
    return _shortened(line, chosen, width), chosen


def wrapped(
    text: str, width: float, max_lines: int, size: int, *, bold: bool = False
) -> tuple[list[str], Font]:
    """``text`` in at most ``max_lines`` lines of ``width`` pixels, and the font.

    A word wider than a line, and scripts without spaces, break anywhere.
    """
    line = drawable(text, bold)
    chosen = font(size, bold=bold, text=line)
    lines: list[str] = []
    rest = line
    while rest and len(lines) < max_lines - 1:
        head = _head(rest, chosen, width)
        lines.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if rest and max_lines > 0:
        lines.append(_shortened(rest, chosen, width))
    return lines, chosen


def _head(text: str, chosen: Font, width: float) -> str:
    """The longest start of ``text`` that fits, ending at a space where possible; never empty."""
    if chosen.getlength(text) <= width:
        return text
    count = _count_that_fits(text, chosen, width)
    space = text.rfind(" ", 0, count + 1)
    return text[: space if space > 0 else max(count, 1)]


def _shortened(text: str, chosen: Font, width: float) -> str:
    if chosen.getlength(text) <= width:
        return text
    room = width - chosen.getlength(_ELLIPSIS)
    return text[: _count_that_fits(text, chosen, room)].rstrip() + _ELLIPSIS


def _count_that_fits(text: str, chosen: Font, width: float) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if chosen.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _printable(character: str) -> str:
    """A space for line ends and control characters, nothing for what only steers the layout."""
    category = unicodedata.category(character)
    if category == "Cf" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return ""
    return " " if category in ("Cc", "Zl", "Zp") else character


@lru_cache(maxsize=64)
def _load(regular: str, bold_name: str, size: int, bold: bool) -> Font | None:
    try:
        return ImageFont.truetype(bold_name if bold else regular, size)
    except OSError:  # not on this machine
        return None


@lru_cache(maxsize=4096)
def _has(one: Font, character: str) -> bool:
    if character.isspace():
        return True
    return _ink(one, character) != _ink(one, _MISSING)


def _ink(one: Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask = one.getmask(character)
    return mask.size, bytes(mask)
