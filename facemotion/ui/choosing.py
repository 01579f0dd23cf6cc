"""The choice of models: which are there, ``auto``, and ensembles with their weights."""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion import models
from facemotion.errors import SettingsError
from facemotion.models.choosing import AUTO, on_disk
from facemotion.records import Settings

DEFAULTS = Settings()
ENSEMBLE = "ensemble"


def models_used(kept: dict[str, Any]) -> tuple[str, str, float]:
    """Detector, classifier, and the least confidence of a detection.

    Raises ``SettingsError`` for an ensemble of fewer than two.
    """
    detector = _choice(
        "Face detector",
        "detector",
        [],
        DEFAULTS.detector,
        "blazeface finds turned and small faces; haar is the classic one of OpenCV. auto takes the "
        "best that is on this machine, and says which.",
        kept,
    )
    classifier = _choice(
        "Expression classifier",
        "classifier",
        [ENSEMBLE],
        DEFAULTS.classifier,
        "Gives each face the seven probabilities. ferplus-resnet comes with facemotion. ensemble "
        "is the mean of several; auto takes the best that is on this machine, and says which. The "
        "page Models has accuracy, licences and downloads; Compare models lets several judge the "
        "same faces.",
        kept,
    )
    if classifier == ENSEMBLE:
        classifier = _ensemble(kept)
    confidence = st.slider(
        "Least detector confidence",
        0.05,
        0.95,
        DEFAULTS.min_confidence,
        0.05,
        key="confidence",
        help="Lower finds more faces, and more things that are none.",
        **kept,
    )
    return detector, classifier, confidence


def _choice(
    label: str, kind: str, more: list[str], default: str, text: str, kept: dict[str, Any]
) -> str:
    here = {AUTO, *more, *on_disk(kind)}
    names = [AUTO, *models.registered(kind), *more]
    chosen: str = st.selectbox(
        label,
        names,
        names.index(default),
        format_func=lambda name: name if name in here else f"{name} (not on this machine)",
        key=kind,
        help=text,
        **kept,
    )
    return chosen


def _ensemble(kept: dict[str, Any]) -> str:
    here = on_disk("classifier")
    members = st.multiselect(
        "Members",
        here,
        here[:2],
        key="members",
        help="The classifiers on this machine. Each judges every face, which takes the sum of "
        "their times.",
        **kept,
    )
    if len(members) < 2:
        raise SettingsError("An ensemble needs two or more classifiers. Choose its members.")
    weights = [
        st.number_input(
            f"Weight of {name}",
            0.1,
            10.0,
            1.0,
            0.1,
            format="%g",
            key=f"weight-{name}",
            help="How much its probabilities count; only the proportions matter.",
            **kept,
        )
        for name in members
    ]
    parts = [f"{name}={weight:g}" for name, weight in zip(members, weights, strict=True)]
    return f"{ENSEMBLE}:{'+'.join(parts)}"
