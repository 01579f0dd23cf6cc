"""What each command does with its arguments: results to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from facemotion import cache
from facemotion.cli.console import Reporter, say, table
from facemotion.cli.options import settings
from facemotion.errors import SettingsError, StorageError
from facemotion.palette import clock
from facemotion.records import Analysis, Settings

WIDTH = 100
"""Columns of running text."""


def analyze(options: argparse.Namespace) -> None:
    """Analyse the source and write the results."""
    _run(options, options.source, settings(options))


def demo(options: argparse.Namespace) -> None:
    """Build the demo clip, then the same as ``analyze``."""
    from facemotion import demo

    chosen = settings(options)
    root = options.cache_dir or cache.default_root()
    with Reporter(quiet=options.quiet) as reporter:
        clip = demo.build(root / "demo", reporter)
    _run(options, str(clip), chosen)


def _run(options: argparse.Namespace, source: str, chosen: Settings) -> None:
    from facemotion import export, pipeline

    with output_folder(options.out):
        with Reporter(quiet=options.quiet) as reporter:
            analysis = pipeline.run(
                source, chosen, cache_root=options.cache_dir, on_progress=reporter
            )
        written = pipeline.write_outputs(analysis, options.out)
    for note in analysis.notes:
        say(f"Note: {note}")
    if options.json:
        summary = {
            "analysis_id": analysis.analysis_id,
            "out": str(options.out),
            "files": [str(path.relative_to(options.out)) for path in written],
            "summary": {
                **export.summary_numbers(analysis),
                "people": export.people_numbers(analysis),
            },
            "moments": [moment.to_dict() for moment in analysis.moments],
            "notes": list(analysis.notes),
            "work": vars(analysis.work),
        }
        print(json.dumps(summary, indent=1, allow_nan=False))
        return
    print("\n\n".join(_told(analysis, export.people_numbers(analysis))))
    print(f"\nResults are in {options.out}")


def _told(analysis: Analysis, people: list[dict[str, Any]]) -> Iterator[str]:
    """The summary as people read it: the moments, then who was seen."""
    rows = [
        [clock(m.time_s), str(m.face_id), m.emotion, f"{max(m.probabilities):.0%}", m.why]
        for m in analysis.moments
    ]
    if rows:
        yield table(["time", "face", "apparent", "score", "why"], rows)
    else:
        yield _why_no_moments(analysis)
    if analysis.explanations:
        yield "\n".join(_words(analysis))
    if people:
        heads = ["face", "person", "seen", "most often", "expressive"]
        yield table(heads, [_person_row(person) for person in people])


def _words(analysis: Analysis) -> Iterator[str]:
    """The explanations, each under its time; what must be known about one comes behind it."""
    times = {moment.number: clock(moment.time_s) for moment in analysis.moments}
    for words in analysis.explanations:
        told = f"{times[words.moment_number]:<8}{words.text}"
        told += f" [{words.note}]" if words.note else ""
        yield textwrap.fill(told, WIDTH, subsequent_indent=" " * 8)


def _person_row(person: dict[str, Any]) -> list[str]:
    seen_s, most = person["seen_s"], person["dominant_emotion"]
    share = person["emotions"][most]["dominant_share"]
    return [
        str(person["face_id"]),
        person["person"],
        "-" if seen_s is None else clock(seen_s),
        f"{most} {share:.0%}",
        f"{person['mean_expressiveness']:.0%}",
    ]


def _why_no_moments(analysis: Analysis) -> str:
    n_faces, n_frames = len(analysis.faces), len(analysis.samples)
    if not n_faces:
        return f"No face was found in {n_frames} frames."
    return (
        f"No moments: the {n_faces} faces in {n_frames} frames are all too small or too blurred. "
        "faces.csv has them."
    )


@contextlib.contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make the folder before the long work, not after it; an empty one goes if that fails."""
    is_new = not folder.exists()
    cache.make_folder(folder)
    if not os.access(folder, os.W_OK):
        raise StorageError(f"{folder} cannot be written. Choose another folder with --out.")
    try:
        yield
    except BaseException:
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def list_cache(options: argparse.Namespace) -> None:
    """Print the videos in the cache and the budget."""
    root = options.cache_dir or cache.default_root()
    entries = cache.entries(root)
    rows = [[entry.video_id, cache.megabytes(entry.total_bytes), entry.title] for entry in entries]
    if rows:
        print(table(["video", "size", "title"], rows))
    total = cache.megabytes(sum(entry.total_bytes for entry in entries))
    print(f"{len(rows)} videos, {total} of {cache.megabytes(cache.default_budget())} in {root}")


def clear_cache(options: argparse.Namespace) -> None:
    """Delete everything in the cache that no other process is using."""
    root = options.cache_dir or cache.default_root()
    _deleted(cache.clear(root))
    left = len(cache.entries(root))
    if left:
        say(f"{left} videos are being worked on and were kept. Try again when that is over.")


def evict_cache(options: argparse.Namespace) -> None:
    """Delete the videos used longest ago until the others fit the budget."""
    budget = cache.default_budget()
    if options.budget_gb is not None:
        if not 0 <= options.budget_gb < math.inf:
            raise SettingsError(
                f"--budget-gb is {options.budget_gb:g}. Give gigabytes, such as 20."
            )
        budget = int(options.budget_gb * 1000**3)
    _deleted(cache.evict(options.cache_dir or cache.default_root(), budget))


def _deleted(gone: list[cache.Entry]) -> None:
    size = cache.megabytes(sum(entry.total_bytes for entry in gone))
    print(f"Deleted {len(gone)} videos ({size}).")
