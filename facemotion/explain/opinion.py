"""A second opinion beside the first: its claims checked against the muscles, and agreement."""

from __future__ import annotations

from facemotion.explain.evidence import mark
from facemotion.explain.schema import Judgement
from facemotion.records import EMOTIONS, Claim, Explanation, Moment

SURE = 0.6
"""From this confidence of the second judge, and ``LOCALLY_SURE`` of the classifier, a difference is
a dispute and not doubt."""
LOCALLY_SURE = 0.5


def explained(moment: Moment, judgement: Judgement, model: str) -> Explanation:
    """What the second judge says of a moment, with each cited unit marked, and how it compares."""
    claims = tuple(
        Claim(cited.action_unit, cited.evidence, mark(moment, cited.action_unit))
        for cited in judgement.citations
    )
    opinion = "" if judgement.cannot_tell else judgement.expression
    agrees = opinion == moment.emotion if opinion else None
    own = dict(zip(EMOTIONS, moment.probabilities, strict=True))[moment.emotion]
    is_contested = agrees is False and judgement.confidence >= SURE and own >= LOCALLY_SURE
    text = f"{judgement.explanation.strip()} {_compared(moment, opinion, own, is_contested)}"
    return Explanation(
        moment.number,
        "claude",
        text.strip(),
        claims,
        opinion=opinion,
        confidence=judgement.confidence,
        agrees=agrees,
        is_contested=is_contested,
        model=model,
    )


def _compared(moment: Moment, opinion: str, own: float, is_contested: bool) -> str:
    local = f"the local classifier says {moment.emotion} ({own:.0%})"
    if not opinion:
        return f"Claude, which did not know it, cannot tell; {local}."
    if opinion == moment.emotion:
        return f"Claude, which did not know it, agrees: {local}."
    told = f"Claude, which did not know it, says {opinion}; {local}"
    return f"{told}: a contested moment." if is_contested else f"{told}."
