"""facemotion: apparent facial expressions in any video.

>>> from facemotion import Settings, analyze
>>> analysis = analyze("https://www.youtube.com/watch?v=...", Settings(every_s=1.0))
>>> analysis.faces.groupby("dominant_emotion").size()

Importing this package loads no model, no TensorFlow and no Streamlit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from facemotion.errors import FacemotionError, InputError
from facemotion.records import EMOTIONS, Analysis, Moment, Progress, Settings, Video

if TYPE_CHECKING:
    from facemotion.comparing import compare
    from facemotion.pipeline import run as analyze

__version__ = "0.1.0"
__all__ = [
    "EMOTIONS",
    "Analysis",
    "FacemotionError",
    "InputError",
    "Moment",
    "Progress",
    "Settings",
    "Video",
    "__version__",
    "analyze",
    "compare",
]


def __getattr__(name: str) -> Any:
    if name == "analyze":  # loaded on use: it brings pandas along
        from facemotion.pipeline import run

        return run
    if name == "compare":
        from facemotion.comparing import compare

        return compare
    raise AttributeError(f"module 'facemotion' has no attribute {name!r}")
