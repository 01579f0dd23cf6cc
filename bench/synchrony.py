"""Whether synchrony between two people is found where it is, and nowhere else.

    python -m bench.synchrony [--signals-only] [--pairs 200] [--seconds 40] [--keep DIR]

First on made-up signals: a known coupling and lag must come back, and of pairs that know nothing of
each other about one in twenty may be called significant (p < 0.05). Then on pictures: two portraits
side by side, their smiles (AU12, with AU25) driven by such signals, go as a clip through the whole
pipeline, every frame of it, and correlation, lag and phase synchrony must come back from what was
measured. ``true r`` is the correlation of the two driving signals at the true lag.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd
from av.video.stream import VideoStream

from facemotion import demo, pipeline
from facemotion.records import Settings
from facemotion.statistics import dyads, phases
from facemotion.statistics.null import Strength
from facemotion.statistics.pairs import Pair, paired

BAND_HZ = (0.15, 1.0)
"""For clips of well under a minute: rhythms of 1 to 7 seconds."""

SPEED_HZ = 0.5
FPS = 12
SCALE = 0.6


def wavering(seconds: float, rate_hz: float, seed: int) -> np.ndarray:
    """A smooth random series with rhythms up to about ``SPEED_HZ``: mean 0, deviation 1."""
    count = round(seconds * rate_hz)
    frequency = np.fft.rfftfreq(count, 1 / rate_hz)
    noise = np.random.default_rng(seed).standard_normal(count)
    values = np.fft.irfft(np.fft.rfft(noise) * np.exp(-((frequency / SPEED_HZ) ** 2)), count)
    return np.asarray((values - values.mean()) / values.std())


def couple(
    seconds: float, rate_hz: float, coupling: float, lag_s: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Two series of which the second repeats the first after ``lag_s``, with a share of its own."""
    longer, spare = seconds + 20, round(10 * rate_hz)
    a, own = wavering(longer, rate_hz, 2 * seed), wavering(longer, rate_hz, 2 * seed + 1)
    later = np.interp(np.arange(len(a)) - lag_s * rate_hz, np.arange(len(a)), a)
    b = coupling * later + np.sqrt(1 - coupling**2) * own
    return a[spare:-spare], b[spare:-spare]


def as_pair(a: np.ndarray, b: np.ndarray, rate_hz: float) -> Pair:
    return Pair(np.arange(len(a)) / rate_hz, a, b, 1 / rate_hz)


def all_strengths(pair: Pair, seed: int = 0) -> dict[str, Strength]:
    """Every measure of a pair, by its name."""
    return {
        "pearson": dyads.correlation(pair, seed=seed),
        "spearman": dyads.correlation(pair, "spearman", seed=seed),
        "windowed": dyads.windowed_correlation(pair, seed=seed).strength,
        "at best lag": dyads.lag(pair, seed=seed).strength,
        "phase locking": phases.phase_synchrony(pair, BAND_HZ, seed=seed).strength,
    }


def recovery(seconds: float, rate_hz: float) -> None:
    """Print what comes back of known couplings and lags, under noise."""
    print(f"\nKnown coupling and lag, {seconds:g} s at {rate_hz:g} Hz (medians of 20 pairs)")
    print(f"{'':>23}{'at the best lag':>22}{'':>8}pairs with p < 0.05")
    print(
        f"{'coupling':>9}{'lag s':>7}{'noise':>7}{'true r':>8}{'r':>7}{'lag':>7}{'PLV':>6}", end=""
    )
    print(f"{'r':>7}{'at lag':>8}{'PLV':>6}")
    for coupling, lag_s, noise in (
        *((0.9, 0.0, 0.0), (0.9, 0.5, 0.0), (0.9, -1.3, 0.0), (0.9, 3.0, 0.0)),
        *((0.6, 0.5, 0.0), (0.6, 0.5, 0.5), (0.4, 0.0, 0.0), (0.4, 0.5, 1.0)),
    ):
        rows = []
        for seed in range(20):
            a, b = couple(seconds, rate_hz, coupling, lag_s, seed)
            rng = np.random.default_rng(seed + 9000)
            a, b = (values + noise * rng.standard_normal(len(values)) for values in (a, b))
            pair = as_pair(a, b, rate_hz)
            rows.append((dyads.correlation(pair), dyads.lag(pair), _locking(pair)))
        lags = [row[1].lag_s for row in rows if row[1].lag_s is not None]
        best = [row[1].strength.value for row in rows]
        locking = [row[2].value for row in rows]
        hits = np.mean(
            [[bool(s.beyond_chance) for s in (row[0], row[1].strength, row[2])] for row in rows],
            axis=0,
        )
        print(
            f"{coupling:>9.1f}{lag_s:>7.1f}{noise:>7.1f}{coupling / (1 + noise**2):>8.2f}"
            f"{_median(best):>7.2f}{_median(lags):>7.2f}{_median(locking):>6.2f}"
            f"{hits[0]:>7.0%}{hits[1]:>8.0%}{hits[2]:>6.0%}"
        )


