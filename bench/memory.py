"""Whether memory grows with the length of the video: the same film, played once and many times.

    python -m bench.memory [CLIP]

Each run analyses every frame in a fresh process; the peak is that process's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import av

REPOSITORY = Path(__file__).parents[1]
REPEATS = (1, 4, 16)

RUN = """
import json, resource, sys
from pathlib import Path
from facemotion import Settings, pipeline
analysis = pipeline.run(sys.argv[1], Settings(every_s=0), cache_root=Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({"frames": len(analysis.samples), "peak_mb": peak}))
"""


def repeated(clip: Path, times: int, target: Path) -> Path:
    """The clip's packets written ``times`` times one after the other, without re-encoding."""
    with av.open(str(target), "w") as out:
        stream, shift = None, 0
        for _ in range(times):
            with av.open(str(clip)) as container:
                source = container.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(source)
                end = 0
                for packet in container.demux(source):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)
                shift += end
    return target


def main() -> None:
    """Print frames and peak memory for each length."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("clip", nargs="?", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.clip is None:
            from facemotion import demo

            options.clip = demo.build(folder / "demo")
        print(f"{'frames':>8}{'peak MB':>10}")
        for times in REPEATS:
            film = repeated(options.clip, times, folder / f"film-{times}.mp4")
            command = [sys.executable, "-c", RUN, str(film), scratch]
            run = subprocess.run(
                command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=True
            )
            found = json.loads(run.stdout)
            print(f"{found['frames']:>8}{found['peak_mb']:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
