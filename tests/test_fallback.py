"""Unsure faces shown to Claude, through the real SDK, against a server on this machine."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import skimage.data
from PIL import Image

from facemotion import __main__ as cli
from facemotion import comparing, explain, explaining, fallback, models, pipeline
from facemotion.errors import Cancelled, SettingsError
from facemotion.explain import showing, unsure
from facemotion.explain.schema import Finds
from facemotion.faces import LANDMARKS, landmarks
from facemotion.faces.repeats import WITHIN_S, Repeats, difference_hash
from facemotion.faces.unsure import MIN_SCORE, Proposal, proposals
from facemotion.records import ACTION_UNITS, EMOTIONS, Analysis, Frame, Progress, Settings
from facemotion.tables import faces_table
from tests import half_sure
from tests.anthropic_server import AnthropicServer, Misbehave, centred, ids, images, texts

KEY = "sk-ant-test-5f2e9c"
PLAIN = Settings(every_s=0.5, detector=half_sure.NAME)
ON = PLAIN.with_changes(claude_fallback=True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with AnthropicServer() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setattr("anthropic._base_client.INITIAL_RETRY_DELAY", 0.01)
        monkeypatch.setattr("anthropic._base_client.MAX_RETRY_DELAY", 0.02)
        yield running


@pytest.fixture(autouse=True)
def half_sure_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.DETECTORS, half_sure.NAME, half_sure.PLACE)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return half_sure.write(tmp_path_factory.mktemp("clips") / "half.mp4")


@pytest.fixture
def one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture a request."""
    monkeypatch.setattr(unsure, "PER_REQUEST", 1)


def by_claude(analysis: Analysis) -> pd.DataFrame:
    return analysis.faces[analysis.faces["source"] == "claude"]


def kept_answers(root: Path) -> list[Path]:
    return sorted(root.glob("*/answers/faces/*"))


