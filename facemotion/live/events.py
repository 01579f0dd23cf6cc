"""Rules such as "surprise of B above 0.7 for 2 s", and the events that they find in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from facemotion.errors import SettingsError
from facemotion.records import ACTION_UNITS, EMOTIONS

VALUES = (*EMOTIONS, "expressiveness", "valence", "arousal", *ACTION_UNITS)
"""What a rule can be about: columns of the faces table. The seven are the smoothed ones."""

MAX_SILENCE_S = 1.0
"""An event ends when its face has not been seen for this long, or two steps if that is longer."""


@dataclass(frozen=True)
class Rule:
    """``value`` of ``person`` at or above ``threshold`` for at least ``min_s`` seconds.

    ``person`` is what the face is called ("Face 2"), None anybody. With ``is_below`` the value must
    be at or below the threshold. Raises ``SettingsError`` for a value that nobody measures.
    """

    value: str
    threshold: float
    min_s: float = 0.0
    person: str | None = None
    is_below: bool = False

    def __post_init__(self) -> None:
        if self.value not in VALUES:
            raise SettingsError(
                f"There is no value {self.value!r}. Choose one of: {', '.join(VALUES)}."
            )
        if not 0 <= self.min_s <= 3600:
            raise SettingsError(f"min_s is {self.min_s:g}. It must be 0 to 3600 seconds.")

    def __str__(self) -> str:
        way = "below" if self.is_below else "above"
        duration = f" for {self.min_s:g} s" if self.min_s else ""
        return f"{self.value} of {self.person or 'anybody'} {way} {self.threshold:g}{duration}"


@dataclass(frozen=True)
class Event:
    """A stretch, in stream time, in which a rule held for one face.

    ``end_s`` is that of the last sample in it so far; ``is_over`` says that it is final. ``peak``
    is the most extreme value and ``peak_s`` its time.
    """

    rule: Rule
    face_id: int
    person: str
    start_s: float
    end_s: float
    peak: float
    peak_s: float
    is_over: bool = False

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


class Watch:
    """Watches the samples of a stream for the events of some rules."""

    def __init__(self, rules: tuple[Rule, ...], step_s: float) -> None:
        self._rules = rules
        self._silence_s = max(MAX_SILENCE_S, 2.01 * step_s)
        self._open: dict[tuple[Rule, int], Event] = {}

    def update(
        self, time_s: float, faces: Mapping[int, tuple[str, Mapping[str, float]]]
    ) -> list[Event]:
        """The events that have lasted long enough and began, went on or ended in this sample.

        ``faces`` has what each face is called and its values, by ``face_id``.
        """
        changed = []
        for face_id, (person, values) in faces.items():
            for rule in self._rules:
                if rule.person in (None, person):
                    changed += self._seen(rule, face_id, person, time_s, values[rule.value])
        for key, event in list(self._open.items()):
            if time_s - event.end_s > self._silence_s:
                changed += self._over(key)
        return changed

    def finish(self) -> list[Event]:
        """The events that the end of the stream has ended."""
        return [event for key in list(self._open) for event in self._over(key)]

    def _seen(
        self, rule: Rule, face_id: int, person: str, time_s: float, value: float
    ) -> list[Event]:
        key = (rule, face_id)
        holds = value <= rule.threshold if rule.is_below else value >= rule.threshold
        if not holds:  # NaN neither
            return self._over(key) if key in self._open else []
        changed = []
        event = self._open.get(key)
        if event is not None and time_s - event.end_s > self._silence_s:
            changed, event = self._over(key), None
        if event is None:
            event = Event(rule, face_id, person, time_s, time_s, value, time_s)
        is_peak = value < event.peak if rule.is_below else value > event.peak
        if is_peak:
            event = replace(event, peak=value, peak_s=time_s)
        event = replace(event, end_s=time_s)
        self._open[key] = event
        return changed + ([event] if _counts(event) else [])

    def _over(self, key: tuple[Rule, int]) -> list[Event]:
        event = replace(self._open.pop(key), is_over=True)
        return [event] if _counts(event) else []


def values_of(faces: Iterable[Mapping[str, Any]]) -> dict[int, tuple[str, dict[str, float]]]:
    """What each face of a sample is called, and its values for rules: the seven are smoothed."""
    shown = {name: f"{name}_shown" if name in EMOTIONS else name for name in VALUES}
    return {
        face["face_id"]: (face["person"], {name: face[shown[name]] for name in VALUES})
        for face in faces
    }


def _counts(event: Event) -> bool:
    """Whether it has lasted long enough; times have a microsecond's grain."""
    return event.duration_s >= event.rule.min_s - 1e-6
