"""The scales of the lanes: what is marked at their side, and how one value is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from facemotion.charts import directions


@dataclass(frozen=True)
class Scale:
    """A range of values, its ticks, and a Plotly template for one value.

    ``is_angle``: a threshold counts in both directions, as for an angle.
    """

    name: str
    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]
    hover: str
    height_px: int
    is_angle: bool = False


SHARE = Scale("share", -0.02, 1.02, (0, 0.5, 1), ("0%", "50%", "100%"), "%{y:.0%}", 62)
SIGNED = Scale("signed", -1.05, 1.05, (-1, 0, 1), ("−1", "0", "+1"), "%{y:+.2f}", 48)
INTENSITY = Scale("intensity", -0.1, 5.1, (0, 2.5, 5), ("0", "2.5", "5"), "%{y:.1f} of 5", 42)
_ANGLE = Scale("angle", -45, 45, (), (), "%{y:+.0f}°", 46, is_angle=True)
_LEAST_REACH_DEG = 35


def angle(faces: pd.DataFrame, columns: Iterable[str]) -> Scale:
    """Degrees, as far as the angles of these columns go."""
    reach = directions.reach(faces, columns, _LEAST_REACH_DEG)
    texts = (f"−{reach:g}°", "0°", f"{reach:g}°")
    room = 1.05 * reach
    return replace(_ANGLE, low=-room, high=room, ticks=(-reach, 0, reach), texts=texts)
