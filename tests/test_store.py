"""The store of weights: downloads that are interrupted, wrong, or not wanted; what is verified."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from facemotion import cache
from facemotion.errors import Cancelled, DownloadError, ModelError, SettingsError, StorageError
from facemotion.models import fetching, files, hashes, store
from facemotion.models.deepface_home import loading_from
from facemotion.models.files import File
from facemotion.models.parts import Part
from facemotion.records import Progress
from tests.servers import VideoServer

BODY = np.random.default_rng(5).bytes(200_000)
OTHER = np.random.default_rng(6).bytes(200_000)
PATH = "/weights.bin"
SHA256 = hashlib.sha256(BODY).hexdigest()
BLOB = hashlib.sha1(b"blob 200000\0" + BODY).hexdigest()

Offer = Callable[..., Path]


@pytest.fixture
def server() -> Iterator[VideoServer]:
    with VideoServer() as running:
        yield running


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Makes "toy" a model of one file with these addresses; gives where it will be."""
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(fetching, "PAUSES_S", (0.0, 0.0, 0.0))

    def make(*urls: str, path: str = "toy/weights.bin", **known: object) -> Path:
        monkeypatch.setitem(files.FILES, "toy", (File(path, urls, **known),))  # type: ignore[arg-type]
        return tmp_path / "store" / path

    return make


def left(target: Path) -> set[str]:
    """What is in the folder of a file, but for locks."""
    return {path.name for path in target.parent.iterdir() if path.suffix != ".lock"}


def failing() -> str:
    """What a download that fails says, in one line."""
    with pytest.raises(DownloadError) as caught:
        store.get("toy")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_download_is_whole_verified_and_readable_for_all(
    server: VideoServer, offer: Offer
) -> None:
    target = offer(server.file(PATH, BODY), n_bytes=len(BODY), sha256=SHA256)
    told: list[Progress] = []
    assert store.get("toy", told.append) == store.require("toy") == [target]
    assert target.read_bytes() == BODY
    assert target.stat().st_mode & 0o777 == 0o644
    assert left(target) == {"weights.bin"}
    assert (told[0].done, told[-1].done, told[-1].total) == (0, len(BODY), len(BODY))
    assert {(p.stage, p.unit, p.text) for p in told} == {("download", "bytes", "weights.bin")}


def test_a_second_call_asks_the_server_nothing(server: VideoServer, offer: Offer) -> None:
    offer(server.file(PATH, BODY), sha256=SHA256)
    store.get("toy")
    server.forget()
    store.get("toy")
    assert server.count() == 0


def test_several_files_are_one_model(
    server: VideoServer, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = offer(server.file(PATH, BODY))
    small = File("toy/config.json", (server.file("/config.json", b"{}"),))
    monkeypatch.setitem(files.FILES, "toy", (small, *files.FILES["toy"]))
    assert store.get("toy") == [target.with_name("config.json"), target]
    target.unlink()
    server.forget()
    store.get("toy")
    assert (server.count("/config.json"), server.count(PATH)) == (0, 1)


def test_a_broken_transfer_goes_on_from_where_it_broke(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY, cut_after=81_920, cuts=1), sha256=SHA256)
    store.get("toy")
    assert target.read_bytes() == BODY
    assert [asked.range for asked in server.requests] == [None, "bytes=81920-"]
    assert server.sent[PATH] == len(BODY)


def test_a_transfer_that_keeps_breaking_keeps_its_part_for_the_next_call(
    server: VideoServer, offer: Offer
) -> None:
    target = offer(server.file(PATH, BODY, cut_after=40_960, cuts=4), sha256=SHA256)
    told = failing()
    assert "0.2 MB are kept, and the same command" in told and "models get toy" in told
    assert Part(target).n_bytes == 163_840
    assert not target.exists()
    server.forget()
    store.get("toy")
    assert target.read_bytes() == BODY
    assert server.sent[PATH] == len(BODY) - 163_840
    assert left(target) == {"weights.bin"}


def test_fewer_bytes_than_were_announced_are_never_the_whole(
    server: VideoServer, offer: Offer
) -> None:
    target = offer(server.file(PATH, BODY, declared_length=300_000))
    failing()
    assert not target.exists() and not hashes.sidecar(target).exists()
    with pytest.raises(ModelError):
        store.require("toy")


