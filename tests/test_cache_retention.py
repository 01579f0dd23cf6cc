"""What goes by itself: by age, to fit the budget, never while it is used or kept; who decides."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from facemotion import cache, download, pipeline
from facemotion.cache import rules, sizes
from facemotion.errors import InputError, SettingsError
from facemotion.records import Settings
from tests.test_cache import entry, hold_lock, names, upload

DAY_S = 86400.0
NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def no_rules_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in rules.ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)


def aged(root: Path, name: str, days: float, n_bytes: int = 1000) -> cache.Entry:
    """A video that was last used that many days before ``NOW``."""
    return entry(root, name, n_bytes, NOW - days * DAY_S)


def test_what_was_not_used_for_longer_than_the_retention_goes_and_nothing_else(
    tmp_path: Path,
) -> None:
    for name, days in (("old", 30.001), ("oldest", 99), ("just", 29.999), ("new", 0)):
        aged(tmp_path, name, days)
    cache.change_rules(tmp_path, keep_days=30)
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["oldest", "old"]
    assert names(tmp_path) == ["new", "just"]
    assert cache.expire(tmp_path, NOW) == []


def test_without_a_retention_nothing_is_too_old(tmp_path: Path) -> None:
    aged(tmp_path, "old", 9999)
    assert cache.expire(tmp_path, NOW) == []
    cache.change_rules(tmp_path, keep_days=1)
    cache.change_rules(tmp_path, keep_days=0)  # for ever again
    assert cache.expire(tmp_path, NOW) == []
    assert names(tmp_path) == ["old"]


def test_a_video_that_is_kept_goes_only_by_hand(tmp_path: Path) -> None:
    for name in ("kept", "other"):
        aged(tmp_path, name, 99)
    cache.keep(tmp_path / "kept")
    cache.change_rules(tmp_path, keep_days=1)
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["other"]
    assert cache.evict(tmp_path, 0) == []
    (kept,) = cache.entries(tmp_path)
    assert kept.is_kept and cache.goes_at(kept, 1) is None
    cache.keep(tmp_path / "kept", False)
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["kept"]


def test_clearing_takes_what_is_kept_and_leaves_the_rules(tmp_path: Path) -> None:
    aged(tmp_path, "kept", 1)
    cache.keep(tmp_path / "kept")
    cache.change_rules(tmp_path, keep_days=7)
    assert [e.video_id for e in cache.clear(tmp_path)] == ["kept"]
    assert cache.rules_of(tmp_path).keep_days == 7


def test_what_a_process_works_on_outlives_its_age(tmp_path: Path) -> None:
    aged(tmp_path, "busy", 99)
    cache.change_rules(tmp_path, keep_days=1)
    process = hold_lock(tmp_path / "busy" / "faces-abc")
    assert cache.expire(tmp_path, NOW) == []
    process.communicate("\n")
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["busy"]


def test_an_upload_goes_with_its_video_and_one_given_again_saves_it(tmp_path: Path) -> None:
    path = upload(tmp_path, "0123456789ab")
    doomed = aged(tmp_path, "first", 99)
    cache.write_text(doomed.folder / "video.json", json.dumps({"path": str(path)}))
    cache.change_rules(tmp_path, keep_days=1)
    os.utime(path, (NOW, NOW))
    assert cache.expire(tmp_path, NOW) == []
    os.utime(path, (NOW - 99 * DAY_S,) * 2)
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["first"]
    assert not path.exists()


def test_giving_a_file_again_makes_its_upload_new(tmp_path: Path) -> None:
    first = download.save_upload("a.mp4", [b"content"], tmp_path, 100)
    os.utime(first, (1, 1))
    assert download.save_upload("b.mp4", [b"content"], tmp_path, 100) == first
    assert time.time() - first.stat().st_mtime < 60


def test_a_run_deletes_what_is_too_old_but_not_what_it_is_about(
    tmp_path: Path, cache_root: Path, portrait_clip: Path
) -> None:
    given = download.save_upload("clip.mp4", [portrait_clip.read_bytes()], cache_root, 10**9)
    first = pipeline.run(str(given), Settings(every_s=2), cache_root=cache_root)
    aged(cache_root, "old", 99)
    for path in (given, first.folder.parent / ".used"):
        os.utime(path, (1, 1))
    cache.change_rules(cache_root, keep_days=30)
    second = pipeline.run(str(given), Settings(every_s=2), cache_root=cache_root)
    assert second.analysis_id == first.analysis_id and second.work.frames_decoded == 0
    assert names(cache_root) == [first.video.video_id]


def test_the_rules_come_from_the_environment_then_the_file_then_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.rules_of(tmp_path) == cache.Rules(None, 20 * 10**9)
    cache.change_rules(tmp_path, keep_days=30)
    assert cache.change_rules(tmp_path, budget_gb=1.5) == cache.Rules(30, 1_500_000_000)
    assert json.loads((tmp_path / "rules.json").read_text()) == {"keep_days": 30, "budget_gb": 1.5}
    assert cache.default_budget(tmp_path) == 1_500_000_000
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "7")
    monkeypatch.setenv("FACEMOTION_CACHE_GB", "3")
    both = frozenset({"keep_days", "budget_gb"})
    assert cache.rules_of(tmp_path) == cache.Rules(7, 3 * 10**9, both)
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "forever")
    assert cache.rules_of(tmp_path).keep_days is None
    with pytest.raises(SettingsError, match="FACEMOTION_KEEP_DAYS is set, so it cannot be changed"):
        cache.change_rules(tmp_path, keep_days=1)
    assert json.loads((tmp_path / "rules.json").read_text())["keep_days"] == 30


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "1e9"])
def test_an_environment_that_means_nothing_is_told(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", text)
    with pytest.raises(InputError, match="FACEMOTION_KEEP_DAYS is "):
        cache.expire(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"keep_days": "soon"}', '{"budget_gb": -1}', "\xff"])
def test_damaged_rules_delete_nothing_and_say_so_until_they_are_set_anew(
    text: str, tmp_path: Path
) -> None:
    aged(tmp_path, "old", 9999)
    (tmp_path / "rules.json").write_bytes(text.encode("latin-1"))
    ruled = cache.rules_of(tmp_path)
    assert "cannot be read" in ruled.problem and "set anew" in ruled.problem
    assert cache.expire(tmp_path, NOW) == cache.make_room(tmp_path) == []
    assert cache.change_rules(tmp_path, keep_days=1) == cache.Rules(1)
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["old"]


def test_what_the_host_sets_holds_whatever_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(tmp_path, "old", 2)
    (tmp_path / "rules.json").write_text("{")
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "1")
    monkeypatch.setenv("FACEMOTION_CACHE_GB", "1")
    assert [e.video_id for e in cache.expire(tmp_path, NOW)] == ["old"]


def test_the_budget_of_the_rules_is_the_one_that_is_kept_to(tmp_path: Path) -> None:
    aged(tmp_path, "old", 2, 2_000_000)
    aged(tmp_path, "new", 1, 2_000_000)
    cache.change_rules(tmp_path, budget_gb=0.003)
    assert [e.video_id for e in cache.make_room(tmp_path, frozenset({"old"}))] == ["new"]
    assert names(tmp_path) == ["old"]


def test_a_preview_tells_what_would_go_and_deletes_nothing(tmp_path: Path) -> None:
    found = [aged(tmp_path, name, days) for name, days in (("a", 3), ("b", 1), ("c", 2))]
    without_a = sum(e.total_bytes for e in found[1:])
    assert [e.video_id for e in cache.surplus(found, without_a)] == ["a"]
    assert [e.video_id for e in cache.surplus(found, without_a - 1)] == ["a", "c"]
    assert [e.video_id for e in cache.expired(found, 1.5, NOW)] == ["a", "c"]
    assert cache.goes_at(found[1], 2) == NOW + DAY_S
    assert len(names(tmp_path)) == 3


def test_a_video_that_was_used_since_it_was_listed_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(tmp_path, "old", 99)
    listed = cache.entries(tmp_path)
    cache.mark_used(tmp_path / "old")
    monkeypatch.setattr("facemotion.cache.shelf.entries", lambda _: listed)
    assert cache.evict(tmp_path, 0) == []
    assert (tmp_path / "old" / "video.mp4").exists()


def test_what_belongs_to_no_video_is_counted_apart(tmp_path: Path) -> None:
    used, unused = upload(tmp_path, "0123456789ab", 700), upload(tmp_path, "ba9876543210", 300)
    found = aged(tmp_path, "talk", 1)
    cache.write_text(found.folder / "video.json", json.dumps({"path": str(used)}))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.tflite").write_bytes(bytes(50))
    assert unused.exists()
    assert cache.besides(tmp_path) == {"models": 50, "uploads": 300}


def test_sizes_follow_what_changes_in_a_folder_that_was_counted(tmp_path: Path) -> None:
    folder = aged(tmp_path, "talk", 1).folder
    inside = folder / "moments-abc" / "faces"
    inside.mkdir(parents=True)
    (inside / "a.jpg").write_bytes(bytes(100))
    for path in (inside, inside.parent):
        os.utime(path, (1, 1))  # long settled: from now on it is remembered
    assert [sizes.by_stage(folder)["moments"] for _ in range(2)] == [100, 100]
    (inside / "b.jpg").write_bytes(bytes(20))
    assert sizes.by_stage(folder)["moments"] == 120
    (inside / "a.jpg").unlink()
    assert sizes.by_stage(folder)["moments"] == 20


def test_what_grows_in_a_folder_under_construction_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "video" / "frames-abc.partial"
    folder.mkdir(parents=True)
    (folder / "list").write_bytes(bytes(10))
    os.utime(folder, (1, 1))
    assert sizes.by_stage(folder.parent)["frames"] == 10
    with (folder / "list").open("ab") as file:
        file.write(bytes(5))
    os.utime(folder, (1, 1))
    assert sizes.by_stage(folder.parent)["frames"] == 15
