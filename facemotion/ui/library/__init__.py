"""The library: what is on the disk, found, sorted, opened again, kept, and deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from facemotion import cache
from facemotion.cache import Entry, Rules
from facemotion.ui import look, measuring_again, state
from facemotion.ui.library import library_acts as acts
from facemotion.ui.library import library_rows, library_rules, library_space

PER_PAGE = 10
SORTS: dict[str, Callable[[Entry], tuple[float, str]]] = {
    "Last used": lambda entry: (-entry.last_used, ""),
    "Largest": lambda entry: (-entry.total_bytes, ""),
    "Newest": lambda entry: (-entry.added, ""),
    "Title": lambda entry: (0.0, entry.title.casefold()),
}
LEAD = (
    "All that is kept on the machine that runs this dashboard. Whoever can open the dashboard sees "
    "all of it, and can delete it."
)


def show() -> None:
    """Everything below the title."""
    rules = library_rules.of_cache()
    if rules is not None:
        acts.tidy()
    acts.tell()
    everything = cache.entries(state.root())
    if not everything:
        _nothing(rules)
        return
    if rules is not None:
        library_space.show(everything, rules)
    found = _found(everything)
    st.html(f"<style>{library_rows.STYLE}</style>")
    _picked(found)
    for entry in _page(found):
        library_rows.show(entry, rules)
    measuring_again.dialog()


def _nothing(rules: Rules | None) -> None:
    st.info(
        "**Nothing is kept yet.** Analyse a video: it will be here with all that was measured in "
        "it, to be opened again.",
        icon=":material/folder_open:",
    )
    st.page_link(look.ANALYSE, label="Analyse a video", icon=":material/arrow_forward:")
    if rules is not None:
        library_space.show([], rules)


def _found(everything: list[Entry]) -> list[Entry]:
    """Those whose title has the words that are looked for, in the order that is chosen."""
    left, right = st.columns([3, 1])
    words = left.text_input(
        "Search",
        key="library-search",
        placeholder="A word of the title",
        icon=":material/search:",
        help="Shows the videos whose title has all of these words.",
        persist_state="session",
    )
    order = right.selectbox(
        "Sort by",
        list(SORTS),
        key="library-sort",
        help="Last used and Newest: the latest first. Largest: what takes most space.",
        persist_state="session",
    )
    wanted = words.casefold().split()
    found = [e for e in everything if all(word in e.title.casefold() for word in wanted)]
    if not found:
        st.info(f"No title has {look.code(words)} in it.", icon=":material/search_off:")
    return sorted(found, key=SORTS[order])


def _picked(found: list[Entry]) -> None:
    """Select all of them, and what can be done with those that are selected."""
    if not found:
        return
    picked = [e for e in found if st.session_state.get(acts.PICKED + e.video_id)]
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    everything = [entry.video_id for entry in found]
    row.button(
        f"Select all {len(found)}" if len(picked) < len(found) else "Select none",
        key="library-pick-all",
        icon=":material/select_all:",
        type="tertiary",
        on_click=partial(acts.pick, everything, is_picked=len(picked) < len(found)),
        help="All that are listed, on the other pages of the list too.",
    )
    if picked:
        total = acts.size(sum(entry.total_bytes for entry in picked))
        with row.popover(f"Delete {len(picked)} ({total})", icon=":material/delete:"):
            st.markdown(f"Deletes for everybody: {look.plain(acts.titles(picked, 10))}.")
            st.button(
                "Delete the selected videos for good",
                key="library-delete-picked",
                help="There is no way back.",
                type="primary",
                width="stretch",
                on_click=partial(acts.delete_videos, [entry.video_id for entry in picked]),
            )


def _page(found: list[Entry]) -> list[Entry]:
    """The videos on the page of the list that is looked at."""
    n_pages = -(-len(found) // PER_PAGE)
    if n_pages < 2:
        return found
    number = st.pagination(n_pages, key=f"library-page-{n_pages}")
    return found[(number - 1) * PER_PAGE : number * PER_PAGE]
