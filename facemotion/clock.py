"""Times as people type them."""

from __future__ import annotations

import math

from facemotion.errors import SettingsError


def seconds(text: str) -> float:
    """``90``, ``1:30`` or ``0:01:30`` as seconds; ``SettingsError`` for what is no time."""
    try:
        parts = [float(part) for part in text.strip().split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(0 <= part < math.inf for part in parts):
        raise SettingsError(f"{text!r} is no time; give seconds, m:ss or h:mm:ss, such as 1:30.")
    total = 0.0
    for part in parts:
        total = total * 60 + part
    return total
