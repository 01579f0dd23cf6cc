"""What a film costs: drawing into every picture against decoding and encoding alone.

    python -m bench.film [CLIP] [--repeats N]

Every frame of the clip is analysed first (that is not counted, and kept in the cache for the next
time). Then the four take turns, each from the file to the file: "decoding" is what a film reads,
"decoding and encoding" writes it again as it is, "annotated" has boxes, names, bars, chart and
sound, and "blurred" hides the faces as well, for which the clip is looked through once more.
The clip is the 472-frame one of the test media if it is there, otherwise the demo clip.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from facemotion import demo, film, pipeline
from facemotion.film.planes import Canvas
from facemotion.film.source import Source
from facemotion.film.writing import Writer
from facemotion.records import Analysis, Settings

CLIP = Path(__file__).parents[2] / "shared/media/videos/pyfeat_WolfgangLanger_Pexels.mp4"
REPEATS = 5


def decode(analysis: Analysis, out: Path) -> None:
    """Read all pictures as a film does."""
    for _ in Source(analysis).plates():
        pass


def encode(analysis: Analysis, out: Path) -> None:
    """Write them again with nothing drawn on them."""
    source = Source(analysis)
    writer = None
    for plate in source.plates():
        if writer is None:
            writer = Writer(out, plate, plate.size[1], source.clock(plate), source.fps)
        canvas = Canvas(writer.frame())
        canvas.paste(plate.planes)
        writer.add(canvas.frame, plate)
    if writer is not None:
        writer.finish()


def annotate(analysis: Analysis, out: Path) -> None:
    film.run(analysis, out)


def blur(analysis: Analysis, out: Path) -> None:
    film.run(analysis, out, film.FilmOptions(blur="faces"))


CONTENDERS: dict[str, Callable[[Analysis, Path], None]] = {
    "decoding": decode,
    "decoding and encoding": encode,
    "annotated": annotate,
    "annotated, blurred": blur,
}
COMPARED_WITH = "decoding and encoding"


def main() -> None:
    """Print one table: frames per second, and the ratio to decoding and encoding alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or (CLIP if CLIP.exists() else demo.build(Path(folder) / "demo"))
        analysis = pipeline.run(clip.resolve(), Settings(every_s=0))
        for _ in range(options.repeats):
            for name, work in CONTENDERS.items():
                start = time.perf_counter()
                work(analysis, Path(folder) / "film.mp4")
                seconds[name].append(time.perf_counter() - start)
    n_frames = len(analysis.samples)
    cores = os.cpu_count()
    print(f"{clip.name}: {n_frames} frames, {cores} cores, median of {options.repeats}")
    print(f"{'':<26}{'frames/s':>10}{'best':>8}{'ms/frame':>10}{'ratio':>8}")
    for name, found in seconds.items():
        # Contenders that took turns saw the same other work on the machine.
        ratios = np.array(found) / np.array(seconds[COMPARED_WITH])
        middle = float(np.median(found))
        print(
            f"{name:<26}{n_frames / middle:>10.0f}{n_frames / min(found):>8.0f}"
            f"{1000 * middle / n_frames:>10.2f}{np.median(ratios):>8.2f}"
        )
    print(f"'ratio': time, as a multiple of {COMPARED_WITH} alone")


if __name__ == "__main__":
    main()
