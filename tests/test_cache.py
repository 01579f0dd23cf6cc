"""The disk is the truth: complete or absent, one builder at a time, the oldest goes first."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facemotion import cache
from facemotion.cache import disk
from facemotion.errors import Cancelled, InputError, StorageError
from tests.servers import wait_until

REPOSITORY = Path(__file__).parents[1]


def entry(root: Path, name: str, n_bytes: int, used: float, path: str = "x.mp4") -> cache.Entry:
    """A video in the cache of that size, last used at that time; video.json has no fixed size."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "video.mp4").write_bytes(bytes(n_bytes))
    cache.write_text(folder / "video.json", json.dumps({"title": name.title(), "path": path}))
    cache.mark_used(folder)
    os.utime(folder / ".used", (used, used))
    return next(e for e in cache.entries(root) if e.video_id == name)


def names(root: Path) -> list[str]:
    return [e.video_id for e in cache.entries(root)]


def test_a_key_depends_on_every_part_and_on_nothing_else() -> None:
    key = cache.key("frames", 1, "abc", {"every_s": 3.0, "start_s": None})
    assert key == cache.key("frames", 1, "abc", {"start_s": None, "every_s": 3.0})
    assert len(key) == 12
    others = {
        cache.key("faces", 1, "abc", {"every_s": 3.0, "start_s": None}),
        cache.key("frames", 2, "abc", {"every_s": 3.0, "start_s": None}),
        cache.key("frames", 1, "abd", {"every_s": 3.0, "start_s": None}),
        cache.key("frames", 1, "abc", {"every_s": 1.0, "start_s": None}),
    }
    assert len(others) == 4 and key not in others


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("A talk: part 1/2", "A-talk-part-1-2"),
        ("../..", "video"),
        ("", "video"),
        ("x" * 99, "x" * 48),
    ],
)
def test_a_slug_is_safe_in_every_file_system(text: str, piece: str) -> None:
    assert cache.slug(text) == piece


def test_a_result_is_absent_then_begun_then_complete(tmp_path: Path) -> None:
    final = tmp_path / "frames-abc"
    assert cache.action(final) == "compute"
    with pytest.raises(RuntimeError), cache.building(final) as folder:
        (folder / "one").write_text("1")
        raise RuntimeError("killed")
    assert cache.action(final) == "resume"
    with cache.building(final) as folder:
        assert (folder / "one").read_text() == "1"
        (folder / "two").write_text("2")
        assert not final.exists()
    assert cache.action(final) == "reuse"
    assert sorted(path.name for path in final.iterdir()) == ["one", "two"]
    assert not cache.partial(final).exists()


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "video.json"
    cache.write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="input/output"):
        cache.write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["video.json"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "is full. Free some space"),
        (errno.EDQUOT, "is full. Free some space"),
        (errno.EROFS, "read-only disk. Choose another folder"),
        (errno.EACCES, "permission denied. Choose another folder"),
    ],
)
def test_refusals_of_the_system_say_what_to_do(
    number: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StorageError, match=says):
        cache.write_text(tmp_path / "video.json", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("I am a file")
    with pytest.raises(StorageError, match="a file is in the way"):
        cache.make_folder(tmp_path / "cache" / "video")
    with (
        pytest.raises(StorageError, match="a file is in the way"),
        cache.lock(tmp_path / "cache/a"),
    ):
        pass


def test_space_is_required_with_a_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = disk.RESERVED_BYTES + 1000
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _: type("Usage", (), {"free": free, "total": free})
    )
    cache.require_space(tmp_path, 1000)
    with pytest.raises(StorageError, match=r"0\.0 MB are needed in .* 200\.0 MB free"):
        cache.require_space(tmp_path, 1001)


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(0, "0.0 MB"), (1_500_000, "1.5 MB"), (4 * 10**9, "4.0 GB")]
)
def test_sizes_read_as_people_write_them(n_bytes: int, text: str) -> None:
    assert cache.megabytes(n_bytes) == text


