"""What each command does with its arguments: results to stdout, everything else to stderr."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from facemotion import cache
from facemotion.cli.console import Reporter, say, table
from facemotion.cli.options import settings
from facemotion.errors import StorageError
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

    with output_folder(options.out), Reporter(quiet=options.quiet) as reporter:
        analysis = pipeline.run(source, chosen, cache_root=options.cache_dir, on_progress=reporter)
        written = pipeline.write_outputs(analysis, options.out)
        written += _taken_along(options, analysis, reporter)
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


def _taken_along(options: argparse.Namespace, analysis: Analysis, reporter: Reporter) -> list[Path]:
    """Report and film, as far as they are asked for; what an earlier run left is replaced."""
    if not (options.report or options.film):
        return []
    from facemotion import outputs

    made = []
    if options.report:
        faces = "blurred" if options.hide_faces else "shown"
        made.append(outputs.make_report(analysis, outputs.ReportOptions(faces), reporter))
    if options.film:
        chosen = outputs.FilmOptions(blur="faces" if options.hide_faces else "none")
        made.append(outputs.make_film(analysis, chosen, reporter))
    for path in made:
        cache.copy_file(path, options.out / path.name)
    return [options.out / path.name for path in made]


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
