"""The figures of the report: which, with which words, and as data inside the page."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from facemotion import action_units, charts, curves, palette
from facemotion.charts.style import dates, plain
from facemotion.markers import Markers
from facemotion.records import Analysis

MAX_TIMELINES = 4
"""With several people, so many have a timeline of their own: those seen longest."""

_THEIR_POINTS, _THEIR_PX = 800, 300

BASELINES = {
    "own": "the person's own most neutral samples",
    "range": "the stretch that a user called neutral",
    "population": "people at large, because too little of the person's neutral face was seen: "
    "rough, and cheeks and nose cannot be told",
}
"""What the intensities of action units are relative to."""


@dataclass(frozen=True)
class Chart:
    """A figure, its place in the page, what stands above it, and the same in words."""

    place: str
    title: str
    figure: go.Figure
    alt: str

    @property
    def height_px(self) -> int:
        """What the page keeps free for it until it is drawn."""
        return int(self.figure.layout.height or 450)


@dataclass(frozen=True)
class Charts:
    """All the charts of a report, by the section they stand in."""

    expressions: tuple[Chart, ...]
    shares: tuple[Chart, ...]
    coverage: tuple[Chart, ...]
    muscles: tuple[Chart, ...]
    directions: tuple[Chart, ...]
    angles: tuple[Chart, ...]
    affect: tuple[Chart, ...]

    def all(self) -> tuple[Chart, ...]:
        """In the order of the page."""
        return (
            *(*self.expressions, *self.shares, *self.coverage, *self.muscles),
            *(*self.directions, *self.angles, *self.affect),
        )


def drawn(analysis: Analysis, markers: Markers) -> Charts:
    """The charts of the faces as the analysis shows them; of no face there is the coverage only."""
    faces, samples = analysis.faces, analysis.samples
    strip = Chart(
        "coverage-strip",
        "",
        charts.coverage_strip(faces, samples, per_person=True),
        charts.coverage_alt(faces, samples, per_person=True),
    )
    if faces.empty:
        return Charts((), (), (strip,), (), (), (), ())
    share = Chart("share-ring", "", _ring(faces), charts.distribution_alt(faces))
    return Charts(
        expressions=_expressions(analysis, markers),
        shares=(share,),
        coverage=(strip,),
        muscles=_muscles(analysis),
        directions=_directions(analysis),
        angles=_angles(analysis),
        affect=(
            Chart(
                "circumplex",
                "",
                charts.circumplex(faces, moments=analysis.moments),
                charts.circumplex_alt(faces),
            ),
        ),
    )


def plotly_js() -> str:
    """Plotly's own code, as it came with its package."""
    code: str = get_plotlyjs()
    return code


def as_json(shown: Iterable[Chart]) -> str:
    """The figures by their place, as JSON that may stand inside a ``<script>`` of any page.

    Nothing in it can end the script or open a comment: ``<``, ``>`` and ``&`` are escaped.
    """
    parts = (f"{json.dumps(one.place)}:{one.figure.to_json()}" for one in shown)
    text = "{" + ",".join(parts) + "}"
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def letters(count: int) -> list[str]:
    """``A`` to ``Z``, then ``AA``, ``AB`` ...: how the user's marks are told apart in a chart."""
    alphabet = string.ascii_uppercase
    names = []
    for number in range(count):
        name, rest = "", number + 1
        while rest:
            rest, place = divmod(rest - 1, len(alphabet))
            name = alphabet[place] + name
        names.append(name)
    return names


def counted_from(faces: pd.DataFrame) -> str:
    """What the intensities of action units are relative to; "" where there are none."""
    kinds = set(faces["baseline"])
    return "; ".join(text for kind, text in BASELINES.items() if kind in kinds)


