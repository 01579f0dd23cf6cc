"""How long eight explanations by Claude take when every answer takes two seconds.

    python -m bench.explaining [--moments 8] [--answer-s 2]

A server on this machine stands in for Anthropic's; the real SDK talks to it. Beside our way,
several moments a request and several requests at once, the usual loop: one moment after the other.
Importing the SDK, which a program does once, is a line of its own.
"""

from __future__ import annotations

import argparse
import importlib
import os
import tempfile
import time
from pathlib import Path

from facemotion import explain
from facemotion.explain import asking, claude
from tests.anthropic_server import AnthropicServer
from tests.test_claude import SETTINGS, TITLE, materials


def measured(n_moments: int, answer_s: float, per_request: int, at_once: int) -> tuple[float, int]:
    """Seconds until all are explained, and how many requests it took."""
    claude.PER_REQUEST, asking.AT_ONCE = per_request, at_once
    shown = materials(n_moments)
    with AnthropicServer(delay_s=answer_s) as server, tempfile.TemporaryDirectory() as folder:
        os.environ["ANTHROPIC_BASE_URL"] = server.url
        start = time.perf_counter()
        made, _ = explain.ask(shown, TITLE, SETTINGS, Path(folder), key="none")
        seconds = time.perf_counter() - start
        assert {one.explainer for one in made} == {"claude"}
        return seconds, len(server.asked)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--moments", type=int, default=8)
    parser.add_argument("--answer-s", type=float, default=2.0)
    options = parser.parse_args()
    ours = (claude.PER_REQUEST, asking.AT_ONCE)
    ways = {"ours": ours, "one after the other": (1, 1)}
    print(f"{options.moments} moments, {options.answer_s:g} s an answer")
    print(f"{'':<22}{'requests':>9}{'seconds':>9}{'times':>7}")
    start = time.perf_counter()
    importlib.import_module("anthropic")
    print(f"{'importing the SDK':<22}{'':>9}{time.perf_counter() - start:>9.1f}")
    first = None
    for name, (per_request, at_once) in ways.items():
        seconds, n = measured(options.moments, options.answer_s, per_request, at_once)
        first = first or seconds
        print(f"{name:<22}{n:>9}{seconds:>9.1f}{seconds / first:>7.1f}")


if __name__ == "__main__":
    main()
