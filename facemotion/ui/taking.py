"""Report and film in the sidebar: chosen, made in the background, then there to be downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from facemotion import cache, outputs
from facemotion.outputs import FilmOptions, ReportOptions
from facemotion.records import Analysis, OnProgress
from facemotion.ui import look, state, watching

_FACES = {
    "shown": "as they are",
    "blurred": "made unrecognisable",
    "mesh": "as 468 points, no picture",
}
_Make = Callable[[OnProgress], Path]


def report(analysis: Analysis) -> None:
    """One HTML file with everything in it."""
    with st.popover("Report (HTML)", icon=":material/article:", width="stretch", key="report"):
        st.markdown(
            "One file with moments, charts you can still move, people, method and limits. It "
            "works without a network, and can be printed."
        )
        faces = st.selectbox(
            "Faces",
            _FACES,
            format_func=_FACES.__getitem__,
            key="report-faces",
            help="Whoever gets the report sees the faces in it, unless they are hidden. Names, "
            "title and captions stay.",
            persist_state="session",
        )
        options = ReportOptions(faces)
        path = outputs.report_path(analysis, options)
        _offer(
            analysis,
            path,
            "report",
            "text/html",
            lambda on_progress: outputs.make_report(analysis, options, on_progress),
        )


def film(analysis: Analysis) -> None:
    """The video with what was measured drawn into it."""
    with st.popover("Annotated video (MP4)", icon=":material/movie:", width="stretch", key="film"):
        st.markdown(
            "The video itself with boxes, names, scores and a running chart, and its sound."
        )
        options = _film_options()
        path = outputs.film_path(analysis, options)
        _offer(
            analysis,
            path,
            "film",
            "video/mp4",
            lambda on_progress: outputs.make_film(analysis, options, on_progress),
        )


def _film_options() -> FilmOptions:
    def wanted(label: str, key: str, text: str, default: bool = True) -> bool:
        return st.toggle(label, default, key=f"film-{key}", help=text, persist_state="session")

    blurred = wanted(
        "Hide the faces",
        "blur",
        "Every face that was found is made unrecognisable, between two looks as well. A face "
        "that was never found stays as it is: look the film through before you pass it on.",
        default=False,
    )
    return FilmOptions(
        blur="faces" if blurred else "none",
        boxes=wanted("Boxes", "boxes", "A box around every face, in its emotion's colour."),
        names=wanted("Names", "names", "The name or number of each person at the box."),
        bars=wanted("Bars", "bars", "The seven scores of the faces."),
        chart=wanted("Running chart", "chart", "The curves of the last seconds, along the edge."),
        sound=wanted("Sound", "sound", "A voice tells who speaks as well as a face does."),
    )


def _offer(analysis: Analysis, path: Path, kind: str, mime: str, make: _Make) -> None:
    """The file if it is there, else how far it is, else the button that begins it."""
    key = cache.key("make", 1, str(path))
    job = state.jobs().get(key)
    if path.is_file():
        name = f"{cache.slug(analysis.video.title)}-{path.name}"
        st.download_button(
            f"Download ({cache.megabytes(path.stat().st_size)})",
            path.read_bytes,
            name,
            mime,
            key=f"take-{kind}",
            type="primary",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            help=f"Saves {look.plain(name)}.",
        )
        return
    if job is not None and not job.is_over:
        watching.under_way(key, {"export": "Make the file"}, f"-{kind}")
        return
    if job is not None and job.state == "failed":
        st.error(look.plain(job.error or ""), icon=":material/error:")
    st.button(
        "Make it",
        key=f"make-{kind}",
        icon=":material/build:",
        type="primary",
        width="stretch",
        help="Runs in the background; you can leave this page. What was made once is kept.",
        on_click=_begin,
        args=(key, f"{path.name} of {analysis.video.title}", make),
    )


def _begin(key: str, title: str, make: _Make) -> None:
    def work(on_progress: OnProgress) -> str:
        return str(make(on_progress))

    state.jobs().submit(key, title, work)
