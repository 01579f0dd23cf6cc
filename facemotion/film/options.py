"""What a film shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from facemotion.errors import SettingsError

Blur = Literal["none", "faces"]
BLURS: tuple[Blur, ...] = get_args(Blur)


@dataclass(frozen=True)
class FilmOptions:
    """What is drawn: each part can be left out; ``blur`` "faces" makes faces unrecognisable.

    ``sound`` False leaves the sound out: a voice tells who speaks as well as a face does. Raises
    ``SettingsError`` for an unknown ``blur``.
    """

    boxes: bool = True
    names: bool = True
    bars: bool = True
    chart: bool = True
    blur: Blur = "none"
    sound: bool = True

    def __post_init__(self) -> None:
        if self.blur not in BLURS:
            raise SettingsError(
                f"There is no blur called {self.blur!r}. Choose from: {', '.join(BLURS)}."
            )
