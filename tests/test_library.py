"""Videos on the disk and their analyses: what is told of them, and what goes with what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from facemotion import cache, library, pipeline
from facemotion.errors import InputError
from facemotion.library import Shelved
from facemotion.records import Analysis, Settings

COARSE, FINE = Settings(every_s=2), Settings(every_s=1)


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory, portrait_clip: Path, models_folder: Path
) -> Path:
    """A cache with one video, measured twice, to be copied."""
    root = tmp_path_factory.mktemp("measured")
    (root / "models").symlink_to(models_folder)
    for settings in (COARSE, FINE):
        pipeline.run(str(portrait_clip), settings, cache_root=root)
    return root


@pytest.fixture
def root(measured: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy, with its analyses as they were."""
    copy = tmp_path / "cache"
    shutil.copytree(measured, copy, symlinks=True)
    yield copy


def only(root: Path) -> Shelved:
    (entry,) = cache.entries(root)
    return library.look_into(entry)


def run(root: Path, clip: Path, settings: Settings) -> Analysis:
    return pipeline.run(str(clip), settings, cache_root=root)


def fetched(root: Path) -> Path:
    """Make the video one that was fetched, and give its file in the cache."""
    folder = only(root).entry.folder
    known = cache.read_json(folder / "video.json")
    path = Path(shutil.copy(known["path"], folder / "video.mp4"))
    url = "https://example.org/talk"
    known |= {"path": str(path), "source": url, "webpage_url": url, "site": "example"}
    cache.write_text(folder / "video.json", json.dumps(known))
    return path


def test_a_video_is_told_with_its_analyses_the_newest_first(root: Path) -> None:
    shelved = only(root)
    assert shelved.video is not None and shelved.video.title == "portrait.mp4"
    assert shelved.has_file and shelved.duration_s == 8
    assert {held.settings and held.settings.every_s for held in shelved.analyses} == {1, 2}
    assert sorted((held.n_frames, held.n_faces) for held in shelved.analyses) == [(4, 3), (8, 6)]
    created = [held.created for held in shelved.analyses]
    assert created == sorted(created, reverse=True)
    picture = library.picture_of(shelved.entry.folder)
    assert picture is not None and picture.name == "det_01_face.jpg"


def test_what_is_damaged_is_told_and_not_raised(root: Path) -> None:
    folder = only(root).entry.folder
    recipe, other = sorted(folder.glob("faces-*/recipe.json"))
    recipe.write_text("{")
    (other.parent / "faces.parquet").write_bytes(b"no table")
    (folder / "video.json").write_text("[]")
    shelved = only(root)
    assert shelved.video is None and not shelved.has_file
    assert shelved.entry.title == folder.name
    by_id = {held.analysis_id: held for held in shelved.analyses}
    damaged = by_id[f"{folder.name}.{recipe.parent.name.removeprefix('faces-')}"]
    assert damaged.settings is None
    assert by_id[f"{folder.name}.{other.parent.name.removeprefix('faces-')}"].n_faces is None
    library.delete_analysis(root, damaged.analysis_id)
    assert len(only(root).analyses) == 1
    library.delete_video(root, folder.name)
    assert cache.entries(root) == []


def test_an_analysis_goes_with_all_that_only_it_needs(root: Path, portrait_clip: Path) -> None:
    coarse, fine = (run(root, portrait_clip, settings) for settings in (COARSE, FINE))
    folder = only(root).entry.folder
    before = {path.name for path in folder.iterdir()}
    for analysis in (coarse, fine):
        key = analysis.analysis_id.rpartition(".")[2]
        (folder / f"outputs-{key}-film").mkdir()
        pipeline.edit_people(analysis.analysis_id, lambda edits: edits, cache_root=root)
    library.delete_analysis(root, coarse.analysis_id)
    key = coarse.analysis_id.rpartition(".")[2]
    left = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert not [name for name in left if key in name]
    assert coarse.provenance["frames"] not in left and coarse.folder.name not in left
    assert {fine.provenance["frames"], fine.folder.name} <= left
    assert {"video.json", f"outputs-{fine.analysis_id.rpartition('.')[2]}-film"} <= left & (
        before | left
    )
    again = run(root, portrait_clip, FINE)
    assert again.work.frames_analysed == 0 and again.moments == fine.moments
    with pytest.raises(InputError, match="not in the cache any more"):
        pipeline.reopen(coarse.analysis_id, cache_root=root)


def test_with_the_last_analysis_only_the_video_and_its_marks_are_left(root: Path) -> None:
    folder = fetched(root).parent
    (folder / "markers.json").write_text("[]")
    (folder / "answers").mkdir()
    for held in only(root).analyses:
        library.delete_analysis(root, held.analysis_id)
    left = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert left == {"video.json", "video.mp4", "markers.json"}
    assert only(root).analyses == () and not list(root.glob(".deleting-*"))


def test_the_file_of_a_video_goes_alone_and_its_frames_are_still_there(root: Path) -> None:
    path = fetched(root)
    library.delete_file(root, path.parent.name)
    shelved = only(root)
    assert not path.exists() and not shelved.has_file
    analysis = pipeline.reopen(shelved.analyses[0].analysis_id, cache_root=root)
    frame = int(analysis.samples["frame"].iloc[0])
    assert frame in pipeline.sampled_frames(analysis).grab({frame})
    with pytest.raises(InputError, match="The file is not there"):
        library.delete_file(root, path.parent.name)


def test_frames_go_alone_and_are_read_again_when_they_are_wanted(root: Path) -> None:
    shelved = only(root)
    analysis = pipeline.reopen(shelved.analyses[0].analysis_id, cache_root=root)
    frame = int(analysis.samples["frame"].iloc[0])
    before = pipeline.sampled_frames(analysis).grab({frame})[frame]
    library.delete_frames(root, shelved.entry.video_id)
    assert "frames" not in only(root).entry.bytes_by_stage
    assert (pipeline.sampled_frames(analysis).grab({frame})[frame] == before).all()


def test_what_cannot_be_had_again_does_not_go_alone(root: Path, portrait_clip: Path) -> None:
    shelved = only(root)
    assert "outside the cache" in library.why_file_stays(shelved)
    path = fetched(root)
    assert library.why_file_stays(only(root)) == library.why_frames_stay(only(root)) == ""
    for manifest in path.parent.glob("frames-*/manifest.json"):  # as with every frame looked at
        manifest.write_text(json.dumps({**cache.read_json(manifest), "frames": None}))
    assert "read from the file" in library.why_file_stays(only(root))
    path.unlink()
    assert "could not be read again" in library.why_frames_stay(only(root))
    with pytest.raises(InputError, match="nothing was deleted"):
        library.delete_frames(root, path.parent.name)
    assert portrait_clip.exists()


def test_nothing_of_a_video_goes_while_it_is_worked_on(root: Path) -> None:
    shelved = only(root)
    before = sorted(shelved.entry.folder.rglob("*"))
    with cache.lock(shelved.entry.folder / "faces-abc"):
        for delete, what in (
            (library.delete_video, shelved.entry.video_id),
            (library.delete_frames, shelved.entry.video_id),
            (library.delete_analysis, shelved.analyses[0].analysis_id),
        ):
            with pytest.raises(InputError, match="is being worked on"):
                delete(root, what)
    assert [p for p in before if not p.exists()] == []


def test_what_is_gone_already_is_no_error(root: Path) -> None:
    library.delete_analysis(root, "gone.0123456789ab")
    library.delete_video(root, "gone")
    with pytest.raises(InputError, match="not in the cache any more"):
        library.delete_file(root, "gone")
    assert len(only(root).analyses) == 2
