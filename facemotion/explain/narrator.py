"""The local narrator: two or three sentences about a moment from what was measured, and no more.

First the muscles that have moved, then how they fit the expression that the classifier names, then
how sure one can be and why not more. The words follow from the numbers: the same face is
always told alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from facemotion.action_units import PRESENT_FROM, TABLE
from facemotion.explain.evidence import Fit, fit, intensities, is_trusted
from facemotion.explain.knowledge import DOES, NO_SIGN, NOUNS, PROTOTYPES, numbers, owners
from facemotion.records import EMOTIONS, Claim, Explanation, Moment

NAMED = 3
"""So many action units are told in full."""

FOREIGN_FROM = 2.0
"""From this intensity (FACS' grade B, "slight") units foreign to the expression are told."""

STRONG = 2.5
"""It rounds to FACS' grade C, "marked or pronounced"."""

CLOSED = 3.0
"""From this intensity of AU45 the eyes are shut, and most of the face's upper half tells little."""

TURNED_DEG, GAZE_DEG, SMALL_PX = 20.0, 15.0, 80.0
CLEAR, LIKELY, CLOSE = 0.75, 0.5, 0.15
"""Probability of a clear and of a likely answer; the lead below which the next one is told."""


def narrate(moments: Sequence[Moment]) -> list[Explanation]:
    """An explanation of each moment."""
    return [_explanation(moment) for moment in moments]


def _explanation(moment: Moment) -> Explanation:
    named = named_units(moment)
    sentences = [_muscles(moment, named), _pattern(moment), _certainty(moment)]
    claims = tuple(Claim(unit, DOES[unit], "supported") for unit in named)
    return Explanation(moment.number, "facs", " ".join(filter(None, sentences)), claims)


def named_units(moment: Moment) -> list[str]:
    """The units to tell of: those of the named expression first, then the strongest others.

    Talking and blinking are told only where they belong to the expression.
    """
    measured = intensities(moment)
    own = PROTOTYPES[moment.emotion].units if moment.emotion in PROTOTYPES else ()
    core = PROTOTYPES[moment.emotion].core if own else ()
    there = [
        unit
        for unit, value in measured.items()
        if value >= PRESENT_FROM
        and (unit in own or unit not in NO_SIGN)
        and (unit in own or is_trusted(moment, unit))
        and (unit in own or not own or value >= FOREIGN_FROM)
    ]
    return sorted(there, key=lambda u: (u not in core, u in NO_SIGN, -measured[u]))[:NAMED]


def _muscles(moment: Moment, named: list[str]) -> str:
    measured = intensities(moment)
    if not measured:
        return f"No muscle can be measured on this face: {_why_unmeasured(moment)}."
    if not named:
        return (
            "No action unit that would tell an expression, and can be relied on here, reaches a "
            "trace (1 of 5)."
        )
    told = [f"{unit} ({_muscle(unit)}) {DOES[unit]}, {measured[unit]:.1f}" for unit in named]
    told[0] += " of 5"
    return f"{'; '.join(told)}."


def _muscle(unit: str) -> str:
    return TABLE[unit].muscle.replace(", pars ", " pars ").split(",")[0].split(";")[0]


def _why_unmeasured(moment: Moment) -> str:
    turn = _turn_deg(moment)
    if turn > TURNED_DEG:
        return f"the head is turned by {turn:.0f}°"
    if min(moment.box_xywh[2:]) < SMALL_PX:
        return f"it is only {min(moment.box_xywh[2:]):.0f} pixels wide"
    return "the mesh does not fit it"


def _pattern(moment: Moment) -> str:
    measured = intensities(moment)
    if not measured:
        return ""
    if moment.emotion not in PROTOTYPES:
        return _beside_neutral(moment)
    found, prototype = fit(moment, moment.emotion), PROTOTYPES[moment.emotion]
    name = f"the EMFACS pattern of {NOUNS[moment.emotion]} ({numbers(prototype.core)})"
    lacking = (*found.missing, *found.unknown)
    if found.is_whole:
        text = f"That is {name}"
        if lacking and (prototype.needs > 1 or prototype.must):
            text += f", but for {_joined(lacking)}"
        if found.more:
            text += f", with {_joined(found.more)}"
    elif found.here:
        text = f"Of {name}, {_joined(found.here)} {_is(found.here)} there"
        text += f"; {_joined(found.missing)} {_is(found.missing)} not" if found.missing else ""
    elif found.missing:
        text = f"Nothing of {name} is there"
    else:
        text = f"T{name[1:]} cannot be measured on this face"
    return f"{text}{_opposition(moment, found)}."


def _opposition(moment: Moment, found: Fit) -> str:
    """What the muscles show of another expression: its whole pattern, or its strongest unit."""
    if not found.is_whole and (other := _whole_pattern(moment, found.emotion)):
        pattern = numbers(PROTOTYPES[other].core)
        return f"; the muscles are rather those of {NOUNS[other]} ({pattern})"
    against = _told_against(moment, found)
    if not against:
        return ""
    belongs = _joined([NOUNS[name] for name in owners(against[0])], " or ")
    return f"; against it speaks {against[0]}, which belongs to {belongs}"


def _told_against(moment: Moment, found: Fit) -> list[str]:
    measured = intensities(moment)
    return [unit for unit in found.against if measured[unit] >= FOREIGN_FROM]


def _whole_pattern(moment: Moment, but: str = "") -> str | None:
    """The emotion whose prototype the muscles show best, if they show one that can be relied on."""
    whole = [
        found
        for emotion in PROTOTYPES
        if emotion != but
        and (found := fit(moment, emotion)).is_whole
        and any(is_trusted(moment, unit) for unit in found.here if unit not in NO_SIGN)
    ]
    return max(whole, key=lambda f: (len(f.here), len(f.more))).emotion if whole else None


def _beside_neutral(moment: Moment) -> str:
    """A face called neutral: what its muscles come nearest to, if anything."""
    if other := _whole_pattern(moment):
        return (
            "The classifier calls the face neutral, yet this is the EMFACS pattern of "
            f"{NOUNS[other]} ({numbers(PROTOTYPES[other].core)})."
        )
    if named_units(moment)[:1] == ["AU14"]:
        return "AU14 is the unit of contempt (Ekman and Friesen, 1986), which is none of the seven."
    if named_units(moment):
        return "That is no whole EMFACS pattern, and the classifier calls the face neutral."
    return ""


def _certainty(moment: Moment) -> str:
    """The classifier's probability, what comes next, and what makes the measures rough."""
    order = sorted(zip(moment.probabilities, EMOTIONS, strict=True), reverse=True)
    own = dict(zip(EMOTIONS, moment.probabilities, strict=True))[moment.emotion]
    other, second = next(pair for pair in order if pair[1] != moment.emotion)
    text = f"The classifier gives {moment.emotion} {own:.0%}"
    if other >= CLOSE:
        text += f" and {second} {other:.0%}"
    word = _word(moment, own, other)
    text += f", {word}" if word.startswith(("and", "but", "so")) else f": {word}"
    limits = _limits(moment)
    return f"{text}; {', and '.join(limits)}." if limits else f"{text}."


def _word(moment: Moment, own: float, other: float) -> str:
    """How far the answer can be trusted: its lead, and whether the muscles are with it."""
    if own - other < CLOSE:
        return "so the two can hardly be told apart"
    found = None
    if intensities(moment):
        if moment.emotion not in PROTOTYPES:
            if _strong_foreign(moment):
                return "but the muscles say otherwise: take it with care"
        else:
            found = fit(moment, moment.emotion)
    if found is not None and not found.here and found.missing:
        return "but the muscles do not bear it out: take it with care"
    if found is not None and _told_against(moment, found):
        return "and the muscles are divided: take it with care"
    agree = "and the muscles agree: " if found is not None and found.is_whole else ""
    if own >= CLEAR:
        return f"{agree}a clear case" if agree else "a clear lead"
    return f"{agree}likely, not certain" if own >= LIKELY else f"{agree}a weak lead"


def _strong_foreign(moment: Moment) -> bool:
    """Whether a face called neutral has strong muscles (FACS' grade C)."""
    measured = intensities(moment)
    return any(measured[unit] >= STRONG for unit in named_units(moment) if unit not in NO_SIGN)


def _limits(moment: Moment) -> list[str]:
    """What makes this face harder to read than one at rest before the camera."""
    said = []
    turn = _turn_deg(moment)
    if turn > TURNED_DEG and intensities(moment):
        said.append(f"the head is turned by {turn:.0f}°, which makes action units rough")
    side = min(moment.box_xywh[2:])
    if side < SMALL_PX and intensities(moment):
        said.append(f"the face is small ({side:.0f} pixels)")
    gaze = max((abs(v) for v in (moment.gaze_pitch_deg, moment.gaze_yaw_deg) if v), default=0.0)
    if gaze > GAZE_DEG:
        said.append(f"the eyes look {_direction(moment)}, {gaze:.0f}° off the camera")
    weak = [unit for unit in named_units(moment) if not is_trusted(moment, unit)]
    if weak and turn <= TURNED_DEG and side >= SMALL_PX:
        said.append(f"{_joined(weak)} can only be measured roughly")
    if intensities(moment).get("AU45", 0.0) >= CLOSED:
        said.append("the eyes are closed (AU45), perhaps in a blink")
    return said


def _direction(moment: Moment) -> str:
    pitch, yaw = moment.gaze_pitch_deg or 0.0, moment.gaze_yaw_deg or 0.0
    if abs(pitch) > abs(yaw):
        return "up" if pitch > 0 else "down"
    return "to the picture's right" if yaw > 0 else "to the picture's left"


def _turn_deg(moment: Moment) -> float:
    return max((abs(v) for v in (moment.yaw_deg, moment.pitch_deg) if v is not None), default=0.0)


def _is(units: Sequence[str]) -> str:
    return "is" if len(units) == 1 else "are"


def _joined(parts: Iterable[str], last: str = " and ") -> str:
    listed = list(parts)
    return last.join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
