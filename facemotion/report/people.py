"""Who was seen, and what each face's muscles did, as rows of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from facemotion import action_units, curves, export, palette
from facemotion.records import ACTION_UNITS, Analysis
from facemotion.report.words import clock, percent, signed

MAX_PEOPLE = 24
"""More people than this are counted, not listed."""

MAX_MUSCLES = 3
"""So many people have columns in the table of action units: those seen longest."""


@dataclass(frozen=True)
class Part:
    """One emotion's share of a person's face time, 0..1."""

    emotion: str
    glyph: str
    color: str
    share: float


@dataclass(frozen=True)
class Person:
    """One row of the table of people."""

    name: str
    color: str
    seen: str
    when: str
    samples: int
    profile: tuple[Part, ...]
    top: Part
    expressiveness: str
    valence: str
    arousal: str
    blinks: str


@dataclass(frozen=True)
class Held:
    """One action unit of one person: its mean, its highest, and the word most often true of it."""

    mean: str
    highest: str
    reliability: str


@dataclass(frozen=True)
class UnitRow:
    """One action unit: what it does, by which muscle, how sure at best, and each person's."""

    name: str
    does: str
    muscle: str
    at_best: str
    held: tuple[Held, ...]


@dataclass(frozen=True)
class Muscles:
    """The table of action units: the people in its columns, and its rows."""

    people: tuple[str, ...]
    rows: tuple[UnitRow, ...]


def rows(analysis: Analysis) -> tuple[tuple[Person, ...], int]:
    """The people seen longest, and how many more there are."""
    known = export.people_numbers(analysis)
    shown = [_person(rank, one) for rank, one in enumerate(known[:MAX_PEOPLE])]
    return tuple(shown), len(known) - len(shown)


def parts(faces: pd.DataFrame) -> tuple[tuple[Part, float], ...]:
    """Each emotion's share of face time and its mean probability, both 0..1; () without a face."""
    return tuple(
        (Part(name, palette.glyph(name), palette.color(name), share.dominant), share.mean)
        for name, share in curves.shares(faces).items()
    )


def muscles(analysis: Analysis) -> Muscles:
    """All seventeen units of the people seen longest; no row where none was measured."""
    faces = analysis.faces
    tracks = curves.face_tracks(faces)[:MAX_MUSCLES]
    if faces[list(ACTION_UNITS)].isna().all(axis=None):
        return Muscles((), ())
    words, names = action_units.reliability(faces), curves.people(faces)
    mine = [curves.of_face(faces, track.face_id) for track in tracks]
    found = tuple(
        UnitRow(
            unit,
            *(action_units.TABLE[unit].name, action_units.TABLE[unit].muscle),
            action_units.TABLE[unit].reliability,
            tuple(_held(one[unit], words.loc[one.index, unit]) for one in mine),
        )
        for unit in ACTION_UNITS
    )
    return Muscles(tuple(names[track.face_id] for track in tracks), found)


def _held(values: pd.Series, words: pd.Series) -> Held:
    if values.isna().all():
        return Held("–", "–", "not measurable")
    usual = words[values.notna()].value_counts()
    ordered = sorted(usual.index, key=lambda word: (-usual[word], action_units.WORDS.index(word)))
    return Held(f"{values.mean():.1f}", f"{values.max():.1f}", ordered[0])


def _person(rank: int, one: dict[str, Any]) -> Person:
    profile = tuple(
        Part(name, palette.glyph(name), palette.color(name), share["dominant_share"])
        for name, share in one["emotions"].items()
        if share["dominant_share"] > 0
    )
    blinks = one["blinks_per_min"]
    return Person(
        name=one["person"],
        color=palette.person_color(rank),
        seen="–" if one["seen_s"] is None else clock(round(one["seen_s"], 1)),
        when=f"{clock(round(one['first_s']))} – {clock(round(one['last_s']))}",
        samples=one["samples"],
        profile=profile,
        top=max(profile, key=lambda part: part.share),
        expressiveness=percent(one["mean_expressiveness"]),
        valence=signed(one["mean_valence"]) or "–",
        arousal=signed(one["mean_arousal"]) or "–",
        blinks="–" if blinks is None else f"{blinks:.0f}",
    )
