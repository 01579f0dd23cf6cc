"""The models on the screen: what is known about each, and Download and Remove."""

from __future__ import annotations

import os
from functools import partial

import streamlit as st

from facemotion import cache
from facemotion.errors import FacemotionError
from facemotion.jobs import Job
from facemotion.models import store
from facemotion.models.catalogue import KINDS, ModelEntry
from facemotion.models.facts import INSTALL, NOT_MEASURED
from facemotion.records import OnProgress
from facemotion.ui import look, state, watching

TITLES = {
    "detector": ("Detectors", "They find the faces in a picture."),
    "mesh": ("Meshes", "They lay points on a face: its features, its turn, its gaze."),
    "classifier": ("Expression classifiers", "They give a face its seven probabilities."),
    "embedder": ("Embedders", "They tell whether two faces are of one person."),
}
_PROBLEM = "model-problem"


def show(entries: list[ModelEntry]) -> None:
    """All models by kind."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(look.plain(problem), icon=":material/error:")
    for kind in KINDS:
        title, words = TITLES[kind]
        st.subheader(title, anchor=False)
        st.caption(words)
        here = [entry for entry in entries if entry.kind == kind]
        for left in range(0, len(here), 2):
            for column, entry in zip(st.columns(2), here[left : left + 2], strict=False):
                with column:
                    _model(entry)


def without_network(entries: list[ModelEntry]) -> None:
    """What to put where by hand, for all models that can be downloaded and are not there."""
    missing = [entry for entry in entries if entry.downloadable and entry.on_disk == "no"]
    if not missing:
        return
    with st.expander("This machine has no network?", icon=":material/cloud_off:"):
        st.markdown(
            "Fetch the files on another machine, and put them on the one that runs this dashboard. "
            "They are verified when they are used, as far as their publishers state hashes."
        )
        for entry in missing:
            st.caption(look.plain(entry.name))
            st.code(
                "\n".join(f"{url}\n  -> {path}" for url, path in store.places(entry.name)),
                language=None,
                wrap_lines=True,
            )


def _model(entry: ModelEntry) -> None:
    job = state.jobs().get(_key(entry.name)) if entry.downloadable else None
    with st.container(border=True, key=f"model-{entry.name}"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        here = entry.on_disk == "yes"
        row.markdown(f"**{look.plain(entry.name)}**", width="content")
        row.badge(
            "on disk" if here else "not here",
            icon=":material/check:" if here else None,
            color="green" if here else "gray",
            help="\n\n".join(map(look.code, entry.paths)) or "Its weights are not on this machine.",
        )
        st.html(_facts(entry))
        if job is not None and not job.is_over:
            watching.under_way(job.key, {"download": "Download"}, f"-{entry.name}")
            return
        _how_it_ended(entry, job)
        _buttons(entry, job)


def _facts(entry: ModelEntry) -> str:
    """What is known, as a list of terms in HTML."""
    facts = {
        "From": entry.origin,
        "Size": entry.size_text,
        "Licence": entry.licence,
        "Commercial use": entry.commercial,
        "Measured here": "no" if entry.accuracy == NOT_MEASURED else entry.accuracy,
        "Published": entry.published,
        "Needs": INSTALL[entry.needs] if entry.needs else "",
    }
    lines = "".join(
        f"<dt>{term}</dt><dd>{look.escaped(text)}</dd>" for term, text in facts.items() if text
    )
    return f'<dl class="fm-facts">{lines}</dl>'


def _how_it_ended(entry: ModelEntry, job: Job[str] | None) -> None:
    """Why it is not here, where that is not plain to see."""
    if entry.on_disk == "yes":
        return
    if job is not None and job.state == "failed":
        st.error(look.plain(job.error or ""), icon=":material/error:")
    elif job is not None and job.state == "cancelled":
        st.info("Stopped. What has come is kept.", icon=":material/pause_circle:")
    elif not entry.downloadable or _is_spoilt(entry.name):
        st.warning(look.plain(entry.missing), icon=":material/warning:")


def _is_spoilt(name: str) -> bool:
    """All files are there, and yet the model is not: one is not what it should be."""
    return all(os.path.isfile(path) for _, path in store.places(name))


def _buttons(entry: ModelEntry, job: Job[str] | None) -> None:
    row = st.container(horizontal=True, gap="small")
    here = store.downloaded(entry.name)
    if entry.downloadable and entry.on_disk == "no":
        verb = "Download" if job is None or job.state == "done" else "Try again"
        if job is None and here:
            verb = "Go on with the download"
        row.button(
            f"{verb} ({_size(entry)}, {entry.licence})",
            key=f"get-{entry.name}",
            icon=":material/download:",
            on_click=partial(_start, entry.name),
            help=f"Fetches its weights into {look.code(str(store.folder()))} and verifies them. "
            f"Commercial use: {look.plain(entry.commercial)}.",
        )
    if here:
        row.button(
            "Remove",
            key=f"remove-{entry.name}",
            icon=":material/delete:",
            type="tertiary",
            on_click=partial(_remove, entry.name),
            help="Deletes what was downloaded of it, for everybody who uses this store.",
        )


def _size(entry: ModelEntry) -> str:
    return "size unknown" if entry.size_text == "unknown" else entry.size_text


def _key(name: str) -> str:
    return cache.key("model", 1, name, str(store.folder()))


def _start(name: str) -> None:
    def work(on_progress: OnProgress) -> str:
        store.get(name, on_progress)
        return name

    state.jobs().submit(_key(name), f"Download {name}", work)


def _remove(name: str) -> None:
    try:
        store.remove(name)
    except FacemotionError as error:
        st.session_state[_PROBLEM] = str(error)
