"""How well people are followed through real clips: shots, tracks, identity switches, fragments.

    python -m bench.tracks [MEDIA_DIR] [--every S] [--json]

The truth about who is where is ``tracks_truth.json``, put down by eye from drawn frames: by clip
the times of the cuts, and for each person (a letter) times on the player's clock with the middle
of the face, wherever a face was found at all. Other clips show one person at most, without a cut.

* switch: a track goes on with another person
* fragment: a person's number changes within a shot
* over a cut: a track has faces of two shots
* faces: those found at the times of ``ground_truth.json`` against those there, all clips together
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from bench.detectors import MEDIA
from facemotion import cache, faces, frames, people
from facemotion.records import Settings, Video

TRUTH = Path(__file__).with_name("tracks_truth.json")
SAME_TIME_S = 0.02


@dataclass(frozen=True)
class Result:
    """What was found in one clip; ``cuts_wrong`` are those missed and those invented."""

    file: str
    samples: int
    shots: int
    cuts_wrong: int
    tracks: int
    dropped: int
    persons: int
    anchors: int
    switches: int
    fragments: int
    over_cuts: int
    faces_found: str


def measured(path: Path, every_s: float, models_folder: Path, scratch: Path) -> people.People:
    """The people of one clip, as an analysis has them."""
    settings = Settings(every_s=every_s)
    video = Video("id", str(path), str(path), path.name)
    sampled = frames.run(video, settings, scratch / "frames")
    found = faces.run(sampled.read, sampled.n_samples, settings, models_folder, scratch / "faces")
    return people.run(lambda: (found.faces, found.samples), settings, scratch / "people")


def judged(
    file: str, found: people.People, truth: dict[str, Any], counts: list[dict[str, Any]]
) -> Result:
    """One clip against what is known about it."""
    shots = found.samples.set_index("frame")["shot"]
    anchors = _at_anchors(found, truth.get("people", {}))
    by_track = anchors.groupby("track")["person"].apply(list)
    switches = sum(a != b for people in by_track for a, b in pairwise(people))
    numbers = anchors.groupby(["person", "shot"])["track"].nunique()
    over = found.faces["frame"].map(shots).groupby(found.faces["track_id"]).nunique()
    return Result(
        file=file,
        samples=len(found.samples),
        shots=found.counts.shots,
        cuts_wrong=_cuts_wrong(found.samples, truth.get("cuts_s", [])),
        tracks=found.counts.tracks,
        dropped=found.counts.dropped_tracks,
        persons=anchors["person"].nunique(),
        anchors=len(anchors),
        switches=switches,
        fragments=int((numbers - 1).sum()),
        over_cuts=int((over > 1).sum()),
        faces_found=_faces_found(found, counts),
    )


def _at_anchors(found: people.People, persons: dict[str, list[list[float]]]) -> pd.DataFrame:
    """Person, track and shot at every anchor whose frame was analysed and has a face there."""
    rows = []
    table = found.faces.merge(found.samples[["frame", "shot"]], on="frame")
    for person, places in persons.items():
        for time_s, x, y in places:
            here = table[(table["timestamp"] - time_s).abs() < SAME_TIME_S]
            away_x = (here["x"] + here["w"] / 2 - x) / here["w"]
            away_y = (here["y"] + here["h"] / 2 - y) / here["h"]
            away = away_x**2 + away_y**2
            if len(away) and away.min() < 0.25:
                nearest = here.loc[away.idxmin()]
                rows.append((time_s, person, int(nearest["track_id"]), int(nearest["shot"])))
    columns = ["time_s", "person", "track", "shot"]
    return pd.DataFrame(rows, columns=columns).sort_values("time_s", ignore_index=True)


def _cuts_wrong(samples: pd.DataFrame, cuts_s: list[float]) -> int:
    """Cuts missed or invented; several between two samples are one."""
    times, shots = samples["timestamp"].to_numpy(), samples["shot"].to_numpy()
    found = {i for i in range(1, len(times)) if shots[i] != shots[i - 1]}
    true = {int((times < cut - SAME_TIME_S).sum()) for cut in cuts_s}
    return len(found ^ (true & set(range(1, len(times)))))


def _faces_found(found: people.People, counts: list[dict[str, Any]]) -> str:
    """Faces found / there at the labelled times that were looked at."""
    there = seen = 0
    for entry in counts:
        later = found.samples[found.samples["timestamp"] >= entry["time_s"] - 1e-6]
        if len(later) and later["timestamp"].iloc[0] - entry["time_s"] < 0.1:
            there += entry["n_faces"]
            seen += int(later["n_faces"].iloc[0])
    return f"{seen}/{there}"


def run(media: Path, every_s: float, models_folder: Path) -> Iterator[Result]:
    """All clips, one after the other."""
    truth = {clip["file"]: clip for clip in json.loads(TRUTH.read_text())}
    labelled = json.loads((media / "ground_truth.json").read_text())
    for path in sorted((media / "videos").iterdir()):
        file = f"videos/{path.name}"
        counts = [entry for entry in labelled if entry["file"] == file]
        with tempfile.TemporaryDirectory() as scratch:
            found = measured(path, every_s, models_folder, Path(scratch))
        yield judged(file, found, truth.get(file, {}), counts)


def main() -> None:
    """Follow the people in every clip and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("media", nargs="?", type=Path, default=MEDIA)
    parser.add_argument("--every", type=float, default=0.0, help="seconds between frames (0: all)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    known = cache.default_root() / "models"
    with tempfile.TemporaryDirectory() as scratch:
        folder = known if known.is_dir() else Path(scratch)
        results = list(run(options.media, options.every, folder))
    if options.json:
        print(json.dumps([asdict(result) for result in results], indent=1))
        return
    titles = "samples shots cuts_wrong tracks dropped persons anchors switches fragments over_cuts"
    print(f"{'clip':<46}" + "".join(f"{title:>11}" for title in titles.split()) + "    faces")
    for result in results:
        numbers = asdict(result)
        line = "".join(f"{numbers[title]:>11}" for title in titles.split())
        print(f"{result.file.removeprefix('videos/'):<46}{line}{result.faces_found:>9}")


if __name__ == "__main__":
    main()
