"""From trained weights to the file that ships: ONNX, weights as float16, calibration inside.

    python -m training.export --run runs/student --data ferplus_train.npz --out FILE.onnx

Weights are stored as float16 and cast once when the file is loaded; all arithmetic stays float32.
The file's metadata hold the classes, the temperature and the offsets of the classes, both fitted
on the pictures that were held out of training.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from scipy.optimize import minimize
from torch import nn

from training import fit, votes
from training.network import Network

OPSET = 17


def calibration(logits: np.ndarray, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """Temperature and offsets ``(8,)`` that give the least cross-entropy with the majority.

    ``softmax(logits / temperature + offsets)``: the offsets take back that pictures of rare
    expressions came more often in training. With the majority, because a probability shall say
    how often the answer is the one that most people give; ties are left out.
    """
    ordered = np.sort(shares, axis=1)
    clear = ordered[:, -1] > ordered[:, -2]
    logits, truth = logits[clear], shares[clear].argmax(axis=1)

    def loss(guess: np.ndarray) -> float:
        z = logits / np.exp(guess[0]) + guess[1:]
        z = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        # The offsets are held back a little: contempt and disgust have few pictures.
        wrong = -z[np.arange(len(z)), truth].mean()
        return float(wrong + 1e-3 * (guess[1:] ** 2).mean())

    found = minimize(loss, np.zeros(1 + logits.shape[1]), method="L-BFGS-B").x
    return float(np.exp(found[0])), found[1:] - found[1:].mean()


def write(network: Network, metadata: dict[str, str], path: Path) -> None:
    """The network as ONNX with float16 weights: ``faces (n, 1, 48, 48)`` to ``logits (n, 8)``."""
    network = network.to(memory_format=torch.contiguous_format).eval()
    for module in network.modules():
        if isinstance(module, nn.AvgPool2d):
            # Pictures of 48 pixels halve evenly, and the runtime is quicker without the question.
            module.ceil_mode = False
    with warnings.catch_warnings():
        # The older exporter is enough for a plain network, and asks for no further package.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (torch.zeros(2, 1, votes.SIZE, votes.SIZE),),
            str(path),
            input_names=["faces"],
            output_names=["logits"],
            dynamic_axes={"faces": {0: "n"}, "logits": {0: "n"}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(path)
    _halve(model)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _halve(model: onnx.ModelProto) -> None:
    """Store large float32 constants as float16, with a cast behind each."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 64:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _without_folders(recipe: dict[str, Any]) -> dict[str, Any]:
    """The recipe with the names of other runs, not where they lie on this machine."""
    start = Path(recipe["start"]).name
    return {**recipe, "start": start, "teachers": [Path(run).name for run in recipe["teachers"]]}


def main() -> None:
    """Export one run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judged", type=Path, help="pictures whose near copies are left out")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    apart = votes.load_judged(options.judged).pictures if options.judged else None
    _, held = fit.split(votes.load(options.data, apart))
    network = fit.load(options.run)
    temperature, offsets = calibration(fit.logits(network, held.pictures), held.shares)
    metadata = {
        "classes": json.dumps(votes.CLASSES),
        "temperature": f"{temperature:.4f}",
        "offsets": json.dumps([round(float(v), 4) for v in offsets]),
        "recipe": json.dumps(
            _without_folders(json.loads((options.run / "recipe.json").read_text()))
        ),
    }
    write(network, metadata, options.out)
    size, digest = options.out.stat().st_size, hashlib.sha256(options.out.read_bytes()).hexdigest()
    print(f"{options.out}: {size / 1e6:.2f} MB, SHA-256 {digest}")
    print(f"temperature {temperature:.3f}, offsets {metadata['offsets']}")


if __name__ == "__main__":
    main()
