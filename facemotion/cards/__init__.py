"""Stage 5, to keep: a picture of each moment, of the whole analysis, and of disagreements."""

from facemotion.cards.canvas import png
from facemotion.cards.contact_sheet import disagreements
from facemotion.cards.moment_card import card
from facemotion.cards.overview import frame_of, summary

__all__ = ["card", "disagreements", "frame_of", "png", "summary"]
