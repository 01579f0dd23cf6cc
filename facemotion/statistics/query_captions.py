"""Captions as rows: the lines that contain some words, and what the faces showed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS, Caption
from facemotion.statistics.query_rows import Measured, Row, at

TEXT_CHARS = 240
"""Of a line that is longer, the rest is cut off."""


def matching(
    captions: Sequence[Caption], words: str, start_s: float, end_s: float
) -> list[Caption]:
    """The lines that have all of the words, large or small, and are shown between two times.

    Raises ``SettingsError`` when the video has no captions.
    """
    if not captions:
        raise SettingsError("This video has no captions. Ask about the faces instead.")
    wanted = words.casefold().split()
    return [
        line
        for line in captions
        if line.end_s >= start_s
        and line.start_s <= end_s
        and all(word in line.text.casefold() for word in wanted)
    ]


def rows(data: Measured, line: Caption) -> list[Row]:
    """One row per person seen while the line is shown; one without a person when nobody is."""
    told = {"start_s": line.start_s, "end_s": line.end_s, "caption": line.text[:TEXT_CHARS]}
    seen = _meanwhile(data, line)
    if seen.empty:
        frame = next(iter(_frames(data, line)), None)
        nothing = {"emotion": None, "probability": None}
        return [at(None) | {"time_s": line.start_s, "frame": frame} | told | nothing]
    found = []
    for _, mine in seen.groupby("face_id"):
        means = mine[list(EMOTIONS)].astype("float64").mean()
        strongest = str(means.idxmax())
        best = mine.loc[mine[strongest].idxmax()]
        shown = {"emotion": strongest, "probability": float(means[strongest])}
        found.append(at(best) | told | shown)
    return found


def count(data: Measured, lines: Iterable[Caption]) -> int:
    """How many rows some lines make."""
    return sum(max(1, _meanwhile(data, line)["face_id"].nunique()) for line in lines)


def _meanwhile(data: Measured, line: Caption) -> pd.DataFrame:
    """The faces in the samples of a line."""
    seen = data.faces[data.faces["frame"].isin(_frames(data, line))]
    return seen.dropna(subset=list(EMOTIONS))


def _frames(data: Measured, line: Caption) -> list[int]:
    """The samples while a line is shown; else the one on the screen when it begins, or the first.

    Empty only without any sample.
    """
    ordered = data.samples.sort_values("timestamp")
    times, frames = ordered["timestamp"], ordered["frame"].astype(int)
    during: list[int] = frames[(times >= line.start_s) & (times < line.end_s)].tolist()
    before: list[int] = frames[times <= line.start_s].tolist()
    first: list[int] = frames.tolist()[:1]
    return during or before[-1:] or first
