"""An SSD in Caffe's formats that finds red squares; its text and protocol buffers by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from tests.red_squares import AROUND, BIAS, HEIGHT, NEVER, SQUARE, finder, redness

# Two of the six levels of the true network, each with its priors: squares of 5 cells of 8 and 16
# of the 300 x 300 pixels that it sees.
LEVELS = (("conv4_3_norm", 8, 30, 60, (2,)), ("fc7", 16, 60, 111, (2, 3)))
VARIANCE = 0.2


def write(prototxt: Path, caffemodel: Path) -> None:
    """The 300 x 300 SSD of OpenCV's samples: blue first, its head as it is, little before it."""
    lines = ['input: "data"', "input_shape { dim: 1 dim: 3 dim: 300 dim: 300 }"]
    blobs: dict[str, list[np.ndarray]] = {"red": [redness(False), np.zeros(1, np.float32)]}
    lines += [
        _layer(
            "red", "Convolution", ["data"], "convolution_param { num_output: 1 kernel_size: 1 }"
        ),
        _layer("relu", "ReLU", ["red"]),
    ]
    for level in LEVELS:
        lines += _level(level, blobs)
    for kind, axis in (("loc", 1), ("conf", 1), ("priorbox", 2)):
        suffix = "" if kind == "priorbox" else "_flat"
        bottoms = [f"{name}_mbox_{kind}{suffix}" for name, *_ in LEVELS]
        lines.append(_layer(f"mbox_{kind}", "Concat", bottoms, f"concat_param {{ axis: {axis} }}"))
    lines.append(HEAD)
    prototxt.parent.mkdir(parents=True, exist_ok=True)
    prototxt.write_text("\n".join(lines))
    caffemodel.write_bytes(b"".join(_block(100, _caffe(*item)) for item in blobs.items()))


HEAD = """
layer { name: "mbox_conf_reshape" type: "Reshape" bottom: "mbox_conf" top: "mbox_conf_reshape"
  reshape_param { shape { dim: 0 dim: -1 dim: 2 } } }
layer { name: "mbox_conf_softmax" type: "Softmax" bottom: "mbox_conf_reshape"
  top: "mbox_conf_softmax" softmax_param { axis: 2 } }
layer { name: "mbox_conf_flatten" type: "Flatten" bottom: "mbox_conf_softmax"
  top: "mbox_conf_flatten" flatten_param { axis: 1 } }
layer { name: "detection_out" type: "DetectionOutput" bottom: "mbox_loc"
  bottom: "mbox_conf_flatten" bottom: "mbox_priorbox" top: "detection_out"
  detection_output_param { num_classes: 2 share_location: true background_label_id: 0
    nms_param { nms_threshold: 0.45 top_k: 400 } code_type: CENTER_SIZE keep_top_k: 200
    confidence_threshold: 0.2 clip: 1 } }
"""


def _level(
    level: tuple[str, int, int, int, tuple[int, ...]], blobs: dict[str, list[np.ndarray]]
) -> list[str]:
    """A grid, its priors and its two heads; of the priors only the first ever finds."""
    name, step, smallest, largest, ratios = level
    n_priors = 2 + 2 * len(ratios)
    size = [math.log(SQUARE * step / smallest), math.log(SQUARE * step * HEIGHT / smallest)]
    shift = np.zeros((n_priors, 4), np.float32)
    shift[0, 2:] = np.array(size) / VARIANCE
    none = np.zeros((4 * n_priors, 1, AROUND, AROUND), np.float32)
    blobs[f"{name}_mbox_loc"] = [none, shift.reshape(-1)]
    weights, bias = np.zeros((2 * n_priors, 1, AROUND, AROUND), np.float32), np.zeros(2 * n_priors)
    weights[1], bias[1], bias[2::2] = finder()[0], BIAS, -NEVER
    blobs[f"{name}_mbox_conf"] = [weights, bias]
    pool = f"pooling_param {{ pool: AVE kernel_size: {step} stride: {step} }}"
    aspects = " ".join(f"aspect_ratio: {ratio}" for ratio in ratios)
    variances = " ".join(f"variance: {v}" for v in (0.1, 0.1, VARIANCE, VARIANCE))
    priors = (
        f"prior_box_param {{ min_size: {smallest} max_size: {largest} {aspects} flip: true "
        f"clip: false {variances} step: {step} offset: 0.5 }}"
    )
    lines = [_layer(name, "Pooling", ["red"], pool)]
    for kind, n_out in (("loc", 4 * n_priors), ("conf", 2 * n_priors)):
        own = f"{name}_mbox_{kind}"
        conv = f"num_output: {n_out} kernel_size: {AROUND} pad: {AROUND // 2}"
        lines += [
            _layer(own, "Convolution", [name], f"convolution_param {{ {conv} }}"),
            _layer(
                f"{own}_perm",
                "Permute",
                [own],
                "permute_param { order: 0 order: 2 order: 3 order: 1 }",
            ),
            _layer(f"{own}_flat", "Flatten", [f"{own}_perm"], "flatten_param { axis: 1 }"),
        ]
    return [*lines, _layer(f"{name}_mbox_priorbox", "PriorBox", [name, "data"], priors)]


def _layer(name: str, kind: str, bottoms: list[str], parameters: str = "") -> str:
    given = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
    top = bottoms[0] if kind == "ReLU" else name
    return f'layer {{ name: "{name}" type: "{kind}" {given} top: "{top}" {parameters} }}'


def _caffe(name: str, blobs: list[np.ndarray]) -> bytes:
    """A layer with its weights as protocol buffers (field numbers: caffe.proto)."""
    layer = _block(1, name.encode()) + _block(2, b"Convolution")
    for blob in blobs:
        shape = b"".join(_varint(n) for n in blob.shape)
        values = blob.astype("<f4").tobytes()
        layer += _block(7, _block(7, _block(1, shape)) + _block(5, values))
    return layer


def _block(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
