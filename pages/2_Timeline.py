"""Timeline: everything over time in lanes; a click leads to its frame."""

from __future__ import annotations

from facemotion.ui import opening, timeline


def main() -> None:
    """Frame, pick and guard in one; then draw."""
    analysis = opening.page("Timeline")
    if analysis is None:
        return
    timeline.show(analysis)


main()
