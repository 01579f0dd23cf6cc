"""The corridor end to end: what is done, what is taken from the disk, what survives a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from facemotion import faces, frames, pipeline
from facemotion.errors import Cancelled, InputError, SettingsError
from facemotion.faces import chunks
from facemotion.records import EMOTIONS, Progress, Settings, Work
from facemotion.tables import FACE_COLUMNS
from tests import clips
from tests.servers import VideoServer

REPOSITORY = Path(__file__).parents[1]

QUICK = Settings(every_s=0.5)


def test_a_clip_gives_faces_samples_and_moments(portrait_clip: Path, cache_root: Path) -> None:
    analysis = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    assert analysis.samples["timestamp"].tolist() == pytest.approx(
        [0, 0.52, 1, 1.52, 2, 2.52, 3, 3.52, 4, 4.52, 5, 5.52, 6, 6.52, 7, 7.52]
    )
    assert analysis.samples["n_faces"].tolist() == [1] * 12 + [0] * 4
    assert analysis.faces["face_id"].unique().tolist() == [0]
    assert (analysis.faces["dominant_emotion"] == "happy").all()
    assert analysis.faces[list(EMOTIONS)].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    whys = [moment.why for moment in analysis.moments]
    assert sum(why.startswith("strongest happy") for why in whys) == 1
    assert sum("most expressive" in why for why in whys) >= len(whys) - 1
    assert analysis.video.duration_s == pytest.approx(8.0)
    assert analysis.work == Work(frames_decoded=16, frames_analysed=16)


def test_pictures_and_json_of_the_moments_are_on_the_disk(
    portrait_clip: Path, cache_root: Path
) -> None:
    analysis = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    stored = json.loads((analysis.folder / "detections.json").read_text())
    assert stored["schema_version"] == 1
    assert len(stored["detections"]) == len(analysis.moments) > 0
    for detection in stored["detections"]:
        assert (analysis.folder / detection["face_crop_path"]).is_file()
        assert (analysis.folder / detection["frame_path"]).is_file()


def test_second_run_does_nothing(portrait_clip: Path, cache_root: Path) -> None:
    first = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    again = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    assert again.work == Work()
    assert again.moments == first.moments
    assert again.faces.equals(first.faces)
    assert again.provenance == first.provenance


def test_other_selection_settings_run_no_model(portrait_clip: Path, cache_root: Path) -> None:
    pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    fewer = pipeline.run(portrait_clip, QUICK.with_changes(max_moments=2), cache_root=cache_root)
    assert fewer.work == Work()
    assert len(fewer.moments) == 2


def test_another_detector_takes_the_same_frames(portrait_clip: Path, cache_root: Path) -> None:
    pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    other = pipeline.run(portrait_clip, QUICK.with_changes(detector="haar"), cache_root=cache_root)
    assert other.work == Work(frames_decoded=0, frames_analysed=16)


def test_every_frame_can_be_analysed_without_keeping_one(
    portrait_clip: Path, cache_root: Path
) -> None:
    dense = pipeline.run(portrait_clip, Settings(every_s=0), cache_root=cache_root)
    assert len(dense.samples) == 200
    assert dense.samples["frame"].tolist() == list(range(200))
    assert len(dense.faces) == 150
    kept = {path.name for path in dense.folder.parent.glob("frames-*/*")}
    assert kept == {"manifest.json"}
    assert dense.moments[0].frame_path is not None
    assert pipeline.run(portrait_clip, Settings(every_s=0), cache_root=cache_root).work == Work()


def test_dense_and_sampled_runs_agree_on_the_same_frame(
    portrait_clip: Path, cache_root: Path
) -> None:
    dense = pipeline.run(portrait_clip, Settings(every_s=0), cache_root=cache_root).faces
    sampled = pipeline.run(portrait_clip, QUICK, cache_root=cache_root).faces
    both = sampled.merge(dense, on="frame", suffixes=("", "_dense"))
    assert len(both) == len(sampled)
    # The sampled frames went through a JPEG file, which costs a little.
    assert (both["happy"] - both["happy_dense"]).abs().max() < 0.05
    assert (both["x"] - both["x_dense"]).abs().max() < 4


def test_changing_the_interval_does_not_download_again(
    portrait_clip: Path, cache_root: Path
) -> None:
    with VideoServer() as server:
        url = server.file("/clip.mp4", portrait_clip)
        first = pipeline.run(url, QUICK, cache_root=cache_root)
        assert first.work.downloaded_bytes == portrait_clip.stat().st_size
        server.forget()
        other = pipeline.run(url, QUICK.with_changes(every_s=1.0), cache_root=cache_root)
        again = pipeline.run(url, QUICK, cache_root=cache_root)
        assert server.count() == 0
    assert other.work.downloaded_bytes == 0 and other.work.frames_analysed == 8
    assert again.work == Work()


def test_a_url_and_its_file_give_the_same_faces(portrait_clip: Path, cache_root: Path) -> None:
    with VideoServer() as server:
        online = pipeline.run(server.file("/clip.mp4", portrait_clip), QUICK, cache_root=cache_root)
    local = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    assert online.faces.equals(local.faces)


def test_a_video_without_faces_is_a_result(cache_root: Path, tmp_path: Path) -> None:
    empty = clips.write(tmp_path / "empty.mp4", 50)
    analysis = pipeline.run(empty, QUICK, cache_root=cache_root)
    assert (len(analysis.faces), len(analysis.samples), analysis.moments) == (0, 4, ())
    assert analysis.faces.columns.tolist() == list(FACE_COLUMNS)


def test_reopening_by_id_chooses_by_the_given_settings(
    portrait_clip: Path, cache_root: Path
) -> None:
    first = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    reopened = pipeline.reopen(first.analysis_id, {"max_moments": 1}, cache_root=cache_root)
    assert reopened.analysis_id == first.analysis_id
    assert reopened.settings == QUICK.with_changes(max_moments=1)
    assert len(reopened.moments) == 1
    assert reopened.work == Work()


def test_reopening_keeps_the_settings_that_are_not_changed(
    portrait_clip: Path, cache_root: Path
) -> None:
    mine = QUICK.with_changes(baseline_start_s=1.0, baseline_end_s=3.0, max_gap_s=1.0)
    first = pipeline.run(portrait_clip, mine, cache_root=cache_root)
    reopened = pipeline.reopen(first.analysis_id, {"max_moments": 1}, cache_root=cache_root)
    assert reopened.settings == mine.with_changes(max_moments=1)
    assert reopened.neutral_ranges == {0: (1.0, 3.0)}
    assert reopened.faces.equals(first.faces)


def test_reopening_measures_nothing_anew(portrait_clip: Path, cache_root: Path) -> None:
    first = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    with pytest.raises(ValueError, match=r"\['every_s'\] cannot be changed"):
        pipeline.reopen(first.analysis_id, {"every_s": 99}, cache_root=cache_root)


def test_reopening_needs_neither_the_file_nor_the_models(
    portrait_clip: Path, cache_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "mine.mp4"
    clip.write_bytes(portrait_clip.read_bytes())
    first = pipeline.run(clip, QUICK, cache_root=cache_root)
    clip.unlink()
    monkeypatch.setattr(faces, "VERSION", faces.VERSION + 1)  # a newer release measures anew
    monkeypatch.setattr(frames, "VERSION", frames.VERSION + 1)
    monkeypatch.setattr(faces, "run", None)
    reopened = pipeline.reopen(first.analysis_id, {"max_moments": 2}, cache_root=cache_root)
    assert reopened.faces.equals(first.faces)
    assert len(reopened.moments) == 2
    assert all(moment.frame_path for moment in reopened.moments)
    assert reopened.video.duration_s == pytest.approx(8.0)


def test_a_cache_that_was_moved_still_opens(portrait_clip: Path, cache_root: Path) -> None:
    with VideoServer() as server:
        first = pipeline.run(server.file("/a.mp4", portrait_clip), QUICK, cache_root=cache_root)
    moved = cache_root.with_name("moved")
    cache_root.rename(moved)
    reopened = pipeline.reopen(first.analysis_id, cache_root=moved)
    assert Path(reopened.video.path).is_relative_to(moved)
    assert len(pipeline.sampled_frames(reopened).grab([0])) == 1


@pytest.mark.parametrize(
    "name", ["", "gone.abcdef", "../../etc.passwd", "..", ".hidden.abc", "a/b.c", "x.y z"]
)
def test_an_unknown_id_is_told(cache_root: Path, name: str) -> None:
    with pytest.raises(InputError, match="is not in the cache any more"):
        pipeline.reopen(name, cache_root=cache_root)


def test_recent_lists_what_can_be_reopened(portrait_clip: Path, cache_root: Path) -> None:
    first = pipeline.run(portrait_clip, QUICK, cache_root=cache_root)
    (item,) = pipeline.recent(cache_root)
    assert (item.analysis_id, item.title) == (first.analysis_id, "portrait.mp4")
    assert item.n_samples == 16


@pytest.mark.parametrize("field", ["detector", "classifier", "explainer"])
def test_unknown_names_are_told_before_any_work(cache_root: Path, field: str) -> None:
    settings = Settings(**{field: "nosuch"})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="Choose one of: "):
        pipeline.run("http://127.0.0.1:1/never-asked.mp4", settings, cache_root=cache_root)


def test_a_cancelled_run_goes_on_at_its_last_chunk(
    portrait_clip: Path, cache_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 20)

    def stop_at_70(progress: Progress) -> None:
        if progress.stage == "faces" and progress.done == 70:
            raise Cancelled("stopped")

    dense = Settings(every_s=0)
    with pytest.raises(Cancelled):
        pipeline.run(portrait_clip, dense, cache_root=cache_root, on_progress=stop_at_70)
    resumed = pipeline.run(portrait_clip, dense, cache_root=cache_root)
    assert resumed.work.frames_analysed == 200 - 60
    assert resumed.samples["frame"].tolist() == list(range(200))
    assert (resumed.faces["face_id"] == 0).all()


# A process that kills itself, as the machine would, when a stage has come to a certain point.
KILLED = """
import os, signal, sys
from pathlib import Path
from facemotion import Settings, pipeline
from facemotion.faces import chunks
chunks.CHUNK = 20
source, root, stage, done, every = sys.argv[1:6]
def on_progress(progress):
    if progress.stage == stage and progress.done >= float(done):
        os.kill(os.getpid(), signal.SIGKILL)
