"""What is made of an analysis to be passed on and takes a while: the film and the report.

Each is built once and kept beside the analysis, under a key of everything that changes it. It
stands beside the pipeline, which knows the rooms and their order; this knows these two only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion import cache, faces, film, pipeline, report, statistics
from facemotion.errors import InputError
from facemotion.film import FilmOptions
from facemotion.markers import Markers
from facemotion.records import VIEW_FIELDS, Analysis, OnProgress, Progress, ignore_progress
from facemotion.report import ReportOptions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FilmOptions", "ReportOptions", "film_path", "make_film", "make_report", "report_path"]


def film_path(analysis: Analysis, options: FilmOptions) -> Path:
    """Where the film of an analysis is once it has been made."""
    return _path(analysis, "film", film.VERSION, asdict(options), "annotated.mp4")


def report_path(analysis: Analysis, options: ReportOptions) -> Path:
    """Where the report of an analysis is once it has been made."""
    told = [asdict(options), [[mark.time_s, mark.text] for mark in _marks(analysis)]]
    return _path(analysis, "report", report.VERSION, told, "report.html")


def make_film(
    analysis: Analysis,
    options: FilmOptions,
    on_progress: OnProgress = ignore_progress,
) -> Path:
    """The film of an analysis, from the disk if it was made before.

    Its curves are as the settings of the view ask for. With blurred faces, those of people who
    were left out are hidden, too. Raises as ``film.run`` does.
    """

    def build(path: Path) -> None:
        film.run(_viewed(analysis), path, options, on_progress, also_hide=_measured(analysis))

    return _made(film_path(analysis, options), build, on_progress)


def make_report(
    analysis: Analysis,
    options: ReportOptions,
    on_progress: OnProgress = ignore_progress,
) -> Path:
    """The report of an analysis, from the disk if it was made before; see ``report.render``."""

    def build(path: Path) -> None:
        on_progress(Progress("export", 0, 2, "steps", "Reading the frames of the moments"))
        wanted = {moment.frame_index for moment in analysis.moments}
        frames = pipeline.sampled_frames(analysis).grab(wanted)
        on_progress(Progress("export", 1, 2, "steps", "Drawing the charts"))
        text = report.render(
            analysis,
            frames,
            options,
            landmarks=pipeline.landmarks_of(analysis),
            measured=_measured(analysis),
            markers=_marks(analysis),
        )
        cache.write_text(path, text)
        on_progress(Progress("export", 2, 2, "steps"))

    return _made(report_path(analysis, options), build, on_progress)


def _made(path: Path, build: Callable[[Path], None], on_progress: OnProgress) -> Path:
    """The file, built by one process at a time; the builder writes it whole or not at all."""

    def waiting() -> None:
        on_progress(Progress("export", text="Another run is making it"))

    if not path.is_file():
        with cache.lock(path.parent, waiting):
            if not path.is_file():
                cache.make_folder(path.parent)
                build(path)
    return path


def _path(analysis: Analysis, kind: str, version: int, options: object, name: str) -> Path:
    """The folder's name has all that changes the file: the analysis' own folder stands for faces,
    people and moments."""
    told = {
        "moments": analysis.folder.name,
        "words": [words.to_dict() for words in analysis.explanations],
        "view": [getattr(analysis.settings, name) for name in VIEW_FIELDS],
        "title": analysis.video.title,
        "options": options,
    }
    key = cache.key(kind, version, json.loads(json.dumps(told)))
    faces_key = analysis.analysis_id.rpartition(".")[2]  # so that they go with the analysis
    return analysis.folder.parent / f"outputs-{faces_key}-{key}" / name


def _marks(analysis: Analysis) -> Markers:
    """The user's marks on the video; none if their file is damaged, which the Timeline tells."""
    try:
        return pipeline.markers_of(analysis.analysis_id, analysis.folder.parent.parent)
    except InputError:
        return ()


def _measured(analysis: Analysis) -> pd.DataFrame:
    """All faces that were found, those of people who were left out among them."""
    return faces.load(pipeline.landmarks_of(analysis).parent).faces


def _viewed(analysis: Analysis) -> Analysis:
    shown = statistics.shown(analysis.faces, analysis.settings, analysis.neutral_ranges)
    return replace(analysis, faces=shown)
