"""ONNX files small enough to write by hand: averages of an input picture, times a matrix.

The package that usually writes such files is no requirement; the format is protocol buffers, of
which a few lines do (field numbers: onnx.proto3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FLOAT, INTS = 1, 7  # TensorProto.DataType, AttributeProto.AttributeType


def write_sface(path: Path, matrix: np.ndarray) -> None:
    """``(1, 3, 112, 112)`` to ``(1, 128)``: 7 x 7 averages, times ``(147, 128)``."""
    nodes = [
        _node("AveragePool", ["picture"], "small", kernel_shape=[16, 16], strides=[16, 16]),
        _node("Flatten", ["small"], "flat"),
        _node("MatMul", ["flat", "matrix"], "vector"),
    ]
    _write(path, nodes, matrix, [1, 3, 112, 112], [1, 128])


def write_facenet(path: Path, matrix: np.ndarray) -> None:
    """``(n, 160, 160, 3)`` to ``(n, 128)``: 8 x 8 averages, times ``(192, 128)``."""
    nodes = [
        _node("Transpose", ["picture"], "first", perm=[0, 3, 1, 2]),
        _node("AveragePool", ["first"], "small", kernel_shape=[20, 20], strides=[20, 20]),
        _node("Flatten", ["small"], "flat"),
        _node("MatMul", ["flat", "matrix"], "vector"),
    ]
    _write(path, nodes, matrix, [None, 160, 160, 3], [None, 128])


def _write(
    path: Path,
    nodes: list[bytes],
    matrix: np.ndarray,
    given: list[int | None],
    gives: list[int | None],
) -> None:
    values = matrix.astype("<f4")
    tensor = b"".join(_number(1, n) for n in values.shape)
    tensor += _number(2, FLOAT) + _block(8, b"matrix") + _block(9, values.tobytes())
    graph = b"".join(_block(1, node) for node in nodes)
    graph += _block(2, b"test") + _block(5, tensor)
    graph += _block(11, _value("picture", given)) + _block(12, _value("vector", gives))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_number(1, 8) + _block(7, graph) + _block(8, _number(2, 13)))


def _node(kind: str, inputs: list[str], output: str, **attributes: list[int]) -> bytes:
    node = b"".join(_block(1, name.encode()) for name in inputs)
    node += _block(2, output.encode()) + _block(4, kind.encode())
    for name, values in attributes.items():
        numbers = b"".join(_number(8, n) for n in values)
        node += _block(5, _block(1, name.encode()) + numbers + _number(20, INTS))
    return node


def _value(name: str, shape: list[int | None]) -> bytes:
    sizes = (_block(2, b"n") if n is None else _number(1, n) for n in shape)
    dimensions = b"".join(_block(1, size) for size in sizes)
    tensor = _number(1, FLOAT) + _block(2, dimensions)
    return _block(1, name.encode()) + _block(2, _block(1, tensor))


def _block(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
