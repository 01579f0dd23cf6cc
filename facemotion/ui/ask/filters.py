"""The queries as filters: one form field per parameter, nothing is sent anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from facemotion import curves
from facemotion.action_units import TABLE
from facemotion.errors import SettingsError
from facemotion.records import Analysis
from facemotion.statistics import queries
from facemotion.statistics.query_forms import (
    COMPARED,
    LIMITS,
    MAX_ROWS,
    MEASURES,
    TIME,
    Condition,
    Form,
    Part,
)
from facemotion.statistics.query_rows import Measured
from facemotion.ui import look
from facemotion.ui.ask import rows

_LABELS = {
    "find_stretches": "Stretches in which an expression lasts",
    "find_faces": "Faces that meet conditions",
    "summarise": "Summary of each person",
    "compare": "Compare two people, or two times",
    "find_captions": "Captions, and who showed what meanwhile",
    "list_moments": "Chosen moments",
}
_USUAL = {**dict.fromkeys(LIMITS, 0.5), **dict.fromkeys(TABLE, 1.0), "valence": 0.2, "arousal": 0.2}
_SIDES = ("at least", "at most")
_NONE = "no second condition"

Values = dict[str, Any]


def show(analysis: Analysis) -> None:
    """Choose a query, set its parameters, and see its rows at once."""
    name = st.selectbox(
        "Query",
        list(_LABELS),
        format_func=_LABELS.__getitem__,
        key="query",
        help="What to look for. These are the same queries that Claude may use.",
        persist_state="session",
    )
    form = queries.QUERIES[name].form
    st.caption(look.plain(" ".join((form.__doc__ or "").split())))
    parameters: Values = {}
    for field in _order(form):
        parameters |= _WIDGETS[field](f"{name}-{analysis.analysis_id}", analysis, form)
    try:
        result = queries.ask(name, parameters, Measured.of(analysis))
    except SettingsError as error:
        st.warning(look.plain(str(error)), icon=":material/filter_alt_off:")
        return
    count = "1 row" if result.n_total == 1 else f"{result.n_total} rows"
    st.markdown(f"**{count}.** {look.plain(result.said)}")
    rows.show(analysis, result, f"filter-{name}")


def _order(form: type[Form]) -> list[str]:
    """The groups of widgets that a form needs, what is looked for first."""
    groups = {"person": "part", "start_s": "part", "end_s": "part", "measure": "condition"}
    groups |= {"side": "condition", "threshold": "condition", "descending": "sort_by"}
    named = dict.fromkeys(groups.get(name, name) for name in form.model_fields)
    return sorted(named, key=list(_WIDGETS).index)


def _help(form: type[Form], name: str) -> str:
    return form.model_fields[name].description or ""


def _measure_name(measure: str) -> str:
    return f"{measure} {TABLE[measure].name}" if measure in TABLE else measure


def _words(key: str, analysis: Analysis, form: type[Form]) -> Values:
    typed = st.text_input("Words", key=f"{key}-words", max_chars=200, help=_help(form, "words"))
    return {"words": typed}


def _condition(key: str, analysis: Analysis, form: type[Form]) -> Values:
    left, middle, right = st.columns(3)
    measure = left.selectbox(
        "Measure",
        MEASURES,
        MEASURES.index("happy"),
        format_func=_measure_name,
        key=f"{key}-measure",
        help=_help(Condition, "measure"),
    )
    side = middle.selectbox("is", _SIDES, key=f"{key}-side", help=_help(Condition, "side"))
    low, high = LIMITS[measure]
    threshold = right.number_input(
        "Threshold",
        low,
        high,
        _USUAL[measure] if high <= 5 else 15.0,
        0.05 if high <= 1 else high / 50,
        key=f"{key}-threshold-{measure}",  # another measure: another scale
        help=f"{_help(Condition, 'threshold')} {measure} goes from {low:g} to {high:g}.",
    )
    return {"measure": measure, "side": side, "threshold": threshold}


def _conditions(key: str, analysis: Analysis, form: type[Form]) -> Values:
    found = [_condition(key, analysis, form)]
    if st.toggle(
        "And a second condition", key=f"{key}-and", help="Rows must meet both: all hold at once."
    ):
        found.append(_condition(f"{key}-second", analysis, form))
    return {"conditions": found}


def _part(key: str, analysis: Analysis, form: type[Form], usual: Part | None = None) -> Values:
    """Who, from when, to when, as far as the form asks for it; at first as in ``usual``."""
    usual = usual or Part()
    places = iter(st.columns(3 if "person" in form.model_fields else 2))
    found: Values = {}
    if "person" in form.model_fields:
        people = curves.people(analysis.faces)
        numbers = ["", *(str(face_id) for face_id in people)]
        found["person"] = next(places).selectbox(
            "Person",
            numbers,
            numbers.index(usual.person),
            format_func=lambda person: people[int(person)] if person else "everyone",
            key=f"{key}-person",
            help="Whose face. Names are given under People on the page Analyse.",
        )
    last = _last_s(analysis)
    start_s = next(places).number_input(
        "From, seconds",
        0.0,
        last,
        usual.start_s,
        1.0,
        key=f"{key}-from",
        help=_help(form, "start_s"),
    )
    end_s = next(places).number_input(
        "To, seconds",
        0.0,
        last,
        usual.end_s,
        1.0,
        key=f"{key}-to",
        placeholder="the end",
        help="Seconds on the video's clock up to which; empty for the end.",
    )
    return {**found, "start_s": start_s, "end_s": end_s}


def _two_parts(key: str, analysis: Analysis, form: type[Form]) -> Values:
    """Two people; where there is only one, the first and the second half of the time."""
    seen = curves.face_tracks(analysis.faces)
    half = _last_s(analysis) / 2
    usual = [Part(end_s=half), Part(start_s=half)]
    if len(seen) > 1:
        usual = [Part(person=str(track.face_id)) for track in seen[:2]]
    found = {}
    for name, part in zip(("first", "second"), usual, strict=True):
        st.markdown(f"**{name.capitalize()}**")
        found[name] = _part(f"{key}-{name}", analysis, Part, part)
    return found


def _nothing(key: str, analysis: Analysis, form: type[Form]) -> Values:
    """Drawn together with another one."""
    return {}


def _at_least_s(key: str, analysis: Analysis, form: type[Form]) -> Values:
    text = _help(form, "at_least_s")
    return {
        "at_least_s": st.number_input(
            "Lasts at least, seconds", 0.0, 3600.0, 1.0, 0.5, key=f"{key}-lasts", help=text
        )
    }


def _sorting(key: str, analysis: Analysis, form: type[Form]) -> Values:
    left, right = st.columns(2, vertical_alignment="bottom")
    column = left.selectbox(
        "Sort by",
        (TIME, *MEASURES),
        format_func=lambda name: "time" if name == TIME else _measure_name(name),
        key=f"{key}-sort",
        help=_help(form, "sort_by"),
    )
    descending = right.toggle("High to low", key=f"{key}-down", help=_help(form, "descending"))
    return {"sort_by": column, "descending": descending}


def _several(name: str, label: str, usual: tuple[str, ...]) -> Callable[..., Values]:
    def draw(key: str, analysis: Analysis, form: type[Form]) -> Values:
        chosen = st.multiselect(
            label,
            MEASURES,
            usual,
            format_func=_measure_name,
            max_selections=12,
            key=f"{key}-{name}",
            help=_help(form, name),
        )
        return {name: chosen}

    return draw


def _limit(key: str, analysis: Analysis, form: type[Form]) -> Values:
    text = _help(form, "limit")
    return {"limit": st.slider("Most rows", 1, MAX_ROWS, 20, key=f"{key}-limit", help=text)}


def _last_s(analysis: Analysis) -> float:
    times = analysis.samples["timestamp"]
    return 1.0 if times.empty else max(1.0, float(math.ceil(times.max())))


_WIDGETS: dict[str, Callable[[str, Analysis, type[Form]], Values]] = {
    "words": _words,
    "condition": _condition,
    "conditions": _conditions,
    "first": _two_parts,
    "second": _nothing,
    "part": _part,
    "at_least_s": _at_least_s,
    "sort_by": _sorting,
    "measures": _several("measures", "Compared", COMPARED),
    "columns": _several("columns", "Further columns", ()),
    "limit": _limit,
}
