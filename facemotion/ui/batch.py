"""Message batches in the dashboard: they may take a day, and a job does not wait for that long."""

from __future__ import annotations

import time

from facemotion.records import OnProgress, Progress

PATIENCE_S = 60.0
"""How long a job waits for a batch; whoever asks again later collects what has come by then."""

UNDER_WAY = (
    "A batch is under way: its answers come within a day. You can close everything. Ask again to "
    "collect them; nothing is asked, or paid for, twice."
)


class HandedInError(Exception):
    """The batch is with the service, and the job has waited long enough."""


def patient(on_progress: OnProgress) -> OnProgress:
    """The same callback, which raises ``HandedInError`` when a batch takes too long."""
    begun_s = time.monotonic()

    def tell(progress: Progress) -> None:
        on_progress(progress)
        if progress.text.startswith("Batch") and time.monotonic() - begun_s > PATIENCE_S:
            raise HandedInError

    return tell
