"""The saved pictures: what is in them, and that nothing overflows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageColor

from facemotion import cards, palette, typography
from facemotion.cards import canvas, moment_card, overview
from facemotion.records import EMOTIONS, Analysis, Claim
from tests.examples import example_analysis, example_frame, example_pictures

LONG_NAME = "contemptuously-bewildered-awe!"


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    return example_analysis(tmp_path)


def rgb(color: str) -> tuple[int, ...]:
    return ImageColor.getrgb(color)[:3]


def has_color(picture: np.ndarray, color: str) -> bool:
    return bool((picture == rgb(color)).all(axis=-1).any())


def margins_are_empty(picture: np.ndarray) -> bool:
    edges = np.concatenate([picture[:, :36].reshape(-1, 3), picture[:, -36:].reshape(-1, 3)])
    return bool((edges == rgb(canvas.PAPER)).all())


class TestText:
    def test_a_line_that_fits_keeps_its_size(self) -> None:
        line, font = typography.fitted("happy", 500, 40, smallest=20)
        assert (line, font.size) == ("happy", 40)

    def test_a_thirty_letter_name_shrinks_and_keeps_every_letter(self) -> None:
        assert len(LONG_NAME) == 30
        line, font = typography.fitted(LONG_NAME, 400, 40, bold=True, smallest=12)
        assert line == LONG_NAME
        assert font.size < 40
        assert font.getlength(line) <= 400

    def test_what_cannot_shrink_enough_ends_in_an_ellipsis_within_the_width(self) -> None:
        line, font = typography.fitted("word " * 100, 300, 20)
        assert line.endswith("…")
        assert font.getlength(line) <= 300

    def test_paragraphs_break_at_spaces_and_long_words_anywhere(self) -> None:
        words = "one two three " * 5 + "x" * 300
        lines, font = typography.wrapped(words, 200, 50, 20)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
        assert all(font.getlength(line) <= 200 for line in lines)
        assert all(line.split()[0] in {"one", "two", "three"} for line in lines[:3])

    def test_a_paragraph_that_is_too_long_says_so_in_its_last_line(self) -> None:
        lines, _ = typography.wrapped("word " * 500, 200, 3, 20)
        assert len(lines) == 3
        assert lines[-1].endswith("…")

    def test_line_ends_and_control_characters_become_spaces(self) -> None:
        assert typography.drawable(" a\nb\t\x00c\u200b ") == "a b c"

    def test_a_font_with_the_letters_is_preferred(self) -> None:
        if typography.font(20, text="Ж").getlength("Ж") == 0:
            pytest.skip("no font with Cyrillic letters on this machine")
        if "DejaVu" not in str(typography.font(20).getname()):  # type: ignore[union-attr]
            pytest.skip("no DejaVu on this machine")
        assert typography.drawable("Привет, мир") == "Привет, мир"

    def test_letters_that_no_font_has_are_left_out_instead_of_boxes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        typography.font.cache_clear()
        monkeypatch.setattr(typography, "_load", lambda *_: None)
        assert typography.drawable("日本 talk 語") == "talk"
        typography.font.cache_clear()


class TestCard:
    def test_it_has_the_frame_the_box_the_face_and_the_scores(self, analysis: Analysis) -> None:
        moment = analysis.moments[0]
        picture = example_pictures(analysis)[moment.frame_index]
        drawn = cards.card(analysis.video, moment, picture, analysis.explanations[0])
        assert drawn.size == (1600, 900)
        pixels = np.asarray(drawn)
        frame = pixels[104:518, 40:866]
        assert has_color(frame, palette.color(moment.emotion))
        face = pixels[260:360, 1130:1320]  # the middle of the face panel is skin
        skin = picture[int(moment.box_xywh[1] + moment.box_xywh[3] * 0.5)]
        expected = skin[int(moment.box_xywh[0] + moment.box_xywh[2] / 2)]
        assert np.abs(np.median(face, axis=(0, 1)) - expected).max() < 12
        bars = pixels[538:846, 890:1560]
        assert all(has_color(bars, color) for color in palette.COLORS.values())
        assert margins_are_empty(pixels)

    def test_the_box_lies_around_the_face(self, analysis: Analysis) -> None:
        moment = replace(analysis.moments[0], box_xywh=(100.0, 60.0, 80.0, 90.0))
        black = np.zeros((180, 320, 3), np.uint8)
        pixels = np.asarray(cards.card(analysis.video, moment, black))
        area = moment_card._FRAME.inset(2)
        scale = min(area.w / 320, area.h / 180)
        left = area.x + (area.w - round(320 * scale)) // 2 + 100 * scale
        row = pixels[round(area.y + 100 * scale)]
        hits = np.flatnonzero(
            (row[: area.x + area.w] == rgb(palette.color("surprise"))).all(axis=1)
        )
        assert hits.min() == pytest.approx(left - 4, abs=2)
        assert hits.max() == pytest.approx(left + 80 * scale + 4, abs=2)

    @pytest.mark.parametrize(
        ("size", "box"),
        [
            ((320, 180), (10.0, 10.0, 3.0, 4.0)),  # a tiny face
            ((320, 180), (-40.0, -30.0, 90.0, 100.0)),  # partly outside
            ((320, 180), (300.0, 150.0, 90.0, 100.0)),
            ((320, 180), (900.0, 900.0, 50.0, 50.0)),  # wholly outside
            ((320, 180), (50.0, 50.0, 0.0, 0.0)),  # no area
            ((180, 400), (20.0, 100.0, 90.0, 120.0)),  # upright
            ((2000, 40), (20.0, 5.0, 30.0, 30.0)),  # a ribbon
            ((1, 1), (0.0, 0.0, 1.0, 1.0)),
        ],
    )
    def test_odd_frames_and_boxes_stay_inside_their_panels(
        self, analysis: Analysis, size: tuple[int, int], box: tuple[float, float, float, float]
    ) -> None:
        moment = replace(analysis.moments[0], box_xywh=box)
        picture = example_frame(3, [box], size) if min(size) > 10 else np.zeros((1, 1, 3), np.uint8)
        pixels = np.asarray(cards.card(analysis.video, moment, picture))
        assert margins_are_empty(pixels)
        gutter = pixels[104:846, 868:889]
        assert (gutter == rgb(canvas.PAPER)).all()

    def test_long_words_everywhere_stay_inside(self, analysis: Analysis) -> None:
        video = replace(analysis.video, title="W" * 500, uploader="W" * 500)
        moment = replace(analysis.moments[0], emotion=LONG_NAME, why="W" * 500, number=199)
        words = replace(analysis.explanations[0], text="W" * 5000)
        drawn = cards.card(video, moment, example_frame(1, []), words)
        pixels = np.asarray(drawn)
        assert margins_are_empty(pixels)
        assert (pixels[104:846, 868:889] == rgb(canvas.PAPER)).all()
        assert (pixels[848:858] == rgb(canvas.PAPER)).all()

    def test_an_explanation_is_told_whole_and_its_units_are_marked(
        self, analysis: Analysis
    ) -> None:
        marks = ("supported", "contradicted", "not measured")
        claims = tuple(
            Claim(unit, "seen", mark)
            for unit, mark in zip(("AU12", "AU09", "AU04"), marks, strict=True)
        )
        long = replace(analysis.explanations[0], text="muscle " * 75, claims=claims)
        pixels = np.asarray(cards.card(analysis.video, analysis.moments[0], None, long))
        words = pixels[538:846, 40:866]
        for mark in marks:
            assert has_color(words, moment_card._MARKS[mark][1])
        area = moment_card._WORDS.inset(26)
        assert moment_card._has_room(long.text, canvas.Area(0, 0, area.w, 150), 14)

    def test_labels_of_thirty_letters_fit_beside_their_bars(self) -> None:
        sheet = canvas.Sheet(700, 300)
        area = canvas.Area(20, 20, 660, 240)
        labels = (LONG_NAME, "b" * 30, *EMOTIONS[2:])
        moment_card.draw_scores(sheet, area, labels, (0.5, 0.5, 0, 0, 0, 0, 0))
        pixels = np.asarray(sheet.image)
        assert (pixels[:, :18] == rgb(canvas.PAPER)).all()
        assert (pixels[:, 684:] == rgb(canvas.PAPER)).all()

    def test_without_a_frame_there_is_still_a_card(self, analysis: Analysis) -> None:
        drawn = cards.card(analysis.video, analysis.moments[0], None)
        assert drawn.size == (1600, 900)

    def test_the_same_moment_gives_the_same_bytes(self, analysis: Analysis) -> None:
        moment = analysis.moments[0]
        one, two = (
            cards.png(cards.card(analysis.video, moment, example_frame(1, [moment.box_xywh])))
            for _ in range(2)
        )
        assert one == two
        assert one.startswith(b"\x89PNG")


class TestSummary:
    def test_it_grows_with_the_moments(self, analysis: Analysis) -> None:
        heights = [
            cards.summary(replace(analysis, moments=analysis.moments[:n])).height for n in (0, 1, 5)
        ]
        assert heights[0] < heights[1] == heights[2]

    def test_more_than_twelve_moments_are_counted_not_shown(self, analysis: Analysis) -> None:
        many = tuple(replace(analysis.moments[0], number=n) for n in range(1, 40))
        twelve = cards.summary(replace(analysis, moments=many[:12])).height
        assert cards.summary(replace(analysis, moments=many)).height == twelve

    def test_thumbnails_come_from_the_folder_when_no_frames_are_given(
        self, analysis: Analysis, tmp_path: Path
    ) -> None:
        stored = np.asarray(cards.summary(analysis)).astype(int)
        given = np.asarray(cards.summary(analysis, example_pictures(analysis))).astype(int)
        assert np.abs(stored - given).mean() < 1  # JPEG
        (tmp_path / "faces" / "det_01_frame.jpg").write_bytes(b"no picture")
        tile = np.asarray(cards.summary(analysis))[620:780, 60:300]
        assert (tile == rgb(canvas.BACKDROP)).all()

    def test_no_face_at_all_still_gives_a_picture(self, tmp_path: Path) -> None:
        none = example_analysis(tmp_path, n_faces=0, n_moments=0)
        assert cards.summary(none).width == 1600

    def test_no_sample_at_all_still_gives_a_picture(self, analysis: Analysis) -> None:
        empty = replace(
            analysis, samples=analysis.samples.head(0), faces=analysis.faces.head(0), moments=()
        )
        assert cards.summary(empty).width == 1600

    def test_a_single_picture_is_a_full_strip(self, tmp_path: Path) -> None:
        one = example_analysis(tmp_path, n_samples=1, gaps=False, n_moments=1)
        pixels = np.asarray(cards.summary(one))
        area = overview._STRIP
        strip = pixels[area.y + area.h - 3, area.x : area.x + area.w]
        assert (strip == rgb(palette.color("neutral"))).all(axis=1).mean() > 0.95

    def test_the_strip_shows_gaps_and_makes_nothing_up(self, analysis: Analysis) -> None:
        curve = overview.curves.face_curve(analysis.faces, analysis.samples)
        edges = overview._edges(curve["timestamp"].to_numpy())
        columns = overview.column_means(curve, edges, 400)  # ten columns a sample
        scores = curve[list(EMOTIONS)].to_numpy()
        np.testing.assert_allclose(columns, np.repeat(scores, 10, axis=0))

    def test_a_dense_strip_averages_the_samples_of_each_column(self, tmp_path: Path) -> None:
        dense = example_analysis(tmp_path, n_samples=400, gaps=False, n_moments=1)
        curve = overview.curves.face_curve(dense.faces, dense.samples)
        edges = overview._edges(curve["timestamp"].to_numpy())
        columns = overview.column_means(curve, edges, 40)
        expected = curve[list(EMOTIONS)].to_numpy().reshape(40, 10, 7).mean(axis=1)
        np.testing.assert_allclose(columns, expected)

    def test_a_title_that_cannot_be_drawn_gives_way_to_the_id(
        self, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nameless = replace(analysis, video=replace(analysis.video, title="\U0010ffff"))
        named = replace(analysis, video=replace(analysis.video, title=analysis.video.video_id))
        assert cards.png(cards.summary(nameless)) == cards.png(cards.summary(named))
