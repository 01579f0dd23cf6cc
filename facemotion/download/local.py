"""Files on this machine, checked and named by their content, never copied; and uploads."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from facemotion import cache
from facemotion.errors import SourceError

_CHUNK_BYTES = 1 << 20
_hashes: dict[tuple[str, int, int], str] = {}

# A playlist is followed by media libraries to wherever it points, other files and inner servers
# included, so it must not come in under the name of a video.
_NOT_VIDEOS = {
    b"#extm3u": "a playlist",
    b"[playlist]": "a playlist",
    b"ffconcat": "a playlist",
    b"v=0\r\n": "a session description",
    b"v=0\n": "a session description",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<head": "a web page",
    b"<?xml": "a text in XML",
    b"<smil": "a playlist",
    b"<mpd": "a playlist",
}


def check(path: Path, max_bytes: int) -> None:
    """Raise ``SourceError`` unless ``path`` is a readable, non-empty file of at most that size."""
    try:
        status = path.stat()
    except OSError as error:
        raise SourceError(f"There is no file {path}. Check the path.") from error
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path} is a folder. Give one of the video files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is a device or a pipe. Give an ordinary file.")
    if status.st_size == 0:
        raise SourceError(f"{path} is empty. Give a file that holds a video.")
    if status.st_size > max_bytes:
        raise SourceError(
            f"{path.name} has {cache.megabytes(status.st_size)}, over the limit of "
            f"{cache.megabytes(max_bytes)}. Cut it, or raise the limit "
            "(--max-gb, or the limits under Measuring)."
        )
    what = looks_like(path)
    if what is not None:
        raise SourceError(f"{path.name} holds {what}, not a video. Give the video itself.")


def looks_like(path: Path) -> str | None:
    """What a file plainly is when it is no video: a web page or a playlist; otherwise None."""
    with _reading(path) as file:
        start = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((what for mark, what in _NOT_VIDEOS.items() if start.startswith(mark)), None)


def content_hash(path: Path) -> str:
    """The SHA-256 of a file, remembered while its size and time of change stay the same."""
    with _reading(path) as file:
        status = os.fstat(file.fileno())
        known = (str(path), status.st_size, status.st_mtime_ns)
        if known not in _hashes:
            _hashes[known] = hashlib.file_digest(file, "sha256").hexdigest()
        return _hashes[known]


def save_upload(name: str, chunks: Iterable[bytes] | BinaryIO, root: Path, max_bytes: int) -> Path:
    """Store an uploaded file below ``root/uploads`` and return its path.

    The same content is stored once, under the name that it first came with. Raises
    ``SourceError`` for an empty or too large file, ``StorageError`` when it cannot be written.
    """
    uploads = cache.make_folder(root / "uploads")
    with cache.storage_errors(uploads):
        handle, temporary = tempfile.mkstemp(dir=uploads, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as file:
                digest = _copy(name, chunks, file, max_bytes)
            return _settle(Path(temporary), uploads / digest[:12], _safe_name(name))
        finally:
            Path(temporary).unlink(missing_ok=True)


def _settle(temporary: Path, folder: Path, name: str) -> Path:
    """Give a stored upload its name, or the one that the same content already has."""
    folder.mkdir(exist_ok=True)
    for present in sorted(folder.iterdir()):
        if present.stat().st_size == temporary.stat().st_size:
            present.touch()  # used again: it must not go by its age before it is measured
            return present
    temporary.chmod(0o644)
    return temporary.replace(folder / name)


def _copy(name: str, chunks: Iterable[bytes] | BinaryIO, file: BinaryIO, max_bytes: int) -> str:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(chunks):
        size += len(chunk)
        if size > max_bytes:
            raise SourceError(
                f"{name} is over the limit of {cache.megabytes(max_bytes)}. "
                "Cut it, or raise the limit (--max-gb, or the limits under Measuring)."
            )
        digest.update(chunk)
        file.write(chunk)
    if size == 0:
        raise SourceError(f"{name} is empty. Give a file that holds a video.")
    return digest.hexdigest()


def _chunks(chunks: Iterable[bytes] | BinaryIO) -> Iterator[bytes]:
    read = getattr(chunks, "read", None)  # iterating over a binary file would split it at 0x0A
    if read is None:
        yield from chunks
        return
    while block := read(_CHUNK_BYTES):
        yield block


def _safe_name(name: str) -> str:
    """The last piece of a file name with nothing in it that a file system or a shell minds."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, extension = last.rpartition(".")
    if not dot:
        stem, extension = last, ""
    stem = re.sub(r"[^\w-]+", "-", stem).strip("-_")
    stem = stem.encode()[:80].decode(errors="ignore") or "video"
    extension = re.sub(r"[^a-z0-9]", "", extension.lower())[:5]
    return f"{stem}.{extension}" if extension else stem


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[io.BufferedReader]:
    try:
        with path.open("rb") as file:
            yield file
    except PermissionError as error:
        raise SourceError(
            f"{path} cannot be read: permission denied. Change its rights."
        ) from error
    except FileNotFoundError as error:
        raise SourceError(f"There is no file {path}. Check the path.") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder. Give one of the video files in it.") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
