"""Rendering the script into a video file."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from facemotion import cache
from facemotion.demo import script
from facemotion.demo.animate import Animator
from facemotion.records import OnProgress, Progress

CLIP, SCRIPT = "demo.mp4", "demo.json"

# Constant quality a little better than x264's usual 23: the measurements look at fine detail.
ENCODER_OPTIONS = {"crf": "20", "preset": "veryfast", "tune": "film"}
KEYFRAME_EVERY_S = 1


def build(folder: Path, on_progress: OnProgress) -> Path:
    """See ``facemotion.demo.build``."""
    plan = _plan()
    final = folder / CLIP
    with cache.lock(final, lambda: on_progress(_progress(0))):
        if not _is_built(folder, plan["key"]):
            with cache.storage_errors(folder):
                (folder / SCRIPT).unlink(missing_ok=True)
                _render(cache.partial(final), on_progress)
                cache.partial(final).replace(final)
            # Written last: with this key in it, it says that the clip beside it is the right one.
            cache.write_text(folder / SCRIPT, json.dumps(plan, indent=1) + "\n")
    on_progress(_progress(script.FRAMES))
    return final


def _plan() -> dict[str, Any]:
    """The content of ``demo.json``."""
    data = script.to_dict()
    # The pictures depend on every file of this package, so any change of it makes a new clip.
    code = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))]
    return {"key": cache.key("demo", 1, data, ENCODER_OPTIONS, code), **data}


def _is_built(folder: Path, key: str) -> bool:
    try:
        built = cache.read_json(folder / SCRIPT)["key"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    return bool(built == key) and (folder / CLIP).is_file()


def _progress(done: int) -> Progress:
    return Progress("download", done, script.FRAMES, "frames", "Building the demo clip")


def _render(path: Path, on_progress: OnProgress) -> None:
    """The whole clip as an MP4 file with H.264 in it, its index in front for browsers."""
    animator = Animator()
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=script.FPS, options=ENCODER_OPTIONS)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = script.WIDTH, script.HEIGHT, "yuv420p"
        stream.gop_size = script.FPS * KEYFRAME_EVERY_S
        for index in range(script.FRAMES):
            on_progress(_progress(index))
            time_s = index / script.FPS
            rgb = animator.render_frame(script.amounts_at(time_s), **script.pose_at(time_s))
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, script.FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
