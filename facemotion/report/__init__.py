"""Stage 5, to pass on: a whole analysis as one HTML file that needs nothing else.

The charts work without a network, pictures and code are inside the file, and its own security
policy keeps it from loading or running anything else. Faces can be shown, blurred, or drawn as
meshes (``ReportOptions``).
"""

from facemotion.report.document import render
from facemotion.report.options import FACES, ReportOptions

__all__ = ["FACES", "VERSION", "ReportOptions", "render"]

VERSION = 1
"""Of what a report looks like: one that was kept under another version is made anew."""
