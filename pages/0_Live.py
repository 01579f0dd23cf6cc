"""Live: expressions of a stream while it runs; minutes of it become a normal analysis."""

from __future__ import annotations

from facemotion.ui import live, look, state


def main() -> None:
    """Frame and draw; what is picked is in the address."""
    look.frame("Live")
    look.brand()
    state.remember_places(shows_analysis=False)
    live.show()


main()
