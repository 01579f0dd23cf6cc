"""What to say, and what to do next, when an analysis has nothing to show."""

from __future__ import annotations

import streamlit as st

from facemotion import curves
from facemotion.records import Analysis
from facemotion.ui import look


def no_faces(analysis: Analysis) -> None:
    """No face in any frame that was looked at."""
    settings = analysis.settings
    tips = []
    if settings.every_s > 0.5:
        tips.append(f"look more often than every {settings.every_s:g} s")
    if settings.min_confidence > 0.3:
        tips.append(f"lower the least detector confidence, which is {settings.min_confidence:g}")
    if analysis.video.webpage_url and settings.max_height < 1080:
        tips.append(f"raise the download height, which is {settings.max_height} pixels")
    if settings.detector != "blazeface":
        tips.append("choose the blazeface detector")
    tips.append("choose another part of the video")
    st.info(
        f"**No face was found** in the {len(analysis.samples)} frames that were looked at. "
        f"If there are some: {'; or '.join(tips)}. The settings are in the sidebar, under "
        "Measuring.",
        icon=":material/face_retouching_off:",
    )


def no_moments(analysis: Analysis, face_id: int | None, *, is_filtered: bool = False) -> None:
    """Faces, but none that passes the gate or the filters: says what stands in the way."""
    if is_filtered:
        st.info(
            "**No moment passes the filters.** Take something back under *Filter and sort*.",
            icon=":material/filter_alt:",
        )
        return
    faces, settings = curves.of_face(analysis.faces, face_id), analysis.settings
    if face_id is not None and not _barriers(analysis, face_id):
        name = look.plain(curves.people(faces)[face_id])
        st.info(
            f"None of the moments is of {name}. Raise **How many at most** in the sidebar.",
            icon=":material/filter_alt:",
        )
        return
    barriers = _barriers(analysis, face_id)
    how = "; ".join(barriers) or (
        f"lower **Smallest face** (now {settings.min_face_px}) and **Least sharpness** (now "
        f"{settings.min_sharpness:g}), which no face passes together"
    )
    st.info(
        f"**No moment to show.** {len(faces)} detections were measured, but none passes the "
        f"quality gate: {how}.",
        icon=":material/filter_alt:",
    )


def _barriers(analysis: Analysis, face_id: int | None) -> list[str]:
    """The sliders that no face passes, each with the value that lets the best one through."""
    faces, settings = curves.of_face(analysis.faces, face_id), analysis.settings
    largest = float(faces[["w", "h"]].min(axis=1).max())
    sharpest = float(faces["sharpness"].max())
    found = []
    if largest < settings.min_face_px:
        found.append(
            f"lower **Smallest face** to {int(largest)} or less (now {settings.min_face_px})"
        )
    if sharpest < settings.min_sharpness:
        low = int(sharpest * 20) / 20
        found.append(
            f"lower **Least sharpness** to {low:g} or less (now {settings.min_sharpness:g})"
        )
    return found
