"""What a session tells: how it is doing, and everything that it knows at one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facemotion.live.buffer import Gap
from facemotion.live.events import Event
from facemotion.live.measuring import Sample

if TYPE_CHECKING:
    import pandas as pd

    from facemotion.live.reading import State
    from facemotion.records import RGB

Item = Sample | Gap | Event
Listener = Callable[[Item], None]


@dataclass(frozen=True)
class Stats:
    """How a session is doing.

    ``rate`` is samples per second of the stream, ``asked_rate`` what is asked for at the moment
    (below the settings' ``fps`` when the machine is too slow).

    ``latency_s`` is the clock less the time at which a picture was live, ``added_s`` what of it was
    spent since the picture could first be had: medians of the last samples, None without any.
    """

    rate: float
    asked_rate: float
    latency_s: float | None
    added_s: float | None
    n_samples: int
    n_dropped: int
    n_reconnects: int
    lost_s: float
    time_s: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a session knows at one moment; everything in it is the receiver's own.

    ``faces`` and ``samples`` are the buffered ones (columns ``LIVE_COLUMNS``, ``LIVE_SAMPLES``).
    ``frame`` is the newest measured picture, at ``frame_time_s``, and ``frame_faces`` its rows.
    """

    title: str
    state: State
    message: str
    faces: pd.DataFrame
    samples: pd.DataFrame
    gaps: tuple[Gap, ...]
    events: tuple[Event, ...]
    frame: RGB | None
    frame_time_s: float | None
    frame_faces: pd.DataFrame
    stats: Stats
