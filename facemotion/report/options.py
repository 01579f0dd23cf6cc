"""What a report shows of the faces in it."""

from __future__ import annotations

from dataclasses import dataclass

from facemotion.errors import SettingsError

FACES = ("shown", "blurred", "mesh")


@dataclass(frozen=True)
class ReportOptions:
    """How faces appear in the pictures of a report.

    "shown" leaves them as they are. "blurred" makes a coarse mosaic of every face that was found,
    and of the whole cutting around the face of a moment. "mesh" has no picture of the video at all:
    each moment is the drawing of its 468 points. Names that a user has typed, the title and the
    captions stay in all three. Raises ``SettingsError`` for anything else.
    """

    faces: str = "shown"

    def __post_init__(self) -> None:
        if self.faces not in FACES:
            raise SettingsError(
                f"A report cannot have its faces {self.faces!r}. Choose {', '.join(FACES)}."
            )
