"""What the nets in ``red_finders`` and ``red_ssd`` look for, and how: red squares on a grid."""

from __future__ import annotations

import numpy as np

# A box, and what is where in it from its middle on, by its width; the picture's left eye first.
HEIGHT = 1.25
EYES = ((-0.2, -0.15), (0.2, -0.15))
POINTS = (*EYES, (0, 0.1), (-0.15, 0.3), (0.15, 0.3))

SQUARE, AROUND = 5, 9  # cells
FULL = 1 - SQUARE**2 / AROUND**2
# A square of pure red scores 0.982, one of (245, 0, 0) 0.955, one that is off by a cell 0.05.
STEEP, BEST = 34.4, 4.0
NEVER = -20.0


def finder(square: int = SQUARE, around: int = AROUND) -> np.ndarray:
    """A kernel whose answer is ``BEST - STEEP * FULL`` (its bias) and more for a red square."""
    kernel = np.full((1, 1, around, around), -1 / around**2, np.float32)
    edge = (around - square) // 2
    kernel[..., edge : edge + square, edge : edge + square] += 1 / square**2
    return STEEP * kernel


BIAS = BEST - STEEP * FULL


def redness(red_first: bool) -> np.ndarray:
    """The 1 x 1 kernel of how much more red there is than green and blue, 0..1 after a ReLU."""
    weights = [1, -0.5, -0.5] if red_first else [-0.5, -0.5, 1]
    return np.array(weights, np.float32).reshape(1, 3, 1, 1) / 255
