"""Who is who: from faces found in single frames to people followed through the shots of a video.

No model and no picture is needed: everything is told from what the faces room has kept, so that
changing a threshold costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from facemotion import cache
from facemotion.action_units import CROP_COLUMN, LENGTHS_COLUMN, with_intensities
from facemotion.people.shots import shot_numbers
from facemotion.people.spurious import spurious
from facemotion.people.tracking import link, sampling_step_s, stays
from facemotion.records import ACTION_UNITS, OnProgress, Progress, Settings, ignore_progress
from facemotion.statistics.affect import with_affect
from facemotion.tables import FACE_COLUMNS, SAMPLE_COLUMNS, person_name, recounted

__all__ = ["IDENTITY", "VERSION", "Counts", "Measured", "People", "counted_from", "load", "run"]

VERSION = 4

FACES, SAMPLES, COUNTS = "faces.parquet", "samples.parquet", "counts.json"

IDENTITY = "identity.json"
"""Where ``identity.run`` keeps what it finds about these tracks."""

Measured = Callable[[], tuple[pd.DataFrame, pd.DataFrame]]
"""Gives the faces and the samples as they were measured; asked only when they are needed."""


@dataclass(frozen=True)
class Counts:
    """What was found, and what the thresholds left out of it: shots, tracks, and faces."""

    shots: int
    tracks: int
    dropped_tracks: int
    dropped_faces: int


@dataclass(frozen=True)
class People:
    """The final tables ``faces`` and ``samples`` (columns in ``facemotion.tables``)."""

    faces: pd.DataFrame
    samples: pd.DataFrame
    counts: Counts

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know."""
        n_tracks, n_faces = self.counts.dropped_tracks, self.counts.dropped_faces
        if not n_tracks:
            return ()
        what = "1 short track" if n_tracks == 1 else f"{n_tracks} short tracks"
        faces = "1 face" if n_faces == 1 else f"{n_faces} faces"
        return (f"{what} of low confidence ({faces} in all) left out, as the settings ask.",)


def run(
    measured: Measured,
    settings: Settings,
    final: Path,
    on_progress: OnProgress = ignore_progress,
) -> People:
    """Follow the people in the measured faces into the folder ``final``, or take what is there.

    Every face gets the number of its track as ``track_id`` and ``face_id``. Raises whatever
    ``on_progress`` raises.
    """
    if cache.action(final) != "reuse":
        with cache.lock(final):
            if cache.action(final) != "reuse":
                on_progress(Progress("people", text="Following the people"))
                with cache.building(final) as folder:
                    return _build(*measured(), settings, folder)
    return load(final)


def load(final: Path) -> People:
    """The tables in a folder that ``run`` has filled."""
    faces, samples = pd.read_parquet(final / FACES), pd.read_parquet(final / SAMPLES)
    return People(faces, samples, Counts(**cache.read_json(final / COUNTS)))


def _build(faces: pd.DataFrame, samples: pd.DataFrame, settings: Settings, folder: Path) -> People:
    samples = samples.assign(shot=shot_numbers(samples, stays(faces, samples)))
    tracks = link(faces, samples, settings.max_gap_s)
    names = pd.Series([person_name(track) for track in tracks.tolist()], dtype="str")
    linked = faces.assign(face_id=tracks, track_id=tracks, person=names)
    # Numbers are given before anything is left out, so that they stay whatever the thresholds.
    left_out = spurious(linked, tracks, settings, sampling_step_s(samples))
    known = linked[~left_out].reset_index(drop=True)
    counts = Counts(
        shots=int(samples["shot"].max()) + 1 if len(samples) else 0,
        tracks=int(known["track_id"].nunique()),
        dropped_tracks=int(linked.loc[left_out, "track_id"].nunique()),
        dropped_faces=int(left_out.sum()),
    )
    # Relative to the person's own frames, so it can only be told now.
    faces = with_intensities(
        known.reindex(columns=list(FACE_COLUMNS)), known, _neutral_range(settings)
    )
    faces = with_affect(faces)[list(FACE_COLUMNS)].astype(FACE_COLUMNS)
    samples = recounted(samples[list(SAMPLE_COLUMNS)], faces)
    faces.to_parquet(folder / FACES, index=False)
    samples.to_parquet(folder / SAMPLES, index=False)
    cache.write_text(folder / COUNTS, json.dumps(asdict(counts)))
    return People(faces, samples, counts)


def _neutral_range(settings: Settings) -> Callable[[int], tuple[float, float] | None]:
    """The stretch that the settings call neutral, for everybody."""
    start_s, end_s = settings.baseline_start_s, settings.baseline_end_s
    told = None if end_s is None else (start_s or 0.0, end_s)
    return lambda face_id: told


def counted_from(
    faces: pd.DataFrame, measured: pd.DataFrame, ranges: Mapping[int, tuple[float, float]]
) -> pd.DataFrame:
    """The final faces table with the action units of some people counted anew.

    ``ranges`` gives the stretch, in seconds, that the user calls neutral, by ``face_id``;
    ``measured`` is the table of the faces room, where each face has its evidence.
    """
    place = ["frame", "x", "y"]
    evidence = faces[place].merge(
        measured[[*place, LENGTHS_COLUMN, CROP_COLUMN]].drop_duplicates(place), on=place, how="left"
    )
    anew = faces["face_id"].isin(list(ranges)).to_numpy()
    evidence.index = faces.index
    part = with_intensities(faces[anew], evidence[anew], ranges.get)
    columns = [*ACTION_UNITS, "baseline", "valence", "arousal"]
    told = with_affect(part)[columns].reindex(faces.index)
    return faces.assign(**{name: told[name].where(anew, faces[name]) for name in columns}).astype(
        FACE_COLUMNS
    )
