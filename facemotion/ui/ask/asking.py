"""Questions in plain words: what one costs, the work in the background, the answer with its rows.

The address names the question that is shown (``?question=...``) by a number that nobody can guess;
questions and answers are kept in memory only, and so is a key that is typed in.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from facemotion import explain
from facemotion.explain import cited, questions
from facemotion.explain.questions import Reply
from facemotion.explain.tools import Step
from facemotion.records import Analysis, OnProgress, Settings, StageName
from facemotion.statistics.query_rows import Row
from facemotion.ui import explaining, look, state, watching
from facemotion.ui.ask import filters, rows

LEAD = (
    "Ask about the faces of an analysis. An answer rests on queries of the measured tables, which "
    "only read; their rows are shown with it, and each time leads to its moment."
)
EXAMPLES = (
    "When is there a smile of two seconds or more?",
    "Who shows the most positive expressions, and when?",
    "What do the faces show at the beginning and at the end?",
)
WORDS, FILTERS = "In plain words", "With filters"
STAGES: dict[StageName, str] = {"explain": "Ask Claude"}
QUESTION = "question"
KEPT = 50
"""Answers that are kept in memory, the newest."""
_CITED_ROWS = 12


@dataclass(frozen=True)
class Asked:
    """A question that was asked of an analysis, and its answer once there is one."""

    question: str
    analysis_id: str
    model: str
    reply: Reply | None = None


@st.cache_resource
def _asked() -> dict[str, Asked]:
    """The questions of all sessions, by the number that only its own session knows."""
    return {}


def show(analysis: Analysis) -> None:
    """Ask in plain words, or set filters."""
    # Without a key the filters are what works; what is open stays open when a key is typed.
    first = st.session_state.setdefault("ask-first", WORDS if explaining.has_key() else FILTERS)
    if _current() is not None:  # who comes back looks for the answer
        first = st.session_state["ask-first"] = WORDS
    in_words, with_filters = st.tabs([WORDS, FILTERS], default=first)
    with in_words:
        _in_words(analysis)
    with with_filters:
        st.caption("Nothing leaves this machine, and no key is needed.")
        filters.show(analysis)


def _in_words(analysis: Analysis) -> None:
    number = _current()
    job = state.jobs().get(number) if number else None
    if job is not None and not job.is_over:
        watching.under_way(job.key, STAGES, "-ask")
        return
    _form(analysis)
    if job is not None and job.state == "failed":
        st.error(look.plain(job.error or ""), icon=":material/error:")
    elif job is not None and job.state == "cancelled":
        st.info("It was stopped; nothing more is sent. Ask again.", icon=":material/pause_circle:")
    asked = _asked().get(number) if number else None
    if asked is not None and asked.analysis_id == analysis.analysis_id and asked.reply is not None:
        _answer(analysis, asked, asked.reply)


def _current() -> str | None:
    """The question that is shown: the one in the address, or the last one of this session."""
    number: str | None = st.query_params.get(QUESTION) or st.session_state.get("asked")
    if number is not None and number in _asked():
        st.query_params[QUESTION] = st.session_state["asked"] = number
        return number
    st.query_params.pop(QUESTION, None)
    return None


def _form(analysis: Analysis) -> None:
    key = explaining.key_field()
    if not key:
        st.caption("Without a key, use the filters: the same queries, set by hand.")
    st.caption("For example:")
    line = st.container(horizontal=True, gap="xsmall")
    for place, example in enumerate(EXAMPLES):
        line.button(
            example,
            key=f"example-{place}",
            on_click=partial(_take, example),
            help="Puts this question into the field; nothing is sent yet.",
        )
    question = st.text_area(
        "Question",
        key=QUESTION,
        max_chars=questions.MAX_CHARS,
        height=80,
        placeholder="What would you like to know about these faces?",
        help="In any language. It is answered from the measured tables and the captions only.",
        persist_state="session",
    )
    with st.expander("Model and limits", icon=":material/tune:"):
        chosen = explaining.model_and_limits()
    settings = replace(analysis.settings, **chosen)
    st.caption(look.plain(_price(analysis, settings)))
    st.button(
        "Ask",
        key="ask",
        type="primary",
        icon=":material/forum:",
        disabled=not key or not question.strip(),
        on_click=_start,
        args=(analysis, settings, question, key),
        help="Runs in the background; you can leave this page."
        if key
        else "Type a key first, or use the filters.",
    )


def _take(example: str) -> None:
    st.session_state[QUESTION] = example


def _price(analysis: Analysis, settings: Settings) -> str:
    """What a question costs at most, and what of it leaves this machine."""
    expected = questions.at_most(analysis, settings)
    dollars = expected.dollars(settings.claude_model)
    calls = f"up to {expected.calls} calls of {settings.claude_model}"
    if dollars is None:
        price = f"{calls}, whose price is not in our list"
    else:
        price = (
            f"{calls}, at most ${min(dollars, settings.max_dollars):.2f} by estimate at the prices "
            f"of {explain.PRICES_AS_OF}; most need two or three calls, and cost far less"
        )
    return (
        f"A question takes {price}. The question, the names and times of the people, the rows that "
        "are asked for and captions are sent to Anthropic; no picture is."
    )


def _start(analysis: Analysis, settings: Settings, question: str, key: str) -> None:
    number, kept = secrets.token_hex(12), _asked()
    asked = Asked(question.strip(), analysis.analysis_id, settings.claude_model)
    kept[number] = asked
    for old in list(kept)[:-KEPT]:
        del kept[old]

    def work(on_progress: OnProgress) -> str:
        reply = questions.answer(question, analysis, settings, key, on_progress)
        kept[number] = replace(asked, reply=reply)
        return analysis.analysis_id

    state.jobs().submit(number, asked.question, work)
    st.query_params[QUESTION] = st.session_state["asked"] = number


def _answer(analysis: Analysis, asked: Asked, reply: Reply) -> None:
    with st.container(border=True, key="answer"):
        st.markdown(f"**{look.plain(asked.question)}**")
        for part in reply.text.split("\n\n"):
            st.markdown(look.plain(part))
        if reply.note:
            st.warning(look.plain(reply.note), icon=":material/report:")
        near = _cited(reply)
        if near:
            rows.buttons(analysis, near, "cited", _CITED_ROWS)
        st.caption(look.plain(_told(asked, reply)))
    if reply.steps:
        st.subheader("What the answer rests on", anchor=False)
    for number, step in enumerate(reply.steps):
        _step(analysis, step, number, is_open=len(reply.steps) <= 3)


def _cited(reply: Reply) -> list[Row]:
    """The row that is nearest to each time that the answer cites, if one is near."""
    made = [row for step in reply.steps if step.result for row in step.result.rows]
    timed = [row for row in made if row["time_s"] is not None]
    found = []
    for time_s in cited.times(reply.text):
        best = min(timed, key=lambda row: abs(row["time_s"] - time_s), default=None)
        if best is not None and abs(best["time_s"] - time_s) <= cited.NEAR_S:
            found.append(best)
    return found


def _told(asked: Asked, reply: Reply) -> str:
    used = reply.usage
    dollars = used.dollars(asked.model)
    price = "" if dollars is None else f", ${dollars:.3f}"
    given = used.input_tokens + used.cache_write_tokens + used.cache_read_tokens
    return (
        f"Written by {asked.model} from {len(reply.steps)} queries: {used.calls} calls, {given} "
        f"tokens in, {used.output_tokens} out{price}. Apparent expressions, not feelings."
    )


def _step(analysis: Analysis, step: Step, number: int, *, is_open: bool) -> None:
    said = step.error if step.result is None else step.result.said
    with st.expander(f"{number + 1}. {look.plain(said)}", expanded=is_open):
        given = {name: value for name, value in step.parameters.items() if value not in ("", None)}
        st.caption(f"{look.code(step.tool)} {look.code(json.dumps(given, ensure_ascii=False))}")
        if step.result is not None:
            rows.show(analysis, step.result, f"step-{number}")
