"""The videos in the cache: what is there, how large it is, when it was used; deleting one."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import filelock

from facemotion.cache.disk import read_json, storage_errors
from facemotion.cache.sizes import by_stage, total

UPLOADS = "uploads"
NOT_VIDEOS = {UPLOADS, "models", "demo"}
_USED, _KEPT, _VIDEO = ".used", ".kept", "video.json"
_DOOMED = ".deleting-"

# By these a folder is known as one of ours: a cache may have been put where other things are.
_SIGNS = (_VIDEO, _USED, ".download.lock", "download.partial")


@dataclass(frozen=True)
class Entry:
    """One video in the cache: its size by stage, and when it was first and last used.

    Times are seconds since 1970. A video that ``is_kept`` goes only by hand.
    """

    video_id: str
    folder: Path
    title: str
    bytes_by_stage: dict[str, int]
    last_used: float
    added: float = 0.0
    is_kept: bool = False

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes_by_stage.values())


def mark_used(video_folder: Path) -> None:
    """Note that a video was used now: the age of videos is counted from their last use."""
    with storage_errors(video_folder):
        (video_folder / _USED).touch()


def keep(video_folder: Path, is_kept: bool = True) -> None:
    """Spare a video whenever videos are deleted by their age or for their size, or no longer."""
    path = video_folder / _KEPT
    with storage_errors(video_folder):
        path.touch() if is_kept else path.unlink(missing_ok=True)


def entries(root: Path) -> list[Entry]:
    """The videos in the cache, the most recently used first."""
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(root) as items:
        for item in items:
            if item.is_dir() and item.name not in NOT_VIDEOS:
                folder = root / item.name
                with contextlib.suppress(FileNotFoundError):  # deleted by someone else meanwhile
                    found += [_entry(folder)] if _is_ours(folder) else []
    return sorted(found, key=lambda entry: -entry.last_used)


def delete(entry: Entry) -> None:
    """Delete one video and everything measured in it.

    A file that was uploaded for it goes too, unless another video in the cache is read from it.
    """
    upload = upload_of(entry.folder)
    discard(entry.folder.parent, [entry.folder])
    if upload is not None and upload not in uploads_in_use(entry.folder.parent):
        shutil.rmtree(upload, ignore_errors=True)


def discard(root: Path, paths: Iterable[Path]) -> None:
    """Delete files and folders of the cache, each at once for whoever looks; gone is no error."""
    for path in paths:
        doomed = root / f"{_DOOMED}{path.name}-{time.monotonic_ns()}"
        with storage_errors(path), contextlib.suppress(FileNotFoundError):
            path.replace(doomed)
            shutil.rmtree(doomed) if doomed.is_dir() else doomed.unlink()


def uploads_in_use(root: Path) -> set[Path]:
    """The folders of the uploads that videos in the cache are read from."""
    with contextlib.suppress(FileNotFoundError), os.scandir(root) as items:
        found = {upload_of(root / item.name) for item in items if item.name not in NOT_VIDEOS}
        return {upload for upload in found if upload is not None}
    return set()


def upload_of(folder: Path) -> Path | None:
    """The folder of the uploaded file that a video was read from, if it was an upload."""
    _, path = _described(folder)
    uploads = folder.parent / UPLOADS
    try:
        inside = Path(path).resolve().relative_to(uploads.resolve())
    except (OSError, ValueError):
        return None
    return uploads / inside.parts[0] if path and len(inside.parts) > 1 else None


def last_used(folder: Path) -> float:
    """When a video was last used, in seconds since 1970; 0 when it is not there.

    A file that was given again counts as used: somebody is about to measure it.
    """
    upload = upload_of(folder)
    files = upload.iterdir() if upload is not None and upload.is_dir() else ()
    return max([_time_of(folder / _USED) or _time_of(folder), *map(_time_of, files)])


def is_in_use(folder: Path) -> bool:
    """Whether some process holds one of the video's locks."""
    for path in folder.glob(".*.lock"):
        probe = filelock.FileLock(path)
        try:
            probe.acquire(timeout=0)
        except filelock.Timeout:
            return True
        probe.release()
    return False


def _is_ours(folder: Path) -> bool:
    return any((folder / sign).exists() for sign in _SIGNS)


def _entry(folder: Path) -> Entry:
    sizes = by_stage(folder)
    upload = upload_of(folder)
    if upload is not None and upload.is_dir():
        sizes["upload"] = total(upload)
    title, _ = _described(folder)
    return Entry(
        video_id=folder.name,
        folder=folder,
        title=title or folder.name,
        bytes_by_stage=sizes,
        last_used=last_used(folder),
        added=_time_of(folder / _VIDEO) or _time_of(folder),
        is_kept=(folder / _KEPT).exists(),
    )


def _time_of(path: Path) -> float:
    """When a file or folder was changed, 0 if it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _described(folder: Path) -> tuple[str, str]:
    """Title and path of a video, "" where they are not known."""
    path = folder / _VIDEO
    try:
        return _read_described(str(path), path.stat().st_mtime_ns)
    except OSError:
        return "", ""


@lru_cache(maxsize=4096)
def _read_described(path: str, mtime_ns: int) -> tuple[str, str]:
    """The same as it was at that time: captions make these files long, and all are looked at."""
    try:
        found = read_json(Path(path))
        return str(found.get("title", "")), str(found.get("path", ""))
    except (ValueError, AttributeError):  # damaged
        return "", ""
