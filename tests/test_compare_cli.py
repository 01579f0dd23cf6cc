"""The command ``compare``: what it prints, what it writes, and one line for every bad input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from PIL import Image

from facemotion import __main__ as cli
from facemotion import comparing, export, pipeline
from facemotion.cli import arguments, options
from facemotion.errors import ModelError
from facemotion.models.classifiers.mini_xception import MiniXception
from facemotion.records import EMOTIONS, Settings
from tests import clips

BOTH = "ferplus-resnet,mini-xception"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def compare(cache_root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run ``compare`` in this process, with this test's cache and a look each half second."""

    def run(*words: object) -> Answer:
        argv = ["compare", *words, "--cache-dir", cache_root, "--every", 0.5]
        code = cli.main([str(word) for word in argv])
        return Answer(code, *capsys.readouterr())

    return run


def test_agreement_shares_speed_and_disagreements_are_printed(
    compare: Callable[..., Answer], portrait_clip: Path
) -> None:
    answer = compare(portrait_clip, "--classifiers", BOTH)
    assert answer.code == 0
    assert "12 faces in 16 frames, judged by 2 classifiers." in answer.out
    assert re.search(r"ferplus-resnet +100% \(-\)", answer.out)  # all happy: nothing beyond chance
    assert re.search(r"classifier +angry .* neutral +ms per face", answer.out)
    assert re.search(r"mini-xception +0% +0% +0% +100% .* \d+\.\d\d", answer.out)
    assert re.search(r"time +face +disagreement +ferplus-resnet +mini-xception", answer.out)
    assert re.search(r"0:0\d\.\d +Face 0 +\d+% +happy \d+% +happy \d+%", answer.out)
    assert "Faces..." in answer.err
    assert "Results are in" not in answer.out


def test_json_is_for_programs(compare: Callable[..., Answer], portrait_clip: Path) -> None:
    answer = compare(portrait_clip, "--classifiers", BOTH, "--json", "--quiet")
    found = json.loads(answer.out)
    assert answer.err == ""
    assert [entry["name"] for entry in found["classifiers"]] == BOTH.split(",")
    assert all(entry["ms_per_face"] > 0 for entry in found["classifiers"])
    (pair,) = found["agreement"]
    assert (pair["same_emotion_share"], pair["kappa"]) == (1.0, None)
    assert set(pair["correlation"]) == set(EMOTIONS)
    assert (found["n_faces"], found["n_judged"]) == (12, 24)
    assert set(found["disagreements"][0]["verdicts"]["mini-xception"]) == set(EMOTIONS)
    again = compare(portrait_clip, "--classifiers", BOTH, "--json", "--quiet")
    assert json.loads(again.out)["n_judged"] == 0


def test_a_folder_gets_table_json_and_contact_sheet(
    compare: Callable[..., Answer], portrait_clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    answer = compare(portrait_clip, "--classifiers", BOTH, "--out", out)
    assert f"Results are in {out}" in answer.out
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.csv",
        "comparison.json",
        "disagreements.png",
    ]
    table = pd.read_csv(out / "comparison.csv")
    assert tuple(table.columns) == export.COMPARISON_COLUMNS
    assert table["classifier"].tolist() == BOTH.split(",") * 12
    assert table["frame"].is_monotonic_increasing and table["frame"].nunique() == 12
    assert table[list(EMOTIONS)].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-4)
    assert (table["dominant_emotion"] == "happy").all()
    stored = json.loads((out / "comparison.json").read_text())
    assert stored["n_faces"] == 12 and len(stored["disagreements"]) > 2
    with Image.open(out / "disagreements.png") as sheet:
        assert sheet.width == 1600 and sheet.height > 400


def test_no_face_is_an_answer(compare: Callable[..., Answer], tmp_path: Path) -> None:
    wall = clips.write(tmp_path / "wall.mp4", 50)
    answer = compare(wall, "--classifiers", BOTH, "--out", tmp_path / "out")
    assert answer.code == 0
    assert "No face was found in 4 frames, so there is nothing to compare." in answer.out
    assert len(pd.read_csv(tmp_path / "out" / "comparison.csv")) == 0
    found = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert found["agreement"][0]["same_emotion_share"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--classifiers", "nosuch,mini-xception"], r"no classifier called 'nosuch'. Choose"),
        (["--classifiers", "mini-xception"], r"only mini-xception to compare. Name two or more"),
        (["--classifiers", ","], r"no classifier to compare"),
        ([], r"--classifiers"),
        (["--classifiers", BOTH, "--detector", "nosuch"], r"no detector called 'nosuch'"),
        (["--classifiers", BOTH, "--start", "soon"], r"'soon' is no time"),
        (["--classifiers", BOTH, "--no-landmarks"], r"[Uu]nrecognized arguments"),
    ],
    ids=" ".join,
)
def test_bad_options_are_told_in_one_line_and_leave_nothing(
    compare: Callable[..., Answer],
    portrait_clip: Path,
    tmp_path: Path,
    cache_root: Path,
    words: list[str],
    said: str,
) -> None:
    answer = compare(portrait_clip, "--quiet", "--out", tmp_path / "out", *words)
    assert (answer.code, answer.out) == (2, "")
    assert re.search(said, answer.err), answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert pipeline.recent(cache_root) == []


def test_missing_weights_end_with_1(
    compare: Callable[..., Answer], portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def missing() -> list[Path]:
        raise ModelError("mini-xception is not here. Get it.")

    monkeypatch.setattr(MiniXception, "weights", staticmethod(missing))
    answer = compare(portrait_clip, "--classifiers", BOTH, "--quiet")
    assert (answer.code, answer.out, answer.err) == (1, "", "mini-xception is not here. Get it.\n")


def test_a_comparison_is_measured_as_an_analysis_would_be() -> None:
    parsed = arguments.build().parse_args(["compare", "a.mp4", "--classifiers", BOTH])
    assert options.settings(parsed) == Settings()


def test_help_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--help"], ["compare", "--help"]):
        with pytest.raises(SystemExit):
            cli.main(argv)
    text = capsys.readouterr().out
    assert "compare talk.mp4 --classifiers" in text
    assert "compare SOURCE --classifiers A,B[,C] [--out DIR]" in text


def test_the_csv_is_safe_in_a_spreadsheet_and_leaves_out_what_was_not_judged(
    portrait_clip: Path, cache_root: Path
) -> None:
    found = comparing.compare(
        portrait_clip, BOTH.split(","), Settings(every_s=3.0), cache_root=cache_root
    )
    found.analysis.faces["person"] = "=1+1"
    lost = found.verdicts["mini-xception"]
    lost.loc[lost.index[0], list(EMOTIONS)] = float("nan")
    lost.loc[lost.index[0], "dominant_emotion"] = ""
    lines = export.comparison_csv(found).splitlines()
    assert len(lines) == 1 + 2 * len(found.analysis.faces) - 1
    assert all(",'=1+1," in line for line in lines[1:])
