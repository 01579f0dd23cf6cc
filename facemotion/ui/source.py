"""Choosing a video: an address, a file, the demo clip, or one that was analysed before."""

from __future__ import annotations

import datetime
import re
from functools import partial
from typing import BinaryIO

import streamlit as st

from facemotion import cache, download, pipeline
from facemotion.errors import InputError, SourceError
from facemotion.records import STAGE_FIELDS, Analysis, Settings, StageName
from facemotion.ui import controls, look, state, unsure

# fmt: off
FILE_TYPES = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "wmv", "flv", "3gp", "ts", "ogv",
    "gif", "jpg", "jpeg", "png", "webp", "bmp",
]
# fmt: on
DEMO_EVERY_S = 0.5
N_RECENT = 8
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
    """The form; starts a job when it is sent with something that can be analysed."""
    with st.form("source", border=True):
        url = st.text_input(
            "Address of a video",
            key="url",
            placeholder="https://www.youtube.com/watch?v=...",
            help="YouTube and the many other sites that yt-dlp knows, or the direct address of a "
            "video file. Private and local addresses are refused, unless whoever runs this "
            "dashboard has set FACEMOTION_ALLOW_PRIVATE_URLS=1.",
            icon=":material/link:",
            persist_state="session",
        )
        upload = st.file_uploader(
            "or a file",
            FILE_TYPES,
            key="file",
            help="A video in any usual format, or a picture. It stays on the machine that runs "
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
            _start(url or "", upload, settings)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.rerun()


def address(text: str) -> str:
    """The URL in the form's field; ``SourceError`` for what is none.

    A path would name a file of the machine that runs the dashboard, which is none of the visitor's
    business, so unlike the command line the form takes URLs only.
    """
    text = text.strip()
    if re.match(r"(?i)https?://", text):
        return text
    if _A_HOST.match(text):
        return f"https://{text}"
    raise SourceError(
        f"{text!r} is no address of a video. Give one that begins with https://, "
        "or drop the file below."
    )


def _start(url: str, upload: BinaryIO | None, settings: Settings) -> None:
    if url.strip() and upload is not None:
        raise SourceError("There is an address and a file. Remove one of the two.")
    if upload is not None:
        name = upload.name
        path = download.save_upload(name, upload, state.root(), settings.max_bytes)
        _begin(str(path), name, settings)
        return
    if not url.strip():
        raise SourceError("Nothing to analyse yet. Paste an address, drop a file, or try the demo.")
    source = address(url)
    if not settings.allow_private_urls:
        download.check_public(source)
    _begin(source, source, settings)


def _start_demo(settings: Settings) -> None:
    if settings.every_s == controls.DEFAULTS.every_s:  # a clip this short is worth a closer look
        settings = settings.with_changes(every_s=DEMO_EVERY_S)
    # The range in the sidebar is meant for the user's own video.
    _begin("demo", "The demo clip", settings.with_changes(start_s=None, end_s=None), demo=True)


def _begin(where: str, title: str, settings: Settings, *, demo: bool = False) -> None:
    """Start a job; the key goes with it only where it is needed."""
    key = unsure.key() if settings.claude_fallback else None
    state.start(where, title, settings, demo=demo, claude_key=key)


def again(analysis: Analysis, settings: Settings | InputError) -> None:
    """The button that measures the open video anew, with the settings as they are now."""
    if isinstance(settings, InputError):
        return
    read = [name for stage in _MEASURED for name in STAGE_FIELDS[stage]]
    changed = [name for name in read if getattr(settings, name) != getattr(analysis.settings, name)]
    if st.button(
        "Measure again",
        key="measure-again",
        icon=":material/replay:",
        width="stretch",
        disabled=not changed,
        help="Measures this video with the settings above. What they do not change is not done "
        "again.",
    ):
        _begin(analysis.video.source, analysis.video.title, settings)
        st.rerun()


def recent() -> None:
    """The analyses in the cache, to be opened again."""
    found = pipeline.recent(state.root(), N_RECENT)
    if not found:
        return
    st.subheader("Analysed before", anchor=False)
    with st.container(key="recent", horizontal=True, wrap=False, gap=10):
        for number, item in enumerate(found, start=1):
            with st.container(key=f"card-box-recent-{number}", border=True, gap=None):
                if item.thumbnail_path is not None:
                    st.image(
                        str(item.thumbnail_path), width="stretch", alt=f"Frame of {item.title}"
                    )
                else:
                    st.html('<div class="fm-blank fm-dim">no face found</div>')
                title, created = look.escaped(item.title), when(item.created)
                st.html(
                    f'<div class="fm-card"><b class="fm-clamp">{title}</b>'
                    f'<span class="fm-dim">{created} · {item.n_samples} frames</span></div>'
                )
                st.button(
                    f"Open {look.plain(item.title)}, {created}, {item.n_samples} frames",
                    key=f"card-open-recent-{number}",
                    on_click=partial(state.make_open, item.analysis_id),
                )
    entries = cache.entries(state.root())
    total = cache.megabytes(sum(entry.total_bytes for entry in entries))
    st.caption(
        f"The cache holds {len(entries)} video{'s' * (len(entries) != 1)}, {total} of at most "
        f"{cache.megabytes(cache.default_budget())}; the least recently used goes first."
    )


def when(created: str) -> str:
    """A time in ISO 8601, as day and time on the visitor's clock."""
    moment = datetime.datetime.fromisoformat(created)
    minutes = st.context.timezone_offset or 0
    local = moment.astimezone(datetime.timezone(datetime.timedelta(minutes=-minutes)))
    return f"{local.day} {local:%b %Y, %H:%M}"
