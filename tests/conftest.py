"""What many tests share: cache folders, and clips that are made once a session."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facemotion import demo, pipeline
from facemotion.records import Analysis, Settings
from tests import clips


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of somebody who has nothing."""
    return tmp_path_factory.mktemp("nobody")


@pytest.fixture(autouse=True)
def no_weights_of_this_machine(
    nobody: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """What somebody has downloaded here changes no test: stores and homes are empty."""
    monkeypatch.setenv("FACEMOTION_MODELS", str(nobody / "models"))
    monkeypatch.setenv("DEEPFACE_HOME", str(nobody))
    if request.node.get_closest_marker("browser") is None:  # Chromium keeps its things at home
        monkeypatch.setenv("HOME", str(nobody))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what takes long to make; the processes of one run have it in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def models_folder(shared: Path) -> Path:
    """Where models that are converted at their first use are kept, for all tests of a run."""
    folder = shared / "models"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def demo_clip(shared: Path) -> Path:
    """The demo clip, built once a run."""
    return demo.build(shared / "demo")


@pytest.fixture(scope="session")
def red_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with weights set by hand for the detectors that have none offline, made once."""
    from tests import red_finders

    folder = tmp_path_factory.mktemp("red")
    red_finders.write_store(folder)
    return folder


@pytest.fixture
def cache_root(tmp_path: Path, models_folder: Path) -> Path:
    """An empty cache; models are shared between tests."""
    root = tmp_path / "cache"
    root.mkdir()
    (root / "models").symlink_to(models_folder)
    return root


@pytest.fixture(scope="session")
def portrait_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of one smiling face, then two of an empty wall."""
    return clips.write_portrait(tmp_path_factory.mktemp("clips") / "portrait.mp4", 150, 50)


@pytest.fixture(scope="session")
def visits_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One face for two seconds at the left, a wall for four, the face for one at the right."""
    return clips.write_visits(tmp_path_factory.mktemp("clips") / "visits.mp4")


@pytest.fixture
def dashboard_cache(cache_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache that the dashboard uses, and no jobs from other tests."""
    import streamlit as st

    monkeypatch.setenv("FACEMOTION_CACHE", str(cache_root))
    monkeypatch.delenv("FACEMOTION_ALLOW_PRIVATE_URLS", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    return cache_root


@pytest.fixture
def portrait_analysis(dashboard_cache: Path, portrait_clip: Path) -> Analysis:
    """Six seconds of a face and two without, in the dashboard's cache."""
    return pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=dashboard_cache)
