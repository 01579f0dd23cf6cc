"""Several videos or persons on one clock: side by side, or as one curve, and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from facemotion import charts
from facemotion.charts.groups import BANDS
from facemotion.errors import FacemotionError
from facemotion.statistics import groups, summaries
from facemotion.statistics.summaries import A, B
from facemotion.ui import look, viewing
from facemotion.ui.compare import compared, group_cards, group_controls, group_numbers, members
from facemotion.ui.compare.compared import Measured, Member, View

LEAD = (
    "Several videos, or several people, on one clock: side by side, or as one curve. What counts "
    "as one is a video or a person, never a frame."
)
SIDE, TOGETHER = "Side by side", "Aggregated"

_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_BANDS = {
    "interval": "95 % interval",
    "quartiles": "middle half",
    "range": "full range",
    "none": "none",
}


def show() -> None:
    """Choose what to compare and how; then all of it, or what to do first."""
    st.markdown(LEAD)
    exports_part = st.sidebar.container()
    chosen = members.pick()
    if chosen is None:
        return
    found = members.read(chosen)
    if not found:
        return
    with st.sidebar:
        curves = viewing.curves()
    controls = st.container()
    with st.expander("Groups, people, part of the time", icon=":material/group:"):
        everybody = members.people(chosen, found)
        grouping = members.grouped(everybody) if len(everybody) > 1 else {}
        part = group_controls.part()
    with controls:
        view = group_controls.view(found, len(everybody), curves, part)
    results = _measured(everybody, view)
    if results:
        grouping = {m.name: grouping[m.name] for m in results if m.name in grouping}
        _draw(results, grouping, view, exports_part)


def _measured(everybody: Sequence[Member], view: View) -> dict[Member, Measured]:
    """Those that can be compared; the others are named, with the reason."""
    found: dict[Member, Measured] = {}
    lacking = []
    for member in everybody:
        try:
            result = compared.measured(member, view)
        except FacemotionError as error:
            said = f"**{look.plain(member.name)}** is left out. {look.plain(str(error))}"
            st.warning(said, icon=":material/broken_image:")
            continue
        if result is None:
            lacking.append(member.name)
        else:
            found[member] = result
    if lacking:
        what = "face" if view.alignment == "face" else f"mark called {look.plain(view.mark)}"
        st.warning(
            f"Left out, having no {what}: {look.plain('; '.join(lacking))}.",
            icon=":material/timer_off:",
        )
    return found


def _draw(
    results: Mapping[Member, Measured],
    grouping: Mapping[str, str],
    view: View,
    exports_part: st.delta_generator.DeltaGenerator,
) -> None:
    curves = groups.together({member.name: found.curve for member, found in results.items()})
    means = _means(curves, grouping, view)
    table = summaries.summaries({m.name: found.summary for m, found in results.items()})
    mode = st.segmented_control(
        "Show",
        [SIDE, TOGETHER],
        default=SIDE,
        required=True,
        key="compare-show",
        help="Each by itself on the same axes, or the mean of all, or of each group, with a band.",
        bind="query-params",
        persist_state="session",
    )
    if mode == SIDE:
        group_cards.show(results, grouping, view)
        _rows(results, curves, grouping, view)
    else:
        _aggregated(results, curves, means, grouping, view)
    group_numbers.summary(table, grouping, view)
    apart = summaries.differences(table, grouping) if set(grouping.values()) == {A, B} else None
    if apart is not None:
        group_numbers.differences(apart, view)
    elif len(results) > 1:
        st.caption("Put some into group A and others into group B to see how they differ.")
    with exports_part:
        group_numbers.exports(curves, means, table, apart, _facts(results, grouping), view)


def _means(
    curves: pd.DataFrame, grouping: Mapping[str, str], view: View
) -> dict[str, pd.DataFrame]:
    """Of each group, or of all ("") where nobody is in one."""
    if not grouping:
        return {"": groups.aggregated(curves, view.bin_s)}
    group = curves["member"].map(grouping)
    present = [name for name in (A, B) if name in grouping.values()]
    return {name: groups.aggregated(curves[group == name], view.bin_s) for name in present}


def _rows(
    results: Mapping[Member, Measured],
    curves: pd.DataFrame,
    grouping: Mapping[str, str],
    view: View,
) -> None:
    zero = group_controls.zero_label(view)
    _chart(
        charts.group_rows(
            *(curves, groups.aggregated(curves, view.bin_s), view.column),
            groups=grouping,
            zero=zero,
        ),
        "group-rows",
        charts.group_rows_alt(curves, view.column),
        results,
        view,
    )
    _told(curves, view)


def _aggregated(
    results: Mapping[Member, Measured],
    curves: pd.DataFrame,
    means: Mapping[str, pd.DataFrame],
    grouping: Mapping[str, str],
    view: View,
) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    band = row.segmented_control(
        "Band",
        list(BANDS),
        default="interval",
        required=True,
        format_func=_BANDS.__getitem__,
        key="compare-band",
        help="Around the mean: its 95 % confidence interval (the mean of all such videos is likely "
        "in it), the middle half of those compared, or all of them.",
        persist_state="session",
    )
    each = row.toggle(
        "Each as a thin line",
        True,
        key="compare-each",
        help="Click a point of a thin line to look at that frame.",
        persist_state="session",
    )
    in_groups = curves[curves["member"].isin(list(grouping))] if grouping else curves
    _chart(
        charts.group_curves(
            *(in_groups, means, view.column),
            groups=grouping,
            band=band,
            with_members=each,
            zero=group_controls.zero_label(view),
        ),
        "group-curves",
        charts.group_curves_alt(means, view.column),
        results,
        view,
    )
    _told(curves, view)
    st.caption(_how_many(means))


def _chart(figure: Any, key: str, alt: str, results: Mapping[Member, Measured], view: View) -> None:
    """A chart whose points lead to their frame, each in its own video."""
    event = st.plotly_chart(
        figure, key=key, on_select="rerun", selection_mode="points", config=_CONFIG, alt=alt
    )
    points = event["selection"]["points"]
    data = next((point["customdata"] for point in points if point.get("customdata")), None)
    if data is not None:
        group_cards.look_at(list(results)[int(data[2])], view, int(data[0]))


def _told(curves: pd.DataFrame, view: View) -> None:
    """How the curves were made, in words."""
    st.caption(
        f"Means over {view.bin_s:g} s; a gap is where there is no face. Click a point to look at "
        "that moment."
    )


def _how_many(means: Mapping[str, pd.DataFrame]) -> str:
    """Of how many each mean is, and what that allows."""
    counts = {group: mean.loc[mean["n"] > 0, "n"] for group, mean in means.items()}
    known = {group: (int(n.min()), int(n.max())) for group, n in counts.items() if len(n)}
    parts = []
    for group, (fewest, most) in known.items():
        count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        parts.append(f"n = {count}{f' in group {group}' if group else ''}")
    said = [f"{'; '.join(parts)} at a time."] if parts else []
    if any(fewest < most for fewest, most in known.values()):
        said.append("Where n changes, the mean may jump.")
    if any(fewest == 1 for fewest, _ in known.values()):
        said.append("Of one there is no interval.")
    said.append("Each step has an interval of its own: of many, some miss by chance.")
    return " ".join(said)


def _facts(results: Mapping[Member, Measured], grouping: Mapping[str, str]) -> pd.DataFrame:
    """The members as the exports want them."""
    rows = [(m.name, m.analysis_id, m.title, m.person, grouping.get(m.name, "")) for m in results]
    return pd.DataFrame(rows, columns=["member", "analysis_id", "title", "person", "group"])
