"""The explanations of an analysis: what is shown to a judge, what is known, what asking costs.

Only ``ask`` sends anything; everything else reads the disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from facemotion import cache, explain
from facemotion.explain.views import BESIDE_PX, Material, face_jpeg, frame_jpeg
from facemotion.records import OnProgress, Progress, ignore_progress

if TYPE_CHECKING:
    from facemotion import frames
    from facemotion.records import Analysis, Caption, Explanation, Moment

    Frames = Callable[[], frames.Frames]

VIEWS = "views"
BESIDE_S = (0.2, 0.6, 1.5)
"""A face is also shown as it looked about the middle one of these before and after, in seconds,
but no nearer than the first and no farther than the last."""
CAPTIONS_S = 4.0
ANSWERS, SPENT = "answers", "spent.jsonl"


def of_disk(analysis: Analysis, sampled: Frames) -> tuple[Explanation, ...]:
    """The explanations of an analysis without asking anybody."""
    settings = analysis.settings
    explain.check_name(settings.explainer)
    if settings.explainer != "claude" or not analysis.moments:
        return explain.local(analysis.moments, settings.explainer)
    shown = materials(analysis, sampled)
    return explain.known(shown, analysis.video.title, settings, answers(analysis))


def ask(
    analysis: Analysis,
    sampled: Frames,
    key: str | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Analysis:
    """The same analysis with Claude's explanations, and a note on what they took.

    What it takes is told by ``on_progress`` before anything is sent, and added up on the disk.
    """
    settings, title = analysis.settings, analysis.video.title
    shown = materials(analysis, sampled)
    planned = explain.plan(shown, title, settings, answers(analysis))
    on_progress(Progress("explain", 0, len(shown), "moments", expected(analysis, planned)))
    made, used = explain.ask(shown, title, settings, answers(analysis), key, on_progress)
    remember(answers(analysis), settings.claude_model, used)
    return replace(analysis, explanations=made, notes=(*analysis.notes, told(analysis, used)))


def expected(analysis: Analysis, planned: explain.Plan) -> str:
    """A plan in words: what is known, what would be asked, and the price."""
    model, settings = analysis.settings.claude_model, analysis.settings
    if not planned.n_asked:
        rest = f", and the limits leave {len(planned.left_out)} out" if planned.left_out else ""
        return f"{len(planned.known)} answers are known, nothing is to be asked{rest}."
    price = (
        f"the price of {model} is not in our list"
        if planned.dollars is None
        else f"about ${planned.dollars:.3f} at the prices of {explain.PRICES_AS_OF}"
    )
    text = (
        f"{planned.n_asked} moments in {planned.usage.calls} calls of {model}, an estimated "
        f"{planned.usage.input_tokens} tokens in and {planned.usage.output_tokens} out: {price}"
    )
    if planned.known:
        text += f"; {len(planned.known)} answers are known"
    if planned.left_out:
        text += (
            f"; {len(planned.left_out)} moments are left out by the limits of "
            f"{settings.max_calls} calls and ${settings.max_dollars:g}"
        )
    return f"{text}."


def spent(analysis: Analysis) -> explain.Usage:
    """What all questions about this video have taken, by the service's own count."""
    try:
        lines = (answers(analysis) / SPENT).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return explain.Usage()
    return sum((explain.Usage(**json.loads(line)["usage"]) for line in lines), explain.Usage())


def remember(folder: Path, model: str, used: explain.Usage) -> None:
    """Add what questions took to what all of them took, in the folder of the answers."""
    if not used.calls:
        return
    line = {"model": model, "usage": asdict(used)}
    path = cache.make_folder(folder) / SPENT  # there may be no answer yet: refusals cost as well
    with cache.storage_errors(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def plan(analysis: Analysis, sampled: Frames) -> explain.Plan:
    """What asking about all moments would take, under the caps in the settings."""
    shown = materials(analysis, sampled)
    return explain.plan(shown, analysis.video.title, analysis.settings, answers(analysis))


def told(analysis: Analysis, used: explain.Usage) -> str:
    """What the questions took, in words."""
    model = analysis.settings.claude_model
    if not used.calls:
        return f"Nothing was asked of {model}: every answer was known already."
    return f"{model} was asked {explain.bill(model, used, analysis.settings.claude_batch)}."


def is_batch_under_way(analysis: Analysis) -> bool:
    """Whether questions about this video were handed in as a batch and not collected yet."""
    return any(answers(analysis).glob("batch-*.txt"))


def answers(analysis: Analysis) -> Path:
    """Where the answers about a video are kept, whatever its settings."""
    return analysis.folder.parent / ANSWERS


def materials(analysis: Analysis, sampled: Frames) -> list[Material]:
    """What is shown of each moment; the pictures are cut once and kept with the moments."""
    final = analysis.folder / VIEWS
    if cache.action(final) != "reuse":
        with cache.lock(final):
            if cache.action(final) != "reuse":
                with cache.building(final) as folder:
                    _write_views(analysis, sampled(), folder)
    return [_material(analysis, moment, final) for moment in analysis.moments]


def _write_views(analysis: Analysis, sampled: frames.Frames, folder: Path) -> None:
    beside = {moment.number: _beside(analysis, moment) for moment in analysis.moments}
    wanted = {moment.frame_index for moment in analysis.moments}
    wanted |= {frame for found in beside.values() for frame, _ in found.values()}
    pixels = sampled.grab(wanted)
    for moment in analysis.moments:
        rgb = pixels.get(moment.frame_index)
        if rgb is None:
            continue
        files = {"face": face_jpeg(rgb, moment.box_xywh), "frame": frame_jpeg(rgb, moment.box_xywh)}
        for name, (frame, box) in beside[moment.number].items():
            if frame in pixels:
                files[name] = face_jpeg(pixels[frame], box, BESIDE_PX)
        for name, file in files.items():
            cache.write_bytes(folder / f"{moment.number:02d}_{name}.jpg", file)


def _beside(analysis: Analysis, moment: Moment) -> dict[str, tuple[int, tuple[float, ...]]]:
    """Frame and box of the same face shortly before and after, where it was seen then."""
    least, best, most = BESIDE_S
    same = analysis.faces[analysis.faces["face_id"] == moment.face_id]
    found = {}
    for name, sign in (("before", -1), ("after", 1)):
        distance = sign * (same["timestamp"] - moment.time_s)
        near = same[(distance >= least) & (distance <= most)]
        if len(near):
            row = near.loc[(distance[near.index] - best).abs().idxmin()]
            found[name] = (int(row["frame"]), tuple(float(row[side]) for side in "xywh"))
    return found


def _material(analysis: Analysis, moment: Moment, folder: Path) -> Material:
    def file(name: str) -> bytes | None:
        path = folder / f"{moment.number:02d}_{name}.jpg"
        return path.read_bytes() if path.is_file() else None

    return Material(
        moment,
        face=file("face") or b"",
        frame=file("frame") or b"",
        before=file("before"),
        after=file("after"),
        captions=_said_around(analysis, moment),
    )


def _said_around(analysis: Analysis, moment: Moment) -> tuple[Caption, ...]:
    first, last = moment.time_s - CAPTIONS_S, moment.time_s + CAPTIONS_S
    return tuple(c for c in analysis.video.captions if c.end_s >= first and c.start_s <= last)
