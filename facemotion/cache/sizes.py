"""How much lies in a folder; what has not changed since is not counted again."""

from __future__ import annotations

import contextlib
import os
import time
from functools import lru_cache
from pathlib import Path

SETTLED_S = 2.0
"""A folder that was changed less than this long ago may change again within the same tick of the
file system's clock, so what it holds is not remembered yet."""


def by_stage(video_folder: Path) -> dict[str, int]:
    """Bytes in a video's folder, by the stage that they belong to."""
    sizes: dict[str, int] = {}
    with contextlib.suppress(OSError), os.scandir(video_folder) as items:
        for item in items:
            stage = stage_of(item.name)
            sizes[stage] = sizes.get(stage, 0) + _bytes_of(item)
    return sizes


def stage_of(name: str) -> str:
    """The stage that a file or folder directly in a video's folder belongs to."""
    stage = name.split("-")[0].split(".")[0]
    return "download" if stage in ("video", "thumbnail") else stage or "other"


def total(path: Path | str) -> int:
    """Bytes in a folder and all folders in it, or of a file; 0 for what is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return 0
    if not os.path.isdir(path):
        return status.st_size
    folder = os.fspath(path)
    # What is under construction has files that grow, which its folder's time does not tell.
    is_settled = time.time_ns() - status.st_mtime_ns > SETTLED_S * 1e9
    is_growing = ".partial" in folder
    look = _listed if is_settled and not is_growing else _listed.__wrapped__
    n_bytes, folders = look(folder, status.st_mtime_ns)
    return n_bytes + sum(total(inside) for inside in folders)


def _bytes_of(item: os.DirEntry[str]) -> int:
    with contextlib.suppress(OSError):  # deleted by someone else meanwhile
        if item.is_dir(follow_symlinks=False):
            return total(item.path)
        if item.is_file(follow_symlinks=False):
            return item.stat().st_size
    return 0


@lru_cache(maxsize=1 << 16)
def _listed(folder: str, mtime_ns: int) -> tuple[int, tuple[str, ...]]:
    """Bytes of the files directly in a folder as it was at that time, and the folders in it."""
    n_bytes, folders = 0, []
    with contextlib.suppress(OSError), os.scandir(folder) as items:
        for item in items:
            if item.is_dir(follow_symlinks=False):
                folders.append(item.path)
            else:
                n_bytes += _bytes_of(item)
    return n_bytes, tuple(folders)
