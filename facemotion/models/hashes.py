"""By what a file of weights is known: size, SHA-256, git's name for it, and the pinned SHA-256.

Where the publisher states no hash, the SHA-256 of the first download is pinned in ``<file>.sha256``
beside it, in the format of ``sha256sum``, and decides from then on.
"""

from __future__ import annotations

import hashlib
from functools import cache as remembered
from pathlib import Path

from facemotion import cache
from facemotion.models.files import File
from facemotion.models.litert import file_sha256


def difference(path: Path, file: File, pinned_sha256: str | None) -> str | None:
    """What is wrong with a file, as "<what it has>, expected <what is known>"; None for nothing.

    Each hash is computed once as long as the file does not change. Raises ``OSError`` when it
    cannot be read.
    """
    n_bytes = path.stat().st_size
    if file.n_bytes is not None and n_bytes != file.n_bytes:
        return f"{n_bytes:,} bytes, expected {file.n_bytes:,}"
    sha256 = file.sha256 or pinned_sha256
    if sha256 is not None and (found := file_sha256(path)) != sha256:
        return f"SHA-256 {found}, expected {sha256}"
    if file.git_blob is not None and (found := git_blob(path)) != file.git_blob:
        return f"git blob {found}, expected {file.git_blob}"
    return None


def git_blob(path: Path) -> str:
    """The name that git gives to a file's content: SHA-1 of a header and the content."""
    state = path.stat()
    return _git_blob(path, state.st_mtime_ns, state.st_size)


@remembered
def _git_blob(path: Path, modified_ns: int, n_bytes: int) -> str:
    found = hashlib.sha1(b"blob %d\0" % n_bytes, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def sidecar(target: Path) -> Path:
    """Where the SHA-256 of a file is pinned."""
    return target.with_name(f"{target.name}.sha256")


def pinned(target: Path) -> str | None:
    """The SHA-256 that was recorded for a file at its first download, or None."""
    try:
        words = sidecar(target).read_text(encoding="utf-8", errors="replace").split()
    except FileNotFoundError:
        return None
    return words[0].lower() if words else "none: the file that records it is empty"


def pin(target: Path, sha256: str) -> None:
    """Record the SHA-256 of a file, as ``sha256sum`` does."""
    cache.write_text(sidecar(target), f"{sha256}  {target.name}\n")
