"""The folder of results: cards, pictures, tables and detections.json."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion import cache, cards
from facemotion.export.document import detections_json
from facemotion.export.openface import openface_csv
from facemotion.export.table import faces_csv, faces_parquet
from facemotion.export.windows import windows_csv
from facemotion.records import Analysis, Moment

if TYPE_CHECKING:
    from facemotion.records import RGB

_OUR_CARD = re.compile(r"card_\d{2,}_[A-Za-z0-9_-]+\.png")
_OUR_PICTURE = re.compile(r"det_\d{2,}_(face|frame)\.jpg")
LANDMARKS = "landmarks.parquet"


def write_all(
    analysis: Analysis,
    out: Path,
    frame_pictures: Mapping[int, RGB] | None = None,
    landmarks: Path | None = None,
) -> list[Path]:
    """Write everything into the folder ``out``; returns the files.

    ``frame_pictures`` gives the moments' frames by frame number; missing ones are read from the
    analysis' folder. ``landmarks`` is the Parquet file of the mesh's points, which need not exist.
    Each file appears whole or not at all, detections.json last. Cards, pictures and landmarks that
    an earlier run left there are removed, nothing else is. Raises ``StorageError`` when ``out``
    cannot be written.
    """
    pictures = frame_pictures or {}
    analysis = _with_stored_paths(analysis)
    for folder in (out, out / "cards", out / "faces"):
        cache.make_folder(folder)
    written: list[Path] = []

    def write(name: str, data: bytes) -> None:
        cache.write_bytes(out / name, data)
        written.append(out / name)

    explanations = {e.moment_number: e for e in analysis.explanations}
    for moment in analysis.moments:
        rgb = cards.frame_of(analysis, moment, pictures)
        drawn = cards.card(analysis.video, moment, rgb, explanations.get(moment.number))
        write(f"cards/{card_name(moment)}", cards.png(drawn))
        for name in filter(None, (moment.face_path, moment.frame_path)):
            write(name, (analysis.folder / name).read_bytes())
    write("summary.png", cards.png(cards.summary(analysis, pictures)))
    write("faces.csv", faces_csv(analysis).encode())
    write("openface.csv", openface_csv(analysis).encode())
    write("faces.parquet", faces_parquet(analysis))
    write("windows.csv", windows_csv(analysis).encode())
    written += _copied_landmarks(landmarks, out)
    _remove_stale(out / "cards", _OUR_CARD, written)
    _remove_stale(out / "faces", _OUR_PICTURE, written)
    write("detections.json", detections_json(analysis).encode())
    return written


def card_name(moment: Moment) -> str:
    """The file name of a moment's card, such as ``card_03_happy.png``."""
    return f"card_{moment.number:02d}_{cache.slug(moment.emotion)}.png"


def _copied_landmarks(source: Path | None, out: Path) -> list[Path]:
    """A copy of the landmarks, if there are any: of other faces than these there are none here."""
    target = out / LANDMARKS
    if source is None or not source.is_file():
        with cache.storage_errors(target):
            target.unlink(missing_ok=True)
        return []
    cache.copy_file(source, target)
    return [target]


def _with_stored_paths(analysis: Analysis) -> Analysis:
    """The analysis without the names of pictures that are not in its folder any more."""

    def kept(name: str | None) -> str | None:
        return name if name is not None and (analysis.folder / name).is_file() else None

    moments = (
        replace(m, face_path=kept(m.face_path), frame_path=kept(m.frame_path))
        for m in analysis.moments
    )
    return replace(analysis, moments=tuple(moments))


def _remove_stale(folder: Path, ours: re.Pattern[str], written: Iterable[Path]) -> None:
    fresh = set(written)
    with cache.storage_errors(folder):
        for path in folder.iterdir():
            if path not in fresh and ours.fullmatch(path.name) and path.is_file():
                path.unlink()
