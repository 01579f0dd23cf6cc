"""Whether a proposal looks like one that was taken a moment ago: a perceptual hash and its place.

The hash is the 64-bit difference hash (dHash; Neal Krawetz, "Kind of Like That", The Hacker Factor
Blog, 2013): the picture as 9 x 8 grey cells, and for each two neighbours in a row one bit, whether
the right one is brighter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from facemotion.models.base import Floats
    from facemotion.records import RGB

MOST_BITS = 6
"""Hashes that differ in no more bits than this are of pictures that look alike."""
WITHIN_S = 10.0
"""So long after a proposal another one can be its repetition."""
SAME_PLACE_SHARE = 0.5
"""Boxes that share at least this much of the smaller one are in the same place."""


class _Kept(NamedTuple):
    time_s: float
    box_xywh: Floats
    mark: int


class Repeats:
    """Takes the proposals of a video in time order; only those that are taken are remembered."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []

    def take(self, time_s: float, box_xywh: Floats, crop: RGB) -> bool:
        """Whether this one is new; else it looks like one in the same place a moment before.

        It is compared with those that were taken, never with other repetitions, so that what
        changes slowly is taken again in the end.
        """
        self._kept = [kept for kept in self._kept if time_s - kept.time_s <= WITHIN_S]
        mark = difference_hash(crop)
        for kept in self._kept:
            is_alike = (kept.mark ^ mark).bit_count() <= MOST_BITS
            if is_alike and overlap(kept.box_xywh, box_xywh) >= SAME_PLACE_SHARE:
                return False
        self._kept.append(_Kept(time_s, box_xywh, mark))
        return True


def difference_hash(rgb: RGB) -> int:
    """The 64 bits of a picture, the top left one first."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    bits = cells[:, 1:] > cells[:, :-1]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def overlap(one_xywh: Floats, other_xywh: Floats) -> float:
    """What two boxes share, as a part of the smaller one: 0..1."""
    one, other = np.asarray(one_xywh, np.float64), np.asarray(other_xywh, np.float64)
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2:], other[:2] + other[2:])
    smaller = min(float(np.prod(one[2:])), float(np.prod(other[2:])))
    return float(np.prod(np.clip(high - low, 0, None))) / max(smaller, 1e-6)
