"""What a user wants to see in the lanes."""

from __future__ import annotations

from dataclasses import dataclass

EVENTS, EMOTION, EXPRESSIVENESS, AFFECT = "events", "emotions", "expressiveness", "affect"
UNITS, HEAD, GAZE, COVERAGE, CAPTIONS = "units", "head", "gaze", "coverage", "captions"

LANES: dict[str, str] = {
    EVENTS: "Moments and marks",
    EMOTION: "Emotions",
    EXPRESSIVENESS: "Expressiveness",
    AFFECT: "Valence and arousal",
    UNITS: "Action units",
    HEAD: "Head",
    GAZE: "Gaze",
    COVERAGE: "Coverage",
    CAPTIONS: "Captions",
}
"""The lanes there are, and what a user calls them."""

DEFAULT_LANES = (EVENTS, EMOTION, EXPRESSIVENESS, UNITS, HEAD, COVERAGE, CAPTIONS)

Window = tuple[float, float]
"""From when to when, in seconds on the video's clock."""


@dataclass(frozen=True)
class LaneChoice:
    """Which lanes, from top to bottom, of whom, and how.

    ``face_id`` None is everybody. ``units`` are action units, none of them means the strongest.
    ``each_person`` draws a lane of emotions for each instead of one for their mean, and
    ``is_stacked`` draws them as areas. ``every_sample`` leaves none out, which takes WebGL.
    ``window_s`` is the part that is drawn in full detail and shown first; None is all of it.
    ``threshold`` is a dashed line: its scale, and its value there.
    """

    lanes: tuple[str, ...] = DEFAULT_LANES
    face_id: int | None = None
    units: tuple[str, ...] = ()
    each_person: bool = False
    is_stacked: bool = False
    every_sample: bool = False
    window_s: Window | None = None
    threshold: tuple[str, float] | None = None
