"""Which model is taken: ``auto``, what it says, and models of the field in a whole analysis."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from facemotion import models, pipeline
from facemotion.errors import ModelError, SettingsError
from facemotion.models import choosing, files
from facemotion.models.classifiers import ferplus_resnet
from facemotion.models.detectors.blazeface import BlazeFace
from facemotion.records import Settings
from tests import clips, networks


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with EmotiEffLib in its true architecture, whose hash nobody knows."""
    folder = tmp_path / "store"
    (file,) = files.FILES["emotiefflib"]
    networks.write_efficientnet_b0(folder / file.path)
    monkeypatch.setitem(files.FILES, "emotiefflib", (files.File(file.path, file.urls),))
    monkeypatch.setenv("FACEMOTION_MODELS", str(folder))
    return folder


def test_auto_takes_what_was_measured_best_and_says_so() -> None:
    settings, notes = choosing.resolved(Settings(detector="auto", classifier="auto"))
    assert (settings.detector, settings.classifier) == ("blazeface", "ferplus-resnet")
    assert "detector is blazeface" in notes[0] and "95.8%" in notes[0]
    assert "classifier is ferplus-resnet" in notes[1] and "86.6%" in notes[1]


def test_auto_takes_the_next_best_when_the_best_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> list[Path]:
        raise ModelError("gone")

    for backend in (ferplus_resnet.FerPlusResNet, BlazeFace):
        monkeypatch.setattr(backend, "weights", staticmethod(gone))
    settings, notes = choosing.resolved(Settings(detector="auto", classifier="auto"))
    assert settings.classifier == "mini-xception" and settings.detector != "blazeface"
    assert "blazeface" not in notes[0] and "ferplus-resnet" not in notes[1]


def test_auto_names_what_it_could_not_compare(store: Path) -> None:
    name, why = choosing.best("classifier")
    assert name == "ferplus-resnet"
    assert "only their publishers measured them: " in why and "emotiefflib" in why


def test_what_is_not_on_the_disk_is_not_listed(store: Path) -> None:
    here = choosing.on_disk("classifier")
    assert "emotiefflib" in here and "deepface" not in here
    assert here[0] == "ferplus-resnet"


def test_names_that_are_not_auto_stay_without_a_word() -> None:
    assert choosing.resolved(Settings()) == (Settings(), ())


@pytest.mark.parametrize("kind", ["detector", "classifier"])
def test_an_unknown_name_is_answered_with_auto_among_the_choices(kind: str) -> None:
    with pytest.raises(SettingsError, match=r"Choose one of: .*auto"):
        models.backend(kind, "nosuch")


def test_an_analysis_with_auto_is_the_one_with_the_names(
    cache_root: Path, portrait_clip: Path
) -> None:
    wanted = Settings(every_s=2, detector="auto", classifier="auto")
    by_auto = pipeline.run(str(portrait_clip), wanted, cache_root=cache_root)
    by_name = pipeline.run(str(portrait_clip), Settings(every_s=2), cache_root=cache_root)
    assert by_auto.analysis_id == by_name.analysis_id and by_name.work.frames_analysed == 0
    assert any("ferplus-resnet" in note for note in by_auto.notes)
    assert by_auto.settings.classifier == "ferplus-resnet"


def test_what_a_classifier_tells_beside_the_seven_is_in_the_tables(
    store: Path, cache_root: Path, tmp_path: Path
) -> None:
    clip = clips.write_portrait(tmp_path / "short.mp4", 25, 0)
    settings = Settings(every_s=0.5, classifier="emotiefflib")
    found = pipeline.run(str(clip), settings, cache_root=cache_root)
    told = found.faces[["contempt", "classifier_valence", "classifier_arousal"]]
    assert len(told) and told.notna().all().all() and told.abs().max().max() <= 1
    pipeline.write_outputs(found, tmp_path / "out")
    written = pd.read_csv(tmp_path / "out" / "faces.csv")
    assert written["classifier_valence"].to_numpy() == pytest.approx(
        found.faces["classifier_valence"].to_numpy(), abs=1e-4
    )
    assert "emotiefflib-v1-" in str(found.provenance["models"])


def test_an_ensemble_measures_a_clip(cache_root: Path, tmp_path: Path) -> None:
    clip = clips.write_portrait(tmp_path / "short.mp4", 25, 0)
    name = "ensemble:ferplus-resnet=3+mini-xception"
    found, ours, other = (
        pipeline.run(str(clip), Settings(every_s=0.5, classifier=one), cache_root=cache_root).faces
        for one in (name, "ferplus-resnet", "mini-xception")
    )
    expected = 0.75 * ours["happy"] + 0.25 * other["happy"]
    assert found["happy"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-5)


def test_missing_weights_are_told_before_anything_is_done(
    cache_root: Path, portrait_clip: Path
) -> None:
    with pytest.raises(ModelError, match="models get vit"):
        pipeline.run(str(portrait_clip), Settings(classifier="vit"), cache_root=cache_root)
    assert [path.name for path in cache_root.iterdir()] == ["models"]
