"""The options of ``analyze`` and ``demo``, in groups, and the settings that they mean."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facemotion import clock, models
from facemotion.errors import SettingsError
from facemotion.explain import EXPLAINERS
from facemotion.records import Settings
from facemotion.statistics import smoothing

DEFAULTS = Settings()


def add_settings(parser: argparse.ArgumentParser, every: float = DEFAULTS.every_s) -> None:
    """All options of a run; ``every`` is the default distance of two looks in seconds."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the results go"
    )
    _add_general(parser)
    _add_looks(parser, every)
    _add_models(parser)
    _add_people(parser)
    _add_moments(parser)
    _add_explainer(parser)
    _add_tables(parser)
    _add_taken_along(parser)
    _add_limits(parser)


def add_comparison(parser: argparse.ArgumentParser) -> None:
    """The options of a comparison: those of a run that change which faces are judged, and how."""
    names = ", ".join(models.CLASSIFIERS)
    add = parser.add_argument
    text = f"two or more, with commas between: {names}, ensemble:NAME+NAME"
    add("--classifiers", required=True, metavar="NAMES", help=text)
    add("--out", type=Path, metavar="DIR", help="write table, JSON and contact sheet there")
    _add_general(parser)
    _add_looks(parser, DEFAULTS.every_s)
    _add_models(parser, compares=True)
    _add_people(parser)
    _add_moments(parser)
    _add_limits(parser)
    run = argparse.ArgumentParser(add_help=False)
    add_settings(run)
    left_out = vars(run.parse_args(["--out", "."]))
    parser.set_defaults(**{name: left_out[name] for name in left_out if name != "out"})


def _add_general(parser: argparse.ArgumentParser) -> None:
    add_cache_dir(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def add_cache_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cache-dir",
        type=Path,
        metavar="DIR",
        help="where downloads and results are kept (default: FACEMOTION_CACHE or the usual place)",
    )


def settings(options: argparse.Namespace) -> Settings:
    """The settings that parsed options mean; ``SettingsError`` when one is out of range."""
    baseline_start_s, baseline_end_s = options.baseline or (None, None)
    return Settings(
        max_height=options.max_height,
        start_s=options.start,
        end_s=options.end,
        max_duration_s=options.max_hours * 3600,
        max_bytes=_bytes(options.max_gb),
        every_s=options.every,
        detector=options.detector,
        classifier=options.classifier,
        landmarks=options.landmarks,
        embedder=options.embedder,
        max_gap_s=options.max_gap,
        min_track_s=options.min_track,
        min_track_confidence=options.min_track_confidence,
        baseline_start_s=baseline_start_s,
        baseline_end_s=baseline_end_s,
        max_moments=options.max_moments,
        max_muscle_moments=options.max_muscle_moments,
        min_gap_s=options.min_gap,
        explainer=options.explainer,
        claude_model=options.claude_model,
        claude_batch=options.claude_batch,
        claude_fallback=options.claude_fallback,
        max_calls=options.max_calls,
        max_dollars=options.max_dollars,
        smoothing=options.smoothing,
        smoothing_s=options.smoothing_seconds,
        baseline_corrected=options.above_rest,
        window_s=options.window,
    )


def span(text: str) -> tuple[float, float]:
    """``START-END``, such as ``0:05-0:08``, in seconds; ``SettingsError`` for what is no range."""
    start, dash, end = text.partition("-")
    if not dash:
        raise SettingsError(f"{text!r} is no range of time; give START-END, such as 0:05-0:08.")
    start_s, end_s = clock.seconds(start), clock.seconds(end)
    if end_s <= start_s:
        raise SettingsError(
            f"The neutral range {text!r} ends before it starts. Give START-END, such as 0:05-0:08."
        )
    return start_s, end_s


def _add_looks(parser: argparse.ArgumentParser, every: float) -> None:
    add = _adder(parser.add_argument_group("what to look at"))
    add("--every", float, "S", "seconds between two looks; 0 is every frame", every)
    add("--start", clock.seconds, "S", "begin here: seconds, m:ss or h:mm:ss")
    add("--end", clock.seconds, "S", "end here: seconds, m:ss or h:mm:ss")


def _add_models(parser: argparse.ArgumentParser, *, compares: bool = False) -> None:
    add = _adder(parser.add_argument_group("models"))
    names = ", ".join(models.DETECTORS)
    add("--detector", str, "NAME", f"auto, or one of: {names}", DEFAULTS.detector)
    if compares:
        return
    text = f"auto, ensemble:NAME+NAME=WEIGHT, or one of: {', '.join(models.CLASSIFIERS)}"
    add("--classifier", str, "NAME", text, DEFAULTS.classifier)


