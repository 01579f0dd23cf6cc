"""Driving the dashboard as a person does: a server of its own, and Chromium on it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parent.parent
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 60.0
WAIT_MS = 30_000
_LED_ON_MS = 250


def why_not() -> str | None:
    """Why no browser can be driven here, or None when one can."""
    if CHROMIUM is None:
        return "no Chromium on this machine"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed"
    return None


@contextlib.contextmanager
def dashboard(cache: Path, **environment: str) -> Iterator[str]:
    """The dashboard on a free port with its own cache folder; gives its address."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py")]
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    given = {**os.environ, "FACEMOTION_CACHE": str(cache), **environment}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log)
        try:
            _wait_until_up(server, f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def visit(
    browser: Browser | BrowserContext,
    address: str,
    *,
    width: int = 1360,
    height: int = 1000,
    dark: bool = False,
) -> Iterator[Page]:
    """A page of a fresh session; fails when its console reports an error.

    In a ``Browser`` it has cookies and a cache of its own, in a context those of the context.
    """
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.set_default_timeout(WAIT_MS)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if _is_error(said) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(address)
        settled(page)
        page.wait_for_timeout(_LED_ON_MS)  # the first page may lead to another, which runs anew
        settled(page)
        yield page
    finally:
        page.close()
    assert errors == [], f"the console reported {errors}"


def memory_mb(address: str) -> float:
    """The memory that the server at ``address`` holds now (Linux only), in megabytes."""
    port = f"--server.port={urlsplit(address).port}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if port in (process / "cmdline").read_bytes().split(b"\0"):
                kept = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())
                assert kept is not None
                return int(kept[1]) / 1024
    raise AssertionError(f"no server at {address}")


def _is_error(said: ConsoleMessage) -> bool:
    """Below the path of a page, Streamlit looks for its server in vain before it tries the root."""
    return said.type == "error" and "/_stcore/" not in said.location["url"]


def settled(page: Page) -> None:
    """Wait until Streamlit runs no script any more and every widget's own code has come."""
    page.locator("[data-testid=stApp]").wait_for()
    page.wait_for_function(
        """() => {
          const app = document.querySelector('[data-testid=stApp]');
          const state = app && app.getAttribute('data-test-script-state');
          return state === 'notRunning' && !document.querySelector(
            '[data-stale=true], [data-testid=stSkeleton]');
        }"""
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(server: subprocess.Popen[bytes], health: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "the dashboard ended before it was up"
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the dashboard was not up after {START_S:g} s")
