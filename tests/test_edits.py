"""What a user decides about people: merged, split, named, deleted, neutral; on disk and applied."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from facemotion import cache, pipeline
from facemotion.errors import InputError
from facemotion.people import decisions, edits
from facemotion.people.decisions import Anchor, Decision, Edits
from facemotion.records import EMOTIONS, Settings, Work
from facemotion.tables import faces_table


def table(*tracks: tuple[int, Sequence[int], float]) -> pd.DataFrame:
    """Faces of 40 x 50 pixels; a track is (number, its frames, x): 10 frames are a second."""
    rows = [
        {
            "frame": frame,
            "timestamp": frame / 10,
            "face_id": number,
            "confidence": 0.5 + 0.01 * (frame % 7),
            **{"x": x + frame, "y": 20.0, "w": 40.0, "h": 50.0},
            **dict.fromkeys(EMOTIONS, 1 / 7),
            "source": "local",
        }
        for number, frames, x in tracks
        for frame in frames
    ]
    return faces_table(rows).sort_values(["frame", "x"], ignore_index=True)


@pytest.fixture
def faces() -> pd.DataFrame:
    """0 and 2 are one after the other, 1 is beside both, 3 comes last and alone."""
    return table((0, range(10), 100), (1, range(20), 300), (2, range(12, 20), 120), (3, [30], 0))


def ids(faces: pd.DataFrame) -> dict[int, tuple[int, str]]:
    """Person's number and name by track."""
    seen = faces.drop_duplicates("track_id")
    return {
        int(track): (int(face), str(person))
        for track, face, person in seen[["track_id", "face_id", "person"]].itertuples(index=False)
    }


def after(faces: pd.DataFrame, *made: Decision) -> pd.DataFrame:
    return edits.apply(faces, Edits(made))


def test_merged_faces_have_the_smallest_number_and_all_their_rows(faces: pd.DataFrame) -> None:
    merged = after(faces, edits.merge(faces, [3, 2, 0]))
    assert ids(merged) == {
        0: (0, "Face 0"),
        1: (1, "Face 1"),
        2: (0, "Face 0"),
        3: (0, "Face 0"),
    }
    assert len(merged) == len(faces)
    others = [c for c in faces.columns if c not in ("face_id", "person")]
    pd.testing.assert_frame_equal(merged[others], faces[others])


def test_no_decision_is_the_table_as_measured(faces: pd.DataFrame) -> None:
    assert edits.apply(faces, Edits()) is faces


def test_the_table_given_is_not_changed(faces: pd.DataFrame) -> None:
    before = faces.copy(deep=True)
    after(faces, edits.merge(faces, [0, 2]), edits.rename(faces, 1, "Ada"), edits.delete(faces, 3))
    pd.testing.assert_frame_equal(faces, before)


def test_an_empty_table_stays_empty(faces: pd.DataFrame) -> None:
    empty = faces.iloc[:0]
    made = Edits((edits.merge(faces, [0, 2]), edits.neutral(faces, 0, 0, 1)))
    assert edits.apply(empty, made).empty
    assert edits.neutral_ranges(empty, made) == {}


def test_faces_in_one_frame_cannot_be_merged(faces: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"Face \d and Face \d are in the same frame at 0\.0 s"):
        edits.merge(faces, [0, 1])


def test_merges_join_up(faces: pd.DataFrame) -> None:
    first = edits.merge(faces, [0, 2])
    merged = after(faces, first)
    second = edits.merge(merged, [0, 3])
    assert {face for face, _ in ids(after(faces, first, second)).values()} == {0, 1}


def test_splitting_gives_each_track_its_number_and_name_back(faces: pd.DataFrame) -> None:
    named = edits.rename(faces, 2, "Ada")
    joined = edits.merge(after(faces, named), [0, 2])
    merged = after(faces, named, joined)
    assert ids(merged)[0] == ids(merged)[2] == (0, "Ada")
    apart = after(faces, named, joined, edits.split(merged, 0))
    assert ids(apart)[0] == (0, "Face 0")
    assert ids(apart)[2] == (2, "Ada")


def test_what_was_merged_by_appearance_can_be_split(faces: pd.DataFrame) -> None:
    same = faces.assign(face_id=faces["track_id"].replace({2: 0}))
    assert ids(after(same, edits.split(same, 0)))[2] == (2, "Face 2")


def test_of_two_names_that_of_the_one_seen_longest_stays(faces: pd.DataFrame) -> None:
    named = [edits.rename(faces, 0, "Ada"), edits.rename(faces, 2, "Bea")]
    joined = edits.merge(after(faces, *named), [0, 2])
    assert ids(after(faces, *named, joined))[2] == (0, "Ada")
    renamed = edits.rename(after(faces, *named, joined), 0, "Cleo")
    assert ids(after(faces, *named, joined, renamed))[2] == (0, "Cleo")


def test_a_name_is_cleaned_and_an_empty_one_is_the_number_again(faces: pd.DataFrame) -> None:
    named = edits.rename(faces, 1, "  Ada\tLovelace\n")
    assert ids(after(faces, named))[1] == (1, "Ada Lovelace")
    assert ids(after(faces, named, edits.rename(faces, 1, " ")))[1] == (1, "Face 1")


