"""Claude as the explainer: few requests, every answer kept, nothing false stored, caps that hold.

An answer is one file, named by what it depends on; what is there is never asked again. A request is
about several moments. What cannot be had is told by the narrator instead, with a note why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from facemotion.explain import answers, batches, prices, prompt
from facemotion.explain.asking import Asking, grouped
from facemotion.explain.batches import COULD_NOT
from facemotion.explain.narrator import narrate
from facemotion.explain.opinion import explained
from facemotion.explain.prices import Usage
from facemotion.explain.schema import Judgement
from facemotion.explain.service import Service
from facemotion.explain.views import Material
from facemotion.records import Explanation, OnProgress, Progress, Settings

PER_REQUEST = 4
"""Moments that one request is about: the instructions are paid once for all of them."""


@dataclass(frozen=True)
class Plan:
    """What explaining would take: what is known already, what is to be asked, and the estimate.

    ``left_out`` are the moments that the caps do not allow. ``dollars`` is None for a model whose
    price is not in the list.
    """

    known: dict[int, Judgement]
    groups: tuple[tuple[Material, ...], ...]
    left_out: tuple[Material, ...]
    usage: Usage
    dollars: float | None

    @property
    def n_asked(self) -> int:
        return sum(len(group) for group in self.groups)


def plan(materials: Sequence[Material], title: str, settings: Settings, folder: Path) -> Plan:
    """What is to be asked under the caps in the settings; nothing is sent for this."""
    model = settings.claude_model
    known: dict[int, Judgement] = {}
    open_ones: list[Material] = []
    for material in materials:
        answer = answers.read(folder, prompt.key(material, title, model))
        if answer is not None:
            known[material.moment.number] = answer
        elif material.face:  # else the frame is not there any more
            open_ones.append(material)
    groups, left_out, used = grouped(open_ones, PER_REQUEST, prices.estimate, settings)
    return Plan(known, groups, left_out, used, used.dollars(model, settings.claude_batch))


def known(
    materials: Sequence[Material], title: str, settings: Settings, folder: Path
) -> list[Explanation]:
    """The explanations that are on the disk; the narrator speaks where there is none."""
    planned = plan(materials, title, settings, folder)
    note = "Claude has not been asked about this moment."
    return [_of(m, planned.known, settings.claude_model, note) for m in materials]


def run(
    materials: Sequence[Material],
    title: str,
    settings: Settings,
    folder: Path,
    service: Service,
    on_progress: OnProgress,
) -> tuple[list[Explanation], Usage]:
    """Ask about all that is not known yet; an explanation of each moment, and what it took.

    Each answer is kept as it arrives. Never raises for what the service does; whatever
    ``on_progress`` raises goes through, and what has arrived by then is kept.
    """
    planned = plan(materials, title, settings, folder)
    if settings.claude_batch:
        used, notes = batches.run(planned.groups, title, folder, service, on_progress)
        judged = plan(materials, title, settings, folder).known
    else:
        asked = _asking(planned, title, settings, folder, service)
        for _ in asked.all():
            done = len(materials) - len(planned.left_out) - asked.n_open
            on_progress(Progress("explain", done, len(materials), "moments", asked.told))
        numbers = {prompt.identity(m): m.moment.number for m in materials}
        judged = planned.known | {numbers[name]: found for name, found in asked.answers.items()}
        notes = {numbers[name]: f"{COULD_NOT}: {why}." for name, why in asked.reasons.items()}
        used = asked.usage
    notes |= {m.moment.number: _capped(settings) for m in planned.left_out}
    made = [_of(m, judged, service.model, notes.get(m.moment.number, "")) for m in materials]
    return made, used


def _asking(
    planned: Plan, title: str, settings: Settings, folder: Path, service: Service
) -> Asking[Material, Judgement]:
    """The requests of a plan, one by one and not as a batch."""

    def keep(material: Material, judgement: Judgement) -> None:
        answers.keep(folder, prompt.key(material, title, service.model), judgement)

    return Asking[Material, Judgement](
        planned.groups,
        planned.usage,
        settings,
        ask=lambda group: service.judge(group, title),
        identity=prompt.identity,
        keep=keep,
    )


def _of(material: Material, judged: dict[int, Judgement], model: str, note: str) -> Explanation:
    found = judged.get(material.moment.number)
    if found is not None:
        return explained(material.moment, found, model)
    (local,) = narrate([material.moment])
    return replace(local, note=note)


def _capped(settings: Settings) -> str:
    return (
        "Claude was not asked about this moment: the limits of "
        f"{settings.max_calls} calls and ${settings.max_dollars:g} are reached."
    )
