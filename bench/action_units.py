"""How well action units follow a face whose muscles are known: the demo clip's own script.

    python -m bench.action_units [--every N]

The portrait of the demo clip is rendered through its whole script, four times: as it is, at half
size, and with the head turned by 25 degrees to either side. Each run is measured like any video
(neutral face included), and held against the script: "alone" is the rank correlation over the
stretch in which a unit moves by itself, "clip" over the whole clip, where most of the time a unit
is at rest (ties) and others move; "apex" is the intensity at its height, "other" the strongest
other unit at that time. With the test media there, the labelled pictures follow: a picture has no
neutral face of its own, so it is held against people at large.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from facemotion import demo
from facemotion.action_units import TABLE, reliability, with_intensities
from facemotion.demo.script import ACTION_UNITS as SCRIPTED
from facemotion.demo.script import FPS, FRAMES, SOLOS
from facemotion.faces import Looker
from facemotion.records import ACTION_UNITS, Frame, Settings
from facemotion.tables import faces_table

PICTURES = Path(__file__).parents[2] / "shared/media/pictures"
EXPECTED = {
    "0-f1-su-ph.jpg": ("surprise", ("AU01", "AU02", "AU05", "AU25", "AU26")),
    "0-f15-hao-ph.jpg": ("happy", ("AU06", "AU12")),
    "15-f13-anc-ph.jpg": ("angry", ("AU04", "AU07", "AU23")),
    "45-m7-di-ph.jpg": ("disgust", ("AU09", "AU10", "AU15")),
}
RUNS = {
    "as it is": (0.0, 1.0),
    "half size": (0.0, 0.5),
    "yaw +25": (25.0, 1.0),
    "yaw -25": (-25.0, 1.0),
}
MUST_REACH = {
    *("AU01", "AU02", "AU04", "AU05", "AU12", "AU15", "AU20", "AU25", "AU26", "AU45"),
}


def measured(look: Looker, frames: list[Frame]) -> pd.DataFrame:
    """The faces of frames that show one face, with its action units."""
    rows = [max(found, key=lambda row: row["w"]) for frame in frames if (found := look(frame))]
    table = faces_table(rows)
    marks = pd.DataFrame({name: [row[name] for row in rows] for name in ("lengths", "front")})
    return with_intensities(table.assign(face_id=0), marks)


def rendered(yaw_deg: float, scale: float, every: int) -> list[Frame]:
    """The clip's frames with the head turned further, at another size, as JPEG would keep them."""
    animator, frames = demo.animator(), []
    for index in range(0, FRAMES, every):
        time_s = index / FPS
        pose = demo.pose_at(time_s)
        pose["yaw_deg"] += yaw_deg
        picture = animator.render_frame(demo.amounts_at(time_s), scale=scale, **pose)
        _, packed = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        bgr = cv2.imdecode(packed, cv2.IMREAD_COLOR)
        frames.append(Frame(index, time_s, np.ascontiguousarray(bgr[:, :, ::-1])))
    return frames


def report(faces: pd.DataFrame) -> pd.DataFrame:
    """One row per action unit: alone, clip, apex, the strongest other one."""
    times = faces["timestamp"].to_numpy()
    solos = {segment.name: segment for segment in SOLOS}
    rows = {}
    for unit in ACTION_UNITS:
        values = faces[unit].to_numpy(dtype=np.float64)
        if unit not in SCRIPTED:
            rows[unit] = {"apex": np.nanmax(values), "other": "not in the script"}
            continue
        truth = np.array([demo.amounts_at(time_s)[unit] for time_s in times])
        solo = solos[unit]
        alone = (times >= solo.start_s - 0.06) & (times <= solo.end_s + 0.06)
        apex = (times >= solo.hold_s) & (times <= solo.release_s)
        others = faces.loc[apex, [u for u in ACTION_UNITS if u != unit]].mean()
        rows[unit] = {
            "alone": _rank(truth[alone], values[alone]),
            "clip": _rank(truth, values),
            "apex": values[apex].mean(),
            "other": f"{others.max():.1f} {others.idxmax()}",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _rank(truth: np.ndarray, values: np.ndarray) -> float:
    known = np.isfinite(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant has no rank correlation: nan, and shown so
        return float(spearmanr(truth[known], values[known]).statistic)


def main() -> None:
    """Print the table of every run, and the labelled pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--every", type=int, default=2, metavar="N", help="render each Nth frame")
    options = parser.parse_args()
    from facemotion.cache import default_root

    look = Looker(Settings(), default_root() / "models")
    tables = {}
    for name, (yaw_deg, scale) in RUNS.items():
        every = 1 if name == "as it is" else options.every
        faces = measured(look, rendered(yaw_deg, scale, every))
        tables[name] = report(faces)
        kind, turned = faces["baseline"].iloc[0], faces["yaw_deg"].mean()
        print(f"{name}: {len(faces)} faces, counted from {kind}, mean yaw {turned:.0f}")
    print(f"\n{'':<6}{'':<24}{'':<6}" + "".join(f"{name:^34}" for name in RUNS))
    heads = "".join(f"{'alone':>7}{'clip':>7}{'apex':>6}{'other':>12}  " for _ in RUNS)
    print(f"{'':<6}{'':<24}{'':<6}{heads}")
    for unit in ACTION_UNITS:
        cells = ""
        for table in tables.values():
            row = table.loc[unit]
            cells += f"{row['alone']:>7.2f}{row['clip']:>7.2f}{row['apex']:>6.1f}"
            cells += f"{row['other'][:11]:>12}  "
        print(f"{unit:<6}{TABLE[unit].name:<24}{TABLE[unit].reliability:<6}{cells}")
    for name, table in tables.items():
        short = [
            f"{u} {table.at[u, 'alone']:.3f}"
            for u in sorted(MUST_REACH)
            if not table.at[u, "alone"] >= 0.9
        ]
        print(f"{name}: below 0.9 alone: {', '.join(short) or 'none'}")
    if PICTURES.is_dir():
        _pictures(look)


def _pictures(look: Looker) -> None:
    print("\nPictures with a known expression, held against people at large:")
    for name, (emotion, expected) in EXPECTED.items():
        bgr = cv2.imread(str(PICTURES / name))
        faces = measured(look, [Frame(0, 0.0, np.ascontiguousarray(bgr[:, :, ::-1]))])
        values, words = faces[list(ACTION_UNITS)].iloc[0], reliability(faces).iloc[0]
        top = values.dropna().sort_values(ascending=False, kind="stable").head(5)
        found = ", ".join(f"{u} {v:.1f}" for u, v in top.items() if v > 0)
        wanted = ", ".join(f"{u} {values[u]:.1f} ({words[u]})" for u in expected)
        pose = ", ".join(f"{n} {faces[f'{n}_deg'].iloc[0]:.0f}" for n in ("pitch", "yaw", "roll"))
        print(f"  {emotion:<9}{pose}\n    strongest: {found}\n    expected:  {wanted}")


if __name__ == "__main__":
    main()
