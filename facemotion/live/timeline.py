"""Stream time: one clock for a whole session, whatever happens to the stream's timestamps."""

from __future__ import annotations

SLACK_S = 0.5
"""Timestamps may go back by this much between two pieces, as rounding and reordering make them."""

MOST_AHEAD_S = 60.0
"""Timestamps that jump ahead by more than this, beyond what has passed meanwhile, are a new clock.
"""


class Timeline:
    """Maps the timestamps of each piece to seconds since the session's first picture.

    While the timestamps go on, they are believed: what was lost between two pieces is then known
    exactly. Where they start anew, the durations in the playlist say what was lost.
    """

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self.end_s = 0.0
        """Where the next piece begins, by all that is known."""
        self._seen_end_s = 0.0  # where the last piece that was seen ends

    def skip(self, seconds: float) -> None:
        """Pieces of so many seconds in all are lost."""
        self.end_s += max(seconds, 0.0)

    def place(self, first_s: float, starts_anew: bool, passed_s: float) -> float:
        """What to add to the timestamps of a piece that begins at ``first_s`` by its own clock.

        ``passed_s`` is the time since the last piece was seen.
        """
        if self._offset_s is None:
            self._offset_s = -first_s
        ahead_s = first_s + self._offset_s - self._seen_end_s
        goes_on = -SLACK_S <= ahead_s <= passed_s + MOST_AHEAD_S
        if starts_anew or not goes_on:
            self._offset_s = self.end_s - first_s
        return self._offset_s

    def passed(self, end_s: float) -> None:
        """A piece was seen up to ``end_s``, in stream time."""
        self.end_s = self._seen_end_s = max(end_s, self._seen_end_s)
