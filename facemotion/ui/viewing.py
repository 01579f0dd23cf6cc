"""The settings of what is made of the measurements: who counts as a person, and how curves look.

None of them runs a model; their values are in the address, so that a link shows the same.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion.records import VIEW_FIELDS, Analysis, Settings
from facemotion.statistics import smoothing

DEFAULTS = Settings()
_BOUND: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
_METHODS = {
    "none": "as measured",
    "exponential": "exponential",
    "savitzky-golay": "Savitzky-Golay",
}


def people() -> dict[str, Any]:
    """The thresholds of following people, by the names of the settings."""
    with st.popover("People", icon=":material/group:", width="stretch", key="settings-people"):
        return {
            "max_gap_s": st.slider(
                "Seconds out of sight",
                0.0,
                10.0,
                DEFAULTS.max_gap_s,
                0.5,
                format="%g",
                key="unseen",
                help="A face that is gone for longer comes back as a new one.",
                **_BOUND,
            ),
            "min_track_s": st.slider(
                "Shortest stay, seconds",
                0.0,
                10.0,
                DEFAULTS.min_track_s,
                0.1,
                format="%g",
                key="stay",
                help="Faces followed for less are left out, unless the detector was sure of them. "
                "0 leaves nobody out.",
                **_BOUND,
            ),
            "min_track_confidence": st.slider(
                "Sure enough to stay",
                0.0,
                1.0,
                DEFAULTS.min_track_confidence,
                0.05,
                key="sure",
                help="The detector's confidence from which a short stay counts all the same.",
                **_BOUND,
            ),
        }


def curves() -> dict[str, Any]:
    """The settings of the view, by their names."""
    with st.popover("Curves", icon=":material/timeline:", width="stretch", key="settings-curves"):
        method = st.selectbox(
            "Smoothing",
            smoothing.METHODS,
            smoothing.METHODS.index(DEFAULTS.smoothing),
            format_func=_METHODS.__getitem__,
            key="smooth",
            help="Takes the flicker out of the curves; peaks get lower and do not move. "
            "Moments and the raw columns of exports stay as measured.",
            **_BOUND,
        )
        smoothing_s = st.slider(
            "Over seconds",
            0.1,
            10.0,
            DEFAULTS.smoothing_s,
            0.1,
            format="%g",
            key="over",
            disabled=method == "none",
            help="Longer than the seconds between looks, or there is nothing to smooth.",
            **_BOUND,
        )
        corrected = st.toggle(
            "Above each person's face at rest",
            DEFAULTS.baseline_corrected,
            key="rest",
            help="Some faces look a little sad or angry at rest. This counts only what goes "
            "beyond each person's own.",
            **_BOUND,
        )
    return {"smoothing": method, "smoothing_s": smoothing_s, "baseline_corrected": corrected}


def key(analysis: Analysis) -> tuple[object, ...]:
    """What curves depend on besides the folder of the analysis: for the keys of caches."""
    return tuple(getattr(analysis.settings, name) for name in VIEW_FIELDS)


def told(analysis: Analysis) -> str | None:
    """What the curves are, in words, if they are not what was measured."""
    settings = analysis.settings
    parts = []
    if settings.baseline_corrected:
        parts.append("above each person's face at rest")
    if settings.smoothing != "none":
        parts.append(f"smoothed ({_METHODS[settings.smoothing]}, {settings.smoothing_s:g} s)")
        if settings.smoothing_s < settings.every_s:
            parts[-1] += f", which needs more than the {settings.every_s:g} s between looks"
    return f"Curves, shares and windows are {' and '.join(parts)}." if parts else None
