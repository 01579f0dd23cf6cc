"""How far each part of a face has moved from neutral: the evidence that the table reads.

Two witnesses are heard: the lengths of ``geometry`` (mesh and eye outlines, good at large
movements) and the skin's own motion of ``motion`` (good at small ones, and blind without a neutral
picture).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facemotion.action_units.geometry import LENGTHS
from facemotion.action_units.motion import Crops, displacements, furrows

Floats = NDArray[np.floating]

LOST, FOUND = 0.3, 0.7
"""A patch that matches the neutral face worse than the first has not been found again; from the
second on it surely has; in between it counts in part."""

MOTION_SHARE = 0.7
"""The weight of the skin's motion where both witnesses are there."""

FURROW_SCALE = 3.3
"""Furrows count as movement: on the demo clip's portrait they grow by 0.03 per 0.1 eye distances
of the brow. The only figure of these tables that was read off that portrait."""

# Each move: (site, axis, sign). Axis 0 is the picture's right, 1 is down; moves count up, out, in.
_SKIN: dict[str, tuple[str, int, int]] = {
    **{f"inner_brow_up{k}": (f"inner_brow{k}", 1, -1) for k in range(2)},
    **{f"outer_brow_up{k}": (f"outer_brow{k}", 1, -1) for k in range(2)},
    **{f"cheek_up{k}": (f"cheek{k}", 1, -1) for k in range(2)},
    **{f"nose_up{k}": (f"nose_wing{k}", 1, -1) for k in range(2)},
    **{f"corner_up{k}": (f"corner{k}", 1, -1) for k in range(2)},
    **{f"corner_out{k}": (f"corner{k}", 0, (-1, 1)[k]) for k in range(2)},
    "upper_lip_up": ("upper_lip", 1, -1),
    "lower_lip_up": ("lower_lip", 1, -1),
    "chin_up": ("chin", 1, -1),
}


@dataclass(frozen=True)
class Moves:
    """Movements by name, each ``(n,)`` in eye distances; names as in ``LENGTHS`` and ``_SKIN``."""

    by_name: Mapping[str, Floats]
    neutral_lid_gap: float

    def __getitem__(self, name: str) -> Floats:
        return self.by_name[name]

    def both(self, name: str) -> Floats:
        """The mean of the two sides."""
        return (self.by_name[f"{name}0"] + self.by_name[f"{name}1"]) / 2

    def stronger(self, name: str) -> Floats:
        """Mostly the side that moves more, so that a one-sided smile is not halved."""
        first, second = self.by_name[f"{name}0"], self.by_name[f"{name}1"]
        return 0.6 * np.maximum(first, second) + 0.4 * np.minimum(first, second)

    def weaker(self, name: str) -> Floats:
        """Mostly the side that moves less: what both do."""
        first, second = self.by_name[f"{name}0"], self.by_name[f"{name}1"]
        return 0.4 * np.maximum(first, second) + 0.6 * np.minimum(first, second)

    @property
    def closure(self) -> Floats:
        """How far the lids are closed: 0 as in the neutral face, 1 when they touch."""
        return -self.both("lid_gap") / max(self.neutral_lid_gap, 0.02)

    @property
    def upper_closure(self) -> Floats:
        """The part of ``closure`` that the upper lid has, as in a blink."""
        rise = np.maximum(self.both("lower_lid_up"), 0)
        return self.closure - rise / max(self.neutral_lid_gap, 0.02)


def moves(
    lengths: Floats, neutral_lengths: Floats, crops: Crops | None, neutral_crop: Floats | None
) -> Moves:
    """The movements of ``n`` faces from their neutral one.

    ``lengths``: ``(n, len(LENGTHS))``, ``neutral_lengths``: ``(len(LENGTHS),)``; ``crops``: ``(n,
    58, 50)`` with ``neutral_crop``, or None of both without a neutral picture of the person.
    """
    change = (lengths - neutral_lengths).astype(np.float32)
    found: dict[str, Floats] = {name: change[:, i] for i, name in enumerate(LENGTHS)}
    skin = {} if crops is None or neutral_crop is None else displacements(crops, neutral_crop)
    for name, (site, axis, sign) in _SKIN.items():
        seen: Floats = found.get(name, np.zeros(len(lengths), np.float32))
        if site in skin:
            certain = np.clip((skin[site][:, 2] - LOST) / (FOUND - LOST), 0, 1)
            share = certain * (MOTION_SHARE if name in found else 1)
            seen = share * sign * skin[site][:, axis] + (1 - share) * seen
        found[name] = seen.astype(np.float32)
    found["furrow"] = np.zeros(len(lengths), np.float32)
    if crops is not None and neutral_crop is not None:
        found["furrow"] = FURROW_SCALE * np.maximum(furrows(crops, neutral_crop), 0)
    gaps = [float(neutral_lengths[LENGTHS.index(f"lid_gap{k}")]) for k in range(2)]
    return Moves(found, sum(gaps) / 2)
