"""The value objects that travel between the rooms.

Conventions, everywhere: time is seconds on the video's own clock, boxes are ``x, y, w, h`` in
pixels of the source frame with the origin at the top left, probabilities are 0..1, pictures are
``(height, width, 3)`` uint8 arrays in RGB order. Angles are degrees as seen in the picture: yaw is
positive towards its right, pitch is positive upwards, roll is positive clockwise. Action units are
intensities 0..5 (5 is FACS' grade E), NaN where they cannot be measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from facemotion.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    RGB = NDArray[np.uint8]

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven labels, in the order in which every table, array and chart has them."""

ACTION_UNITS = (
    *("AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12"),
    *("AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"),
)
"""The action units that are measured, those of OpenFace 2's intensities, in its order."""

StageName = Literal[
    "download", "frames", "faces", "fallback", "people", "moments", "explain", "export"
]
STAGES: tuple[StageName, ...] = (
    *("download", "frames", "faces", "fallback", "people", "moments", "explain", "export"),
)


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face just measured, for being looked at while the work goes on.

    ``emotion`` is the most probable one, ``rgb`` a small square picture of it.
    """

    time_s: float
    emotion: str
    rgb: RGB


@dataclass(frozen=True)
class Progress:
    """How far a stage has come: ``done`` of ``total`` ``unit``s; ``total`` None while unknown.

    ``title`` is the video's, said once by whoever learns it. ``faces`` are some of those that were
    measured since the last word, and only for callers who have asked for them.
    """

    stage: StageName
    done: float = 0.0
    total: float | None = None
    unit: str = ""
    text: str = ""
    title: str = ""
    faces: tuple[FoundFace, ...] = ()

    @property
    def fraction(self) -> float | None:
        """Share done, 0..1, or None while the total is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None


OnProgress = Callable[[Progress], None]
"""Called often by the rooms; may raise ``Cancelled`` to stop the work at that point."""


def ignore_progress(progress: Progress) -> None:
    """The callback of callers who do not want to hear about progress."""


@dataclass(frozen=True)
class Settings:
    """Everything a user can choose; each stage reads only its own part (``STAGE_FIELDS``).

    Raises ``SettingsError`` when a value is out of range. Names of models and explainers are
    checked where they are looked up.
    """

    # 1 download
    max_height: int = 480
    start_s: float | None = None
    end_s: float | None = None
    max_duration_s: float = 4 * 3600.0
    max_bytes: int = 4 * 1000**3
    allow_private_urls: bool = True
    caption_language: str = "en"
    # 2 frames
    every_s: float = 3.0
    # 3 faces
    detector: str = "blazeface"
    classifier: str = "ferplus-resnet"
    min_confidence: float = 0.5
    landmarks: bool = True
    # fallback: Claude, his model and the caps as below, looks at what the detector is not sure of
    claude_fallback: bool = False
    # people
    embedder: str = "none"
    max_gap_s: float = 2.0
    min_track_s: float = 0.4
    min_track_confidence: float = 0.6
    baseline_start_s: float | None = None
    baseline_end_s: float | None = None
    # moments
    max_moments: int = 8
    max_muscle_moments: int = 2
    min_gap_s: float = 1.0
    min_face_px: int = 32
    min_sharpness: float = 0.2
    # 4 explain
    explainer: str = "facs"
    claude_model: str = "claude-sonnet-4-6"
    claude_batch: bool = False
    max_calls: int = 40
    max_dollars: float = 1.0
    # how results are shown and exported; the raw values are always kept
    smoothing: str = "none"
    smoothing_s: float = 0.5
    baseline_corrected: bool = False
    window_s: float = 10.0

    def __post_init__(self) -> None:
        _require_range("max_height", self.max_height, 144, 4320, "pixels")
        _require_range("every_s", self.every_s, 0, 3600, "seconds (0 means every frame)")
        _require_range("max_duration_s", self.max_duration_s, 1, 7 * 24 * 3600, "seconds")
        _require_range("max_bytes", self.max_bytes, 10**6, 10**13, "bytes")
        _require_range("min_confidence", self.min_confidence, 0.05, 0.99, "")
        _require_range("max_gap_s", self.max_gap_s, 0, 60, "seconds")
        _require_range("min_track_s", self.min_track_s, 0, 3600, "seconds")
        _require_range("min_track_confidence", self.min_track_confidence, 0, 1, "")
        _require_range("smoothing_s", self.smoothing_s, 0.01, 3600, "seconds")
        _require_range("window_s", self.window_s, 0.5, 24 * 3600, "seconds")
        _require_range("max_muscle_moments", self.max_muscle_moments, 0, 200, "moments")
        _require_range("max_calls", self.max_calls, 0, 100_000, "calls")
        _require_range("max_dollars", self.max_dollars, 0, 10_000, "dollars")
        _require_range("max_moments", self.max_moments, 1, 200, "moments")
        _require_range("min_gap_s", self.min_gap_s, 0, 3600, "seconds")
        _require_range("min_face_px", self.min_face_px, 0, 2000, "pixels")
        _require_range("min_sharpness", self.min_sharpness, 0, 1, "")
        for name in ("start_s", "end_s"):
            value = getattr(self, name)
            if value is not None:
                _require_range(name, value, 0, 7 * 24 * 3600, "seconds")
        if self.end_s is not None and self.end_s <= (self.start_s or 0.0):
            raise SettingsError(
                f"The range ends at {self.end_s:g} s, before it starts at {self.start_s or 0:g} s. "
                "Give an end that is later than the start."
            )

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some values changed, checked again."""
        return replace(self, **changes)

    def part(self, stage: StageName) -> dict[str, Any]:
        """The settings that a stage reads, by name: what its cache key depends on.

        Numbers are floats here, so that 3 and 3.0 are the same setting.
        """
        values = {name: getattr(self, name) for name in STAGE_FIELDS[stage]}
        return {
            name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in values.items()
        }

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from ``to_dict``; names that this version does not know are ignored."""
        return cls(**_known_fields(cls, data))


