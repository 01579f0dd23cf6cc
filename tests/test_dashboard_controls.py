"""On every page: each control says what it is for, and nothing is drawn that has no words."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import pipeline
from facemotion.records import Settings
from facemotion.ui import look
from tests.pages import opened_at

KINDS = (
    *("button", "checkbox", "multiselect", "number_input", "selectbox", "select_slider"),
    *("slider", "text_input", "toggle"),
)
CARDS = "card-open"
"""Buttons laid over cards: their label says all."""


def silent(at: AppTest) -> list[str]:
    """Controls without a help text, by their labels."""
    controls = [control for kind in KINDS for control in getattr(at, kind)]
    controls += [c for kind in ("button_group", "download_button") for c in at.get(kind)]
    return [
        f"{control.type} {control.label if hasattr(control, 'label') else control.proto.label}"
        for control in controls
        if not control.proto.help and not str(control.key).startswith(CARDS)
    ]


@pytest.mark.parametrize("page", [path for path, _, _ in look.PAGES])
def test_every_control_explains_itself(dashboard_cache: Path, visits_clip: Path, page: str) -> None:
    """With two people, so that what is there for several of them is there, too."""
    found = pipeline.run(str(visits_clip), Settings(every_s=0.2), cache_root=dashboard_cache)
    assert silent(opened_at(page, found.analysis_id)) == []
