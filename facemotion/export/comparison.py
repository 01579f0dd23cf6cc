"""comparison.csv, comparison.json and disagreements.png: what several classifiers say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from facemotion import cache, cards, models
from facemotion.export.document import MEASURES
from facemotion.export.plain import plain
from facemotion.export.table import defused
from facemotion.records import EMOTIONS, Comparison, Dispute
from facemotion.statistics import agreement

if TYPE_CHECKING:
    from facemotion.records import RGB

COMPARISON_COLUMNS = (
    *("frame", "timestamp", "face_id", "person", "classifier"),
    *(*EMOTIONS, "dominant_emotion"),
)
"""The columns of comparison.csv."""

_DECIMALS, _TIME_DECIMALS = 5, 6


def write_comparison(
    comparison: Comparison, out: Path, frame_pictures: Mapping[int, RGB]
) -> list[Path]:
    """Write the three files into the folder ``out``; returns them.

    ``frame_pictures`` gives the frames of the disputes by frame number. Each file appears whole or
    not at all. Raises ``StorageError`` when ``out`` cannot be written.
    """
    cache.make_folder(out)
    files = {
        "comparison.csv": comparison_csv(comparison).encode(),
        "comparison.json": comparison_json(comparison).encode(),
        "disagreements.png": cards.png(cards.disagreements(comparison, frame_pictures)),
    }
    for name, data in files.items():
        cache.write_bytes(out / name, data)
    return [out / name for name in files]


def comparison_rows(comparison: Comparison) -> pd.DataFrame:
    """One row per face and classifier, faces in the order of the faces table.

    A face that a classifier could not judge has no row for it.
    """
    faces = comparison.analysis.faces[list(COMPARISON_COLUMNS[:4])]
    parts = [
        faces.assign(classifier=name).join(table[list(COMPARISON_COLUMNS[5:])])
        for name, table in comparison.verdicts.items()
    ]
    table = pd.concat(parts)
    judged = table[table["dominant_emotion"] != ""]
    return judged.sort_index(kind="stable")[list(COMPARISON_COLUMNS)].reset_index(drop=True)


def comparison_csv(comparison: Comparison) -> str:
    """``comparison_rows`` as CSV: a header, commas, ``\\n``."""
    table = comparison_rows(comparison)
    numbers = table[list(EMOTIONS)].astype("float64").round(_DECIMALS)
    table = table.assign(
        **dict(numbers.items()),
        timestamp=table["timestamp"].round(_TIME_DECIMALS),
        person=table["person"].map(defused),
        classifier=table["classifier"].map(defused),
    )
    return str(table.to_csv(index=False, lineterminator="\n"))


def comparison_numbers(comparison: Comparison) -> dict[str, Any]:
    """Everything that the comparison found, as plain JSON types; what is undefined is null.

    Probabilities, shares and disagreement are 0..1, times are seconds of the video.
    """
    analysis, verdicts = comparison.analysis, comparison.verdicts
    document = {
        "measures": MEASURES,
        "analysis_id": analysis.analysis_id,
        "title": analysis.video.title,
        "n_faces": len(analysis.faces),
        "classifiers": [
            {
                "name": name,
                "model": models.fingerprint("classifier", name),
                "ms_per_face": comparison.ms_per_face[name],
            }
            for name in comparison.names
        ],
        "agreement": _pairs(comparison),
        "emotions": agreement.named(verdicts).to_dict("records"),
        "mean_disagreement": float(comparison.disagreement.mean()),
        "disagreements": [_dispute(dispute) for dispute in comparison.disputes],
    }
    simple: dict[str, Any] = plain(document)
    return simple


def comparison_json(comparison: Comparison) -> str:
    """``comparison_numbers`` as text."""
    numbers = comparison_numbers(comparison)
    return json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _pairs(comparison: Comparison) -> list[dict[str, Any]]:
    """Share, kappa and the correlation of every emotion, for each two classifiers."""
    verdicts = comparison.verdicts
    same, kappa = agreement.same(verdicts), agreement.kappa(verdicts)
    related = {emotion: agreement.correlation(verdicts, emotion) for emotion in EMOTIONS}
    return [
        {
            "classifiers": [one, other],
            "same_emotion_share": same.loc[one, other],
            "kappa": kappa.loc[one, other],
            "correlation": {name: table.loc[one, other] for name, table in related.items()},
        }
        for one, other in combinations(comparison.names, 2)
    ]


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "number": dispute.number,
        "timestamp": round(dispute.time_s, _TIME_DECIMALS),
        "frame_index": dispute.frame_index,
        "face_id": dispute.face_id,
        "person": dispute.person,
        "bbox": [round(value, 2) for value in dispute.box_xywh],
        "disagreement": dispute.disagreement,
        "verdicts": {
            name: dict(zip(EMOTIONS, probabilities, strict=True))
            for name, probabilities in dispute.verdicts.items()
        },
    }
