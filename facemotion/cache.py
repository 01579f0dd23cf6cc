"""The disk is the truth: keys, complete-or-absent folders, locks, and the size budget.

A stage's result is a folder or file that appears under its final name only when it is complete.
While it is built it has the same name with ``.partial`` behind it, where a killed run leaves
what it had, for the next run to go on from.

    <root>/<video id>/video.json, video.mp4        stage 1
    <root>/<video id>/frames-<key>/                stage 2
    <root>/<video id>/faces-<key>/                 stage 3
    <root>/<video id>/moments-<key>/               moments and their pictures
    <root>/uploads/                                files given through the dashboard
    <root>/models/                                 converted weights
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import filelock
import platformdirs

from facemotion.errors import InputError, StorageError

Action = Literal["reuse", "resume", "compute"]

DEFAULT_BUDGET_BYTES = 20 * 1000**3
RESERVED_BYTES = 200 * 1000**2
"""Free space that a run leaves on the disk."""

_NOT_VIDEOS = {"uploads", "models"}
_USED = ".used"


@dataclass(frozen=True)
class Entry:
    """One video in the cache: its size by stage and when it was last used."""

    video_id: str
    folder: Path
    title: str
    bytes_by_stage: dict[str, int]
    last_used: float

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes_by_stage.values())


def default_root() -> Path:
    """``FACEMOTION_CACHE``, or the platform's usual folder for caches."""
    return Path(os.environ.get("FACEMOTION_CACHE") or platformdirs.user_cache_dir("facemotion"))


def default_budget() -> int:
    """``FACEMOTION_CACHE_GB`` gigabytes, or 20 GB."""
    text = os.environ.get("FACEMOTION_CACHE_GB")
    if not text:
        return DEFAULT_BUDGET_BYTES
    try:
        return int(float(text) * 1000**3)
    except ValueError:
        raise InputError(
            f"FACEMOTION_CACHE_GB is {text!r}, which is no number. Give gigabytes, such as 20."
        ) from None


def key(stage: str, version: int, *parts: Any) -> str:
    """A short name for everything that decides a result: 12 hex digits of a SHA-256."""
    text = json.dumps([stage, version, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def slug(text: str, max_length: int = 48) -> str:
    """A readable, portable piece of a file name."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-.")
    return plain[:max_length].strip("-") or "video"


def action(final: Path) -> Action:
    """What to do about a result: it is complete, was begun, or is not there."""
    if final.exists():
        return "reuse"
    return "resume" if partial(final).exists() else "compute"


def partial(final: Path) -> Path:
    """Where a result is built before it is complete."""
    return final.with_name(final.name + ".partial")


@contextlib.contextmanager
def building(final: Path) -> Iterator[Path]:
    """A folder to build a result in; it takes its final name when the block ends well.

    What is in it stays when the block fails, so that the next run can go on from there.
    """
    folder = partial(final)
    make_folder(folder)
    with storage_errors(folder):
        yield folder
        folder.replace(final)


def make_folder(folder: Path) -> Path:
    """Create a folder and those above it; ``StorageError`` when that is not allowed."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file or nothing: a temporary file beside it, then a rename."""
    with storage_errors(path):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def read_json(path: Path) -> Any:
    """The content of a JSON file that facemotion wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals about a file into ``StorageError``."""
    try:
        yield
    except PermissionError as error:
        raise StorageError(
            f"{path} cannot be written: permission denied. "
            "Choose another folder with --cache-dir or FACEMOTION_CACHE, or change its rights."
        ) from error
    except (NotADirectoryError, FileExistsError) as error:
        raise StorageError(
            f"{path} cannot be used as a folder: a file is in the way. Choose another folder."
        ) from error
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise StorageError(
                f"The disk that holds {path} is full. Free some space, or run "
                "'python -m facemotion cache evict'."
            ) from error
        if error.errno in _READ_ONLY:
            raise StorageError(f"{path} is on a read-only disk. Choose another folder.") from error
        raise


_DISK_FULL = {28, 122}  # ENOSPC, EDQUOT
_READ_ONLY = {30}  # EROFS


@contextlib.contextmanager
def lock(final: Path, while_waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one process at a time build a result.

    ``while_waiting`` is called about twice a second while another process has the lock; it may
    raise ``Cancelled``. The lock goes with its process, however that ends.
    """
    make_folder(final.parent)
    with storage_errors(final.parent):
        file_lock = filelock.FileLock(final.with_name(f".{final.name}.lock"))
        while True:
            try:
                file_lock.acquire(timeout=0.5)
                break
            except filelock.Timeout:
                while_waiting()
    try:
        yield
    finally:
        file_lock.release()


def require_space(folder: Path, needed_bytes: int) -> None:
    """Raise ``StorageError`` unless the disk has room for that much and a reserve."""
    with storage_errors(folder):
        free = shutil.disk_usage(folder).free
    if free < needed_bytes + RESERVED_BYTES:
        raise StorageError(
            f"{megabytes(needed_bytes)} are needed in {folder}, but the disk has "
            f"{megabytes(free)} free. Free some space, or run 'python -m facemotion cache evict'."
        )


def megabytes(n_bytes: float) -> str:
    """A size as people read it."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def mark_used(video_folder: Path) -> None:
    """Note that a video was used now, for the eviction order."""
    with storage_errors(video_folder):
        (video_folder / _USED).touch()


def entries(root: Path) -> list[Entry]:
    """The videos in the cache, the most recently used first."""
    if not root.is_dir():
        return []
    found = [
        _entry(folder)
        for folder in root.iterdir()
        if folder.is_dir() and folder.name not in _NOT_VIDEOS and not folder.name.startswith(".")
    ]
    return sorted(found, key=lambda entry: -entry.last_used)


def evict(root: Path, budget_bytes: int, keep: frozenset[str] = frozenset()) -> list[Entry]:
    """Delete the least recently used videos until the rest fits; returns what was deleted."""
    everything = entries(root)
    total = sum(entry.total_bytes for entry in everything)
    gone = []
    for entry in reversed(everything):
        if total <= budget_bytes:
            break
        if entry.video_id in keep or _in_use(entry.folder):
            continue
        delete(entry)
        total -= entry.total_bytes
        gone.append(entry)
    return gone


def delete(entry: Entry) -> None:
    """Delete one video and everything measured in it."""
    doomed = entry.folder.with_name(f".deleting-{entry.folder.name}-{time.monotonic_ns()}")
    with storage_errors(entry.folder):
        entry.folder.replace(doomed)
        shutil.rmtree(doomed)
    upload = _upload_of(entry)
    if upload is not None:
        shutil.rmtree(upload, ignore_errors=True)


def _entry(folder: Path) -> Entry:
    sizes: dict[str, int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # deleted by someone else meanwhile
            if path.is_file():
                stage = path.relative_to(folder).parts[0].split("-")[0].split(".")[0] or "other"
                sizes[stage] = sizes.get(stage, 0) + path.stat().st_size
    used = folder / _USED
    stamp = (used if used.exists() else folder).stat().st_mtime
    return Entry(folder.name, folder, _title(folder), sizes, stamp)


def _title(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(read_json(folder / "video.json")["title"])
    return folder.name


def _upload_of(entry: Entry) -> Path | None:
    """The folder of the uploaded file that this video was read from, if it was an upload."""
    return None


def _in_use(folder: Path) -> bool:
    """Whether some process holds one of the video's locks."""
    for path in folder.glob(".*.lock"):
        probe = filelock.FileLock(path)
        try:
            probe.acquire(timeout=0)
        except filelock.Timeout:
            return True
        probe.release()
    return False
