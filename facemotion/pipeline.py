"""The corridor: download, frames, faces, perhaps unsure faces shown to Claude, people, moments,
explanations; the order is only here."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyarrow import ArrowInvalid

from facemotion import (
    __version__,
    cache,
    download,
    explain,
    explaining,
    export,
    faces,
    fallback,
    frames,
    markers,
    models,
    moments,
    people,
    pictures,
    tables,
)
from facemotion.errors import InputError
from facemotion.models import choosing
from facemotion.people import edits, identity
from facemotion.records import (
    STAGE_FIELDS,
    VIEW_FIELDS,
    Analysis,
    Moment,
    OnProgress,
    Progress,
    Settings,
    StageName,
    Video,
    Work,
    ignore_progress,
)
from facemotion.statistics import smoothing

if TYPE_CHECKING:
    import pandas as pd

    from facemotion.records import RGB

RECIPE = "recipe.json"
DETECTIONS = "detections.json"
_MOMENTS = "moments.json"

_LATER: tuple[StageName, ...] = ("people", "moments", "explain")
LATER_FIELDS = (*(name for stage in _LATER for name in STAGE_FIELDS[stage]), *VIEW_FIELDS)
"""The settings that can be changed without running a model again."""


@dataclass(frozen=True)
class Recent:
    """An analysis on the disk: enough to list it without opening its tables."""

    analysis_id: str
    title: str
    source: str
    created: str
    n_samples: int
    thumbnail_path: Path | None


def run(
    source: str | Path,
    settings: Settings | None = None,
    *,
    cache_root: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    claude_key: str | None = None,
    shows_faces: bool = False,
) -> Analysis:
    """Analyse a URL or a file; what is in the cache already is not done again.

    With the explainer "claude", the moments are sent to Anthropic's service, and with
    ``claude_fallback`` cuttings around unsure faces, both under the caps in the settings;
    ``claude_key`` goes before ``ANTHROPIC_API_KEY`` and is not kept. With ``shows_faces``, some
    faces come with the progress while they are measured. Raises ``InputError`` when the source or
    a setting cannot be used, ``ModelError`` when a model is broken, and whatever ``on_progress``
    raises. What was finished by then is kept.
    """
    settings = settings or Settings()
    root = cache_root or cache.default_root()
    settings, chosen = choosing.resolved(settings)
    models.check_names(settings.detector, settings.classifier)
    models.embedder_name(settings.embedder)
    explain.check_name(settings.explainer)
    smoothing.check_name(settings.smoothing)
    _require_key(settings, claude_key)
    video, downloaded = download.run(str(source), settings, root, on_progress)
    folder = root / video.video_id
    cache.mark_used(folder)
    cache.expire(root)  # not before: an upload may belong to a video that is older than that
    faces_key, sampled, measured, added = _measure(
        video, settings, root, folder, claude_key, on_progress, shows_faces
    )
    analysis = _opened(folder, faces_key, lambda: measured, settings, on_progress)
    analysis = _with_moments(analysis, sampled, on_progress)
    if settings.explainer == "claude":
        rest = fallback.left(settings, added.usage) if added else settings
        asked = replace(analysis, settings=rest)  # the caps hold for both kinds of questions
        asked = explaining.ask(asked, lambda: sampled, claude_key, on_progress)
        analysis = replace(asked, settings=settings)
    cache.make_room(root, keep=frozenset({video.video_id}))
    notes = (*chosen, *analysis.notes, *(added.told if added else ()))
    return replace(analysis, notes=notes, work=downloaded + measured.work + sampled.work)


def reopen(
    analysis_id: str,
    changes: Mapping[str, Any] | None = None,
    *,
    cache_root: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Analysis:
    """An analysis from the cache, with other values of some settings; nothing is measured again.

    ``changes`` has values by the names in ``LATER_FIELDS``. Raises ``InputError`` when the analysis
    is not in the cache any more, or a value is out of range.
    """
    root = cache_root or cache.default_root()
    folder, faces_key, recipe = _find(root, analysis_id)
    settings = Settings.from_dict(recipe["settings"])
    if unknown := set(changes or {}) - set(LATER_FIELDS):
        raise ValueError(f"{sorted(unknown)} cannot be changed without measuring again")
    settings = settings.with_changes(**(changes or {}))
    cache.mark_used(folder)
    final = folder / f"faces-{faces_key}"
    try:
        analysis = _opened(folder, faces_key, lambda: faces.load(final), settings, on_progress)
        return _with_moments(analysis, None, on_progress)
    except (ArrowInvalid, json.JSONDecodeError, FileNotFoundError) as error:
        raise InputError(
            f"The files of the analysis {analysis_id!r} are damaged. Delete it, and analyse the "
            "video again."
        ) from error


def ask_claude(
    analysis_id: str,
    changes: Mapping[str, Any] | None = None,
    *,
    cache_root: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    claude_key: str | None = None,
) -> Analysis:
    """An analysis from the cache with Claude's explanations; only what is missing is asked.

    ``changes`` as in ``reopen``. Raises as ``reopen`` does, and ``SettingsError`` without a key.
    """
    explain.require_key(claude_key)
    changes = {**(changes or {}), "explainer": "claude"}
    analysis = reopen(analysis_id, changes, cache_root=cache_root, on_progress=on_progress)
    return explaining.ask(analysis, lambda: sampled_frames(analysis), claude_key, on_progress)


def n_answers(analysis_id: str, cache_root: Path | None = None) -> int:
    """How many answers of Claude about a video are on the disk."""
    folder = (cache_root or cache.default_root()) / analysis_id.rpartition(".")[0]
    return sum(1 for _ in (folder / explaining.ANSWERS).glob("*.json"))


def plan_claude(analysis: Analysis) -> tuple[explain.Plan, str]:
    """What asking Claude about all moments would take, and the same in words; sends nothing."""
    planned = explaining.plan(analysis, lambda: sampled_frames(analysis))
    return planned, explaining.expected(analysis, planned)


def recent(cache_root: Path | None = None, limit: int = 12) -> list[Recent]:
    """The analyses in the cache, the most recently used video first."""
    root = cache_root or cache.default_root()
    return [
        item for entry in cache.entries(root) for item in _analyses_of(entry.folder, entry.title)
    ][:limit]


def edits_of(analysis_id: str, cache_root: Path | None = None) -> edits.Edits:
    """What was decided about the people of an analysis; raises as ``edit_people`` does."""
    folder, faces_key, _ = _find(cache_root or cache.default_root(), analysis_id)
    return edits.load(folder, faces_key)


def edit_people(
    analysis_id: str,
    alter: Callable[[edits.Edits], edits.Edits],
    *,
    cache_root: Path | None = None,
) -> edits.Edits:
    """Change what is decided about the people; every later ``run`` and ``reopen`` applies it.

    ``alter`` gets what is on the disk now, which another session may have changed meanwhile.
    Raises ``InputError`` when the analysis is not in the cache or its decisions are damaged.
    """
    folder, faces_key, _ = _find(cache_root or cache.default_root(), analysis_id)
    return edits.change(folder, faces_key, alter)


def markers_of(analysis_id: str, cache_root: Path | None = None) -> markers.Markers:
    """The user's own marks on the video of an analysis; raises as ``edit_markers`` does."""
    return markers.load(_find(cache_root or cache.default_root(), analysis_id)[0])