def test_a_server_without_ranges_is_asked_for_everything_again(
    server: VideoServer, offer: Offer
) -> None:
    url = server.file(PATH, BODY, ranges=False, cut_after=81_920, cuts=1)
    target = offer(url, sha256=SHA256)
    store.get("toy")
    assert target.read_bytes() == BODY
    assert server.sent[PATH] == 81_920 + len(BODY)


@pytest.mark.parametrize("etag", ['"2"', None])
def test_a_part_of_an_older_version_is_not_gone_on_from(
    server: VideoServer, offer: Offer, etag: str | None
) -> None:
    first = '"1"' if etag else None
    target = offer(server.file(PATH, OTHER + b"more", cut_after=40_960, cuts=4, etag=first))
    failing()
    server.file(PATH, BODY, etag=etag)
    store.get("toy")
    assert target.read_bytes() == BODY


def test_a_part_that_was_damaged_is_thrown_away(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY, cut_after=40_960, cuts=4), sha256=SHA256)
    failing()
    part = Part(target).path
    part.write_bytes(bytes(len(BODY) - 40_960))
    store.get("toy")
    assert target.read_bytes() == BODY


def test_a_part_that_is_whole_is_only_verified(server: VideoServer, offer: Offer) -> None:
    url = server.file(PATH, BODY)
    target = offer(url, sha256=SHA256)
    target.parent.mkdir(parents=True)
    with Part(target).begin(url, {}, len(BODY)) as file:
        file.write(BODY)
    store.get("toy")
    assert server.count() == 0 and target.read_bytes() == BODY


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ({"sha256": SHA256}, f"SHA-256 {hashlib.sha256(OTHER).hexdigest()}, expected {SHA256}"),
        ({"git_blob": BLOB}, rf"git blob \w{{40}}, expected {BLOB}"),
        ({"n_bytes": 199_999}, "200,000 bytes, expected 199,999"),
    ],
)
def test_another_file_is_refused_and_nothing_of_it_is_kept(
    server: VideoServer, offer: Offer, known: dict[str, object], complaint: str
) -> None:
    target = offer(server.file(PATH, OTHER), **known)
    with pytest.raises(DownloadError, match=complaint) as caught:
        store.get("toy")
    assert "nothing of it was kept" in str(caught.value)
    assert "Try again with 'python -m facemotion models get toy'" in str(caught.value)
    assert left(target) == set()


def test_the_name_that_git_gives_is_accepted(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY), git_blob=BLOB)
    assert store.get("toy") == [target]
    assert left(target) == {"weights.bin"}


@pytest.mark.parametrize(
    ("body", "kind", "what"),
    [
        (b"<html>Please log in</html>", "text/html; charset=utf-8", "a web page instead"),
        (b"\n <!DOCTYPE html><p>no", "application/octet-stream", "a web page instead"),
        (b"", "application/octet-stream", "an empty file"),
    ],
)
def test_a_page_that_is_sent_for_the_file_is_refused(
    server: VideoServer, offer: Offer, body: bytes, kind: str, what: str
) -> None:
    target = offer(server.file(PATH, body, kind))
    assert what in failing()
    assert left(target) == set()


def test_a_file_of_unknown_length_is_refused(server: VideoServer, offer: Offer) -> None:
    offer(server.file(PATH, BODY, says_length=False))
    assert "does not say how large" in failing()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_the_next_address_is_tried_when_one_fails(
    server: VideoServer, offer: Offer, status: int
) -> None:
    target = offer(server.error("/gone", status), server.file(PATH, BODY), sha256=SHA256)
    store.get("toy")
    assert target.read_bytes() == BODY
    assert server.count("/gone") == 1


def test_a_download_goes_on_at_the_address_where_it_began(
    server: VideoServer, offer: Offer
) -> None:
    gone = server.error("/gone", 500)
    target = offer(gone, server.file(PATH, BODY, cut_after=40_960, cuts=4), sha256=SHA256)
    failing()
    server.file("/gone", BODY)
    server.forget()
    store.get("toy")
    assert target.read_bytes() == BODY
    assert server.sent == {PATH: len(BODY) - 163_840}


