"""``cache``: what is on the disk, how long it stays, and deleting some or all of it."""

from __future__ import annotations

import argparse
import datetime
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facemotion import cache
from facemotion.cache import rules
from facemotion.cli.console import say
from facemotion.cli.options import add_cache_dir
from facemotion.errors import InputError, SettingsError

Action = Callable[[argparse.Namespace], None]

EPILOG = """\
what goes by itself:
  A video that was not used for longer than the retention, when the next one is analysed, the
  dashboard's page Library is opened, or 'cache expire' is run. The videos used longest ago, when
  all together take more than the budget. FACEMOTION_KEEP_DAYS and FACEMOTION_CACHE_GB go before
  what is set here. A video that is kept goes only with 'cache clear', or in the dashboard.
"""


def add(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb ``cache`` and its actions to the parser."""
    caches = verbs.add_parser(
        "cache",
        help="what is on the disk; delete some or all of it",
        description="What is on the disk, how long it stays, and deleting some or all of it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = caches.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(name: str, act: Action, text: str) -> argparse.ArgumentParser:
        said = text[:1].upper() + text[1:] + "."
        sub: argparse.ArgumentParser = actions.add_parser(name, help=text, description=said)
        add_cache_dir(sub)
        sub.set_defaults(command=act)
        return sub

    action("list", show, "list the videos: size by stage, last use, how long they stay")
    action("clear", clear, "delete everything in the cache, but the rules")
    once = action("evict", evict, "delete the videos used longest ago, to fit the budget")
    text = "the size to keep, this once (default: the budget)"
    once.add_argument("--budget-gb", type=float, metavar="GB", help=text)
    action("expire", expire, "delete the videos not used for longer than the retention")
    days = action("retention", retention, "show or set how long videos stay after their last use")
    days.add_argument("days", nargs="?", metavar="DAYS", help="such as 30, or forever")
    size = action("budget", budget, "show or set how much all videos may take")
    size.add_argument("gb", nargs="?", type=float, metavar="GB", help="gigabytes, such as 20")
    kept = action("keep", keep, "spare a video from going by itself")
    kept.add_argument("videos", nargs="+", metavar="VIDEO", help="as 'cache list' names it")
    kept.add_argument("--no-longer", action="store_true", help="let it go by itself again")


def show(options: argparse.Namespace) -> None:
    """Print the videos in the cache, and the rules."""
    root, ruled = _root(options), _rules(options)
    entries = cache.entries(root)
    for entry in entries:
        print(f"{entry.video_id}  {' '.join(entry.title.split())}\n    {_line(entry, ruled)}")
    total = cache.megabytes(sum(entry.total_bytes for entry in entries))
    print(f"{len(entries)} videos, {total} of {cache.megabytes(ruled.budget_bytes)} in {root}")
    besides = cache.besides(root)
    if besides:
        sizes = ", ".join(f"{name} {cache.megabytes(n)}" for name, n in besides.items())
        print(f"Besides: {sizes}")
    print(_retention(ruled))


def clear(options: argparse.Namespace) -> None:
    """Delete everything in the cache that no other process is using."""
    root = _root(options)
    _deleted(cache.clear(root))
    left = len(cache.entries(root))
    if left:
        say(f"{left} videos are being worked on and were kept. Try again when that is over.")


def evict(options: argparse.Namespace) -> None:
    """Delete the videos used longest ago until the others fit the budget."""
    root = _root(options)
    size = cache.default_budget(root)
    if options.budget_gb is not None:
        if not 0 <= options.budget_gb < math.inf:
            raise SettingsError(
                f"--budget-gb is {options.budget_gb:g}. Give gigabytes, such as 20."
            )
        size = int(options.budget_gb * 1000**3)
    _deleted(cache.evict(root, size))


def expire(options: argparse.Namespace) -> None:
    """Delete the videos that were not used for longer than the retention."""
    ruled = _rules(options)
    _deleted(cache.expire(_root(options)))
    if ruled.keep_days is None:
        say(_retention(ruled))


def retention(options: argparse.Namespace) -> None:
    """Show or set how long videos stay."""
    ruled = _rules(options)
    if options.days is not None:
        ruled = cache.change_rules(_root(options), keep_days=rules.days(options.days))
    print(_retention(ruled))


def budget(options: argparse.Namespace) -> None:
    """Show or set how much all videos may take."""
    ruled = _rules(options)
    if options.gb is not None:
        ruled = cache.change_rules(_root(options), budget_gb=options.gb)
    print(f"All videos may take {cache.megabytes(ruled.budget_bytes)}.")


def keep(options: argparse.Namespace) -> None:
    """Spare videos from going by themselves, or no longer."""
    known = {entry.video_id: entry for entry in cache.entries(_root(options))}
    for video_id in options.videos:
        if video_id not in known:
            raise InputError(
                f"There is no video {video_id!r} in the cache. 'cache list' names those there are."
            )
    for video_id in options.videos:
        cache.keep(known[video_id].folder, not options.no_longer)
        print(f"{video_id}: {'kept no longer' if options.no_longer else 'kept'}")


def _line(entry: cache.Entry, ruled: cache.Rules) -> str:
    """Size by stage, last use, and how long a video stays."""
    stages = sorted(entry.bytes_by_stage.items(), key=lambda stage: -stage[1])
    sizes = ", ".join(f"{stage} {n / 1e6:.1f}" for stage, n in stages if n >= 50_000)
    size = cache.megabytes(entry.total_bytes) + (f" ({sizes})" if sizes else "")
    parts = [size, f"used {_day(entry.last_used)}"]
    if entry.is_kept:
        parts.append("kept")
    elif not ruled.problem:
        at = cache.goes_at(entry, ruled.keep_days)
        parts += [f"stays until {_day(at)}"] if at is not None else []
    return ", ".join(parts)


def _retention(ruled: cache.Rules) -> str:
    if ruled.keep_days is None:
        return "Videos stay until the budget is used up."
    unit = "day" if ruled.keep_days == 1 else "days"
    return f"Videos stay for {ruled.keep_days:g} {unit} after their last use."


def _day(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at):%Y-%m-%d}"


def _root(options: argparse.Namespace) -> Path:
    root: Path | None = options.cache_dir
    return root or cache.default_root()


def _rules(options: argparse.Namespace) -> cache.Rules:
    """The rules; what is wrong with their file goes to stderr."""
    ruled = cache.rules_of(_root(options))
    if ruled.problem:
        say(ruled.problem)
    return ruled


def _deleted(gone: list[cache.Entry]) -> None:
    size = cache.megabytes(sum(entry.total_bytes for entry in gone))
    print(f"Deleted {len(gone)} videos ({size}).")
