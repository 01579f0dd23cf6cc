"""The moments on which classifiers disagree most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from facemotion.moments import good_enough
from facemotion.moments.apart import Apart
from facemotion.records import EMOTIONS, Dispute, Settings

_LEAST = 1e-6
"""Less than this is how numbers are rounded."""


def disputed(
    faces: pd.DataFrame,
    verdicts: Mapping[str, pd.DataFrame],
    disagreement: pd.Series,
    settings: Settings,
) -> tuple[Dispute, ...]:
    """At most ``max_moments`` faces, the one on which they disagree most first.

    A face can be chosen when it passes the gate for moments (``good_enough``) and they do disagree;
    two of the same face are at least ``min_gap_s`` apart. ``verdicts`` and ``disagreement`` have a
    row for each row of ``faces``.
    """
    can_be = good_enough(faces, settings).to_numpy() & (disagreement.to_numpy() > _LEAST)
    good, amounts = faces[can_be], disagreement[can_be]
    apart = Apart(good, settings.min_gap_s)
    chosen: list[int] = []
    for row in np.argsort(-amounts.to_numpy(), kind="stable"):
        if len(chosen) == settings.max_moments:
            break
        if apart.add(int(row)):
            chosen.append(int(row))
    numbered = enumerate((good.index[row] for row in chosen), start=1)
    return tuple(
        _of_row(faces.loc[label], label, number, verdicts, float(amounts[label]))
        for number, label in numbered
    )


def _of_row(
    row: pd.Series,
    label: int,
    number: int,
    verdicts: Mapping[str, pd.DataFrame],
    disagreement: float,
) -> Dispute:
    told = {
        name: tuple(float(value) for value in table.loc[label, list(EMOTIONS)])
        for name, table in verdicts.items()
    }
    return Dispute(
        number=number,
        frame_index=int(row["frame"]),
        time_s=float(row["timestamp"]),
        face_id=int(row["face_id"]),
        person=str(row["person"]),
        box_xywh=(float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"])),
        disagreement=disagreement,
        verdicts=told,
    )
