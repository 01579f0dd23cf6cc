"""How far several classifiers say the same about the same faces.

``Verdicts`` has a table per classifier, all with the same rows: one per face. A face that one of
two did not judge (NaN) does not count for these two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from facemotion.records import EMOTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

T = TypeVar("T")
Verdicts = Mapping[str, pd.DataFrame]

LEAST_FACES = 3
"""Any two faces correlate perfectly."""


def of_rows(verdicts: Verdicts, rows: NDArray[np.bool_]) -> dict[str, pd.DataFrame]:
    """The verdicts on some of the faces."""
    return {name: table[rows] for name, table in verdicts.items()}


def same(verdicts: Verdicts) -> pd.DataFrame:
    """Share of the faces, 0..1, on which two classifiers name the same emotion.

    A square table, classifiers down and across; NaN where two have no face in common.
    """
    return _square({name: _choices(table) for name, table in verdicts.items()}, _share)


def unanimous(verdicts: Verdicts) -> float:
    """Share of the faces, 0..1, on which all classifiers name the same emotion; NaN without one."""
    choices = np.stack([_choices(table) for table in verdicts.values()])
    judged = choices[:, (choices >= 0).all(axis=0)]
    return float((judged == judged[0]).all(axis=0).mean()) if judged.size else float("nan")


def kappa(verdicts: Verdicts) -> pd.DataFrame:
    """Cohen's kappa of every two classifiers, in a square table like ``same``.

    1 is full agreement, 0 what chance alone gives: (p - c) / (1 - c), where p is the share of
    agreement and c the same if each spread its own answers at random (Cohen, 1960,
    doi:10.1177/001316446002000104). NaN without faces, and where both always say one and the same,
    so that chance explains everything.
    """
    return _square({name: _choices(table) for name, table in verdicts.items()}, cohens_kappa)


def correlation(verdicts: Verdicts, emotion: str) -> pd.DataFrame:
    """Pearson's correlation of the probabilities of an emotion through time, as a square table.

    NaN for fewer than ``LEAST_FACES`` faces, and where one of the two never changes.
    """
    series = {name: table[emotion].to_numpy(np.float64) for name, table in verdicts.items()}
    return _square(series, _pearson)


def named(verdicts: Verdicts) -> pd.DataFrame:
    """One row per classifier and emotion, in this order.

    ``classifier``, ``emotion``, ``share`` (of its faces on which it is the strongest) and ``mean``
    (probability), both 0..1 and NaN without a face.
    """
    rows = []
    for name, table in verdicts.items():
        choices = _choices(table)
        n_faces = int((choices >= 0).sum())
        counts = np.bincount(choices[choices >= 0], minlength=len(EMOTIONS))
        means = table[list(EMOTIONS)].mean()
        for number, emotion in enumerate(EMOTIONS):
            share = counts[number] / n_faces if n_faces else float("nan")
            rows.append((name, emotion, float(share), float(means[emotion])))
    return pd.DataFrame(rows, columns=["classifier", "emotion", "share", "mean"])


def disagreement(verdicts: Verdicts) -> pd.Series:
    """How far the classifiers' probabilities lie apart on each face, 0 (alike) .. 1 (disjoint).

    The generalised Jensen-Shannon divergence with equal weights (Lin, 1991,
    doi:10.1109/18.61115), in bits, divided by its upper bound, log2 of the number of classifiers.
    NaN where one of them did not judge.
    """
    index = next(iter(verdicts.values())).index
    tables = [table[list(EMOTIONS)].to_numpy(np.float64) for table in verdicts.values()]
    told = np.stack(tables)  # (classifiers, faces, 7)
    divergence = _entropy(told.mean(axis=0)) - _entropy(told).mean(axis=0)
    share = np.clip(divergence / np.log2(len(told)), 0.0, 1.0)
    return pd.Series(share, index=index, name="disagreement")


def _choices(table: pd.DataFrame) -> Indices:
    """Number of each face's strongest emotion, -1 where there is no verdict."""
    values = table[list(EMOTIONS)].to_numpy(np.float64)
    judged = ~np.isnan(values).any(axis=1)
    choices: Indices = np.full(len(values), -1, dtype=np.int64)
    choices[judged] = values[judged].argmax(axis=1)
    return choices


def _square(of_each: Mapping[str, T], of_two: Callable[[T, T], float]) -> pd.DataFrame:
    values = [[of_two(one, other) for other in of_each.values()] for one in of_each.values()]
    return pd.DataFrame(values, index=list(of_each), columns=list(of_each), dtype=np.float64)


def _share(one: Indices, other: Indices) -> float:
    both = (one >= 0) & (other >= 0)
    return float((one[both] == other[both]).mean()) if both.any() else float("nan")


def cohens_kappa(one: Indices, other: Indices) -> float:
    """Cohen's kappa of two judges' choices, numbers of ``EMOTIONS``, -1 where there is none.

    NaN as in ``kappa``.
    """
    both = (one >= 0) & (other >= 0)
    if not both.any():
        return float("nan")
    counts = [np.bincount(c[both], minlength=len(EMOTIONS)) / both.sum() for c in (one, other)]
    chance = float(counts[0] @ counts[1])
    if chance > 1 - 1e-12:
        return float("nan")
    return (_share(one, other) - chance) / (1 - chance)


def _pearson(one: Floats, other: Floats) -> float:
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < LEAST_FACES or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def _entropy(probabilities: Floats) -> Floats:
    """Bits, along the last axis; nothing is added by what is impossible."""
    logs = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    bits: Floats = -(probabilities * logs).sum(axis=-1)
    return bits
