"""What the cache holds, as people think of it: videos, and the analyses of each.

``cache`` knows folders, ages and sizes; here it is known what in a video's folder belongs to which
analysis, what can be made again, and what cannot. A damaged video or analysis is told, not raised:
whoever looks at the library wants to get rid of it.
"""

from facemotion.library.deleting import (
    delete_analysis,
    delete_file,
    delete_frames,
    delete_video,
    why_file_stays,
    why_frames_stay,
)
from facemotion.library.shelved import Held, Shelved, keeps_frames, look_into, picture_of

__all__ = [
    "Held",
    "Shelved",
    "delete_analysis",
    "delete_file",
    "delete_frames",
    "delete_video",
    "keeps_frames",
    "look_into",
    "picture_of",
    "why_file_stays",
    "why_frames_stay",
]
