"""How an emotion looks, and how times and shares are written, in every chart and picture."""

from __future__ import annotations

COLORS: dict[str, str] = {
    "angry": "#e33d6b",
    "disgust": "#2e7131",
    "fear": "#9d3f86",
    "happy": "#bb8e00",
    "sad": "#0f56fa",
    "surprise": "#299ecb",
    "neutral": "#929597",
}
"""One colour per emotion: found by a search that maximised the smallest CIEDE2000 distance between
any two under normal, protan, deutan and tritan vision, with a contrast of 3:1 (WCAG 2.2, 1.4.11)
on white as well as on the dashboard's dark background."""

PEOPLE = (
    *("#1ea5a5", "#e17800", "#a500d2", "#a54b00"),
    *("#4b6978", "#c369ff", "#969678", "#69695a"),
)
"""One colour per person, the person seen longest first: found by the same search and under the same
conditions as ``COLORS``, and away from all of those, so that no person looks like an emotion."""

ACCENT = "#6674e4"
"""For a single curve that belongs to no person and no emotion; 3:1 on both backgrounds."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", "x", ".", "-", "+")
MARKS = ("circle", "square", "diamond", "triangle-up", "x", "star")
"""A second channel beside the colour of a classifier: Plotly's lines, bars and markers."""

SYMBOLS: dict[str, str] = {
    "angry": "square",
    "disgust": "x",
    "fear": "diamond",
    "happy": "circle",
    "sad": "triangle-down",
    "surprise": "star",
    "neutral": "hexagon",
}
"""A second channel beside the colour: Plotly's marker of each emotion."""

GLYPHS: dict[str, str] = {
    "angry": "■",
    "disgust": "✖",
    "fear": "◆",
    "happy": "●",
    "sad": "▼",
    "surprise": "★",
    "neutral": "⬢",
}
"""The same symbols as text."""

OTHER_COLOR = "#7b7f9e"
OTHER_SYMBOL = "circle"
OTHER_GLYPH = "•"

APPARENT = "Apparent expression, not a reading of feelings."
"""The sentence that goes with every result that leaves the program."""


def color(emotion: str) -> str:
    """The emotion's colour as ``#rrggbb``; a plain one for a label outside ``EMOTIONS``."""
    return COLORS.get(emotion, OTHER_COLOR)


def person_color(rank: int) -> str:
    """The colour of the person who is seen longest (0), second longest (1) and so on."""
    return PEOPLE[rank % len(PEOPLE)]


def classifier_color(rank: int) -> str:
    """The colour of the first (0), second (1) ... of several classifiers; none is an emotion's."""
    return PEOPLE[rank % len(PEOPLE)]


def symbol(emotion: str) -> str:
    """The emotion's Plotly marker symbol."""
    return SYMBOLS.get(emotion, OTHER_SYMBOL)


def glyph(emotion: str) -> str:
    """The emotion's symbol as one character."""
    return GLYPHS.get(emotion, OTHER_GLYPH)


def clock(time_s: float) -> str:
    """Seconds as ``m:ss.s``, from an hour on as ``h:mm:ss.s``.

    >>> clock(59.96), clock(3725.0)
    ('1:00.0', '1:02:05.0')
    """
    tenths = round(abs(time_s) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if time_s < 0 and tenths else ""
    seconds = f"{rest // 10:02d}.{rest % 10}"
    return f"{sign}{hours}:{minutes:02d}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


def percent(probability: float) -> str:
    """A probability, 0..1, as whole percent.

    >>> percent(0.764), percent(0.0)
    ('76%', '0%')
    """
    return f"{100 * probability:.0f}%"