def edit_markers(
    analysis_id: str,
    alter: Callable[[markers.Markers], markers.Markers],
    *,
    cache_root: Path | None = None,
) -> markers.Markers:
    """Change the marks on a video; ``alter`` gets those that are on the disk now.

    Raises ``InputError`` when the analysis is not in the cache, or the marks are damaged.
    """
    return markers.change(_find(cache_root or cache.default_root(), analysis_id)[0], alter)


def sampled_frames(analysis: Analysis) -> frames.Frames:
    """The frames that the analysis looked at, for showing one that is no moment."""
    name = analysis.provenance["frames"]
    return frames.run(analysis.video, analysis.settings, analysis.folder.parent / name)


def frames_folder(video: Video, settings: Settings, cache_root: Path | None = None) -> Path:
    """Where the sampled frames of a video are kept."""
    return (cache_root or cache.default_root()) / video.video_id / _frames_name(video, settings)


def landmarks_of(analysis: Analysis) -> Path:
    """Where the meshes of the faces are, if they were kept: ``facemotion.faces.landmarks``."""
    faces_key = analysis.analysis_id.rpartition(".")[2]
    return analysis.folder.parent / f"faces-{faces_key}" / faces.LANDMARKS


def write_outputs(analysis: Analysis, out: Path) -> list[Path]:
    """Write the JSON, tables, cards and summary of an analysis into the folder ``out``."""
    wanted = {moment.frame_index for moment in analysis.moments}
    pixels = sampled_frames(analysis).grab(wanted)
    return export.write_all(analysis, out, pixels, landmarks_of(analysis))


