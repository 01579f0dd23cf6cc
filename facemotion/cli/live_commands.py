"""``live``: watch a stream, and say what is seen while it is seen: a JSON line for each sample."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from facemotion import cache, models
from facemotion.cli.commands import output_folder
from facemotion.cli.console import say
from facemotion.cli.options import DEFAULTS, add_cache_dir
from facemotion.errors import Cancelled, SettingsError, SourceError
from facemotion.statistics import streaming

if TYPE_CHECKING:
    from facemotion.live import Live, Rule
    from facemotion.live.snapshot import Item

FPS = 5.0
EPILOG = """\
examples:
  python -m facemotion live "https://www.youtube.com/watch?v=..." --out evening
  python -m facemotion live talk.mp4 --seconds 20
  python -m facemotion live URL --rule "surprise > 0.7 for 2" --rule "happy of Face 1 > 0.5"
"""
_RULE = re.compile(
    r"\s*(?P<value>\w+)(?:\s+of\s+(?P<person>.+?))?\s*(?P<way>[<>])\s*(?P<threshold>-?[\d.]+)"
    r"(?:\s+for\s+(?P<seconds>[\d.]+)\s*s?)?\s*"
)


def add(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb ``live`` to the parser."""
    live: argparse.ArgumentParser = verbs.add_parser(
        "live",
        help="watch a live stream; a JSON line for each sample",
        usage="%(prog)s SOURCE [--fps 5] [--seconds N] [--out DIR] [options]",
        description="Watch a live stream, or a file played at its own speed. Each sample, gap and "
        "event is a JSON line on stdout; Ctrl-C ends it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = live.add_argument
    add("source", metavar="SOURCE", help="the URL of a live stream, or a video file")
    text = f"looks a second, fewer when the machine is too slow (default {FPS:g})"
    add("--fps", type=float, default=FPS, metavar="N", help=text)
    add("--seconds", type=float, metavar="S", help="stop after this long (default: at the end)")
    text = "append rows to live.csv there: those of faces.csv, smoothed values, latency and gaps"
    add("--out", type=Path, metavar="DIR", help=text)
    names = ", ".join(streaming.METHODS)
    text = f"one of: {names} (default {streaming.DEFAULT}); raw values are kept beside"
    add("--smoothing", default=streaming.DEFAULT, metavar="NAME", help=text)
    text = "tell when it holds, such as 'surprise of Face 1 > 0.7 for 2'; may be given again"
    add("--rule", action="append", default=[], metavar="RULE", help=text)
    text = "at the end, make an analysis of the last minutes, for the dashboard's library"
    add("--keep", type=float, metavar="MINUTES", help=text)
    add("--detector", default=DEFAULTS.detector, metavar="NAME", help=", ".join(models.DETECTORS))
    names = ", ".join(models.CLASSIFIERS)
    add("--classifier", default=DEFAULTS.classifier, metavar="NAME", help=names)
    add_cache_dir(live)
    live.set_defaults(command=watch)


def watch(options: argparse.Namespace) -> None:
    """Watch until the stream ends, the time is over, or the user stops it."""
    from facemotion import live

    root = options.cache_dir or cache.default_root()
    settings = live.LiveSettings(
        fps=options.fps,
        smoothing=options.smoothing,
        rules=tuple(rule(text) for text in options.rule),
        detector=options.detector,
        classifier=options.classifier,
        buffer_s=min(3600.0, max(300.0, 60 * (options.keep or 0))),
    )
    folder = output_folder(options.out) if options.out else contextlib.nullcontext()
    with folder, _rows(options.out) as rows:
        begun: set[tuple[live.Rule, int, float]] = set()
        session = live.watch(
            options.source, settings, root, listener=lambda item: _tell(item, rows, begun)
        )
        try:
            _wait(session, options.seconds)
        finally:
            session.leave()
            session.join(settings.timeout_s)
        if session.state == "failed":
            raise SourceError(session.message)
        stats = session.stats
        latency = "" if stats.latency_s is None else f", {stats.latency_s:.1f} s behind"
        say(f"{session.message} {stats.n_samples} samples{latency}.")
        if options.keep:
            say(f"Kept as {session.keep(options.keep)}")


def rule(text: str) -> Rule:
    """``VALUE [of PERSON] > THRESHOLD [for SECONDS]``; ``SettingsError`` for anything else."""
    from facemotion.live import Rule

    found = _RULE.fullmatch(text)
    if found is None:
        raise SettingsError(
            f"{text!r} is no rule. Give one such as 'surprise of Face 1 > 0.7 for 2'."
        )
    try:
        threshold, seconds = float(found["threshold"]), float(found["seconds"] or 0)
    except ValueError as error:
        raise SettingsError(f"{text!r} has no number where one belongs.") from error
    return Rule(found["value"], threshold, seconds, found["person"], found["way"] == "<")


def _wait(session: Live, seconds: float | None) -> None:
    """Until the session or the time is over; what happens to the stream goes to stderr."""
    until = None if seconds is None else time.monotonic() + seconds
    told = ""
    with contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
        while not session.is_over and (until is None or time.monotonic() < until):
            if session.state not in ("stopped", "failed", "ended") and session.state != told:
                told = session.state
                say(session.message)
            time.sleep(0.05)


@contextlib.contextmanager
def _rows(folder: Path | None) -> Iterator[TextIO | None]:
    """The CSV in a folder, begun with its header if it is new."""
    if folder is None:
        yield None
        return
    from facemotion.live import record

    path = folder / "live.csv"
    with cache.storage_errors(folder), path.open("a", encoding="utf-8", newline="") as file:
        if not file.tell():
            file.write(record.header())
        yield file


def _tell(item: Item, rows: TextIO | None, begun: set[tuple[Rule, int, float]]) -> None:
    """Say it on stdout, and write it down; an event is told when it counts, and when it is over."""
    from facemotion.live import Event, record

    if isinstance(item, Event) and not item.is_over:
        key = item.rule, item.face_id, item.start_s
        if key in begun:
            return
        begun.add(key)
    try:
        print(json.dumps(record.facts_of(item), allow_nan=False), flush=True)
    except BrokenPipeError as error:
        raise Cancelled("Nobody reads on.") from error
    if rows is not None and not isinstance(item, Event):
        rows.write(record.csv_of(item))
        rows.flush()
