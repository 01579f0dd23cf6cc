"""Deleting a video, an analysis of it, or what of it can be had again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from facemotion import cache, markers
from facemotion.cache import Entry
from facemotion.errors import InputError
from facemotion.library.shelved import RECIPE, Held, Shelved, keeps_frames, look_into
from facemotion.records import STAGE_FIELDS

_DETECTIONS = "detections.json"
"""In a folder of moments, as ``pipeline`` writes it: what they are, and of which measurement."""

_OF_THE_VIDEO = ("video.", "thumbnail.", "download", markers.FILE, ".")
"""How the names begin of what belongs to a video whatever was measured in it."""


def why_file_stays(shelved: Shelved) -> str:
    """Why the file of a video cannot be deleted while its measurements are kept; "" if it can."""
    entry = shelved.entry
    if not shelved.has_file:
        return "The file is not there."
    if "upload" not in entry.bytes_by_stage and not _is_fetched(shelved):
        return "The file lies where you keep it, outside the cache."
    if not shelved.analyses:
        return "Nothing was measured in it, so nothing would be left."
    if not keeps_frames(shelved):
        return "Every frame was looked at, and those are read from the file, not kept."
    return ""


def why_frames_stay(shelved: Shelved) -> str:
    """Why the kept frames of a video cannot be deleted alone; "" if they can."""
    if not shelved.entry.bytes_by_stage.get("frames"):
        return "No frames are kept."
    if not shelved.has_file:
        return "The file of the video is not there, so they could not be read again."
    return ""


def delete_video(root: Path, video_id: str) -> None:
    """Delete a video and everything measured in it; one that is gone is no error.

    Raises ``InputError`` while some process works on it, as all functions here that delete.
    """
    entry = _entry(root, video_id)
    if entry is not None:
        _require_idle(entry)
        cache.delete(entry)


def delete_file(root: Path, video_id: str) -> None:
    """Delete the file of a video, and keep what was measured in it and the frames looked at.

    A download is fetched again when the video is measured anew; an upload must be given again.
    """
    shelved = _shelved(root, video_id, why_file_stays)
    assert shelved.video is not None
    cache.discard(root, [Path(shelved.video.path)])


def delete_frames(root: Path, video_id: str) -> None:
    """Delete the kept frames of a video; they are read from its file again when they are wanted."""
    shelved = _shelved(root, video_id, why_frames_stay)
    cache.discard(root, sorted(shelved.entry.folder.glob("frames-*")))


def delete_analysis(root: Path, analysis_id: str) -> None:
    """Delete one analysis of a video and all that only it needs; one that is gone is no error.

    The video and its marks stay. So does what other analyses of it share, except what is told from
    their measurements in a moment: who is who in them.
    """
    video_id, _, faces_key = analysis_id.rpartition(".")
    entry = _entry(root, video_id)
    if entry is None:
        return
    _require_idle(entry)
    others = [held for held in look_into(entry).analyses if held.key != faces_key]
    cache.discard(root, _only_of(entry.folder, faces_key, others))


def _only_of(folder: Path, faces_key: str, others: list[Held]) -> list[Path]:
    """What goes with an analysis; its faces last, so that a killed deletion can be done again."""
    if not others:
        doomed = [p for p in folder.iterdir() if not p.name.startswith(_OF_THE_VIDEO)]
    else:
        doomed = [p for p in folder.iterdir() if _is_only_of(p, faces_key, others)]
    return sorted(doomed, key=lambda path: (path.name == f"faces-{faces_key}", path.name))


def _is_only_of(path: Path, faces_key: str, others: list[Held]) -> bool:
    """Whether something in a video's folder is of no use to its other analyses."""
    stage, _, key = path.name.partition("-")
    if path.name in (f"faces-{faces_key}", f"people-{faces_key}.json"):
        return True
    if stage == "frames":
        return path.name not in {held.provenance.get("frames") for held in others}
    if stage == "people":
        return path.is_dir()
    if stage == "moments":
        return not any(_is_of(path, held) for held in others)
    if stage == "outputs":
        return not any(held.key in key for held in others)
    if stage == "unsure" or (stage == "faces" and not (path / RECIPE).exists()):
        return not any("claude_fallback" in held.provenance for held in others)
    return False


def _is_of(moments: Path, held: Held) -> bool:
    """Whether a folder of moments was chosen from the faces of an analysis."""
    if held.settings is None:
        return False
    try:
        found = json.loads((moments / _DETECTIONS).read_text(encoding="utf-8"))
        facts = {name: v for name, v in found["provenance"].items() if name != "people"}
        told = {name: found["settings"].get(name) for name in STAGE_FIELDS["faces"]}
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    settings = held.settings.to_dict()
    return facts == held.provenance and told == {name: settings[name] for name in told}


def _is_fetched(shelved: Shelved) -> bool:
    video = shelved.video
    return video is not None and Path(video.path).parent == shelved.entry.folder


def _entry(root: Path, video_id: str) -> Entry | None:
    return next((entry for entry in cache.entries(root) if entry.video_id == video_id), None)


def _require_idle(entry: Entry) -> None:
    if cache.is_in_use(entry.folder):
        raise InputError(
            f"{entry.title} is being worked on, so nothing of it was deleted. "
            "Cancel that, or wait until it is over."
        )


def _shelved(root: Path, video_id: str, why_not: Callable[[Shelved], str]) -> Shelved:
    """A video of which a part can be deleted alone; ``InputError`` when it cannot."""
    entry = _entry(root, video_id)
    if entry is None:
        raise InputError(f"The video {video_id!r} is not in the cache any more. Look again.")
    _require_idle(entry)
    shelved = look_into(entry)
    why = why_not(shelved)
    if why:
        raise InputError(f"{entry.title}: nothing was deleted. {why}")
    return shelved