@pytest.mark.parametrize(
    ("name", "words"), [("x" * 41, "40 characters"), ("face 2", "is called face 2 already")]
)
def test_a_name_that_is_too_long_or_taken_is_refused(
    faces: pd.DataFrame, name: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        edits.rename(faces, 1, name)


def test_deleting_takes_all_rows_of_a_person_and_can_be_taken_back(faces: pd.DataFrame) -> None:
    joined = edits.merge(faces, [0, 2])
    gone = edits.delete(after(faces, joined), 0)
    made = Edits((joined, gone))
    left = edits.apply(faces, made)
    assert sorted(ids(left)) == [1, 3]
    assert left.index.tolist() == list(range(21))
    back = edits.apply(faces, made.without({gone.decision_id}))
    pd.testing.assert_frame_equal(back, after(faces, joined))


def test_a_face_that_is_not_there_any_more_is_refused(faces: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="Face 7 is not in this analysis any more"):
        edits.delete(faces, 7)


def test_decisions_survive_new_numbers(faces: pd.DataFrame) -> None:
    made = (
        edits.merge(faces, [0, 2]),
        edits.rename(faces, 1, "Ada"),
        edits.delete(faces, 3),
    )
    numbers = {0: 5, 1: 9, 2: 4, 3: 0}
    other = faces.assign(
        track_id=faces["track_id"].map(numbers), face_id=faces["face_id"].map(numbers)
    )
    assert ids(after(other, *made)) == {5: (4, "Face 4"), 9: (9, "Ada"), 4: (4, "Face 4")}


def test_a_decision_about_a_face_that_was_dropped_falls_on_no_other(faces: pd.DataFrame) -> None:
    gone = edits.delete(faces, 0)
    left = faces[faces["track_id"] != 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(after(left, gone), left)


def test_the_nearest_of_two_overlapping_faces_is_meant() -> None:
    close = table((0, [1], 100), (1, [1], 110))
    assert sorted(ids(after(close, edits.delete(close, 1)))) == [0]


def test_no_frame_has_a_person_twice_when_other_thresholds_join_tracks(
    faces: pd.DataFrame,
) -> None:
    joined = edits.merge(faces, [0, 2, 3])
    # With other thresholds, track 2 begins while track 0 is still there.
    other = table((0, range(14), 100), (1, range(20), 300), (2, range(12, 20), 120), (3, [30], 0))
    merged = after(other, joined)
    assert not merged.duplicated(["frame", "face_id"]).any()
    assert ids(merged)[3][0] == ids(merged)[0][0] == 0
    assert ids(merged)[2] == (2, "Face 2")


def test_a_neutral_range_belongs_to_the_whole_person(faces: pd.DataFrame) -> None:
    said = edits.neutral(faces, 2, 1.2, 1.9)
    joined = edits.merge(faces, [0, 2])
    made = Edits((said, joined))
    assert edits.neutral_ranges(faces, made) == {0: (1.2, 1.9)}
    assert edits.neutral_ranges(edits.apply(faces, made), made) == {0: (1.2, 1.9)}
    cleared = made.with_decisions(edits.neutral(faces, 2, None, None))
    assert edits.neutral_ranges(faces, cleared) == {}
    deleted = made.with_decisions(edits.delete(edits.apply(faces, made), 0))
    assert edits.neutral_ranges(faces, deleted) == {}


@pytest.mark.parametrize(
    ("start_s", "end_s", "words"), [(2, 1, "is empty"), (5, 9, "Face 0 is not seen from 5 s")]
)
def test_a_neutral_range_without_the_face_is_refused(
    faces: pd.DataFrame, start_s: float, end_s: float, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        edits.neutral(faces, 0, start_s, end_s)


def test_the_disk_gives_back_what_was_decided(faces: pd.DataFrame, tmp_path: Path) -> None:
    made = (
        edits.merge(faces, [0, 2]),
        edits.rename(faces, 1, "Ädä"),
        edits.delete(faces, 3),
        edits.neutral(faces, 0, 0, 1),
    )
    assert decisions.load(tmp_path, "abc") == Edits()
    stored = decisions.change(tmp_path, "abc", lambda old: old.with_decisions(*made))
    assert decisions.load(tmp_path, "abc") == stored == Edits(made)
    assert decisions.load(tmp_path, "other") == Edits()
    assert (tmp_path / "people-abc.json").is_file()


def test_the_key_knows_what_was_decided_and_not_when(faces: pd.DataFrame) -> None:
    once, again = edits.merge(faces, [0, 2]), edits.merge(faces, [0, 2])
    assert once.decision_id != again.decision_id
    assert cache.key("people", 1, Edits((once,)).key) == cache.key("people", 1, Edits((again,)).key)
    assert Edits((once,)).key != Edits().key
    assert Edits((once,)).without({once.decision_id}).key == Edits().key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"decisions": [{"kind": "marry", "anchors": []}]}',
        '{"decisions": [{"kind": "merge"}]}',
        '{"decisions": [{"kind": "merge", "anchors": [{"frame": "x", "x": 1, "y": 2}]}]}',
        '{"decisions": [{"kind": "delete", "anchors": [], "colour": 1}]}',
    ],
)
def test_a_damaged_file_is_one_clear_error_and_stays(text: str, tmp_path: Path) -> None:
    path = decisions.path_of(tmp_path, "abc")
    path.write_text(text)
    with pytest.raises(InputError, match=r"people-abc\.json cannot be read: the file is damaged"):
        decisions.load(tmp_path, "abc")
    with pytest.raises(InputError):
        decisions.change(tmp_path, "abc", lambda old: old)
    assert path.read_text() == text


