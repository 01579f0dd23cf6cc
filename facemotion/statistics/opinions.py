"""Second opinions over a whole video: whether muscles bear them out, whether two judges agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facemotion.records import EMOTIONS, Explanation, Moment
from facemotion.statistics.agreement import cohens_kappa


@dataclass(frozen=True)
class Verdict:
    """How explanations by a second judge compare with what was measured, over a whole video.

    ``support`` is the share of supported claims among those that could be checked; ``agreement``
    and ``kappa`` (Cohen, 1960) are between the two judges. None where there is nothing to count.
    """

    n_opinions: int
    n_cannot_tell: int
    n_contested: int
    n_claims: int
    n_supported: int
    n_contradicted: int
    support: float | None
    agreement: float | None
    kappa: float | None


def verdict(moments: Sequence[Moment], explanations: Sequence[Explanation]) -> Verdict | None:
    """The summary over all second opinions; None when there are none."""
    asked = [e for e in explanations if e.model]
    if not asked:
        return None
    named = {moment.number: moment.emotion for moment in moments}
    pairs = [(named[e.moment_number], e.opinion) for e in asked if e.opinion]
    marks = [claim.mark for e in asked for claim in e.claims]
    supported, contradicted = marks.count("supported"), marks.count("contradicted")
    checked = supported + contradicted
    return Verdict(
        n_opinions=len(asked),
        n_cannot_tell=len(asked) - len(pairs),
        n_contested=sum(e.is_contested for e in asked),
        n_claims=len(marks),
        n_supported=supported,
        n_contradicted=contradicted,
        support=supported / checked if checked else None,
        agreement=sum(a == b for a, b in pairs) / len(pairs) if pairs else None,
        kappa=kappa(pairs),
    )


def told(found: Verdict) -> list[str]:
    """The summary in words: what was asked, borne out, agreed on, contested."""
    parts = ["1 second opinion" if found.n_opinions == 1 else f"{found.n_opinions} second opinions"]
    if found.support is not None:
        checked = found.n_supported + found.n_contradicted
        parts.append(
            f"the muscles bear out {found.n_supported} of {checked} claims that can be checked"
        )
    if found.agreement is not None:
        kappa = "" if found.kappa is None else f" (Cohen's kappa {found.kappa:.2f})"
        parts.append(f"{found.agreement:.0%} agree with the classifier{kappa}")
    if found.n_contested:
        parts.append(f"{found.n_contested} contested")
    return parts


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two judges (Cohen, 1960, doi:10.1177/001316446002000104).

    None without pairs, and where both name one and the same throughout, so that chance explains
    everything.
    """
    choices = np.array([[EMOTIONS.index(name) for name in pair] for pair in pairs], dtype=np.int64)
    found = cohens_kappa(*choices.reshape(-1, 2).T)
    return None if math.isnan(found) else found
