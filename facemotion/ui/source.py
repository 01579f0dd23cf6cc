"""Choosing a video: an address, a file, the demo clip, or one that was analysed before."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from facemotion import cache, download, library
from facemotion.errors import InputError, SourceError
from facemotion.records import Settings, StageName
from facemotion.ui import controls, look, state, unsure

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

# fmt: off
FILE_TYPES = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "wmv", "flv", "3gp", "ts", "ogv",
    "gif", "jpg", "jpeg", "png", "webp", "bmp",
]
# fmt: on
DEMO_EVERY_S = 0.5
N_RECENT = 12
MOST_AT_ONCE = 50
"""Videos that one sending of the form may start: they all stand in the address of the page."""
_URL, _ROUND = "url", "files-round"
_MEASURED: tuple[StageName, ...] = ("download", "frames", "faces", "fallback")
_A_HOST = re.compile(r"(?i)[\w-]+(\.[\w-]+)+(:\d+)?(/|$)")


def hero() -> None:
    """What this is, for whoever sees it for the first time."""
    st.html(
        '<div class="fm-hero" role="heading" aria-level="1">'
        "See the telling moments of any video</div>"
        '<div class="fm-lead">Every face is found, its apparent expression measured through time, '
        "and the moments that stand out are laid before you, each with the reason why. "
        "Everything is computed on this machine.</div>"
    )


def form(settings: Settings | InputError) -> None:
    """The form; starts a job for each video when it is sent with something to analyse."""
    _settle_field()
    with st.form("source", border=True):
        text = st.text_input(
            "Address of a video",
            key=_URL,
            placeholder="https://www.youtube.com/watch?v=... (one, or several with spaces)",
            help="YouTube and the many other sites that yt-dlp knows, or the direct address of a "
            "video file. Paste a list, and each gets its turn. Private and local addresses are "
            "refused, unless whoever runs this dashboard has set FACEMOTION_ALLOW_PRIVATE_URLS=1.",
            icon=":material/link:",
            persist_state="session",
        )
        uploads = st.file_uploader(
            "or files",
            FILE_TYPES,
            accept_multiple_files=True,
            key=f"files-{_round()}",
            help="Videos in any usual format, or pictures. They stay on the machine that runs "
            "this dashboard.",
        )
        row = st.container(horizontal=True, vertical_alignment="center")
        sent = row.form_submit_button("Analyse", type="primary", icon=":material/play_arrow:")
        demo = row.form_submit_button("Try the demo clip", icon=":material/movie:")
        row.caption("New here? The demo is 20 seconds long and needs no network.")
    if not (sent or demo):
        return
    try:
        if isinstance(settings, InputError):
            raise settings
        if demo:
            _start_demo(settings)
        else:
            _start((text or "").split(), uploads, settings)
    except InputError as error:
        st.error(look.plain(str(error)), icon=":material/error:")
        return
    st.rerun()


def address(text: str, or_else: str = ", or drop the file below") -> str:
    """The URL in a form's field; ``SourceError`` for what is none, with another way that is there.

    A path would name a file of the machine that runs the dashboard, which is none of the visitor's
    business, so unlike the command line the form takes URLs only.
    """
    text = text.strip()
    if re.match(r"(?i)https?://", text):
        return text
    if _A_HOST.match(text):
        return f"https://{text}"
    raise SourceError(
        f"{text!r} is no address of a video. Give one that begins with https://{or_else}."
    )


def _start(texts: list[str], uploads: Sequence[UploadedFile], settings: Settings) -> None:
    """One job each, all or none: whoever gives a list with a mistake in it corrects that first."""
    if not (texts or uploads):
        raise SourceError("Nothing to analyse yet. Paste an address, drop a file, or try the demo.")
    if len(texts) + len(uploads) > MOST_AT_ONCE:
        raise SourceError(
            f"These are {len(texts) + len(uploads)} videos. Give {MOST_AT_ONCE} at most at a time."
        )
    sources = {text: address(text) for text in texts}
    if not settings.allow_private_urls:
        for source in sources.values():
            download.check_public(source)
    root, limit = state.root(), settings.max_bytes
    paths = [download.save_upload(file.name, file, root, limit) for file in uploads]
    for text, source in sources.items():
        _sent()[_begin(source, source, settings)] = (text, True)
    for file, path in zip(uploads, paths, strict=True):
        _begin(str(path), file.name, settings)
    st.session_state[_ROUND] = _round() + 1  # a new field, without these files


def _settle_field() -> None:
    """Take what has been sent out of the field; what has failed is back in it, to be corrected."""
    texts = st.session_state.get(_URL, "").split()
    for key, (text, stands_there) in list(_sent().items()):
        job = state.jobs().get(key)
        should = job is not None and job.state == "failed"
        if should != stands_there:
            texts = [*(other for other in texts if other != text), *([text] if should else [])]
            st.session_state[_URL] = " ".join(texts)
            _sent()[key] = (text, should)


def _sent() -> dict[str, tuple[str, bool]]:
    """What was sent from the field, by its job, and whether it stands there (again)."""
    sent: dict[str, tuple[str, bool]] = st.session_state.setdefault("sent", {})
    return sent


def _round() -> int:
    """How often files were taken."""
    number: int = st.session_state.get(_ROUND, 0)
    return number


def _start_demo(settings: Settings) -> None:
    if settings.every_s == controls.DEFAULTS.every_s:  # a clip this short is worth a closer look
        settings = settings.with_changes(every_s=DEMO_EVERY_S)
    # The range in the sidebar is meant for the user's own video.
    _begin("demo", "The demo clip", settings.with_changes(start_s=None, end_s=None), demo=True)


def _begin(where: str, title: str, settings: Settings, *, demo: bool = False) -> str:
    """Start a job, and give its key; that of Claude goes with it only where it is needed."""
    claude_key = unsure.key() if settings.claude_fallback else None
    return state.start(where, title, settings, demo=demo, claude_key=claude_key)


def recent() -> None:
    """The analyses in the cache, the latest used first, to be opened again; nothing without any."""
    entries = cache.entries(state.root())
    found = list(itertools.islice(_held(entries), N_RECENT))
    if not found:
        return
    st.subheader("Analysed before", anchor=False)
    with st.container(key="recent", horizontal=True, wrap=False, gap=10):
        for number, (entry, held) in enumerate(found, start=1):
            _card(number, entry, held)
    total = cache.megabytes(sum(entry.total_bytes for entry in entries))
    st.caption(
        f"The cache holds {len(entries)} video{'s' * (len(entries) != 1)}, {total} of at most "
        f"{cache.megabytes(cache.default_budget())}; the least recently used goes first."
    )


def _held(entries: list[cache.Entry]) -> Iterator[tuple[cache.Entry, library.Held]]:
    for entry in entries:
        for held in library.look_into(entry).analyses:
            if held.settings is not None:  # else its recipe is damaged, which the Library tells
                yield entry, held


def _card(number: int, entry: cache.Entry, held: library.Held) -> None:
    faces = "" if held.n_faces is None else f"{held.n_faces} face{'s' * (held.n_faces != 1)} in "
    counts = f"{faces}{held.n_frames} frame{'s' * (held.n_frames != 1)}"
    created, picture = when(held.created), library.picture_of(entry.folder)
    with st.container(key=f"card-box-recent-{number}", border=True, gap=None):
        if picture is not None:
            st.image(str(picture), width="stretch", alt=f"Frame of {entry.title}")
        else:
            st.html('<div class="fm-blank fm-dim">no picture</div>')
        st.html(
            f'<div class="fm-card"><b class="fm-clamp">{look.escaped(entry.title)}</b>'
            f'<div class="fm-dim">{counts}</div><div class="fm-dim">{created}</div></div>'
        )
        st.button(
            f"Open {look.plain(entry.title)}, {counts}, {created}",
            key=f"card-open-recent-{number}",
            on_click=partial(state.make_open, held.analysis_id),
        )


def when(created: str) -> str:
    """A time in ISO 8601, as day and time on the visitor's clock."""
    moment = datetime.datetime.fromisoformat(created)
    minutes = st.context.timezone_offset or 0
    local = moment.astimezone(datetime.timezone(datetime.timedelta(minutes=-minutes)))
    return f"{local.day} {local:%b %Y, %H:%M}"
