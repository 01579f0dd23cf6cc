"""What queries work on and give: the tables of an analysis, whom and when they mean, their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from facemotion import curves, palette
from facemotion.errors import SettingsError
from facemotion.statistics.query_forms import LIMITS
from facemotion.statistics.windows import LONE_SAMPLE_S

if TYPE_CHECKING:
    from facemotion.records import Analysis, Caption, Moment
    from facemotion.statistics.query_forms import FindCaptions, Part

Row = dict[str, Any]

_NAMES_TOLD = 12


@dataclass(frozen=True)
class Measured:
    """What queries may read of an analysis; they never change it."""

    faces: pd.DataFrame
    samples: pd.DataFrame
    captions: tuple[Caption, ...] = ()
    moments: tuple[Moment, ...] = ()

    @classmethod
    def of(cls, analysis: Analysis) -> Measured:
        """The tables of an analysis."""
        return cls(analysis.faces, analysis.samples, analysis.video.captions, analysis.moments)


@dataclass(frozen=True)
class Result:
    """The rows of a query, how many there were before the cut, and the query in words.

    Every row has ``time_s``, ``frame``, ``face_id`` and ``person`` first; None is "not known".
    """

    query: str
    rows: tuple[Row, ...]
    n_total: int
    said: str


def person_of(faces: pd.DataFrame, wanted: str) -> int | None:
    """The ``face_id`` that a name or a number means, None for everyone.

    Raises ``SettingsError``, which names the people there are, for anybody else.
    """
    word = " ".join(wanted.split()).casefold()
    if word in ("", "everyone"):
        return None
    people = curves.people(faces)
    named = [face_id for face_id, name in people.items() if name.casefold() == word]
    if len(named) > 1:
        ids = " or ".join(str(face_id) for face_id in named)
        raise SettingsError(f"{len(named)} people are called {wanted!r}. Give a face_id: {ids}.")
    if named:
        return named[0]
    if word.isdecimal() and int(word) in people:
        return int(word)
    known = [f"{name} ({face_id})" for face_id, name in people.items()]
    more = ", ..." if len(known) > _NAMES_TOLD else ""
    raise SettingsError(
        f"There is nobody called {wanted!r}. Choose one of: {', '.join(known[:_NAMES_TOLD])}{more}."
    )


def check_range(start_s: float, end_s: float | None) -> float:
    """The end of a range in seconds, infinity for None; ``SettingsError`` for a reversed one."""
    if end_s is not None and end_s < start_s:
        raise SettingsError(
            f"The range ends at {end_s:g} s, before it starts at {start_s:g} s. "
            "Give an end that is later than the start."
        )
    return np.inf if end_s is None else end_s


def check_threshold(measure: str, threshold: float) -> None:
    """Raise ``SettingsError`` when a value can never be there on the scale of its measure."""
    low, high = LIMITS[measure]
    if not low <= threshold <= high:
        raise SettingsError(
            f"{measure} goes from {low:g} to {high:g}, and {threshold:g} is outside. "
            "Choose a value in that range."
        )


def rows_of(data: Measured, part: Part, measures: Iterable[str] = ()) -> pd.DataFrame:
    """The faces of a part in time order, with ``place``, ``until_s`` and ``seconds`` of the sample.

    A sample is in a range when its timestamp is. Raises ``SettingsError`` when there is no face at
    all, nobody of that name, a reversed range, or a measure that was never taken.
    """
    if data.faces.empty:
        raise SettingsError(
            "No face was found in this video. Ask about its captions, or measure it more closely."
        )
    face_id, end_s = person_of(data.faces, part.person), check_range(part.start_s, part.end_s)
    for measure in measures:
        if data.faces[measure].isna().all():
            raise SettingsError(f"{measure} was not measured in this video. Choose another one.")
    mine = curves.of_face(data.faces, face_id)
    mine = mine[mine["timestamp"].between(part.start_s, end_s)]
    joined = mine.merge(spans(data.samples), on="frame", how="inner")
    return joined.sort_values(["timestamp", "face_id"], ignore_index=True)


def spans(samples: pd.DataFrame) -> pd.DataFrame:
    """Of each sample its frame, its place in time order, until when it stands, and for how long.

    A sample stands until the next one, the last for as long as is usual, as in ``windows``.
    """
    ordered = samples.sort_values("timestamp")
    starts = ordered["timestamp"].to_numpy(dtype=np.float64)
    steps = np.diff(starts)
    usual = float(np.median(steps)) if len(steps) else LONE_SAMPLE_S
    until = np.append(starts[1:], starts[-1:] + usual)
    return pd.DataFrame(
        {
            "frame": ordered["frame"].to_numpy(),
            "place": np.arange(len(starts)),
            "until_s": until,
            "seconds": until - starts,
        }
    )


def mean(rows: pd.DataFrame, measure: str) -> float | None:
    """The mean over time; None where the measure is not known in any row."""
    known = rows[rows[measure].notna()]
    seconds = known["seconds"].to_numpy(dtype=np.float64)
    if not seconds.sum() > 0:
        return None
    return float(np.average(known[measure].to_numpy(dtype=np.float64), weights=seconds))


def seen_s(rows: pd.DataFrame) -> float:
    """For how many seconds a person is there; a frame that has it twice counts once."""
    return float(rows.drop_duplicates(["frame", "face_id"])["seconds"].sum())


def at(row: pd.Series | None) -> Row:
    """Where a row of the faces table is: the first four columns of every result."""
    if row is None:
        return {"time_s": None, "frame": None, "face_id": None, "person": None}
    return {
        "time_s": float(row["timestamp"]),
        "frame": int(row["frame"]),
        "face_id": int(row["face_id"]),
        "person": str(row["person"]),
    }


def plain(row: Mapping[str, Any]) -> Row:
    """Values that every format can hold: rounded numbers, None instead of NaN."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if not isinstance(value, float | np.floating):
        return value
    return round(float(value), 3) if np.isfinite(value) else None


def words_of(part: Part | FindCaptions) -> str:
    """Whom and when a query means, in words: '' for everybody all the time."""
    person = str(getattr(part, "person", "")).strip()
    who = f", of {'face ' if person.isdecimal() else ''}{person}" if person else ""
    if part.end_s is not None:
        return f"{who}, from {palette.clock(part.start_s)} to {palette.clock(part.end_s)}"
    return f"{who}, from {palette.clock(part.start_s)} on" if part.start_s else who
