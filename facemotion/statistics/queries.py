"""Questions to the tables of an analysis: a few typed queries, read-only, each with few rows.

    ask("find_stretches", {"measure": "happy", "threshold": 0.5}, Measured.of(analysis))

They are what a language model may call and what the dashboard offers as filters. Nothing else can
be asked: no code, no files, no pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pydantic

from facemotion.errors import SettingsError
from facemotion.records import EMOTIONS, Moment
from facemotion.statistics import query_captions, query_rows
from facemotion.statistics.query_forms import (
    MAX_ROWS,
    TIME,
    Compare,
    Condition,
    FindCaptions,
    FindFaces,
    FindStretches,
    Form,
    ListMoments,
    Part,
    Summarise,
)
from facemotion.statistics.query_rows import Measured, Result, Row, at, words_of


def find_faces(data: Measured, form: FindFaces) -> Result:
    """Faces that meet all conditions; a value that is not known meets none."""
    measures = [condition.measure for condition in form.conditions]
    shown = list(dict.fromkeys([*measures, *_sorted_by(form), *form.columns]))
    rows = query_rows.rows_of(data, form, shown)
    for condition in form.conditions:
        query_rows.check_threshold(condition.measure, condition.threshold)
        rows = rows[_holds(rows[condition.measure], condition.side, condition.threshold)]
    column = "timestamp" if form.sort_by == TIME else form.sort_by
    rows = rows.sort_values(column, ascending=not form.descending, kind="stable")
    told = " and ".join(_told(condition) for condition in form.conditions) or "there is a face"
    order = "from high to low" if form.descending else "from low to high"
    extra = [*shown, "dominant_emotion"]
    found = [at(row) | {name: row[name] for name in extra} for _, row in _cut(rows, form)]
    said = f"where {told}{words_of(form)}, by {form.sort_by} {order}"
    return _result("find_faces", found, len(rows), f"Faces {said}")


def find_stretches(data: Measured, form: FindStretches) -> Result:
    """Stretches of samples without a break in which one person's value is on the side asked for."""
    query_rows.check_threshold(form.measure, form.threshold)
    rows = query_rows.rows_of(data, form, [form.measure])
    rows = rows[_holds(rows[form.measure], form.side, form.threshold)]
    found = []
    for _, mine in rows.groupby("face_id"):
        ordered = mine.sort_values(["place", form.measure], kind="stable")
        single = ordered.drop_duplicates("place", keep="last" if _is_high(form) else "first")
        breaks = (single["place"].diff() != 1).cumsum()
        found += [_stretch(piece, form) for _, piece in single.groupby(breaks)]
    # Sums of decimal fractions: 0.3 s of three samples is not quite 0.3.
    found = [row for row in found if row["seconds"] >= form.at_least_s - 1e-6]
    found.sort(key=lambda row: (-row["seconds"], row["start_s"]))
    said = (
        f"Stretches of at least {form.at_least_s:g} s in which "
        f"{_told(form)}{words_of(form)}, the longest first"
    )
    return _result("find_stretches", found[: form.limit], len(found), said)


