"""The report as one HTML file: everything in it, nothing loaded, nothing run but its own code."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
from markupsafe import Markup

from facemotion import cards, export, palette, statistics
from facemotion.markers import Markers
from facemotion.records import Analysis, Moment
from facemotion.report import figures, mesh, method, moments, people, views
from facemotion.report.options import ReportOptions
from facemotion.report.words import clock, moment_of, percent
from facemotion.statistics import opinions

if TYPE_CHECKING:
    from facemotion.records import RGB

_PARTS = files(__package__)


@dataclass(frozen=True)
class Number:
    """A key number: what it is, its value, and a few words on it."""

    name: str
    value: str
    more: str
    emotion: str = ""


@dataclass(frozen=True)
class Mark:
    """One of the user's marks: its letter in the chart, its time, its words."""

    letter: str
    time: str
    text: str


def render(
    analysis: Analysis,
    frames: Mapping[int, RGB],
    options: ReportOptions | None = None,
    *,
    landmarks: Path | None = None,
    measured: pd.DataFrame | None = None,
    markers: Markers = (),
) -> str:
    """The whole analysis as the text of an HTML file, the same for the same analysis.

    ``frames`` gives the moments' frames, ``(h, w, 3)`` uint8, by frame number; missing ones are
    taken from the analysis' folder. ``landmarks`` is the Parquet file of the meshes, which need
    not exist; only ``faces="mesh"`` reads it. ``measured`` is the faces table as it was before
    anybody was left out (``frame, x, y, w, h``): without it a report with blurred faces shows no
    whole frames, because nobody could say which faces to hide in them.
    """
    options = options or ReportOptions()

    def frame_of(moment: Moment) -> RGB | None:
        return cards.frame_of(analysis, moment, frames)

    faces = statistics.shown(analysis.faces, analysis.settings, analysis.neutral_ranges)
    charts = figures.drawn(replace(analysis, faces=faces), markers)
    scripts = {"plotly": figures.plotly_js(), "code": _text("report.js")}
    return _template().render(
        analysis=analysis,
        apparent=palette.APPARENT,
        options=options,
        moments=moments.shown(analysis, views.Sources(frame_of, options, landmarks, measured)),
        max_frames=views.MAX_FRAMES,
        side=mesh.SIDE,
        charts=charts,
        shares=people.parts(faces),
        marks=_marks(markers),
        policy=_policy(scripts.values()),
        css=Markup(_text("report.css")),
        figures=Markup(figures.as_json(charts.all())),
        **{name: Markup(code) for name, code in scripts.items()},
        **_told(analysis),
    )


def _told(analysis: Analysis) -> dict[str, Any]:
    """What the template says in words and tables, by the names that it has there."""
    persons, n_more = people.rows(analysis)
    return {
        "origin": method.origin(analysis),
        "measured_at": moment_of(str(analysis.provenance.get("created", ""))),
        "numbers": _numbers(analysis),
        "notes": [method.without_folders(note, analysis) for note in analysis.notes],
        "view": method.view(analysis),
        "opinions": _opinions(analysis),
        "counted_from": figures.counted_from(analysis.faces),
        "muscles": people.muscles(analysis),
        "people": persons,
        "n_more_people": n_more,
        "facts": method.facts(analysis),
        "models": method.models(analysis),
        "settings": method.settings(analysis),
        "citation": method.citation(analysis),
        "schema_version": export.SCHEMA_VERSION,
    }


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = palette.percent
    environment.filters["glyph"] = palette.glyph
    environment.filters["color"] = palette.color
    return environment.from_string(_text("report.html.jinja"))


def _text(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _policy(scripts: Iterable[str]) -> str:
    """What the page may do: run these very scripts and show what is inside it, nothing else.

    Plotly writes style sheets of its own, so styles cannot be listed by their hash; it saves a
    chart by way of a ``blob:``, which no other page can make.
    """
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{one}'" for one in hashes),
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _numbers(analysis: Analysis) -> tuple[Number, ...]:
    """The same numbers as in detections.json."""
    known = export.summary_numbers(analysis)
    seen, total = known["samples_with_face"], known["samples"]
    n_people = known["face_tracks"]
    numbers = [
        _length(analysis),
        Number("With a face", percent(known["coverage"]), f"{seen} of {total} frames"),
        Number("Faces", f"{n_people}", f"{known['face_rows']} detections"),
    ]
    top = known["dominant_emotion"]
    if top is not None:
        share = percent(known["emotions"][top]["dominant_share"])
        expressive = percent(known["mean_expressiveness"])
        numbers += [
            Number("Most often", top, f"{share} of face time", emotion=top),
            Number("Expressiveness", expressive, "on average"),
        ]
    return (*numbers, Number("Moments", f"{len(analysis.moments)}", "chosen to look at"))


def _length(analysis: Analysis) -> Number:
    chosen, times = analysis.settings, analysis.samples["timestamp"]
    last_s = float(times.max()) if len(times) else 0.0
    looked = "every frame" if chosen.every_s == 0 else f"every {chosen.every_s:g} s"
    if chosen.start_s is None and chosen.end_s is None:
        whole_s = round(analysis.video.duration_s or last_s)
        return Number("Length", clock(whole_s), f"looked at {looked}")
    end_s = last_s if chosen.end_s is None else chosen.end_s
    return Number("Part", f"{clock(chosen.start_s or 0.0)} – {clock(end_s)}", f"looked at {looked}")


def _opinions(analysis: Analysis) -> str:
    """How the second opinions compare with the muscles and the classifier; "" without any."""
    found = opinions.verdict(analysis.moments, analysis.explanations)
    return "" if found is None else "; ".join(opinions.told(found)) + "."


def _marks(markers: Markers) -> tuple[Mark, ...]:
    return tuple(
        Mark(letter, clock(marker.time_s), marker.text)
        for letter, marker in zip(figures.letters(len(markers)), markers, strict=True)
    )