def test_sessions_that_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    def session(number: int) -> None:
        for i in range(10):
            one = Decision("rename", (Anchor(number, i, 0.0),), f"{number}-{i}")
            decisions.change(tmp_path, "abc", lambda old, one=one: old.with_decisions(one))

    threads = [threading.Thread(target=session, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [decision.name for decision in decisions.load(tmp_path, "abc").decisions]
    assert sorted(names, key=str) == sorted(f"{n}-{i}" for n in range(4) for i in range(10))
    for number in range(4):  # each session's own stay in order
        own = [name for name in names if str(name).startswith(f"{number}-")]
        assert own == [f"{number}-{i}" for i in range(10)]


def test_what_is_on_the_disk_can_be_read_by_a_person(faces: pd.DataFrame, tmp_path: Path) -> None:
    one = edits.rename(faces, 1, "Ada")
    decisions.change(tmp_path, "abc", lambda old: old.with_decisions(one))
    stored = json.loads((tmp_path / "people-abc.json").read_text())
    # The most certain of the rows of track 1: frame 6, the first of the best.
    place = {"frame": 6, "x": 326.0, "y": 45.0}
    assert stored["schema_version"] == 1
    assert [(d["kind"], d["name"], d["anchors"]) for d in stored["decisions"]] == [
        ("rename", "Ada", [place])
    ]


def test_decisions_about_people_apply_to_tables_moments_and_exports(
    cache_root: Path, portrait_clip: Path, tmp_path: Path
) -> None:
    settings = Settings(every_s=0.5)
    first = pipeline.run(str(portrait_clip), settings, cache_root=cache_root)
    face_id = int(first.faces["face_id"].iloc[0])
    named = edits.rename(first.faces, face_id, "Ada")
    pipeline.edit_people(
        first.analysis_id, lambda old: old.with_decisions(named), cache_root=cache_root
    )
    for again in (
        pipeline.run(str(portrait_clip), settings, cache_root=cache_root),
        pipeline.reopen(first.analysis_id, cache_root=cache_root),
    ):
        assert again.analysis_id == first.analysis_id
        assert again.work == Work()
        assert set(again.faces["person"]) == {"Ada"}
        assert {moment.person for moment in again.moments} == {"Ada"}
    out = tmp_path / "out"
    pipeline.write_outputs(again, out)
    rows = pd.read_csv(out / "faces.csv")
    assert set(rows.loc[rows["success"] == 1, "person"]) == {"Ada"}


def test_a_person_left_out_is_gone_until_it_is_taken_back(
    cache_root: Path, portrait_clip: Path
) -> None:
    first = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    gone = [edits.delete(first.faces, i) for i in first.faces["face_id"].unique()]
    pipeline.edit_people(
        first.analysis_id, lambda old: old.with_decisions(*gone), cache_root=cache_root
    )
    without = pipeline.reopen(first.analysis_id, cache_root=cache_root)
    assert without.faces.empty and without.moments == ()
    assert without.samples["n_faces"].sum() == 0
    assert without.samples["frame"].tolist() == first.samples["frame"].tolist()
    marks = {decision.decision_id for decision in gone}
    pipeline.edit_people(first.analysis_id, lambda old: old.without(marks), cache_root=cache_root)
    back = pipeline.reopen(first.analysis_id, cache_root=cache_root)
    pd.testing.assert_frame_equal(back.faces, first.faces)
    assert back.moments == first.moments and back.folder == first.folder


def test_decisions_about_an_analysis_that_is_gone_are_refused(cache_root: Path) -> None:
    with pytest.raises(InputError, match="is not in the cache any more"):
        pipeline.edit_people("gone-12.0123456789ab", lambda old: old, cache_root=cache_root)
    with pytest.raises(InputError, match="is not in the cache any more"):
        pipeline.edits_of("gone-12.0123456789ab", cache_root)


def test_deleting_a_video_deletes_its_decisions(cache_root: Path, portrait_clip: Path) -> None:
    first = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    named = edits.rename(first.faces, int(first.faces["face_id"].iloc[0]), "Ada")
    pipeline.edit_people(
        first.analysis_id, lambda old: old.with_decisions(named), cache_root=cache_root
    )
    cache.delete(cache.entries(cache_root)[0])
    again = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    assert again.analysis_id == first.analysis_id
    pd.testing.assert_frame_equal(again.faces, first.faces)
