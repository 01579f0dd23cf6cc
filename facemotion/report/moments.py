"""The moments as the report tells them: pictures, words, scores, muscles."""

from __future__ import annotations

from dataclasses import dataclass

from facemotion import curves, palette
from facemotion.action_units import TABLE
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis, Explanation, Moment
from facemotion.report import views
from facemotion.report.words import clock, signed

_MARKS = {
    "supported": "borne out",
    "contradicted": "not borne out",
    "not measured": "not measured",
}
"""What the measured muscles say of a unit that an explanation cites."""


@dataclass(frozen=True)
class Score:
    """One of the seven probabilities, 0..1."""

    emotion: str
    glyph: str
    color: str
    value: float
    is_top: bool


@dataclass(frozen=True)
class Unit:
    """One action unit of a face: intensity 0..5 or None, and the word for how sure that is."""

    name: str
    does: str
    intensity: float | None
    is_present: bool
    reliability: str


@dataclass(frozen=True)
class Evidence:
    """A unit that an explanation cites, what it says of it, and what was measured of that."""

    unit: str
    text: str
    mark: str
    said: str


@dataclass(frozen=True)
class Words:
    """An explanation, who wrote it, what it rests on, and a second opinion ("" for none)."""

    author: str
    text: str
    evidence: tuple[Evidence, ...]
    opinion: str
    is_contested: bool
    note: str


@dataclass(frozen=True)
class Shown:
    """A moment with everything that the report has of it."""

    number: int
    time: str
    who: str
    emotion: str
    glyph: str
    color: str
    score: str
    why: str
    said: str
    seen: views.Views
    scores: tuple[Score, ...]
    units: tuple[Unit, ...]
    words: tuple[Words, ...]
    facts: tuple[tuple[str, str], ...]


def shown(analysis: Analysis, sources: views.Sources) -> tuple[Shown, ...]:
    """All moments in the order of their time."""
    return tuple(
        _shown(analysis, moment, sources, with_frame=place < views.MAX_FRAMES)
        for place, moment in enumerate(analysis.moments)
    )


def _shown(
    analysis: Analysis, moment: Moment, sources: views.Sources, *, with_frame: bool
) -> Shown:
    captions = analysis.video.captions
    return Shown(
        number=moment.number,
        time=clock(moment.time_s),
        who=curves.name_of(moment),
        emotion=moment.emotion,
        glyph=palette.glyph(moment.emotion),
        color=palette.color(moment.emotion),
        score=palette.percent(curves.own_probability(moment)),
        why=moment.why,
        said=" ".join(c.text for c in captions if c.start_s <= moment.time_s < c.end_s),
        seen=views.of_moment(analysis, moment, sources, with_frame=with_frame),
        scores=_scores(moment),
        units=_units(moment),
        words=tuple(_words(e) for e in analysis.explanations if e.moment_number == moment.number),
        facts=_facts(moment),
    )


def _scores(moment: Moment) -> tuple[Score, ...]:
    best = max(moment.probabilities)
    return tuple(
        Score(name, palette.glyph(name), palette.color(name), value, value == best)
        for name, value in zip(EMOTIONS, moment.probabilities, strict=True)
    )


def _units(moment: Moment) -> tuple[Unit, ...]:
    """All seventeen in their order; none where no muscle was measured."""
    if moment.action_units is None:
        return ()
    unknown = (None,) * len(ACTION_UNITS)
    return tuple(
        Unit(name, TABLE[name].name, value, bool(present), word or "not stated")
        for name, value, present, word in zip(
            ACTION_UNITS,
            moment.action_units,
            moment.present or unknown,
            moment.reliability or unknown,
            strict=True,
        )
    )


def _words(explanation: Explanation) -> Words:
    author = explanation.model or {"facs": "Local narrator"}.get(
        explanation.explainer, explanation.explainer
    )
    evidence = tuple(
        Evidence(claim.action_unit, claim.text, claim.mark, _MARKS[claim.mark])
        for claim in explanation.claims
    )
    opinion = _opinion(explanation) if explanation.model else ""
    return Words(
        author, explanation.text, evidence, opinion, explanation.is_contested, explanation.note
    )


def _opinion(explanation: Explanation) -> str:
    """What a second judge named who did not know the first answer, in words."""
    if not explanation.opinion:
        return "Its own opinion, without knowing the classifier's: it cannot tell."
    sure = explanation.confidence
    said = explanation.opinion + ("" if sure is None else f", {palette.percent(sure)} sure")
    compared = {True: "the same as the classifier's", False: "not the classifier's", None: ""}
    ending = compared[explanation.agrees]
    return f"Its own opinion, without knowing the classifier's: {said}" + (
        f" ({ending})." if ending else "."
    )


def _facts(moment: Moment) -> tuple[tuple[str, str], ...]:
    """What else was measured of the face, as name and value; what was not is left out."""
    _, _, width, height = moment.box_xywh
    found_by = "Claude's" if moment.source == "claude" else "Detector's"
    facts = {
        "Expressiveness": palette.percent(moment.expressiveness),
        f"{found_by} confidence": palette.percent(moment.confidence),
        "Size": f"{width:.0f} × {height:.0f} px",
        "Head": _angles(up=moment.pitch_deg, right=moment.yaw_deg, tilt=moment.roll_deg),
        "Gaze": _angles(up=moment.gaze_pitch_deg, right=moment.gaze_yaw_deg),
        "Valence": signed(moment.valence),
        "Arousal": signed(moment.arousal),
    }
    return tuple((name, value) for name, value in facts.items() if value)


def _angles(**degrees: float | None) -> str:
    """Such as "3° up, −12° right"; "" when nothing was measured."""
    return ", ".join(
        f"{round(value)}° {way}".replace("-", "−")
        for way, value in degrees.items()
        if value is not None
    )
