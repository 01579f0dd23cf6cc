"""Weights set by hand for detectors whose own cannot be had offline: their "face" is a red square.

Inputs, outputs, strides and layouts are those that the real libraries decode. All nets do the same:
how red each cell of a grid is, then the mean of a square of cells less that of its surroundings.
The box told is as wide as the square, a quarter higher, and has its middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from facemotion.models.files import FILES
from tests import red_ssd
from tests.red_squares import AROUND, BIAS, HEIGHT, NEVER, POINTS, SQUARE, finder, redness


class Graph:
    """Nodes of an ONNX graph, one after the other; methods take and give names of tensors."""

    def __init__(self) -> None:
        self._nodes: list[object] = []
        self._tensors: list[object] = []

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: object) -> str:
        name = name or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def tensor(self, values: object, kind: type = np.float32) -> str:
        name = f"w_{len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def conv(self, x: str, kernel: np.ndarray, bias: Sequence[float], name: str = "") -> str:
        size = kernel.shape[-1]
        before, after = size // 2, (size - 1) // 2  # an even one has its middle where a cell begins
        weights = [self.tensor(kernel), self.tensor(bias)]
        shape = {"kernel_shape": [size, size], "pads": [before, before, after, after]}
        return self.op("Conv", x, *weights, name=name, strides=[1, 1], **shape)

    def constants(self, x: str, values: Sequence[float], name: str = "") -> str:
        """The same values in every cell."""
        return self.conv(x, np.zeros((len(values), 1, 1, 1)), values, name)

    def red_cells(self, x: str, stride: int, red_first: bool) -> str:
        red = self.op("Relu", self.conv(x, redness(red_first), [0]))
        shape = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
        return self.op("AveragePool", red, **shape)

    def save(self, path: Path, shape: Sequence[object], outputs: Sequence[str], rank: int) -> None:
        given = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]
        sizes = [f"n{axis}" for axis in range(rank)]
        gives = [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name in outputs]
        graph = helper.make_graph(self._nodes, "red", given, gives, self._tensors)
        opset = [helper.make_opsetid("", 11)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=6)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())


def write_store(folder: Path) -> None:
    """All of them below a folder, where the store looks."""
    paths = {name: [folder / file.path for file in listed] for name, listed in FILES.items()}
    write_yunet(*paths["yunet"])
    write_retinaface(*paths["retinaface"])
    write_centerface(*paths["centerface"])
    red_ssd.write(*paths["ssd"])


def write_yunet(path: Path) -> None:
    """For cv2.FaceDetectorYN: blue first; squares of 5 cells of 8, 16 and 32 pixels."""
    net = Graph()

    def flat(x: str, width: int, name: str) -> None:
        last = net.op("Transpose", x, perm=[0, 2, 3, 1])
        net.op("Reshape", last, net.tensor([1, -1, width], np.int64), name=name)

    for stride in (8, 16, 32):
        cells = net.red_cells("input", stride, red_first=False)
        score = net.op("Sigmoid", net.conv(cells, finder(), [BIAS]))
        flat(score, 1, f"cls_{stride}")
        flat(score, 1, f"obj_{stride}")
        box = [0.5, 0.5, math.log(SQUARE), math.log(SQUARE * HEIGHT)]
        flat(net.constants(cells, box), 4, f"bbox_{stride}")
        points = [0.5 + SQUARE * v for point in POINTS for v in point]
        flat(net.constants(cells, points), 10, f"kps_{stride}")
    names = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
    net.save(path, [1, 3, 640, 640], names, 3)


def write_retinaface(path: Path, red_first: bool = True) -> None:
    """For retina-face: red first, last axis; the first of two anchors at each stride finds.

    Three outputs for each: probabilities (none, none, face, face), boxes and landmarks relative to
    the anchors, whose middles are at 7.5 pixels plus a multiple of the stride.
    """
    net = Graph()
    picture = net.op("Transpose", "input", perm=[0, 3, 1, 2])
    outputs = []
    for stride, anchor in ((32, 512), (16, 128), (8, 32)):
        cells = net.red_cells(picture, stride, red_first)
        none = np.zeros_like(finder())
        logits = net.conv(cells, np.concatenate([finder(), none]), [BIAS, NEVER])
        both = [net.op("Sigmoid", net.op("Neg", logits)), net.op("Sigmoid", logits)]
        offset, width = (stride / 2 - 8) / anchor, SQUARE * stride / anchor
        box = [offset, offset, math.log(width), math.log(width * HEIGHT), 0, 0, 0, 0]
        points = [offset + width * v for point in POINTS for v in point]
        for x in (
            net.op("Concat", *both, axis=1),
            net.constants(cells, box),
            net.constants(cells, points + [0.0] * 10),
        ):
            outputs.append(net.op("Transpose", x, perm=[0, 2, 3, 1]))
    net.save(path, ["n", "height", "width", 3], outputs, 4)


def write_centerface(path: Path) -> None:
    """CenterFace: red first; cells of 4 pixels, squares of 10 and of 20 of them.

    Heat, sizes (the logarithm of cells, height first), offsets and landmarks from the box's corner.
    """
    net = Graph()
    cells = net.red_cells("input", 4, red_first=True)
    small, large = (
        net.op("Sigmoid", net.conv(cells, finder(n * SQUARE, n * AROUND), [BIAS])) for n in (2, 4)
    )
    net.op("Max", small, large, name="537")
    is_large = net.op("Clip", net.op("Mul", large, net.tensor([4.0])), *_limits(net))
    sizes = [math.log(2 * SQUARE * HEIGHT), math.log(2 * SQUARE)]
    net.conv(is_large, np.full((2, 1, 1, 1), math.log(2)), sizes, name="538")
    net.constants(cells, [-0.5, -0.5], name="539")
    from_corner = [(0.5 + y / HEIGHT, 0.5 + x) for x, y in POINTS]
    net.constants(cells, [v for point in from_corner for v in point], name="540")
    net.save(path, [1, 3, 32, 32], ["537", "538", "539", "540"], 4)


def _limits(net: Graph) -> tuple[str, str]:
    return net.tensor(0.0), net.tensor(1.0)
