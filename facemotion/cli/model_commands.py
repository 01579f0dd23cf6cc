"""``models``: the table, and downloading, removing and finding weights."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path

from facemotion.cli.console import Reporter, table
from facemotion.errors import SettingsError
from facemotion.models import files, store
from facemotion.models.catalogue import ModelEntry, catalogue
from facemotion.models.facts import FACTS, INSTALL, NOT_MEASURED

WIDTH = 120
"""Columns that the table fits into."""


def show(options: argparse.Namespace) -> None:
    """Print the table of models."""
    entries = catalogue()
    if options.json:
        print(json.dumps([vars(entry) for entry in entries], indent=1))
        return
    heads = ["kind", "name", "on disk", "size", "licence", "commercial"]
    rows = [_row(entry) for entry in entries]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    room = WIDTH - sum(widths) - 2 * len(widths)
    print(table([*heads, "accuracy"], [line for row in rows for line in _wrapped(row, room)]))
    print(
        "\nTo download one: python -m facemotion models get NAME. --json tells the rest: where\n"
        "each comes from, why commercial use is unclear, what else it needs. Downloads are in\n"
        f"{store.folder()}"
    )


def _row(entry: ModelEntry) -> list[str]:
    said = [entry.accuracy, f"published: {entry.published}"]
    if not entry.published:
        said.pop()
    elif entry.accuracy == NOT_MEASURED:
        said.pop(0)
    commercial = entry.commercial.partition(":")[0]
    return [
        *(entry.kind, entry.name, entry.on_disk, entry.size_text, entry.licence, commercial),
        "; ".join(said),
    ]


def _wrapped(row: list[str], room: int) -> list[list[str]]:
    """A row whose last text is broken into lines of at most ``room`` characters."""
    first, *more = textwrap.wrap(row[-1], room)
    return [[*row[:-1], first], *([*[""] * (len(row) - 1), line] for line in more)]


def get(options: argparse.Namespace) -> None:
    """Download the weights of some models; says first what each is."""
    for name in options.names:
        _require_known(name)
    for name in options.names:
        if name in files.FILES:
            _get(name, quiet=options.quiet)
        else:
            print(_not_downloaded(name))


def _get(name: str, *, quiet: bool) -> None:
    facts = FACTS[name]
    print(f"{name}: {facts.origin}")
    print(f"  size: {store.size_text(name)}; licence: {facts.licence}")
    print(f"  commercial use: {facts.commercial}")
    print(f"  from: {', '.join(file.urls[0] for file in files.FILES[name])}", flush=True)
    with Reporter(quiet=quiet) as reporter:
        paths = store.get(name, reporter)
    print(f"  on disk: {_names(paths)}")
    if facts.needs:
        print(f"  it also needs: {INSTALL[facts.needs]}")


def _not_downloaded(name: str) -> str:
    needs = FACTS[name].needs
    how = f"It needs: {INSTALL[needs]}" if needs else "It comes with what facemotion needs anyway."
    return f"{name}: nothing to download ({FACTS[name].origin}). {how}"


def remove(options: argparse.Namespace) -> None:
    """Delete the downloaded weights of some models."""
    for name in options.names:
        _require_known(name)
    for name in options.names:
        gone = store.remove(name) if name in files.FILES else []
        where = f"nothing of it is in {store.folder()}"
        print(f"{name}: {f'deleted {_names(gone)}' if gone else where}")


def _names(paths: list[Path]) -> str:
    return ", ".join(str(path) for path in paths)


def path(options: argparse.Namespace) -> None:
    """Print the folder of the downloads."""
    print(store.folder())


def _require_known(name: str) -> None:
    if name not in FACTS:
        raise SettingsError(
            f"There is no model called {name!r}. These can be downloaded: {', '.join(files.FILES)}."
        )
