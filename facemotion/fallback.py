"""Faces that the detector was not sure of, confirmed by Claude and measured on this machine.

Off by default. Only what the detector proposed itself is shown to Claude, as small cuttings. Beside
the results of the faces room there are then, in the folder of the video:

    unsure-<key>/           the cuttings, and where in which frames they are from
    answers/faces/          one file per answer, named by what it depends on
    faces-<key>/            all faces with those that Claude confirmed, under a key of their own

The last has the form of any faces folder, so that everything after it needs to know nothing of
this; which answers there were is in its key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facemotion import cache, explain, explaining, faces
from facemotion.explain import showing
from facemotion.faces import unsure
from facemotion.models.base import Detections
from facemotion.records import OnProgress, Progress, Settings, Work

if TYPE_CHECKING:
    from facemotion import frames

VERSION = 1
ANSWERS = "faces"
_PLACES = "places.json"


@dataclass(frozen=True)
class Added:
    """The faces with those that Claude confirmed, in ``faces-<key>``.

    ``facts`` and ``notes`` hold for this folder, whenever it is opened; ``told`` is what this run
    did about it, and ``usage`` what that took.
    """

    key: str
    measured: faces.Faces
    facts: dict[str, Any]
    notes: tuple[str, ...]
    told: tuple[str, ...]
    usage: explain.Usage


@dataclass(frozen=True)
class Given:
    """What the faces room gave for a video: ``folder`` is that of the video."""

    folder: Path
    faces_key: str
    sampled: frames.Frames
    measured: faces.Faces
    models_folder: Path

    @property
    def cuttings(self) -> Path:
        """Where the cuttings around the unsure faces are kept."""
        key = cache.key("unsure", unsure.VERSION, VERSION, self.faces_key)
        return self.folder / f"unsure-{key}"


def run(given: Given, settings: Settings, claude_key: str | None, on_progress: OnProgress) -> Added:
    """Let Claude look at the unsure faces of a video, and measure those that he confirms.

    What is on the disk is neither looked for nor asked again. What the service does raises nothing:
    faces without an answer stay out, with a note, and are asked about the next time. Whatever
    ``on_progress`` raises goes through.
    """

    def waiting() -> None:
        on_progress(Progress("faces", text="Waiting for another run of this video"))

    # Held while asking too: two runs of one video would pay twice.
    with cache.lock(given.cuttings.with_name(f"claude-{given.cuttings.name}"), waiting):
        n_looked = 0
        if cache.action(given.cuttings) != "reuse":
            with cache.building(given.cuttings) as unfinished:
                n_looked = _cut(unfinished, given, settings, on_progress)
        known = cache.read_json(given.cuttings / _PLACES)
        shown = [
            explain.Picture(f"picture-{number}", (given.cuttings / place["file"]).read_bytes())
            for number, place in enumerate(known["places"], start=1)
        ]
        planned, finding = _asked(given, shown, settings, claude_key, on_progress)
        confirmed = _confirmed(known["places"], shown, finding.found)
        key = _key(given.faces_key, shown, finding.found, settings)
        found = _measured(given, key, confirmed, settings, on_progress)
    facts = _facts(known, finding, confirmed, found, settings)
    work = given.measured.work + Work(frames_analysed=n_looked)
    told = finding.told(planned, settings)
    return Added(key, replace(found, work=work), facts, _notes(facts), told, finding.usage)


def left(settings: Settings, used: explain.Usage) -> Settings:
    """The settings with the caps as they are after questions that took so much."""
    dollars = used.dollars(settings.claude_model) or 0.0
    return settings.with_changes(
        max_calls=max(0, settings.max_calls - used.calls),
        max_dollars=max(0.0, settings.max_dollars - dollars),
    )


def _cut(folder: Path, given: Given, settings: Settings, on_progress: OnProgress) -> int:
    """Keep a cutting of every unsure face but the repetitions; how many frames were looked at."""
    places: list[dict[str, Any]] = []
    n_repeats = n_looked = 0

    def count(progress: Progress) -> None:
        nonlocal n_looked
        n_looked += 1
        on_progress(progress)

    sampled, sure = given.sampled, given.measured.faces
    for proposal in unsure.proposals(sampled.read, sampled.n_samples, settings, sure, count):
        if proposal.is_repeat:
            n_repeats += 1
            continue
        name = f"{len(places) + 1:05d}.jpg"
        cache.write_bytes(folder / name, showing.jpeg(proposal.rgb))
        place = {
            "frame": proposal.frame,
            "time_s": proposal.time_s,
            "box_xywh": proposal.box_xywh,
            "score": proposal.score,
            "view_xywh": proposal.view_xywh,
            "file": name,
        }
        places.append(place)
    known = {"n_repeats": n_repeats, "places": places}
    cache.write_text(folder / _PLACES, json.dumps(known, indent=1))
    return n_looked


def _asked(
    given: Given,
    shown: list[explain.Picture],
    settings: Settings,
    claude_key: str | None,
    on_progress: OnProgress,
) -> tuple[explain.FindPlan, explain.Finding]:
    """What was to be asked, and all that is known then; told with its price before it is sent."""
    kept = given.folder / explaining.ANSWERS / ANSWERS
    planned = explain.plan_finding(shown, settings, kept)
    text = explain.expected_finding(planned, settings)
    on_progress(Progress("fallback", 0, planned.n_asked, "pictures", text))
    finding = explain.find(planned, settings, kept, claude_key, on_progress)
    explaining.remember(kept.parent, settings.claude_model, finding.usage)
    return planned, finding


def _measured(
    given: Given,
    key: str,
    confirmed: Mapping[int, Detections],
    settings: Settings,
    on_progress: OnProgress,
) -> faces.Faces:
    """All faces with the confirmed ones, in the folder of this key."""
    final = given.folder / f"faces-{key}"
    if cache.action(final) != "reuse":
        without = given.folder / f"faces-{given.faces_key}"
        with cache.building(final) as folder:
            unsure.add(
                *(given.sampled.read, given.measured, confirmed, settings),
                *(given.models_folder, without, folder, on_progress),
            )
    return faces.load(final)


def _confirmed(
    places: list[dict[str, Any]],
    shown: list[explain.Picture],
    found: Mapping[str, explain.Found],
) -> dict[int, Detections]:
    """The boxes in the answers by frame, in pixels of the frame."""
    boxes: dict[int, list[tuple[float, ...]]] = {}
    for place, picture in zip(places, shown, strict=True):
        x, y, w, h = place["view_xywh"]
        for box in found[picture.id].faces if picture.id in found else ():
            width, height = w * (box.right - box.left), h * (box.bottom - box.top)
            row = (x + w * box.left, y + h * box.top, width, height, box.confidence)
            boxes.setdefault(place["frame"], []).append(row)
    by_frame = {}
    for frame, rows in boxes.items():
        values = np.array(rows, np.float32)
        by_frame[frame] = Detections(values[:, :4], values[:, 4])
    return by_frame


def _key(
    faces_key: str,
    shown: list[explain.Picture],
    found: Mapping[str, explain.Found],
    settings: Settings,
) -> str:
    """Everything that decides the faces: those without Claude, the pictures, what he answered."""
    answers = [
        [showing.key(picture, settings.claude_model), found[picture.id].model_dump()]
        for picture in shown
        if picture.id in found
    ]
    return cache.key("fallback", VERSION, unsure.VERSION, faces_key, answers)


def _facts(
    known: dict[str, Any],
    finding: explain.Finding,
    confirmed: Mapping[int, Detections],
    found: faces.Faces,
    settings: Settings,
) -> dict[str, Any]:
    """What the provenance tells of it."""
    n_faces = int((found.faces["source"] == "claude").sum())
    return {
        "version": VERSION,
        "model": settings.claude_model,
        "n_unsure": len(known["places"]),
        "n_repeats_left_out": known["n_repeats"],
        "n_answered": len(finding.found),
        "n_confirmed": sum(len(boxes) for boxes in confirmed.values()),
        "n_faces": n_faces,
    }


def _notes(facts: dict[str, Any]) -> tuple[str, ...]:
    """What somebody who opens the analysis should know."""
    n_unsure, n_repeats = facts["n_unsure"], facts["n_repeats_left_out"]
    if not n_unsure:
        return ("The detector left no face unsure, so nothing was shown to Claude.",)
    text = (
        f"The detector was not sure of {_counted(n_unsure, 'face')}. {facts['model']} looked at "
        f"{facts['n_answered']} and confirmed {_counted(facts['n_confirmed'], 'face')}, of which "
        f"{facts['n_faces']} could be measured and were not known already"
    )
    if n_repeats:
        text += f"; {n_repeats} more looked like one of them and were left out, shown to nobody"
    return (f"{text}.",)


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
