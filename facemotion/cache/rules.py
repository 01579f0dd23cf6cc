"""How long videos stay and how much they may take: set in the cache itself, or by its host.

    <root>/rules.json       {"keep_days": 30, "budget_gb": 20}

``FACEMOTION_KEEP_DAYS`` and ``FACEMOTION_CACHE_GB`` go before the file: they are for whoever runs
the machine, and nobody in the dashboard can undo them.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facemotion.cache.disk import lock, make_folder, read_json, write_text
from facemotion.errors import InputError, SettingsError

FILE = "rules.json"
KEEP_DAYS, BUDGET_GB = "keep_days", "budget_gb"
ENVIRONMENT = {KEEP_DAYS: "FACEMOTION_KEEP_DAYS", BUDGET_GB: "FACEMOTION_CACHE_GB"}
FOREVER = "forever"
DEFAULT_BUDGET_GB = 20.0
MAX_DAYS, MAX_GB = 36_500.0, 1_000_000.0


@dataclass(frozen=True)
class Rules:
    """When videos go by themselves.

    ``keep_days`` is how long one stays after its last use, None for ever; ``budget_bytes`` how much
    all may take. ``by_host`` names those that the environment sets: the file cannot change them.
    ``problem`` says why the file cannot be read; until it can be, nothing goes by itself.
    """

    keep_days: float | None = None
    budget_bytes: int = int(DEFAULT_BUDGET_GB * 1000**3)
    by_host: frozenset[str] = frozenset()
    problem: str = ""


def read(root: Path) -> Rules:
    """The rules of a cache. Raises ``InputError`` when the environment's cannot be understood."""
    told = {name: os.environ[key] for name, key in ENVIRONMENT.items() if os.environ.get(key)}
    by_host = {name: _number(name, text, ENVIRONMENT[name]) for name, text in told.items()}
    written, problem = {}, ""
    if len(by_host) < len(ENVIRONMENT):
        try:
            written = _read_file(root / FILE)
        except InputError as error:
            problem = str(error)
    known = {**written, **by_host}
    return Rules(
        keep_days=known.get(KEEP_DAYS) or None,
        budget_bytes=int(known.get(BUDGET_GB, DEFAULT_BUDGET_GB) * 1000**3),
        by_host=frozenset(by_host),
        problem=problem,
    )


def change(root: Path, *, keep_days: float | None = None, budget_gb: float | None = None) -> Rules:
    """Set one of the rules, or both; ``keep_days`` 0 is for ever. What is None stays as it is.

    A file that cannot be read is written anew. Raises ``SettingsError`` for what is out of range
    and for what the environment sets, ``StorageError`` when the file cannot be written.
    """
    wanted = {KEEP_DAYS: keep_days, BUDGET_GB: budget_gb}
    given = {name: float(value) for name, value in wanted.items() if value is not None}
    for name, value in given.items():
        if os.environ.get(ENVIRONMENT[name]):
            raise SettingsError(
                f"{ENVIRONMENT[name]} is set, so it cannot be changed here. "
                "Change it where this machine's settings are."
            )
        _check(name, value, name)
    path = make_folder(root) / FILE
    with lock(path):
        try:
            known = _read_file(path)
        except InputError:
            known = {}
        write_text(path, json.dumps({**known, **given}, indent=1) + "\n")
    return read(root)


def days(text: str) -> float:
    """A number of days, or 0 for "forever". Raises ``SettingsError``."""
    return _number(KEEP_DAYS, text, "The retention")


def _read_file(path: Path) -> dict[str, float]:
    """What is written, nothing if there is no file; ``InputError`` when it cannot be understood."""
    try:
        found: Any = read_json(path)
        known = {name: float(found[name]) for name in ENVIRONMENT if found.get(name) is not None}
        for name, value in known.items():
            _check(name, value, name)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, SettingsError) as error:
        raise InputError(
            f"The rules of the cache in {path} cannot be read ({error}). "
            "Until they are set anew, no video is deleted by itself."
        ) from error
    return known


def _number(name: str, text: str, what: str) -> float:
    if name == KEEP_DAYS and text.strip().lower() == FOREVER:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        unit = "days, such as 30, or forever" if name == KEEP_DAYS else "gigabytes, such as 20"
        raise SettingsError(f"{what} is {text!r}, which is no number. Give {unit}.") from None
    _check(name, value, what)
    return value


def _check(name: str, value: float, what: str) -> None:
    most, unit = (MAX_DAYS, "days") if name == KEEP_DAYS else (MAX_GB, "gigabytes")
    if not math.isfinite(value) or not 0 <= value <= most:
        raise SettingsError(
            f"{what} is {value:g}, but must be 0 to {most:,.0f} {unit}. "
            "Choose a value in that range."
        )
