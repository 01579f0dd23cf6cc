"""How every page looks: its frame, a few styles, and text that must not be read as markup."""

from __future__ import annotations

import base64
import functools
import gc
import html
import re

import streamlit as st
from PIL import Image, ImageDraw

from facemotion import __version__, palette

NAME = "facemotion"
ANALYSE, MOMENTS = "streamlit_app.py", "pages/1_Moments.py"
TIMELINE, PEOPLE = "pages/2_Timeline.py", "pages/3_People.py"
PAGES = (
    (ANALYSE, "Analyse", ":material/movie:"),
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

# Streamlit has no clickable card. A card is a container with its button laid over all of it: one
# button, so it is reached by keyboard and read out by its label. The focus ring goes on the card.
_STYLE = """
.block-container {max-width: 1240px; padding: 4.2rem 2.2rem 4rem}
[class*="st-key-card-box-"] {
  position: relative; border-radius: 12px; padding: 0; overflow: hidden; height: 100%;
  transition: box-shadow .15s, transform .15s}
.st-key-gallery {display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr))}
.st-key-gallery > * {width: 100%; height: 100%}
.st-key-strip > * {flex: 1 1 0; min-width: 0; height: auto}
.st-key-strip img {border-radius: 8px; width: 100%; aspect-ratio: 1; object-fit: cover;
  display: block}
.fm-when {font-size: .78rem; text-align: center; opacity: .75; padding: .1rem 0}
.st-key-around-this img {outline: 2px solid var(--fm-accent); outline-offset: -2px}
.fm-face {display: flex; gap: 1rem; align-items: center}
.fm-face img {width: 40%; max-width: 180px; border-radius: 12px}
.fm-somebody {display: flex; gap: .8rem; align-items: center; margin-bottom: .7rem}
.fm-somebody img {width: 56px; border-radius: 12px}
.fm-somebody > div {flex: 1}
.fm-over {font-size: .82rem; opacity: .68; margin: .8rem 0 .25rem}
.fm-units {grid-template-columns: minmax(9rem, 1.3fr) 1fr 4.6rem}
.fm-units > :nth-child(3n) {white-space: nowrap}
.fm-profile {display: flex; height: .5rem; border-radius: .25rem; overflow: hidden; gap: 1px;
  max-width: 22rem; margin-top: .3rem}
.fm-measured {display: flex; gap: 1rem; align-items: flex-start; margin-top: .9rem}
.fm-head {width: 84px; flex: none}
.st-key-disputes, .st-key-compared {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(225px, 1fr))}
.st-key-disputes > *, .st-key-compared > * {width: 100%; height: 100%}
.st-key-disputes img, .st-key-compared img {
  aspect-ratio: 4 / 3 !important; object-position: 50% 30%}
.st-key-compared .fm-blank {aspect-ratio: 4 / 3}
.st-key-compared {grid-template-columns: repeat(auto-fill, minmax(min(225px, 46%), 1fr))}
.fm-chip {display: inline-block; min-width: 1.2rem; padding: 0 .3rem; border-radius: .35rem;
  color: #14151b; font-size: .78rem; line-height: 1.2rem; text-align: center}
.fm-says {font-size: .8rem; opacity: .72; margin-top: .45rem; overflow-wrap: anywhere}
.fm-bars {display: grid; grid-template-columns: 5.6rem 1fr 2.4rem; gap: .1rem .5rem;
  align-items: center; font-size: .8rem}
.fm-bars > :nth-child(3n) {text-align: right; font-variant-numeric: tabular-nums}
.fm-bar {height: .5rem; border-radius: .25rem; background: rgba(128,128,128,.2); overflow: hidden}
.fm-bar i {display: block; height: 100%; border-radius: .25rem}
.fm-blank {aspect-ratio: 1; display: grid; place-items: center; font-size: .8rem;
  background: rgba(128, 128, 128, .14)}
[class*="st-key-card-box-"]:hover {
  box-shadow: 0 4px 16px rgba(20, 20, 40, .18); transform: translateY(-1px)}
[class*="st-key-card-box-"]:has(button:focus-visible) {outline: 3px solid var(--fm-accent)}
[class*="st-key-card-open-"] {position: absolute; inset: 0; z-index: 3; width: 100%; height: 100%}
[class*="st-key-card-open-"] div {height: 100%; width: 100%}
[class*="st-key-card-open-"] button {width: 100%; height: 100%; opacity: 0; cursor: pointer}
[class*="st-key-card-box-"] img {
  aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: 0; display: block}
[class*="st-key-card-box-"] [data-testid="stElementToolbar"] {display: none}
.fm-card {padding: .45rem .6rem .6rem; line-height: 1.35; font-size: .86rem; position: relative}
[data-testid="InputInstructions"] {display: none}
.fm-clamp {display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
  overflow: hidden; overflow-wrap: anywhere}
.fm-card b {font-weight: 650}
.fm-card .fm-row {display: flex; justify-content: space-between; flex-wrap: wrap; column-gap: .4rem}
.fm-number {position: absolute; left: .4rem; top: -1.85rem; min-width: 1.4rem; padding: 0 .35rem;
  border-radius: .7rem; background: rgba(15, 16, 24, .72); color: #fff; font-size: .78rem;
  line-height: 1.4rem; text-align: center}
.fm-dim {opacity: .68}
.fm-said {font-style: italic; opacity: .85; line-height: 1.4; padding-left: .7rem;
  border-left: 3px solid rgba(128,128,128,.35)}
.fm-card .fm-dim {font-size: .78rem}
.st-key-recent {display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr))}
.st-key-recent > * {width: 100%; height: 100%}
.st-key-recent img, .st-key-recent .fm-blank {aspect-ratio: 16 / 10 !important}
.fm-steps {list-style: none; margin: 0; padding: 0 !important; font-size: .88rem}
.fm-steps li {position: relative; margin: 0; padding: .16rem 0 .16rem 1.5rem;
  font-variant-numeric: tabular-nums}
.fm-steps li::before {content: "\\25cb"; position: absolute; left: 0; opacity: .5}
.fm-steps li > span {margin-left: .6rem}
.fm-steps .fm-past::before {content: "\\2713"}
.fm-steps .fm-now::before {content: "\\25cf"; color: var(--fm-accent); opacity: 1}
.fm-steps .fm-ahead, .fm-steps .fm-past {opacity: .68}
.fm-steps .fm-bar {margin: .3rem 0 .25rem}
.fm-steps .fm-bar i {background: var(--fm-accent)}
.fm-job {font-size: 1.1rem; font-weight: 650; line-height: 1.3}
.st-key-in-brief {border-top: 1px solid rgba(128,128,128,.25); padding-top: .5rem}
.st-key-in-brief a, .st-key-in-brief button {min-height: 0; padding-block: .1rem}
.st-key-in-brief button {padding-inline: .5rem}
.st-key-in-brief p {overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
.fm-found {display: grid; grid-template-columns: repeat(10, minmax(0, 1fr)); gap: .5rem;
  max-width: 900px}
.fm-found figure {margin: 0}
.fm-found img {width: 100%; aspect-ratio: 1; border-radius: 8px; display: block}
.fm-found figcaption {font-size: .78rem; margin-top: .15rem; white-space: nowrap}
.fm-brand {display: flex; align-items: baseline; gap: .7rem; flex-wrap: wrap; line-height: 1.3}
.fm-brand .fm-name {font-size: 1.05rem; font-weight: 700; letter-spacing: -.01em}
.fm-hero {font-size: clamp(1.7rem, 4.2vw, 2.6rem); font-weight: 720; letter-spacing: -.025em;
  line-height: 1.12; margin: .4rem 0 .5rem; text-wrap: balance}
.fm-lead {font-size: 1.06rem; max-width: 46rem; opacity: .8; line-height: 1.5}
.fm-title {font-size: clamp(1.3rem, 3vw, 1.75rem); font-weight: 700; letter-spacing: -.015em;
  line-height: 1.2; overflow-wrap: anywhere; margin: 0}
.fm-emotion {font-size: 1.7rem; font-weight: 700; letter-spacing: -.02em; line-height: 1.2}
.block-container dl.fm-facts, .block-container dl.fm-numbers {margin: 0; padding: 0}
.fm-facts {display: grid; grid-template-columns: auto 1fr; gap: .15rem .9rem; font-size: .86rem}
.fm-facts dt {opacity: .68}
.fm-facts dd {margin: 0; font-variant-numeric: tabular-nums}
.fm-numbers {display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .7rem}
.fm-numbers > div {border: 1px solid rgba(128,128,128,.25); border-radius: 12px;
  padding: .6rem .85rem .65rem}
.fm-numbers dt {font-size: .8rem; opacity: .68}
.fm-numbers dd {margin: 0; font-size: 1.45rem; font-weight: 680; letter-spacing: -.02em;
  line-height: 1.25; font-variant-numeric: tabular-nums}
.fm-numbers dd small {font-size: .78rem; font-weight: 400; opacity: .68; letter-spacing: 0;
  display: block}
.st-key-frame img, .st-key-people img {border-radius: 12px}
.fm-person {display: flex; flex-wrap: wrap; column-gap: .8rem; font-size: .8rem; opacity: .8;
  font-variant-numeric: tabular-nums}
.st-key-people [data-testid="stElementToolbar"] {display: none}
@media (max-width: 640px) {
  .block-container {padding-left: 1rem; padding-right: 1rem}
  .fm-numbers {grid-template-columns: 1fr 1fr}
  .fm-found {grid-template-columns: repeat(5, minmax(0, 1fr))}
  .st-key-compared .fm-bars {grid-template-columns: auto 1fr 2.4rem}
}
"""


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
