"""The words that the command line understands, and how they become settings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from facemotion import __version__, clock, models
from facemotion.cli import commands
from facemotion.errors import InputError
from facemotion.explain import EXPLAINERS
from facemotion.records import Settings

DEFAULTS = Settings()

EPILOG = """\
examples:
  python -m facemotion analyze talk.mp4 --out results
  python -m facemotion analyze "https://www.youtube.com/watch?v=..." --out results --every 1
  python -m facemotion analyze film.mkv --out results --start 1:30 --end 2:10 --every 0
  python -m facemotion demo --out results

facemotion reports apparent expressions, not what people feel. It must not be used to judge
people at work or in education (EU AI Act, Article 5(1)(f)).
"""


class _Parser(argparse.ArgumentParser):
    """Answers wrong arguments in one line, as every other input error."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:]}. See '{self.prog} --help'.")


def build() -> argparse.ArgumentParser:
    """The parser; what it parses names the function to call as ``command``."""
    parser = _Parser(
        prog="python -m facemotion",
        description="Apparent facial expressions in any video: found, measured, charted.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"facemotion {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    analyze = verbs.add_parser(
        "analyze", help="analyse a URL or a file", description="Analyse a URL or a file."
    )
    analyze.add_argument("source", metavar="SOURCE", help="a URL, a video file or a picture")
    _add_settings(analyze)
    analyze.set_defaults(command=commands.analyze)

    demo = verbs.add_parser(
        "demo",
        help="build the demo clip and analyse it; needs no network",
        description="Build the demo clip and analyse it; needs no network.",
    )
    _add_settings(demo, every=0.5)
    demo.set_defaults(command=commands.demo)

    listing = verbs.add_parser(
        "models", help="what is installed", description="The models: what is installed, from where."
    )
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    listing.set_defaults(command=commands.list_models)

    caches = verbs.add_parser("cache", help="what is on the disk; delete some or all of it")
    actions = caches.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, action, text in (
        ("list", commands.list_cache, "list the videos in the cache, with their sizes"),
        ("clear", commands.clear_cache, "delete everything in the cache"),
        ("evict", commands.evict_cache, "delete the videos used longest ago, to fit the budget"),
    ):
        sub = actions.add_parser(name, help=text, description=text.capitalize() + ".")
        _add_cache_dir(sub)
        if name == "evict":
            sub.add_argument(
                "--budget-gb", type=float, metavar="GB", help="the size to keep (default 20)"
            )
        sub.set_defaults(command=action)
    return parser


def _add_settings(parser: argparse.ArgumentParser, every: float = DEFAULTS.every_s) -> None:
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    add(
        "--every",
        type=float,
        default=every,
        metavar="S",
        help=f"seconds between two looks; 0 is every frame (default {every:g})",
    )
    add(
        "--max-moments",
        type=int,
        default=DEFAULTS.max_moments,
        metavar="N",
        help=f"how many moments to pick (default {DEFAULTS.max_moments})",
    )
    add(
        "--classifier",
        default=DEFAULTS.classifier,
        metavar="NAME",
        help=f"one of: {', '.join(models.CLASSIFIERS)} (default {DEFAULTS.classifier})",
    )
    add(
        "--detector",
        default=DEFAULTS.detector,
        metavar="NAME",
        help=f"one of: {', '.join(models.DETECTORS)} (default {DEFAULTS.detector})",
    )
    add(
        "--explainer",
        default=DEFAULTS.explainer,
        metavar="NAME",
        help=f"one of: {', '.join(EXPLAINERS)} (default {DEFAULTS.explainer})",
    )
    add("--start", type=clock.seconds, metavar="S", help="begin here: seconds, m:ss or h:mm:ss")
    add("--end", type=clock.seconds, metavar="S", help="end here: seconds, m:ss or h:mm:ss")
    add(
        "--max-height",
        type=int,
        default=DEFAULTS.max_height,
        metavar="PX",
        help=f"download at most this picture height (default {DEFAULTS.max_height})",
    )
    add(
        "--max-hours",
        type=float,
        default=DEFAULTS.max_duration_s / 3600,
        metavar="H",
        help=f"refuse downloads longer than this (default {DEFAULTS.max_duration_s / 3600:g})",
    )
    add(
        "--max-gb",
        type=float,
        default=DEFAULTS.max_bytes / 1e9,
        metavar="GB",
        help=f"refuse files larger than this (default {DEFAULTS.max_bytes / 1e9:g})",
    )
    _add_cache_dir(parser)
    add("--json", action="store_true", help="print the summary as JSON on stdout")
    add("--quiet", action="store_true", help="no progress on stderr")


def _add_cache_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cache-dir",
        type=Path,
        metavar="DIR",
        help="where downloads and results are kept (default: FACEMOTION_CACHE or the usual place)",
    )
