"""Words about moments on the screen: which explainer, what asking Claude takes, and the evidence.

A key that is typed in stays in the memory of this session and of the job that uses it; it is
neither stored nor shown again.
"""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from facemotion import cache, explain, explaining, pipeline
from facemotion.records import Analysis, Explanation, OnProgress, Settings
from facemotion.statistics import opinions
from facemotion.ui import batch, look, state, watching

DEFAULTS = Settings()
_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
_KEPT: dict[str, Any] = {"persist_state": "session"}
_NAMES = {"facs": "local narrator", "claude": "Claude, checked", "none": "no words"}
_KEY = "claude-key"
_MARKS = {
    "supported": (":material/check:", "green"),
    "contradicted": (":material/close:", "red"),
    "not measured": (":material/question_mark:", "gray"),
}


def choice() -> dict[str, Any]:
    """The explainer and, for Claude, its model and limits; by the names of the settings."""
    with st.popover(
        "Explanations", icon=":material/notes:", width="stretch", key="settings-explanations"
    ):
        explainer = st.selectbox(
            "Who explains",
            explain.EXPLAINERS,
            explain.EXPLAINERS.index(DEFAULTS.explainer),
            format_func=_NAMES.__getitem__,
            key="explainer",
            help="The local narrator tells muscles, pattern and certainty from what was measured, "
            "and nothing leaves this machine. Claude gives a second opinion without knowing the "
            "first; nothing is sent before you press the button.",
            **_BOUND,
        )
        return {"explainer": explainer, **(_claude() if explainer == "claude" else {})}


def model_and_limits() -> dict[str, Any]:
    """Which Claude, and how far it may be asked; by the names of the settings."""
    models = list(explain.DOLLARS_PER_MILLION)
    model = st.selectbox(
        "Model",
        models,
        models.index(DEFAULTS.claude_model),
        key="claude-model",
        accept_new_options=True,
        help="Which Claude is asked; prices are of " + explain.PRICES_AS_OF + ".",
        **_KEPT,
    )
    left, right = st.columns(2)
    calls = left.number_input(
        "Most calls",
        0,
        100_000,
        DEFAULTS.max_calls,
        key="max-calls",
        help="It is never asked more often than this, whatever goes wrong.",
        **_KEPT,
    )
    dollars = right.number_input(
        "Most dollars",
        0.0,
        10_000.0,
        DEFAULTS.max_dollars,
        0.5,
        format="%g",
        key="max-dollars",
        help="What would go beyond this, by estimate, is not asked.",
        **_KEPT,
    )
    return {
        "claude_model": str(model or DEFAULTS.claude_model),
        "max_calls": calls,
        "max_dollars": dollars,
    }


def _claude() -> dict[str, Any]:
    chosen = model_and_limits()
    batch = st.toggle(
        "As a batch, half the price",
        DEFAULTS.claude_batch,
        key="claude-batch",
        help="The answers may take a day. You can close everything, and ask again to collect them.",
        **_KEPT,
    )
    return {**chosen, "claude_batch": batch}


def asking(analysis: Analysis) -> None:
    """What asking Claude would take, the button, and how far it is."""
    if analysis.settings.explainer != "claude" or not analysis.moments:
        return
    with st.container(border=True, key="asking"):
        job = state.jobs().get(_job_key(analysis))
        if job is not None and not job.is_over:
            _arriving(analysis.analysis_id, state.n_answers(analysis.analysis_id))
            watching.under_way(job.key, {"explain": "Ask Claude"}, "-claude")
            return
        if job is not None and job.state == "failed":
            st.error(look.plain(job.error or ""), icon=":material/error:")
        _summary(analysis)
        if explaining.is_batch_under_way(analysis):
            st.info(batch.UNDER_WAY, icon=":material/hourglass:")
        planned, words = pipeline.plan_claude(analysis)
        st.caption(look.plain(words))
        if planned.n_asked:
            _button(analysis)


