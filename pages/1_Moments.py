"""Moments: the gallery of an analysis, and the moment that is looked at with all its evidence."""

from __future__ import annotations

from facemotion.ui import opening
from facemotion.ui.moments import results


def main() -> None:
    """Frame, pick and guard in one; then draw."""
    analysis = opening.page("Moments")
    if analysis is None:
        return
    results.show(analysis)


main()
