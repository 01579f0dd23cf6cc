"""How far two groups lie apart, and how sure that is.

What is counted are the members of a group: videos, or persons. It is never the frames: those of one
video resemble each other, and counting them as so many observations makes every difference look
sure (pseudoreplication: Hurlbert, 1984, doi:10.2307/1942661; Lazic, 2010,
doi:10.1186/1471-2202-11-5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.95
"""Of the confidence intervals."""

LEAST = 2
"""Fewer members than this have no spread, so there is no interval."""

NOBODY = "One of the groups has no member with a value, so there is nothing to compare."
TOO_FEW = "A group with one member has no spread, so there is no interval and no effect size."
NO_SPREAD = "All members of each group have the same value, so there is no interval."


@dataclass(frozen=True)
class Difference:
    """Group B minus group A of one measure; what cannot be told is NaN, and ``note`` says why.

    ``low`` and ``high`` are the limits of the 95 % confidence interval of ``difference``, ``df``
    its degrees of freedom. ``cohens_d`` is the difference in standard deviations within the
    groups, ``hedges_g`` the same without the bias of small samples.
    """

    n_a: int
    n_b: int
    mean_a: float
    mean_b: float
    difference: float
    low: float = math.nan
    high: float = math.nan
    df: float = math.nan
    cohens_d: float = math.nan
    hedges_g: float = math.nan
    note: str = ""


def difference(a: Sequence[float] | Floats, b: Sequence[float] | Floats) -> Difference:
    """Compare the members of two independent groups, one value each; NaN members do not count.

    The interval is Welch's, which does not ask for equal variances (Welch, 1947,
    doi:10.1093/biomet/34.1-2.28; why always: Delacre, Lakens and Leys, 2017, doi:10.5334/irsp.82).
    Cohen's d divides by the pooled standard deviation (Cohen, 1988, Statistical Power Analysis for
    the Behavioral Sciences, 2nd edition); Hedges' g is d times the exact correction J
    (Hedges, 1981, doi:10.3102/10769986006002107).
    """
    left, right = (_known(values) for values in (a, b))
    mean_a, mean_b = (float(values.mean()) if len(values) else math.nan for values in (left, right))
    found = Difference(len(left), len(right), mean_a, mean_b, mean_b - mean_a)
    if min(found.n_a, found.n_b) < LEAST:
        return replace(found, note=TOO_FEW if min(found.n_a, found.n_b) else NOBODY)
    variances = [float(values.var(ddof=1)) for values in (left, right)]
    if not sum(variances) > 0:
        return replace(found, note=NO_SPREAD)
    of_means = [variances[0] / found.n_a, variances[1] / found.n_b]
    df = sum(of_means) ** 2 / (
        of_means[0] ** 2 / (found.n_a - 1) + of_means[1] ** 2 / (found.n_b - 1)
    )
    reach = float(t_quantile(df)) * math.sqrt(sum(of_means))
    pooled_df = found.n_a + found.n_b - 2
    pooled = ((found.n_a - 1) * variances[0] + (found.n_b - 1) * variances[1]) / pooled_df
    d = found.difference / math.sqrt(pooled)
    return replace(
        found,
        low=found.difference - reach,
        high=found.difference + reach,
        df=df,
        cohens_d=d,
        hedges_g=d * correction(pooled_df),
    )


def correction(df: float) -> float:
    """Hedges' J, by which d of so many degrees of freedom is too large; 1 for very many.

    >>> round(correction(2), 4), round(correction(4), 4)
    (0.5642, 0.7979)
    """
    logs = math.lgamma(df / 2) - math.lgamma((df - 1) / 2)
    return math.exp(logs) / math.sqrt(df / 2)


def t_quantile(df: Floats | float) -> Floats:
    """How many standard errors the interval reaches either way (Student's t, two-sided)."""
    from scipy.special import stdtrit

    quantile: Floats = stdtrit(df, (1 + LEVEL) / 2)
    return quantile


def _known(values: Sequence[float] | Floats) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    known: Floats = numbers[~np.isnan(numbers)]
    return known
