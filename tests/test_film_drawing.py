"""What is drawn between two looks, what is said of a face, and what is hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from facemotion import film, palette
from facemotion.film import FilmOptions, lettering
from facemotion.film.boxes import Boxes
from facemotion.film.hiding import Glances, Hiding
from facemotion.film.layout import Layout
from facemotion.film.lettering import Words
from facemotion.film.planes import BT601, BT709, BT2020, Box, Coding, Sprite
from facemotion.film.scene import Scene, Shown, Sightings
from facemotion.film.slots import Slots, n_rows
from facemotion.film.strip import Strip
from facemotion.records import EMOTIONS
from tests import films

HERE, CLOSE, FAR = (10.0, 10.0, 40.0, 40.0), (18.0, 10.0, 40.0, 40.0), (200.0, 10.0, 40.0, 40.0)


def _sightings(*rows: films.Row, looks: list[tuple[int, float]] | None = None) -> Sightings:
    """Sightings of faces, looked for where they were seen, or at ``looks``."""
    looks = looks or sorted({(frame, time_s) for frame, time_s, _, _ in rows})
    return Sightings(films.rows_of(rows), films.samples_of(looks))


def _shown(sightings: Sightings, time_s: float) -> list[Shown]:
    """The faces at a time of a clip with 100 frames a second."""
    return Scene(sightings, ()).at(round(100 * time_s), time_s)


def test_a_box_moves_in_a_straight_line_between_close_looks() -> None:
    sightings = _sightings((0, 0.0, 1, HERE), (80, 0.8, 1, FAR))
    (face,) = _shown(sightings, 0.2)
    assert face.box_xywh == pytest.approx((57.5, 10, 40, 40))
    assert face.is_seen


def test_a_box_that_hardly_moves_is_drawn_between_looks_far_apart() -> None:
    sightings = _sightings((0, 0.0, 1, HERE), (300, 3.0, 1, CLOSE))
    (face,) = _shown(sightings, 1.5)
    assert face.box_xywh == pytest.approx((14, 10, 40, 40))


def test_a_box_that_went_far_stays_for_half_a_second_and_is_dropped() -> None:
    sightings = _sightings((0, 0.0, 1, HERE), (300, 3.0, 1, FAR))
    assert [face.box_xywh for face in _shown(sightings, 0.4)] == [HERE]
    assert _shown(sightings, 0.6) == []
    assert [face.box_xywh for face in _shown(sightings, 3.0)] == [FAR]


def test_a_face_that_the_next_look_does_not_find_is_dropped_at_once() -> None:
    sightings = _sightings((0, 0.0, 1, HERE), looks=[(0, 0.0), (20, 0.2), (40, 0.4)])
    assert len(_shown(sightings, 0.19)) == 1
    assert _shown(sightings, 0.2) == []


def test_a_missed_look_between_two_sightings_leaves_a_hint() -> None:
    rows = (0, 0.0, 1, HERE), (40, 0.4, 1, CLOSE)
    sightings = _sightings(*rows, looks=[(0, 0.0), (20, 0.2), (40, 0.4)])
    assert [face.is_seen for face in _shown(sightings, 0.1)] == [True]
    assert [face.is_seen for face in _shown(sightings, 0.3)] == [False]


def test_nothing_is_drawn_before_a_face_is_first_seen() -> None:
    sightings = _sightings((50, 0.5, 1, HERE), looks=[(0, 0.0), (50, 0.5)])
    assert _shown(sightings, 0.49) == []


def test_no_line_is_drawn_from_one_track_to_another() -> None:
    faces = films.rows_of([(0, 0.0, 1, HERE), (40, 0.4, 1, FAR)]).assign(track_id=[1, 2])
    sightings = Sightings(faces, films.samples_of([(0, 0.0), (40, 0.4)]))
    assert [face.box_xywh for face in _shown(sightings, 0.3)] == [HERE]


def test_a_moment_is_marked_from_its_time_on() -> None:
    rows = [(n, n / 10, face, HERE) for n in range(40) for face in (1, 2)]
    scene = Scene(_sightings(*rows), (films.moment_of(3, 10, 1.0, face_id=2),))
    told = {n: [face.moment for face in scene.at(n, n / 10)] for n in range(40)}
    assert [n for n, (_, two) in told.items() if two is not None] == list(range(10, 25))
    assert all(one is None for one, _ in told.values())


def test_the_strip_says_what_the_latest_look_saw_and_nothing_of_what_comes() -> None:
    looks = [(n, n / 10) for n in range(100)]
    before = films.rows_of((*look, 1, HERE) for look in looks)
    changed = before.copy()
    changed.loc[50:, list(EMOTIONS)] = [1.0, 0, 0, 0, 0, 0, 0]
    changed.loc[50:, "dominant_emotion"] = "angry"
    one, other = (_strips(faces, looks) for faces in (before, changed))
    assert [n for n in range(100) if _differ(one[n], other[n])] == list(range(50, 100))


def test_the_line_of_the_last_look_ends_where_the_next_one_would_have_been() -> None:
    looks = [(n, n / 10) for n in range(20)]
    sightings = Sightings(
        films.rows_of((*look, 1, HERE) for look in looks), films.samples_of(looks)
    )
    layout = Layout(640, 1.0, 1, FilmOptions(), 10.0)
    strip, gold = Strip(sightings, (), FilmOptions(), layout, BT601, 0), []
    for time_s in (1.9, 5.0):
        canvas = films.blank(640, layout.height)
        strip.draw(canvas, 19, time_s)
        right = (layout.chart.left + layout.past) // 2
        gold.append(canvas.planes[1][: layout.row_height // 2, right - 10 : right - 2].min())
    assert gold[0] < 100 and gold[1] > 120


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_a_bar_is_as_high_as_its_probability(probability: float) -> None:
    values = dict.fromkeys(EMOTIONS, 0.0) | {"angry": probability, "neutral": 1 - probability}
    faces = films.rows_of([(0, 0.0, 1, HERE)], **values)
    sightings = Sightings(faces, films.samples_of([(0, 0.0)]))
    layout = Layout(640, 1.0, 1, FilmOptions(), 10.0)
    canvas = films.blank(640, layout.height)
    Strip(sightings, (), FilmOptions(), layout, BT601, 0).draw(canvas, 0, 0.0)
    column = canvas.planes[2][:, layout.bar_left(0) // 2 + 1].astype(int)
    is_red = abs(column - BT601.ink(palette.color("angry")).v) < 3
    assert 2 * is_red[: layout.bars_foot // 2].sum() == pytest.approx(
        probability * layout.bars_full, abs=2
    )


def test_a_face_without_probabilities_is_drawn_without_numbers() -> None:
    unknown = dict.fromkeys(EMOTIONS, np.nan)
    faces = films.rows_of([(0, 0.0, 1, HERE)], **unknown).assign(dominant_emotion="happy")
    sightings = Sightings(faces, films.samples_of([(0, 0.0)]))
    assert sightings.verdict(0) == "happy"
    layout = Layout(640, 1.0, 1, FilmOptions(), 10.0)
    canvas = films.blank(640, 300 + layout.height)
    Boxes(sightings, FilmOptions(), BT601, (640, 300), 1.0).draw(
        canvas, [(Shown(1, 0, HERE, True), Box(10, 10, 50, 50))]
    )
    Strip(sightings, (), FilmOptions(), layout, BT601, 300).draw(canvas, 0, 0.0)
    bars = canvas.planes[1][150 : 150 + layout.bars_foot // 2, layout.bar_left(0) // 2 :][:, :40]
    assert np.ptp(bars.astype(int)) < 12  # the tracks of the bars, and no colour


def test_people_keep_their_rows_until_they_are_gone_and_somebody_else_is_there() -> None:
    rows = [(n, float(n), 1, HERE) for n in range(3)]
    rows += [(n, float(n), 2, FAR) for n in range(2, 9)]
    sightings = _sightings(*rows)
    slots = Slots(sightings, 1)
    assert [slots.go_to(n)[0] for n in range(9)] == [1, 1, 1, 1, 1, 2, 2, 2, 2]


def test_there_are_as_many_rows_as_people_at_once() -> None:
    one = [(n, n / 10, n % 5, HERE) for n in range(100)]
    assert n_rows(_sightings(*one)) == 1
    crowd = [(n, n / 10, face, HERE) for n in range(100) for face in range(7)]
    assert n_rows(_sightings(*crowd)) == 3


def test_a_label_moves_aside_rather_than_over_another_face() -> None:
    below = (100.0, 100.0, 60.0, 60.0)
    above = (100.0, 38.0, 60.0, 50.0)
    sightings = _sightings((0, 0.0, 1, below), (0, 0.0, 2, above))
    boxes = Boxes(sightings, FilmOptions(), BT601, (320, 240), 1.0)
    canvas = films.blank(320, 240)
    faces = [(f, Box(*_corners(f.box_xywh))) for f in Scene(sightings, ()).at(0, 0.0)]
    boxes.draw(canvas, faces)
    inside = canvas.planes[0][44:84, 106:156]
    assert (inside == 16).all()  # still as black as it was


@pytest.mark.parametrize("name", ["Ada", "大塚 明夫", "🙂", "x" * 300, "a\nb", ""])
def test_any_name_gives_a_label_that_fits(name: str) -> None:
    pieces = (Words(name, bold=True), Words("surprise 100%", symbol="surprise"))
    image = lettering.pill(pieces, 12, 300)
    assert image.width <= 300 + 12


def test_each_emotion_has_a_shape_of_its_own() -> None:
    shapes = [np.asarray(lettering.symbol(name, 24))[..., 3] > 127 for name in EMOTIONS]
    for number, one in enumerate(shapes):
        for other in shapes[:number]:
            assert (one != other).mean() > 0.08


@pytest.mark.parametrize("coding", [BT601, BT709, BT2020])
def test_colours_are_coded_as_the_standards_say(coding: Coding) -> None:
    assert coding.ink("#ffffff") == (235, 128, 128)
    assert coding.ink("#000000") == (16, 128, 128)
    assert coding.ink("#0000ff").u == coding.ink("#ff0000").v == 240


def test_what_lies_outside_of_a_picture_is_cut_off() -> None:
    sprite = Sprite(lettering.pill((Words("Ada"),), 12, 200), BT601)
    whole = films.blank(64, 48)
    for x, y in ((-10, -10), (60, 40), (-500, 3), (3, 500)):
        whole.lay(sprite, x, y)
    whole.fill(Box(-100, 20, 1000, 22), BT601.ink("#ff0000"))
    whole.coarsen(Box(-5, -5, 900, 10), 8, 48)
    assert (whole.planes[0][20:22] == BT601.ink("#ff0000").y).all()


@pytest.mark.parametrize("every", [1, 12])
def test_blur_destroys_what_is_in_a_face_in_every_frame(tmp_path: Path, every: int) -> None:
    places = [(20 + 3 * n, 60) for n in range(60)]
    path = films.write_checks(tmp_path / "clip.mp4", places)
    looks = [(n, n / 25) for n in range(12, 60, every)]
    faces = films.rows_of((n, time_s, 1, (*places[n], 48.0, 48.0)) for n, time_s in looks)
    analysis = films.analysis_of(path, faces, films.samples_of([(0, 0.0), *looks]))
    options = FilmOptions(False, False, False, False, blur="faces")
    made = films.seen(film.run(analysis, tmp_path / "film.mp4", options))
    before = films.seen(path)
    assert len(made) == 60
    for n, (x, y) in enumerate(places):
        face = (x, y, 48, 48)
        assert films.detail(before[n][1], face) > 100
        # From the look before the first sighting to half a second after the last one.
        assert films.detail(made[n][1], face) < 10, n


def test_faces_that_the_analysis_left_out_are_hidden_too(
    tmp_path: Path, portrait_clip: Path
) -> None:
    looks = [(n, n / 25) for n in range(50, 76, 25)]
    nobody = films.analysis_of(
        portrait_clip, films.rows_of([]), films.samples_of(looks), start_s=2.0, end_s=3.0
    )
    options = FilmOptions(False, False, False, False, blur="faces")
    made = films.seen(film.run(nobody, tmp_path / "film.mp4", options))
    before = films.seen(portrait_clip)[50:76]
    assert len(made) == 26
    for n, ((_, hidden), (_, plain)) in enumerate(zip(made, before, strict=True)):
        face = (115 + (50 + n) % 20, 70, 80, 90)
        assert films.detail(hidden, face) < 0.4 * films.detail(plain, face), n


def test_a_film_with_more_faces_to_hide_hides_them() -> None:
    more = pd.DataFrame([{"timestamp": 1.0, "x": 100.0, "y": 50.0, "w": 20.0, "h": 20.0}])
    looked = Glances(np.arange(21) / 10, np.zeros(0), np.zeros((0, 4)))
    hiding = Hiding(_sightings((0, 0.0, 1, HERE)), film.with_more(looked, more))
    found = [n for n in range(21) if any(r[0][0] > 60 for r in hiding.regions(n / 10))]
    assert found == list(range(4, 17))  # from 0.6 s before to 0.6 s after


def test_between_two_looks_all_that_lies_between_is_hidden() -> None:
    sightings = _sightings((0, 0.0, 1, HERE), (200, 2.0, 1, FAR))
    hiding = Hiding(sightings, Glances(np.zeros(1), np.zeros(0), np.zeros((0, 4))))
    regions = [region for region, _ in hiding.regions(1.0)]
    assert any((r[:2] <= 10).all() and r[2] >= 240 and r[3] >= 50 for r in regions)


def _corners(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    x, y, w, h = box
    return round(x), round(y), round(x + w), round(y + h)


def _strips(faces: pd.DataFrame, looks: list[tuple[int, float]]) -> list[list[np.ndarray]]:
    """The strip of a film at each look."""
    sightings = Sightings(faces, films.samples_of(looks))
    layout = Layout(640, 1.0, 1, FilmOptions(), 10.0)
    strip = Strip(sightings, (), FilmOptions(), layout, BT601, 0)
    drawn = []
    for number, (_, time_s) in enumerate(looks):
        canvas = films.blank(640, layout.height)
        strip.draw(canvas, number, time_s)
        drawn.append(films.pixels(canvas))
    return drawn


def _differ(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return any((a != b).any() for a, b in zip(one, other, strict=True))
