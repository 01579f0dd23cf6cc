"""Stage 4: words about each moment.

``facs`` is the local narrator: muscles, pattern, certainty, from what was measured. ``claude`` asks
Anthropic's Claude for a second opinion, without telling it the first, and checks what it cites
against the measured muscles. ``none`` says nothing. Only ``ask`` ever sends anything anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from facemotion.errors import SettingsError
from facemotion.explain import claude, views
from facemotion.explain.batches import COULD_NOT
from facemotion.explain.claude import Plan, plan
from facemotion.explain.narrator import narrate
from facemotion.explain.prices import AS_OF as PRICES_AS_OF
from facemotion.explain.prices import DOLLARS_PER_MILLION, Usage
from facemotion.explain.service import NO_KEY, Service, ServiceError, require_key
from facemotion.explain.views import Material
from facemotion.records import Explanation, Moment, OnProgress, Settings, ignore_progress

EXPLAINERS = ("facs", "claude", "none")


def check_name(explainer: str) -> None:
    """Raise ``SettingsError``, which names the choices, unless there is such an explainer."""
    if explainer not in EXPLAINERS:
        raise SettingsError(
            f"There is no explainer called {explainer!r}. Choose one of: {', '.join(EXPLAINERS)}."
        )


def local(moments: Sequence[Moment], explainer: str) -> tuple[Explanation, ...]:
    """What the narrator says; nothing with "none". ``SettingsError`` for an unknown explainer."""
    check_name(explainer)
    return () if explainer == "none" else tuple(narrate(moments))


def known(
    materials: Sequence[Material], title: str, settings: Settings, folder: Path
) -> tuple[Explanation, ...]:
    """Claude's explanations that are in ``folder``; the narrator's for all other moments."""
    return tuple(claude.known(materials, title, settings, folder))


def ask(
    materials: Sequence[Material],
    title: str,
    settings: Settings,
    folder: Path,
    key: str | None = None,
    on_progress: OnProgress = ignore_progress,
) -> tuple[tuple[Explanation, ...], Usage]:
    """Ask Claude about what is not in ``folder`` yet, under the caps in the settings.

    ``key`` goes before ``ANTHROPIC_API_KEY``; ``SettingsError`` without either. What the service
    does raises nothing: a moment that cannot be had is told by the narrator, with a note.
    """
    with closing(Service(key, settings.claude_model)) as service:
        made, used = claude.run(materials, title, settings, folder, service, on_progress)
    return tuple(made), used


__all__ = [
    "COULD_NOT",
    "DOLLARS_PER_MILLION",
    "EXPLAINERS",
    "NO_KEY",
    "PRICES_AS_OF",
    "Material",
    "Plan",
    "ServiceError",
    "Usage",
    "ask",
    "check_name",
    "known",
    "local",
    "plan",
    "require_key",
    "views",
]
