"""Who is compared: which analyses, whose faces in them, and in which of two groups.

The address has all of it by the numbers of analyses and faces: what Streamlit would write there
are the labels, which change with the visitor's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from facemotion import pipeline
from facemotion.errors import FacemotionError
from facemotion.statistics.summaries import A, B
from facemotion.ui import look, picking, state
from facemotion.ui.compare import compared
from facemotion.ui.compare.compared import Known, Member

ANALYSES, PEOPLE, IN_GROUP = "with", "who", {A: "a", B: "b"}
"""Names in the address."""

ALL, EACH = "all", "each"

_AT_FIRST = 2
_NOTHING = (
    "**Nothing to compare yet.** Analyse two or more videos, or one with several people, first."
)


def pick() -> dict[str, pipeline.Recent] | None:
    """The analyses that are compared, by their number; None, and words, while there are none."""
    there = {i.analysis_id: i for i in pipeline.recent(state.root(), picking.ANALYSES)}
    if not there:
        st.info(_NOTHING, icon=":material/movie:")
        _to_analyse("Analyse a video")
        return None
    current = state.open_id()
    ids = sorted(there, key=lambda analysis_id: analysis_id != current)
    gone = [i for i in st.query_params.get_all(ANALYSES) if i not in there]
    chosen = _several(
        "Analyses",
        ANALYSES,
        {analysis_id: picking.said(there[analysis_id]) for analysis_id in ids},
        ids[:_AT_FIRST],
        "What is compared. Each counts once, however long it is. All must have been analysed "
        "before; the settings in the sidebar hold for all of them.",
        "two or more",
    )
    if gone and chosen:
        st.caption(f":material/link_off: {len(gone)} of this link are not here any more.")
    if not chosen:
        st.info("**Choose what to compare**: two or more analyses.", icon=":material/checklist:")
        return None
    if len(there) == 1:
        st.info(
            "**This is the only analysis here.** Analyse another video to compare it with; one "
            "alone is shown below.",
            icon=":material/add:",
        )
        _to_analyse("Analyse another video")
    return {analysis_id: there[analysis_id] for analysis_id in chosen}


def read(chosen: Mapping[str, pipeline.Recent]) -> dict[str, Known]:
    """What is known of each; those that cannot be read are named and left out."""
    found = {}
    for analysis_id, item in chosen.items():
        try:
            found[analysis_id] = compared.known(analysis_id)
        except FacemotionError as error:
            said = f"**{look.plain(item.title)}** is left out. {look.plain(str(error))}"
            st.warning(said, icon=":material/broken_image:")
    return found


def people(chosen: Mapping[str, pipeline.Recent], found: Mapping[str, Known]) -> list[Member]:
    """The members, after asking whose faces count where there are several people."""
    whose = {analysis_id: ALL for analysis_id in found}
    crowded = [analysis_id for analysis_id in found if len(found[analysis_id].people) > 1]
    given = dict(
        text.rsplit("~", 1) for text in st.query_params.get_all(PEOPLE) if text.count("~") == 1
    )
    columns = st.columns(2) if crowded else []
    for number, analysis_id in enumerate(crowded):
        known = found[analysis_id]
        options = {ALL: "All faces, their mean", EACH: "Each person by themselves"}
        options |= {str(face_id): name for face_id, name in known.people.items()}
        key = f"who-{analysis_id}"
        if st.session_state.get(key) not in options:
            asked = given.get(analysis_id, ALL)
            st.session_state[key] = asked if asked in options else ALL
        whose[analysis_id] = columns[number % 2].selectbox(
            f"Whose faces in {chosen[analysis_id].title}",
            list(options),
            format_func=options.__getitem__,
            key=key,
            help="The mean over the faces of each frame, or one person, or each person as one of "
            f"their own (the {compared.MAX_PEOPLE} seen longest). Those of one video may move each "
            "other, so they count as many only with care.",
            persist_state="session",
        )
        if whose[analysis_id] == EACH and len(known.people) > compared.MAX_PEOPLE:
            columns[number % 2].caption(
                f"Of {len(known.people)} people, the {compared.MAX_PEOPLE} seen longest."
            )
    _keep(PEOPLE, [f"{i}~{who}" for i, who in whose.items() if who != ALL])
    return _named(chosen, found, whose)


def grouped(members: Sequence[Member]) -> dict[str, str]:
    """The group, A or B, of the members that were put into one, by name."""
    names = {member.key: member.name for member in members}
    groups: dict[str, str] = {}
    for group, place in zip((A, B), st.columns(2), strict=True):
        with place:
            keys = _several(
                f"Group {group}",
                IN_GROUP[group],
                names,
                [],
                f"Who belongs to group {group}. The means of both groups are drawn, and how far "
                "they lie apart is told below.",
                "nobody",
            )
        both = [names[key] for key in keys if names[key] in groups]
        groups |= {names[key]: group for key in keys if names[key] not in groups}
        if both:
            st.warning(
                f"{look.plain(', '.join(both))}: in both groups. It counts in group {A} only.",
                icon=":material/group_off:",
            )
    return groups


def _named(
    chosen: Mapping[str, pipeline.Recent], found: Mapping[str, Known], whose: Mapping[str, str]
) -> list[Member]:
    """Titles, with the person where one is meant, and a number where two would be the same."""
    rows: list[tuple[str, int | None, str, str]] = []
    for analysis_id, known in found.items():
        title, who = chosen[analysis_id].title, whose[analysis_id]
        ids = [int(who)] if who not in (ALL, EACH) else list(known.people)[: compared.MAX_PEOPLE]
        if who == ALL:
            rows.append((analysis_id, None, title, ""))
        else:
            rows += [(analysis_id, face_id, title, known.people[face_id]) for face_id in ids]
    alone = len(found) == 1
    seen: Counter[str] = Counter()
    members = []
    for analysis_id, face_id, title, person in rows:
        name = title if not person else person if alone else f"{person} · {title}"
        seen[name] += 1
        unique = name if seen[name] == 1 else f"{name} ({seen[name]})"
        members.append(Member(analysis_id, face_id, title, person, unique))
    return members


def _several(
    label: str,
    param: str,
    options: Mapping[str, str],
    at_first: list[str],
    text: str,
    placeholder: str,
) -> list[str]:
    """Some of the options; the session remembers them, and the address by their keys."""
    key = f"compared-{param}"
    if key in st.session_state:
        st.session_state[key] = _of(st.session_state[key], options)
    else:
        st.session_state[key] = _of(st.query_params.get_all(param), options) or at_first
    chosen = st.multiselect(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        placeholder=placeholder,
        help=text,
        persist_state="session",
    )
    _keep(param, chosen)
    return chosen


def _of(given: Sequence[str], options: Collection[str]) -> list[str]:
    return [value for value in dict.fromkeys(given) if value in options]


def _keep(param: str, values: list[str]) -> None:
    """Write it to the address, if it is not there yet."""
    if st.query_params.get_all(param) != values:
        st.query_params[param] = values


def _to_analyse(label: str) -> None:
    st.page_link(look.ANALYSE, label=label, icon=":material/arrow_forward:")
