"""From a waiting picture to a sample: faces, who they are, muscles, and smoothed expressions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion.errors import StorageError
from facemotion.faces import Looker
from facemotion.frames import kept
from facemotion.live.muscles import Muscles
from facemotion.live.tracks import Shots, Tracker
from facemotion.records import ACTION_UNITS, EMOTIONS, Frame
from facemotion.statistics import streaming
from facemotion.statistics.affect import affect
from facemotion.tables import FACE_COLUMNS, faces_table, person_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from facemotion.faces import Row
    from facemotion.live.intake import Waiting
    from facemotion.live.settings import LiveSettings

    Floats = NDArray[np.float64]

SHOWN_COLUMNS = tuple(f"{name}_shown" for name in EMOTIONS)
"""The smoothed expressions, beside the raw ones."""

LIVE_COLUMNS: dict[str, str] = {**FACE_COLUMNS, **dict.fromkeys(SHOWN_COLUMNS, "float32")}
"""The columns of a live faces table, with their types."""


Face = dict[str, Any]
"""The values of one face by the names in ``LIVE_COLUMNS``."""


def live_table(faces: Iterable[Face]) -> pd.DataFrame:
    """Faces as a table with the columns ``LIVE_COLUMNS``."""
    rows = list(faces)
    shown = {name: [row[name] for row in rows] for name in SHOWN_COLUMNS}
    return faces_table(rows).assign(**shown).astype(dict.fromkeys(SHOWN_COLUMNS, "float32"))


@dataclass(frozen=True, eq=False)
class Sample:
    """One measured picture; times are stream time. ``table`` makes a table of its faces.

    ``latency_s`` is the clock less the time at which the picture was live, ``added_s`` what passed
    since it could first be had.
    """

    frame: int
    time_s: float
    shot: int
    faces: tuple[Face, ...]
    jpeg: bytes
    latency_s: float
    added_s: float

    @property
    def table(self) -> pd.DataFrame:
        """The faces with the columns ``LIVE_COLUMNS``; making it takes a while."""
        return live_table(self.faces)


class Measurer:
    """Measures the pictures of one session in their order; for one thread."""

    def __init__(self, settings: LiveSettings, models_folder: Path) -> None:
        self._look = Looker(settings.measuring, models_folder)
        self._tracker = Tracker(settings.max_gap_s, 1 / settings.fps)
        self._method = settings.smoothing
        self._max_gap_s = settings.max_gap_s
        self._shots, self._muscles = Shots(), Muscles()
        self._smoothers: dict[int, tuple[float, streaming.Smoother]] = {}

    def warm_up(self) -> None:
        """Load the models; ``ModelError`` when one is broken."""
        self._look.warm_up()

    def measure(self, waiting: Waiting) -> tuple[int, tuple[Face, ...]]:
        """The shot of a picture, and its faces from left to right."""
        rgb = kept.decoded(waiting.jpeg)
        if rgb is None:
            raise StorageError("A picture in memory is damaged.")
        seen = self._look.look(Frame(waiting.index, waiting.time_s, rgb))
        rows = sorted(self._look.judge([seen])[0].rows, key=lambda row: row["x"])
        shot = self._shots.update(waiting.time_s, seen.mark)
        boxes = np.array([[row[side] for side in "xywh"] for row in rows], dtype=np.float64)
        numbers = self._tracker.update(
            waiting.time_s, boxes.reshape(-1, 4), [row["appearance"] for row in rows], shot
        )
        for row, number in zip(rows, numbers, strict=True):
            row["face_id"] = number
        self._forget(waiting.time_s)
        return shot, tuple(self._whole(row, waiting.time_s) for row in rows)

    def _whole(self, row: Row, time_s: float) -> Face:
        """A measured row with what the faces table derives; without its evidence."""
        number = row["face_id"]
        units = self._muscles.read(number, time_s, row)
        raw = np.array([row[name] for name in EMOTIONS])
        intensities = np.array([units[name] for name in ACTION_UNITS])
        valence, arousal = affect(raw[None], intensities[None])[0].tolist()
        known = {name: row[name] for name in FACE_COLUMNS if name in row}
        return {
            **known,
            **units,
            **dict(zip(SHOWN_COLUMNS, self._smoothed(number, time_s, raw).tolist(), strict=True)),
            "track_id": number,
            "person": person_name(number),
            "dominant_emotion": EMOTIONS[int(raw.argmax())],
            "expressiveness": 1.0 - row["neutral"],
            "valence": valence,
            "arousal": arousal,
        }

    def _smoothed(self, face_id: int, time_s: float, probabilities: Floats) -> Floats:
        known = self._smoothers.get(face_id)
        smoother = known[1] if known else streaming.smoother(self._method)
        self._smoothers[face_id] = time_s, smoother
        return smoother.update(time_s, probabilities)

    def _forget(self, time_s: float) -> None:
        """The people who are out of sight for so long that they would be new ones."""
        gone_s = time_s - max(self._max_gap_s, 60.0)
        self._smoothers = {who: kept for who, kept in self._smoothers.items() if kept[0] >= gone_s}
