"""What goes by itself: videos not used for long, and those used longest ago when space is short."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from facemotion.cache import rules, shelf, sizes
from facemotion.cache.disk import storage_errors
from facemotion.cache.shelf import Entry

DAY_S = 24 * 3600.0
_UNUSED_UPLOAD_S = DAY_S
_SHARED_FILES = (
    f"{shelf.UPLOADS}/{'[0-9a-f]' * 12}",
    f"{shelf.UPLOADS}/.incoming-*",
    "models/*.tflite*",
    "models/.*.lock",
    "demo/demo.*",
    "demo/.demo.*",
    ".deleting-*",
)


def goes_at(entry: Entry, keep_days: float | None) -> float | None:
    """When a video goes unless it is used before, in seconds since 1970; None: it does not."""
    if keep_days is None or entry.is_kept:
        return None
    return entry.last_used + keep_days * DAY_S


def expired(
    everything: Iterable[Entry], keep_days: float | None, now: float | None = None
) -> list[Entry]:
    """The videos not used for longer than that, the one used longest ago first.

    Those that are kept stay, as do those that some process is working on.
    """
    now = time.time() if now is None else now
    gone = [e for e in everything if (at := goes_at(e, keep_days)) is not None and at < now]
    gone.sort(key=lambda entry: entry.last_used)
    return [entry for entry in gone if not shelf.is_in_use(entry.folder)]


def expire(root: Path, now: float | None = None) -> list[Entry]:
    """Delete what the rules of the cache call too old; returns what was deleted.

    Nothing while the rules cannot be read. Raises ``InputError`` when the environment's cannot be
    understood.
    """
    ruled = rules.read(root)
    if ruled.keep_days is None or ruled.problem:
        return []
    _sweep(root)
    return _deleted(expired(shelf.entries(root), ruled.keep_days, now))


def surplus(
    everything: Collection[Entry], budget_bytes: int, keep: frozenset[str] = frozenset()
) -> list[Entry]:
    """The videos used longest ago, as many as must go until the rest fits.

    Those named in ``keep`` stay, as do those that are kept and those that some process is working
    on, even if the rest does not fit then.
    """
    total = sum(entry.total_bytes for entry in everything)
    gone = []
    for entry in sorted(everything, key=lambda entry: entry.last_used):
        if total <= budget_bytes:
            break
        if entry.is_kept or entry.video_id in keep or shelf.is_in_use(entry.folder):
            continue
        gone.append(entry)
        total -= entry.total_bytes
    return gone


def evict(root: Path, budget_bytes: int, keep: frozenset[str] = frozenset()) -> list[Entry]:
    """Delete what is ``surplus``; returns what was deleted."""
    _sweep(root)
    return _deleted(surplus(shelf.entries(root), budget_bytes, keep))


def make_room(root: Path, keep: frozenset[str] = frozenset()) -> list[Entry]:
    """``evict`` to the budget in the rules of the cache; nothing while they cannot be read."""
    ruled = rules.read(root)
    return [] if ruled.problem else evict(root, ruled.budget_bytes, keep)


def clear(root: Path) -> list[Entry]:
    """Delete everything that facemotion keeps, but the rules; what is worked on stays.

    Videos that are kept from going by themselves go too. Other people's files in the folder are not
    touched. Returns the videos that were deleted.
    """
    _sweep(root)
    gone = _deleted(shelf.entries(root))
    if shelf.entries(root):
        return gone
    with storage_errors(root):
        for pattern in _SHARED_FILES:
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in shelf.NOT_VIDEOS:
        with contextlib.suppress(OSError):  # not there, or it holds something that is not ours
            (root / name).rmdir()
    return gone


def besides(root: Path) -> dict[str, int]:
    """Bytes in the cache that belong to no video: ``models``, ``demo``, ``uploads``."""
    found = {name: sizes.total(root / name) for name in sorted(shelf.NOT_VIDEOS)}
    used = sum(sizes.total(upload) for upload in shelf.uploads_in_use(root))
    found[shelf.UPLOADS] = max(0, found[shelf.UPLOADS] - used)
    return {name: n_bytes for name, n_bytes in found.items() if n_bytes}


def _deleted(doomed: Iterable[Entry]) -> list[Entry]:
    """Delete these, but none that somebody has begun to use since they were listed."""
    gone = []
    for entry in doomed:
        if shelf.is_in_use(entry.folder) or shelf.last_used(entry.folder) > entry.last_used:
            continue
        shelf.delete(entry)
        gone.append(entry)
    return gone


def _sweep(root: Path) -> None:
    """Delete what killed runs left: half-deleted videos, and old uploads that nothing refers to."""
    for left in root.glob(".deleting-*"):
        shutil.rmtree(left, ignore_errors=True)
    referred = shelf.uploads_in_use(root)
    for upload in (root / shelf.UPLOADS).glob("*"):
        with contextlib.suppress(OSError):
            if upload not in referred and time.time() - upload.stat().st_mtime > _UNUSED_UPLOAD_S:
                shutil.rmtree(upload) if upload.is_dir() else upload.unlink()
