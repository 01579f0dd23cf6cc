"""Stage 1: from a URL or a file to a video on this machine, with what is known about it.

    video, work = download.run("https://...", Settings(), cache.default_root())

A URL is fetched once into ``<root>/<video id>/``; a file stays where it is. ``video.json`` there
is written last, so its presence means that the rest is complete.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion import cache
from facemotion.download import local, sources
from facemotion.download.local import save_upload
from facemotion.errors import SourceError
from facemotion.records import OnProgress, Progress, Settings, Video, Work, ignore_progress

if TYPE_CHECKING:
    from facemotion.download.sites import Fetched

__all__ = ["VERSION", "check_public", "describe", "known", "run", "save_upload", "video_id"]

VERSION = 1


def video_id(source: str, settings: Settings) -> str:
    """The name of a source's folder in the cache; no network is used.

    A URL's follows from its normal form and the settings of the download, a file's from its
    content alone. Raises ``SourceError`` for a source that cannot be used at all.
    """
    place = sources.locate(source)
    if isinstance(place, str):
        key = cache.key("download", VERSION, place, settings.part("download"))
        return f"{sources.name_of(place)}-{key}"
    local.check(place, settings.max_bytes)
    return f"{cache.slug(place.stem)}-{cache.key('download', VERSION, local.content_hash(place))}"


def run(
    source: str, settings: Settings, root: Path, on_progress: OnProgress = ignore_progress
) -> tuple[Video, Work]:
    """The video that ``source`` names, from the cache or fetched now, and what that took.

    Raises ``SourceError`` when it is refused or cannot be had, ``StorageError`` when ``root``
    cannot hold it, and what ``on_progress`` raises; what was fetched is then kept, and the next
    run goes on from there. Two runs at once fetch once.
    """
    place = sources.locate(source)
    name = video_id(source, settings)
    folder = Path(root).absolute() / name
    video = _stored(folder, place)
    if video is not None:
        cache.mark_used(folder)
        return video, Work()

    def wait() -> None:
        on_progress(Progress("download", text="Another run is fetching this video"))

    with cache.lock(folder / "download", wait):
        video, work = _stored(folder, place), Work()
        if video is None and isinstance(place, Path):
            video = Video(name, str(place), str(place), title=place.name)
            _store(folder, video)
        elif video is None:
            assert isinstance(place, str)
            try:
                video, work = _fetch(place, settings, folder, on_progress)
            except BaseException:
                _tidy(folder)
                raise
        cache.mark_used(folder)
    return video, work


def describe(
    path: str,
    settings: Settings,
    root: Path,
    *,
    title: str,
    webpage_url: str | None,
    offset_s: float,
    notes: tuple[str, ...],
) -> Video:
    """The video of a file on this machine, with more said of it than the file itself tells.

    Raises as ``run`` does.
    """
    video, _ = run(path, settings, root)
    told = replace(video, title=title, webpage_url=webpage_url, offset_s=offset_s, notes=notes)
    folder = Path(root).absolute() / video.video_id
    with cache.lock(folder / "download"):
        _store(folder, told)
    return told


def check_public(url: str) -> None:
    """Refuse a URL that leads to a private address, before any work; see ``guard``.

    A path or an unusable source is refused as ``run`` would. Raises ``SourceError``.
    """
    place = sources.locate(url)
    if isinstance(place, str):
        from facemotion.download import guard  # brings yt-dlp along

        guard.check_public(place)


def known(folder: Path) -> Video:
    """The video of a folder that ``run`` has filled; its file may be gone, if it was yours.

    Raises ``SourceError`` when the folder holds none.
    """
    try:
        video = Video.from_dict(cache.read_json(folder / "video.json"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SourceError(f"{folder} holds no complete video. Analyse it again.") from error
    if video.site == "file":
        return video
    # What was fetched lies in the folder, wherever that is now: the cache may have been moved.
    thumbnail = video.thumbnail_path and str(folder / Path(video.thumbnail_path).name)
    path = str(folder / Path(video.path).name)
    return replace(video, path=path, thumbnail_path=thumbnail)


def _stored(folder: Path, place: Path | str) -> Video | None:
    """The complete result in a folder, if there is one and its file is still there."""
    try:
        video = known(folder)
    except SourceError:
        return None
    is_there = video.path == str(place) if isinstance(place, Path) else Path(video.path).is_file()
    return video if is_there else None


def _store(folder: Path, video: Video) -> None:
    text = json.dumps(video.to_dict(), indent=1, ensure_ascii=False)
    cache.write_text(folder / "video.json", text)


def _fetch(
    url: str, settings: Settings, folder: Path, on_progress: OnProgress
) -> tuple[Video, Work]:
    from facemotion.download import sites  # brings yt-dlp along

    build = cache.make_folder(cache.partial(folder / "download"))
    fetched = sites.fetch(url, settings, build, on_progress)
    video = _settle(fetched, sources.without_password(url), folder)
    _store(folder, video)
    shutil.rmtree(build, ignore_errors=True)
    return video, Work(downloaded_bytes=fetched.received.n_bytes)


def _tidy(folder: Path) -> None:
    """Leave no trace of a source of which nothing was fetched; what was fetched stays."""
    with contextlib.suppress(OSError):  # not empty
        cache.partial(folder / "download").rmdir()
        if [path.name for path in folder.iterdir()] == [".download.lock"]:
            (folder / ".download.lock").unlink()  # held by us; those who wait make a new one
        folder.rmdir()


def _settle(fetched: Fetched, source: str, folder: Path) -> Video:
    """Move what was fetched to where it stays."""
    received = fetched.received
    with cache.storage_errors(folder):
        path = received.path.replace(folder / f"video{received.path.suffix}")
        thumbnail = fetched.thumbnail and fetched.thumbnail.replace(folder / "thumbnail.jpg")
    return Video(
        video_id=folder.name,
        source=source,
        path=str(path),
        title=fetched.title,
        uploader=fetched.uploader,
        duration_s=fetched.duration_s,
        webpage_url=fetched.webpage_url,
        site=fetched.site,
        thumbnail_path=str(thumbnail) if thumbnail else None,
        captions=fetched.captions,
        offset_s=received.offset_s,
        notes=fetched.notes,
    )
