"""Stage 5, on the screen: the tables as Plotly figures.

Every figure is transparent and leaves the colour of its text to the page, so that it suits a light
and a dark theme; the only fixed colours are the palette's and greys that show on both. A figure
without data says so in words. Each has a sentence for people who do not see it (``*_alt``).
"""

from facemotion.charts.distribution import (
    distribution_alt,
    emotion_distribution,
    moment_alt,
    moment_bars,
)
from facemotion.charts.timeline import MAX_POINTS, emotion_timeline, timeline_alt

__all__ = [
    "MAX_POINTS",
    "distribution_alt",
    "emotion_distribution",
    "emotion_timeline",
    "moment_alt",
    "moment_bars",
    "timeline_alt",
]