def _require_key(settings: Settings, claude_key: str | None) -> None:
    """``SettingsError`` before any work when something is to be asked and there is no key."""
    if settings.explainer == "claude":
        explain.require_key(claude_key)
    elif settings.claude_fallback:
        explain.require_key(claude_key, explain.NO_KEY_TO_FIND)


def _measure(
    video: Video,
    settings: Settings,
    root: Path,
    folder: Path,
    claude_key: str | None,
    on_progress: OnProgress,
    shows_faces: bool,
) -> tuple[str, frames.Frames, faces.Faces, fallback.Added | None]:
    """The faces, measured or from the disk, with their key and the frames they are from."""
    frames_name = _frames_name(video, settings)
    faces_key = _faces_key(frames_name, settings)
    final = folder / f"faces-{faces_key}"
    sampled = frames.run(video, settings, folder / frames_name, on_progress)
    measured = faces.run(
        *(sampled.read, sampled.n_samples, settings, root / "models", final, on_progress),
        shows_faces=shows_faces,
    )
    added = None
    if settings.claude_fallback:
        given = fallback.Given(folder, faces_key, sampled, measured, root / "models")
        added = fallback.run(given, settings, claude_key, on_progress)
        faces_key, measured = added.key, added.measured
        final = folder / f"faces-{faces_key}"
    if not (final / RECIPE).exists():
        recipe = _recipe(settings, sampled, frames_name, len(measured.samples))
        if added:
            recipe["provenance"]["claude_fallback"] = added.facts
            recipe["notes"] = [*recipe["notes"], *added.notes]
        cache.write_text(final / RECIPE, json.dumps(recipe, indent=1))
    return faces_key, sampled, measured, added


def _opened(
    folder: Path,
    faces_key: str,
    measured: Callable[[], faces.Faces],
    settings: Settings,
    on_progress: OnProgress,
) -> Analysis:
    """The people in what was measured, and what was decided about them, without moments.

    A second time, no model and no video file is touched.
    """
    video = download.known(folder)
    recipe = cache.read_json(folder / f"faces-{faces_key}" / RECIPE)
    tracks_key = _tracks_key(faces_key, settings)
    final = folder / f"people-{tracks_key}"

    def grab(wanted: Iterable[int]) -> dict[int, RGB]:
        frames_name = recipe["provenance"]["frames"]
        return frames.run(video, settings, folder / frames_name).grab(wanted)

    def tables_measured() -> tuple[pd.DataFrame, pd.DataFrame]:
        found = measured()
        return found.faces, found.samples

    followed = people.run(tables_measured, settings, final, on_progress)
    known, joined = identity.run(
        followed.faces, grab, settings.embedder, final / people.IDENTITY, on_progress
    )
    decided = edits.load(folder, faces_key)
    known = edits.apply(known, decided)
    ranges = edits.neutral_ranges(known, decided)
    if ranges:
        known = people.counted_from(known, tables_measured()[0], ranges)
    if settings.baseline_end_s is not None:  # one stretch for everybody who has none of their own
        told = (settings.baseline_start_s or 0.0, settings.baseline_end_s)
        ranges = dict.fromkeys(known["face_id"].unique().tolist(), told) | ranges
    people_key = cache.key("decided", 1, tracks_key, sorted(joined.items()), decided.key)
    if video.duration_s is None:  # a file: only the frames room has looked inside
        video = replace(video, duration_s=recipe["provenance"]["stream"]["duration_s"])
    return Analysis(
        analysis_id=f"{folder.name}.{faces_key}",
        video=video,
        settings=settings,
        faces=known,
        samples=tables.recounted(followed.samples, known),
        moments=(),
        explanations=(),
        provenance={**recipe["provenance"], "people": asdict(followed.counts)},
        folder=folder / _moments_name(people_key, settings),
        notes=(*video.notes, *recipe["notes"], *followed.notes),
        neutral_ranges=ranges,
    )


def _with_moments(
    analysis: Analysis, sampled: frames.Frames | None, on_progress: OnProgress
) -> Analysis:
    """Choose the moments and write their pictures, or take those that are there."""
    final = analysis.folder
    if cache.action(final) != "reuse":
        with cache.lock(final):
            if cache.action(final) != "reuse":
                on_progress(Progress("moments", text="Choosing the moments"))
                with cache.building(final) as folder:
                    _build_moments(analysis, sampled or sampled_frames(analysis), folder)
    stored = cache.read_json(final / _MOMENTS)
    found = tuple(Moment.from_dict(moment) for moment in stored)
    on_progress(Progress("moments", len(found), len(found), "moments"))
    analysis = replace(analysis, moments=found)
    frames_of = (lambda: sampled) if sampled else (lambda: sampled_frames(analysis))
    return replace(analysis, explanations=explaining.of_disk(analysis, frames_of))


