"""Stage 4: words about each moment.

``facs`` is the local narrator: muscles, pattern, certainty, from what was measured. ``claude`` asks
Anthropic's Claude for a second opinion, without telling it the first, and checks what it cites
against the measured muscles. ``none`` says nothing. Before that, ``find`` can let Claude look at
faces that the detector was not sure of. Only ``ask`` and ``find`` ever send anything anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from facemotion.errors import SettingsError
from facemotion.explain import claude, showing, unsure, views
from facemotion.explain.batches import COULD_NOT
from facemotion.explain.claude import Plan, plan
from facemotion.explain.narrator import narrate
from facemotion.explain.prices import AS_OF as PRICES_AS_OF
from facemotion.explain.prices import DOLLARS_PER_MILLION, Usage, bill
from facemotion.explain.schema import Found
from facemotion.explain.service import NO_KEY, Service, ServiceError, require_key
from facemotion.explain.showing import NO_KEY_TO_FIND, Picture
from facemotion.explain.unsure import Finding, FindPlan
from facemotion.explain.unsure import expected as expected_finding
from facemotion.explain.unsure import plan as plan_finding
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


def find(
    planned: FindPlan,
    settings: Settings,
    folder: Path,
    key: str | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Finding:
    """Let Claude look for faces in the pictures of a plan; only what it lacks is asked.

    ``key`` and errors as in ``ask``. The answers are kept in ``folder``.
    """
    if not planned.groups:
        return Finding(planned.known, {}, Usage())
    with closing(Service(key, settings.claude_model)) as service:
        return unsure.run(planned, settings, folder, service, on_progress)


__all__ = [
    "COULD_NOT",
    "DOLLARS_PER_MILLION",
    "EXPLAINERS",
    "NO_KEY",
    "NO_KEY_TO_FIND",
    "PRICES_AS_OF",
    "FindPlan",
    "Finding",
    "Found",
    "Material",
    "Picture",
    "Plan",
    "ServiceError",
    "Usage",
    "ask",
    "bill",
    "check_name",
    "expected_finding",
    "find",
    "known",
    "local",
    "plan",
    "plan_finding",
    "require_key",
    "showing",
    "views",
]
