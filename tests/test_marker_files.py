"""Marks as a table, and back."""

from __future__ import annotations

import pytest

from facemotion import marker_files, markers
from facemotion.errors import InputError
from facemotion.markers import Markers


def marks(*given: tuple[float, str]) -> Markers:
    found: Markers = ()
    for time_s, text in given:
        found = markers.added(found, time_s, text)
    return found


def told(found: Markers) -> list[tuple[float, str]]:
    return [(mark.time_s, mark.text) for mark in found]


def test_marks_come_back_as_they_went() -> None:
    gone = marks((1.25, 'He said "no", twice'), (60.0, "ärgert sich\u2026"))
    table = marker_files.to_csv(gone)
    assert table.splitlines()[0] == "time_s,text"
    assert told(marker_files.with_csv((), table.encode(), 100)) == told(gone)


def test_a_mark_that_is_there_is_not_added_again() -> None:
    known = marks((1.0, "start"))
    found = marker_files.with_csv(known, b"time_s,text\n1.0,start\n2,end\n2,end\n", 100)
    assert told(found) == [(1.0, "start"), (2.0, "end")]
    assert found[0].marker_id == known[0].marker_id


@pytest.mark.parametrize(
    "table",
    [
        b"\xef\xbb\xbftime_s,text\n90,joke\n",
        b"1:30,joke\n\n",
        b"Text,note,Time_S\njoke,x,90\n",
    ],
)
def test_names_order_and_ways_to_write_a_time_are_free(table: bytes) -> None:
    assert told(marker_files.with_csv((), table, 100)) == [(90.0, "joke")]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "no CSV file"),
        (b'"never closed', "no CSV file"),
        (b"time_s,text\n5\n", "Line 2 has no words"),
        (b"time_s,text\nsoon,x\n", "Line 2: 'soon' is no time"),
        (b"1,a\n2, \n", "Line 2: A mark needs a word"),
        (b"1,a\n500,b\n", "Line 2 marks 500 s, after the end at 100 s"),
        (b"1," + b"x" * 1_000_001, "more than 1,000,000 bytes"),
    ],
)
def test_a_bad_table_says_which_line_and_why(table: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        marker_files.with_csv((), table, 100)
