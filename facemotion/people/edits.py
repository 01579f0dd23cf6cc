"""Decisions about the people in a faces table: made here from numbers of faces, and applied here.

Both directions are pure: tables in, decisions or tables out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from facemotion.errors import InputError
from facemotion.palette import clock
from facemotion.people.anchors import anchors_of, tracks_at
from facemotion.people.decisions import MAX_NAME, Anchor, Decision, Edits, change, load
from facemotion.tables import person_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Decision",
    "Edits",
    "apply",
    "change",
    "delete",
    "load",
    "merge",
    "neutral",
    "neutral_ranges",
    "rename",
    "split",
]


def merge(faces: pd.DataFrame, face_ids: Sequence[int]) -> Decision:
    """The decision that these faces are one person.

    It keeps the name that one of them was given; of several, that of the one seen longest. Raises
    ``InputError`` when two of them are in one frame: nobody is in a picture twice.
    """
    rows = _rows_of(faces, face_ids)
    twice = rows[rows.duplicated("frame", keep=False)]
    if not twice.empty:
        first = twice[twice["frame"] == twice["frame"].iloc[0]]
        raise InputError(
            f"{' and '.join(first['person'].head(2))} are in the same frame at "
            f"{first['timestamp'].iloc[0]:.1f} s, so they are not the same person. "
            "Choose faces that are never seen together."
        )
    longest_first = rows["face_id"].value_counts().index.tolist()
    given = [i for i in longest_first if _given_name(rows, i) is not None]
    ordered = given + [i for i in longest_first if i not in given]
    anchors = [anchor for face_id in ordered for anchor in _anchors(faces, face_id)]
    names = [_name(rows, face_id) for face_id in sorted(set(face_ids))]
    said = f"Merged {', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else ""
    return Decision("merge", tuple(anchors), _given_name(rows, ordered[0]), said=said)


def split(faces: pd.DataFrame, face_id: int) -> Decision:
    """The decision that a person's tracks are each a person of their own again."""
    return Decision("split", _anchors(faces, face_id), said=f"Split {_name(faces, face_id)}")


def rename(faces: pd.DataFrame, face_id: int, name: str) -> Decision:
    """The decision what a person is called; an empty name is back to the number.

    Raises ``InputError`` for a name that is too long or somebody else's.
    """
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(plain) > MAX_NAME:
        raise InputError(
            f"The name {plain[:MAX_NAME]}... is too long. Use {MAX_NAME} characters or less."
        )
    others = faces.loc[faces["face_id"] != face_id, "person"].unique()
    if plain.casefold() in {str(other).casefold() for other in others}:
        raise InputError(
            f"Another person is called {plain} already. Merge the two, or choose another name."
        )
    own = plain and plain != person_name(face_id)
    anchors = _anchors(faces, face_id)[:1]
    said = f"{_name(faces, face_id)} is called {plain or person_name(face_id)}"
    return Decision("rename", anchors, plain if own else None, said=said)


def delete(faces: pd.DataFrame, face_id: int) -> Decision:
    """The decision that a person is left out everywhere."""
    return Decision("delete", _anchors(faces, face_id), said=f"Left out {_name(faces, face_id)}")


def neutral(
    faces: pd.DataFrame, face_id: int, start_s: float | None, end_s: float | None
) -> Decision:
    """The decision when a person's face is at rest, in seconds; None, None: nothing said.

    Raises ``InputError`` when the range is none, or the person is not seen in it.
    """
    rows, anchors = _rows_of(faces, [face_id]), _anchors(faces, face_id)[:1]
    if start_s is None or end_s is None:
        return Decision("neutral", anchors, said=f"No neutral range for {_name(rows, face_id)}")
    if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s < end_s):
        raise InputError(
            f"The neutral range from {start_s:g} s to {end_s:g} s is empty. "
            "Give an end that is later than the start."
        )
    if not rows["timestamp"].between(start_s, end_s).any():
        raise InputError(
            f"{_name(rows, face_id)} is not seen from {start_s:g} s to {end_s:g} s. "
            "Choose a range in which the face is there and at rest."
        )
    said = f"{_name(rows, face_id)} is neutral from {clock(start_s)} to {clock(end_s)}"
    return Decision("neutral", anchors, None, float(start_s), float(end_s), said)


def apply(faces: pd.DataFrame, edits: Edits) -> pd.DataFrame:
    """The faces table as the user wants it: merged, named, and without those deleted.

    ``face_id`` becomes the smallest ``track_id`` of a person. A decision about a face that is not
    in the table has no effect. No frame has a person twice: of merged tracks that share a frame,
    as other thresholds may give, the later one stays apart. The table given is not changed.
    """
    if not edits.decisions or faces.empty:
        return faces
    decided = _decide(faces, edits)
    kept = faces[~faces["track_id"].isin(decided.deleted)]
    face_ids = kept["track_id"].map(decided.face_ids())
    people = face_ids.map(decided.names())
    kept = kept.assign(face_id=face_ids.astype("int64"), person=people.astype("str"))
    return kept.reset_index(drop=True)


