"""How live is live: delay behind the stream, memory over a long session, nothing lost silently.

    python -m bench.live [CLIP] [--seconds 60] [--minutes 30] [--speed 30]

A server on this machine cuts the clip into segments of 2 s and publishes them as time goes by, over
and over. The first part runs as fast as life: "behind" is the clock less the time at which a
picture was live (at best half a segment in the median, for a segment is published when it is over),
"added" is what of it was spent since its segment was published. The second part runs a long session
in little time, on a small clip, and looks at the memory of the process, server and all; every
stretch without a sample must be told as a gap.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from pathlib import Path

import numpy as np

from facemotion.cache import default_root
from facemotion.live import Clock, Live, LiveSettings, Sample, watch
from facemotion.live.session import GAP_STEPS
from tests import clips, live_server
from tests.live_server import LiveServer

CLIP = Path(__file__).parents[2] / "shared/media/videos/pyfeat_WolfgangLanger_Pexels.mp4"
PIECE_S = 2.0


def delays(clip: Path, seconds: float, folder: Path) -> None:
    """Print how far behind the stream a session of that length is."""
    clock = Clock()
    pieces = live_server.pieces(clip, folder / "delays", piece_s=PIECE_S)
    shown: list[tuple[float, float]] = []
    with LiveServer(pieces, clock, loops=True, n_first=1) as server:
        live = watch(
            server.url,
            LiveSettings(),
            default_root(),
            listener=lambda item: _note(item, shown, clock),
            clock=clock,
        )
        _until(live, seconds)
        rate, asked = live.stats.rate, live.stats.asked_rate
        live.stop()
        live.join(10)
        first = next(int(p.split("piece-")[1]) for p in server.asked if "piece-" in p)
        begin_s = server.published_at(first - 1)  # the clock at stream time 0
        ends = np.array([server.published_at(first + i) for i in range(int(seconds / PIECE_S) + 9)])
    times, at = np.array(shown[5:]).T
    behind = at - (begin_s + times)
    added = at - ends[np.searchsorted(ends, begin_s + times + 1e-3)]
    print(f"{clip.name}, {seconds:g} s, segments of {PIECE_S:g} s, {len(shown)} samples")
    print(f"{'samples a second (asked for)':<44}{rate:>8.2f} ({asked:.2f})")
    for name, values in (("behind the stream", behind), ("added after publication", added)):
        median, high = np.median(values), np.percentile(values, 95)
        print(f"{name + ': median, 95 %':<44}{median:>8.2f} s{high:>8.2f} s")


def memory(minutes: float, speed: float, folder: Path) -> None:
    """Print what a long session takes, and whether it has told everything that it missed."""
    clock = Clock(speed)
    clip = clips.write_portrait(folder / "portrait.mp4", 500)
    pieces = live_server.pieces(clip, folder / "memory", piece_s=PIECE_S)
    settings = LiveSettings(fps=1.0, buffer_s=120.0, max_buffer_bytes=20_000_000)
    resident: list[tuple[float, float]] = []
    silent, last = 0, None
    with LiveServer(pieces, clock, loops=True) as server:
        times: list[tuple[float, float]] = []
        live = watch(
            server.url,
            settings,
            default_root(),
            listener=lambda item: _note(item, times, clock),
            clock=clock,
        )
        while live.stats.time_s < 60 * minutes and not live.is_over:
            time.sleep(1)
            live.snapshot()
            resident.append((live.stats.time_s, _resident_mb()))
        gaps = live.snapshot().gaps
        stats = live.stats
        live.stop()
        live.join(10)
    for (before_s, _), (after_s, _) in itertools.pairwise(times):
        told = any(g.start_s <= before_s and after_s <= g.end_s for g in gaps)
        if after_s - before_s > GAP_STEPS / settings.fps and not told:
            silent, last = silent + 1, (before_s, after_s)
    settled = [mb for at_s, mb in resident if at_s > 240]
    print(f"\n{stats.time_s / 60:.0f} minutes of stream, {speed:g} times as fast as life")
    print(f"{'samples, gaps told, silent losses':<44}{len(times):>8}{len(gaps):>8}{silent:>8}")
    if last:
        print(f"a silent loss: {last}")
    print(f"{'resident memory after 4 min, highest, at end':<44}", end="")
    print(f"{settled[0]:>8.0f}{max(settled):>8.0f}{settled[-1]:>8.0f} MB")


def _note(item: object, shown: list[tuple[float, float]], clock: Clock) -> None:
    """Put down when a sample was there: its stream time, and the clock."""
    if isinstance(item, Sample):
        shown.append((item.time_s, clock.now()))


def _until(live: Live, seconds: float) -> None:
    while live.stats.time_s < seconds and not live.is_over:
        time.sleep(0.2)


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S")
    parser.add_argument("--minutes", type=float, default=30.0, metavar="M")
    parser.add_argument("--speed", type=float, default=30.0, metavar="N")
    options = parser.parse_args()
    if not options.clip.exists():
        raise SystemExit(f"{options.clip} is not there. Name a clip.")
    with tempfile.TemporaryDirectory() as folder:
        delays(options.clip, options.seconds, Path(folder))
        memory(options.minutes, options.speed, Path(folder))


if __name__ == "__main__":
    main()
