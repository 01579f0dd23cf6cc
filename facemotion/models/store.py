"""The store of downloaded weights: one folder, shared by all users of the machine if they like.

Nothing is ever downloaded unasked: ``require`` gives what is on the disk, or says what to do;
``get`` downloads, and is called only where a person has asked for it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import platformdirs

from facemotion import cache
from facemotion.errors import DownloadError, ModelError, SettingsError
from facemotion.models import deepface_home, files, hashes
from facemotion.models.facts import FACTS, UNKNOWN
from facemotion.models.files import File
from facemotion.models.parts import Part
from facemotion.records import OnProgress, Progress, ignore_progress


def folder() -> Path:
    """``FACEMOTION_MODELS``, or a folder of the user's own."""
    given = os.environ.get("FACEMOTION_MODELS")
    return Path(given) if given else Path(platformdirs.user_data_dir("facemotion")) / "models"


def require(name: str) -> list[Path]:
    """The files of a model, all of them on the disk, in one folder: the store or a library's own.

    Raises ``ModelError``, which says how to get them, when one is missing or is not what its
    publisher states. Nothing is written.
    """
    try:
        ours = _all_in(folder(), name)
        for path, file in zip(ours, files.FILES[name], strict=True) if ours else ():
            wrong = hashes.difference(path, file, hashes.pinned(path))
            if wrong:
                raise ModelError(_not_that(name, path, file, wrong))
    except OSError as error:
        raise ModelError(
            f"{error.filename} cannot be read ({error.strerror}). Change its rights, or set "
            "FACEMOTION_MODELS to another folder."
        ) from error
    if ours:
        return ours
    theirs, why_not = _of_the_library(name)
    if why_not or not theirs:
        raise ModelError(_missing(name) + why_not)
    return theirs


def get(name: str, on_progress: OnProgress = ignore_progress) -> list[Path]:
    """The same, after downloading what is missing into the store.

    Raises ``SettingsError`` for an unknown name, ``DownloadError`` when it cannot be had,
    ``StorageError`` when it cannot be kept. What has come by then is kept, and gone on from.
    """
    check_name(name)
    with contextlib.suppress(ModelError):
        return require(name)
    for file in files.FILES[name]:
        _get(name, file, on_progress)
    return require(name)


def remove(name: str) -> list[Path]:
    """Delete what was downloaded of a model, and the hashes that were pinned; what is gone.

    Raises ``SettingsError`` for an unknown name, ``StorageError`` where nothing can be deleted.
    """
    check_name(name)
    gone = downloaded(name)
    for target in (folder() / file.path for file in files.FILES[name]):
        if not os.path.isdir(target.parent):
            continue
        with cache.lock(target), cache.storage_errors(target):
            target.unlink(missing_ok=True)
            Part(target).discard()
            hashes.sidecar(target).unlink(missing_ok=True)
            target.with_name(f".{target.name}.lock").unlink(missing_ok=True)
        for parent in list(target.relative_to(folder()).parents)[:-1]:
            with contextlib.suppress(OSError):  # it holds something else
                (folder() / parent).rmdir()
    return gone


def downloaded(name: str) -> list[Path]:
    """The files of a model of which something is in the store, complete or not."""
    paths = [folder() / file.path for file in files.FILES.get(name, ())]
    return [path for path in paths if os.path.lexists(path) or Part(path).n_bytes]


def stated_bytes(name: str) -> int | None:
    """The size of a download as its publisher states it, or None."""
    sizes = [file.n_bytes for file in files.FILES.get(name, ())]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def size_text(name: str) -> str:
    """The same as people read it: exact, about, or unknown."""
    stated = stated_bytes(name)
    if stated is not None:
        return cache.megabytes(stated)
    return FACTS.get(name, UNKNOWN).about_size or "unknown"


def check_name(name: str) -> None:
    """Raise ``SettingsError``, with the choices, for what cannot be downloaded."""
    if name not in files.FILES:
        raise SettingsError(
            f"{name!r} is no model that can be downloaded. Choose one of: {', '.join(files.FILES)}."
        )


def _get(name: str, file: File, on_progress: OnProgress) -> None:
    from facemotion.models import fetching  # requests and pooch are for those who download

    target = folder() / file.path
    waiting = Progress("download", 0, None, "bytes", f"another run downloads {target.name}")
    with cache.lock(target, lambda: on_progress(waiting)), cache.storage_errors(target.parent):
        is_there = target.is_file()
        if not is_there or hashes.difference(target, file, hashes.pinned(target)):
            try:
                fetching.fetch(file, target, on_progress)
            except fetching.Failed as failed:
                raise DownloadError(
                    f"{target.name} could not be downloaded ({failed}). "
                    + _remedy(name, file, target, failed.differs)
                ) from failed


def _remedy(name: str, file: File, target: Path, differs: bool) -> str:
    again = f"'python -m facemotion models get {name}'"
    here = Part(target).n_bytes
    if here:
        kept = cache.megabytes(here)
        return f"{kept} are kept, and the same command, {again}, goes on from there."
    if differs and file.sha256 is None and hashes.pinned(target) is not None:
        return (
            "Only the file of the first download is taken, until you run "
            f"'python -m facemotion models remove {name}'. Try again later with {again}."
        )
    return f"Try again with {again}, or, without a network, {_put_there(name)}."


def _all_in(root: Path, name: str) -> list[Path]:
    """All files of a model below a folder, or none."""
    paths = [root / file.path for file in files.FILES[name]]
    return paths if all(path.is_file() for path in paths) else []


def _of_the_library(name: str) -> tuple[list[Path], str]:
    """The files where a model's own library keeps them, and why they are not what is wanted."""
    first = files.FILES[name][0].path
    if first.startswith(".deepface/"):
        root = deepface_home.home()
    elif first.startswith(".emotiefflib/"):
        root = Path(os.path.expanduser("~"))
    else:
        return [], ""
    try:
        found = _all_in(root, name)
        for path, file in zip(found, files.FILES[name], strict=True) if found else ():
            wrong = hashes.difference(path, file, hashes.pinned(folder() / file.path))
            if wrong:
                return found, f" {path} is not used: it is another file ({wrong})."
    except OSError:  # another user's, or on a disk that is gone: not there for us
        return [], ""
    return found, ""


def places(name: str) -> list[tuple[str, Path]]:
    """Where each file of a model comes from, and where it belongs, for doing it by hand."""
    return [(file.urls[0], folder() / file.path) for file in files.FILES[name]]


def _put_there(name: str) -> str:
    return "put " + ", ".join(f"{url} at {path}" for url, path in places(name))


def _missing(name: str) -> str:
    size = size_text(name)
    known = "" if size == "unknown" else f" ({size})"
    return (
        f"The weights of {name}{known} are not on this machine, and are not fetched unasked. "
        f"Run 'python -m facemotion models get {name}', or, without a network, {_put_there(name)}."
    )


def _not_that(name: str, path: Path, file: File, wrong: str) -> str:
    stated = "its publisher states" if file.sha256 or file.git_blob else "was downloaded at first"
    return (
        f"{path} is not the file that {stated} ({wrong}). "
        f"Run 'python -m facemotion models get {name}' to fetch it anew, or delete it."
    )
