"""How fast: facemotion, DeepFace and fer on the same clip, each in a process of its own.

    python -m bench.speed [CLIP] [--repeats N]

"whole" is a fresh process from start to results, imports included, which is what a person waits for
the first time; "work" begins after the imports, with no model loaded yet, which is what every
further video costs in a program that stays open. Ours includes writing the cache, choosing the
moments and cutting their pictures. Peak memory is of the whole process.
The clip is the 472-frame one of the test media if it is there, otherwise the demo clip.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CLIP = REPOSITORY.parent / "shared/media/videos/pyfeat_WolfgangLanger_Pexels.mp4"
EVERY_S = 0.5
REPEATS = 3

# Each contender gets: the clip, a fresh cache folder, the seconds between two looks. It prints one
# JSON line: seconds of work, frames analysed, and remarks.
OURS = """
import json, sys, time
from pathlib import Path
clip, cache, every = sys.argv[1:4]
from facemotion import Settings, pipeline
start = time.perf_counter()
analysis = pipeline.run(clip, Settings(every_s=float(every)), cache_root=Path(cache))
print(json.dumps({"work_s": time.perf_counter() - start, "frames": len(analysis.samples),
                  "remark": f"{len(analysis.faces)} faces"}))
"""

DECODING = """
import json, sys, time
import av
start = time.perf_counter()
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    frames = sum(1 for frame in container.decode(video=0) if frame.to_ndarray(format="rgb24").size)
print(json.dumps({"work_s": time.perf_counter() - start, "frames": frames, "remark": "PyAV"}))
"""

# The usual notebook: OpenCV reads every frame, each n-th goes to the library.
NOTEBOOK = """
import json, os, sys, time
clip, every = sys.argv[1], float(sys.argv[3])
import cv2
{load}
start = time.perf_counter()
capture = cv2.VideoCapture(clip)
step = max(1, round(capture.get(cv2.CAP_PROP_FPS) * every))
number, frames, faces = 0, 0, 0
while True:
    ok, bgr = capture.read()
    if not ok:
        break
    if number % step == 0:
        faces += len(analyse(bgr))
        frames += 1
    number += 1
print(json.dumps({{"work_s": time.perf_counter() - start, "frames": frames,
                  "remark": f"{{faces}} faces{{remark}}"}}))
"""

DEEPFACE = """
from pathlib import Path
from deepface import DeepFace
from deepface.commons import weight_utils
real = Path.home() / ".deepface/weights/facial_expression_model_weights.h5"
remark = ""
if not real.exists():
    # The same network with its random first weights: the labels mean nothing, the time does.
    weight_utils.download_weights_if_necessary = lambda **_: ""
    weight_utils.load_model_weights = lambda model, weight_file: model
    remark = ", weights generated"
def analyse(bgr):
    return DeepFace.analyze(bgr, actions=["emotion"], enforce_detection=False,
                            detector_backend="opencv", silent=True)
"""

FER = """
from fer import FER
detector, remark = None, ", Haar"
def analyse(bgr):
    global detector
    detector = detector or FER(mtcnn=False)
    return detector.detect_emotions(bgr)
"""

CONTENDERS: dict[str, tuple[str, float]] = {
    "decoding alone, every frame": (DECODING, 0),
    "facemotion, every frame": (OURS, 0),
    f"facemotion, every {EVERY_S} s": (OURS, EVERY_S),
    f"DeepFace.analyze, every {EVERY_S} s": (NOTEBOOK.format(load=DEEPFACE), EVERY_S),
    f"fer, every {EVERY_S} s": (NOTEBOOK.format(load=FER), EVERY_S),
}


def _measure(code: str, clip: Path, every: float) -> dict[str, float | str]:
    """One run in a fresh process: its own figures, and the time and memory of the whole."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-c", code, str(clip), cache, str(every)]
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **quiet},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stderr is not None
        output, errors = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        whole = time.perf_counter() - start
    if status:
        raise SystemExit(errors)
    figures = json.loads(output.strip().splitlines()[-1])
    return {**figures, "whole_s": whole, "peak_mb": usage.ru_maxrss / 1000}


def _import_figures() -> tuple[float, bool]:
    """Seconds that ``import facemotion`` takes in a fresh process, and whether TF came along."""
    code = (
        "import time; t = time.perf_counter(); import facemotion; t = time.perf_counter() - t\n"
        "import sys; print(t, 'tensorflow' in sys.modules)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(REPEATS)
    ]
    return min(float(run[0]) for run in runs), any(run[1] == "True" for run in runs)


def main() -> None:
    """Measure all contenders, taking turns, and print the table of the best of each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or CLIP
        if not clip.exists():
            from facemotion import demo

            clip = demo.build(Path(folder) / "demo")
        runs: dict[str, list[dict[str, float | str]]] = {name: [] for name in CONTENDERS}
        for _ in range(options.repeats):
            for name, (code, every) in CONTENDERS.items():
                runs[name].append(_measure(code, clip.resolve(), every))
    best = {name: min(found, key=lambda run: run["whole_s"]) for name, found in runs.items()}
    for name, found in runs.items():
        best[name]["work_s"] = min(float(run["work_s"]) for run in found)
    import_s, has_tensorflow = _import_figures()
    if options.json:
        print(json.dumps({"clip": clip.name, "runs": best, "import_s": import_s}, indent=1))
        return
    ours = best[f"facemotion, every {EVERY_S} s"]
    print(f"{clip.name}, {os.cpu_count()} cores, best of {options.repeats}")
    head = ("whole s", "work s", "frames", "ms/frame", "frames/s", "whole x", "work x", "peak MB")
    print(f"{'':<30}" + "".join(f"{title:>10}" for title in head))
    for name, run in best.items():
        work, frames = float(run["work_s"]), float(run["frames"])
        ratios = "".join(
            f"{float(run[key]) / float(ours[key]):>10.1f}" for key in ("whole_s", "work_s")
        )
        print(
            f"{name:<30}{run['whole_s']:>10.2f}{work:>10.2f}{frames:>10.0f}"
            f"{1000 * work / frames:>10.1f}{frames / work:>10.0f}{ratios}{run['peak_mb']:>10.0f}"
            f"  {run['remark']}"
        )
    print(f"'x': times what facemotion takes at every {EVERY_S} s")
    print(f"import facemotion: {import_s:.2f} s, TensorFlow loaded: {has_tensorflow}")


if __name__ == "__main__":
    main()