STAGE_FIELDS: dict[StageName, tuple[str, ...]] = {
    # Limits and the private-address rule decide whether a download happens, not what it yields.
    "download": ("max_height", "start_s", "end_s", "caption_language"),
    "frames": ("every_s", "start_s", "end_s"),
    "faces": ("detector", "classifier", "min_confidence", "landmarks"),
    # What it adds depends on the answers; model and caps only decide which answers there are.
    "fallback": ("claude_fallback",),
    "people": (
        *("max_gap_s", "min_track_s", "min_track_confidence", "embedder"),
        *("baseline_start_s", "baseline_end_s"),
    ),
    "moments": (
        *("max_moments", "max_muscle_moments", "min_gap_s", "min_face_px", "min_sharpness"),
    ),
    "explain": ("explainer", "claude_model", "claude_batch", "max_calls", "max_dollars"),
}
VIEW_FIELDS = ("smoothing", "smoothing_s", "baseline_corrected", "window_s")
"""The settings that no stage reads: they change what is shown and exported, not what is kept."""


@dataclass(frozen=True)
class Caption:
    """One line of captions and the time at which it is shown."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Video:
    """A video on this machine: what stage 1 gives and stage 2 reads.

    ``path`` is the local file. Its own clock starts at ``offset_s`` of the original, which is
    above 0 only when a part was downloaded. ``notes`` are things a user should know.
    """

    video_id: str
    source: str
    path: str
    title: str
    uploader: str | None = None
    duration_s: float | None = None
    webpage_url: str | None = None
    site: str = "file"
    thumbnail_path: str | None = None
    captions: tuple[Caption, ...] = ()
    offset_s: float = 0.0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        known = _known_fields(cls, data)
        known["captions"] = tuple(Caption(**line) for line in known.get("captions", ()))
        known["notes"] = tuple(known.get("notes", ()))
        return cls(**known)


@dataclass(frozen=True)
class Frame:
    """One decoded picture: its number in the stream, its time, ``(h, w, 3)`` uint8 RGB."""

    index: int
    time_s: float
    rgb: RGB


@dataclass(frozen=True)
class Moment:
    """One face at one time, worth looking at, and why it was chosen.

    ``number`` counts from 1 in time order; ``probabilities`` follow ``EMOTIONS``. The picture
    paths are relative to the folder of the moments, None until the pictures are written.
    ``action_units``, ``present`` and ``reliability`` follow ``ACTION_UNITS``. What was not
    measured is None, a whole tuple or one value of it.
    """

    number: int
    frame_index: int
    time_s: float
    face_id: int
    emotion: str
    probabilities: tuple[float, ...]
    expressiveness: float
    confidence: float
    box_xywh: tuple[float, float, float, float]
    why: str
    source: str = "local"
    face_path: str | None = None
    frame_path: str | None = None
    person: str | None = None
    action_units: tuple[float | None, ...] | None = None
    present: tuple[bool | None, ...] | None = None
    reliability: tuple[str, ...] | None = None
    pitch_deg: float | None = None
    yaw_deg: float | None = None
    roll_deg: float | None = None
    gaze_pitch_deg: float | None = None
    gaze_yaw_deg: float | None = None
    valence: float | None = None
    arousal: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from ``to_dict``; what a moment of an earlier version lacks is not measured."""
        known = _known_fields(cls, data)
        for name, value in known.items():
            known[name] = tuple(value) if isinstance(value, list) else value
        return cls(**known)


