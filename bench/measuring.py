"""What the measuring costs: head, gaze, landmarks and action units against detection alone.

    python -m bench.measuring [CLIP] [--repeats N]

Both look at the same decoded frames in one thread, taking turns: "expressions" is detection (with
the mesh that vetoes false faces and levels the crop) and classification; "everything" adds the iris
model, head pose, gaze, landmarks and the evidence for action units, and then, once for the clip,
following the people and reading the intensities. Storing is in neither.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from unittest import mock

import av
import numpy as np
import pandas as pd

from facemotion import appearance
from facemotion.action_units import with_intensities
from facemotion.cache import default_root
from facemotion.faces import Looker, looker
from facemotion.faces.chunks import MARKS
from facemotion.people.shots import shot_numbers
from facemotion.people.tracking import link, stays
from facemotion.records import Frame, Settings
from facemotion.statistics.affect import with_affect
from facemotion.tables import faces_table, samples_table

CLIP = Path(__file__).parents[2] / "shared/media/videos/pyfeat_WolfgangLanger_Pexels.mp4"
EVERY = 2
REPEATS = 5


def frames_of(clip: Path) -> list[Frame]:
    """Every second frame, decoded."""
    with av.open(str(clip)) as container:
        decoded = enumerate(container.decode(video=0))
        return [
            Frame(i, float(frame.time or 0.0), frame.to_ndarray(format="rgb24"))
            for i, frame in decoded
            if i % EVERY == 0
        ]


def look_s(look: Looker, frames: list[Frame]) -> tuple[float, list[list[looker.Row]]]:
    """Seconds to look at all frames, and their rows."""
    start = time.perf_counter()
    rows = [look(frame) for frame in frames]
    return time.perf_counter() - start, rows


def people_s(frames: list[Frame], rows: list[list[looker.Row]]) -> float:
    """Seconds to follow the people and read the intensities."""
    signatures = [appearance.of_frame(frame.rgb) for frame in frames]
    start = time.perf_counter()
    flat = [row for found in rows for row in found]
    marks = {name: pd.Series([row[name] for row in flat], dtype=object) for name in MARKS["faces"]}
    faces = faces_table(flat).assign(**marks)
    samples = samples_table(
        (frame.index, frame.time_s, len(found)) for frame, found in zip(frames, rows, strict=True)
    ).assign(signature=pd.Series(signatures, dtype=object))
    samples = samples.assign(shot=shot_numbers(samples, stays(faces, samples)))
    tracks = link(faces, samples, Settings().max_gap_s)
    with_affect(with_intensities(faces.assign(face_id=tracks, track_id=tracks), faces))
    return time.perf_counter() - start


def main() -> None:
    """Print one table: milliseconds a frame and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    options = parser.parse_args()
    clip = options.clip
    if not clip.exists():
        raise SystemExit(f"{clip} is not there. Name a clip.")
    frames = frames_of(clip)
    look = Looker(Settings(), default_root() / "models")
    look_s(look, frames[:20])
    plain, whole, people = [], [], []
    for _ in range(options.repeats):
        with mock.patch.object(looker, "evidence", lambda *_: {"roll_deg": 0.0}):
            plain.append(look_s(look, frames)[0])
        seconds, rows = look_s(look, frames)
        whole.append(seconds)
        people.append(people_s(frames, rows))
    per_frame = [1000 * np.median(times) / len(frames) for times in (plain, whole, people)]
    print(f"{clip.name}: {len(frames)} frames, median of {options.repeats}, one thread")
    print(f"{'expressions alone':<40}{per_frame[0]:>8.2f} ms/frame")
    print(f"{'with head, gaze, landmarks, evidence':<40}{per_frame[1]:>8.2f} ms/frame")
    print(f"{'following people, reading intensities':<40}{per_frame[2]:>8.2f} ms/frame")
    ratio = (per_frame[1] + per_frame[2]) / per_frame[0]
    print(f"{'everything / expressions alone':<40}{ratio:>8.2f} x")


if __name__ == "__main__":
    main()
