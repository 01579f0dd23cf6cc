"""What can be chosen about a live session."""

from __future__ import annotations

from dataclasses import dataclass

from facemotion import models
from facemotion.errors import SettingsError
from facemotion.live.events import Rule
from facemotion.records import Settings
from facemotion.statistics import streaming

MAX_FPS = 30.0


@dataclass(frozen=True)
class LiveSettings:
    """How a stream is measured, and how much of it is remembered.

    ``fps`` is how often the stream is looked at, at most. ``buffer_s`` seconds of samples and
    pictures are kept, and never more than ``max_buffer_bytes`` of pictures. ``timeout_s`` is how
    long a server may stay silent; a session ends when nobody has asked for a snapshot for
    ``idle_s`` (None: never), for browsers are closed without a word. Raises ``SettingsError`` when
    a value is out of range or unknown.
    """

    fps: float = 5.0
    smoothing: str = streaming.DEFAULT
    rules: tuple[Rule, ...] = ()
    detector: str = "blazeface"
    classifier: str = "ferplus-resnet"
    min_confidence: float = 0.5
    max_gap_s: float = 2.0
    max_height: int = 480
    buffer_s: float = 300.0
    max_buffer_bytes: int = 200 * 1000**2
    timeout_s: float = 10.0
    idle_s: float | None = None
    allow_private_urls: bool = True

    def __post_init__(self) -> None:
        _require("fps", self.fps, 0.1, MAX_FPS, "frames a second")
        _require("buffer_s", self.buffer_s, 5, 3600, "seconds")
        _require("timeout_s", self.timeout_s, 0.1, 120, "seconds")
        if self.idle_s is not None:
            _require("idle_s", self.idle_s, 1, 24 * 3600, "seconds")
        _require("max_buffer_bytes", self.max_buffer_bytes, 10**6, 10**10, "bytes")
        if self.smoothing not in streaming.METHODS:
            raise SettingsError(
                f"There is no smoothing {self.smoothing!r} for live streams. "
                f"Choose one of: {', '.join(streaming.METHODS)}."
            )
        models.check_names(self.detector, self.classifier)
        _ = self.measuring

    @property
    def measuring(self) -> Settings:
        """The same for the rooms that measure; every frame that is kept is looked at."""
        return Settings(
            every_s=0.0,
            detector=self.detector,
            classifier=self.classifier,
            min_confidence=self.min_confidence,
            max_gap_s=self.max_gap_s,
            max_height=self.max_height,
            allow_private_urls=self.allow_private_urls,
        )

    @property
    def reading(self) -> tuple[int, float, bool]:
        """What decides how the stream is read: sessions that agree in it share one reader."""
        return self.max_height, self.timeout_s, self.allow_private_urls


def _require(name: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name} is {value:g}. It must be {low:g} to {high:g} {unit}.")
