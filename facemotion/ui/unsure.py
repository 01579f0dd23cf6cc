"""The switch that lets Claude look at unsure faces, and its key, kept as in ``explaining``."""

from __future__ import annotations

from typing import Any

import streamlit as st

from facemotion.errors import SettingsError
from facemotion.records import Settings
from facemotion.ui import explaining

DEFAULTS = Settings()
_KEY = "claude-key-unsure"
_LIMITS = {
    "claude_model": "claude-model",
    "max_calls": "max-calls",
    "max_dollars": "max-dollars",
}
"""Settings that are chosen under Explanations, by the keys of their widgets there."""


def choice(kept: dict[str, Any]) -> dict[str, Any]:
    """The switch, by the names of the settings; what is sent is told where it is on.

    Raises ``SettingsError`` when it is on and there is no key.
    """
    is_on = st.toggle(
        "Claude looks at unsure faces",
        DEFAULTS.claude_fallback,
        key="claude-fallback",
        help="Faces that the detector proposes without being sure are shown to Claude. What he "
        "confirms is measured on this machine like any other face, and marked.",
        **kept,
    )
    if not is_on:
        return {}
    limits = {name: st.session_state.get(key) for name, key in _LIMITS.items()}
    chosen = DEFAULTS.with_changes(**{n: v for n, v in limits.items() if v is not None})
    st.caption(
        "Small cuttings around such faces are sent to Anthropic, and nothing else of the video: at "
        f"most {chosen.max_calls} calls and \\${chosen.max_dollars:g} of {chosen.claude_model}."
    )
    if not explaining.known_key():
        st.text_input(
            "Anthropic API key",
            type="password",
            key=_KEY,
            autocomplete="off",
            help="Kept in this browser session only. Or set ANTHROPIC_API_KEY for the program, or "
            "put it into .streamlit/secrets.toml.",
            **kept,
        )
    if key() is None:
        raise SettingsError(
            "Letting Claude look at unsure faces needs a key. Type one, or switch it off."
        )
    return {"claude_fallback": True, **{name: getattr(chosen, name) for name in _LIMITS}}


def key() -> str | None:
    """The program's own key, or one that was typed in; None without either."""
    return explaining.known_key() or str(st.session_state.get(_KEY) or "").strip() or None