def strangers(seconds: float, rate_hz: float, count: int) -> None:
    """Print how many of ``count`` unrelated pairs each measure calls significant."""
    called: dict[str, int] = {}
    judged: dict[str, int] = {}
    for seed in range(count):
        pair = as_pair(*couple(seconds, rate_hz, 0.0, 0.0, 5000 + seed), rate_hz)
        for name, strength in all_strengths(pair, seed).items():
            judged[name] = judged.get(name, 0) + (strength.p_value is not None)
            called[name] = called.get(name, 0) + bool(strength.beyond_chance)
    parts = [
        f"{name} {called[name] / judged[name]:.1%}" if judged[name] else f"{name} too short"
        for name in called
    ]
    print(f"{count} pairs of strangers, {seconds:g} s at {rate_hz:g} Hz: {', '.join(parts)}")


def render(path: Path, signals: tuple[np.ndarray, np.ndarray]) -> None:
    """Two portraits side by side; a signal of -2 to 2 becomes a smile of 0 to 1."""
    face = demo.animator()
    smiles = [np.clip(0.5 + values / 4, 0, 1).tolist() for values in signals]
    with av.open(str(path), "w", format="mp4") as container:
        options = {"crf": "20", "preset": "veryfast"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        assert isinstance(stream, VideoStream)
        for index in range(len(signals[0])):
            both = [
                face.render_frame({"AU12": smile[index], "AU25": smile[index] / 2}, scale=SCALE)
                for smile in smiles
            ]
            rgb = np.ascontiguousarray(np.concatenate(both, axis=1))
            if not index:
                stream.height, stream.width, stream.pix_fmt = *rgb.shape[:2], "yuv420p"
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def measured(path: Path, cache_root: Path) -> tuple[pd.DataFrame, int, int]:
    """The faces of the clip, every frame of it, and the persons on the left and on the right."""
    analysis = pipeline.run(path, Settings(every_s=0), cache_root=cache_root)
    faces = analysis.faces
    longest = faces["face_id"].value_counts().index[:2].tolist()
    left, right = sorted(longest, key=lambda i: float(faces.loc[faces["face_id"] == i, "x"].mean()))
    return faces, int(left), int(right)


def on_pictures(seconds: float, folder: Path) -> None:
    """Print what comes back from the pictures of two animated people."""
    print(f"\nTwo animated people, {seconds:g} s at {FPS} Hz, measured by the whole pipeline")
    print(f"{'coupling':>9}{'lag s':>7}{'true r':>8}{'':>4}{'column':<8}", end="")
    print(f"{'r at lag':>9}{'p':>7}{'lag':>7}{'r':>7}{'p':>7}{'PLV':>6}{'p':>7}{'degrees':>9}")
    for coupling, lag_s, seed in ((0.95, 0.0, 1), (0.95, 0.75, 2), (0.9, -1.0, 3), (0.0, 0.0, 4)):
        signals = couple(seconds, FPS, coupling, lag_s, seed)
        path = folder / f"pair-{seed}.mp4"
        render(path, signals)
        faces, left, right = measured(path, folder / "cache")
        driving = as_pair(*signals, FPS)
        true = dyads.lag(driving).strength if coupling else dyads.correlation(driving)
        for column in ("AU12", "happy"):
            print(f"{coupling:>9.2f}{lag_s:>7.2f}{_number(true.value):>8}{'':>4}", end="")
            print(f"{column:<8}{_found(paired(faces, left, right, column))}")


def _found(pair: Pair) -> str:
    """One pair's numbers, and why there is none where there is none."""
    lag, same = dyads.lag(pair), dyads.correlation(pair)
    locked = phases.phase_synchrony(pair, BAND_HZ)
    notes = {s.note for s in (lag.strength, same, locked.strength) if s.note}
    return (
        f"{_number(lag.strength.value):>9}{_number(lag.strength.p_value, 3):>7}"
        f"{_number(lag.lag_s):>7}{_number(same.value):>7}{_number(same.p_value, 3):>7}"
        f"{_number(locked.strength.value):>6}{_number(locked.strength.p_value, 3):>7}"
        f"{_number(locked.phase_deg, 0):>9}  {' '.join(sorted(notes))}"
    )


def _locking(pair: Pair) -> Strength:
    return phases.phase_synchrony(pair, BAND_HZ).strength


def _median(values: list[float] | list[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else float("nan")


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--signals-only", action="store_true")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the clips stay")
    options = parser.parse_args()
    for seconds, rate_hz in ((40.0, 12.0), (60.0, 10.0), (180.0, 10.0)):
        strangers(seconds, rate_hz, options.pairs)
    recovery(120.0, 10.0)
    if options.signals_only:
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        on_pictures(options.seconds, folder)


if __name__ == "__main__":
    main()
