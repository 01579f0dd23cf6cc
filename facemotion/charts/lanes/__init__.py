"""Everything that is known over time, in lanes on one clock: one figure, zoomed as one.

* ``choice``: which lanes, of whom, and how
* ``lines``, ``scales``: what was measured, as lines; ``detail``: how many of their points are drawn
* ``events``, ``strip``: moments, marks, captions, coverage
* ``figure``: all of it put together; ``words``: the same for people who do not see it
"""

from facemotion.charts.lanes.axis import from_axis, to_axis
from facemotion.charts.lanes.choice import DEFAULT_LANES, LANES, LaneChoice, Window
from facemotion.charts.lanes.detail import is_enough
from facemotion.charts.lanes.figure import Drawn, Happening, lanes_figure
from facemotion.charts.lanes.words import lanes_alt

__all__ = [
    "DEFAULT_LANES",
    "LANES",
    "Drawn",
    "Happening",
    "LaneChoice",
    "Window",
    "from_axis",
    "is_enough",
    "lanes_alt",
    "lanes_figure",
    "to_axis",
]