def summarise(data: Measured, form: Summarise) -> Result:
    """What each person shows, those seen longest first; as many as fit into ``MAX_ROWS``."""
    rows = query_rows.rows_of(data, form).dropna(subset=list(EMOTIONS))
    people = [mine for _, mine in rows.groupby("face_id")]
    people.sort(key=query_rows.seen_s, reverse=True)
    shown = people[: MAX_ROWS // len(EMOTIONS)]
    found = [_of_emotion(mine, emotion) for mine in shown for emotion in EMOTIONS]
    return _result(
        "summarise",
        found,
        len(people) * len(EMOTIONS),
        f"What {len(people)} people show{words_of(form)}, those seen longest first",
    )


def compare(data: Measured, form: Compare) -> Result:
    """The means over time of two sides, each a person or everyone in a range of time."""
    sides = [query_rows.rows_of(data, part, form.measures) for part in (form.first, form.second)]
    for rows, part in zip(sides, (form.first, form.second), strict=True):
        if rows.empty:
            raise SettingsError(f"No face is there{_side(part)}. Choose another person or range.")
    found = [_compared(sides[0], sides[1], name) for name in dict.fromkeys(form.measures)]
    said = f"Means: first{_side(form.first)}; second{_side(form.second)}"
    return _result("compare", found, len(found), said)


def find_captions(data: Measured, form: FindCaptions) -> Result:
    """Captions by their words or time, with what each face showed most meanwhile."""
    end_s = query_rows.check_range(form.start_s, form.end_s)
    lines = query_captions.matching(data.captions, form.words, form.start_s, end_s)
    found: list[Row] = []
    for line in lines:
        if len(found) >= form.limit:
            break
        found += query_captions.rows(data, line)
    what = f"containing {form.words!r}" if form.words.strip() else "of any words"
    said = f"{len(lines)} captions {what}{words_of(form)}, with the faces seen meanwhile"
    n_total = len(found) if len(found) < form.limit else query_captions.count(data, lines)
    return _result("find_captions", found[: form.limit], n_total, said)


def list_moments(data: Measured, form: ListMoments) -> Result:
    """The chosen moments in time order."""
    end_s = query_rows.check_range(form.start_s, form.end_s)
    face_id = query_rows.person_of(data.faces, form.person)
    found = [
        _of_moment(moment)
        for moment in data.moments
        if face_id in (None, moment.face_id) and form.start_s <= moment.time_s <= end_s
    ]
    said = f"Chosen moments{words_of(form)}, in time order"
    return _result("list_moments", found[: form.limit], len(found), said)


@dataclass(frozen=True)
class Query:
    """A query: the form of its parameters, and what it does with them."""

    form: type[Form]
    work: Callable[[Measured, Any], Result]


QUERIES: dict[str, Query] = {
    "find_faces": Query(FindFaces, find_faces),
    "find_stretches": Query(FindStretches, find_stretches),
    "summarise": Query(Summarise, summarise),
    "compare": Query(Compare, compare),
    "find_captions": Query(FindCaptions, find_captions),
    "list_moments": Query(ListMoments, list_moments),
}


def ask(name: str, parameters: Mapping[str, Any], data: Measured) -> Result:
    """The answer of one query to parameters as JSON has them.

    Raises ``SettingsError``, in one line, for an unknown query or parameters it cannot use.
    """
    query = QUERIES.get(name)
    if query is None:
        raise SettingsError(f"There is no query {name!r}. Choose one of: {', '.join(QUERIES)}.")
    try:
        form = query.form.model_validate(dict(parameters))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its parameters"
        raise SettingsError(f"{name} cannot use {where}: {first['msg']}. Change it.") from error
    return query.work(data, form)


def _result(query: str, found: Sequence[Row], n_total: int, said: str) -> Result:
    rows = tuple(query_rows.plain(row) for row in found)
    cut = "" if len(rows) == n_total else f" ({len(rows)} of {n_total} rows)"
    return Result(query, rows, n_total, f"{said}{cut}.")


def _sorted_by(form: FindFaces) -> list[str]:
    return [] if form.sort_by == TIME else [form.sort_by]


def _cut(rows: pd.DataFrame, form: FindFaces) -> list[tuple[Any, pd.Series]]:
    return list(rows.head(form.limit).iterrows())


def _holds(values: pd.Series, side: str, threshold: float) -> pd.Series:
    """Whether values are on the side asked for; the tables' own float32 decides at the edge."""
    edge = np.float32(threshold)
    return values >= edge if side == "at least" else values <= edge


def _told(condition: Condition | FindStretches) -> str:
    return f"{condition.measure} is {condition.side} {condition.threshold:g}"


def _is_high(form: FindStretches) -> bool:
    return form.side == "at least"


def _stretch(piece: pd.DataFrame, form: FindStretches) -> Row:
    values = piece[form.measure]
    peak = piece.loc[values.idxmax() if _is_high(form) else values.idxmin()]
    start_s, end_s = float(piece["timestamp"].iloc[0]), float(piece["until_s"].iloc[-1])
    return at(peak) | {
        "start_s": start_s,
        "end_s": end_s,
        "seconds": end_s - start_s,
        f"peak_{form.measure}": float(peak[form.measure]),
        f"mean_{form.measure}": query_rows.mean(piece, form.measure),
    }


def _of_emotion(mine: pd.DataFrame, emotion: str) -> Row:
    best = mine.loc[mine[emotion].idxmax()]
    total = float(mine["seconds"].sum())
    dominant = float(mine.loc[mine["dominant_emotion"] == emotion, "seconds"].sum())
    return at(best) | {
        "emotion": emotion,
        "share": dominant / total if total else None,
        "mean": query_rows.mean(mine, emotion),
        "highest": float(best[emotion]),
        "seen_s": query_rows.seen_s(mine),
        "mean_valence": query_rows.mean(mine, "valence"),
        "mean_arousal": query_rows.mean(mine, "arousal"),
    }


def _compared(one: pd.DataFrame, other: pd.DataFrame, measure: str) -> Row:
    means = query_rows.mean(one, measure), query_rows.mean(other, measure)
    first, second = means
    difference = None if first is None or second is None else first - second
    more = one if second is None or (difference is not None and difference >= 0) else other
    known = more[measure].dropna()
    best = None if known.empty else more.loc[known.idxmax()]
    values = {"measure": measure, "first": first, "second": second, "difference": difference}
    return at(best) | values


def _side(part: Part) -> str:
    return words_of(part).replace(",", "", 1) or " everyone"


def _of_moment(moment: Moment) -> Row:
    where = {
        "time_s": moment.time_s,
        "frame": moment.frame_index,
        "face_id": moment.face_id,
        "person": moment.person or f"Face {moment.face_id}",
    }
    probability = dict(zip(EMOTIONS, moment.probabilities, strict=True)).get(moment.emotion)
    told = {"number": moment.number, "emotion": moment.emotion, "probability": probability}
    return where | told | {"why": moment.why}
