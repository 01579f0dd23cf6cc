"""The narrator: what it says about each kind of evidence, read and approved by eye."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from facemotion import explain, pipeline
from facemotion.action_units import TABLE
from facemotion.demo.script import amounts_at
from facemotion.explain import evidence
from facemotion.explain.knowledge import DOES, NOUNS, PROTOTYPES, opposed
from facemotion.explain.narrator import narrate
from facemotion.explain.schema import Expression, Unit
from facemotion.records import ACTION_UNITS, EMOTIONS, Moment, Settings


def moment(
    emotion: str,
    probability: float,
    units: dict[str, float] | None,
    second: tuple[str, float] = ("neutral", 0.0),
    **more: object,
) -> Moment:
    """A face of 120 pixels seen from the front, all units well measured unless told otherwise."""
    told = {emotion: probability, second[0]: second[1]} if second[1] else {emotion: probability}
    rest = (1 - sum(told.values())) / (len(EMOTIONS) - len(told))
    given: dict[str, object] = {
        "number": 1,
        "frame_index": 1,
        "time_s": 1.0,
        "face_id": 0,
        "emotion": emotion,
        "probabilities": tuple(told.get(name, rest) for name in EMOTIONS),
        "expressiveness": 0.9,
        "confidence": 0.9,
        "box_xywh": (0.0, 0.0, 120.0, 120.0),
        "why": "",
        "pitch_deg": 2.0,
        "yaw_deg": -4.0,
        "gaze_pitch_deg": 1.0,
        "gaze_yaw_deg": 3.0,
    }
    if units is not None:
        given["action_units"] = tuple(units.get(unit, 0.0) for unit in ACTION_UNITS)
        given["reliability"] = ("good",) * len(ACTION_UNITS)
    return Moment(**{**given, **more})  # type: ignore[arg-type]


WEAK = tuple(
    "weak" if unit in ("AU07", "AU10", "AU14", "AU17", "AU23") else "good" for unit in ACTION_UNITS
)
UNKNOWN_BROW = tuple({"AU01": 2.0, "AU04": None, "AU15": 1.6}.get(u, 0.0) for u in ACTION_UNITS)

GOLDEN: dict[str, tuple[Moment, str]] = {
    "happy": (
        moment("happy", 0.94, {"AU06": 2.4, "AU12": 3.4, "AU25": 1.8}),
        "AU12 (zygomaticus major) pulls the lip corners up, 3.4 of 5; AU06 (orbicularis oculi"
        " pars orbitalis) lifts the cheeks, 2.4; AU25 (depressor labii inferioris) parts the "
        "lips, 1.8. That is the EMFACS pattern of happiness (AU6+12), with AU25. The "
        "classifier gives happy 94%, and the muscles agree: a clear case.",
    ),
    "happy, lips only": (
        moment("happy", 0.81, {"AU12": 2.2}),
        "AU12 (zygomaticus major) pulls the lip corners up, 2.2 of 5. That is the EMFACS "
        "pattern of happiness (AU6+12), but for AU06. The classifier gives happy 81%, and the"
        " muscles agree: a clear case.",
    ),
    "sad": (
        moment("sad", 0.72, {"AU01": 2.6, "AU04": 1.9, "AU15": 2.8, "AU17": 1.4}),
        "AU15 (depressor anguli oris) pulls the lip corners down, 2.8 of 5; AU01 (frontalis "
        "pars medialis) raises the inner brows, 2.6; AU04 (corrugator supercilii) lowers the "
        "brows and draws them together, 1.9. That is the EMFACS pattern of sadness "
        "(AU1+4+15), with AU17. The classifier gives sad 72%, and the muscles agree: likely, "
        "not certain.",
    ),
    "angry": (
        moment("angry", 0.78, {"AU04": 3.1, "AU07": 2.0, "AU23": 1.7}),
        "AU04 (corrugator supercilii) lowers the brows and draws them together, 3.1 of 5; "
        "AU07 (orbicularis oculi pars palpebralis) tightens the lids, 2.0; AU23 (orbicularis "
        "oris) tightens the lips, 1.7. That is the EMFACS pattern of anger (AU4+5+7+23), but "
        "for AU05. The classifier gives angry 78%, and the muscles agree: a clear case.",
    ),
    "fear": (
        moment(
            "fear",
            0.61,
            {"AU01": 2.9, "AU02": 2.1, "AU04": 1.8, "AU05": 3.0, "AU20": 1.5},
            ("surprise", 0.27),
        ),
        "AU05 (levator palpebrae superioris) lifts the upper lids, 3.0 of 5; AU01 (frontalis "
        "pars medialis) raises the inner brows, 2.9; AU02 (frontalis pars lateralis) raises "
        "the outer brows, 2.1. That is the EMFACS pattern of fear (AU1+2+4+5), with AU20. The"
        " classifier gives fear 61% and surprise 27%, and the muscles agree: likely, not "
        "certain.",
    ),
    "disgust": (
        moment("disgust", 0.66, {"AU09": 2.7, "AU17": 1.3}),
        "AU09 (levator labii superioris alaeque nasi) wrinkles the nose, 2.7 of 5; AU17 "
        "(mentalis) pushes the chin up, 1.3. That is the EMFACS pattern of disgust (AU9+10), "
        "with AU17. The classifier gives disgust 66%, and the muscles agree: likely, not "
        "certain.",
    ),
    "surprise": (
        moment("surprise", 0.9, {"AU01": 2.8, "AU02": 2.9, "AU05": 2.2, "AU26": 3.5, "AU25": 2.0}),
        "AU02 (frontalis pars lateralis) raises the outer brows, 2.9 of 5; AU01 (frontalis "
        "pars medialis) raises the inner brows, 2.8; AU05 (levator palpebrae superioris) "
        "lifts the upper lids, 2.2. That is the EMFACS pattern of surprise (AU1+2+5+26), with"
        " AU25. The classifier gives surprise 90%, and the muscles agree: a clear case.",
    ),
    "neutral at rest": (
        moment("neutral", 0.93, {}),
        "No action unit that would tell an expression, and can be relied on here, reaches a "
        "trace (1 of 5). The classifier gives neutral 93%: a clear lead.",
    ),
    "neutral, a pout": (
        moment("neutral", 0.88, {"AU15": 2.9, "AU17": 3.2}),
        "AU17 (mentalis) pushes the chin up, 3.2 of 5; AU15 (depressor anguli oris) pulls the"
        " lip corners down, 2.9. That is no whole EMFACS pattern, and the classifier calls "
        "the face neutral. The classifier gives neutral 88%, but the muscles say otherwise: "
        "take it with care.",
    ),
    "neutral, a frown": (
        moment("neutral", 0.7, {"AU01": 2.0, "AU04": 2.8, "AU15": 2.2}, ("sad", 0.2)),
        "AU04 (corrugator supercilii) lowers the brows and draws them together, 2.8 of 5; "
        "AU15 (depressor anguli oris) pulls the lip corners down, 2.2; AU01 (frontalis pars "
        "medialis) raises the inner brows, 2.0. The classifier calls the face neutral, yet "
        "this is the EMFACS pattern of sadness (AU1+4+15). The classifier gives neutral 70% "
        "and sad 20%, but the muscles say otherwise: take it with care.",
    ),
    "neutral, a smirk": (
        moment("neutral", 0.6, {"AU14": 2.5}, ("happy", 0.3)),
        "AU14 (buccinator) tucks the lip corners in, 2.5 of 5. AU14 is the unit of contempt "
        "(Ekman and Friesen, 1986), which is none of the seven. The classifier gives neutral "
        "60% and happy 30%, but the muscles say otherwise: take it with care.",
    ),
    "mixed": (
        moment("happy", 0.55, {"AU12": 2.6, "AU04": 2.9, "AU15": 1.0}, ("angry", 0.4)),
        "AU12 (zygomaticus major) pulls the lip corners up, 2.6 of 5; AU04 (corrugator "
        "supercilii) lowers the brows and draws them together, 2.9. That is the EMFACS "
        "pattern of happiness (AU6+12), but for AU06; against it speaks AU04, which belongs "
        "to anger, fear or sadness. The classifier gives happy 55% and angry 40%, and the "
        "muscles are divided: take it with care.",
    ),
    "the muscles of another": (
        moment("angry", 0.46, {"AU09": 2.2}, ("neutral", 0.35)),
        "AU09 (levator labii superioris alaeque nasi) wrinkles the nose, 2.2 of 5. Nothing of"
        " the EMFACS pattern of anger (AU4+5+7+23) is there; the muscles are rather those of "
        "disgust (AU9+10). The classifier gives angry 46% and neutral 35%, so the two can "
        "hardly be told apart.",
    ),
    "not borne out": (
        moment("sad", 0.64, {"AU12": 0.2}),
        "No action unit that would tell an expression, and can be relied on here, reaches a "
        "trace (1 of 5). Nothing of the EMFACS pattern of sadness (AU1+4+15) is there. The "
        "classifier gives sad 64%, but the muscles do not bear it out: take it with care.",
    ),
    "a weak lead": (
        moment("fear", 0.34, {"AU01": 1.2}, ("sad", 0.31)),
        "AU01 (frontalis pars medialis) raises the inner brows, 1.2 of 5. Of the EMFACS "
        "pattern of fear (AU1+2+4+5), AU01 is there; AU02, AU04 and AU05 are not. The "
        "classifier gives fear 34% and sad 31%, so the two can hardly be told apart.",
    ),
    "turned away": (
        moment("sad", 0.52, None, yaw_deg=47.0),
        "No muscle can be measured on this face: the head is turned by 47°. The classifier "
        "gives sad 52%: likely, not certain.",
    ),
    "turned, looking aside": (
        moment("happy", 0.9, {"AU12": 3.0, "AU06": 1.5}, yaw_deg=28.0, gaze_yaw_deg=-24.0),
        "AU12 (zygomaticus major) pulls the lip corners up, 3.0 of 5; AU06 (orbicularis oculi"
        " pars orbitalis) lifts the cheeks, 1.5. That is the EMFACS pattern of happiness "
        "(AU6+12). The classifier gives happy 90%, and the muscles agree: a clear case; the "
        "head is turned by 28°, which makes action units rough, and the eyes look to the "
        "picture's left, 24° off the camera.",
    ),
    "small": (
        moment(
            "surprise",
            0.7,
            {"AU01": 1.5, "AU02": 1.8, "AU26": 2.0},
            box_xywh=(0.0, 0.0, 52.0, 60.0),
        ),
        "AU02 (frontalis pars lateralis) raises the outer brows, 1.8 of 5; AU01 (frontalis "
        "pars medialis) raises the inner brows, 1.5; AU26 (masseter) drops the jaw, 2.0. That"
        " is the EMFACS pattern of surprise (AU1+2+5+26), but for AU05. The classifier gives "
        "surprise 70%, and the muscles agree: likely, not certain; the face is small (52 "
        "pixels).",
    ),
    "tiny": (
        moment("happy", 0.7, None, box_xywh=(0.0, 0.0, 31.0, 30.0)),
        "No muscle can be measured on this face: it is only 30 pixels wide. The classifier "
        "gives happy 70%: likely, not certain.",
    ),
    "eyes closed": (
        moment("sad", 0.6, {"AU45": 4.6, "AU01": 1.8, "AU04": 1.2}),
        "AU01 (frontalis pars medialis) raises the inner brows, 1.8 of 5; AU04 (corrugator "
        "supercilii) lowers the brows and draws them together, 1.2. That is the EMFACS "
        "pattern of sadness (AU1+4+15), but for AU15. The classifier gives sad 60%, and the "
        "muscles agree: likely, not certain; the eyes are closed (AU45), perhaps in a blink.",
    ),
    "partly measured": (
        moment("sad", 0.7, {}, action_units=UNKNOWN_BROW),
        "AU01 (frontalis pars medialis) raises the inner brows, 2.0 of 5; AU15 (depressor "
        "anguli oris) pulls the lip corners down, 1.6. That is the EMFACS pattern of sadness "
        "(AU1+4+15), but for AU04. The classifier gives sad 70%, and the muscles agree: "
        "likely, not certain.",
    ),
    "roughly measured": (
        moment("angry", 0.7, {"AU23": 2.0, "AU10": 3.0}, reliability=WEAK),
        "AU23 (orbicularis oris) tightens the lips, 2.0 of 5; AU10 (levator labii superioris)"
        " lifts the upper lip, 3.0. Of the EMFACS pattern of anger (AU4+5+7+23), AU23 is "
        "there; AU04, AU05 and AU07 are not. The classifier gives angry 70%: likely, not "
        "certain; AU23 and AU10 can only be measured roughly.",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_words_follow_from_the_evidence(name: str) -> None:
    given, expected = GOLDEN[name]
    (told,) = narrate([given])
    assert told.text == expected
    assert 2 <= told.text.count(". ") + 1 <= 3


def test_every_cited_unit_was_measured_and_is_there() -> None:
    for given, text in GOLDEN.values():
        (told,) = narrate([given])
        measured = evidence.intensities(given)
        assert all(claim.mark == "supported" for claim in told.claims)
        assert all(measured[claim.action_unit] >= 1 for claim in told.claims)
        assert all(f"{claim.action_unit} (" in text for claim in told.claims)


def test_the_same_face_is_always_told_alike_and_others_differ() -> None:
    texts = [narrate([given])[0].text for given, _ in GOLDEN.values()]
    assert len(set(texts)) == len(texts)
    assert texts == [narrate([given])[0].text for given, _ in GOLDEN.values()]


def test_on_the_demo_clip_the_named_units_are_the_scripted_ones(
    cache_root: Path, demo_clip: Path
) -> None:
    """In nine of ten moments at least every unit that is told is one that the script moves."""
    found = pipeline.run(
        str(demo_clip), Settings(every_s=0.5, max_moments=12), cache_root=cache_root
    )
    right, told = 0, 0
    for one, words in zip(found.moments, found.explanations, strict=True):
        scripted = {unit for unit, amount in amounts_at(one.time_s).items() if amount > 0.1}
        if "AU26" in scripted:  # the clip's jaw takes the lower lip along: the lips do part
            scripted.add("AU25")
        named = {claim.action_unit for claim in words.claims}
        told += bool(named)
        right += bool(named) and named <= scripted
    assert told >= 8 and right >= 0.9 * told


def test_the_table_knows_every_unit_and_emotion() -> None:
    assert tuple(DOES) == ACTION_UNITS == tuple(TABLE) == Unit.__args__  # type: ignore[attr-defined]
    assert set(PROTOTYPES) == set(EMOTIONS) - {"neutral"} and set(NOUNS) >= set(EMOTIONS)
    assert Expression.__args__ == EMOTIONS  # type: ignore[attr-defined]
    for emotion, prototype in PROTOTYPES.items():
        assert set(prototype.units) <= set(ACTION_UNITS) and set(prototype.must) <= set(
            prototype.core
        )
        assert 0 < prototype.needs <= len(prototype.core)
        assert not opposed(emotion) & set(prototype.units)


@pytest.mark.parametrize(
    ("value", "word", "expected"),
    [
        (3.0, "good", "supported"),
        (1.0, "weak", "supported"),
        (0.7, "good", "not measured"),
        (0.2, "good", "contradicted"),
        (0.2, "fair", "contradicted"),
        (0.2, "weak", "not measured"),
        (None, "not measurable", "not measured"),
    ],
)
def test_a_claim_is_marked_by_what_was_measured(
    value: float | None, word: str, expected: str
) -> None:
    given = dataclasses.replace(
        moment("happy", 0.9, {}),
        action_units=tuple(value if unit == "AU12" else 0.0 for unit in ACTION_UNITS),
        reliability=(word,) * len(ACTION_UNITS),
    )
    assert evidence.mark(given, "AU12") == expected


def test_none_says_nothing_and_an_unknown_explainer_answers_with_the_choices() -> None:
    assert explain.local([moment("happy", 0.9, {})], "none") == ()
    with pytest.raises(explain.SettingsError, match="Choose one of: facs, claude, none"):
        explain.local([], "nosuch")
