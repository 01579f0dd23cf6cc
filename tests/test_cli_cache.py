"""``facemotion cache``: what it lists, the rules it sets, and who it obeys."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from facemotion import __main__ as cli
from facemotion import cache
from facemotion.cache import rules
from tests.test_cache import entry

DAY_S = 86400.0


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    for name in rules.ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)

    def run(*words: object) -> Answer:
        argv = ["cache", *map(str, words), "--cache-dir", str(tmp_path)]
        return Answer(cli.main(argv), *capsys.readouterr())

    return run


def test_the_list_tells_sizes_by_stage_last_use_and_how_long_videos_stay(
    call: Callable[..., Answer], tmp_path: Path
) -> None:
    noon = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
    for name in ("talk", "film"):
        folder = entry(tmp_path, name, 2_000_000, noon).folder
        (folder / "frames-abc").mkdir()
        (folder / "frames-abc" / "a.jpg").write_bytes(bytes(1_500_000))
    cache.keep(tmp_path / "film")
    call("retention", 30)
    told = call("list").out
    assert "talk  Talk\n    3.5 MB (download 2.0, frames 1.5), used 2026-03-01, stays until" in told
    assert "stays until 2026-03-31\n" in told
    assert "used 2026-03-01, kept\n" in told
    assert "2 videos, 7.0 MB of 20.0 GB in" in told
    assert told.endswith("Videos stay for 30 days after their last use.\n")


def test_retention_and_budget_are_shown_set_and_set_back(call: Callable[..., Answer]) -> None:
    assert call("retention").out == "Videos stay until the budget is used up.\n"
    assert call("retention", 1).out == "Videos stay for 1 day after their last use.\n"
    assert call("retention").out == "Videos stay for 1 day after their last use.\n"
    assert call("retention", "forever").out == "Videos stay until the budget is used up.\n"
    assert call("budget").out == "All videos may take 20.0 GB.\n"
    assert call("budget", 5).out == call("budget").out == "All videos may take 5.0 GB.\n"


def test_expire_deletes_what_is_too_old(call: Callable[..., Answer], tmp_path: Path) -> None:
    entry(tmp_path, "old", 1_000_000, time.time() - 8 * DAY_S)
    entry(tmp_path, "new", 1_000_000, time.time())
    told = call("expire")
    assert told.out.startswith("Deleted 0 videos") and "until the budget" in told.err
    call("retention", 7)
    assert call("expire").out == "Deleted 1 videos (1.0 MB).\n"
    assert [e.video_id for e in cache.entries(tmp_path)] == ["new"]


def test_evict_keeps_to_the_budget_of_the_cache(
    call: Callable[..., Answer], tmp_path: Path
) -> None:
    entry(tmp_path, "talk", 2_000_000, 1)
    assert "Deleted 0 videos" in call("evict").out
    call("budget", 0.001)
    assert "Deleted 1 videos" in call("evict").out


def test_a_video_is_kept_and_let_go(call: Callable[..., Answer], tmp_path: Path) -> None:
    entry(tmp_path, "talk", 10, 1)
    assert call("keep", "talk").out == "talk: kept\n"
    assert "Deleted 0 videos" in call("evict", "--budget-gb", 0).out
    assert call("keep", "--no-longer", "talk").out == "talk: kept no longer\n"
    unknown = call("keep", "tlak")
    assert unknown.code == 2 and "no video 'tlak'" in unknown.err
    assert "Deleted 1 videos" in call("evict", "--budget-gb", 0).out


@pytest.mark.parametrize("words", [("retention", "soon"), ("retention", -1), ("budget", "nan")])
def test_a_rule_that_means_nothing_is_refused(
    words: tuple[object, ...], call: Callable[..., Answer]
) -> None:
    answer = call(*words)
    assert answer.code == 2 and answer.out == "" and len(answer.err.splitlines()) == 1


def test_what_the_environment_sets_cannot_be_changed(
    call: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEMOTION_KEEP_DAYS", "7")
    answer = call("retention", 30)
    assert answer.code == 2 and "FACEMOTION_KEEP_DAYS is set" in answer.err
    assert call("retention").out == "Videos stay for 7 days after their last use.\n"


def test_damaged_rules_are_told(call: Callable[..., Answer], tmp_path: Path) -> None:
    entry(tmp_path, "talk", 10, 1)
    (tmp_path / "rules.json").write_text("{")
    answer = call("list")
    assert answer.code == 0 and "1 videos" in answer.out and "cannot be read" in answer.err
    assert call("retention", 3).out == "Videos stay for 3 days after their last use.\n"
    assert call("list").err == ""


def test_the_help_says_when_videos_go(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["cache", "--help"])
    text = capsys.readouterr().out
    for word in ("list", "clear", "evict", "expire", "retention", "budget", "keep"):
        assert f"\n    {word}" in text
    assert "\nwhat goes by itself:\n" in text
    assert "FACEMOTION_KEEP_DAYS and FACEMOTION_CACHE_GB" in text
