"""Pictures: a picture counts as a video of one frame."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from facemotion.errors import MediaError
from facemotion.frames.size import require_size

if TYPE_CHECKING:
    from facemotion.records import RGB

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")
# How a file of these formats begins: Pillow is not asked, nor loaded, about anything else.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
MAX_SIDE_PX = 16384


def is_still(path: Path) -> bool:
    """Whether the file is one picture, judged by its content; an animation is a video."""
    try:
        with path.open("rb") as file:
            if not file.read(4).startswith(_BEGINNINGS):
                return False
        with _opened(path) as image:
            animated = bool(getattr(image, "is_animated", False))
            return image.format == "WEBP" or not animated
    except (UnidentifiedImageError, OSError):
        return False


def load(path: Path) -> RGB:
    """The picture as a person sees it: EXIF turning applied, transparency on white.

    Raises ``MediaError`` when the file is damaged, too small or too large.
    """
    try:
        with _opened(path) as image:
            require_size(path.name, *image.size, MAX_SIDE_PX)
            upright = ImageOps.exif_transpose(image)
            return np.array(_opaque(upright))
    except (OSError, SyntaxError) as error:  # Pillow reports broken PNG chunks as SyntaxError
        raise MediaError(
            f"{path.name} is a damaged picture ({error}). Get it again or save it anew."
        ) from error


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # Our own limit on the size takes the place of Pillow's warning.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path, formats=FORMATS)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")
