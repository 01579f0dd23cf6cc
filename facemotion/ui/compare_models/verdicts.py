"""What several classifiers say about the same faces, drawn: agreement, speed, curves, shares."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import streamlit as st

from facemotion import cache, charts, curves, export, palette
from facemotion.records import EMOTIONS, Analysis, Comparison
from facemotion.statistics import agreement
from facemotion.ui import look
from facemotion.ui.compare_models import disputes

_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_ALL = -1


def exports(comparison: Comparison) -> None:
    """What can be taken along, in the sidebar."""
    name = cache.slug(comparison.analysis.video.title)
    with st.sidebar:
        st.subheader("Export", anchor=False)
        st.download_button(
            "Verdicts (CSV)",
            lambda: export.comparison_csv(comparison),
            f"{name}-comparison.csv",
            "text/csv",
            key="export-comparison.csv",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            help="One row per face and classifier, with all seven probabilities.",
        )
        st.download_button(
            "Agreement (JSON)",
            lambda: export.comparison_json(comparison),
            f"{name}-comparison.json",
            "application/json",
            key="export-comparison.json",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
            help="Agreement, kappa, correlations, speeds and the disagreements below.",
        )


def show(comparison: Comparison) -> None:
    """All of it, or what to do when there is no face."""
    analysis = comparison.analysis
    if analysis.faces.empty:
        st.info(
            f"**No face was found** in the {len(analysis.samples)} frames of this analysis, so "
            "there is nothing to judge. Choose another one, or measure it again with other "
            "settings on the page Analyse.",
            icon=":material/face_retouching_off:",
        )
        return
    _numbers(comparison)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _agreement(comparison)
    with right:
        _speeds(comparison)
    _timeline(comparison)
    _named(comparison)
    disputes.show(comparison)


def _numbers(comparison: Comparison) -> None:
    same = agreement.same(comparison.verdicts)
    pairs = list(combinations(comparison.names, 2))
    facts = [
        ("Faces", f"{len(comparison.analysis.faces)}", "judged by each"),
        ("All say the same", _share(agreement.unanimous(comparison.verdicts)), "of the faces"),
        ("Disagreement", _share(comparison.disagreement.mean()), "of what is possible, on average"),
    ]
    if len(pairs) > 1:
        alike = max(pairs, key=lambda pair: np.nan_to_num(same.loc[pair]))
        words = look.escaped(" and ".join(alike))
        facts.append(("Most alike", _share(same.loc[alike]), words))
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{more}</small></dd></div>"
        for name, value, more in facts
    )
    st.html(f'<dl class="fm-numbers">{cells}</dl>')


def _agreement(comparison: Comparison) -> None:
    st.subheader("Same emotion named", anchor=False)
    same, kappa = agreement.same(comparison.verdicts), agreement.kappa(comparison.verdicts)
    st.plotly_chart(
        charts.agreement_matrix(same, kappa),
        key="agreement",
        config=_CONFIG,
        alt=charts.agreement_alt(same, kappa),
    )
    pairs = combinations(comparison.names, 2)
    told = "; ".join(f"{one} and {other} {_two(kappa.loc[one, other])}" for one, other in pairs)
    st.caption(
        "Share of the faces. Where most faces are neutral much of that is chance, which Cohen's "
        f"kappa leaves out (1 is full agreement, 0 is chance): {look.plain(told)}."
    )


def _speeds(comparison: Comparison) -> None:
    st.subheader("Speed", anchor=False)
    st.table(
        pd.DataFrame(
            {
                "classifier": list(comparison.names),
                "ms per face": [f"{comparison.ms_per_face[n]:.1f}" for n in comparison.names],
                "faces per second": [
                    f"{1000 / max(comparison.ms_per_face[n], 1e-6):,.0f}" for n in comparison.names
                ],
            }
        ),
        hide_index=True,
        alt="How long each classifier takes for a face.",
    )
    st.caption("Cutting a face out and judging it, one classifier after the other on one thread.")


def _timeline(comparison: Comparison) -> None:
    st.subheader("Through time", anchor=False)
    analysis, verdicts = comparison.analysis, comparison.verdicts
    row = st.columns([3, 2], vertical_alignment="bottom")
    named = agreement.named(verdicts).groupby("emotion")["share"].max()
    expressive = [emotion for emotion in EMOTIONS if emotion != "neutral"]
    emotion = row[0].segmented_control(
        "Emotion",
        EMOTIONS,
        default=max(expressive, key=lambda name: named[name]),
        required=True,
        format_func=lambda name: f"{palette.glyph(name)} {name}",
        key="compared-emotion",
        help="The emotion whose probability is drawn, a line for each classifier.",
        persist_state="session",
    )
    face_id = _person(analysis, row[1])
    st.plotly_chart(
        charts.classifier_timeline(
            analysis.faces, analysis.samples, verdicts, emotion, face_id=face_id
        ),
        key="classifier-lines",
        config=_CONFIG,
        alt=charts.classifier_timeline_alt(
            analysis.faces, analysis.samples, verdicts, emotion, face_id=face_id
        ),
    )
    mine = (analysis.faces["face_id"] == face_id).to_numpy() if face_id is not None else None
    rows = verdicts if mine is None else agreement.of_rows(verdicts, mine)
    related = agreement.correlation(rows, emotion)
    pairs = combinations(comparison.names, 2)
    told = "; ".join(f"{one} and {other} {_two(related.loc[one, other])}" for one, other in pairs)
    st.caption(f"Correlation of the curves: {look.plain(told)}. Click a name to hide its line.")


def _person(analysis: Analysis, place: st.delta_generator.DeltaGenerator) -> int | None:
    """Whose face is drawn; asked only when there are several."""
    names = {_ALL: "All faces"} | curves.people(analysis.faces)
    if len(names) < 3:
        return None
    chosen: int = place.selectbox(
        "Person",
        list(names),
        format_func=names.__getitem__,
        key=f"compared-person-{analysis.analysis_id}",
        help="One person, or the mean over the faces of each frame.",
    )
    return None if chosen == _ALL else chosen


def _named(comparison: Comparison) -> None:
    st.subheader("What each sees", anchor=False)
    named = agreement.named(comparison.verdicts)
    st.plotly_chart(
        charts.named_bars(named), key="named", config=_CONFIG, alt=charts.named_alt(named)
    )
    st.caption("Share of the faces on which an emotion is the strongest.")


def _share(value: float) -> str:
    return "-" if math.isnan(value) else palette.percent(value)


def _two(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
