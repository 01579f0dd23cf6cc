"""What the command line shows: progress on stderr and plain tables."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from facemotion import records

TITLES: dict[records.StageName, str] = {
    "download": "Download",
    "frames": "Frames",
    "faces": "Faces",
    "fallback": "Unsure faces",
    "people": "People",
    "moments": "Moments",
    "explain": "Explanations",
    "export": "Export",
}


class Reporter:
    """A progress callback that draws bars on a terminal, or one line per stage elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._console = console = Console(stderr=True)
        self._bars: Progress | None = None
        self._plain = not quiet and not console.is_terminal
        self._tasks: dict[str, object] = {}
        if not quiet and console.is_terminal:
            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description:<12}"),
                BarColumn(),
                TextColumn("{task.fields[amount]}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[text]}"),
                console=console,
            )

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, progress: records.Progress) -> None:
        if self._bars is not None:
            self._draw(self._bars, progress)
        elif self._plain and progress.stage not in self._tasks:
            self._tasks[progress.stage] = None
            # What is sent to others, and its price, is told before it is sent.
            more = f" {progress.text}" if progress.stage in ("fallback", "explain") else ""
            self._console.print(f"{TITLES[progress.stage]}...{more}", soft_wrap=True)

    def _draw(self, bars: Progress, progress: records.Progress) -> None:
        task = self._tasks.get(progress.stage)
        if task is None:
            task = bars.add_task(TITLES[progress.stage], total=None, amount="", text="")
            self._tasks[progress.stage] = task
        bars.update(
            task,  # type: ignore[arg-type]  # ids are opaque to us
            completed=progress.done,
            total=progress.total,
            amount=amount(progress),
            text=progress.text[:60],
        )


def amount(progress: records.Progress) -> str:
    """How much is done, in the stage's own unit."""
    if progress.unit == "bytes":
        done = f"{progress.done / 1e6:.1f}"
        return f"{done} MB" if progress.total is None else f"{done}/{progress.total / 1e6:.1f} MB"
    if not progress.unit:
        return ""
    if progress.total is None:
        return f"{progress.done:.0f} {progress.unit}"
    return f"{progress.done:.0f}/{progress.total:.0f} {progress.unit}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Columns of text, as wide as they need to be."""
    widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def say(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr)