def neutral_ranges(faces: pd.DataFrame, edits: Edits) -> dict[int, tuple[float, float]]:
    """Start and end in seconds of the time that the user calls neutral, by ``face_id``.

    ``faces`` is the table that ``apply`` was given or has given.
    """
    if not edits.decisions or faces.empty:
        return {}
    decided = _decide(faces, edits)
    found: dict[int, tuple[float, float]] = {}
    for track, given in decided.ranges.items():
        if given is not None and track not in decided.deleted:
            found[min(decided.group(track))] = given
    return found


@dataclass
class _Decided:
    """Where the decisions so far have led; everything by track.

    A dict keeps the order in which its values were set anew: the last one in a group counts.
    """

    groups: dict[int, set[int]]
    frames: dict[int, set[int]]
    deleted: set[int] = field(default_factory=set)
    labels: dict[int, str | None] = field(default_factory=dict)
    ranges: dict[int, tuple[float, float] | None] = field(default_factory=dict)

    def group(self, track: int) -> set[int]:
        """The person's tracks that are not deleted."""
        return self.groups[track] - self.deleted or {track}

    def join(self, tracks: Sequence[int]) -> None:
        together = set(self.group(tracks[0]))
        seen = set().union(*(self.frames[track] for track in together))
        for track in tracks[1:]:
            more = self.group(track) - together
            theirs = set().union(*(self.frames[one] for one in more))
            if not seen & theirs:
                together |= more
                seen |= theirs
        for track in together:
            self.groups[track] = together

    def part(self, tracks: Sequence[int]) -> None:
        for track in tracks:
            for other in self.groups[track] - {track}:
                self.groups[other] = self.groups[other] - {track}
            self.groups[track] = {track}

    def face_ids(self) -> dict[int, int]:
        return {track: min(self.group(track)) for track in self.groups}

    def names(self) -> dict[int, str]:
        """What each person is called, by ``face_id``."""
        found = {face_id: person_name(face_id) for face_id in self.face_ids().values()}
        for track, label in self.labels.items():
            face_id = min(self.group(track))
            found[face_id] = label or person_name(face_id)
        return found


def _decide(faces: pd.DataFrame, edits: Edits) -> _Decided:
    tracks = faces.groupby("track_id")
    frames = {int(track): set(rows) for track, rows in tracks["frame"]}
    people = faces.drop_duplicates("track_id").groupby("face_id")["track_id"]
    groups = {int(track): {int(t) for t in rows} for _, rows in people for track in rows}
    decided = _Decided(groups, frames)
    pointed = [(decision, tracks_at(faces, decision.anchors)) for decision in edits.decisions]
    # First of all, so that nothing is merged with a face that is not there any more.
    for decision, at in pointed:
        if decision.kind == "delete":
            decided.deleted.update(at)
    for decision, at in pointed:
        at = [track for track in at if track not in decided.deleted]
        if at:
            _take(decided, decision, at)
    return decided


def _take(decided: _Decided, decision: Decision, at: list[int]) -> None:
    if decision.kind == "merge":
        decided.join(at)
    elif decision.kind == "split":
        decided.part(at)
    if decision.kind == "rename" or (decision.kind == "merge" and decision.name):
        decided.labels.pop(at[0], None)
        decided.labels[at[0]] = decision.name
    if decision.kind == "neutral":
        said = None
        if decision.start_s is not None and decision.end_s is not None:
            said = decision.start_s, decision.end_s
        decided.ranges.pop(at[0], None)
        decided.ranges[at[0]] = said


def _anchors(faces: pd.DataFrame, face_id: int) -> tuple[Anchor, ...]:
    return anchors_of(_rows_of(faces, [face_id]))


def _rows_of(faces: pd.DataFrame, face_ids: Sequence[int]) -> pd.DataFrame:
    """The rows of some people; ``InputError`` when one of them is not in the table."""
    known = set(faces["face_id"].unique())
    for face_id in face_ids:
        if face_id not in known:
            raise InputError(
                f"{person_name(face_id)} is not in this analysis any more. Load the page again."
            )
    return faces[faces["face_id"].isin(list(face_ids))]


def _given_name(rows: pd.DataFrame, face_id: int) -> str | None:
    """What a user has called a person, None if nothing."""
    name = _name(rows, face_id)
    return None if name == person_name(face_id) else name


def _name(faces: pd.DataFrame, face_id: int) -> str:
    return str(faces.loc[faces["face_id"] == face_id, "person"].iloc[0])
