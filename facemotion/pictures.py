"""The pictures of the moments: the whole frame, and the face with some room around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from facemotion.records import Moment

if TYPE_CHECKING:
    from facemotion.records import RGB

FACE_MARGIN = 0.25
"""Room on each side of the face's box, as a share of the box's longer side."""

FACE_MIN_PX = 160
"""Smaller crops are enlarged to this, so that they can be looked at."""

JPEG_QUALITY = 90


def write(moments: Sequence[Moment], frames: Mapping[int, RGB], folder: Path) -> list[Moment]:
    """Write ``faces/det_NN_face.jpg`` and ``faces/det_NN_frame.jpg``; moments that know them.

    ``frames`` gives the picture of each moment's frame by index; a moment whose frame is missing
    (damaged in the file) stays without pictures.
    """
    (folder / "faces").mkdir(exist_ok=True)
    done = []
    for moment in moments:
        rgb = frames.get(moment.frame_index)
        if rgb is not None:
            face_path = f"faces/det_{moment.number:02d}_face.jpg"
            frame_path = f"faces/det_{moment.number:02d}_frame.jpg"
            Image.fromarray(rgb).save(folder / frame_path, quality=JPEG_QUALITY)
            face_crop(rgb, moment.box_xywh).save(folder / face_path, quality=JPEG_QUALITY)
            moment = replace(moment, face_path=face_path, frame_path=frame_path)
        done.append(moment)
    return done


def face_crop(rgb: RGB, box_xywh: tuple[float, float, float, float]) -> Image.Image:
    """The face with a margin, square where the picture allows it, at least ``FACE_MIN_PX`` wide."""
    x, y, w, h = box_xywh
    half = max(w, h) * (0.5 + FACE_MARGIN)
    centre_x, centre_y = x + w / 2, y + h / 2
    left, top = max(0, round(centre_x - half)), max(0, round(centre_y - half))
    right = min(rgb.shape[1], max(left + 1, round(centre_x + half)))
    bottom = min(rgb.shape[0], max(top + 1, round(centre_y + half)))
    crop = Image.fromarray(rgb[top:bottom, left:right])
    enlarge = FACE_MIN_PX / max(crop.size)
    if enlarge > 1:
        size = (max(1, round(crop.width * enlarge)), max(1, round(crop.height * enlarge)))
        crop = crop.resize(size, Image.Resampling.LANCZOS)
    return crop
