"""The Models page: what there is, downloads in the background, what fails and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from facemotion import models
from facemotion.models import fetching, files, store
from facemotion.models.facts import FACTS
from facemotion.ui import look, model_shelf, state
from tests.pages import opened, words
from tests.servers import VideoServer, wait_until

BODY = bytes(range(256)) * 400


@pytest.fixture(autouse=True)
def empty_store(
    dashboard_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("FACEMOTION_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(fetching, "PAUSES_S", ())
    yield
    for name in files.FILES:  # nothing of this test goes on in the next one
        job = state.jobs().get(model_shelf._key(name))
        if job is not None:
            job.cancel()
            wait_until(lambda job=job: job.is_over)


@pytest.fixture
def server() -> Iterator[VideoServer]:
    with VideoServer() as running:
        yield running


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Lets facenet come from another address; gives where it will be."""

    def make(url: str) -> Path:
        file = replace(files.FILES["facenet"][0], urls=(url,))
        monkeypatch.setitem(files.FILES, "facenet", (file,))
        return store.folder() / file.path

    return make


def shelf() -> AppTest:
    at = opened().switch_page("pages/8_Models.py").run()
    assert not at.exception
    return at


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def finish(at: AppTest) -> AppTest:
    job = state.jobs().get(model_shelf._key("facenet"))
    assert job is not None
    wait_until(lambda: job.is_over)
    at.run()
    assert not at.exception
    return at


def keys(at: AppTest) -> set[str]:
    return {str(button.key) for button in at.button}


def test_every_model_is_there_with_what_a_person_wants_to_know() -> None:
    at = shelf()
    said = words(at)
    for kind in model_shelf.KINDS:
        assert model_shelf.TITLES[kind][0] in said
        for name in models.registered(kind):
            assert look.plain(name) in said and FACTS[name].licence in said
    assert "<dt>Measured here</dt><dd>finds 95.8 %" in said
    assert "<dt>Published</dt><dd>88.3 % on RAF-DB" in said
    assert "<dt>Commercial use</dt><dd>unclear: trained on AffectNet" in said
    assert "<dt>Needs</dt><dd>pip install -r requirements-vit.txt" in said


def test_with_an_empty_store_what_can_be_had_is_offered_with_size_and_licence() -> None:
    at = shelf()
    assert {key for key in keys(at) if key.startswith("get-")} == {
        f"get-{name}" for kind in model_shelf.KINDS for name in models.registered(kind)
        if name in files.FILES
    }  # fmt: skip
    assert not any(key.startswith("remove-") for key in keys(at))
    assert at.button(key="get-yunet").label == "Download (0.2 MB, MIT)"
    assert at.button(key="get-retinaface").label == "Download (size unknown, MIT)"
    assert all(button.help for button in at.button)


def test_a_machine_without_a_network_is_told_what_to_put_where() -> None:
    at = shelf()
    by_hand = "\n".join(code.value for code in at.code)
    for url, path in store.places("vit"):
        assert f"{url}\n  -> {path}" in by_hand


def test_a_download_runs_in_the_background_and_can_be_removed(
    server: VideoServer, offer: Callable[[str], Path]
) -> None:
    target = offer(server.file("/facenet.onnx", BODY))
    at = finish(press(shelf(), "get-facenet"))
    assert target.read_bytes() == BODY
    assert {"get-facenet", "remove-facenet"} & keys(at) == {"remove-facenet"}
    at = press(at, "remove-facenet")
    assert not target.exists()
    assert {"get-facenet", "remove-facenet"} & keys(at) == {"get-facenet"}


def test_a_download_under_way_shows_how_far_it_is_and_can_be_cancelled(
    server: VideoServer, offer: Callable[[str], Path]
) -> None:
    target = offer(server.file("/facenet.onnx", BODY, bytes_per_s=40_000))
    at = press(shelf(), "get-facenet")
    assert "get-facenet" not in keys(at)
    assert "Download facenet" in words(at)
    at = finish(press(at, "cancel-facenet"))
    assert "Stopped. What has come is kept." in words(at)
    assert at.button(key="get-facenet").label == "Try again (about 90 MB, MIT)"
    assert not target.exists()


def test_a_failed_download_says_why_and_can_be_tried_again(
    server: VideoServer, offer: Callable[[str], Path]
) -> None:
    target = offer(server.error("/facenet.onnx", 404))
    at = finish(press(shelf(), "get-facenet"))
    (told,) = at.error
    assert "HTTP 404" in told.value and "without a network" in told.value
    server.file("/facenet.onnx", BODY)
    at = finish(press(at, "get-facenet"))
    assert not at.error and target.exists()


def test_what_an_earlier_run_began_is_gone_on_with(
    server: VideoServer, offer: Callable[[str], Path]
) -> None:
    target = offer(server.file("/facenet.onnx", BODY, cut_after=81_920))
    target.parent.mkdir(parents=True)
    target.with_name(f"{target.name}.part").write_bytes(BODY[:1000])
    at = shelf()
    assert at.button(key="get-facenet").label.startswith("Go on with the download")
    press(at, "remove-facenet")
    assert list(store.folder().iterdir()) == []


def test_a_file_that_is_not_the_published_one_is_told() -> None:
    ((_, path),) = store.places("yunet")
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    at = shelf()
    assert any("is not the file that its publisher states" in w.value for w in at.warning)
    assert {"get-yunet", "remove-yunet"} <= keys(at)


def test_what_cannot_be_removed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, path),) = store.places("yunet")
    path.mkdir(parents=True)
    at = press(shelf(), "remove-yunet")
    assert "a folder of that name is in the way" in at.error[0].value
