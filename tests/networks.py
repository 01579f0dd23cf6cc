"""Networks of the true architectures with generated weights, for those that cannot be had offline.

Written as the publishers' graphs are: the same names, shapes and orders of inputs and outputs, so
that the real libraries load and run them. What they answer means nothing, but depends on every
pixel and colour; ``bias`` (of the last layer) makes one class certain.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

Bias = Sequence[float]


class Graph:
    """Nodes one after the other; every method takes and gives names of tensors."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []
        self._channels: dict[str, int] = {}

    def start(self, name: str, channels: int) -> str:
        self._channels[name] = channels
        return name

    def op(self, kind: str, *inputs: str, channels: int | None = None, **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        self._channels[name] = self._channels[inputs[0]] if channels is None else channels
        return name

    def tensor(self, values: np.ndarray) -> str:
        name = f"w_{len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def conv(
        self,
        x: str,
        out: int,
        kernel: int,
        stride: int = 1,
        pad: int | None = None,
        groups: int = 1,
    ) -> str:
        """He's initialisation, a small bias; same padding unless told otherwise."""
        fan_in = self._channels[x] // groups * kernel * kernel
        weights = self._rng.normal(
            0, np.sqrt(2 / fan_in), (out, self._channels[x] // groups, kernel, kernel)
        )
        pads = [kernel // 2 if pad is None else pad] * 4
        return self.op(
            "Conv",
            x,
            self.tensor(weights.astype(np.float32)),
            self.tensor(self._rng.normal(0, 0.05, out).astype(np.float32)),
            channels=out,
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=pads,
            group=groups,
        )

    def depthwise(self, x: str, kernel: int, stride: int = 1, pad: int | None = None) -> str:
        channels = self._channels[x]
        return self.conv(x, channels, kernel, stride, pad, groups=channels)

    def pool(self, kind: str, x: str, kernel: int, stride: int) -> str:
        shape = {"kernel_shape": [kernel, kernel], "strides": [stride, stride]}
        return self.op(f"{kind}Pool", x, **shape)

    def prelu(self, x: str) -> str:
        slopes = np.full((self._channels[x], 1, 1), 0.25, np.float32)
        return self.op("PRelu", x, self.tensor(slopes))

    def swish(self, x: str) -> str:
        return self.op("Mul", x, self.op("Sigmoid", x))

    def dense(self, x: str, out: int) -> str:
        """A Gemm with its weights as PyTorch exports them: ``(out, in)``."""
        size = self._channels[x]
        weights = self._rng.normal(0, np.sqrt(2 / size), (out, size)).astype(np.float32)
        own = np.zeros(out, np.float32)
        return self.op("Gemm", x, self.tensor(weights), self.tensor(own), channels=out, transB=1)

    def save(
        self, path: Path, shape: list[object], name: str, bias: Bias | None, spread: Bias = (1,)
    ) -> None:
        """Write the graph, its last output called ``name``, its last layer settled.

        ``spread`` is how much an answer varies from picture to picture.
        """
        last = [node for node in self._nodes if node.op_type == "Gemm"][-1]
        self._settle(last, shape, bias, np.array(spread))
        self._nodes[-1].output[0] = name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._model(shape, name, self._channels[last.name]))

    def _settle(
        self, last: onnx.NodeProto, shape: list[object], bias: Bias | None, spread: np.ndarray
    ) -> None:
        """Scale the last layer by its answers to some pictures."""
        run = onnxruntime.InferenceSession(
            self._model(shape, last.output[0], self._channels[last.name])
        ).run
        (first,) = {node.input[0] for node in self._nodes} & set(_INPUTS)
        size = [1, *(int(n) for n in shape[1:])]
        rng = np.random.default_rng(0)
        answers = []
        for _ in range(8):
            noise = rng.normal(0.4 if 1 in size[1:] else 0, 6, size).astype(np.float32)
            blurred = cv2.GaussianBlur(noise[0].T, (0, 0), 4).T.reshape(size)
            answers.append(run(None, {first: blurred})[0])
        answers = np.concatenate(answers)
        scale = spread / np.maximum(answers.std(axis=0), 1e-6)
        shift = -answers.mean(axis=0) * scale + (0 if bias is None else np.asarray(bias))
        for name, change in zip(last.input[1:], (scale[:, None], None), strict=True):
            (place,) = [i for i, tensor in enumerate(self._tensors) if tensor.name == name]
            values = numpy_helper.to_array(self._tensors[place])
            new = shift if change is None else values * change
            self._tensors[place] = numpy_helper.from_array(new.astype(np.float32), name)

    def _model(self, shape: list[object], name: str, n_out: int) -> bytes:
        (first,) = {node.input[0] for node in self._nodes} & set(_INPUTS)
        inputs = [helper.make_tensor_value_info(first, TensorProto.FLOAT, shape)]
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [shape[0], n_out])]
        graph = helper.make_graph(self._nodes, "generated", inputs, outputs, self._tensors)
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        found: bytes = model.SerializeToString()
        return found


