"""Stage 5, to keep: a picture of each moment, and one of the whole analysis."""

from facemotion.cards.canvas import png
from facemotion.cards.moment_card import card
from facemotion.cards.overview import frame_of, summary

__all__ = ["card", "frame_of", "png", "summary"]
