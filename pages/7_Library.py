"""Library: not built yet."""

from __future__ import annotations

from facemotion.ui import look

look.frame("Library")
look.brand()
