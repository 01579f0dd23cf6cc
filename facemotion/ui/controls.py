"""The settings in the sidebar: what is measured, and what of it is shown."""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion import clock
from facemotion.records import Settings
from facemotion.ui import choosing, state, unsure

DEFAULTS = Settings()
HEIGHTS = (240, 360, 480, 720, 1080, 2160)


def selection() -> dict[str, Any]:
    """The controls that choose the moments again at once; their values are in the address.

    Gives values by the names of the settings.
    """
    with st.popover(
        "Choice of moments", icon=":material/tune:", width="stretch", key="settings-moments"
    ):
        bound: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
        max_moments = st.slider(
            "How many at most",
            1,
            40,
            DEFAULTS.max_moments,
            key="moments",
            help="First comes the strongest detection of each emotion, then the most expressive "
            "ones, until there are this many. Changing it runs no model.",
            **bound,
        )
        min_gap_s = st.slider(
            "Seconds between two of a face",
            0.0,
            30.0,
            DEFAULTS.min_gap_s,
            0.5,
            format="%g",
            key="gap",
            help="Two moments of the same face are at least this far apart.",
            **bound,
        )
        min_face_px = st.slider(
            "Smallest face, pixels",
            0,
            200,
            DEFAULTS.min_face_px,
            4,
            key="size",
            help="Faces whose box is narrower or lower than this are measured, but not shown as "
            "moments: little can be told from few pixels.",
            **bound,
        )
        min_sharpness = st.slider(
            "Least sharpness",
            0.0,
            1.0,
            DEFAULTS.min_sharpness,
            0.05,
            key="sharp",
            help="0 is a blur, 1 is crisp. Faces blurred by motion look like expressions "
            "that are not there.",
            **bound,
        )
        max_muscle_moments = st.slider(
            "Of them for muscles",
            0,
            10,
            DEFAULTS.max_muscle_moments,
            key="muscles",
            help="Faces that the classifier calls neutral while their muscles say otherwise: a "
            "pout, a frown, a one-sided smile. 0 is none.",
            **bound,
        )
        return {
            "max_moments": max_moments,
            "max_muscle_moments": max_muscle_moments,
            "min_gap_s": min_gap_s,
            "min_face_px": min_face_px,
            "min_sharpness": min_sharpness,
        }


def measuring() -> Settings:
    """The controls that decide how the next video is measured.

    Raises ``SettingsError`` for a time that cannot be read, a range that ends before it starts,
    and for a wish that needs a key when there is none.
    """
    kept: dict[str, Any] = {"persist_state": "session"}
    every_s = st.number_input(
        "Seconds between looks",
        0.0,
        3600.0,
        DEFAULTS.every_s,
        0.5,
        format="%g",
        key="every",
        help="Expressions last from half a second to four seconds: 0.5 misses little, 3 gives an "
        "overview, 0 looks at every frame.",
        **kept,
    )
    left, right = st.columns(2)
    start = left.text_input(
        "From", key="start", placeholder="0:00", help="Begin here: 90, 1:30 or 0:01:30.", **kept
    )
    end = right.text_input(
        "To",
        key="end",
        placeholder="the end",
        help="End here. Only this part is downloaded where the site allows that.",
        **kept,
    )
    height = st.selectbox(
        "Download height",
        HEIGHTS,
        HEIGHTS.index(DEFAULTS.max_height),
        format_func=lambda value: f"{value} pixels",
        key="height",
        help="A higher picture shows smaller faces and takes longer to download. Files are read "
        "as they are.",
        **kept,
    )
    detector, classifier, confidence = choosing.models_used(kept)
    by_claude = unsure.choice(kept)
    hours, gigabytes = _limits(kept)
    return DEFAULTS.with_changes(
        every_s=every_s,
        start_s=seconds(start),
        end_s=seconds(end),
        max_height=height,
        detector=detector,
        classifier=classifier,
        min_confidence=confidence,
        max_duration_s=hours * 3600,
        max_bytes=round(gigabytes * 1e9),
        allow_private_urls=state.allows_private_urls(),
        **by_claude,
    )


def _limits(kept: dict[str, Any]) -> tuple[float, float]:
    """Hours and gigabytes above which a video is refused."""
    left, right = st.columns(2)
    hours = left.number_input(
        "Most hours",
        0.1,
        48.0,
        DEFAULTS.max_duration_s / 3600,
        1.0,
        format="%g",
        key="hours",
        help="A longer video is refused before it is downloaded.",
        **kept,
    )
    gigabytes = right.number_input(
        "Most GB",
        0.1,
        100.0,
        DEFAULTS.max_bytes / 1e9,
        1.0,
        format="%g",
        key="gigabytes",
        help="A larger file is refused.",
        **kept,
    )
    return hours, gigabytes


def seconds(text: str) -> float | None:
    """A time as ``clock.seconds`` reads it; None for an empty field."""
    return clock.seconds(text) if text.strip() else None
