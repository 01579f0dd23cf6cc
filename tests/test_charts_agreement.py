"""Charts and contact sheet of a comparison: what is in them, and that nothing is said by colour."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from facemotion import cards, charts, palette
from facemotion.cards import contact_sheet
from facemotion.moments.disputed import disputed
from facemotion.records import EMOTIONS, Analysis, Comparison
from facemotion.statistics import agreement
from tests.examples import example_analysis, example_frame

NAMES = ("first", "second", "ensemble:ferplus-resnet+mini-xception")


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    return made_up(example_analysis(tmp_path), NAMES)


def made_up(analysis: Analysis, names: tuple[str, ...]) -> Comparison:
    """Each classifier says what the table says, with the emotions moved by one more."""
    faces, tables = analysis.faces, {}
    for step, name in enumerate(names):
        values = np.roll(faces[list(EMOTIONS)].to_numpy(np.float64), step, axis=1)
        table = pd.DataFrame(values, faces.index, list(EMOTIONS))
        best = [EMOTIONS[i] for i in values.argmax(axis=1)] if len(values) else []
        tables[name] = table.assign(dominant_emotion=best)
    amounts = agreement.disagreement(tables)
    return Comparison(
        analysis=analysis,
        names=names,
        verdicts=tables,
        disagreement=amounts,
        disputes=disputed(faces, tables, amounts, analysis.settings),
        ms_per_face=dict.fromkeys(names, 2.0),
    )


def test_the_matrix_has_the_share_of_every_pair_and_kappa_in_the_hover(
    comparison: Comparison,
) -> None:
    same, kappa = agreement.same(comparison.verdicts), agreement.kappa(comparison.verdicts)
    (heat,) = charts.agreement_matrix(same, kappa).data
    assert heat.text[0][0] == "" and math.isnan(heat.z[0][0])
    assert heat.text[0][1] == heat.text[1][0] == palette.percent(same.iat[0, 1])
    assert f"kappa {kappa.iat[0, 1]:.2f}" in heat.customdata[0][1]
    said = charts.agreement_alt(same, kappa)
    assert "first and second" in said and f"kappa {kappa.iat[0, 1]:.2f}" in said


def test_an_undefined_kappa_is_a_dash() -> None:
    names = ["a", "b"]
    same = pd.DataFrame(1.0, names, names)
    kappa = pd.DataFrame(math.nan, names, names)
    (heat,) = charts.agreement_matrix(same, kappa).data
    assert "Cohen's kappa -" in heat.customdata[0][1]
    assert charts.agreement_alt(same, kappa).endswith("a and b 100%, kappa -.")


def test_long_names_are_broken_and_markup_is_not_read() -> None:
    names = ["<b>a", NAMES[2]]
    table = pd.DataFrame(0.5, names, names)
    axis = charts.agreement_matrix(table, table).layout.xaxis
    assert axis.ticktext[0] == "&lt;b>a"
    assert axis.ticktext[1] == "ensemble:<br>ferplus-resnet+<br>mini-xception"


def test_each_classifier_has_a_line_of_its_own_kind_with_gaps(comparison: Comparison) -> None:
    analysis = comparison.analysis
    figure = charts.classifier_timeline(
        analysis.faces, analysis.samples, comparison.verdicts, "happy", face_id=1
    )
    assert [line.name for line in figure.data] == list(NAMES)
    for look in ("dash", "color"):
        assert len({getattr(line.line, look) for line in figure.data}) == len(NAMES)
    assert len({line.marker.symbol for line in figure.data}) == len(NAMES)
    assert {line.line.color for line in figure.data}.isdisjoint(palette.COLORS.values())
    mine = (analysis.faces["face_id"] == 1).to_numpy()
    expected = comparison.verdicts["second"].loc[mine, "happy"]
    drawn = np.array(figure.data[1].y, dtype=np.float64)
    assert len(drawn) == len(analysis.samples)
    assert drawn[~np.isnan(drawn)] == pytest.approx(expected.to_numpy())
    assert np.isnan(drawn).sum() == len(analysis.samples) - len(expected)
    assert all(line.connectgaps is False for line in figure.data)


def test_long_curves_are_thinned_and_have_no_markers(tmp_path: Path) -> None:
    found = made_up(example_analysis(tmp_path, n_samples=5000, n_faces=1), NAMES[:2])
    figure = charts.classifier_timeline(
        found.analysis.faces, found.analysis.samples, found.verdicts, "sad", max_points=400
    )
    assert {line.mode for line in figure.data} == {"lines"}
    assert all(len(line.y) < 1200 for line in figure.data)
    top = found.verdicts["first"]["sad"].max()
    assert np.nanmax(np.array(figure.data[0].y, dtype=float)) == pytest.approx(top)


def test_bars_show_how_often_each_emotion_is_named(comparison: Comparison) -> None:
    named = agreement.named(comparison.verdicts)
    figure = charts.named_bars(named)
    assert [bar.name for bar in figure.data] == list(NAMES)
    assert len({bar.marker.pattern.shape for bar in figure.data}) == len(NAMES)
    assert [sum(bar.y) for bar in figure.data] == pytest.approx([1.0] * len(NAMES))
    assert figure.data[0].x[0] == f"{palette.glyph('angry')} angry"
    assert charts.named_alt(named).startswith("Share of the faces by strongest emotion. first: ")


def test_without_a_face_charts_and_sheet_say_so(comparison: Comparison) -> None:
    analysis = comparison.analysis
    none = made_up(replace(analysis, faces=analysis.faces.iloc[:0]), NAMES[:2])
    same, named = agreement.same(none.verdicts), agreement.named(none.verdicts)
    told = (none.analysis.faces, analysis.samples, none.verdicts, "happy")
    for figure in (
        charts.agreement_matrix(same, same),
        charts.named_bars(named),
        charts.classifier_timeline(*told),
    ):
        assert "No face was found" in figure.layout.annotations[0].text
    assert "No face was found" in charts.named_alt(named) + charts.classifier_timeline_alt(*told)
    assert cards.disagreements(none, {}).width == 1600


def test_the_sheet_has_a_panel_per_dispute_and_counts_the_rest(comparison: Comparison) -> None:
    few = cards.disagreements(replace(comparison, disputes=comparison.disputes[:2]), {})
    one = cards.disagreements(replace(comparison, disputes=comparison.disputes[:1]), {})
    many = tuple(replace(comparison.disputes[0], number=n) for n in range(1, 30))
    most = cards.disagreements(replace(comparison, disputes=many), {})
    panel = few.height - one.height
    assert most.height == one.height + (contact_sheet.MAX_SHOWN - 1) * panel


def test_the_sheet_shows_the_face_and_every_verdict_in_its_colour(comparison: Comparison) -> None:
    dispute = comparison.disputes[0]
    rgb = example_frame(dispute.frame_index, [dispute.box_xywh])
    only = replace(comparison, disputes=(dispute,))
    sheet = np.asarray(cards.disagreements(only, {dispute.frame_index: rgb}))
    colours = {tuple(pixel) for pixel in sheet.reshape(-1, 3)}
    for probabilities in dispute.verdicts.values():
        hexadecimal = palette.color(EMOTIONS[int(np.argmax(probabilities))]).lstrip("#")
        assert tuple(bytes.fromhex(hexadecimal)) in colours
    without = np.asarray(cards.disagreements(only, {}))
    assert (sheet[:, :300] != without[:, :300]).any()
    assert (sheet[:, 320:] == without[:, 320:]).all()


def test_more_classifiers_than_fit_on_a_line_get_another(comparison: Comparison) -> None:
    five = made_up(comparison.analysis, ("a", "b", "c", "d", "e"))
    four = made_up(comparison.analysis, ("a", "b", "c", "d"))
    heights = [
        cards.disagreements(replace(found, disputes=found.disputes[:1]), {}).height
        for found in (four, five)
    ]
    assert heights[1] > heights[0]