@dataclass(frozen=True)
class Claim:
    """An action unit that an explanation cites, what it says of it, and what was measured.

    ``mark`` is "supported", "contradicted" or "not measured".
    """

    action_unit: str
    text: str
    mark: str


@dataclass(frozen=True)
class Explanation:
    """Words about one moment, who wrote them, and the muscles that they rest on.

    ``opinion`` is the expression that a second judge named without knowing the first ("" where
    there is none, or it could not tell), with its ``confidence`` 0..1; ``agrees`` whether both
    name the same, and ``is_contested`` whether they differ though both are sure. ``note`` is what
    a reader must know, such as why another explainer than the chosen one speaks.
    """

    moment_number: int
    explainer: str
    text: str
    claims: tuple[Claim, ...] = ()
    opinion: str = ""
    confidence: float | None = None
    agrees: bool | None = None
    is_contested: bool = False
    model: str = ""
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        known = _known_fields(cls, data)
        known["claims"] = tuple(Claim(**claim) for claim in known.get("claims", ()))
        return cls(**known)


@dataclass(frozen=True)
class Work:
    """What a run really did, as against what it took from the cache."""

    downloaded_bytes: int = 0
    frames_decoded: int = 0
    frames_analysed: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.downloaded_bytes + other.downloaded_bytes,
            self.frames_decoded + other.frames_decoded,
            self.frames_analysed + other.frames_analysed,
        )


@dataclass(frozen=True)
class Analysis:
    """Everything known about one video under one set of settings.

    ``faces`` has one row per (frame, face) and ``samples`` one row per analysed frame, with or
    without a face (columns in ``facemotion.tables``). ``folder`` is the folder of the moments,
    to which the paths in ``moments`` are relative. ``neutral_ranges`` are the stretches,
    in seconds, that the user calls neutral, by ``face_id``. ``work`` tells what this run did.
    """

    analysis_id: str
    video: Video
    settings: Settings
    faces: pd.DataFrame
    samples: pd.DataFrame
    moments: tuple[Moment, ...]
    explanations: tuple[Explanation, ...]
    provenance: dict[str, Any]
    folder: Path
    notes: tuple[str, ...] = ()
    neutral_ranges: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    work: Work = field(default_factory=Work)


@dataclass(frozen=True)
class Dispute:
    """One face on which classifiers disagree; ``number`` 1 is the one they disagree on most.

    ``disagreement`` is 0..1, as in ``statistics.agreement``. ``verdicts`` has the probabilities
    that each classifier gives, in the order of ``EMOTIONS``, by its name.
    """

    number: int
    frame_index: int
    time_s: float
    face_id: int
    person: str
    box_xywh: tuple[float, float, float, float]
    disagreement: float
    verdicts: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Comparison:
    """What several classifiers say about the same faces.

    ``verdicts`` has a table per classifier with a row for each row of ``analysis.faces``: the
    seven, whatever else it tells, and ``dominant_emotion``; NaN and "" where its frame could not
    be read again. ``disagreement`` is 0..1 for each of these rows, and ``disputes`` are the faces
    on which it is highest. ``ms_per_face`` is what each takes to cut out a face and judge it, NaN
    without a face. ``n_judged`` counts the verdicts of this run, as against those that were kept.
    """

    analysis: Analysis
    names: tuple[str, ...]
    verdicts: Mapping[str, pd.DataFrame]
    disagreement: pd.Series
    disputes: tuple[Dispute, ...]
    ms_per_face: Mapping[str, float]
    n_judged: int = 0


def _require_range(name: str, value: float, low: float, high: float, unit: str) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        what = f"{low:g} to {high:g} {unit}".strip()
        raise SettingsError(
            f"{name} is {value:g}, but must be {what}. Choose a value in that range."
        )


def _known_fields(cls: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(cls)}
    return {key: value for key, value in data.items() if key in names}