def _expressions(analysis: Analysis, markers: Markers) -> tuple[Chart, ...]:
    """The timeline of all faces and, where there are several, one for each of a few people."""
    faces, samples, moments = analysis.faces, analysis.samples, analysis.moments
    tracks = curves.face_tracks(faces)
    timeline = charts.emotion_timeline(faces, samples, moments)
    _mark(timeline, markers)
    together = Chart(
        "timeline",
        "The mean of all faces" if len(tracks) > 1 else "",
        timeline,
        charts.timeline_alt(faces, samples, moments),
    )
    if len(tracks) < 2:
        return (together,)
    names = curves.people(faces)
    alone = (
        Chart(
            f"timeline-{track.face_id}",
            names[track.face_id],
            charts.emotion_timeline(
                *(faces, samples, moments),
                face_id=track.face_id,
                height=_THEIR_PX,
                max_points=_THEIR_POINTS,
            ),
            charts.timeline_alt(faces, samples, moments, face_id=track.face_id),
        )
        for track in tracks[:MAX_TIMELINES]
    )
    return (together, *(replace(one, figure=_without_slider(one.figure)) for one in alone))


def _ring(faces: pd.DataFrame) -> go.Figure:
    """The donut, with room for its words at fixed margins: fitted ones may never settle."""
    ring = charts.emotion_distribution(faces).update_traces(automargin=False)
    return ring.update_layout(margin={"l": 70, "r": 70, "t": 50, "b": 50})


def _muscles(analysis: Analysis) -> tuple[Chart, ...]:
    faces, samples = analysis.faces, analysis.samples
    words = action_units.reliability(faces)
    return (
        Chart(
            "unit-lines",
            "The strongest through time",
            charts.au_timeline(faces, samples, reliability=words, moments=analysis.moments),
            charts.au_timeline_alt(faces, samples, reliability=words),
        ),
        Chart(
            "unit-heat",
            "All seventeen through time",
            charts.au_heatmap(faces, samples, reliability=words, moments=analysis.moments),
            charts.au_heatmap_alt(faces, samples, reliability=words),
        ),
    )


def _directions(analysis: Analysis) -> tuple[Chart, ...]:
    faces, samples, moments = analysis.faces, analysis.samples, analysis.moments
    return (
        Chart(
            "head-lines",
            "Head through time",
            charts.head_pose_timeline(faces, samples, moments=moments),
            charts.head_pose_timeline_alt(faces, samples),
        ),
        Chart(
            "gaze-lines",
            "Gaze through time",
            charts.gaze_timeline(faces, samples, moments=moments),
            charts.gaze_timeline_alt(faces, samples),
        ),
    )


def _angles(analysis: Analysis) -> tuple[Chart, ...]:
    faces, moments = analysis.faces, analysis.moments
    return (
        Chart(
            "head-angles",
            "Where the head points",
            charts.head_pose_scatter(faces, moments=moments),
            charts.head_pose_scatter_alt(faces),
        ),
        Chart(
            "gaze-angles",
            "Where the eyes look",
            charts.gaze_scatter(faces, moments=moments),
            charts.gaze_scatter_alt(faces),
        ),
    )


def _mark(figure: go.Figure, markers: Markers) -> None:
    """A dotted line with a letter for each of the user's marks."""
    for letter, marker in zip(letters(len(markers)), markers, strict=True):
        at = dates([marker.time_s])[0]
        line = {"color": palette.ACCENT, "width": 1.5, "dash": "dot"}
        figure.add_shape(
            type="line", x0=at, x1=at, y0=0, y1=1, yref="y domain", line=line, layer="below"
        )
        figure.add_annotation(
            x=at,
            y=0,
            yref="y domain",
            yanchor="bottom",
            text=letter,
            hovertext=plain(marker.text),
            showarrow=False,
            font={"color": "#ffffff", "size": 12},
            bgcolor=palette.ACCENT,
            borderpad=2,
        )


def _without_slider(figure: go.Figure) -> go.Figure:
    return figure.update_xaxes(rangeslider={"visible": False})
