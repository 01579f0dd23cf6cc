"""Everything that can be taken along: report, film, data, pictures, and a link."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import streamlit as st

from facemotion import cache, export, pipeline
from facemotion.records import Analysis
from facemotion.ui import state, taking


def show(analysis: Analysis) -> None:
    """The export part of the sidebar. Files are made when they are asked for, not before."""
    st.subheader("Report and export", anchor=False)
    taking.report(analysis)
    taking.film(analysis)
    with st.popover("Data and pictures", icon=":material/table:", width="stretch", key="data"):
        _data(analysis)
    with st.popover("Link", icon=":material/link:", width="stretch", key="link"):
        st.caption("To this analysis, for whoever can open this dashboard:")
        st.code(link(analysis.analysis_id), language=None, wrap_lines=True)


def _data(analysis: Analysis) -> None:
    name = cache.slug(analysis.video.title)
    offers: tuple[tuple[str, str, str, Callable[[], str | bytes], str], ...] = (
        (
            "Moments (JSON)",
            "detections.json",
            "application/json",
            lambda: export.detections_json(analysis),
            "The chosen moments with scores, boxes, settings and provenance.",
        ),
        (
            "All faces (CSV)",
            "faces.csv",
            "text/csv",
            lambda: export.faces_csv(analysis),
            "One row per frame and face, and one for each frame without a face.",
        ),
        (
            "All faces (Parquet)",
            "faces.parquet",
            "application/vnd.apache.parquet",
            lambda: export.faces_parquet(analysis),
            "The same table, unrounded and with its types.",
        ),
        (
            "For OpenFace scripts (CSV)",
            "openface.csv",
            "text/csv",
            lambda: export.openface_csv(analysis),
            "Head pose, gaze and action units under OpenFace's names.",
        ),
        (
            "Windows of time (CSV)",
            "windows.csv",
            "text/csv",
            lambda: export.windows_csv(analysis),
            f"Verdicts, means and shares per person and {analysis.settings.window_s:g} s.",
        ),
        (
            "Everything (ZIP)",
            "facemotion.zip",
            "application/zip",
            lambda: archive(analysis),
            "The files above, the landmarks, a picture card of each moment, and a summary picture.",
        ),
    )
    for label, suffix, mime, make, words in offers:
        st.download_button(
            label,
            make,
            f"{name}-{suffix}",
            mime,
            key=f"export-{suffix}",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            help=words,
        )


def deletion(analysis: Analysis) -> None:
    """The way to have nothing of this video left on the machine."""
    with st.popover("Delete this video", icon=":material/delete:", width="stretch"):
        st.markdown(
            "Deletes the download or upload, its frames and everything measured in it from the "
            "machine that runs this dashboard. A file that was analysed where it lies stays there."
        )
        st.button(
            "Delete for good",
            help="There is no way back.",
            key="delete",
            type="primary",
            width="stretch",
            on_click=partial(state.forget, analysis),
        )


def link(analysis_id: str) -> str:
    """The address that shows an analysis, with the moments chosen as they are now."""
    here = urlsplit(st.context.url or "http://localhost:8501/")
    here = here._replace(path="/")
    given = {key: st.query_params[key] for key in st.query_params if key != state.JOB}
    return here._replace(query=urlencode({**given, state.ANALYSIS: analysis_id})).geturl()


def archive(analysis: Analysis) -> bytes:
    """Everything that the command line writes, in one ZIP file."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        written = pipeline.write_outputs(analysis, Path(folder))
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archived:
            for path in written:
                archived.write(path, path.relative_to(folder))
    return buffer.getvalue()