def _add_explainer(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "explanations: facs tells the muscles and stays on this machine; claude sends the moments' "
        "pictures to Anthropic, for a second opinion"
    )
    add = _adder(group)
    add("--explainer", str, "NAME", f"one of: {', '.join(EXPLAINERS)}", DEFAULTS.explainer)
    add("--claude-model", str, "NAME", "which Claude", DEFAULTS.claude_model)
    add("--max-calls", int, "N", "ask no more often than this", DEFAULTS.max_calls)
    text = "spend no more than this, by estimate"
    add("--max-dollars", float, "USD", text, DEFAULTS.max_dollars)
    group.add_argument(
        "--claude-batch",
        action="store_true",
        help="as a message batch: half the price, answers within a day; run again to go on waiting",
    )
    group.add_argument(
        "--claude-fallback",
        action="store_true",
        help="let Claude look at faces that the detector is not sure of: small cuttings around "
        "them are sent to Anthropic, and nothing else of the video; the limits hold for both",
    )


def _add_people(parser: argparse.ArgumentParser) -> None:
    add = _adder(
        parser.add_argument_group("people: who is followed, and compared with which neutral face")
    )
    add("--embedder", str, "NAME", "recognises a face across cuts", DEFAULTS.embedder)
    add("--max-gap", float, "S", "a face out of sight this long is a new one", DEFAULTS.max_gap_s)
    add("--min-track", float, "S", "drop faces followed for less", DEFAULTS.min_track_s)
    text = "... unless they are as certain as this, 0 to 1"
    add("--min-track-confidence", float, "P", text, DEFAULTS.min_track_confidence)
    text = "where faces are neutral, such as 0:05-0:08 (default: the most neutral frames)"
    add("--baseline", span, "START-END", text)


def _add_moments(parser: argparse.ArgumentParser) -> None:
    add = _adder(parser.add_argument_group("moments"))
    add("--max-moments", int, "N", "how many moments to pick", DEFAULTS.max_moments)
    text = "how many of them for strong muscles in a face called neutral; 0 is none"
    add("--max-muscle-moments", int, "N", text, DEFAULTS.max_muscle_moments)
    add("--min-gap", float, "S", "between two moments of one face", DEFAULTS.min_gap_s)


def _add_tables(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("tables")
    add = _adder(group)
    names = ", ".join(smoothing.METHODS)
    text = f"adds smoothed columns (..._shown) to the tables; one of: {names}"
    add("--smoothing", str, "NAME", text, DEFAULTS.smoothing)
    add("--smoothing-seconds", float, "S", "over how long to smooth", DEFAULTS.smoothing_s)
    add("--window", float, "S", "length of a window in windows.csv", DEFAULTS.window_s)
    group.add_argument(
        "--above-rest",
        action="store_true",
        help="expressions relative to each person's own face at rest (..._shown)",
    )
    group.add_argument(
        "--no-landmarks",
        dest="landmarks",
        action="store_false",
        help="do not keep the points of the face mesh (landmarks.parquet)",
    )


def _add_taken_along(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("to pass on").add_argument
    text = "write report.html: one file with moments, charts, people, method and limits"
    add("--report", action="store_true", help=text)
    text = "write annotated.mp4: the video with boxes, names, scores and a chart drawn in"
    add("--film", action="store_true", help=text)
    text = "make every face that was found unrecognisable in report and film"
    add("--hide-faces", action="store_true", help=text)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    add = _adder(parser.add_argument_group("limits of a download"))
    add("--max-height", int, "PX", "at most this picture height", DEFAULTS.max_height)
    add("--max-hours", float, "H", "refuse what is longer", DEFAULTS.max_duration_s / 3600)
    add("--max-gb", float, "GB", "refuse files that are larger", DEFAULTS.max_bytes / 1e9)


def _adder(group: argparse._ArgumentGroup) -> Callable[..., None]:
    """Adds options to a group; a default is told in the help."""

    def add(
        name: str, kind: Callable[[str], Any], metavar: str, text: str, default: Any = None
    ) -> None:
        shown = f"{default:g}" if isinstance(default, (int, float)) else default
        text += "" if default is None else f" (default {shown})"
        group.add_argument(name, type=kind, metavar=metavar, default=default, help=text)

    return add


def _bytes(gigabytes: float) -> int:
    if not math.isfinite(gigabytes):
        raise SettingsError(f"--max-gb is {gigabytes:g}. Give gigabytes, such as 4.")
    return int(gigabytes * 1000**3)
