"""The user's own marks on a video."""

from __future__ import annotations

from pathlib import Path

import pytest

from facemotion import markers
from facemotion.errors import InputError


def test_marks_are_kept_in_the_order_of_time(tmp_path: Path) -> None:
    markers.change(tmp_path, lambda known: markers.added(known, 9.5, " end of\nthe joke "))
    markers.change(tmp_path, lambda known: markers.added(known, 2, "stimulus"))
    found = markers.load(tmp_path)
    assert [(m.time_s, m.text) for m in found] == [(2.0, "stimulus"), (9.5, "end of the joke")]


def test_a_mark_is_renamed_and_removed(tmp_path: Path) -> None:
    first = markers.change(tmp_path, lambda known: markers.added(known, 2, "stimulus"))[0]
    markers.change(tmp_path, lambda known: markers.renamed(known, first.marker_id, "question"))
    assert markers.load(tmp_path)[0].text == "question"
    markers.change(tmp_path, lambda known: markers.removed(known, first.marker_id))
    assert markers.load(tmp_path) == ()
    assert markers.removed((), first.marker_id) == ()


@pytest.mark.parametrize(
    ("time_s", "text", "why"),
    [
        (-1.0, "x", "cannot be at"),
        (float("nan"), "x", "cannot be at"),
        (1.0, " \n", "needs a word"),
        (1.0, "x" * 81, "too long"),
    ],
)
def test_what_is_no_mark_is_refused_and_nothing_changes(
    tmp_path: Path, time_s: float, text: str, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        markers.change(tmp_path, lambda known: markers.added(known, time_s, text))
    assert markers.load(tmp_path) == ()


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / markers.FILE).write_text('[{"time_s": 1}]')
    with pytest.raises(InputError, match=r"markers\.json is damaged"):
        markers.load(tmp_path)


def test_there_is_an_end_to_marks() -> None:
    full = tuple(markers.Marker(str(i), float(i), "x") for i in range(markers.MAX_MARKERS))
    with pytest.raises(InputError, match="500 marks already"):
        markers.added(full, 1.0, "one more")
