"""How results come to the disk: whole or not at all, one builder at a time, never on a full one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import filelock

from facemotion.errors import StorageError

Action = Literal["reuse", "resume", "compute"]

RESERVED_BYTES = 200 * 1000**2
"""Free space that a run leaves on the disk."""


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

    What is in it stays when the block fails, so that the next run can go on from there; a block
    that fails before it has written anything leaves no folder.
    """
    folder = partial(final)
    make_folder(folder)
    try:
        with storage_errors(folder):
            yield folder
            folder.replace(final)
    except BaseException:
        with contextlib.suppress(OSError):  # it holds something, which is to stay
            folder.rmdir()
        raise


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


def copy_file(source: Path, target: Path) -> None:
    """Copy a whole file or nothing, in blocks: films and landmarks can be large."""
    temporary = target.with_name(f".{target.name}.partial")
    with storage_errors(target):
        try:
            shutil.copyfile(source, temporary)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


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
            "Choose another folder, or change its rights."
        ) from error
    except (NotADirectoryError, FileExistsError) as error:
        raise StorageError(
            f"{path} cannot be used as a folder: a file is in the way. Choose another folder."
        ) from error
    except IsADirectoryError as error:
        raise StorageError(
            f"{error.filename2 or path} cannot be written: a folder of that name is in the way. "
            "Choose another folder."
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
