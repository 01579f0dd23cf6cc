"""The neutral face of people at large, for faces seen too briefly to tell their own.

Figures of this project: medians over 554 pictures of FER-2013 that at least eight of ten raters
called neutral (FER+) and whose heads are turned by less than 20 degrees, as this mesh and iris
model see them (48 x 48 pixels, enlarged); the mean of both sides. ``SPREAD`` is the 84th percentile
of each unit's measure over the same neutral faces: what people differ by at rest, about one
standard deviation. Units that need the skin's motion cannot be told without an own neutral face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facemotion.action_units.geometry import LENGTHS

_SIDED = {
    "inner_brow_up": 0.296,
    "inner_brow_in": 0.090,
    "outer_brow_up": 0.262,
    "lid_gap": 0.126,
    "lower_lid_up": -0.047,
    "corner_up": -0.289,
    "corner_out": 0.363,
    "corner_back": 0.181,
}
_SINGLE = {
    "lip_gap": 0.003,
    "upper_lip_up": -0.195,
    "lower_lip_up": -0.422,
    "mouth_height": 0.227,
    "chin_up": -0.770,
}

NEUTRAL: NDArray[np.float32] = np.array(
    [_SINGLE[name] if name in _SINGLE else _SIDED[name[:-1]] for name in LENGTHS], np.float32
)
"""``(len(LENGTHS),)`` in eye distances."""

SPREAD = {
    "AU01": 0.047,
    "AU02": 0.017,
    "AU04": 0.050,
    "AU05": 0.022,
    "AU07": 0.022,
    "AU10": 0.018,
    "AU12": 0.029,
    "AU14": 0.000,
    "AU15": 0.013,
    "AU17": 0.067,
    "AU20": 0.000,
    "AU23": 0.012,
    "AU25": 0.045,
    "AU26": 0.103,
    "AU45": 0.000,
}
"""Eye distances, except AU45: share of the opening; never below 0. Absent: not measurable so."""
