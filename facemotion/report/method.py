"""How it was measured: settings, models, versions; and from where the video came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facemotion.models.facts import FACTS, NOT_MEASURED
from facemotion.records import STAGE_FIELDS, VIEW_FIELDS, Analysis, StageName
from facemotion.report.words import clock, moment_of, web_link

_STAGES: dict[StageName, str] = {
    "download": "Video",
    "frames": "Frames",
    "faces": "Faces",
    "fallback": "Unsure faces",
    "people": "People",
    "moments": "Moments",
    "explain": "Explanations",
}
_ROLES = ("Detector", "Mesh", "Iris", "Classifier")
"""Of the models, in the order in which the provenance has them."""

_CLAUDE_ONLY = ("claude_model", "claude_batch", "max_calls", "max_dollars")
_HASH = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Origin:
    """Where the video is from: who made it, and a site with a link, or a file by its name."""

    uploader: str
    site: str
    link: str | None


@dataclass(frozen=True)
class Model:
    """A model that was used: what for, its name and version, its hashes, and how good it is."""

    role: str
    name: str
    hashes: str
    origin: str
    accuracy: str


@dataclass(frozen=True)
class Group:
    """The settings of one stage, as name and value."""

    title: str
    values: tuple[tuple[str, str], ...]


def origin(analysis: Analysis) -> Origin:
    """Where the video is from; of a file on this machine the name only, never its folder."""
    video = analysis.video
    if video.site == "file":
        return Origin(video.uploader or "", file_name(video.source), None)
    return Origin(video.uploader or "", video.site, web_link(video.webpage_url))


def models(analysis: Analysis) -> tuple[Model, ...]:
    """The models with the hashes of their weights, as they were when the faces were measured."""
    used = [str(name) for name in analysis.provenance.get("models", ())]
    roles = _ROLES if len(used) == len(_ROLES) else ("Model",) * len(used)
    return tuple(_model(role, name) for role, name in zip(roles, used, strict=True))


def settings(analysis: Analysis) -> tuple[Group, ...]:
    """All the settings that decided the result, under the names that they have everywhere."""
    values = analysis.settings.to_dict()
    groups = []
    for stage, title in _STAGES.items():
        names = [
            name
            for name in STAGE_FIELDS[stage]
            if name not in _CLAUDE_ONLY or analysis.settings.explainer == "claude"
        ]
        groups.append(Group(title, tuple((name, _value(values[name])) for name in names)))
    view = tuple((name, _value(values[name])) for name in VIEW_FIELDS)
    return (*groups, Group("Shown", view))


def facts(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """The analysis itself: its number, its time, the program, the picture, what was left out."""
    known, people = analysis.provenance, analysis.provenance.get("people", {})
    stages = ", ".join(f"{name} {number}" for name, number in known.get("stages", {}).items())
    packages = ", ".join(f"{name} {number}" for name, number in known.get("packages", {}).items())
    rows = {
        "Analysis": analysis.analysis_id,
        "Measured": moment_of(known["created"]) if "created" in known else "",
        "Program": f"facemotion {known.get('facemotion', '')}".strip(),
        "Versions of the stages": stages,
        "Packages": packages,
        "Video stream": _stream(known.get("stream", {})),
        "Frames looked at": f"{len(analysis.samples)}",
        "Shots": str(people["shots"]) if "shots" in people else "",
        "Left out as no face": _left_out(people),
    }
    return tuple((name, value) for name, value in rows.items() if value)


def citation(analysis: Analysis) -> str:
    """The sentence by which somebody else can tell what was done."""
    known = analysis.provenance
    used = ", ".join(
        f"{model.role.lower()} {model.name}" + (f" ({model.hashes})" if model.hashes else "")
        for model in models(analysis)
    )
    when = f", measured {moment_of(known['created'])}" if "created" in known else ""
    return (
        f"Apparent facial expressions were measured with facemotion {known.get('facemotion', '')}"
        f"{f' ({used})' if used else ''}, {_interval(analysis)}; "
        f"analysis {analysis.analysis_id}{when}."
    )


def view(analysis: Analysis) -> str:
    """What the curves are, in words, if they are not what was measured; otherwise ""."""
    chosen, parts = analysis.settings, list[str]()
    if chosen.baseline_corrected:
        parts.append("above each person's face at rest")
    if chosen.smoothing != "none":
        parts.append(f"smoothed ({chosen.smoothing}, {chosen.smoothing_s:g} s)")
    return f"Curves and shares are {' and '.join(parts)}." if parts else ""


def without_folders(text: str, analysis: Analysis) -> str:
    """The text without the folders of this machine that an analysis knows of."""
    paths = (Path(analysis.video.path), analysis.folder)
    folders = {folder for path in paths for folder in path.parents if len(folder.parts) > 1}
    for folder in sorted(folders, key=lambda one: -len(one.parts)):
        text = text.replace(f"{folder}/", "")
    return text


def file_name(source: str) -> str:
    """The last part of a path, of this system or another one."""
    return re.split(r"[\\/]", source.rstrip("\\/"))[-1]


def _model(role: str, fingerprint: str) -> Model:
    parts = fingerprint.split("-")
    hashes = [part for part in parts if _HASH.fullmatch(part)]
    name = "-".join(part for part in parts if part not in hashes)
    known = FACTS.get(re.sub(r"-v\d+$", "", name))
    accuracy = "" if known is None else known.accuracy
    if known is not None and accuracy == NOT_MEASURED:
        accuracy = known.published or accuracy
    return Model(role, name, " ".join(hashes), "" if known is None else known.origin, accuracy)


def _interval(analysis: Analysis) -> str:
    chosen = analysis.settings
    every = "in every frame" if chosen.every_s == 0 else f"every {chosen.every_s:g} s"
    if chosen.start_s is None and chosen.end_s is None:
        return every
    end = "the end" if chosen.end_s is None else clock(chosen.end_s)
    return f"{every} from {clock(chosen.start_s or 0.0)} to {end}"


def _stream(info: dict[str, Any]) -> str:
    def told() -> Iterator[str]:
        if "width" in info:
            yield f"{info['width']} × {info['height']} px"
        if info.get("fps"):
            yield f"{info['fps']:g} frames a second"
        if info.get("codec"):
            yield str(info["codec"])

    return ", ".join(told())


def _left_out(people: dict[str, Any]) -> str:
    if not people.get("dropped_tracks"):
        return ""
    return f"{people['dropped_tracks']} short doubtful tracks with {people['dropped_faces']} faces"


def _value(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
