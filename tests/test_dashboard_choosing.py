"""Choosing models in the sidebar: what is there, auto, and ensembles with weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion.records import Settings
from facemotion.ui import source
from tests.pages import opened, press, words


@pytest.fixture
def started(dashboard_cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of what the page starts, which is not carried out."""
    seen: list[Settings] = []
    monkeypatch.setattr(
        source.state, "start", lambda where, title, settings, **_: seen.append(settings)
    )
    return seen


def _demo(at: AppTest) -> AppTest:
    return press(at, "Try the demo clip")


def test_what_is_not_on_this_machine_is_marked(dashboard_cache: Path) -> None:
    offered = opened().selectbox(key="classifier").options
    assert "auto" in offered and "ferplus-resnet" in offered and "ensemble" in offered
    assert "emotiefflib (not on this machine)" in offered


def test_auto_is_given_to_the_analysis(started: list[Settings]) -> None:
    at = opened()
    at.selectbox(key="classifier").select("auto").run()
    _demo(at)
    assert started[0].classifier == "auto" and started[0].detector == "blazeface"


def test_an_ensemble_is_named_by_its_members_and_weights(started: list[Settings]) -> None:
    at = opened()
    at.selectbox(key="classifier").select("ensemble").run()
    at.multiselect(key="members").set_value(["ferplus-resnet", "mini-xception"]).run()
    at.number_input(key="weight-ferplus-resnet").set_value(2.5).run()
    _demo(at)
    assert started[0].classifier == "ensemble:ferplus-resnet=2.5+mini-xception=1"


def test_an_ensemble_of_one_is_told_and_starts_nothing(started: list[Settings]) -> None:
    at = opened()
    at.selectbox(key="classifier").select("ensemble").run()
    at.multiselect(key="members").set_value(["ferplus-resnet"]).run()
    assert "An ensemble needs two or more classifiers" in words(at)
    assert started == []
