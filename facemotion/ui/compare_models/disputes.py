"""The faces on which classifiers disagree most, as cards; a click leads to the moment."""

from __future__ import annotations

import io

import streamlit as st

from facemotion import palette, pictures, pipeline
from facemotion.records import EMOTIONS, Analysis, Comparison, Dispute
from facemotion.ui import look, picking, state

_BARS, _LEAST_BAR = 3, 0.05


def show(comparison: Comparison) -> None:
    """One card per face, that with the most disagreement first."""
    st.subheader("Where they disagree most", anchor=False)
    if not comparison.disputes:
        settings = comparison.analysis.settings
        st.info(
            "They disagree on no face that is large and sharp enough to be shown (at least "
            f"{settings.min_face_px} pixels, sharpness {settings.min_sharpness:g}).",
            icon=":material/handshake:",
        )
        return
    st.caption("Click a face to look at that moment on the page Analyse.")
    analysis = comparison.analysis
    wanted = tuple((d.frame_index, d.box_xywh) for d in comparison.disputes)
    crops = _crops(str(state.root()), analysis.analysis_id, wanted, analysis)
    with st.container(key="disputes", horizontal=True, gap=12):
        for dispute, crop in zip(comparison.disputes, crops, strict=True):
            _card(analysis, dispute, crop)


def _card(analysis: Analysis, dispute: Dispute, crop: bytes | None) -> None:
    time = look.clock(dispute.time_s)
    with st.container(key=f"card-box-dispute-{dispute.number}", border=True, gap=None):
        if crop is not None:
            st.image(crop, width="stretch", alt=f"{dispute.person} at {time}")
        verdicts = "".join(_verdict(name, told) for name, told in dispute.verdicts.items())
        st.html(
            '<div class="fm-card">'
            f'<span class="fm-number">{dispute.number}</span>'
            f'<div class="fm-row"><b>{time} · {look.escaped(dispute.person)}</b>'
            f'<span class="fm-dim">disagreement {palette.percent(dispute.disagreement)}</span>'
            f"</div>{verdicts}</div>"
        )
        said = "; ".join(
            f"{name} says {_strongest(told)}" for name, told in dispute.verdicts.items()
        )
        if st.button(
            f"Look at {look.plain(dispute.person)} at {time}: {look.plain(said)}",
            key=f"card-open-dispute-{dispute.number}",
        ):
            picking.look_at(analysis, dispute.frame_index, dispute.face_id)


def _verdict(name: str, probabilities: tuple[float, ...]) -> str:
    """A classifier's name, and its strongest emotions as bars with words."""
    pairs = sorted(zip(EMOTIONS, probabilities, strict=True), key=lambda pair: -pair[1])
    rows = "".join(
        f"<div>{look.badge(emotion)} {emotion}</div>"
        f'<div class="fm-bar"><i style="width:{100 * value:.0f}%;'
        f'background:{palette.color(emotion)}"></i></div><div>{palette.percent(value)}</div>'
        for rank, (emotion, value) in enumerate(pairs[:_BARS])
        if value >= _LEAST_BAR or rank == 0
    )
    return f'<div class="fm-says">{look.escaped(name)}</div><div class="fm-bars">{rows}</div>'


def _strongest(probabilities: tuple[float, ...]) -> str:
    best = max(range(len(EMOTIONS)), key=lambda number: probabilities[number])
    return f"{EMOTIONS[best]} {palette.percent(probabilities[best])}"


@st.cache_data(max_entries=16, show_spinner=False)
def _crops(
    root: str,
    analysis_id: str,
    wanted: tuple[tuple[int, tuple[float, float, float, float]], ...],
    _analysis: Analysis,
) -> list[bytes | None]:
    """The faces as JPEG; None for one whose frame is damaged in the file."""
    frames = pipeline.sampled_frames(_analysis).grab({frame for frame, _ in wanted})
    crops: list[bytes | None] = []
    for frame, box_xywh in wanted:
        buffer = io.BytesIO()
        if frame in frames:
            pictures.face_crop(frames[frame], box_xywh).save(buffer, "JPEG", quality=88)
        crops.append(buffer.getvalue() or None)
    return crops