def _build_moments(analysis: Analysis, sampled: frames.Frames, folder: Path) -> None:
    found = moments.choose(analysis.faces, analysis.settings)
    pixels = sampled.grab({moment.frame_index for moment in found})
    pictured = pictures.write(found, pixels, folder)
    done = replace(analysis, moments=tuple(pictured))
    cache.write_text(folder / DETECTIONS, export.detections_json(done))
    cache.write_text(folder / _MOMENTS, json.dumps([m.to_dict() for m in pictured], indent=1))


def _frames_name(video: Video, settings: Settings) -> str:
    part = settings.part("frames")
    return f"frames-{cache.key('frames', frames.VERSION, video.video_id, part)}"


def _faces_key(frames_name: str, settings: Settings) -> str:
    part, models_used = settings.part("faces"), faces.fingerprint(settings)
    return cache.key("faces", faces.VERSION, frames_name, part, models_used)


def _tracks_key(faces_key: str, settings: Settings) -> str:
    return cache.key("people", people.VERSION, faces_key, settings.part("people"))


def _moments_name(people_key: str, settings: Settings) -> str:
    part = settings.part("moments")
    return f"moments-{cache.key('moments', moments.VERSION, people_key, part)}"


def _recipe(
    settings: Settings, sampled: frames.Frames, frames_name: str, n_samples: int
) -> dict[str, Any]:
    """How faces were measured: kept beside the tables, so that they can be opened by it alone."""
    provenance = {
        "facemotion": __version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "models": faces.fingerprint(settings),
        "stages": {
            "download": download.VERSION,
            "frames": frames.VERSION,
            "faces": faces.VERSION,
            "people": people.VERSION,
            "moments": moments.VERSION,
        },
        "packages": {name: version(name) for name in ("ai-edge-litert", "av", "numpy")},
        "frames": frames_name,
        "stream": sampled.info,
    }
    return {
        "settings": settings.to_dict(),
        "provenance": provenance,
        "notes": sampled.notes,
        "n_samples": n_samples,
    }


def _find(root: Path, analysis_id: str) -> tuple[Path, str, Any]:
    """Video's folder, key of the faces, recipe; ``InputError`` when an analysis is not there."""
    video_id, _, faces_key = analysis_id.rpartition(".")
    recipe = root / video_id / f"faces-{faces_key}" / RECIPE
    is_safe = re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", video_id) and faces_key.isalnum()
    if not is_safe or not recipe.is_file():
        raise InputError(
            f"The analysis {analysis_id!r} is not in the cache any more. Analyse the video again."
        )
    try:
        return root / video_id, faces_key, cache.read_json(recipe)
    except ValueError as error:
        raise InputError(f"{recipe} is damaged. Delete its folder and analyse again.") from error


def _analyses_of(folder: Path, title: str) -> Iterator[Recent]:
    pictures_of = (folder / "thumbnail.jpg", *sorted(folder.glob("moments-*/faces/det_*_face.jpg")))
    thumbnail = next((path for path in pictures_of if path.is_file()), None)
    try:
        video = download.known(folder)
    except InputError:  # a download under way
        return
    for path in sorted(folder.glob(f"faces-*/{RECIPE}"), key=lambda p: -p.stat().st_mtime):
        try:
            recipe = cache.read_json(path)
            created, n_samples = recipe["provenance"]["created"], recipe["n_samples"]
        except (OSError, ValueError, KeyError, TypeError):  # the Library tells
            continue
        key = path.parent.name.removeprefix("faces-")
        yield Recent(
            analysis_id=f"{folder.name}.{key}",
            title=title,
            source=video.source,
            created=created,
            n_samples=n_samples,
            thumbnail_path=thumbnail,
        )


__all__ = [
    "LATER_FIELDS",
    "Recent",
    "Work",
    "edit_markers",
    "edit_people",
    "edits_of",
    "frames_folder",
    "landmarks_of",
    "markers_of",
    "recent",
    "reopen",
    "run",
    "sampled_frames",
    "write_outputs",
]
