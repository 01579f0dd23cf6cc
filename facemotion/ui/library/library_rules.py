"""The rules by which videos go by themselves, and making room at once; says first what would go."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from facemotion import cache
from facemotion.cache import Entry, Rules
from facemotion.cache.rules import BUDGET_GB, ENVIRONMENT, KEEP_DAYS
from facemotion.errors import InputError
from facemotion.ui import look, state
from facemotion.ui.library import library_acts as acts

FOREVER = 0.0
DAYS = (1.0, 7.0, 14.0, 30.0, 90.0, 180.0, 365.0)
N_NAMED = 6


def show(row: DeltaGenerator, everything: list[Entry], rules: Rules) -> None:
    """Three buttons in a row, each of which opens what it is about."""
    with row.popover("Change the rules", icon=":material/tune:", key="library-rules"):
        _change(everything, rules)
    with row.popover("Free space", icon=":material/mop:", key="library-room"):
        _free(everything, rules)
    with row.popover(
        "Delete everything", icon=":material/delete_forever:", type="tertiary", key="library-all"
    ):
        _everything(everything)


def of_cache() -> Rules | None:
    """The rules; None, and words about it, when the environment's cannot be understood."""
    try:
        found = cache.rules_of(state.root())
    except InputError as error:
        st.error(look.plain(str(error)), icon=":material/error:")
        return None
    if found.problem:
        st.warning(look.plain(found.problem), icon=":material/warning:")
    return found


def days(number: float) -> str:
    """A number of days as people say it."""
    return "never" if number == FOREVER else f"{number:g} day{'s' * (number != 1)}"


def _change(everything: list[Entry], rules: Rules) -> None:
    """The form of the rules; says what would go before anything does."""
    by_host = [ENVIRONMENT[name] for name in sorted(rules.by_host)]
    if by_host:
        st.info(
            f"Set by whoever runs this machine, and not to be changed here: "
            f"{', '.join(map(look.code, by_host))}.",
            icon=":material/lock:",
        )
    current = rules.keep_days or FOREVER
    choices = [*sorted({*DAYS, current} - {FOREVER}), FOREVER]
    keep_days = st.selectbox(
        "Delete a video when it was not used for",
        choices,
        choices.index(current),
        format_func=days,
        key="library-days",
        disabled=KEEP_DAYS in rules.by_host,
        help="Opening or measuring a video counts as using it. With it go its upload and all that "
        "was measured in it, when this page is opened or the next video is analysed.",
    )
    gigabytes = st.number_input(
        "Most gigabytes for all videos",
        0.1,
        100_000.0,
        max(0.1, rules.budget_bytes / 1e9),
        1.0,
        format="%g",
        key="library-budget",
        disabled=BUDGET_GB in rules.by_host,
        help="When the videos take more, those used longest ago are deleted until the rest fits.",
    )
    old = cache.expired(everything, keep_days or None)
    rest = [entry for entry in everything if entry not in old]
    gone = [*old, *cache.surplus(rest, int(gigabytes * 1e9))]
    _preview(gone)
    st.button(
        _label("Save", gone),
        key="library-save",
        type="primary",
        icon=":material/save:",
        width="stretch",
        disabled=len(by_host) == len(ENVIRONMENT),
        on_click=partial(
            acts.change_rules,
            None if KEEP_DAYS in rules.by_host else keep_days,
            None if BUDGET_GB in rules.by_host else gigabytes,
        ),
        help="The rules hold for everybody who uses this cache, the command line too.",
    )


def _free(everything: list[Entry], rules: Rules) -> None:
    """Once, to a size of one's choice."""
    st.markdown("Deletes the videos used longest ago until the others take no more than this.")
    gigabytes = st.number_input(
        "Gigabytes to keep",
        0.0,
        100_000.0,
        rules.budget_bytes / 1e9,
        0.5,
        format="%g",
        key="library-target",
        help="The budget stays as it is. Videos that are kept for good, or are being worked on, "
        "stay.",
    )
    gone = cache.surplus(everything, int(gigabytes * 1e9))
    _preview(gone)
    st.button(
        _label("Free space now", gone),
        key="library-evict",
        help="Deletes what is listed above. There is no way back.",
        type="primary",
        icon=":material/mop:",
        width="stretch",
        disabled=not gone,
        on_click=partial(acts.make_room, int(gigabytes * 1e9)),
    )


def _everything(everything: list[Entry]) -> None:
    st.markdown(
        "Deletes **all videos** with their uploads and all that was measured in them, those that "
        "are kept for good too, the demo clip and the converted models. Files that were analysed "
        "where they lie stay there. The rules stay as they are."
    )
    is_sure = st.checkbox(
        f"Yes, delete all {len(everything)} videos for everybody",
        key="library-sure",
        help="There is no way back.",
    )
    st.button(
        "Delete everything",
        key="library-clear",
        help="Tick the box first.",
        type="primary",
        width="stretch",
        disabled=not is_sure,
        on_click=acts.delete_everything,
    )


def _preview(gone: list[Entry]) -> None:
    """The videos that would go."""
    if not gone:
        st.caption("Nothing would be deleted now.")
        return
    lines = "\n".join(
        f"* {look.plain(e.title)} · {acts.size(e.total_bytes)} · used {acts.ago(e.last_used)}"
        for e in gone[:N_NAMED]
    )
    more = f"\n* and {len(gone) - N_NAMED} more" if len(gone) > N_NAMED else ""
    st.markdown(f"These would be deleted now:\n\n{lines}{more}")


def _label(verb: str, gone: list[Entry]) -> str:
    if not gone:
        return verb
    total = acts.size(sum(entry.total_bytes for entry in gone))
    return f"{verb}, delete {len(gone)} video{'s' * (len(gone) != 1)} ({total})"