pipeline.run(source, Settings(every_s=float(every)), cache_root=Path(root), on_progress=on_progress)
"""


def _kill_at(source: str | Path, root: Path, stage: str, done: float, every: float) -> None:
    command = [sys.executable, "-c", KILLED, str(source), str(root), stage, str(done), str(every)]
    process = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=200)
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()


@pytest.mark.parametrize(
    ("stage", "done", "every", "most"),
    [
        # Frames are decoded up to six ahead of the one whose faces were measured last.
        ("frames", 10, 0.5, Work(frames_decoded=6, frames_analysed=16)),
        ("faces", 10, 0.5, Work(frames_decoded=6, frames_analysed=16)),
        pytest.param(
            *("faces", 130, 0, Work(frames_decoded=80 + 3, frames_analysed=80)),
            marks=pytest.mark.slow,
        ),
        ("people", 0, 0.5, Work()),
        ("moments", 1, 0.5, Work()),
    ],
)
def test_a_killed_run_loses_at_most_a_chunk(
    portrait_clip: Path,
    cache_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    done: int,
    every: float,
    most: Work,
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 20)
    settings = Settings(every_s=every, max_moments=3)
    _kill_at(portrait_clip, cache_root, stage, done, every)
    resumed = pipeline.run(portrait_clip, settings, cache_root=cache_root)
    assert resumed.work.frames_decoded <= most.frames_decoded
    assert resumed.work.frames_analysed == most.frames_analysed
    fresh_root = cache_root.parent / "fresh"
    fresh_root.mkdir()
    (fresh_root / "models").symlink_to(cache_root / "models")
    fresh = pipeline.run(portrait_clip, settings, cache_root=fresh_root)
    assert resumed.faces.equals(fresh.faces)
    assert resumed.moments == fresh.moments


def test_a_killed_download_asks_only_for_the_rest(portrait_clip: Path, cache_root: Path) -> None:
    size = portrait_clip.stat().st_size
    with VideoServer() as server:
        url = server.file("/clip.mp4", portrait_clip, bytes_per_s=size / 2)
        _kill_at(url, cache_root, "download", size // 3, 0.5)
        server.file("/clip.mp4", portrait_clip)
        resumed = pipeline.run(url, QUICK, cache_root=cache_root)
    assert 0 < resumed.work.downloaded_bytes < size
    assert len(resumed.samples) == 16


ONE_OF_TWO = """
import json, sys
from pathlib import Path
from facemotion import Settings, pipeline
analysis = pipeline.run(sys.argv[1], Settings(every_s=0.5), cache_root=Path(sys.argv[2]))
print(json.dumps([vars(analysis.work), [m.to_dict() for m in analysis.moments]]))
"""


def test_two_processes_do_the_work_once(portrait_clip: Path, cache_root: Path) -> None:
    with VideoServer() as server:
        size = portrait_clip.stat().st_size
        url = server.file("/clip.mp4", portrait_clip, bytes_per_s=size)
        command = [sys.executable, "-c", ONE_OF_TWO, url, str(cache_root)]
        both = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) for _ in range(2)]
        answers = [json.loads(process.communicate(timeout=200)[0]) for process in both]
        assert [process.returncode for process in both] == [0, 0]
    done = Work(**answers[0][0]) + Work(**answers[1][0])
    assert done == Work(downloaded_bytes=size, frames_decoded=16, frames_analysed=16)
    assert answers[0][1] == answers[1][1]


@pytest.mark.parametrize("name", ["people-*/faces.parquet", "people-*/counts.json"])
def test_damaged_files_of_an_analysis_are_told(
    cache_root: Path, portrait_clip: Path, name: str
) -> None:
    found = pipeline.run(str(portrait_clip), Settings(every_s=2.0), cache_root=cache_root)
    next(found.folder.parent.glob(name)).write_bytes(b"{ no")
    with pytest.raises(InputError, match="are damaged"):
        pipeline.reopen(found.analysis_id, cache_root=cache_root)


def test_a_damaged_recipe_hides_its_analysis_and_no_other(
    cache_root: Path, portrait_clip: Path
) -> None:
    one, other = (
        pipeline.run(str(portrait_clip), Settings(every_s=every_s), cache_root=cache_root)
        for every_s in (2.0, 4.0)
    )
    key = one.analysis_id.rpartition(".")[2]
    (one.folder.parent / f"faces-{key}" / pipeline.RECIPE).write_text("{ no")
    assert [item.analysis_id for item in pipeline.recent(cache_root)] == [other.analysis_id]
