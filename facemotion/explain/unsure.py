"""Claude on faces that the detector was not sure of: few requests, every answer kept.

As in ``claude``, an answer is one file named by what it depends on, what is there is never asked
again, and the caps hold. A picture without an answer is no face and no "no face": it stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facemotion.explain import answers, prices, showing
from facemotion.explain.asking import Asking, grouped
from facemotion.explain.prices import Usage
from facemotion.explain.schema import Found
from facemotion.explain.service import Service
from facemotion.explain.showing import Picture
from facemotion.records import OnProgress, Progress, Settings

PER_REQUEST = 8
"""Pictures that one request shows."""


@dataclass(frozen=True)
class FindPlan:
    """What looking would take: what is known by id, what is to be asked, and the estimate.

    ``left_out`` are the pictures that the caps do not allow. ``dollars`` is None for a model whose
    price is not in the list.
    """

    known: dict[str, Found]
    groups: tuple[tuple[Picture, ...], ...]
    left_out: tuple[Picture, ...]
    usage: Usage
    dollars: float | None

    @property
    def n_asked(self) -> int:
        return sum(len(group) for group in self.groups)


@dataclass(frozen=True)
class Finding:
    """What Claude finds, by id; ``reasons`` tells why an answer is missing, ``usage`` what it took.

    A picture that the caps leave out is in neither.
    """

    found: dict[str, Found]
    reasons: dict[str, str]
    usage: Usage

    def told(self, planned: FindPlan, settings: Settings) -> tuple[str, ...]:
        """What was asked, in words, and why some answers are missing."""
        words = []
        model, limits = settings.claude_model, prices.limits(settings)
        if self.usage.calls:
            words.append(f"{model} was asked about unsure faces {prices.bill(model, self.usage)}.")
        if self.reasons:
            why = next(iter(self.reasons.values()))
            words.append(
                f"{len(self.reasons)} unsure faces have no answer of Claude: {why}. The next run "
                "asks again."
            )
        if planned.left_out:
            n = len(planned.left_out)
            words.append(f"{n} unsure faces were not shown to Claude: {limits} are reached.")
        return tuple(words)


def expected(planned: FindPlan, settings: Settings) -> str:
    """A plan in words: what would be asked, and the price."""
    model, n_left = settings.claude_model, len(planned.left_out)
    rest = f"; {n_left} are left out by {prices.limits(settings)}" if n_left else ""
    if not planned.n_asked:
        return f"{len(planned.known)} answers are known, nothing is to be asked{rest}."
    price = (
        f"the price of {model} is not in our list"
        if planned.dollars is None
        else f"about ${planned.dollars:.3f} at the prices of {prices.AS_OF}"
    )
    return (
        f"{planned.n_asked} unsure faces in {planned.usage.calls} calls of {model}: {price}{rest}."
    )


def plan(pictures: Sequence[Picture], settings: Settings, folder: Path) -> FindPlan:
    """What is to be asked under the caps in the settings; nothing is sent for this.

    These questions are never asked as a batch: the measurement waits for the answers.
    """
    settings = settings.with_changes(claude_batch=False)
    known: dict[str, Found] = {}
    open_ones: list[Picture] = []
    for picture in pictures:
        answer = answers.read_as(Found, folder, showing.key(picture, settings.claude_model))
        if answer is None:
            open_ones.append(picture)
        else:
            known[picture.id] = answer
    groups, left_out, used = grouped(open_ones, PER_REQUEST, showing.estimate, settings)
    return FindPlan(known, groups, left_out, used, used.dollars(settings.claude_model))


def run(
    planned: FindPlan,
    settings: Settings,
    folder: Path,
    service: Service,
    on_progress: OnProgress,
) -> Finding:
    """Ask about all that is not known yet; each answer is kept in ``folder`` as it arrives.

    Never raises for what the service does; whatever ``on_progress`` raises goes through.
    """

    def keep(picture: Picture, found: Found) -> None:
        answers.keep(folder, showing.key(picture, service.model), found)

    asked = Asking[Picture, Found](
        planned.groups,
        planned.usage,
        settings,
        ask=service.find,
        identity=lambda picture: picture.id,
        keep=keep,
    )

    def tell() -> None:
        done = planned.n_asked - asked.n_open
        on_progress(Progress("fallback", done, planned.n_asked, "pictures", asked.told))

    for _ in asked.all():
        tell()
    return Finding(planned.known | asked.answers, asked.reasons, asked.usage)
