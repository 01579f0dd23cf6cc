"""Each video or person as a card: face, key numbers, and the way to where its value peaks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from facemotion import palette
from facemotion.charts.members import GROUP_COLORS, told
from facemotion.records import EMOTIONS
from facemotion.statistics.summaries import DOMINANT
from facemotion.ui import look, picking
from facemotion.ui.compare import compared
from facemotion.ui.compare.compared import Measured, Member, View
from facemotion.ui.compare.group_controls import named

_BARS = 3


def show(results: Mapping[Member, Measured], grouping: Mapping[str, str], view: View) -> None:
    """One card per member, in the order in which they were chosen."""
    with st.container(key="compared", horizontal=True, gap=12):
        for number, (member, result) in enumerate(results.items()):
            _card(number, member, result, grouping.get(member.name, ""), view)
    st.caption("Click a card to look at where its value is highest, on the page Moments.")


def look_at(member: Member, view: View, frame: int) -> None:
    """Leave for that frame; of several faces in it, for the one with the highest value."""
    analysis = compared.analysis_of(member, view)
    here = analysis.faces[analysis.faces["frame"] == frame]
    values = here[view.column].dropna()
    best = member.face_id
    if best is None and len(values):
        best = int(here.loc[values.idxmax(), "face_id"])
    picking.look_at(analysis, frame, best)


def chip(group: str) -> str:
    """A group's letter in its colour, as HTML; "" for nobody's group."""
    if not group:
        return ""
    return f'<span class="fm-chip" style="background:{GROUP_COLORS[group]}">{group}</span> '


def _card(number: int, member: Member, result: Measured, group: str, view: View) -> None:
    numbers = result.summary
    with st.container(key=f"card-box-compared-{number}", border=True, gap=None):
        face = compared.face(member)
        if face is not None:
            st.image(face, width="stretch", alt=f"A face of {member.name}")
        else:
            st.html('<div class="fm-blank fm-dim">no face</div>')
        peak = numbers["peak_frame"]
        at = "" if peak is None else look.clock(numbers["peak_s"])
        highest = f"{told(view.column, numbers['peak'])} at {at}" if at else "-"
        st.html(
            f'<div class="fm-card"><b class="fm-clamp">{chip(group)}{look.escaped(member.name)}</b>'
            f'<div class="fm-row"><span>{_value(view.column)}</span>'
            f"<b>{told(view.column, numbers['value_mean'])}</b></div>"
            f'<div class="fm-row fm-dim"><span>highest</span><span>{highest}</span>'
            f"</div>{_facts(numbers, view)}{_bars(numbers)}</div>"
        )
        label = f"Look at {look.plain(member.name)}"
        if peak is None:
            return
        if st.button(
            f"{label}: {named(view.column)} is highest at {at}",
            key=f"card-open-compared-{number}",
        ):
            look_at(member, view, int(peak))


def _value(column: str) -> str:
    badge = f"{look.badge(column)} " if column in EMOTIONS else ""
    return f"{badge}{look.escaped(named(column))}"


def _facts(numbers: Mapping[str, float], view: View) -> str:
    rows = (
        (f"above {view.threshold:g}", _share(numbers["above_share"])),
        ("with a face", _share(numbers["face_share"])),
    )
    return "".join(
        f'<div class="fm-row fm-dim"><span>{name}</span><span>{value}</span></div>'
        for name, value in rows
    )


def _bars(numbers: Mapping[str, float]) -> str:
    """The emotions that are most often the strongest."""
    parts = {emotion: numbers[f"{DOMINANT}{emotion}"] for emotion in EMOTIONS}
    known = {emotion: part for emotion, part in parts.items() if part > 0}  # leaves out NaN
    best = sorted(known, key=lambda emotion: -known[emotion])[:_BARS]
    rows = "".join(
        f"<div>{look.badge(emotion)} {emotion}</div>"
        f'<div class="fm-bar"><i style="width:{100 * known[emotion]:.0f}%;'
        f'background:{palette.color(emotion)}"></i></div>'
        f"<div>{palette.percent(known[emotion])}</div>"
        for emotion in best
    )
    return f'<div class="fm-says">share of face time</div><div class="fm-bars">{rows}</div>'


def _share(value: float) -> str:
    return "-" if pd.isna(value) else palette.percent(value)
