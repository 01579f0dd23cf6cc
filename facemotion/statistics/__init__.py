"""What the measurements say together: pure functions on the faces and samples tables.

* ``affect``: valence and arousal
* ``smoothing``, ``baseline``: other views of the same measurements; ``shown`` applies both
* ``streaming``: smoothing while the expressions come in, one smoother per person
* ``windows``: verdicts, means and shares of time per window of time
* ``blinks``: blinks and their rate
* ``pairs``, ``dyads``, ``phases``: what two persons do together, each number against chance
  (``null``)
* ``groups``, ``summaries``, ``effects``: several videos or persons on one clock, a row of numbers
  for each, and how far two groups of them lie apart

Nothing here is a room: the rooms, the dashboard and notebooks may all call it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from facemotion.records import ACTION_UNITS, EMOTIONS, Settings
from facemotion.statistics import baseline, smoothing

SHOWN_COLUMNS = (
    *EMOTIONS,
    "dominant_emotion",
    "expressiveness",
    "valence",
    "arousal",
    *ACTION_UNITS,
)
"""The columns that ``shown`` may change."""


def shown(
    faces: pd.DataFrame,
    settings: Settings,
    ranges: Mapping[int, tuple[float, float]] | None = None,
) -> pd.DataFrame:
    """The faces table as the user wants it shown and exported; the one measured stays as it is.

    Applies the baseline correction, then the smoothing, as ``VIEW_FIELDS`` of the settings say.
    Dominant emotion, expressiveness, valence and arousal follow the emotions shown. AU45 is left
    alone: blinks are shorter than any useful window. ``ranges`` as in
    ``baseline.neutral_profiles``. Raises ``SettingsError`` for an unknown smoothing.
    """
    smoothing.check_name(settings.smoothing)
    if settings.baseline_corrected:
        faces = baseline.baseline_corrected(faces, ranges)
    if settings.smoothing == "none" or faces.empty:
        return faces
    columns = [name for name in (*EMOTIONS, *ACTION_UNITS) if name != "AU45"]
    values = smoothing.smoothed(faces, columns, settings.smoothing, settings.smoothing_s)
    return baseline.rederived(faces.assign(**dict(values.items())))