def test_the_budget_and_the_folder_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FACEMOTION_CACHE_GB", raising=False)
    assert cache.default_budget() == 20 * 10**9
    monkeypatch.setenv("FACEMOTION_CACHE_GB", "1.5")
    assert cache.default_budget() == 1_500_000_000
    monkeypatch.setenv("FACEMOTION_CACHE_GB", "lots")
    with pytest.raises(InputError, match="'lots', which is no number"):
        cache.default_budget()
    monkeypatch.setenv("FACEMOTION_CACHE", "/somewhere")
    assert cache.default_root() == Path("/somewhere")


HOLD = (
    "import sys, time; from pathlib import Path; from facemotion import cache\n"
    "with cache.lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.readline()\n"
)


def hold_lock(final: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(final)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_lock_keeps_a_second_process_out_until_the_first_is_done(tmp_path: Path) -> None:
    final, waited = tmp_path / "video" / "faces-abc", list[float]()
    process = hold_lock(final)

    def while_waiting() -> None:
        waited.append(time.monotonic())
        if len(waited) == 1:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()

    with cache.lock(final, while_waiting):
        assert process.wait(10) == 0
    assert waited
    process.communicate()


def test_waiting_for_a_lock_can_be_cancelled(tmp_path: Path) -> None:
    def cancel() -> None:
        raise Cancelled("enough")

    process = hold_lock(tmp_path / "video" / "faces-abc")
    with pytest.raises(Cancelled), cache.lock(tmp_path / "video" / "faces-abc", cancel):
        pass
    process.communicate("\n")


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    process = hold_lock(tmp_path / "video" / "faces-abc")
    process.send_signal(signal.SIGKILL)
    process.communicate()

    def never() -> None:
        raise AssertionError("the lock outlived its process")

    with cache.lock(tmp_path / "video" / "faces-abc", never):
        pass


def test_entries_are_listed_by_use_with_their_sizes(tmp_path: Path) -> None:
    entry(tmp_path, "old", 1000, used=100)
    entry(tmp_path, "new", 2000, used=200)
    (tmp_path / "new" / "frames-abc").mkdir()
    (tmp_path / "new" / "frames-abc" / "frame.jpg").write_bytes(bytes(300))
    for not_a_video in ("uploads", "models", ".deleting-x"):
        (tmp_path / not_a_video).mkdir()
    new, old = cache.entries(tmp_path)
    assert (new.video_id, new.title, new.last_used) == ("new", "New", 200)
    assert new.bytes_by_stage["frames"] == 300
    described = (tmp_path / "new" / "video.json").stat().st_size
    assert new.bytes_by_stage["download"] == 2000 + described
    assert new.total_bytes == 2300 + described
    assert old.video_id == "old"
    assert cache.entries(tmp_path / "nothing") == []


def test_eviction_takes_the_least_recently_used_until_the_rest_fits(tmp_path: Path) -> None:
    sizes = [
        entry(tmp_path, name, 10_000, used).total_bytes
        for name, used in zip("abc", (3, 1, 2), strict=True)
    ]
    gone = cache.evict(tmp_path, sum(sizes) - 1)
    assert [e.video_id for e in gone] == ["b"]
    assert names(tmp_path) == ["a", "c"]
    assert cache.evict(tmp_path, sum(sizes)) == []


def test_eviction_spares_what_it_is_told_to_keep(tmp_path: Path) -> None:
    for name, used in zip("abc", (1, 2, 3), strict=True):
        entry(tmp_path, name, 10_000, used)
    cache.evict(tmp_path, 0, keep=frozenset("a"))
    assert names(tmp_path) == ["a"]


def test_eviction_spares_what_a_process_is_working_on(tmp_path: Path) -> None:
    entry(tmp_path, "busy", 10_000, used=1)
    entry(tmp_path, "idle", 10_000, used=2)
    process = hold_lock(tmp_path / "busy" / "faces-abc")
    assert [e.video_id for e in cache.evict(tmp_path, 0)] == ["idle"]
    process.communicate("\n")
    assert [e.video_id for e in cache.evict(tmp_path, 0)] == ["busy"]


def test_clearing_leaves_nothing_of_ours(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    upload = root / "uploads" / "0123456789ab" / "mine.mp4"
    for path in (upload, root / "models" / "a-1.tflite", root / "demo" / "demo.mp4"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    entry(root, "talk", 10, 1.0, str(upload))
    entry(root, "nothing-fetched-yet", 0, 2.0)
    assert sorted(e.video_id for e in cache.clear(root)) == ["nothing-fetched-yet", "talk"]
    assert list(root.iterdir()) == []


def test_other_things_in_the_folder_are_neither_listed_nor_deleted(tmp_path: Path) -> None:
    entry(tmp_path, "talk", 10, 1.0)
    holiday = tmp_path / "holiday" / "beach.mp4"
    weights = tmp_path / "models" / "my-own.onnx"
    for path in (holiday, weights):
        path.parent.mkdir()
        path.write_bytes(b"x")
    assert names(tmp_path) == ["talk"]
    cache.clear(tmp_path)
    assert holiday.exists() and weights.exists()


def test_clearing_keeps_what_a_process_is_working_on(tmp_path: Path) -> None:
    upload = tmp_path / "uploads" / "0123456789ab" / "mine.mp4"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"x")
    entry(tmp_path, "busy", 10, 1.0, str(upload))
    entry(tmp_path, "idle", 10, 2.0)
    with cache.lock(tmp_path / "busy" / "faces-1"):
        assert [e.video_id for e in cache.clear(tmp_path)] == ["idle"]
    assert names(tmp_path) == ["busy"] and upload.exists()


def test_deleting_what_another_process_deleted_is_no_error(tmp_path: Path) -> None:
    doomed = entry(tmp_path, "a", 10, used=1)
    cache.delete(doomed)
    cache.delete(doomed)
    assert list(tmp_path.iterdir()) == []


def upload(root: Path, digest: str, n_bytes: int = 500) -> Path:
    folder = root / "uploads" / digest
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(bytes(n_bytes))
    return folder / "clip.mp4"


def test_an_upload_goes_with_the_last_video_that_was_read_from_it(tmp_path: Path) -> None:
    shared = upload(tmp_path, "0123456789ab")
    other = upload(tmp_path, "ba9876543210")
    first = entry(tmp_path, "first", 10, used=1, path=str(shared))
    second = entry(tmp_path, "second", 10, used=2, path=str(shared))
    assert first.bytes_by_stage["upload"] == 500
    cache.delete(first)
    assert shared.exists()
    cache.delete(second)
    assert not shared.parent.exists()
    assert other.exists()


def test_a_file_outside_the_uploads_is_never_deleted(tmp_path: Path) -> None:
    mine = tmp_path / "mine.mp4"
    mine.write_bytes(b"precious")
    root = tmp_path / "cache"
    sneaky = root / "uploads" / ".." / ".." / "mine.mp4"
    (root / "uploads").mkdir(parents=True)
    for name, path in (("a", mine), ("b", sneaky)):
        cache.delete(entry(root, name, 10, used=1, path=str(path)))
    assert mine.read_bytes() == b"precious"
    assert (root / "uploads").is_dir()


def test_eviction_sweeps_what_killed_runs_left(tmp_path: Path) -> None:
    (tmp_path / ".deleting-a-1").mkdir(parents=True)
    used, old, fresh = (upload(tmp_path, name) for name in ("used", "old", "fresh"))
    entry(tmp_path, "a", 10, used=1, path=str(used))
    for path in (used, old):
        os.utime(path.parent, (1, 1))
    cache.evict(tmp_path, 10**9)
    assert not (tmp_path / ".deleting-a-1").exists()
    assert (used.exists(), old.exists(), fresh.exists()) == (True, False, True)


def test_a_partial_result_appears_while_it_is_built(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from facemotion import cache\n"
        "with cache.building(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'chunk-0').write_text('done'); time.sleep(60)\n"
    )
    final = tmp_path / "faces-abc"
    process = subprocess.Popen([sys.executable, "-c", script, str(final)], cwd=REPOSITORY)
    wait_until(lambda: (cache.partial(final) / "chunk-0").exists())
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert cache.action(final) == "resume"
    assert (cache.partial(final) / "chunk-0").read_text() == "done"
