"""How small and how large a picture may be."""

from __future__ import annotations

from facemotion.errors import MediaError

MIN_SIDE_PX = 16
"""Of the faces looked at, the smallest that was found had 13 pixels."""


def require_size(name: str, width: int, height: int, max_side_px: int) -> None:
    """Raise ``MediaError`` for a picture that can show no face, or that would fill the memory."""
    if min(width, height) < MIN_SIDE_PX:
        raise MediaError(
            f"{name} is {width}x{height} pixels, too small to show a face. "
            f"Both sides must be at least {MIN_SIDE_PX} pixels."
        )
    if max(width, height) > max_side_px:
        raise MediaError(
            f"{name} is {width}x{height} pixels, more than {max_side_px} a side. "
            "Make it smaller first."
        )
