"""The user's own marks as a table to take along, and back: one row per mark, time and words."""

from __future__ import annotations

import csv
import io

from facemotion import clock, markers
from facemotion.errors import InputError
from facemotion.markers import Markers

COLUMNS = ("time_s", "text")
MAX_BYTES = 1_000_000


def to_csv(marks: Markers) -> str:
    """The marks as CSV, in the order of their times: ``time_s`` in seconds, and ``text``."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((f"{mark.time_s:.3f}", mark.text) for mark in marks)
    return file.getvalue()


def with_csv(marks: Markers, content: bytes, last_s: float) -> Markers:
    """The marks with those of a CSV file added; the same time and words are one mark.

    The first row may name the columns; without names, time comes first. A time is in seconds, or
    m:ss. Raises ``InputError``, and adds none, for a file that is no such table or has a time
    after ``last_s``.
    """
    there = {(round(mark.time_s, 3), mark.text) for mark in marks}
    for line, time_s, text in _rows(content):
        if time_s > last_s:
            raise InputError(
                f"Line {line} marks {time_s:g} s, after the end at {last_s:g} s. Is this file of "
                "another video?"
            )
        try:
            more = markers.added((), time_s, text)[0]
        except InputError as error:
            raise InputError(f"Line {line}: {error}") from error
        if (round(more.time_s, 3), more.text) not in there:
            there.add((round(more.time_s, 3), more.text))
            marks = markers.added(marks, more.time_s, more.text)
    return marks


def _rows(content: bytes) -> list[tuple[int, float, str]]:
    """Number of the line, time in seconds and words of each row."""
    if len(content) > MAX_BYTES:
        raise InputError(f"The file has more than {MAX_BYTES:,} bytes. Give a table of marks.")
    try:
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("This is no CSV file in UTF-8. Save the table as one.") from error
    rows = [(line, row) for line, row in enumerate(table, start=1) if any(c.strip() for c in row)]
    if not rows:
        raise InputError("The file is empty. Give a row for each mark: its time, and its words.")
    names = [cell.strip().lower() for cell in rows[0][1]]
    time_at, text_at = 0, 1
    if set(COLUMNS) <= set(names):
        time_at, text_at = (names.index(name) for name in COLUMNS)
        rows = rows[1:]
    return [(line, *_cells(line, row, time_at, text_at)) for line, row in rows]


def _cells(line: int, row: list[str], time_at: int, text_at: int) -> tuple[float, str]:
    if len(row) <= max(time_at, text_at):
        raise InputError(f"Line {line} has no words beside its time. Give both: time_s, text.")
    try:
        return clock.seconds(row[time_at]), row[text_at]
    except InputError as error:
        raise InputError(f"Line {line}: {error}") from error
