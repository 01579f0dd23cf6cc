"""What is drawn on a frame: boxes, meshes, muscles; and the head as a small drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from facemotion import charts, overlays, palette, pipeline
from facemotion.faces import landmarks
from facemotion.records import ACTION_UNITS, Settings

GREY = (90, 90, 90)


def blank() -> Image.Image:
    return Image.new("RGB", (320, 180), GREY)


def face_points() -> np.ndarray:
    """468 points in a square of 100 pixels: rows of a grid, so that every point has its place."""
    numbers = np.arange(468)
    return np.stack([110 + numbers % 22 * 4.5, 40 + numbers // 22 * 4.5], axis=1).astype("float32")


def changed(picture: Image.Image) -> np.ndarray:
    return (np.asarray(picture) != GREY).any(axis=2)


def test_every_face_has_a_box_and_the_one_looked_at_has_its_emotions_colour() -> None:
    here = pd.DataFrame(
        {
            "face_id": [0, 1],
            "x": [20.0, 200.0],
            "y": [30.0, 40.0],
            "w": [60.0, 80.0],
            "h": [70.0, 90.0],
            "dominant_emotion": ["happy", "sad"],
        }
    )
    picture = blank()
    overlays.boxes(picture, here, 1, 1.0)
    pixels = np.asarray(picture)
    colour = tuple(int(palette.color("sad")[i : i + 2], 16) for i in (1, 3, 5))
    assert tuple(pixels[40, 240]) == colour  # the upper edge of the second box
    assert tuple(pixels[30, 50]) == (0xD0, 0xD0, 0xD0)
    assert not changed(picture)[60:80, 110:180].any()  # between the boxes nothing is drawn


def test_a_mesh_is_drawn_where_its_points_are_at_the_scale_of_the_picture() -> None:
    picture = blank()
    overlays.mesh(picture, face_points() * 2, 0.5)
    there = np.argwhere(changed(picture))
    assert there.min(axis=0) == pytest.approx([40, 110], abs=3)
    assert there.max(axis=0) == pytest.approx([134, 204.5], abs=3)


def test_units_that_are_there_are_drawn_the_stronger_the_larger() -> None:
    points = face_points()
    drawn = {}
    for value in (0.9, 1.5, 5.0):
        picture = blank()
        assert overlays.muscles(picture, points, {"AU26": value}, 1.0) == (
            ("AU26",) if value >= 1 else ()
        )
        drawn[value] = int(changed(picture).sum())
    assert drawn[0.9] == 0 < drawn[1.5] < drawn[5.0]


def test_names_of_units_do_not_lie_on_each_other() -> None:
    """Two units at the same place: both names stay readable, so more is covered than by one."""
    one, two = blank(), blank()
    overlays.muscles(one, face_points(), {"AU12": 3.0}, 1.0)
    overlays.muscles(two, face_points(), {"AU12": 3.0, "AU14": 3.0}, 1.0)
    assert changed(two).sum() > 1.3 * changed(one).sum()


def test_every_unit_has_its_place() -> None:
    assert set(overlays.PLACES) == set(ACTION_UNITS)
    assert all(0 <= point < 468 for place in overlays.PLACES.values() for point in place)
    assert all(0 <= point < 468 for chain in overlays.LINES for point in chain)


def test_the_meshes_of_one_frame_are_those_of_the_whole_file(
    cache_root: Path, portrait_clip: Path
) -> None:
    found = pipeline.run(str(portrait_clip), Settings(every_s=0.5), cache_root=cache_root)
    path = pipeline.landmarks_of(found)
    everything = list(landmarks.read(path))
    frame = everything[3].frame
    expected = [located for located in everything if located.frame == frame]
    got = landmarks.of_frame(path, frame)
    assert len(got) == len(expected) > 0
    assert np.array_equal(got[0].points, expected[0].points)
    assert landmarks.of_frame(path, 10**6) == []


def nose(svg: str) -> tuple[float, float]:
    """Where the drawing has the tip of the nose, before it is turned."""
    circle = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="3.2"', svg)
    assert circle is not None
    return float(circle[1]), float(circle[2])


def test_a_head_is_drawn_as_it_is_turned() -> None:
    middle = nose(charts.head_glyph(0, 0, 0))
    right = nose(charts.head_glyph(0, 25, 0))
    up = nose(charts.head_glyph(20, 0, 0))
    assert right[0] > middle[0] + 5 and right[1] == middle[1]
    assert up[1] < middle[1] - 5 and up[0] == middle[0]
    assert "rotate(12.0" in charts.head_glyph(0, 0, 12)
    ET.fromstring(charts.head_glyph(10, -20, 5, 3, 4))  # well-formed


def test_the_gaze_is_drawn_only_where_it_is_known() -> None:
    assert charts.head_glyph(0, 0, 0).count("<line") == 0
    assert charts.head_glyph(0, 0, 0, 5, 5).count("<line") == 1
    assert charts.head_glyph_alt(0, 0, 0).endswith("The gaze is not known.")


def test_a_head_is_told_in_words() -> None:
    assert charts.head_glyph_alt(10, -20, 5, -3, 4) == (
        "The head is turned 10 degrees up, 20 degrees to the picture's left, 5 degrees clockwise. "
        "The eyes look 3 degrees down, 4 degrees right."
    )
