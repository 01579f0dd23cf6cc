"""Many requests to Claude at a time: what the caps allow, second tries, every answer kept at once.

What is asked, and how an answer is kept, is told by the caller: ``claude`` and ``unsure``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from facemotion.explain.prices import Usage
from facemotion.explain.service_errors import ServiceError
from facemotion.records import Settings

AT_ONCE = 4
"""Requests under way at a time."""


class Answered(Protocol):
    """An answer, which repeats the id of what was asked about."""

    id: str


Item = TypeVar("Item")
Answer = TypeVar("Answer", bound=Answered)


def grouped(
    items: Sequence[Item],
    per_request: int,
    estimate: Callable[[Sequence[Item]], Usage],
    settings: Settings,
) -> tuple[tuple[tuple[Item, ...], ...], tuple[Item, ...], Usage]:
    """The requests that the caps in the settings allow, what is left out, and the estimate."""
    groups: list[tuple[Item, ...]] = []
    left_out: list[Item] = []
    used = Usage()
    for first in range(0, len(items), per_request):
        group = tuple(items[first : first + per_request])
        with_group = used + estimate(group)
        if _within(with_group, settings):
            groups.append(group)
            used = with_group
        else:
            left_out += group
    return tuple(groups), tuple(left_out), used


def _within(used: Usage, settings: Settings) -> bool:
    dollars = used.dollars(settings.claude_model, settings.claude_batch)
    return used.calls <= settings.max_calls and (dollars is None or dollars <= settings.max_dollars)


class Asking(Generic[Item, Answer]):
    """The requests of one run: in threads, with a second try for what came back unusable.

    ``ask`` makes one request, ``identity`` gives the id that an answer must repeat, and ``keep``
    stores an answer. ``planned`` is what the requests in ``groups`` take by estimate. By id,
    ``answers`` are what came back and ``reasons`` why there is none.
    """

    def __init__(
        self,
        groups: Sequence[tuple[Item, ...]],
        planned: Usage,
        settings: Settings,
        *,
        ask: Callable[[tuple[Item, ...]], tuple[list[Answer], Usage]],
        identity: Callable[[Item], str],
        keep: Callable[[Item, Answer], None],
    ) -> None:
        self._groups, self._planned, self._settings = list(groups), planned, settings
        self._send, self._identity, self._keep = ask, identity, keep
        self.answers: dict[str, Answer] = {}
        self.reasons: dict[str, str] = {}
        self.usage = Usage()
        self._final: str | None = None

    @property
    def n_open(self) -> int:
        n_asked = sum(len(group) for group in self._groups)
        return n_asked - len(self.answers) - len(self.reasons)

    @property
    def told(self) -> str:
        """Calls and dollars so far, in words."""
        dollars = self.usage.dollars(self._settings.claude_model)
        return "" if dollars is None else f"{self.usage.calls} calls, ${dollars:.3f} so far"

    def all(self) -> Iterator[None]:
        """Ask everything; yields before the first request and after each answer."""
        yield
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="claude") as pool:
            under_way = {pool.submit(self._ask, group): (group, True) for group in self._groups}
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

    def _ask(self, group: tuple[Item, ...]) -> tuple[list[Answer], Usage]:
        if self._final is not None:
            raise ServiceError(self._final, is_final=True)
        return self._send(group)

    def _take(
        self, future: Future[tuple[list[Answer], Usage]], group: tuple[Item, ...], may_retry: bool
    ) -> list[tuple[Item, ...]]:
        """Keep what a request brought; what is to be asked about again, one by one."""
        try:
            answers, used = future.result()
            reason = "Claude's answer leaves this face out"
        except ServiceError as error:
            answers, used, reason = [], error.usage, str(error)
            if error.is_final:
                self._final = reason
        self.usage += used
        by_id = {answer.id: answer for answer in answers}
        missing = []
        for item in group:
            answer = by_id.get(self._identity(item))
            if answer is None:
                missing.append(item)
            else:
                self._keep(item, answer)
                self.answers[self._identity(item)] = answer
        answered = bool(used.input_tokens or used.output_tokens)
        if may_retry and answered and missing and self._may_ask_more(len(missing)):
            return [(item,) for item in missing]
        self.reasons |= {self._identity(item): reason for item in missing}
        return []

    def _may_ask_more(self, n_requests: int) -> bool:
        """Whether the caps allow further requests beside those that are planned."""
        calls = max(self._planned.calls, self.usage.calls) + n_requests
        spent = self.usage.dollars(self._settings.claude_model) or 0.0
        return calls <= self._settings.max_calls and spent < self._settings.max_dollars
