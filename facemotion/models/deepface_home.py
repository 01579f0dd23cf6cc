"""Where deepface and retina-face look for weights, for as long as one of their models is made."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_lock = threading.RLock()


def home() -> Path:
    """The user's own ``DEEPFACE_HOME``, or their home, whatever is being loaded meanwhile."""
    with _lock:
        return Path(os.environ.get("DEEPFACE_HOME") or os.path.expanduser("~"))


@contextmanager
def loading_from(path: Path) -> Iterator[None]:
    """Let deepface find the weights ``path``, ``<home>/.deepface/weights/<name>``, where they are.

    Both libraries decide once in a process on what they run: on ONNX Runtime, if they decide in
    here. One thread at a time: the environment belongs to the whole process.
    """
    given = {
        "DEEPFACE_HOME": str(path.absolute().parents[2]),
        "DEEPFACE_BACKEND_ENGINE": "onnx",
    }
    with _lock:
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