_INPUTS = ("input", "data")


def write_deepface_emotion(path: Path, bias: Bias | None = None) -> None:
    """deepface's emotion network: ``(n, 48, 48, 1)`` to seven probabilities."""
    net = Graph(1)
    x = net.op("Transpose", net.start("input", 1), perm=[0, 3, 1, 2])
    x = net.pool("Max", net.op("Relu", net.conv(x, 64, 5, pad=0)), 5, 2)
    for channels in (64, 128):
        for _ in range(2):
            x = net.op("Relu", net.conv(x, channels, 3, pad=0))
        x = net.pool("Average", x, 3, 2)
    x = net.op("Flatten", x)
    for _ in range(2):
        x = net.op("Relu", net.dense(x, 1024))
    net.op("Softmax", net.dense(x, 7), axis=1)
    net.save(path, ["n", 48, 48, 1], "output", bias)


def write_efficientnet_b0(path: Path, bias: Bias | None = None) -> None:
    """EfficientNet-B0 (Tan and Le, 2019): ``(n, 3, 224, 224)`` to eight classes, valence, arousal.

    The last node is a Gemm, which EmotiEffLib takes off.
    """
    net = Graph(2)
    x = net.swish(net.conv(net.start("input", 3), 32, 3, 2))
    width = 32
    stages = (
        *((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3)),
        *((6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)),
    )
    for expansion, out, repeats, first_stride, kernel in stages:
        for number in range(repeats):
            stride = first_stride if number == 0 else 1
            y = x if expansion == 1 else net.swish(net.conv(x, expansion * width, 1))
            y = net.swish(net.depthwise(y, kernel, stride))
            gate = net.swish(net.conv(net.op("GlobalAveragePool", y), max(1, width // 4), 1))
            y = net.op("Mul", y, net.op("Sigmoid", net.conv(gate, expansion * width, 1)))
            y = net.conv(y, out, 1)
            x = net.op("Add", y, x) if stride == 1 and width == out else y
            width = out
    x = net.op("Flatten", net.op("GlobalAveragePool", net.swish(net.conv(x, 1280, 1))))
    net.dense(x, 10)
    net.save(path, ["n", 3, 224, 224], "output", bias, (*[1] * 8, 0.1, 0.1))


def write_mobilefacenet(path: Path, bias: Bias | None = None) -> None:
    """MobileFaceNet (Chen et al., 2018) with seven outputs: one ``(1, 3, 112, 112)`` at a time."""
    net = Graph(3)
    x = net.prelu(net.conv(net.start("data", 3), 64, 3, 2))
    x = net.prelu(net.depthwise(x, 3))
    width = 64
    stages = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
    for expansion, out, repeats, first_stride in stages:
        for number in range(repeats):
            stride = first_stride if number == 0 else 1
            y = net.prelu(net.conv(x, expansion * width, 1))
            y = net.conv(net.prelu(net.depthwise(y, 3, stride)), out, 1)
            x = net.op("Add", y, x) if stride == 1 and width == out else y
            width = out
    x = net.prelu(net.conv(x, 512, 1))
    x = net.conv(net.depthwise(x, 7, pad=0), 128, 1)
    net.dense(net.op("Flatten", x), 7)
    net.save(path, [1, 3, 112, 112], "label", bias)


VIT_CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def write_small_vit(folder: Path, bias: Bias | None = None) -> None:
    """A small vision transformer as transformers saves it; needs PyTorch and transformers."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(4)
    config = ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.3,
        id2label=dict(enumerate(VIT_CLASSES)),
        label2id={name: i for i, name in enumerate(VIT_CLASSES)},
    )
    model = ViTForImageClassification(config)
    if bias is not None:
        with torch.no_grad():
            model.classifier.bias.copy_(torch.tensor(bias))
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor = {
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": "ViTImageProcessor",
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        "rescale_factor": 1 / 255,
        "size": {"height": 224, "width": 224},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