def test_when_every_address_fails_the_error_names_what_each_said(
    server: VideoServer, offer: Offer
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://localhost:{unused.getsockname()[1]}/weights.bin"
        target = offer(server.error("/gone", 404), closed)
        told = failing()
    assert "127.0.0.1: HTTP 404" in told
    assert "localhost: it cannot be reached, is there a network?" in told
    assert f"put {server.url('/gone')} at {target}" in told


def test_without_a_network_it_is_said_at_once(offer: Offer) -> None:
    offer("http://nosuch.invalid/weights.bin")
    assert "nosuch.invalid: its name is not known here, is there a network?" in failing()


def test_a_silent_server_is_given_up(
    server: VideoServer, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SILENCE_S", 0.2)
    offer(server.file(PATH, BODY, delay_s=5))
    assert "silent for 0.2 s" in failing()


def test_a_cancelled_download_keeps_its_part(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY, bytes_per_s=400_000), sha256=SHA256)

    def stop(progress: Progress) -> None:
        if progress.done > 50_000:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        store.get("toy", stop)
    here = Part(target).n_bytes
    assert 50_000 < here < len(BODY)
    assert left(target) == {"weights.bin.part", "weights.bin.part.json"}
    server.file(PATH, BODY)
    server.forget()
    store.get("toy")
    assert server.sent[PATH] == len(BODY) - here


class TestPins:
    """Where nobody states a hash, that of the first download counts from then on."""

    @pytest.fixture(autouse=True)
    def target(self, server: VideoServer, offer: Offer) -> Path:
        target = offer(server.file(PATH, BODY))
        store.get("toy")
        return target

    @pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
    def test_sha256sum_accepts_them(self, target: Path) -> None:
        command = ["sha256sum", "--strict", "-c", "weights.bin.sha256"]
        subprocess.run(command, cwd=target.parent, check=True, capture_output=True)

    def test_another_file_under_the_same_address_is_refused(
        self, server: VideoServer, target: Path
    ) -> None:
        target.unlink()
        server.file(PATH, OTHER)
        told = failing()
        assert f"expected {SHA256}" in told and "models remove toy" in told
        assert left(target) == {"weights.bin.sha256"}

    def test_removing_forgets_them(self, server: VideoServer, target: Path) -> None:
        assert store.remove("toy") == [target]
        server.file(PATH, OTHER)
        store.get("toy")
        assert target.read_bytes() == OTHER

    def test_a_changed_file_is_refused_and_mended_by_a_download(self, target: Path) -> None:
        target.write_bytes(OTHER)
        with pytest.raises(ModelError, match=r"was downloaded at first \(SHA-256 .*models get toy"):
            store.require("toy")
        store.get("toy")
        assert target.read_bytes() == BODY

    def test_a_damaged_pin_is_told(self, target: Path) -> None:
        hashes.sidecar(target).write_text("")
        with pytest.raises(ModelError, match="the file that records it is empty"):
            store.require("toy")


def test_two_at_once_download_once(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY, bytes_per_s=400_000), sha256=SHA256)
    waited: list[str] = []
    threads = [
        threading.Thread(target=store.get, args=("toy", lambda p: waited.append(p.text)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.count(PATH) == 1
    assert target.read_bytes() == BODY


def test_a_file_that_is_not_what_was_published_is_refused_until_downloaded_anew(
    server: VideoServer, offer: Offer
) -> None:
    for known in ({"sha256": SHA256}, {"git_blob": BLOB}, {"n_bytes": len(BODY)}):
        target = offer(server.file(PATH, BODY), **known)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(OTHER[:-1])
        with pytest.raises(ModelError, match="is not the file that") as caught:
            store.require("toy")
        assert str(target) in str(caught.value) and "models get toy" in str(caught.value)
        store.get("toy")
        assert target.read_bytes() == BODY


def test_a_file_is_hashed_once(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    target = offer("http://nosuch.invalid/weights.bin", git_blob=BLOB, sha256=SHA256)
    target.parent.mkdir(parents=True)
    target.write_bytes(BODY)
    store.require("toy")
    reads: list[Path] = []
    read = Path.open

    def noted(path: Path, *given: object, **named: object) -> object:
        reads.append(path)
        return read(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", noted)
    assert store.require("toy") == [target]
    assert target not in reads


def test_missing_weights_say_how_to_get_them_with_and_without_a_network(offer: Offer) -> None:
    target = offer("https://example.org/weights.bin", n_bytes=2_500_000)
    with pytest.raises(ModelError) as caught:
        store.require("toy")
    assert str(caught.value) == (
        "The weights of toy (2.5 MB) are not on this machine, and are not fetched unasked. "
        "Run 'python -m facemotion models get toy', or, without a network, put "
        f"https://example.org/weights.bin at {target}."
    )


def test_reading_writes_nothing_and_takes_no_lock(
    offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = offer("https://example.org/weights.bin", sha256=SHA256)
    target.parent.mkdir(parents=True)
    target.write_bytes(BODY)
    target.chmod(0o444)
    target.parent.chmod(0o555)
    monkeypatch.setattr(cache, "lock", None)
    assert store.get("toy") == store.require("toy") == [target]
    assert left(target) == {"weights.bin"}
    target.parent.chmod(0o755)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY))
    target.parent.mkdir(parents=True)
    target.parent.chmod(0o555)
    with pytest.raises(StorageError, match="permission denied"):
        store.get("toy")
    target.parent.chmod(0o755)


def test_a_store_that_is_a_file_is_told(server: VideoServer, offer: Offer) -> None:
    target = offer(server.file(PATH, BODY))
    target.parents[1].write_text("in the way")
    with pytest.raises(StorageError, match="a file is in the way"):
        store.get("toy")


def test_a_full_disk_is_told_before_anything_is_kept(
    server: VideoServer, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    target = offer(server.file(PATH, BODY))
    with pytest.raises(StorageError, match=r"0\.2 MB are needed in .*, but the disk has 0\.0 MB"):
        store.get("toy")
    assert left(target) == set()


@pytest.mark.parametrize("variable", ["DEEPFACE_HOME", "HOME"])
def test_what_deepface_has_is_not_downloaded_again(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("DEEPFACE_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "home"))
    offer("http://nosuch.invalid/w.onnx", path=".deepface/weights/w.onnx", sha256=SHA256)
    theirs = tmp_path / "home" / ".deepface" / "weights" / "w.onnx"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(BODY)
    assert store.get("toy") == [theirs]
    with loading_from(tmp_path / "else" / ".deepface" / "weights" / "x.onnx"):
        assert os.environ["DEEPFACE_HOME"] == str(tmp_path / "else")
        assert os.environ["DEEPFACE_BACKEND_ENGINE"] == "onnx"
    assert store.require("toy") == [theirs]
    theirs.write_bytes(OTHER)
    with pytest.raises(ModelError, match=r"not fetched unasked.*w\.onnx is not used: it is ano"):
        store.require("toy")


def test_what_emotiefflib_has_is_not_downloaded_again(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    offer("http://nosuch.invalid/w.onnx", path=".emotiefflib/w.onnx")
    theirs = tmp_path / ".emotiefflib" / "w.onnx"
    theirs.parent.mkdir()
    theirs.write_bytes(BODY)
    assert store.require("toy") == [theirs]
    assert store.remove("toy") == [] and theirs.exists()


def test_the_environment_is_as_before_after_a_failed_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", "before")
    monkeypatch.delenv("DEEPFACE_BACKEND_ENGINE", raising=False)
    with contextlib.suppress(ValueError), loading_from(tmp_path / ".deepface" / "weights" / "x"):
        raise ValueError
    assert os.environ["DEEPFACE_HOME"] == "before"
    assert "DEEPFACE_BACKEND_ENGINE" not in os.environ


def test_the_store_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path))
    assert store.folder() == tmp_path
    monkeypatch.delenv("FACEMOTION_MODELS")
    assert store.folder().parts[-2:] == ("facemotion", "models")


def test_removing_leaves_other_peoples_files_and_no_empty_folders(
    server: VideoServer, offer: Offer
) -> None:
    target = offer(server.file(PATH, BODY, cut_after=40_960, cuts=4))
    failing()
    assert store.downloaded("toy") == [target]
    assert store.remove("toy") == [target]
    assert list(store.folder().iterdir()) == []
    store.get("toy")
    target.with_name("notes.txt").write_text("mine")
    store.remove("toy")
    assert left(target) == {"notes.txt"}
    assert store.remove("toy") == []


@pytest.mark.parametrize("ask", [store.get, store.remove])
def test_an_unknown_name_answers_with_the_choices(ask: Callable[[str], object]) -> None:
    with pytest.raises(SettingsError, match=r"no model that can be downloaded.*yunet"):
        ask("nosuch")


def test_every_listed_file_has_a_place_and_an_address() -> None:
    listed = [file for several in files.FILES.values() for file in several]
    assert len({file.path for file in listed}) == len(listed)
    assert all(file.urls and ".." not in file.path for file in listed)
    assert all(url.startswith("https://") for file in listed for url in file.urls)
