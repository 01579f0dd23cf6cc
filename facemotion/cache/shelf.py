"""The videos in the cache: what is there, when it was used, and what goes when space is short."""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import filelock

from facemotion.cache.disk import read_json, storage_errors

_UPLOADS = "uploads"
_NOT_VIDEOS = {_UPLOADS, "models", "demo"}
_UNUSED_UPLOAD_S = 24 * 3600.0
_USED = ".used"

# By these a folder is known as one of ours: a cache may have been put where other things are.
_SIGNS = ("video.json", _USED, ".download.lock", "download.partial")
_SHARED_FILES = (
    f"{_UPLOADS}/{'[0-9a-f]' * 12}",
    f"{_UPLOADS}/.incoming-*",
    "models/*.tflite*",
    "models/.*.lock",
    "demo/demo.*",
    "demo/.demo.*",
    ".deleting-*",
)


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
        if folder.is_dir() and folder.name not in _NOT_VIDEOS and _is_ours(folder)
    ]
    return sorted(found, key=lambda entry: -entry.last_used)


def evict(root: Path, budget_bytes: int, keep: frozenset[str] = frozenset()) -> list[Entry]:
    """Delete the least recently used videos until the rest fits; returns what was deleted.

    Videos named in ``keep`` stay, as do those that some process is working on.
    """
    everything = entries(root)
    _sweep(root, everything)
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
    """Delete one video and everything measured in it.

    A file that was uploaded for it goes too, unless another video in the cache is read from it.
    """
    upload = _upload_of(entry.folder)
    doomed = entry.folder.with_name(f".deleting-{entry.folder.name}-{time.monotonic_ns()}")
    with storage_errors(entry.folder), contextlib.suppress(FileNotFoundError):  # gone already
        entry.folder.replace(doomed)
        shutil.rmtree(doomed)
    others = (_upload_of(other.folder) for other in entries(entry.folder.parent))
    if upload is not None and upload not in others:
        shutil.rmtree(upload, ignore_errors=True)


def clear(root: Path) -> list[Entry]:
    """Delete everything that facemotion keeps; what some process works on stays, with its upload.

    Other people's files in the folder are not touched. Returns the videos that were deleted.
    """
    gone = evict(root, -1)
    if entries(root):
        return gone
    with storage_errors(root):
        for pattern in _SHARED_FILES:
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in _NOT_VIDEOS:
        with contextlib.suppress(OSError):  # not there, or it holds something that is not ours
            (root / name).rmdir()
    return gone


def _is_ours(folder: Path) -> bool:
    return any((folder / sign).exists() for sign in _SIGNS)


def _entry(folder: Path) -> Entry:
    sizes: dict[str, int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # deleted by someone else meanwhile
            if path.is_file():
                stage = _stage_of(path.relative_to(folder).parts[0])
                sizes[stage] = sizes.get(stage, 0) + path.stat().st_size
    upload = _upload_of(folder)
    if upload is not None and upload.is_dir():
        sizes["upload"] = sum(path.stat().st_size for path in upload.iterdir())
    used = folder / _USED
    stamp = (used if used.exists() else folder).stat().st_mtime
    return Entry(folder.name, folder, _title(folder), sizes, stamp)


def _stage_of(name: str) -> str:
    """The stage that a file or folder directly in a video's folder belongs to."""
    stage = name.split("-")[0].split(".")[0]
    return "download" if stage in ("video", "thumbnail") else stage or "other"


def _sweep(root: Path, everything: list[Entry]) -> None:
    """Delete what killed runs left: half-deleted videos, and old uploads that nothing refers to."""
    for left in root.glob(".deleting-*"):
        shutil.rmtree(left, ignore_errors=True)
    referred = {_upload_of(entry.folder) for entry in everything}
    for upload in (root / _UPLOADS).glob("*"):
        with contextlib.suppress(OSError):
            if upload not in referred and time.time() - upload.stat().st_mtime > _UNUSED_UPLOAD_S:
                shutil.rmtree(upload) if upload.is_dir() else upload.unlink()


def _title(folder: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(read_json(folder / "video.json")["title"])
    return folder.name


def _upload_of(folder: Path) -> Path | None:
    """The folder of the uploaded file that a video was read from, if it was an upload."""
    uploads = folder.parent / _UPLOADS
    try:
        path = Path(read_json(folder / "video.json")["path"])
        inside = path.resolve().relative_to(uploads.resolve())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return uploads / inside.parts[0] if len(inside.parts) > 1 else None


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
