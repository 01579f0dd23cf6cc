"""How much the cache takes, and of what, beside its budget and the disk."""

from __future__ import annotations

import shutil

import streamlit as st

from facemotion import cache
from facemotion.cache import Entry, Rules
from facemotion.ui import state
from facemotion.ui.library import library_acts as acts
from facemotion.ui.library import library_rules

GROUPS = (
    ("Videos", "#4f62d0", ("download", "upload")),
    ("Frames", "#0f8f86", ("frames",)),
    ("Faces", "#b06f12", ("faces",)),
    ("People and moments", "#b0498f", ("people", "moments")),
    ("Reports and films", "#5b8c2a", ("outputs",)),
    ("Claude", "#c4513f", ("unsure", "answers")),
)
REST = ("Notes and marks", "#7d8296")
"""What no group names: its label and its colour."""

BESIDES = {
    "models": "converted models",
    "demo": "the demo clip",
    "uploads": "uploads that no video is read from (they go after a day)",
}
_STYLE = """
.fm-stack {display: flex; gap: 2px; height: 1.1rem; border-radius: .4rem; overflow: hidden;
  background: rgba(128,128,128,.18)}
.fm-stack i {display: block; height: 100%; min-width: 2px}
.fm-meter {height: .35rem; border-radius: .2rem; background: rgba(128,128,128,.22);
  overflow: hidden; margin-top: .45rem}
.fm-meter i {display: block; height: 100%; background: var(--fm-accent)}
.fm-legend {display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: .84rem;
  margin-top: .55rem; font-variant-numeric: tabular-nums}
.fm-legend i {display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem;
  margin-right: .4rem}
"""


def show(everything: list[Entry], rules: Rules) -> None:
    """The bar with its legend, the rules in words, and what can be done about them."""
    with st.container(border=True, key="library-space"):
        st.html(f"<style>{_STYLE}</style>{_numbers(everything, rules)}{bar(everything, rules)}")
        besides = [
            f"{words}: {acts.size(n_bytes)}"
            for name, n_bytes in cache.besides(state.root()).items()
            if (words := BESIDES.get(name))
        ]
        more = f" Besides, outside the budget: {'; '.join(besides)}." if besides else ""
        st.caption(f"{_in_words(rules)}{more}")
        over = sum(entry.total_bytes for entry in everything) - rules.budget_bytes
        if over > 0:
            st.warning(
                f"The videos take {acts.size(over)} more than the budget. When the next one is "
                "analysed, those used longest ago are deleted; **Free space** does it now.",
                icon=":material/database:",
            )
        row = st.container(horizontal=True, gap="small")
        library_rules.show(row, everything, rules)


def by_group(sizes: dict[str, int]) -> list[tuple[str, str, int]]:
    """Label, colour and bytes of each group that there is something of."""
    named = {stage for _, _, stages in GROUPS for stage in stages}
    found = [
        (label, colour, sum(sizes.get(stage, 0) for stage in stages))
        for label, colour, stages in GROUPS
    ]
    found.append((*REST, sum(n for stage, n in sizes.items() if stage not in named)))
    return [group for group in found if group[2]]


def bar(everything: list[Entry], rules: Rules) -> str:
    """What takes the space, and how much of the budget that is, as HTML with its legend."""
    groups = by_group(_total_by_stage(everything))
    total = sum(n_bytes for _, _, n_bytes in groups)
    told = [(label, colour, acts.size(n), n / total) for label, colour, n in groups]
    parts = "".join(
        f'<i style="flex:{part:.5f};background:{colour}" title="{label}: {size}"></i>'
        for label, colour, size, part in told
    )
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{label} {size}</span>'
        for label, colour, size, _ in told
    )
    said = ", ".join(f"{label} {size}" for label, _, size, _ in told)
    share = f"{_share(total, rules)} of the budget"
    width = min(1.0, total / rules.budget_bytes) if rules.budget_bytes else 1.0
    return (
        f'<div class="fm-stack" role="img" aria-label="What takes the space: {said}">{parts}</div>'
        f'<div class="fm-meter" role="img" title="{share}" aria-label="{share}">'
        f'<i style="width:{width:.2%}"></i></div><div class="fm-legend">{legend}</div>'
    )


def _numbers(everything: list[Entry], rules: Rules) -> str:
    total = sum(entry.total_bytes for entry in everything)
    n_kept = sum(entry.is_kept for entry in everything)
    facts = {
        "Videos": (f"{len(everything)}", f"{n_kept} kept for good" if n_kept else "none is kept"),
        "They take": (
            acts.size(total),
            f"{_share(total, rules)} of the budget of {cache.megabytes(rules.budget_bytes)}",
        ),
    }
    try:
        free = shutil.disk_usage(state.root()).free
        facts["Free on the disk"] = (cache.megabytes(free), "of the machine that runs this")
    except OSError:  # there is no cache folder yet
        pass
    cells = "".join(
        f"<div><dt>{term}</dt><dd>{value}<small>{more}</small></dd></div>"
        for term, (value, more) in facts.items()
    )
    return f'<dl class="fm-numbers" style="margin-bottom:.8rem">{cells}</dl>'


def _share(total: int, rules: Rules) -> str:
    """Of the budget, in percent."""
    if not rules.budget_bytes:
        return "more than all"
    share = total / rules.budget_bytes
    return "under 1%" if 0 < share < 0.005 else f"{share:.0%}"


def _in_words(rules: Rules) -> str:
    if rules.problem:
        return "No video is deleted by itself while the rules cannot be read."
    age = (
        "Videos stay for ever"
        if rules.keep_days is None
        else f"Videos are deleted {library_rules.days(rules.keep_days)} after their last use"
    )
    return (
        f"{age}. Above {cache.megabytes(rules.budget_bytes)}, those used longest ago are deleted "
        "first. A video that is kept for good stays."
    )


def _total_by_stage(everything: list[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in everything:
        for stage, n_bytes in entry.bytes_by_stage.items():
            found[stage] = found.get(stage, 0) + n_bytes
    return found
