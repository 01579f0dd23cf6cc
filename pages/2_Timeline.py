"""Timeline: not built yet."""

from __future__ import annotations

from facemotion.ui import look

look.frame("Timeline")
look.brand()
