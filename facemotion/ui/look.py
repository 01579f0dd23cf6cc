"""How every page looks: its frame, a few styles, and text that must not be read as markup."""

from __future__ import annotations

import base64
import functools
import gc
import html
import re
from pathlib import Path

import streamlit as st
from PIL import Image, ImageDraw

from facemotion import __version__, palette

NAME = "facemotion"
ANALYSE, LIVE, MOMENTS = "streamlit_app.py", "pages/0_Live.py", "pages/1_Moments.py"
TIMELINE, PEOPLE = "pages/2_Timeline.py", "pages/3_People.py"
PAGES = (
    (ANALYSE, "Analyse", ":material/movie:"),
    (LIVE, "Live", ":material/sensors:"),
    (MOMENTS, "Moments", ":material/grid_view:"),
    (TIMELINE, "Timeline", ":material/timeline:"),
    (PEOPLE, "People", ":material/group:"),
    ("pages/4_Compare.py", "Compare", ":material/compare:"),
    ("pages/5_Compare_models.py", "Compare models", ":material/difference:"),
    ("pages/6_Ask.py", "Ask", ":material/forum:"),
    ("pages/7_Library.py", "Library", ":material/folder_open:"),
    ("pages/8_Models.py", "Models", ":material/deployed_code:"),
    ("pages/9_About.py", "About", ":material/info:"),
)

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def frame(page: str) -> None:
    """The first call of every page: title, icon, width, styles, brand line."""
    _leave_alone(page)
    st.set_page_config(
        page_title=f"{page} - {NAME}",
        page_icon=icon(),
        layout="wide",
        initial_sidebar_state="auto",
        menu_items={"About": f"**{NAME} {__version__}**\n\n{palette.APPARENT}"},
    )
    accent = st.get_option("theme.light.primaryColor") or "#4353b8"
    st.html(f"<style>:root {{--fm-accent: {accent}}}{_STYLE}</style>")


@functools.cache
def _leave_alone(page: str) -> None:
    """Tell the garbage collector, once a page, that what was imported is here to stay.

    Streamlit collects after every run, and a page that watches a job runs twice a second. To look
    through all the objects of pandas, Plotly and the others takes a tenth of a second each time,
    during which nothing else in the program moves.
    """
    gc.freeze()


@st.cache_data(show_spinner=False)
def icon() -> Image.Image:
    """A face on the accent's colour; drawn here: Streamlit fetches its icons from the internet."""
    picture = Image.new("RGBA", (128, 128))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((4, 4, 124, 124), 34, fill="#4353b8")
    draw.ellipse((36, 40, 52, 56), fill="white")
    draw.ellipse((76, 40, 92, 56), fill="white")
    draw.arc((34, 38, 94, 98), 20, 160, fill="white", width=9)
    return picture


def brand(*, tells_jobs: bool = True) -> None:
    """The name, the sentence that goes with every result, and the way to the other pages.

    ``tells_jobs``: in the sidebar there is a line for each job of this session.
    """
    with st.sidebar.container(key="pages", gap="xxsmall"):
        for path, label, symbol in PAGES:
            st.page_link(path, label=label, icon=symbol)
    if tells_jobs:
        from facemotion.ui import session_jobs  # which draws with this module

        session_jobs.in_brief()
    st.html(
        f'<div class="fm-brand"><span class="fm-name">{NAME}</span>'
        f'<span class="fm-dim">{palette.APPARENT}</span></div>'
    )


def plain(text: str) -> str:
    """Text as Markdown that shows it as it is: titles of videos contain anything."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|:$~^&])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Text as Markdown that shows it in a fixed width, and makes no link of it."""
    inside = " ".join(text.split()).replace("`", "'")
    return f"`{inside}`"


def picture(jpeg: bytes, alt: str) -> str:
    """A small picture inside HTML. ``st.image`` makes twenty parts of each, which takes time."""
    data = base64.b64encode(jpeg).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escaped(alt)}">'


def escaped(text: str) -> str:
    """Text inside HTML."""
    return html.escape(" ".join(text.split()))


def badge(emotion: str) -> str:
    """An emotion's symbol in its colour, as HTML; the colour never stands alone."""
    return (
        f'<span aria-hidden="true" style="color:{palette.color(emotion)}">'
        f"{palette.glyph(emotion)}</span>"
    )


def clock(time_s: float) -> str:
    """Seconds as people read them: ``m:ss``, with tenths only where there are some."""
    return palette.clock(time_s).removesuffix(".0")
