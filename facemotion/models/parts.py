"""What has come of a download that is not complete: ``<file>.part``, and a note of what it is."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from facemotion import cache


class Part:
    """The first bytes of ``target``; the note says from which address, and of which version of it.

    ``total`` is the size of the whole in bytes and ``version`` the server's name for this state of
    the file, each None while unknown.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self.url: str | None = None
        self.version: str | None = None
        self.total: int | None = None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # none, or damaged
            note = cache.read_json(self._note)
            self.url, self.version, self.total = note["url"], note["version"], note["total"]

    @property
    def n_bytes(self) -> int:
        """How much is there, from whatever address."""
        with contextlib.suppress(OSError):  # not there, or not ours to see
            return self.path.stat().st_size
        return 0

    def is_of(self, url: str) -> bool:
        """Whether a download from this address can go on from what is there."""
        return self.url == url and self.n_bytes > 0

    def is_whole(self, url: str) -> bool:
        """Whether everything of this address is there, as far as the server said how much."""
        return self.is_of(url) and self.n_bytes == self.total

    def begin(self, url: str, headers: Mapping[str, str], total: int | None) -> BinaryIO:
        """A new, empty part, open for writing; the headers of an answer name the version."""
        self.discard()
        tag, version = headers.get("ETag", ""), headers.get("Last-Modified")
        if tag and not tag.startswith("W/"):  # a weak one does not vouch for every byte
            version = tag
        self.url, self.version, self.total = url, version, total
        note = {"url": url, "version": version, "total": total}
        cache.write_text(self._note, json.dumps(note))
        return self.path.open("wb")

    def go_on(self) -> BinaryIO:
        """The part that is there, open for more."""
        return self.path.open("ab")

    def discard(self) -> None:
        """Keep nothing."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.url = self.version = self.total = None

    def become(self, final: Path) -> None:
        """Move the part to its final name, readable for everybody."""
        self.path.chmod(0o644)
        self.path.replace(final)
        self.discard()
