"""What a live session can be about: a stream at a URL, or a file played as if it were one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facemotion.download import local, sources
from facemotion.errors import SourceError


@dataclass(frozen=True)
class Source:
    """A URL in its normal form or the path of a file; ``name`` is fit to be shown."""

    place: str | Path

    @property
    def name(self) -> str:
        if isinstance(self.place, Path):
            return self.place.name
        return sources.without_password(self.place)

    @property
    def is_file(self) -> bool:
        return isinstance(self.place, Path)


def locate(text: str | Path, max_bytes: int, allows_private: bool) -> Source:
    """What is meant; nothing is opened yet. Raises ``SourceError`` for what cannot be used."""
    place = sources.locate(str(text))
    if isinstance(place, Path):
        if not place.exists():
            raise SourceError(
                f"There is no file {place}. Give the URL of a live stream, or the path of a video."
            )
        local.check(place, max_bytes)
    elif not allows_private:
        from facemotion.download import guard  # brings yt-dlp along

        guard.check_public(place)
    return Source(place)
