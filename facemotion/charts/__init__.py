"""Stage 5, on the screen: the tables as Plotly figures.

Every figure is transparent and leaves the colour of its text to the page, so that it suits a light
and a dark theme; the only fixed colours are the palette's and greys that show on both. A figure
without data says so in words. Each has a sentence for people who do not see it (``*_alt``).
"""

from plotly.graph_objects import Figure

from facemotion.charts.action_units import au_timeline, au_timeline_alt
from facemotion.charts.agreement import (
    agreement_alt,
    agreement_matrix,
    classifier_timeline,
    classifier_timeline_alt,
    named_alt,
    named_bars,
)
from facemotion.charts.between import correlation_alt, correlation_matrix
from facemotion.charts.circumplex import circumplex, circumplex_alt
from facemotion.charts.contrasts import group_differences, group_differences_alt
from facemotion.charts.coverage import coverage_alt, coverage_strip
from facemotion.charts.distribution import (
    distribution_alt,
    emotion_distribution,
)
from facemotion.charts.gaze import (
    gaze_scatter,
    gaze_scatter_alt,
    gaze_timeline,
    gaze_timeline_alt,
)
from facemotion.charts.groups import group_curves, group_curves_alt
from facemotion.charts.head_glyph import head_glyph, head_glyph_alt
from facemotion.charts.head_pose import (
    head_pose_scatter,
    head_pose_scatter_alt,
    head_pose_timeline,
    head_pose_timeline_alt,
)
from facemotion.charts.heat import au_heatmap, au_heatmap_alt
from facemotion.charts.live import live_timeline, live_timeline_alt
from facemotion.charts.multiples import group_rows, group_rows_alt
from facemotion.charts.synchrony import synchrony_alt, synchrony_timeline
from facemotion.charts.timeline import MAX_POINTS, emotion_timeline, timeline_alt
from facemotion.charts.windows import emotion_windows, emotion_windows_alt

__all__ = [
    "MAX_POINTS",
    "Figure",
    "agreement_alt",
    "agreement_matrix",
    "au_heatmap",
    "au_heatmap_alt",
    "au_timeline",
    "au_timeline_alt",
    "circumplex",
    "circumplex_alt",
    "classifier_timeline",
    "classifier_timeline_alt",
    "correlation_alt",
    "correlation_matrix",
    "coverage_alt",
    "coverage_strip",
    "distribution_alt",
    "emotion_distribution",
    "emotion_timeline",
    "emotion_windows",
    "emotion_windows_alt",
    "gaze_scatter",
    "gaze_scatter_alt",
    "gaze_timeline",
    "gaze_timeline_alt",
    "group_curves",
    "group_curves_alt",
    "group_differences",
    "group_differences_alt",
    "group_rows",
    "group_rows_alt",
    "head_glyph",
    "head_glyph_alt",
    "head_pose_scatter",
    "head_pose_scatter_alt",
    "head_pose_timeline",
    "head_pose_timeline_alt",
    "live_timeline",
    "live_timeline_alt",
    "named_alt",
    "named_bars",
    "synchrony_alt",
    "synchrony_timeline",
    "timeline_alt",
]
