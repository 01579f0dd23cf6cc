"""One small door to ONNX Runtime: load an .onnx file, run it on arrays."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facemotion.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime

Array = NDArray[np.float32]


class OnnxModel:
    """A model with one input and one output, on one thread, which is the caller's.

    Models of the same file share its weights; they may be called from several threads at once.
    Raises ``ModelError`` when the file is missing or is no model.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ModelError(f"The weights {path.name} are missing. Install facemotion again.")
        state = path.stat()
        with _loading:
            self._session = _session(path, (state.st_mtime_ns, state.st_size))
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map

    def __call__(self, batch: Array) -> Array:
        """The answer to a batch of any length."""
        (answer,) = self._session.run(None, {self._input: batch})
        found: Array = answer
        return found


_loading = threading.Lock()


@lru_cache(maxsize=4)
def _session(path: Path, version: tuple[int, int]) -> onnxruntime.InferenceSession:
    """Loaded once for all threads; ``version`` tells a file from an older one of its name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own classes all derive from this only
        raise ModelError(
            f"{path} is not a model that ONNX Runtime can run "
            f"({str(error).splitlines()[0]}). Install facemotion again."
        ) from error
