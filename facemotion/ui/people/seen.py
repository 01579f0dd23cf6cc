"""What is told of a person in a line: a clear view, how long, how often which expression."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from facemotion import export, palette, pictures, pipeline
from facemotion.people.portraits import portraits
from facemotion.records import EMOTIONS, Analysis
from facemotion.ui import look, state

if TYPE_CHECKING:
    from facemotion.records import RGB

THUMBNAIL_PX = 112


def facts(person: dict[str, Any], neutral: tuple[float, float] | None) -> str:
    """The most usual expression, time on screen, from when to when, and the profile, as HTML.

    ``neutral`` is the stretch that was called neutral, in seconds.
    """
    top = person["dominant_emotion"]
    share = palette.percent(person["emotions"][top]["dominant_share"])
    first, last = look.clock(round(person["first_s"])), look.clock(round(person["last_s"]))
    shown = f"{person['samples']} frames"
    if person["seen_s"] is not None:
        shown = f"{look.clock(round(person['seen_s'], 1))} on screen"
    told = [f"{look.badge(top)} {top} {share}", shown, f"{first} - {last}"]
    if person["tracks"] > 1:
        told.append(f"{person['tracks']} parts")
    if neutral is not None:
        told.append(f"neutral {look.clock(neutral[0])} - {look.clock(neutral[1])}")
    parts = "".join(f"<span>{fact}</span>" for fact in told)
    return f'<div class="fm-person">{parts}</div>{_profile(person["emotions"])}'


def _profile(emotions: dict[str, dict[str, float]]) -> str:
    """The shares of face time as one bar, told in words too."""
    shares = {name: part["dominant_share"] for name, part in emotions.items()}
    there = sorted((n for n in shares if shares[n] > 0), key=lambda n: -shares[n])
    said = ", ".join(f"{name} {palette.percent(shares[name])}" for name in there)
    parts = "".join(
        f'<i title="{name} {palette.percent(shares[name])}" '
        f'style="width:{100 * shares[name]:.1f}%;background:{palette.color(name)}"></i>'
        for name in EMOTIONS
        if shares.get(name, 0) > 0
    )
    return (
        f'<div class="fm-profile" role="img" aria-label="Share of face time: {said}.">{parts}</div>'
    )


@st.cache_data(max_entries=16, show_spinner=False)
def numbers(folder: str, _analysis: Analysis) -> list[dict[str, Any]]:
    """``export.people_numbers``, kept; the folder's name changes with what is decided."""
    return export.people_numbers(_analysis)


Wanted = tuple[tuple[int, tuple[float, float, float, float]], ...]
"""Frames, and the box of a face in each."""


def thumbnails(analysis: Analysis, people: Sequence[dict[str, Any]]) -> dict[int, bytes]:
    """A clear view of each person as JPEG; those whose frame is damaged are missing."""
    faces = analysis.faces
    best = portraits(faces[faces["face_id"].isin([p["face_id"] for p in people])], "face_id")
    wanted = tuple(
        (int(row.frame), (float(row.x), float(row.y), float(row.w), float(row.h)))
        for row in best.itertuples()
    )
    cut = _cut(str(state.root()), analysis.analysis_id, wanted, analysis)
    pairs = zip(best["face_id"].tolist(), cut, strict=True)
    return {int(face_id): jpeg for face_id, jpeg in pairs if jpeg is not None}


@st.cache_data(max_entries=32, show_spinner=False)
def _cut(root: str, analysis_id: str, wanted: Wanted, _analysis: Analysis) -> list[bytes | None]:
    frames = pipeline.sampled_frames(_analysis).grab({frame for frame, _ in wanted})
    return [_jpeg(frames[frame], box) if frame in frames else None for frame, box in wanted]


def _jpeg(rgb: RGB, box_xywh: tuple[float, float, float, float]) -> bytes:
    crop = pictures.face_crop(rgb, box_xywh)
    crop.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    buffer = io.BytesIO()
    crop.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def view(jpeg: bytes | None, name: str) -> str:
    """A thumbnail inside HTML; nothing where there is none."""
    return "" if jpeg is None else look.picture(jpeg, f"{name}, a clear view")
