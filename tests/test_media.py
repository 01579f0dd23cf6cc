"""Real clips and pictures, as files and through yt-dlp: nothing fails, the truth is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import detectors
from facemotion import pipeline
from facemotion.faces import Looker
from facemotion.records import Settings
from tests.servers import VideoServer

MEDIA = Path(__file__).parents[2] / "shared" / "media"
FILES = sorted([*MEDIA.glob("videos/*"), *MEDIA.glob("pictures/*")])

pytestmark = pytest.mark.skipif(not FILES, reason="the real clips are not on this machine")

# Long films are looked at less often, to keep the test short.
EVERY_S = {"intel_backs_of_people_139s.mp4": 10.0, "derived_long_5min_h264.mp4": 20.0}


def _settings(path: Path) -> Settings:
    return Settings(every_s=EVERY_S.get(path.name, 1.0), max_height=4320)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.name, marks=[pytest.mark.slow] if number % 6 else [])
        for number, path in enumerate(FILES)
    ],
)
def test_the_file_and_the_same_from_a_web_server_agree(path: Path, cache_root: Path) -> None:
    local = pipeline.run(path, _settings(path), cache_root=cache_root)
    assert len(local.samples) >= 1
    if path.parent.name == "pictures":
        return  # sites give videos; a picture comes as a file
    with VideoServer() as server:
        url = server.file(f"/{path.name}", path)
        online = pipeline.run(url, _settings(path), cache_root=cache_root)
    assert online.work.downloaded_bytes == path.stat().st_size
    assert online.samples.equals(local.samples)
    assert online.faces.equals(local.faces)


@pytest.fixture(scope="module")
def labelled() -> list[tuple[Any, dict[str, Any]]]:
    return list(detectors.frames_with_truth(MEDIA))


def _found(name: str, labelled: list[tuple[Any, dict[str, Any]]], models_folder: Path) -> Any:
    look = Looker(Settings(detector=name), models_folder)
    return detectors.measured(look, labelled)


@pytest.mark.slow
def test_blazeface_finds_more_than_haar_and_invents_nothing(
    labelled: list[tuple[Any, dict[str, Any]]], models_folder: Path
) -> None:
    ours = _found("blazeface", labelled, models_folder)
    haar = _found("haar", labelled, models_folder)
    print(json.dumps({"blazeface": ours, "haar": haar}, indent=1))
    assert ours["recall"] >= 0.95 and ours["precision"] >= 0.99
    assert ours["recall"] > haar["recall"] + 0.1


def test_the_apparent_expression_is_mostly_the_one_a_person_sees(
    labelled: list[tuple[Any, dict[str, Any]]], models_folder: Path
) -> None:
    ours = _found("blazeface", labelled, models_folder)
    assert ours["labels"] == 31
    assert ours["labels_right"] >= 27
