"""One small door to LiteRT: load a .tflite file, run it on arrays."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facemotion.errors import ModelError

Array = NDArray[np.float32]


class LiteModel:
    """A model with one input, on one thread.

    Not safe for several threads at once: each worker loads its own (the weights are
    memory-mapped, so that costs little). Raises ``ModelError`` when the file is missing or
    is no model.
    """

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if not path.is_file():
            raise ModelError(f"The weights {path.name} are missing. Run 'make setup' again.")
        try:
            with quiet_stderr():
                self._interpreter = Interpreter(model_path=str(path), num_threads=1)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"{path} is not a model that LiteRT can run ({error}). "
                "Delete it and run 'make setup'."
            ) from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def __call__(self, batch: Array) -> list[Array]:
        """Run on ``batch`` (its shape is the model's input shape); copies of all outputs."""
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def package_file(package: str, *parts: str) -> Path:
    """A file inside an installed package, found without importing it.

    Raises ``ModelError`` when the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder).joinpath(*parts)
        if path.is_file():
            return path
    raise ModelError(
        f"{'/'.join(parts)} of the package '{package}' is missing. Run 'make setup' again."
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hex digits; read again only when the file has changed."""
    state = path.stat()
    return _sha256(path, state.st_mtime_ns, state.st_size)


@cache
def _sha256(path: Path, modified_ns: int, n_bytes: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_stderr_lock = threading.Lock()


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what native code writes there, whatever its settings, off the terminal.

    LiteRT's "Created TensorFlow Lite XNNPACK delegate", for example.
    """
    with _stderr_lock:
        saved = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(sink)
