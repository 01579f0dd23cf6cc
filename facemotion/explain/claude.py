"""Claude as the explainer: few requests, every answer kept, nothing false stored, caps that hold.

An answer is one file, named by what it depends on; what is there is never asked again. A request is
about several moments. What cannot be had is told by the narrator instead, with a note why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from facemotion.explain import answers, batches, prices, prompt
from facemotion.explain.batches import COULD_NOT
from facemotion.explain.narrator import narrate
from facemotion.explain.opinion import explained
from facemotion.explain.prices import Usage
from facemotion.explain.schema import Judgement
from facemotion.explain.service import Service, ServiceError
from facemotion.explain.views import Material
from facemotion.records import Explanation, OnProgress, Progress, Settings

PER_REQUEST = 4
"""Moments that one request is about: the instructions are paid once for all of them."""
AT_ONCE = 4
"""Requests under way at a time."""


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
    groups: list[tuple[Material, ...]] = []
    left_out: list[Material] = []
    open_ones: list[Material] = []
    used = Usage()
    for material in materials:
        answer = answers.read(folder, prompt.key(material, title, model))
        if answer is not None:
            known[material.moment.number] = answer
        elif material.face:  # else the frame is not there any more
            open_ones.append(material)
    for first in range(0, len(open_ones), PER_REQUEST):
        group = tuple(open_ones[first : first + PER_REQUEST])
        with_group = used + prices.estimate(group)
        if _within(with_group, settings):
            groups.append(group)
            used = with_group
        else:
            left_out += group
    dollars = used.dollars(model, settings.claude_batch)
    return Plan(known, tuple(groups), tuple(left_out), used, dollars)


def _within(used: Usage, settings: Settings) -> bool:
    dollars = used.dollars(settings.claude_model, settings.claude_batch)
    return used.calls <= settings.max_calls and (dollars is None or dollars <= settings.max_dollars)


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
        after = plan(materials, title, settings, folder)
        notes |= {m.moment.number: _capped(settings) for m in planned.left_out}
        made = [
            _of(m, after.known, service.model, notes.get(m.moment.number, "")) for m in materials
        ]
        return made, used
    asked = _Asking(title, settings, folder, service, planned)
    total = len(materials)

    def tell() -> None:
        done = total - len(planned.left_out) - asked.n_open
        on_progress(Progress("explain", done, total, "moments", asked.told))

    tell()
    for _ in asked.all():
        tell()
    judged = planned.known | asked.judged
    notes = asked.notes | {m.moment.number: _capped(settings) for m in planned.left_out}
    made = [_of(m, judged, service.model, notes.get(m.moment.number, "")) for m in materials]
    return made, asked.usage


class _Asking:
    """The requests of one run: in threads, with a second try for what came back unusable."""

    def __init__(
        self, title: str, settings: Settings, folder: Path, service: Service, planned: Plan
    ) -> None:
        self._title, self._settings, self._folder = title, settings, folder
        self._service, self._planned = service, planned
        self.judged: dict[int, Judgement] = {}
        self.notes: dict[int, str] = {}
        self.usage = Usage()
        self._final: str | None = None

    @property
    def n_open(self) -> int:
        return self._planned.n_asked - len(self.judged) - len(self.notes)

    @property
    def told(self) -> str:
        dollars = self.usage.dollars(self._service.model)
        return "" if dollars is None else f"{self.usage.calls} calls, ${dollars:.3f} so far"

    def all(self) -> Iterator[None]:
        """Ask everything; yields after each answer."""
        groups = list(self._planned.groups)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="claude") as pool:
            under_way = {pool.submit(self._ask, group): (group, True) for group in groups}
            try:
                while under_way:
                    ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in ready:
                        group, may_retry = under_way.pop(future)
                        for single in self._take(future, group, may_retry):
                            under_way[pool.submit(self._ask, single)] = (single, False)
                    yield
            finally:
                for future in under_way:
                    future.cancel()

    def _ask(self, group: tuple[Material, ...]) -> tuple[list[Judgement], Usage]:
        if self._final is not None:
            raise ServiceError(self._final, is_final=True)
        return self._service.judge(group, self._title)

    def _take(
        self,
        future: Future[tuple[list[Judgement], Usage]],
        group: tuple[Material, ...],
        may_retry: bool,
    ) -> list[tuple[Material, ...]]:
        """Keep what a request brought; the moments that are to be asked about again, one by one."""
        try:
            judgements, used = future.result()
            reason = "Claude's answer leaves this face out"
        except ServiceError as error:
            judgements, used, reason = [], error.usage, str(error)
            if error.is_final:
                self._final = reason
        self.usage += used
        by_id = {judgement.id: judgement for judgement in judgements}
        missing = []
        for material in group:
            judgement = by_id.get(prompt.identity(material))
            if judgement is None:
                missing.append(material)
            else:
                name = prompt.key(material, self._title, self._service.model)
                answers.keep(self._folder, name, judgement)
                self.judged[material.moment.number] = judgement
        answered = bool(used.input_tokens or used.output_tokens)
        if may_retry and answered and missing and self._may_ask_more(len(missing)):
            return [(material,) for material in missing]
        self.notes |= {m.moment.number: f"{COULD_NOT}: {reason}." for m in missing}
        return []

    def _may_ask_more(self, n_requests: int) -> bool:
        """Whether the caps allow further requests beside those that are planned."""
        planned = self._planned.usage
        calls = max(planned.calls, self.usage.calls) + n_requests
        spent = self.usage.dollars(self._service.model) or 0.0
        return calls <= self._settings.max_calls and spent < self._settings.max_dollars


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
