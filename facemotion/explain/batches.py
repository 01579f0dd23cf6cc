"""Message batches: half the price, within a day. A run that ended goes on by the batch's id.

What was handed in is noted in ``batch-<id>.txt`` beside the answers, until its results are there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from facemotion import cache
from facemotion.explain import answers, prompt
from facemotion.explain.prices import Usage
from facemotion.explain.service import Service, ServiceError, read
from facemotion.explain.views import Material
from facemotion.records import OnProgress, Progress

COULD_NOT = "Claude could not explain it"
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
_STEP_S = 0.5

Handed = dict[str, dict[str, str]]
"""By request: the name of the answer to each id in it."""


def run(
    groups: Sequence[tuple[Material, ...]],
    title: str,
    folder: Path,
    service: Service,
    on_progress: OnProgress,
) -> tuple[Usage, dict[int, str]]:
    """Hand in what is not under way yet, wait for all, keep the answers.

    Gives what it took and, by moment, why there is no answer. Whatever ``on_progress`` raises goes
    through; the batch goes on without us, and the next run takes its results.
    """
    names = {
        prompt.key(material, title, service.model): material
        for group in groups
        for material in group
    }
    used, reasons = Usage(), dict[str, str]()
    try:
        handed = _under_way(folder)
        waiting = {
            name
            for requests in handed.values()
            for ids in requests.values()
            for name in ids.values()
        }
        missing = [
            tuple(m for m in group if prompt.key(m, title, service.model) not in waiting)
            for group in groups
        ]
        if any(missing):
            handed |= _hand_in([group for group in missing if group], title, folder, service)
        for batch_id, requests in handed.items():
            found, why = _collect(batch_id, requests, folder, service, on_progress, len(names))
            used += found
            reasons |= why
    except ServiceError as error:
        reasons |= dict.fromkeys(names, str(error))
    lacking = [name for name in names if answers.read(folder, name) is None]
    return used, {
        names[name].moment.number: f"{COULD_NOT}: {reasons.get(name, 'no answer')}."
        for name in lacking
    }


def _hand_in(
    groups: list[tuple[Material, ...]], title: str, folder: Path, service: Service
) -> dict[str, Handed]:
    requests = {f"group-{number}": group for number, group in enumerate(groups)}
    handed = {
        name: {prompt.identity(m): prompt.key(m, title, service.model) for m in group}
        for name, group in requests.items()
    }
    batch_id = service.submit(requests, title)
    cache.make_folder(folder)
    cache.write_text(folder / f"batch-{batch_id}.txt", json.dumps(handed, indent=1))
    return {batch_id: handed}


def _under_way(folder: Path) -> dict[str, Handed]:
    return {
        path.stem.removeprefix("batch-"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("batch-*.txt"))
    }


def _collect(
    batch_id: str,
    requests: Handed,
    folder: Path,
    service: Service,
    on_progress: OnProgress,
    total: int,
) -> tuple[Usage, dict[str, str]]:
    """Wait for one batch and keep its answers; what it took, and why some have none."""
    is_there = _wait(batch_id, service, on_progress, total)
    used, reasons = Usage(), dict[str, str]()
    for name, message, why in service.results(batch_id) if is_there else ():
        told = requests.get(name, {})
        try:
            if message is None:
                raise ServiceError(why)
            judgements, spent = read(message)
            used += spent
        except ServiceError as error:
            used += error.usage
            reasons |= dict.fromkeys(told.values(), str(error))
            continue
        for judgement in judgements:
            if judgement.id in told:
                answers.keep(folder, told[judgement.id], judgement)
    (folder / f"batch-{batch_id}.txt").unlink(missing_ok=True)
    return used, reasons


def _wait(batch_id: str, service: Service, on_progress: OnProgress, total: int) -> bool:
    """Until a batch has ended; False when the service does not know it any more."""
    text = f"Batch {batch_id}: answers come within a day; the same command goes on waiting"
    wait_s = FIRST_WAIT_S
    while (done := service.is_done(batch_id)) is False:
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            on_progress(Progress("explain", 0, total, "moments", text))
            time.sleep(min(_STEP_S, wait_s))
        wait_s = min(1.5 * wait_s, LONGEST_WAIT_S)
    return done is True
