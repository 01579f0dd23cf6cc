"""The command line: the same ``pipeline.run`` as the dashboard's.

Progress goes to stderr, results to stdout. Exit codes: 0 done, 2 the user's input cannot be used,
1 our fault, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from facemotion import __version__, cache, models
from facemotion.console import Reporter, table
from facemotion.errors import FacemotionError, InputError, SettingsError, StorageError
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    try:
        options = _parser().parse_args(argv)
        command: Callable[[argparse.Namespace], None] = options.command
        command(options)
    except InputError as error:
        return _fail(error, 2)
    except FacemotionError as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        _say("Stopped. What was finished is kept: the same command goes on from there.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # the outermost edge: a bug, told as such
        if os.environ.get("FACEMOTION_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        what = " ".join(str(error).split())
        _say(f"facemotion failed: {kind}: {what}. This is a bug; FACEMOTION_DEBUG=1 shows where.")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m facemotion",
        description="Apparent facial expressions in any video: found, measured, charted.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"facemotion {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    analyze = commands.add_parser(
        "analyze", help="analyse a URL or a file", description="Analyse a URL or a file."
    )
    analyze.add_argument("source", metavar="SOURCE", help="a URL, a video file or a picture")
    _add_settings(analyze)
    analyze.set_defaults(command=_analyze)

    demo = commands.add_parser(
        "demo",
        help="build the demo clip and analyse it; needs no network",
        description="Build the demo clip and analyse it; needs no network.",
    )
    _add_settings(demo, every=0.5)
    demo.set_defaults(command=_demo)

    listing = commands.add_parser(
        "models", help="what is installed", description="The models: what is installed, from where."
    )
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    listing.set_defaults(command=_models)

    caches = commands.add_parser("cache", help="what is on the disk; delete some or all of it")
    actions = caches.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, action, text in (
        ("list", _cache_list, "list the videos in the cache, with their sizes"),
        ("clear", _cache_clear, "delete everything in the cache"),
        ("evict", _cache_evict, "delete the least recently used videos until the rest fits"),
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
    add("--start", type=_seconds, metavar="S", help="begin here: seconds, m:ss or h:mm:ss")
    add("--end", type=_seconds, metavar="S", help="end here: seconds, m:ss or h:mm:ss")
    add(
        "--max-height",
        type=int,
        default=DEFAULTS.max_height,
        metavar="PX",
        help=f"download at most this picture height (default {DEFAULTS.max_height})",
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


def _seconds(text: str) -> float:
    """``90``, ``1:30`` or ``0:01:30`` as seconds."""
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or any(part < 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, m:ss or h:mm:ss")
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + part
    return seconds


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        max_height=options.max_height,
        start_s=options.start,
        end_s=options.end,
        every_s=options.every,
        detector=options.detector,
        classifier=options.classifier,
        max_moments=options.max_moments,
        explainer=options.explainer,
    )


def _analyze(options: argparse.Namespace) -> None:
    _run(options, options.source, _settings(options))


def _demo(options: argparse.Namespace) -> None:
    from facemotion import demo

    settings = _settings(options)
    root = options.cache_dir or cache.default_root()
    with Reporter(quiet=options.quiet) as reporter:
        clip = demo.build(root / "demo", reporter)
    _run(options, str(clip), settings)


def _run(options: argparse.Namespace, source: str, settings: Settings) -> None:
    from facemotion import export, pipeline

    with _output_folder(options.out):
        with Reporter(quiet=options.quiet) as reporter:
            analysis = pipeline.run(
                source, settings, cache_root=options.cache_dir, on_progress=reporter
            )
        written = pipeline.write_outputs(analysis, options.out)
    for note in analysis.notes:
        _say(f"Note: {note}")
    if options.json:
        summary = {
            "analysis_id": analysis.analysis_id,
            "out": str(options.out),
            "files": [str(path.relative_to(options.out)) for path in written],
            "summary": export.summary_numbers(analysis),
            "moments": [moment.to_dict() for moment in analysis.moments],
            "notes": list(analysis.notes),
            "work": vars(analysis.work),
        }
        print(json.dumps(summary, indent=1, allow_nan=False))
        return
    rows = [
        [_clock(m.time_s), str(m.face_id), m.emotion, f"{max(m.probabilities):.0%}", m.why]
        for m in analysis.moments
    ]
    if rows:
        print(table(["time", "face", "apparent", "score", "why"], rows))
    else:
        print(f"No moments: {len(analysis.faces)} faces in {len(analysis.samples)} frames.")
    print(f"Results are in {options.out}")


@contextlib.contextmanager
def _output_folder(folder: Path) -> Iterator[None]:
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


def _models(options: argparse.Namespace) -> None:
    from facemotion.models.catalogue import catalogue

    entries = catalogue()
    if options.json:
        print(json.dumps([vars(entry) for entry in entries], indent=1))
        return
    heads = ["kind", "name", "on disk", "from", "licence", "accuracy"]
    print(
        table(
            heads,
            [
                [getattr(e, h.replace(" ", "_").replace("from", "origin")) for h in heads]
                for e in entries
            ],
        )
    )


def _cache_list(options: argparse.Namespace) -> None:
    root = options.cache_dir or cache.default_root()
    entries = cache.entries(root)
    rows = [[entry.video_id, cache.megabytes(entry.total_bytes), entry.title] for entry in entries]
    if rows:
        print(table(["video", "size", "title"], rows))
    total = cache.megabytes(sum(entry.total_bytes for entry in entries))
    print(f"{len(rows)} videos, {total} of {cache.megabytes(cache.default_budget())} in {root}")


def _cache_clear(options: argparse.Namespace) -> None:
    _deleted(cache.evict(options.cache_dir or cache.default_root(), 0))


def _cache_evict(options: argparse.Namespace) -> None:
    if options.budget_gb is not None and not options.budget_gb >= 0:
        raise SettingsError(f"--budget-gb is {options.budget_gb:g}. Give gigabytes, such as 20.")
    budget = cache.default_budget()
    if options.budget_gb is not None:
        budget = int(options.budget_gb * 1000**3)
    _deleted(cache.evict(options.cache_dir or cache.default_root(), budget))


def _deleted(gone: list[Any]) -> None:
    size = cache.megabytes(sum(entry.total_bytes for entry in gone))
    print(f"Deleted {len(gone)} videos ({size}).")


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def _fail(error: FacemotionError, code: int) -> int:
    _say(" ".join(str(error).split()))
    return code


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
