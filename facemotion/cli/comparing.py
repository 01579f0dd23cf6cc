"""The command ``compare``: several classifiers on the same faces, in tables that people read."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
from collections.abc import Iterator

from facemotion.cli.commands import output_folder
from facemotion.cli.console import Reporter, say, table
from facemotion.cli.options import settings
from facemotion.palette import clock, percent
from facemotion.records import EMOTIONS, Comparison, Dispute


def compare(options: argparse.Namespace) -> None:
    """Analyse the source, let every classifier judge its faces, and tell what came of it."""
    from facemotion import comparing, export

    names = options.classifiers.split(",")
    folder = output_folder(options.out) if options.out else contextlib.nullcontext()
    written = []
    with folder:
        with Reporter(quiet=options.quiet) as reporter:
            found = comparing.compare(
                options.source,
                [name for name in names if name.strip()],
                settings(options),
                cache_root=options.cache_dir,
                on_progress=reporter,
            )
        if options.out:
            written = comparing.write_outputs(found, options.out)
    for note in found.analysis.notes:
        say(f"Note: {note}")
    if options.json:
        summary = export.comparison_numbers(found)
        if options.out:
            files = [str(path.relative_to(options.out)) for path in written]
            summary |= {"out": str(options.out), "files": files}
        summary |= {"n_judged": found.n_judged, "work": vars(found.analysis.work)}
        print(json.dumps(summary, indent=1, allow_nan=False))
        return
    print("\n\n".join(_told(found)))
    if options.out:
        print(f"\nResults are in {options.out}")


def _told(found: Comparison) -> Iterator[str]:
    n_faces, n_frames = len(found.analysis.faces), len(found.analysis.samples)
    if not n_faces:
        yield f"No face was found in {n_frames} frames, so there is nothing to compare."
        return
    yield f"{n_faces} faces in {n_frames} frames, judged by {len(found.names)} classifiers."
    yield f"Same emotion, and Cohen's kappa (1 is full agreement, 0 is chance):\n{_matrix(found)}"
    yield f"Strongest emotion, share of the faces:\n{_shares(found)}"
    if found.disputes:
        yield f"Where they disagree most:\n{_disputes(found.disputes)}"
    else:
        yield "There is no face, large and sharp enough, on which they disagree."


def _matrix(found: Comparison) -> str:
    from facemotion.statistics import agreement

    same, kappa = agreement.same(found.verdicts), agreement.kappa(found.verdicts)
    rows = []
    for one in found.names:
        cells = [
            ""
            if one == other
            else f"{_share(same.loc[one, other])} ({_two(kappa.loc[one, other])})"
            for other in found.names
        ]
        rows.append([one, *cells])
    return table(["", *found.names], rows)


def _shares(found: Comparison) -> str:
    from facemotion.statistics import agreement

    named = agreement.named(found.verdicts).pivot(
        index="classifier", columns="emotion", values="share"
    )
    rows = [
        [
            name,
            *(_share(named.loc[name, emotion]) for emotion in EMOTIONS),
            _two(found.ms_per_face[name]),
        ]
        for name in found.names
    ]
    return table(["classifier", *EMOTIONS, "ms per face"], rows)


def _disputes(disputes: tuple[Dispute, ...]) -> str:
    names = list(disputes[0].verdicts)
    rows = [
        [
            clock(dispute.time_s),
            dispute.person,
            percent(dispute.disagreement),
            *(_verdict(dispute.verdicts[name]) for name in names),
        ]
        for dispute in disputes
    ]
    return table(["time", "face", "disagreement", *names], rows)


def _verdict(probabilities: tuple[float, ...]) -> str:
    best = max(range(len(EMOTIONS)), key=lambda number: probabilities[number])
    return f"{EMOTIONS[best]} {percent(probabilities[best])}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else percent(value)


def _two(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