def key_field() -> str | None:
    """The program's own key, or a field for one; None or "" while there is none."""
    if (key := _own_key()) is not None:
        return key
    typed: str = st.text_input(
        "Anthropic API key",
        type="password",
        key=_KEY,
        autocomplete="off",
        **_KEPT,
        help="Kept in this browser session only. Or set ANTHROPIC_API_KEY for the program, or "
        "put it into .streamlit/secrets.toml.",
    )
    return typed


def known_key() -> str | None:
    """The program's own key, or one typed in here before."""
    return _own_key() or st.session_state.get(_KEY) or None


def has_key() -> bool:
    """Whether there is a key: the program's own, or one typed in before."""
    return bool(_own_key() or st.session_state.get(_KEY))


def _button(analysis: Analysis) -> None:
    key = key_field()
    st.caption(
        "Pictures of these faces, the frames around them, the title and the captions are sent to "
        "Anthropic. What the local models say is not."
    )
    st.button(
        "Ask Claude",
        key="ask-claude",
        icon=":material/forum:",
        disabled=not key,
        on_click=_start,
        args=(analysis, key),
        help="Each answer is kept: what is there is never asked, or paid for, again."
        if key
        else "Type a key first.",
    )


def _own_key() -> str | None:
    """The program's own key, from its environment or its secrets."""
    if os.environ.get("ANTHROPIC_API_KEY"):
        return os.environ["ANTHROPIC_API_KEY"]
    try:
        found = st.secrets.get("ANTHROPIC_API_KEY")
    except (FileNotFoundError, st.errors.StreamlitSecretNotFoundError):
        return None
    return str(found) if found else None


def _start(analysis: Analysis, key: str) -> None:
    settings, root = analysis.settings, state.root()
    changes = {name: getattr(settings, name) for name in pipeline.LATER_FIELDS}

    def work(on_progress: OnProgress) -> str:
        try:
            found = pipeline.ask_claude(
                analysis.analysis_id,
                changes,
                cache_root=root,
                on_progress=batch.patient(on_progress),
                claude_key=key,
            )
        except batch.HandedInError:
            return analysis.analysis_id
        failed = [e.note for e in found.explanations if e.note.startswith(explain.COULD_NOT)]
        if failed:  # what has arrived is kept; the button asks for the rest
            raise explain.ServiceError(f"{failed[0]} So it was with {len(failed)} moments.")
        return found.analysis_id

    title = f"Claude on {analysis.video.title}"
    state.jobs().submit(_job_key(analysis), title, work)


def _job_key(analysis: Analysis) -> str:
    settings = analysis.settings
    return cache.key("claude", 1, str(analysis.folder), settings.claude_model)


@st.fragment(run_every=watching.POLL_S)
def _arriving(analysis_id: str, n_known: int) -> None:
    """Draw the page anew as soon as there is another answer."""
    if state.n_answers(analysis_id) != n_known:
        st.rerun()


def _summary(analysis: Analysis) -> None:
    """How the second opinions compare, and what they have cost so far."""
    found = opinions.verdict(analysis.moments, analysis.explanations)
    if found is None:
        return
    parts = opinions.told(found)
    spent = explaining.spent(analysis)
    if spent.calls:
        dollars = spent.dollars(analysis.settings.claude_model)
        parts.append(
            f"{spent.calls} calls so far" + (f", ${dollars:.3f}" if dollars is not None else "")
        )
    st.markdown(look.plain("; ".join(parts) + "."))


def words(explanation: Explanation) -> None:
    """An explanation with its evidence: every cited unit and what was measured of it."""
    if explanation.note:
        st.caption(f":material/info: {look.plain(explanation.note)}")
    if explanation.is_contested:
        st.badge("contested", icon=":material/balance:", color="orange")
    st.markdown(look.plain(explanation.text))
    if not explanation.claims:
        return
    row = st.container(horizontal=True, gap="small")
    for claim in explanation.claims:
        icon, color = _MARKS[claim.mark]
        row.badge(
            claim.action_unit,
            icon=icon,
            color=color,  # type: ignore[arg-type]  # one of the names in _MARKS
            help=f"{look.plain(claim.text)}: {claim.mark} by the measured muscles",
        )
