"""The chart of a live stream: panels, gaps, events, and few points however long it runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion.charts import live, live_lines
from facemotion.charts.live import Mark
from facemotion.charts.live_lines import Lost
from facemotion.records import EMOTIONS

FPS = 5


def watched(seconds: int, n_faces: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Faces that are happy at 0.9 in second 4, and else neutral."""
    frames = np.arange(seconds * FPS)
    samples = pd.DataFrame({"frame": frames, "timestamp": frames / FPS})
    faces = []
    for face_id in range(n_faces):
        table = samples.assign(face_id=face_id, person=f"Face {face_id}")
        table = table.assign(**{f"{name}_shown": 0.0 for name in EMOTIONS})
        table["happy_shown"] = np.where(frames // FPS == 4, 0.9, 0.1)
        table["neutral_shown"] = 1 - table["happy_shown"]
        faces.append(table)
    return pd.concat(faces, ignore_index=True), samples


def test_each_line_has_few_points_and_keeps_its_peak() -> None:
    faces, samples = watched(1800, n_faces=2)
    figure = live.live_timeline(faces, samples, span_s=1800)
    lines = [part for part in figure.data if part.mode == "lines"]
    assert len(lines) == 2 * len(EMOTIONS)
    assert max(len(part.x) for part in lines) <= live_lines.MAX_POINTS + 2
    assert max(part.y.max() for part in lines if "happy" in part.name) == pytest.approx(0.9)


def test_what_was_drawn_keeps_its_shape_while_it_moves() -> None:
    times = np.arange(3000) / FPS
    values = np.random.default_rng(0).random(3000)
    earlier = set(live_lines.thin(times[:2500], values[:2500], 2.0))
    later = set(live_lines.thin(times, values, 2.0))
    assert earlier - later <= {2490, *range(2490, 2500)}


def test_a_line_breaks_in_a_gap_and_not_where_the_machine_is_slow() -> None:
    faces, samples = watched(10)
    for why, breaks in (("disconnected", True), ("slowed", False)):
        figure = live.live_timeline(faces, samples, [Lost(5.0, 6.0, why)], span_s=10)
        line = next(part for part in figure.data if "neutral" in part.name)
        assert bool(np.isnan(line.y).any()) is breaks
        assert any(part.fill == "toself" for part in figure.data)


def test_events_are_in_the_panel_of_their_face() -> None:
    faces, samples = watched(10, n_faces=2)
    marks = [Mark(1, 4.0, 4.8, "happy of Face 1 above 0.7")]
    figure = live.live_timeline(faces, samples, (), marks, span_s=10, thresholds=[("happy", 0.7)])
    (event,) = [part for part in figure.data if part.name == "▲ event"]
    assert event.yaxis == "y2" and event.text[0] == marks[0].text
    assert [shape.yref for shape in figure.layout.shapes] == ["y", "y2"]


def test_the_words_say_the_part_that_is_shown() -> None:
    faces, samples = watched(100)
    said = live.live_timeline_alt(faces, samples, [Lost(5, 6, "paused")], span_s=60)
    assert "from 0:39.8 to 1:39.8" in said and "Face 0 neutral 90%" in said
    assert said.endswith("Gaps: 0. Events: 0.")


def test_without_a_face_it_says_so() -> None:
    faces, samples = watched(2)
    figure = live.live_timeline(faces[:0], samples, span_s=60)
    assert figure.layout.annotations[0].text == live.NOTHING_YET
    assert live.NOTHING_YET in live.live_timeline_alt(faces[:0], samples[:0], span_s=60)
