"""Decoding ahead: an iterator that runs in a thread of its own, a few items before its reader."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

_LOOK_UP_S = 0.1  # how often a full queue looks whether its reader has gone


@dataclass(frozen=True)
class _End:
    error: BaseException | None


def ahead(items: Iterator[T], n_items: int) -> Generator[T, None, None]:
    """The same items in the same order, up to ``n_items`` of them taken before they are wanted.

    What ``items`` raises is raised here, after the items before it. Closing this generator ends
    the thread and closes ``items`` there.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(n_items)
    gone = threading.Event()

    def put(item: T | _End) -> None:
        while not gone.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(item, timeout=_LOOK_UP_S)
                return

    def fill() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if gone.is_set():
                    break
        except BaseException as caught:  # handed over to the reader, who raises it
            error = caught
        finally:
            if isinstance(items, Generator):
                items.close()
        put(_End(error))

    thread = threading.Thread(target=fill, name="frames-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        gone.set()
        thread.join()