def files(root: Path) -> dict[str, bytes]:
    """All results in a cache, by place; recipes tell the time of day, and are left out."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in (pipeline.RECIPE, pipeline.DETECTIONS, ".used")
    }


def test_off_by_default_nothing_is_asked_and_no_key_needed(
    server: AnthropicServer, cache_root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert not Settings().claude_fallback
    found = pipeline.run(clip, PLAIN, cache_root=cache_root)
    assert server.asked == [] and set(found.faces["source"]) == {"local"} and len(found.faces) == 4
    assert list(cache_root.glob("*/unsure-*")) == list(cache_root.glob("*/answers")) == []
    assert "claude_fallback" not in found.provenance


def test_switching_it_on_changes_nothing_that_is_kept_without_it(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    for stage in ("download", "frames", "faces", "people", "moments"):
        assert ON.part(stage) == PLAIN.part(stage)
    without = pipeline.run(clip, PLAIN, cache_root=cache_root)
    before = files(cache_root)
    with_claude = pipeline.run(clip, ON, cache_root=cache_root)
    after = files(cache_root)
    assert {name: after[name] for name in before} == before
    assert with_claude.analysis_id != without.analysis_id
    again = pipeline.run(clip, PLAIN, cache_root=cache_root)
    assert again.analysis_id == without.analysis_id and by_claude(again).empty


def test_only_unsure_faces_are_shown_each_once_and_nothing_else(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    found = pipeline.run(clip, ON, cache_root=cache_root)
    (body,) = server.asked
    assert ids(body) == ["picture-1", "picture-2"]
    assert [set(message) for message in body["messages"]] == [{"role", "content"}]
    assert clip.stem not in json.dumps(body)
    shown = [np.asarray(Image.open(io.BytesIO(file))) for file in images(body)]
    assert all(max(rgb.shape) <= showing.LONGEST_PX for rgb in shown)
    assert all(rgb.shape[0] < 320 and rgb.shape[1] < 320 for rgb in shown)  # of 640 x 320
    (places,) = cache_root.glob("*/unsure-*/places.json")
    told = json.loads(places.read_text())
    times = [place["time_s"] for place in told["places"]]
    assert times == [2.0, 3.0] and told["n_repeats"] == 2
    assert found.provenance["claude_fallback"]["n_repeats_left_out"] == 2
    assert any("2 more looked like one of them and were left out" in n for n in found.notes)


def test_without_an_unsure_face_nothing_is_sent(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    for settings in (
        ON.with_changes(start_s=0.0, end_s=1.9),  # a sure face, and a wall
        ON.with_changes(min_confidence=0.2),  # everything that is proposed counts
    ):
        found = pipeline.run(clip, settings, cache_root=cache_root)
        assert server.asked == [] and by_claude(found).empty
        assert any("nothing was shown to Claude" in note for note in found.notes)


def test_a_confirmed_face_is_measured_as_all_others_are(
    server: AnthropicServer, cache_root: Path, clip: Path, tmp_path: Path
) -> None:
    found = pipeline.run(clip, ON, cache_root=cache_root)
    rows = by_claude(found)
    assert rows["timestamp"].tolist() == [2.0, 3.0]
    assert rows["confidence"].tolist() == pytest.approx([0.9, 0.9])
    assert np.allclose(rows[list(EMOTIONS)].sum(axis=1), 1, atol=1e-4)
    measured = ["mesh_score", "pitch_deg", "gaze_yaw_deg", "sharpness", "valence", "AU12"]
    assert rows[measured].notna().all(axis=None)
    everything = found.faces
    assert everything["frame"].is_monotonic_increasing and len(everything) == 6
    assert found.samples["n_faces"].tolist() == [1, 1, 0, 0, 1, 0, 2, 1, 0, 0]
    sure = pipeline.run(clip, PLAIN.with_changes(detector="blazeface"), cache_root=cache_root).faces
    for _, row in rows.iterrows():  # as the detector sees it that is sure of it
        same = sure[(sure["frame"] == row["frame"]) & (sure["x"] > 320)].iloc[0]
        assert row["dominant_emotion"] == same["dominant_emotion"]
        assert abs(row["yaw_deg"] - same["yaw_deg"]) < 5
        units = list(ACTION_UNITS)
        assert row[units].isna().tolist() == same[units].isna().tolist()
    pipeline.write_outputs(found, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "detections.json").read_text())
    facts = written["provenance"]["claude_fallback"]
    assert (facts["n_faces"], facts["n_unsure"], facts["model"]) == (2, 2, ON.claude_model)
    assert {d["source"] for d in written["detections"]} == {"local", "claude"}
    assert any("confirmed 2 faces" in note for note in written["summary"]["notes"])


def test_landmarks_follow_the_faces_table(
    server: AnthropicServer, cache_root: Path, clip: Path, tmp_path: Path
) -> None:
    found = pipeline.run(clip, ON, cache_root=cache_root)
    pipeline.write_outputs(found, tmp_path)
    located = list(landmarks.read(tmp_path / LANDMARKS))
    assert [face.frame for face in located] == found.faces["frame"].tolist()
    boxes = np.stack([face.box_xywh for face in located])
    assert np.array_equal(boxes, found.faces[["x", "y", "w", "h"]].to_numpy(np.float32))


def test_landmarks_are_merged_over_many_batches(
    cache_root: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.run(clip, PLAIN.with_changes(every_s=0.2), cache_root=cache_root)
    (path,) = cache_root.glob(f"*/faces-*/{LANDMARKS}")
    rows = pq.read_table(path)
    odd = [i % 3 == 1 for i in range(len(rows))]
    pq.write_table(rows.filter(odd), tmp_path / "few")
    pq.write_table(rows.filter([not one for one in odd]), tmp_path / "many")
    monkeypatch.setattr(landmarks, "_READ_TOGETHER", 2)
    landmarks.merge(tmp_path / "many", tmp_path / "few", tmp_path / "all")
    assert len(rows) > 6 and pq.read_table(tmp_path / "all").equals(rows)


def test_where_the_detector_was_sure_of_nothing_there_are_faces_now(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    settings = ON.with_changes(start_s=2.0, end_s=2.9)
    found = pipeline.run(clip, settings, cache_root=cache_root)
    assert found.faces["source"].tolist() == ["claude"] and len(found.moments) == 1


def dark(number: int) -> Frame:
    """A small face in the dark, of which BlazeFace is not sure."""
    rgb = np.full((320, 640, 3), 16, np.uint8)
    portrait = cv2.resize(skimage.data.astronaut()[:300, 80:380], (60, 60), interpolation=3)
    rgb[80:140, 100:160] = portrait * 0.15
    return Frame(number, float(number), rgb)


def test_the_default_detector_proposes_a_dark_face_below_its_threshold() -> None:
    def read(first: int) -> Generator[Frame, None, None]:
        yield from (dark(number) for number in range(first, 2))

    def proposed(sure: pd.DataFrame) -> list[Proposal]:
        return list(proposals(read, 2, Settings(), sure, lambda progress: None))

    first, second = proposed(faces_table([]))
    assert MIN_SCORE <= first.score < Settings().min_confidence
    assert (first.is_repeat, second.is_repeat) == (False, True)
    x, y, w, h = first.view_xywh
    assert x <= 110 and x + w >= 150 and w == pytest.approx(3 * first.box_xywh[2], abs=2)
    assert first.rgb.shape == (h, w, 3) and y >= 0
    near = {"frame": 0, "x": first.box_xywh[0], "y": first.box_xywh[1], "w": 40.0, "h": 40.0}
    sure = pd.DataFrame([near])
    assert [proposal.frame for proposal in proposed(sure)] == [1]


def test_faces_without_kept_landmarks_can_be_added_to(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    found = pipeline.run(clip, ON.with_changes(landmarks=False), cache_root=cache_root)
    assert len(by_claude(found)) == 2 and list(cache_root.glob(f"*/faces-*/{LANDMARKS}")) == []


def test_no_face_adds_nothing(server: AnthropicServer, cache_root: Path, clip: Path) -> None:
    server.find = lambda name: {"id": name, "no_face": True, "faces": []}
    found = pipeline.run(clip, ON, cache_root=cache_root)
    assert by_claude(found).empty and len(found.faces) == 4
    assert found.provenance["claude_fallback"]["n_answered"] == 2
    pipeline.run(clip, ON, cache_root=cache_root)
    assert len(server.asked) == 1


def box(left: float, top: float, right: float, bottom: float, sure: float = 0.9) -> dict[str, Any]:
    return {"left": left, "top": top, "right": right, "bottom": bottom, "confidence": sure}


def test_of_several_boxes_each_face_counts_once_and_a_known_one_not_at_all(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    middle, loose = box(0.33, 0.33, 0.67, 0.67), box(0.3, 0.28, 0.72, 0.72, 0.7)
    corner = box(0.0, 0.0, 0.06, 0.06)
    server.find = lambda name: {"id": name, "no_face": False, "faces": [middle, loose, corner]}
    found = pipeline.run(clip, ON, cache_root=cache_root)
    assert by_claude(found)["frame"].is_unique
    facts = found.provenance["claude_fallback"]
    assert facts["n_confirmed"] == 6 and facts["n_faces"] == len(by_claude(found)) == 2


def test_two_faces_in_one_picture_are_two_rows(tmp_path: Path, server: AnthropicServer) -> None:
    two = {"id": "picture-1", "no_face": False, "faces": [box(0, 0, 0.4, 0.4), box(0.5, 0, 1, 0.5)]}
    place = {"frame": 7, "view_xywh": [100, 40, 200, 100]}
    found = {"picture-1": explain.Found.model_validate(two)}
    boxes = fallback._confirmed([place], [explain.Picture("picture-1", b"")], found)
    assert boxes[7].boxes_xywh.tolist() == [[100, 40, 80, 40], [200, 40, 100, 50]]


def test_a_second_run_asks_and_measures_nothing(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    first = pipeline.run(clip, ON, cache_root=cache_root)
    again = pipeline.run(clip, ON, cache_root=cache_root)
    assert len(server.asked) == 1 and again.work == type(again.work)()
    assert again.analysis_id == first.analysis_id
    pd.testing.assert_frame_equal(again.faces, first.faces)


def test_reopening_never_asks_and_shows_the_same(
    server: AnthropicServer, cache_root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pipeline.run(clip, ON, cache_root=cache_root)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    opened = pipeline.reopen(first.analysis_id, cache_root=cache_root)
    pd.testing.assert_frame_equal(opened.faces, first.faces)
    assert len(server.asked) == 1 and opened.settings.claude_fallback
    assert opened.provenance == first.provenance
    assert [item.analysis_id for item in pipeline.recent(cache_root)] == [first.analysis_id]
    with pytest.raises(ValueError, match="without measuring again"):
        pipeline.reopen(first.analysis_id, {"claude_fallback": False}, cache_root=cache_root)


@pytest.mark.slow
def test_a_comparison_judges_these_faces_and_asks_nobody(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    first = pipeline.run(clip, ON, cache_root=cache_root)
    names = ("ferplus-resnet", "mini-xception")
    compared = comparing.reopen(first.analysis_id, names, cache_root=cache_root)
    assert all(compared.verdicts[name]["happy"].notna().all() for name in names)
    comparing.compare(clip, names, ON, cache_root=cache_root)
    assert len(server.asked) == 1 and len(compared.analysis.faces) == 6


def test_the_command_line_tells_what_is_sent_before_it_is_sent(
    server: AnthropicServer,
    cache_root: Path,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["analyze", clip, "--out", tmp_path, "--cache-dir", cache_root, "--every", "0.5"]
    words += ["--detector", half_sure.NAME, "--claude-fallback"]
    assert cli.main([str(word) for word in words]) == 0
    said = capsys.readouterr().err
    assert "Unsure faces... 2 unsure faces in 1 calls of claude-sonnet-4-6: about $0.0" in said
    assert "Note: claude-sonnet-4-6 was asked about unsure faces 1 times: 3500 tokens" in said
    assert len(server.asked) == 1


def test_without_a_key_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="or switch the fallback off"):
        pipeline.run("nowhere.mp4", ON, cache_root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_cap_on_calls_holds_and_the_rest_is_asked_later(
    server: AnthropicServer, cache_root: Path, clip: Path, one_each: None
) -> None:
    settings = ON.with_changes(max_calls=1)
    first = pipeline.run(clip, settings, cache_root=cache_root)
    assert server.faces == ["picture-1"] and len(by_claude(first)) == 1
    assert any("1 unsure faces were not shown to Claude: the limits" in n for n in first.notes)
    second = pipeline.run(clip, settings, cache_root=cache_root)
    assert server.faces == ["picture-1", "picture-2"] and len(by_claude(second)) == 2
    assert second.analysis_id != first.analysis_id


def test_the_caps_hold_for_both_kinds_of_questions_together(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    settings = ON.with_changes(max_calls=1, explainer="claude")
    found = pipeline.run(clip, settings, cache_root=cache_root)
    assert len(server.asked) == 1 and len(by_claude(found)) == 2
    assert {e.explainer for e in found.explanations} == {"facs"} and found.settings == settings
    explained = pipeline.run(clip, settings, cache_root=cache_root)
    assert {e.explainer for e in explained.explanations} == {"claude"}
    assert explaining.spent(explained).calls == len(server.asked) == 2
    n_moments = len(explained.moments)  # what Claude found is not counted among them
    assert pipeline.n_answers(found.analysis_id, cache_root) == n_moments


def test_no_dollars_ask_nothing(server: AnthropicServer, cache_root: Path, clip: Path) -> None:
    found = pipeline.run(clip, ON.with_changes(max_dollars=0), cache_root=cache_root)
    assert server.asked == [] and by_claude(found).empty
    pictures = [
        explain.Picture("picture-1", (next(cache_root.glob("*/unsure-*/*.jpg"))).read_bytes())
    ]
    planned = explain.plan_finding(pictures, ON.with_changes(max_dollars=0), cache_root)
    assert planned.left_out == tuple(pictures) and planned.n_asked == 0


WIDE: dict[str, dict[str, Any]] = {
    "outside": {**centred("picture-1"), "faces": [box(0.5, 0.5, 1.2, 0.9)]},
    "negative": {**centred("picture-1"), "faces": [box(-0.1, 0.5, 0.6, 0.9)]},
    "without area": {**centred("picture-1"), "faces": [box(0.5, 0.5, 0.5, 0.9)]},
    "turned round": {**centred("picture-1"), "faces": [box(0.6, 0.5, 0.5, 0.9)]},
    "no number": {**centred("picture-1"), "faces": [box(float("nan"), 0.5, 0.6, 0.9)]},
    "a crowd": {**centred("picture-1"), "faces": [box(0.1, 0.1, 0.9, 0.9)] * 11},
    "too sure": {**centred("picture-1"), "faces": [box(0.1, 0.1, 0.9, 0.9, 7)]},
    "both": {**centred("picture-1"), "no_face": True},
    "neither": {"id": "picture-1", "no_face": False, "faces": []},
    "a label": {**centred("picture-1"), "emotion": "happy"},
}

ERRORS: dict[str, tuple[list[Misbehave], str]] = {
    "429 for good": ([Misbehave(429, "rate_limit_error")] * 9, "enough of our requests"),
    "529 for good": ([Misbehave(529, "overloaded_error")] * 9, "overloaded"),
    "500 for good": ([Misbehave(500)] * 9, "answered 500"),
    "bad key": ([Misbehave(401, "authentication_error")], "key was refused"),
    "no such model": ([Misbehave(404, "not_found_error")], "there is no model"),
    "no credit": ([Misbehave(402, "billing_error")], "no credit"),
    "connection lost": ([Misbehave(hangs_up=True)] * 9, "cannot be reached"),
    "refusal": ([Misbehave(stop_reason="refusal")] * 9, "declined"),
    "cut off": ([Misbehave(stop_reason="max_tokens")] * 9, "cut off"),
    "no JSON": ([Misbehave(text="There is a face.")] * 9, "not the form"),
    "no ids": ([Misbehave(rename={"picture-1": "x", "picture-2": "y"})] * 9, "leaves this"),
    **{
        name: ([Misbehave(text=json.dumps({"pictures": [wide]}))] * 9, "not the form")
        for name, wide in WIDE.items()
    },
}


@pytest.fixture(scope="module")
def plain_root(
    clip: Path, tmp_path_factory: pytest.TempPathFactory, models_folder: Path
) -> Iterator[tuple[Path, list[explain.Picture]]]:
    """A folder for answers, and two pictures to ask about."""
    rng = np.random.default_rng(0)
    pictures = [
        explain.Picture(f"picture-{n}", showing.jpeg(rng.integers(0, 255, (90, 90, 3), np.uint8)))
        for n in (1, 2)
    ]
    yield tmp_path_factory.mktemp("asked"), pictures


@pytest.mark.parametrize("name", ERRORS)
def test_what_goes_wrong_leaves_the_face_open_and_is_asked_again(
    name: str, server: AnthropicServer, plain_root: tuple[Path, list[explain.Picture]]
) -> None:
    server.next, complaint = list(ERRORS[name][0]), ERRORS[name][1]
    folder, pictures = plain_root[0] / name, plain_root[1]
    planned = explain.plan_finding(pictures, ON, folder)
    finding = explain.find(planned, ON, folder)
    assert finding.found == {} and all(complaint in why for why in finding.reasons.values())
    assert len(finding.reasons) == 2 and list(folder.rglob("*")) == []
    assert any(complaint in words for words in finding.told(planned, ON))
    server.next = []
    finding = explain.find(explain.plan_finding(pictures, ON, folder), ON, folder)
    assert len(finding.found) == 2 and len(list(folder.glob("*.json"))) == 2


def test_a_run_goes_on_without_an_answer_and_says_why(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    server.next = [Misbehave(stop_reason="refusal")] * 9
    first = pipeline.run(clip, ON, cache_root=cache_root)
    assert by_claude(first).empty and kept_answers(cache_root) == []
    assert any("Claude declined to answer. The next run asks again" in n for n in first.notes)
    assert explaining.spent(first).calls == len(server.asked)
    server.next = []
    second = pipeline.run(clip, ON, cache_root=cache_root)
    assert len(by_claude(second)) == 2 and second.analysis_id != first.analysis_id


def test_only_what_an_answer_leaves_out_is_asked_again(
    server: AnthropicServer, cache_root: Path, clip: Path
) -> None:
    server.next = [Misbehave(only=("picture-2",))]
    found = pipeline.run(clip, ON, cache_root=cache_root)
    assert server.faces == ["picture-1", "picture-2", "picture-1"] and len(by_claude(found)) == 2


def test_the_schema_is_closed() -> None:
    schema = json.dumps(Finds.model_json_schema())
    assert schema.count('"additionalProperties": false') == 3


def test_the_stable_text_comes_first_and_is_cached(
    server: AnthropicServer, cache_root: Path, clip: Path, one_each: None
) -> None:
    pipeline.run(clip, ON, cache_root=cache_root)
    one, other = server.asked
    assert one["system"] == other["system"] and one["system"][0]["text"] == showing.SYSTEM
    assert one["system"][0]["cache_control"] == {"type": "ephemeral"}
    said = " ".join(texts(one)).lower()
    assert "0.3" not in said and "unsure" not in said  # what the detector thinks is not told


def test_the_key_is_nowhere_on_the_disk(
    server: AnthropicServer, cache_root: Path, clip: Path, tmp_path: Path
) -> None:
    found = pipeline.run(clip, ON, cache_root=cache_root, claude_key="sk-ant-other-77")
    assert "sk-ant-other-77" in str(server.headers[0]) and KEY not in str(server.headers[0])
    pipeline.write_outputs(found, tmp_path / "out")
    paths = [p for root in (cache_root, tmp_path / "out") for p in root.rglob("*") if p.is_file()]
    assert len(paths) > 10
    assert not any(k in p.read_bytes() for p in paths for k in (KEY.encode(), b"sk-ant-other-77"))


@pytest.mark.parametrize("text", ["Looking again", "calls", "Measuring what"])
def test_cancelling_anywhere_leaves_nothing_half_written(
    text: str, server: AnthropicServer, cache_root: Path, clip: Path, one_each: None
) -> None:
    def stop(progress: Progress) -> None:
        if text in progress.text and (progress.stage == "faces" or progress.done >= 1):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pipeline.run(clip, ON, cache_root=cache_root, on_progress=stop)
    assert pipeline.recent(cache_root) == []
    n_kept = len(kept_answers(cache_root))
    assert all(path.suffix == ".json" for path in kept_answers(cache_root))
    server.asked.clear()
    found = pipeline.run(clip, ON, cache_root=cache_root)
    assert len(server.faces) == 2 - n_kept and len(by_claude(found)) == 2


def test_a_killed_run_asks_only_for_what_is_missing(
    server: AnthropicServer, cache_root: Path, clip: Path, one_each: None
) -> None:
    """SIGKILL between two answers, in a process of its own."""
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from facemotion import models, pipeline; from facemotion.explain import unsure\n"
        "from tests import half_sure; from tests.test_fallback import ON\n"
        "models.DETECTORS[half_sure.NAME] = half_sure.PLACE; unsure.PER_REQUEST = 1\n"
        "def die(progress):\n"
        "    if progress.stage == 'fallback' and progress.done >= 1:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "pipeline.run(sys.argv[1], ON, cache_root=Path(sys.argv[2]), on_progress=die)"
    )
    server.next = [Misbehave(), Misbehave(delay_s=3)]
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip), str(cache_root)], cwd=Path(__file__).parents[1]
    )
    assert done.returncode == -9
    assert len(kept_answers(cache_root)) == 1 and len(list(cache_root.glob("*/faces-*"))) == 1
    server.asked.clear()
    found = pipeline.run(clip, ON, cache_root=cache_root)
    assert len(server.faces) == 1 and len(by_claude(found)) == 2


def test_alike_is_what_differs_in_few_bits_in_the_same_place_and_soon() -> None:
    rng = np.random.default_rng(0)
    one, other = (
        rng.integers(0, 255, (8, 9, 3), np.uint8).repeat(10, 0).repeat(10, 1) for _ in "ab"
    )
    assert difference_hash(one) == difference_hash(np.clip(one * 0.9, 0, 255).astype(np.uint8))
    assert (difference_hash(one) ^ difference_hash(other)).bit_count() > 6
    here, there = np.array([10, 10, 40, 40], np.float32), np.array([90, 10, 40, 40], np.float32)
    repeats = Repeats()
    assert repeats.take(0.0, here, one)
    assert not repeats.take(1.0, here + 2, one)
    assert repeats.take(1.0, there, one)
    assert repeats.take(2.0, here, other)
    assert not repeats.take(WITHIN_S, here, one)
    assert repeats.take(WITHIN_S + 0.1, here, one)  # as long after the first as it takes


def test_the_hash_is_of_which_neighbour_is_brighter() -> None:
    ramp = np.repeat(np.arange(0, 180, 20, dtype=np.uint8)[None, :, None], 8, axis=0).repeat(3, 2)
    assert difference_hash(ramp) == 2**64 - 1 and difference_hash(ramp[:, ::-1]) == 0
