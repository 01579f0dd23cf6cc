"""Action units: which muscles of a face have moved, how far, and how sure that is.

``table.TABLE`` is the place to look first: every unit with its muscle, formula, source and
reliability. Evidence is taken from each face as it is seen (``geometry``, ``models.normalised``)
and read afterwards, when the person's neutral face is known (``motion``, ``moves``, ``intensity``).
"""

from __future__ import annotations

from facemotion.action_units.intensity import CROP_COLUMN, LENGTHS_COLUMN, with_intensities
from facemotion.action_units.reliability import PRESENT_FROM, WORDS, present, reliability
from facemotion.action_units.table import TABLE, ActionUnit

__all__ = [
    "CROP_COLUMN",
    "LENGTHS_COLUMN",
    "PRESENT_FROM",
    "TABLE",
    "WORDS",
    "ActionUnit",
    "present",
    "reliability",
    "with_intensities",
]
